package authorize

import (
	"context"
	"errors"
	"time"

	"writ/domain/account"
	"writ/domain/client"
	"writ/domain/device"
	"writ/domain/event"
	"writ/domain/oauth"
	"writ/domain/session"
	"writ/ports"
)

// DeviceQuery asks what a visitor is to decide on for a user code.
type DeviceQuery struct {
	UserCode string
	Claim    bool // tie the request to the visitor's account
	Visitor  session.Visitor
}

// DeviceView is what a person sees before deciding.
type DeviceView struct {
	UserCode  device.UserCode
	Client    client.State
	Requested oauth.Scope
	Granted   oauth.Scope // what approval would give now
	Resources []string
	Inherits  bool
	Expires   time.Time
}

// DeviceConsent serves the device page and its JSON twin.
type DeviceConsent struct {
	ledger  ports.Ledger
	finder  ports.Finder
	digests ports.Digester
	guesses Guesses
	server  *oauth.Server
	clock   ports.Clock
}

// Guesses counts user codes that were not found (RFC 8628 §5.1).
type Guesses struct {
	ByAccount ports.Limits
	Overall   ports.Limits
}

// NewDeviceConsent wires the use case.
func NewDeviceConsent(l ports.Ledger, f ports.Finder, v ports.Digester, guesses Guesses, s *oauth.Server, c ports.Clock) *DeviceConsent {
	return &DeviceConsent{ledger: l, finder: f, digests: v, guesses: guesses, server: s, clock: c}
}

// Read shows the request. It changes nothing unless the query says to claim it.
func (uc *DeviceConsent) Read(ctx context.Context, q DeviceQuery) (DeviceView, error) {
	var view DeviceView
	err := uc.decide(ctx, q.UserCode, q.Visitor, true, func(t table) error {
		at := uc.clock.Now()
		if !t.device.Claimable(q.Visitor.Account, at) {
			return device.ErrUserCode
		}
		view = uc.view(t)
		if q.Claim {
			return t.device.Claim(q.Visitor.Account, at)
		}
		return nil
	})
	return view, err
}

func (uc *DeviceConsent) view(t table) DeviceView {
	requested := t.device.View().Scope
	code, _ := device.ParseUserCode(t.typed)
	return DeviceView{
		UserCode: code, Client: t.client.View(), Requested: requested,
		Granted:   uc.server.Vocabulary.Canonical(t.client.Allowance(t.account.Permissions()).AtConsent(requested)),
		Resources: t.device.View().Resources, Expires: t.device.View().Until,
		Inherits: t.client.View().Policy == oauth.Inherit && requested.Permissions() == "",
	}
}

// DeviceCommand decides on the request with a user code.
type DeviceCommand struct {
	UserCode string
	Approve  bool
	Visitor  session.Visitor
}

// Decide decides, once. It claims a request that nobody has claimed. Denying needs no permission.
func (uc *DeviceConsent) Decide(ctx context.Context, cmd DeviceCommand) error {
	return uc.decide(ctx, cmd.UserCode, cmd.Visitor, cmd.Approve, func(t table) error {
		at := uc.clock.Now()
		if !cmd.Approve {
			return t.device.Deny(cmd.Visitor.Account, at)
		}
		return t.device.Approve(device.Approved{
			Account: cmd.Visitor.Account, Session: cmd.Visitor.Session,
			Scope:    uc.server.Vocabulary.Canonical(t.client.Allowance(t.account.Permissions()).AtConsent(t.device.View().Scope)),
			AuthTime: t.session.View().AuthTime, AMR: t.session.View().AMR,
		}, at)
	})
}

// table is what lies on the table when a person decides for a device.
type table struct {
	typed   string
	device  *device.Device
	client  *client.Client
	account *account.Account
	session *session.Session
}

// decide finds the request and lets act decide on it. The permission to use clients is looked at
// before the code, so that without it nothing can be learnt about codes.
func (uc *DeviceConsent) decide(ctx context.Context, typed string, v session.Visitor, needsPermission bool, act func(table) error) error {
	stream, err := uc.find(ctx, typed, v)
	if err != nil {
		return err
	}
	t := table{
		typed: typed, device: device.Named(stream.ID), client: client.Named(""),
		account: account.Named(v.Account), session: session.Named(v.Session),
	}
	err = uc.ledger.Decide(ctx, func() error {
		held := t.client.Allowance(t.account.Permissions())
		switch {
		case !stands(v, t.session, t.account, uc.clock.Now()):
			return session.ErrNotSignedIn
		case needsPermission && (t.account.Served() != nil || !held.MayUseClients()):
			return account.ErrMayNotUseClients
		case !t.device.Exists():
			return device.ErrUserCode
		case !t.client.Active():
			return client.ErrUnknown
		default:
			return act(t)
		}
	}, t.device, t.client, t.account, t.session)
	if errors.Is(err, device.ErrUserCode) {
		uc.countGuess(v)
	}
	return err
}

// find looks the code up. One that is not there is an empty stream: what is wrong is told by the
// decision, in its order.
func (uc *DeviceConsent) find(ctx context.Context, typed string, v session.Visitor) (event.Stream, error) {
	at := uc.clock.Now()
	wait := max(uc.guesses.ByAccount.Blocked(string(v.Account), at), uc.guesses.Overall.Blocked("", at))
	if wait > 0 {
		return event.Stream{}, &oauth.LimitError{RetryAfter: wait}
	}
	code, ok := device.ParseUserCode(typed)
	if !ok {
		return event.Stream{}, nil
	}
	stream, err := uc.finder.Find(ctx, event.Unique{Kind: "user_code", Value: digestOf(uc.digests, code)})
	if errors.Is(err, ports.ErrNotFound) {
		return event.Stream{}, nil
	}
	return stream, err
}

func (uc *DeviceConsent) countGuess(v session.Visitor) {
	at := uc.clock.Now()
	uc.guesses.ByAccount.Fail(string(v.Account), at)
	uc.guesses.Overall.Fail("", at)
}
