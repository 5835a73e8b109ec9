package issue

import (
	"context"
	"errors"
	"time"

	"writ/domain/account"
	"writ/domain/client"
	"writ/domain/device"
	"writ/domain/grant"
	"writ/domain/oauth"
	"writ/ports"
)

// DeviceCodeCommand polls with a device code (RFC 8628 §3.4).
type DeviceCodeCommand struct {
	Client client.Credentials
	Code   string
}

// ByDeviceCode answers the polls of devices.
type ByDeviceCode struct {
	ledger ports.Ledger
	polls  ports.Polls
	desk   desk
	clock  ports.Clock
}

// NewByDeviceCode wires the use case.
func NewByDeviceCode(l ports.Ledger, p ports.Polls, s *oauth.Server, k oauth.TokenKeys, signer ports.Signer, c ports.Clock, e ports.Entropy) *ByDeviceCode {
	return &ByDeviceCode{ledger: l, polls: p, desk: desk{mint{s, signer}, k, e}, clock: c}
}

// Execute tells the device how its request stands, and gives it its tokens once when it was
// approved.
func (uc *ByDeviceCode) Execute(ctx context.Context, cmd DeviceCodeCommand) (Tokens, error) {
	presented, _ := uc.desk.keys.Parse(oauth.DeviceCode, cmd.Code)
	d, c := device.Named(presented.ID()), client.Named(cmd.Client.ID)
	err := uc.poll(ctx, d, c, cmd, presented)
	if err != nil {
		return Tokens{}, err
	}
	return uc.redeem(ctx, d, c, cmd, presented)
}

// poll answers what can be said before tokens are due. Most polls find nothing new, so the note of the poll
// confirms what was remembered; what it cannot confirm is loaded.
func (uc *ByDeviceCode) poll(ctx context.Context, d *device.Device, c *client.Client, cmd DeviceCodeCommand, presented oauth.Opaque) error {
	read, err := uc.ledger.Recall(ctx, d, c)
	if err == nil {
		err = uc.answer(ctx, d, c, cmd, presented, read)
	}
	if !errors.Is(err, ports.ErrConflict) {
		return err
	}
	err = uc.ledger.Load(ctx, d, c)
	if err != nil {
		return err
	}
	return uc.answer(ctx, d, c, cmd, presented, ports.Reading{})
}

// answer says how the request stands, or ErrConflict when that is not certain. The order is RFC 8628's:
// what is final is told at once, the rest only to devices that keep their interval.
func (uc *ByDeviceCode) answer(ctx context.Context, d *device.Device, c *client.Client, cmd DeviceCodeCommand, presented oauth.Opaque, read ports.Reading) error {
	at := uc.clock.Now()
	standing := uc.standing(d, c, cmd, presented, at)
	if standing != nil && !errors.Is(standing, device.ErrPending) {
		if len(read.Streams) > 0 {
			return ports.ErrConflict
		}
		return standing
	}
	poll, err := uc.polls.Poll(ctx, ports.Polling{
		Device: d.ID(), Least: uc.desk.mint.server.Lifetimes.PollEvery, At: at, Forget: d.View().Until, Read: read,
	})
	switch {
	case err != nil:
		return err
	case poll.TooSoon:
		return device.ErrSlowDown
	default:
		return standing
	}
}

func (uc *ByDeviceCode) standing(d *device.Device, c *client.Client, cmd DeviceCodeCommand, presented oauth.Opaque, at time.Time) error {
	err := uc.desk.mint.mayUse(c, cmd.Client, oauth.DeviceCodeGrant, at)
	if err != nil {
		return err
	}
	return d.Poll(c.ClientID(), presented, at)
}

func (uc *ByDeviceCode) redeem(ctx context.Context, d *device.Device, c *client.Client, cmd DeviceCodeCommand, presented oauth.Opaque) (Tokens, error) {
	g, a := grant.Named(d.ID()), account.Named("")
	return uc.desk.mint.issue(ctx, uc.ledger, func() (Tokens, order, error) {
		at := uc.clock.Now()
		err := uc.desk.mint.mayUse(c, cmd.Client, oauth.DeviceCodeGrant, at)
		if err != nil {
			return Tokens{}, order{}, err
		}
		left, err := uc.spend(d, c, a, presented, at)
		if err != nil {
			return Tokens{}, order{}, err
		}
		return uc.desk.open(g, c, a, left, at)
	}, d, g, c, a)
}

// spend redeems the device code for what is left of its approval, unless nothing can be issued for
// it now.
func (uc *ByDeviceCode) spend(d *device.Device, c *client.Client, a *account.Account, presented oauth.Opaque, at time.Time) (approval, error) {
	err := d.Poll(c.ClientID(), presented, at)
	if err != nil {
		return approval{}, err
	}
	left, err := uc.desk.left(c, a, deviceApproval(d), at)
	if err != nil {
		return left, err
	}
	return left, d.Redeem(c.ClientID(), presented, at)
}

func deviceApproval(d *device.Device) approval {
	approved := d.View().Approved
	return approval{
		via: oauth.DeviceCodeGrant, session: approved.Session, scope: approved.Scope,
		resources: d.View().Resources, authTime: approved.AuthTime, amr: approved.AMR,
	}
}

// mayUse authenticates the client, checks that it is registered for the grant type, and that there
// is a signer to make its tokens.
func (m mint) mayUse(c *client.Client, cred client.Credentials, g oauth.GrantType, at time.Time) error {
	err := c.Authenticate(cred, at)
	if err != nil {
		return err
	}
	err = c.MayUse(g)
	if err != nil {
		return err
	}
	return m.ready(c)
}
