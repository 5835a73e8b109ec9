package signin

import (
	"context"
	"time"

	"writ/domain/account"
	"writ/domain/oauth"
	"writ/ports"
)

// How many messages are sent. One source alone cannot use up what an address may be sent, so that
// nobody keeps its holder from signing in.
const (
	messagesNearby  = 5 // to one address, asked for from one source, in 10 minutes
	messagesHourly  = 10
	messagesDaily   = 25
	messagesSource  = 60 // asked for from one source, in an hour
	messagesAccount = 20 // about one account, in an hour
)

func (p *Prover) allowance(of, key string, most int, window time.Duration) ports.Allowance {
	return ports.Allowance{Key: p.Digests.Digests("quota", of+"\x00"+key)[0], Most: most, Window: window}
}

// admit counts a message to an address, whoever it is.
func (p *Prover) admit(ctx context.Context, kind account.ContactKind, address, source string) error {
	source = neighbours(source)
	uses := []ports.Allowance{
		p.allowance("nearby", string(kind)+" "+address+" "+source, messagesNearby, 10*time.Minute),
		p.allowance("hour", string(kind)+" "+address, messagesHourly, time.Hour),
		p.allowance("day", string(kind)+" "+address, messagesDaily, 24*time.Hour),
		p.allowance("source", source, messagesSource, time.Hour),
	}
	if kind == account.Phone {
		uses = append(uses, p.allowance("texts", "", p.TextsHourly, time.Hour))
	}
	return p.take(ctx, uses...)
}

func (p *Prover) take(ctx context.Context, uses ...ports.Allowance) error {
	wait, err := p.Quotas.Take(ctx, p.Clock.Now(), uses...)
	if err != nil {
		return err
	}
	if wait > 0 {
		return &oauth.LimitError{RetryAfter: wait}
	}
	return nil
}

// allows counts a message about an account, or about what is none, and reports whether it may be
// sent. That it is not is told to nobody, for it would tell what is an account's.
func (p *Prover) allows(ctx context.Context, about string) (bool, error) {
	wait, err := p.Quotas.Take(ctx, p.Clock.Now(), p.allowance("account", about, messagesAccount, time.Hour))
	return wait == 0, err
}
