package wiring

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"strings"

	"writ/adapters/natsbus"
	"writ/application/follow"
	"writ/ports"
)

// newInbox is the inbox of a server, over its own connection.
func newInbox(b *natsbus.Broker, uc *follow.Account, log *slog.Logger) ports.Inbox {
	return natsbus.NewInbox(b, follower{uc}, log)
}

// DialInbox opens the inbox of servers that run on these settings, from another process. The broker
// must be there; whoever calls it calls hangUp at the end.
func (s Settings) DialInbox(uc *follow.Account, log *slog.Logger) (inbox ports.Inbox, hangUp func(), err error) {
	b, err := s.dialBroker(log)
	if err != nil {
		return nil, nil, err
	}
	return newInbox(b, uc, log), b.Close, nil
}

func (s Settings) dialBroker(log *slog.Logger) (*natsbus.Broker, error) {
	if s.NATS != "" {
		b, err := natsbus.Dial(s.broker(log))
		return b, named("WRIT_NATS_URL", err)
	}
	if s.NATSListen == natsbus.ListenOff {
		return nil, errors.New("WRIT_NATS_LISTEN: the embedded broker listens nowhere (off), so only the server itself can reach it: use its API, /api/admin/inbox")
	}
	url, err := os.ReadFile(s.path(subscribeFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("no server runs on %s: what came in is in its embedded broker", s.Dir)
	}
	if err != nil {
		return nil, named("WRIT_DATA_DIR", err)
	}
	b, err := natsbus.DialEmbedded(s.Dir, strings.TrimSpace(string(url)), log)
	if err != nil {
		return nil, fmt.Errorf("%w: does a server run on %s?", err, s.Dir)
	}
	return b, nil
}
