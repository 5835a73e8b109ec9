package device

import (
	"time"

	"writ/domain/event"
	"writ/domain/oauth"
)

// Refusals of polls, each with the meaning of RFC 8628 §3.5.
var (
	// ErrCode refuses a device code that is unknown, another client's or used.
	ErrCode = oauth.Refuse(oauth.InvalidGrant, "the device code is unknown, used or another client's")
	// ErrPending says that nobody has decided yet.
	ErrPending = oauth.Refuse(oauth.AuthorizationPending, "the request has not been decided yet")
	// ErrSlowDown says that the poll came too soon.
	ErrSlowDown = oauth.Refuse(oauth.SlowDown, "polled too soon; the interval is 5 seconds longer from now on")
	// ErrDenied says that the person denied the request.
	ErrDenied = oauth.Refuse(oauth.AccessDenied, "the request was denied")
	// ErrExpired says that the device code has expired.
	ErrExpired = oauth.Refuse(oauth.ExpiredToken, "the device code has expired")

	// ErrUserCode refuses a user code without telling whether it is unknown, expired, decided or
	// claimed by somebody else.
	ErrUserCode = oauth.Refuse(oauth.InvalidRequest, "the code is unknown, expired or used")
)

// retention is how long expired_token is still the answer to a poll.
const retention = 24 * time.Hour

// Device is a device authorization request.
type Device struct {
	event.Root
	state State
}

// State is what the row of a device authorization keeps.
type State struct {
	Requested
	Account  oauth.AccountID `json:"account,omitempty"` // who claimed it
	Approved *Approved       `json:"approved,omitempty"`
	Denied   bool            `json:"denied,omitempty"`
	Redeemed bool            `json:"redeemed,omitempty"`
}

// Named is the device authorization with an id, to be loaded.
func Named(id string) *Device { return &Device{Root: event.Existing(Kind, id)} }

// Unrequested is the device authorization that a request is to begin.
func Unrequested(id string) *Device { return &Device{Root: event.Unborn(Kind, id)} }

// Request begins the device authorization.
func (d *Device) Request(r Requested, at time.Time) { d.record(r, at) }

// Claim ties the request to the account that entered its code. The same account may do it again.
func (d *Device) Claim(account oauth.AccountID, at time.Time) error {
	switch {
	case !d.Claimable(account, at):
		return ErrUserCode
	case d.state.Account == "":
		d.record(Claimed{Account: account}, at)
	}
	return nil
}

// Claimable reports whether the account may decide the request.
func (d *Device) Claimable(account oauth.AccountID, at time.Time) bool {
	return d.open(at) && (d.state.Account == "" || d.state.Account == account)
}

// Approve decides for the request. It claims it when nobody has.
func (d *Device) Approve(e Approved, at time.Time) error {
	err := d.Claim(e.Account, at)
	if err != nil {
		return err
	}
	d.record(e, at)
	return nil
}

// Deny decides against the request. It claims it when nobody has.
func (d *Device) Deny(account oauth.AccountID, at time.Time) error {
	err := d.Claim(account, at)
	if err != nil {
		return err
	}
	d.record(Denied{Account: account}, at)
	return nil
}

func (d *Device) open(at time.Time) bool {
	return d.Exists() && d.state.Approved == nil && !d.state.Denied && at.Before(d.state.Until)
}

// Poll says what the device is told, if it does not poll too soon: nil when tokens are due.
func (d *Device) Poll(client oauth.ClientID, code oauth.Opaque, at time.Time) error {
	switch {
	case !d.Exists(), d.state.Client != client, !code.Digest().Matches(d.state.Code), d.state.Redeemed:
		return ErrCode
	case !at.Before(d.state.Until):
		return ErrExpired
	case d.state.Denied:
		return ErrDenied
	case d.state.Approved == nil:
		return ErrPending
	default:
		return nil
	}
}

// Redeem spends the device code.
func (d *Device) Redeem(client oauth.ClientID, code oauth.Opaque, at time.Time) error {
	err := d.Poll(client, code, at)
	if err != nil {
		return err
	}
	d.record(Redeemed{}, at)
	return nil
}

// View is the state, for those who show it.
func (d *Device) View() State { return d.state }

func (d *Device) record(e Event, at time.Time) { d.Record(e, at); d.apply(e) }

// Catalogue implements event.Aggregate.
func (d *Device) Catalogue() *event.Catalogue { return Catalogue }

// State implements event.Aggregate.
func (d *Device) State() event.State { return &d.state }

// Replay implements event.Aggregate.
func (d *Device) Replay(e any, _ time.Time) { d.apply(e.(Event)) }

func (d *Device) apply(e Event) {
	s := &d.state
	switch e := e.(type) {
	case Requested:
		s.Requested = e
	case Claimed:
		s.Account = e.Account
	case Approved:
		s.Approved = &e
	case Denied:
		s.Denied = true
	case Redeemed:
		s.Redeemed = true
	}
}

// Shape implements event.State.
func (*State) Shape() int { return 1 }

// Index implements event.State. The user code is held while it can be decided.
func (s *State) Index() event.Index {
	i := event.Index{
		Account: string(s.Account),
		Client:  string(s.Client),
		Ends:    s.Until,
		Keep:    s.Until.Add(retention),
	}
	if s.Approved == nil && !s.Denied {
		i.Unique = []event.Unique{{Kind: "user_code", Value: s.UserCode}}
	}
	return i
}
