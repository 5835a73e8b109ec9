package signin

import (
	"context"
	"errors"

	"writ/domain/account"
	"writ/domain/event"
	"writ/domain/oauth"
	"writ/ports"
)

// Refusals of those who have proven an address.
var (
	ErrSignUpClosed = oauth.Refuse(oauth.AccessDenied, "no account uses this address, and new ones are not taken here")
	ErrOtherHandle  = oauth.Refuse(oauth.AccessDenied, "this phone number belongs to another handle")
	ErrHandleTaken  = oauth.Refuse(oauth.InvalidRequest, "this handle is taken: choose another")
	ErrHandleNeeded = oauth.Refuse(oauth.InvalidRequest, "no account uses this address yet: choose a handle for a new one")
	ErrContactTaken = oauth.Refuse(oauth.InvalidRequest, "another account uses this address")
)

// Arrival signs people in by an address that they have proven, and opens accounts for those who
// have none.
type Arrival struct {
	prover *Prover
	ledger ports.Ledger
	server *oauth.Server
	start  starter
	open   SignUpPolicy
}

// SignUpPolicy says whether people may open accounts by themselves.
type SignUpPolicy bool

// NewArrival wires it.
func NewArrival(p *Prover, l ports.Ledger, s *oauth.Server, open SignUpPolicy) *Arrival {
	return &Arrival{prover: p, ledger: l, server: s, start: starter{l, p.Keys, p.Clock, p.Entropy}, open: open}
}

// arrival is somebody who has proven an address.
type arrival struct {
	visit  Visit
	amr    []string
	handle string // of a new account
	onlyAs string // the handle that an account must have; empty: any
}

// admit starts a session of the account that holds the address, or of a new one.
func (uc *Arrival) admit(ctx context.Context, found proven, how arrival) (SignedIn, error) {
	id, err := uc.prover.holder(ctx, found.unique())
	if err != nil {
		return SignedIn{}, err
	}
	if id == "" {
		return uc.welcome(ctx, found, how)
	}
	a := account.Named(id)
	return uc.start.start(ctx, a, proof{amr: how.amr, visit: how.visit, decide: func() error {
		switch {
		case a.Served() != nil:
			return account.ErrNotServed
		case !holds(a, found.matter):
			return ErrCode // it was given away meanwhile
		case how.onlyAs != "" && a.View().Profile.Handle.Reveal() != how.onlyAs:
			return ErrOtherHandle
		default:
			return nil
		}
	}})
}

func holds(a *account.Account, m matter) bool {
	for _, c := range a.View().ContactsOf(m.Kind) {
		if c.Verified && c.Value.Reveal() == m.Value {
			return true
		}
	}
	return false
}

// ready refuses what an address that no account uses cannot become, while the code can still be
// used with another handle.
func (uc *Arrival) ready(ctx context.Context, found proven, handle string) error {
	id, err := uc.prover.holder(ctx, found.unique())
	switch {
	case err != nil, id != "":
		return err
	case !bool(uc.open):
		return ErrSignUpClosed
	case handle == "":
		return ErrHandleNeeded
	}
	return uc.free(ctx, handle)
}

// free refuses a handle that is taken.
func (uc *Arrival) free(ctx context.Context, handle string) error {
	handle, err := account.NormalHandle(handle)
	if err != nil {
		return err
	}
	id, err := uc.prover.holder(ctx, handleKey(handle))
	if err == nil && id != "" {
		err = ErrHandleTaken
	}
	return err
}

// welcome opens an account and signs its owner in, in one commit.
func (uc *Arrival) welcome(ctx context.Context, found proven, how arrival) (SignedIn, error) {
	if !uc.open {
		return SignedIn{}, ErrSignUpClosed
	}
	profile := account.Profile{Handle: event.Personal(how.handle), Name: event.Personal(found.Name)}
	switch found.Kind {
	case account.Phone:
		profile.Phone, profile.PhoneVerified = event.Personal(found.Value), true
	case account.Email:
		profile.Email, profile.EmailVerified = event.Personal(found.Value), true
	default:
		profile.Email = event.Personal(found.Unproven) // where no letters are sent
	}
	a := account.Named(oauth.AccountID(uc.prover.Entropy.ID()))
	in, err := uc.start.start(ctx, a, proof{amr: how.amr, visit: how.visit, decide: func() error {
		return a.Open(account.Opening{
			Profile: profile, Password: found.Hash, Permissions: uc.server.NewcomerHolds, At: uc.prover.Clock.Now(),
		})
	}})
	return in, takenAs(err)
}

// takenAs says which value it is that another account holds.
func takenAs(err error) error {
	var taken *ports.TakenError
	switch {
	case !errors.As(err, &taken):
		return err
	case taken.Kind == "handle":
		return ErrHandleTaken
	default:
		return ErrContactTaken
	}
}
