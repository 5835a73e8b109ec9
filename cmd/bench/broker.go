package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// broker is a NATS server with JetStream in a process of its own.
type broker struct {
	*process
	dir string
	url string
}

const natsServer = "github.com/nats-io/nats-server/v2"

// startBroker builds the server of the module's own version, and starts it.
func startBroker(ctx context.Context) (*broker, error) {
	dir, err := os.MkdirTemp("", "writ-bench-nats")
	if err != nil {
		return nil, err
	}
	b := &broker{dir: dir}
	err = b.start(ctx)
	if err != nil {
		return nil, errors.Join(err, b.close())
	}
	return b, nil
}

func (b *broker) start(ctx context.Context) error {
	program := filepath.Join(b.dir, "nats-server")
	err := build(ctx, program, natsServer)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(context.WithoutCancel(ctx), program, "-a", "127.0.0.1", "-p", "-1", "-js",
		"-sd", filepath.Join(b.dir, "streams"), "--ports_file_dir", b.dir)
	b.process, err = start(cmd)
	if err != nil {
		return err
	}
	return b.await(ctx, b.ready)
}

// ready reads where the broker listens and asks it.
func (b *broker) ready(ctx context.Context) error {
	text, err := os.ReadFile(filepath.Join(b.dir, fmt.Sprintf("nats-server_%d.ports", b.pid())))
	if err != nil {
		return err
	}
	_, rest, _ := bytes.Cut(text, []byte(`"nats://`))
	address, _, found := bytes.Cut(rest, []byte(`"`))
	if !found {
		return errors.New("it does not say where it listens")
	}
	conn, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "tcp", string(address))
	if err != nil {
		return err
	}
	b.url = "nats://" + string(address)
	return conn.Close()
}

func (b *broker) close() error {
	var err error
	if b.process != nil {
		err = b.stop(syscall.SIGTERM)
	}
	return errors.Join(err, os.RemoveAll(b.dir))
}
