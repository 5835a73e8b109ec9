package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"

	"github.com/jackc/pgx/v5"
)

// cluster is a PostgreSQL server of its own, on a Unix socket, with the durability that it has by
// default: fsync and synchronous_commit are on.
type cluster struct {
	*process
	dir  string
	dsn  string
	made int // databases
}

// roomy is how a server of PostgreSQL with millions of rows is set up: two fifths of the machine's memory
// for its pages, checkpoints far apart, after each of which the first write to a page logs all of it, and
// what is logged then made smaller. None of it changes what a commit means.
func roomy() ([]string, error) {
	told, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return nil, err
	}
	var kibibytes int
	_, err = fmt.Sscanf(string(told), "MemTotal: %d kB", &kibibytes)
	if err != nil {
		return nil, fmt.Errorf("read how much memory there is: %w", err)
	}
	return []string{
		fmt.Sprintf("shared_buffers=%dMB", kibibytes/1024*2/5),
		"max_wal_size=16GB", "checkpoint_timeout=30min", "wal_compression=lz4",
	}, nil
}

// startCluster makes and starts one, with its defaults but for settings.
func startCluster(ctx context.Context, settings []string) (*cluster, error) {
	bin, err := postgresPrograms()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("/tmp", "writ-bench-pg") // the address of a socket is short
	if err != nil {
		return nil, err
	}
	c := &cluster{dir: dir, dsn: "postgres://writ@/postgres?host=" + dir}
	err = c.start(ctx, bin, settings)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start PostgreSQL: %w", err), c.close())
	}
	return c, nil
}

func (c *cluster) start(ctx context.Context, bin string, settings []string) error {
	owner, err := clusterOwner(c.dir)
	if err != nil {
		return err
	}
	initdb := exec.CommandContext(ctx, filepath.Join(bin, "initdb"), "-D", filepath.Join(c.dir, "data"),
		"-U", "writ", "--auth=trust", "--no-instructions", "-E", "UTF8", "--locale=C")
	initdb.Dir, initdb.SysProcAttr = c.dir, owner
	out, err := initdb.CombinedOutput()
	if err != nil {
		return fmt.Errorf("initdb: %w: %s", err, out)
	}
	// It outlives ctx, so that it can be stopped in an orderly way.
	arguments := []string{"-D", filepath.Join(c.dir, "data"), "-k", c.dir, "-c", "listen_addresses="}
	for _, s := range settings {
		arguments = append(arguments, "-c", s)
	}
	postgres := exec.CommandContext(context.WithoutCancel(ctx), filepath.Join(bin, "postgres"), arguments...)
	postgres.Dir, postgres.SysProcAttr = c.dir, owner
	c.process, err = start(postgres)
	if err != nil {
		return err
	}
	return c.await(ctx, func(ctx context.Context) error {
		conn, err := pgx.Connect(ctx, c.dsn)
		if err != nil {
			return err
		}
		return conn.Close(ctx)
	})
}

// create makes an empty database.
func (c *cluster) create(ctx context.Context) (dsn string, err error) {
	conn, err := pgx.Connect(ctx, c.dsn)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	c.made++
	name := fmt.Sprintf("writ%d", c.made)
	_, err = conn.Exec(ctx, "CREATE DATABASE "+name)
	if err != nil {
		return "", fmt.Errorf("make a database: %w", err)
	}
	return "postgres://writ@/" + name + "?host=" + c.dir, nil
}

// postgresPrograms is the directory of the newest PostgreSQL of the machine.
func postgresPrograms() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	newest, dir := -1, ""
	for _, path := range found {
		version, err := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path))))
		if err == nil && version > newest {
			newest, dir = version, filepath.Dir(path)
		}
	}
	if dir != "" || err != nil {
		return dir, err
	}
	path, err := exec.LookPath("postgres")
	if err != nil {
		return "", errors.New("there is no PostgreSQL on this machine: install it, or measure with -stores sqlite")
	}
	return filepath.Dir(path), nil
}

// clusterOwner is who runs the server: PostgreSQL refuses root, so then it is the user postgres.
func clusterOwner(dir string) (*syscall.SysProcAttr, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	postgres, err := user.Lookup("postgres")
	if err != nil {
		return nil, fmt.Errorf("find somebody but root to run it: %w", err)
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
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}, err
}

// close stops the server, fast but orderly, and takes its files away.
func (c *cluster) close() error {
	var err error
	if c.process != nil {
		err = c.stop(syscall.SIGINT)
	}
	return errors.Join(err, os.RemoveAll(c.dir))
}
