package e2e_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/descope/virtualwebauthn"
	"golang.org/x/oauth2"

	"writ/cmd/writ/e2e/harness"
	"writ/ports/portstest/req"
)

// send is must with any JSON, and gives what the answer holds.
func (f *frontend) send(method, path string, body any) map[string]any {
	f.w.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		f.w.t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(f.w.t.Context(), method, f.w.URL+path, bytes.NewReader(text))
	if err != nil {
		f.w.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Sec-Fetch-Site", "same-origin")
	a := do(f.w.t, f.client, request)
	if a.status != http.StatusOK {
		f.w.t.Fatalf("%s %s answers %d: %s", method, path, a.status, a.body)
	}
	return a.json(f.w.t)
}

// authenticator is a device of a person's.
type authenticator struct {
	w   *world
	own virtualwebauthn.Authenticator
	key virtualwebauthn.Credential
}

func (w *world) authenticator(p person) *authenticator {
	own := virtualwebauthn.NewAuthenticatorWithOptions(virtualwebauthn.AuthenticatorOptions{UserHandle: []byte(p.ID)})
	return &authenticator{w, own, virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeRSA)}
}

func (a *authenticator) page() virtualwebauthn.RelyingParty {
	return virtualwebauthn.RelyingParty{ID: "localhost", Origin: a.w.URL}
}

// register lets the person of a frontend register a passkey on the device.
func (a *authenticator) register(f *frontend) string {
	a.w.t.Helper()
	begun := f.send(http.MethodPost, "/api/auth/passkeys", struct{}{})
	asked, err := virtualwebauthn.ParseAttestationOptions(text(a.w.t, begun["options"]))
	if err != nil {
		a.w.t.Fatal(err)
	}
	credential := virtualwebauthn.CreateAttestationResponse(a.page(), a.own, a.key, *asked)
	made := f.send(http.MethodPut, "/api/auth/passkeys", map[string]any{
		"state": begun["state"], "credential": json.RawMessage(credential), "name": "Laptop",
	})
	return made["id"].(string)
}

// answer is what the device sends to sign in.
func (a *authenticator) answer(f *frontend) map[string]any {
	a.w.t.Helper()
	begun := f.send(http.MethodPost, "/api/auth/passkey", struct{}{})
	asked, err := virtualwebauthn.ParseAssertionOptions(text(a.w.t, begun["options"]))
	if err != nil {
		a.w.t.Fatal(err)
	}
	a.key.Counter++
	credential := virtualwebauthn.CreateAssertionResponse(a.page(), a.own, a.key, *asked)
	return map[string]any{"state": begun["state"], "credential": json.RawMessage(credential)}
}

func text(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestPasskeysSignInWithoutAHandle(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *world) {
		ada := w.hire("ada")
		device, home := w.authenticator(ada), w.frontend().signIn(ada)
		id := device.register(home)
		elsewhere := w.frontend()
		if in := elsewhere.send(http.MethodPut, "/api/auth/passkey", device.answer(elsewhere)); in["id"] != ada.ID {
			t.Errorf("signed in as %v", in)
		}
		listed := text(t, elsewhere.send(http.MethodGet, "/api/auth/passkeys", nil))
		if !strings.Contains(listed, id) {
			t.Errorf("listed %s", listed)
		}
		elsewhere.must(http.StatusNoContent, http.MethodDelete, "/api/auth/passkeys/"+id, nil)
		answered := text(t, device.answer(elsewhere))
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPut, w.URL+"/api/auth/passkey", strings.NewReader(answered))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/json")
		if refused := do(t, w.frontend().client, request); refused.status != http.StatusUnauthorized {
			t.Errorf("a removed passkey answers %d: %s", refused.status, refused.body)
		}
		w.Ask(nil, "verify")
	})
}

// byKey sends a request with an access key.
func (w *world) byKey(key string, request *http.Request) answer {
	w.t.Helper()
	request.Header.Set("Authorization", "Bearer "+key)
	return do(w.t, &http.Client{CheckRedirect: w.frontend().client.CheckRedirect}, request)
}

func TestB21AGrantThatAnAccessKeyMadeEndsWithIt(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *world) {
		req.Covers(t, "R-060")
		ada := w.hire("ada", "USE_OAUTH_CLIENTS", "USE_PERSONAL_ACCESS_KEYS", "CREATE_POST")
		app, home := w.native(), w.frontend().signIn(ada)
		made := home.send(http.MethodPost, "/api/auth/access-keys", map[string]any{"name": "deploy"})
		key := made["secret"].(string)

		config, verifier := w.config(app, "openid offline_access CREATE_POST"), oauth2.GenerateVerifier()
		asked := w.byKey(key, ask(t, http.MethodGet, config.AuthCodeURL("s", oauth2.S256ChallengeOption(verifier)), nil))
		id := home.location(asked.header.Get("Location")).Query().Get("request_id")
		decision, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.URL+"/api/oauth/authorize/consent",
			strings.NewReader(`{"request_id":"`+id+`","decision":"approve"}`))
		if err != nil {
			t.Fatal(err)
		}
		decision.Header.Set("Content-Type", "application/json")
		decided := w.byKey(key, decision).json(t)
		location, _ := decided["location"].(string)
		token, err := config.Exchange(t.Context(), home.location(location).Query().Get("code"), oauth2.VerifierOption(verifier))
		if err != nil {
			t.Fatalf("redeem the code: %v", err)
		}
		refresh := func() answer {
			return do(t, http.DefaultClient, ask(t, http.MethodPost, w.URL+"/api/oauth/token", url.Values{
				"grant_type": {"refresh_token"}, "refresh_token": {token.RefreshToken}, "client_id": {app.ClientID},
			}))
		}
		renewed := refresh()
		if renewed.status != http.StatusOK {
			t.Fatalf("the key lives, and a refresh answers %d: %s", renewed.status, renewed.body)
		}
		token.RefreshToken = renewed.json(t)["refresh_token"].(string)

		home.must(http.StatusNoContent, http.MethodDelete, "/api/auth/access-keys/"+made["id"].(string), nil)

		if after := refresh(); after.code(t) != "invalid_grant" {
			t.Errorf("the key is gone, and a refresh answers %d: %s", after.status, after.body)
		}
		if again := w.byKey(key, ask(t, http.MethodGet, w.URL+"/api/oauth/authorize/consent?request_id="+id, nil)); again.status != http.StatusUnauthorized {
			t.Errorf("a removed key answers %d", again.status)
		}
		if strings.Contains(w.Log(), key[18:]) {
			t.Error("the key is in the log")
		}
		w.Ask(nil, "verify")
	})
}

// TestOneServerSignsInAtAnother lets people of one server come to another one, which knows it as a
// provider.
func TestOneServerSignsInAtAnother(t *testing.T) {
	t.Parallel()
	first := serve(t, harness.Options{})
	ada := first.hire("ada")
	asClient := first.register("Second", "confidential", "authorization_code", "--scope", "openid profile email",
		"--redirect-uri", "http://localhost/api/auth/upstream/other/callback")
	second := serve(t, harness.Options{Env: map[string]string{
		"WRIT_UPSTREAMS": "other=" + first.URL + ";" + asClient.ClientID + ";" + asClient.Secret + ";The first",
	}})
	abroad, home := first.frontend().signIn(ada), second.frontend()

	come := func(f *frontend, link bool) answer {
		t.Helper()
		gone := f.send(http.MethodPost, "/api/auth/upstream/other", map[string]any{"return_url": "/device", "link": link})
		asked := do(t, abroad.client, ask(t, http.MethodGet, gone["location"].(string), nil))
		back := abroad.location(asked.header.Get("Location")).Query()
		if back.Get("code") == "" { // she has not allowed it before
			back = abroad.decide(gone["location"].(string), "approve")
		}
		return do(t, f.client, ask(t, http.MethodGet, second.URL+"/api/auth/upstream/other/callback?"+back.Encode(), nil))
	}
	if came := come(home, false); came.status != http.StatusFound || came.header.Get("Location") != "/device" {
		t.Fatalf("coming back answers %d to %q: %s", came.status, came.header.Get("Location"), came.body)
	}
	linked := text(t, home.send(http.MethodGet, "/api/auth/identities", nil))
	if !strings.Contains(linked, `"label":"The first"`) || strings.Contains(linked, ada.ID) {
		t.Errorf("linked is %s", linked)
	}
	var account struct{ Handle string }
	second.Ask(&account, "account", "show", "ada")

	told := second.subscribe(second.dial("nats-subscriber.creds")).next("writ.identity-linked.v1")
	if told.Data["issuer"] != first.URL || strings.Contains(text(t, told.Data), ada.ID) {
		t.Errorf("subscribers are told %v", told.Data)
	}
	eve := second.hire("eve") // whose account is linked by herself, to nobody else's identity
	hers := second.frontend().signIn(eve)
	if came := come(hers, true); came.status < 400 || came.status > 499 {
		t.Errorf("linking what is another's answers %d: %s", came.status, came.body)
	}
	if linked := text(t, hers.send(http.MethodGet, "/api/auth/identities", nil)); linked != `{"identities":[]}` {
		t.Errorf("linked is %s", linked)
	}
	out, err := second.CLI("config", "--json")
	if err != nil || strings.Contains(string(out), asClient.Secret) {
		t.Errorf("the configuration shows the secret: %v", err)
	}
	second.Ask(nil, "verify")
}
