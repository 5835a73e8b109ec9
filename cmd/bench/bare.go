package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/gin-gonic/gin"
)

// bareCommand is the argument with which this program serves the bare handler. A driver and the name of
// a database may follow.
const bareCommand = "bare-handler"

// bareAnswer is as long as an answer of the server, and bareDocument as its metadata.
var (
	bareAnswer = gin.H{
		"access_token": strings.Repeat("e", 60) + "." + strings.Repeat("p", 320) + "." + strings.Repeat("s", 86),
		"token_type":   "Bearer", "expires_in": 900, "scope": "READ_PROFILE",
	}
	bareDocument = []byte(`{"issuer":"` + strings.Repeat("d", 2530) + `"}`)
)

// serveBare serves a document, and a handler that parses a form and answers, and prints where. Given a
// database, the handler commits a row to it and signs before it answers. It ends with ctx.
func serveBare(ctx context.Context, database []string, out io.Writer) (err error) {
	prepare := func() error { return nil }
	if len(database) > 0 {
		prepare, err = newBareToken(ctx, database)
		if err != nil {
			return err
		}
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: bareHandler(prepare), ReadHeaderTimeout: answerWithin}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	fmt.Fprintln(out, listener.Addr())
	err = server.Serve(listener)
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

func bareHandler(prepare func() error) http.Handler {
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.POST(tokenPath, func(c *gin.Context) {
		if c.PostForm("grant_type") == "" || prepare() != nil {
			c.AbortWithStatus(http.StatusBadRequest)
			return
		}
		c.JSON(http.StatusOK, bareAnswer)
	})
	engine.GET(discoveryPath, func(c *gin.Context) { c.Data(http.StatusOK, "application/json", bareDocument) })
	return engine
}

// newBareToken does what a token takes at the least: a durable row, and a signature.
func newBareToken(ctx context.Context, database []string) (func() error, error) {
	g, err := layGround(ctx, database[0], database[1], "bench_bare", ownCPU)
	if err != nil {
		return nil, err
	}
	sign, err := newSigning()
	var one sync.Mutex
	return func() error {
		one.Lock()
		defer one.Unlock()
		return errors.Join(g.commit(ctx, 1), sign())
	}, err
}

// bare is a running bare handler.
type bare struct {
	*process
	address string
}

// startBare runs this program as the bare handler, perhaps with a database.
func startBare(ctx context.Context, program string, database ...string) (*bare, error) {
	cmd := exec.CommandContext(ctx, program, append([]string{bareCommand}, database...)...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p, err := start(cmd)
	if err != nil {
		return nil, err
	}
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start the bare handler: %w", err), p.running())
	}
	return &bare{p, strings.TrimSpace(address)}, nil
}

func (b *bare) stop() error { return b.process.stop(syscall.SIGTERM) }

// form asks for what the handler answers to a form.
func (b *bare) form() trade { return newCredentials(headOf(b.address, tokenPath, "")) }

// document asks for the document.
func (b *bare) document() trade { return document{getOf(b.address, discoveryPath), []byte(`"issuer"`)} }

// measure is what so many connections see that do one kind of work.
func (b *bare) measure(ctx context.Context, o Options, t trade, connections int) (Reading, error) {
	l, err := warm(ctx, o, []string{b.address}, connections, t)
	if err != nil {
		return Reading{}, err
	}
	defer l.close()
	none := func() time.Duration { return 0 }
	its := func() time.Duration { return cpuOf(b.pid()) }
	before := usageOf(its, none)
	s, err := l.run(ctx, o.Cell)
	if err != nil {
		return Reading{}, err
	}
	used := usageOf(its, none).since(before)
	reading := readingOf(s, used)
	reading.ServerCPU = s.each(used.server)
	return reading, nil
}
