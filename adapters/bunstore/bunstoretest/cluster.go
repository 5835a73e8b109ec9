package bunstoretest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// cluster is a PostgreSQL server on a Unix socket in a directory of its own, which promises
// nothing about power failures.
type cluster struct {
	dir     string
	dsn     string
	bin     string
	owner   *syscall.Credential
	options []string
	server  *exec.Cmd
	ended   chan struct{}
}

// unsynced is what tests do not need: their server dies with the machine.
var unsynced = []string{"-c", "fsync=off", "-c", "full_page_writes=off"}

// hasty commits are lost when the server is killed.
var hasty = []string{"-c", "synchronous_commit=off"}

// startCluster makes a cluster and starts its server, which ends with this process at the latest.
func startCluster(ctx context.Context, options ...string) (*cluster, error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	// The address of a socket is short, so it is not under TMPDIR.
	dir, err := os.MkdirTemp("/tmp", "writpg")
	if err != nil {
		return nil, err
	}
	c := &cluster{dir: dir, dsn: "postgres://writ@/postgres?host=" + dir, bin: bin, options: options}
	c.owner, err = serverOwner(dir)
	if err == nil {
		err = c.initialise(ctx)
	}
	if err == nil {
		err = c.start()
	}
	if err != nil {
		_ = os.RemoveAll(dir)
		return nil, err
	}
	return c, nil
}

// binaries finds the newest PostgreSQL of the machine.
func binaries() (string, error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	newest, dir := -1, ""
	for _, path := range found {
		bin := filepath.Dir(path)
		version, err := strconv.Atoi(filepath.Base(filepath.Dir(bin)))
		if err == nil && version > newest {
			newest, dir = version, bin
		}
	}
	if dir != "" {
		return dir, nil
	}
	path, err := exec.LookPath("postgres")
	if err != nil {
		return "", errors.New("there are no PostgreSQL binaries in /usr/lib/postgresql or PATH: install the package postgresql")
	}
	return filepath.Dir(path), nil
}

// serverOwner is who runs the server: PostgreSQL refuses root, so then it is the user postgres.
func serverOwner(dir string) (*syscall.Credential, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	postgres, err := user.Lookup("postgres")
	if err != nil {
		return nil, fmt.Errorf("find somebody but root to run PostgreSQL: %w", err)
	}
	uid, err := strconv.ParseUint(postgres.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(postgres.Gid, 10, 32)
	if err != nil {
		return nil, err
	}
	err = os.Chown(dir, int(uid), int(gid))
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, err
}

func (c *cluster) initialise(ctx context.Context) error {
	initdb := exec.CommandContext(ctx, filepath.Join(c.bin, "initdb"), "-D", filepath.Join(c.dir, "data"), "-U", "writ",
		"--auth=trust", "--no-sync", "--no-instructions", "-E", "UTF8", "--locale=C.UTF-8")
	initdb.Dir, initdb.SysProcAttr = c.dir, &syscall.SysProcAttr{Credential: c.owner}
	out, err := initdb.CombinedOutput()
	if err != nil {
		return fmt.Errorf("initdb: %w: %s", err, out)
	}
	return nil
}

// start runs the server as a child and returns when it accepts connections.
func (c *cluster) start() error {
	c.server = exec.Command(filepath.Join(c.bin, "postgres"), slices.Concat([]string{
		"-D", filepath.Join(c.dir, "data"), "-k", c.dir, "-c", "listen_addresses=", "-c", "max_connections=300",
	}, c.options)...)
	c.server.Dir, c.server.SysProcAttr = c.dir, dyingWithParent(&syscall.SysProcAttr{Credential: c.owner})
	c.ended = make(chan struct{})
	stderr, err := c.server.StderrPipe()
	if err != nil {
		return err
	}
	started := make(chan error, 1)
	go func(server *exec.Cmd, ended chan<- struct{}) {
		runtime.LockOSThread() // the child is bound to the thread that started it
		defer runtime.UnlockOSThread()
		defer close(ended)
		err := server.Start()
		started <- err
		if err == nil {
			<-drained(stderr, started)
			_ = server.Wait()
		}
	}(c.server, c.ended)
	err = <-started
	if err != nil {
		return fmt.Errorf("start postgres: %w", err)
	}
	return <-started
}

// drained reads the server's log to its end, and reports once whether it came up.
func drained(log io.Reader, up chan<- error) <-chan struct{} {
	done := make(chan struct{})
	go func() {
		defer close(done)
		var last string
		reported := false
		for lines := bufio.NewScanner(log); lines.Scan(); {
			last = lines.Text()
			if !reported && strings.Contains(last, "ready to accept connections") {
				reported = true
				up <- nil
			}
		}
		if !reported {
			up <- fmt.Errorf("postgres ended: %s", last)
		}
	}()
	return done
}

// halt ends the server at once, as pg_ctl stop -m immediate does.
func (c *cluster) halt() {
	_ = c.server.Process.Signal(syscall.SIGQUIT)
	<-c.ended
}

// stop ends the server at once and takes its files away.
func (c *cluster) stop() {
	c.halt()
	_ = os.RemoveAll(c.dir)
}
