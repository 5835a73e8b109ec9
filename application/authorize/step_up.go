package authorize

import (
	"context"
	"slices"
	"time"

	"writ/domain/oauth"
	"writ/domain/session"
)

// wanted is who has to be there, and how they must have signed in, for a request to go on (OIDC
// Core §3.1.2.1).
type wanted struct {
	request  *checked
	visitor  *session.Visitor
	resumed  Resumed
	selected oauth.AccountID
	acr      string // what acr_values asks for and this server can give; empty: nothing in particular
}

func wantedBy(r *checked, cmd BeginCommand) wanted {
	return wanted{request: r, visitor: cmd.Visitor, resumed: cmd.Resumed, selected: cmd.Selected, acr: strongest(r.ACRValues)}
}

// errOther ends a request for one person at which another one signed in.
var errOther = oauth.Refuse(oauth.LoginRequired, "another person signed in than the one id_token_hint names")

// strongest is the authentication context that is worth signing in again for. Any sign-in gives the
// plain one, and values that are not known are no reason to refuse (OIDC Core §15.1).
func strongest(acrValues string) string {
	all := words(acrValues)
	if slices.Contains(all, session.PhishingResistant) && !slices.Contains(all, session.Plain) {
		return session.PhishingResistant
	}
	return ""
}

// judge reports whether somebody has to sign in first. Who signed in for this very request has done
// all that can be asked, but may be the wrong person.
func (w wanted) judge(at time.Time) (needed bool, err error) {
	switch {
	case w.visitor == nil:
		return true, nil
	case w.isOther() && w.isNew():
		return false, errOther
	case w.isOther():
		return true, nil
	case w.isNew():
		return false, nil
	default:
		return w.isTooOld(at) || w.request.prompts("login") || w.mustChoose() || w.isTooWeak(), nil
	}
}

// isOther reports whether the visitor is not the one whom the hint names. A client that holds the
// token of another one must not learn by it, behind the person's back, who is signed in.
func (w wanted) isOther() bool {
	silent := w.request.prompts("none")
	h := w.request.hint
	return h.Subject != "" && (h.Subject != string(w.visitor.Account) || h.Foreign && silent)
}

// isNew reports whether the visitor signed in since the request began to wait. A program does not.
func (w wanted) isNew() bool {
	return w.resumed.token != "" && w.visitor.Key == "" && w.visitor.Session != w.resumed.kept.Session && !w.visitor.AuthTime.Before(w.resumed.kept.Began)
}

func (w wanted) isTooOld(at time.Time) bool {
	r := w.request
	return r.MaxAge != "" && (r.maxAge == 0 || at.Sub(w.visitor.AuthTime) > r.maxAge)
}

func (w wanted) mustChoose() bool {
	return w.request.prompts("select_account") && w.selected != w.visitor.Account
}

// isTooWeak asks for a stronger sign-in where a person can be asked: acr_values is a wish, which
// prompt=none does not fail for.
func (w wanted) isTooWeak() bool {
	return w.acr != "" && session.ACR(w.visitor.AMR) != w.acr && !w.request.prompts("none")
}

// particular reports whether the request is not content with whoever is signed in when it comes again,
// so that it has to be remembered since when it waits.
func (w wanted) particular() bool {
	r := w.request
	return r.prompts("login") || r.prompts("select_account") || r.MaxAge != "" || r.hint.Subject != "" || w.acr != ""
}

// signIn asks for a sign-in.
func (uc *Begin) signIn(ctx context.Context, r *checked, w wanted) (Outcome, error) {
	s := &SignIn{RequestID: w.resumed.token, Prompt: w.prompt(), ACR: w.acr}
	if s.RequestID == "" && w.particular() {
		k := kept{Request: r.Request, Hint: r.hint}
		if w.visitor != nil {
			k.Session = w.visitor.Session
		}
		id, err := uc.pending.wait(ctx, k)
		if err != nil {
			return Outcome{}, err
		}
		s.RequestID = id.Reveal()
	}
	return Outcome{SignIn: s}, nil
}

// prompt says what to ask somebody who is signed in already.
func (w wanted) prompt() string {
	switch {
	case w.visitor == nil:
		return ""
	case w.mustChoose() && !w.request.prompts("login") && !w.isOther():
		return "select_account"
	default:
		return "login"
	}
}
