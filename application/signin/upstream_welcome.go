package signin

import (
	"context"
	"encoding/hex"
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"writ/domain/account"
	"writ/domain/event"
	"writ/domain/oauth"
	"writ/ports"
)

// handleTries is how often another handle is tried when the one at hand is taken.
const handleTries = 5

// welcome opens an account for an identity that nobody has, and signs its owner in. Only an address
// that the provider has verified comes along; one that an account here holds is never enough to be
// let in to that account.
func (uc *UpstreamFinish) welcome(ctx context.Context, j journey, who ports.UpstreamPerson, visit Visit) (SignedIn, error) {
	if email, err := account.NormalEmail(who.Email); err == nil {
		_, err = uc.finder.Find(ctx, account.Contact{Kind: account.Email, Value: event.Personal(email)}.Unique())
		switch {
		case err == nil:
			return SignedIn{}, ErrSignInAndLink
		case !errors.Is(err, ports.ErrNotFound):
			return SignedIn{}, err
		}
	}
	if !uc.open {
		return SignedIn{}, ErrNoNewcomers
	}
	base := handleFrom(who)
	handle := base
	for range handleTries {
		in, err := uc.openAs(ctx, j, who, handle, visit)
		if !isTaken(err, "handle") {
			return in, uc.openedAs(err)
		}
		handle = uc.another(base)
	}
	return SignedIn{}, ErrUpstream
}

func (uc *UpstreamFinish) openedAs(err error) error {
	switch {
	case isTaken(err, "email"):
		return ErrSignInAndLink
	case errors.Is(err, ErrSpent), errors.Is(err, ErrCredentials):
		return ErrUpstream
	default:
		return err
	}
}

func (uc *UpstreamFinish) openAs(ctx context.Context, j journey, who ports.UpstreamPerson, handle string, visit Visit) (SignedIn, error) {
	a := account.Named(oauth.AccountID(uc.entropy.ID()))
	return uc.start.start(ctx, a, proof{
		amr: []string{methodUpstream}, visit: visit, once: j.ID,
		decide: func() error {
			at := uc.clock.Now()
			err := a.Open(account.Opening{Profile: profileOf(who, handle), Permissions: uc.server.NewcomerHolds, At: at})
			if err != nil {
				return err
			}
			return a.LinkIdentity(identityOf(who), at)
		},
	})
}

// profileOf takes over what fits; what does not is left out, for the person can add it.
func profileOf(who ports.UpstreamPerson, handle string) account.Profile {
	p := account.Profile{Handle: event.Personal(handle), Name: event.Personal(readable(who.Name))}
	if email, err := account.NormalEmail(who.Email); err == nil {
		p.Email, p.EmailVerified = event.Personal(email), true
	}
	return p
}

// longestName bounds names that other providers give, in characters.
const longestName = 100

func readable(name string) string {
	name = strings.TrimSpace(strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, name))
	if runes := []rune(name); len(runes) > longestName {
		return string(runes[:longestName])
	}
	return name
}

// longestHandle leaves room to make a handle another one.
const longestHandle = 20

// handleFrom makes a handle of what the provider calls the person.
func handleFrom(who ports.UpstreamPerson) string {
	local, _, _ := strings.Cut(who.Email, "@")
	for _, name := range []string{who.Handle, local, who.Name} {
		name, _, _ = strings.Cut(name, "@")
		name = strings.Map(func(r rune) rune {
			switch {
			case r >= 'A' && r <= 'Z':
				return r + 'a' - 'A'
			case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '-', r == '_':
				return r
			case r == '.' || r == ' ' || r == '+':
				return '-'
			default:
				return -1
			}
		}, name)
		name = strings.TrimLeft(name, "-_")
		name = strings.TrimRight(name[:min(len(name), longestHandle)], "-_")
		if name != "" {
			return name
		}
	}
	return "member"
}

// another is a handle like base that is most likely free.
func (uc *UpstreamFinish) another(base string) string {
	var random [3]byte
	uc.entropy.Fill(random[:])
	return base + "-" + hex.EncodeToString(random[:])
}
