package portstest

import (
	"errors"
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"

	"writ/domain/oauth"
	"writ/ports"
)

// UpstreamTrial is one case's providers. There is one, called "other"; Provider decides what it does.
type UpstreamTrial struct {
	Upstreams ports.Upstreams
	Provider  UpstreamProvider
	Issuer    string
	ClientID  string
	Callback  string
}

// UpstreamProvider is the provider itself, as a test steers it.
type UpstreamProvider interface {
	// SignIn lets a person sign in at the address, and gives the response to the callback. Claims are
	// those of the ID token that the code is good for, besides the ones that it must have; they replace
	// these, too. A claim that is nil is left out.
	SignIn(t *testing.T, address string, claims map[string]any) (code oauth.Secret)

	// Forge makes it sign with a key that is not its own.
	Forge()

	// Break makes it answer nothing but errors.
	Break()
}

var question = ports.UpstreamQuestion{State: "st4te", Nonce: "n0nce", Verifier: "verifier-verifier-verifier-verifier-verifier"}

// Upstreams is the contract of ports.Upstreams. Each case gets a fresh trial from open.
func Upstreams(t *testing.T, open func(t *testing.T) UpstreamTrial) {
	for _, c := range []struct {
		sentence string
		test     func(t *testing.T, u UpstreamTrial)
	}{
		{"providers are listed", upstreamsAreListed},
		{"a provider is asked with state, nonce and PKCE", upstreamIsAsked},
		{"who it says the person is comes back", upstreamAnswers},
		{"an address that it has not verified does not", upstreamUnverified},
		{"a provider that nobody configured is not found", upstreamUnknown},
		{"what it did not prove is refused", upstreamUnproven},
		{"a key of another is refused", upstreamForged},
		{"an answer is good for its own question only", upstreamOtherQuestion},
		{"an answer of another provider is refused", upstreamMixedUp},
		{"a provider that is away is an outage", upstreamAway},
	} {
		t.Run(c.sentence, func(t *testing.T) { c.test(t, open(t)) })
	}
}

func (u UpstreamTrial) answer(t *testing.T, claims map[string]any) (ports.UpstreamPerson, error) {
	t.Helper()
	address := must(u.Upstreams.Ask(t.Context(), "other", question))(t)
	code := u.Provider.SignIn(t, address, claims)
	return u.Upstreams.Answer(t.Context(), "other", ports.UpstreamAnswer{Question: question, Code: code})
}

func unproven(t *testing.T, name string, err error) {
	t.Helper()
	if !errors.Is(err, ports.ErrUnproven) {
		t.Errorf("%s: got %v, want %v", name, err, ports.ErrUnproven)
	}
}

func upstreamsAreListed(t *testing.T, u UpstreamTrial) {
	all := u.Upstreams.All()
	if len(all) != 1 || all[0].Name != "other" || all[0].Issuer != u.Issuer || all[0].Label == "" {
		t.Errorf("listed %+v", all)
	}
}

func upstreamIsAsked(t *testing.T, u UpstreamTrial) {
	address, err := url.Parse(must(u.Upstreams.Ask(t.Context(), "other", question))(t))
	if err != nil {
		t.Fatal(err)
	}
	asked := address.Query()
	for name, want := range map[string]string{
		"response_type": "code", "client_id": u.ClientID, "redirect_uri": u.Callback, "state": question.State, "nonce": question.Nonce,
		"code_challenge": string(question.Verifier.Challenge()), "code_challenge_method": "S256", "scope": "openid profile email",
	} {
		if got := asked.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

func upstreamAnswers(t *testing.T, u UpstreamTrial) {
	got, err := u.answer(t, map[string]any{
		"sub": "17", "email": "o@id.example", "email_verified": true, "preferred_username": "odin", "name": "Odin",
	})
	want := ports.UpstreamPerson{Issuer: u.Issuer, Subject: "17", Email: "o@id.example", Handle: "odin", Name: "Odin"}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("got %v (-want +got):\n%s", err, diff)
	}
}

func upstreamUnverified(t *testing.T, u UpstreamTrial) {
	for _, verified := range []any{nil, false, "false", "yes", 1} {
		got, err := u.answer(t, map[string]any{"sub": "17", "email": "o@id.example", "email_verified": verified})
		if err != nil || got.Email != "" || got.Subject != "17" {
			t.Errorf("email_verified %v gave %+v, %v", verified, got, err)
		}
	}
	if got, err := u.answer(t, map[string]any{"email": "o@id.example", "email_verified": "true"}); err != nil || got.Email == "" {
		t.Errorf("a string that says true gave %+v, %v", got, err)
	}
}

func upstreamUnknown(t *testing.T, u UpstreamTrial) {
	_, asked := u.Upstreams.Ask(t.Context(), "nobody", question)
	_, answered := u.Upstreams.Answer(t.Context(), "nobody", ports.UpstreamAnswer{Question: question, Code: "x"})
	for _, err := range []error{asked, answered} {
		if !errors.Is(err, ports.ErrNotFound) {
			t.Errorf("got %v, want %v", err, ports.ErrNotFound)
		}
	}
}

func upstreamUnproven(t *testing.T, u UpstreamTrial) {
	for name, claims := range map[string]map[string]any{
		"another nonce":             {"nonce": "another"},
		"no nonce":                  {"nonce": nil},
		"another issuer":            {"iss": "https://evil.example"},
		"another audience":          {"aud": "another"},
		"an audience of several":    {"aud": []string{u.ClientID, "another"}},
		"another authorized party":  {"azp": "another"},
		"expired":                   {"exp": 1},
		"no subject":                {"sub": ""},
		"another access token hash": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
	} {
		_, err := u.answer(t, claims)
		unproven(t, name, err)
	}
	_, err := u.Upstreams.Answer(t.Context(), "other", ports.UpstreamAnswer{Question: question, Code: "made up"})
	unproven(t, "a code that it did not give", err)
}

func upstreamForged(t *testing.T, u UpstreamTrial) {
	u.Provider.Forge()
	_, err := u.answer(t, nil)
	unproven(t, "forged", err)
}

func upstreamOtherQuestion(t *testing.T, u UpstreamTrial) {
	address := must(u.Upstreams.Ask(t.Context(), "other", question))(t)
	for name, change := range map[string]func(*ports.UpstreamQuestion){
		"verifier": func(q *ports.UpstreamQuestion) { q.Verifier += "x" },
		"nonce":    func(q *ports.UpstreamQuestion) { q.Nonce += "x" },
	} {
		other := question
		change(&other)
		_, err := u.Upstreams.Answer(t.Context(), "other", ports.UpstreamAnswer{Question: other, Code: u.Provider.SignIn(t, address, nil)})
		unproven(t, name, err)
	}
}

func upstreamMixedUp(t *testing.T, u UpstreamTrial) {
	address := must(u.Upstreams.Ask(t.Context(), "other", question))(t)
	_, err := u.Upstreams.Answer(t.Context(), "other", ports.UpstreamAnswer{
		Question: question, Code: u.Provider.SignIn(t, address, nil), Issuer: "https://evil.example",
	})
	unproven(t, "mixed up", err)
}

func upstreamAway(t *testing.T, u UpstreamTrial) {
	u.Provider.Break()
	_, err := u.Upstreams.Ask(t.Context(), "other", question)
	if err == nil || errors.Is(err, ports.ErrUnproven) || errors.Is(err, ports.ErrNotFound) {
		t.Errorf("got %v, want an outage", err)
	}
}
