package oauth_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"writ/domain/oauth"
	"writ/ports/portstest/req"
)

func TestSecretsDoNotPrint(t *testing.T) {
	req.Covers(t, "R-261")
	revealed := mint(oauth.SessionToken).Reveal()
	inside := struct {
		Secret   oauth.Secret
		Token    oauth.Opaque
		Keys     oauth.TokenKeys
		Verifier oauth.CodeVerifier
	}{"hidden-secret", mint(oauth.SessionToken), keys, "hidden-verifier"}
	for name, v := range map[string]any{
		"a secret": inside.Secret, "a token": inside.Token, "keys": inside.Keys, "a verifier": inside.Verifier,
		"a struct of them": inside, "a pointer to it": &inside, "a slice": []oauth.Secret{"hidden-secret"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
				wantHidden(t, fmt.Sprintf(verb, v), revealed)
			}
			var log bytes.Buffer
			slog.New(slog.NewTextHandler(&log, nil)).Info("x", "v", v)
			slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "v", v)
			wantHidden(t, log.String(), revealed)
			stored, err := json.Marshal(v)
			if err != nil {
				t.Fatal(err)
			}
			wantHidden(t, string(stored), revealed)
		})
	}
}

func wantHidden(t *testing.T, printed, revealed string) {
	t.Helper()
	if strings.Contains(printed, "hidden") || strings.Contains(printed, revealed) || strings.Contains(printed, "1 2 3") {
		t.Errorf("printed %s", printed)
	}
}

func TestDigestsMatchTheirSecretAlone(t *testing.T) {
	req.Covers(t, "R-042")
	d := oauth.DigestOf([]byte("a"))
	if !d.Matches(oauth.DigestOf([]byte("a"))) || d.Matches(oauth.DigestOf([]byte("b"))) || d.Matches("") {
		t.Error("Matches is wrong")
	}
	if strings.Contains(string(d), "a=") || len(d) != 43 {
		t.Errorf("the digest is %q", d)
	}
	if oauth.Secret("s").Reveal() != "s" {
		t.Error("Reveal does not give the secret")
	}
}
