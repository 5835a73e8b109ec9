package bunstore

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"strconv"

	"github.com/jackc/pgx/v5"

	"writ/domain/event"
)

// session connects past a pooler.
func (d *postgres) session(ctx context.Context) (*pgx.Conn, error) {
	conn, err := pgx.ConnectConfig(ctx, d.direct)
	if err != nil {
		return nil, err
	}
	return conn, nameTypes(ctx, conn)
}

// hear implements sessions, on a connection of its own. What was committed while it was not
// connected is found by looking once.
func (d *postgres) hear(ctx context.Context, heard func(context.Context, event.Position) error) error {
	conn, err := d.session(ctx)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	_, err = conn.Exec(ctx, "LISTEN "+channel)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	for head := int64(0); ; {
		err := heard(ctx, event.Position(head))
		if err != nil {
			return fmt.Errorf("look for what was not heard of: %w", err)
		}
		n, err := conn.WaitForNotification(ctx)
		if err != nil {
			return fmt.Errorf("wait for a notification: %w", err)
		}
		head, _ = strconv.ParseInt(n.Payload, 10, 64) // 0 when it is not a number: look
	}
}

var errLeadershipLost = errors.New("the connection that holds the leadership is gone")

// lead implements sessions by an advisory lock, which lives exactly as long as its session. The
// session has a connection of its own, and who leads watches it.
func (d *postgres) lead(ctx context.Context, name string, do func(context.Context) error) error {
	conn, err := d.session(ctx)
	if err != nil {
		return fmt.Errorf("connect to lead %s: %w", name, err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }() // the lock goes with the session
	_, err = conn.Exec(ctx, "SELECT pg_advisory_lock($1)", lockOf(name))
	if err != nil {
		return fmt.Errorf("wait to lead %s: %w", name, err)
	}
	leading, lose := context.WithCancelCause(ctx)
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		_, err := conn.WaitForNotification(leading) // none is ever sent: it ends with the connection
		lose(fmt.Errorf("%w: %w", errLeadershipLost, err))
	}()
	err = do(leading)
	lose(nil)
	<-watched
	if cause := context.Cause(leading); errors.Is(cause, errLeadershipLost) {
		return errors.Join(fmt.Errorf("lead %s: %w", name, cause), err)
	}
	return err
}

func lockOf(name string) int64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte("writ leader " + name))
	return int64(h.Sum64())
}
