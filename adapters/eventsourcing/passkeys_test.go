package eventsourcing_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"writ/adapters/eventsourcing/ledgertest"
	"writ/domain/account"
	"writ/domain/event"
	"writ/domain/passkey"
	"writ/ports"
)

var credential = passkey.Credential{
	ID: passkey.Binary([]byte("the credential of odin")), PublicKey: passkey.Binary([]byte("the key of odin")), Transports: []string{"internal"},
}

func withAPasskey(t *testing.T) (*ledgertest.World, *passkey.Passkey) {
	t.Helper()
	w := inhabited(t)
	p, a := passkey.Unregistered(credential), account.Named("odin")
	w.Decide(func() error { return p.Register("odin", "ravens", credential, w.Clock.Now()) }, p, a)
	p = passkey.Named(p.ID())
	w.Decide(func() error { return p.Use(1, false, w.Clock.Now()) }, p)
	return w, p
}

func TestPasskeysAreFoundAndReadAsTheyWere(t *testing.T) {
	w, p := withAPasskey(t)
	for _, look := range []string{"by the row", "by the history"} {
		found, total, err := w.Directory.Passkeys(t.Context(), ports.Query{Account: "odin", Live: w.Clock.Now()})
		if err != nil || total != 1 || len(found) != 1 || found[0].ID() != p.ID() {
			t.Fatalf("%s: found %v of %d, %v", look, found, total, err)
		}
		want := credential
		want.Counter = 1
		if diff := cmp.Diff(want, found[0].View().Credential); diff != "" || found[0].View().Name != "ravens" {
			t.Errorf("%s (-want +got):\n%s", look, diff)
		}
		anotherShape(w)
	}
	w.Decide(func() error { return p.Remove("odin", w.Clock.Now()) }, p)
	if _, total, err := w.Directory.Passkeys(t.Context(), ports.Query{Account: "odin", Live: w.Clock.Now().Add(time.Second)}); err != nil || total != 0 {
		t.Errorf("a removed one is among %d, %v", total, err)
	}
}

func TestNothingOfAPasskeyIsLeftOfTheErased(t *testing.T) {
	w, p := withAPasskey(t)
	for _, secret := range []string{"ravens", credential.ID.Reveal(), credential.PublicKey.Reveal()} {
		for _, f := range w.Store.Facts() {
			if bytes.Contains(f.Data, []byte(secret)) {
				t.Errorf("%s stands in %s", secret, f.Name)
			}
		}
		for _, row := range w.Store.Rows() {
			if bytes.Contains(row.Data, []byte(secret)) {
				t.Errorf("%s stands in the state of %s", secret, row.Stream)
			}
		}
	}
	w.ChangeAccount("odin", func(a *account.Account) error { return a.Delete(w.Clock.Now()) })
	w.Load(p)
	if s := p.View(); s.Name != event.Erased || s.Credential.ID != event.Erased || passkey.Bytes(s.Credential.PublicKey) != nil {
		t.Errorf("still there: %q, %q", s.Name.Reveal(), s.Credential.ID.Reveal())
	}
}

func TestPasskeysAreAuditedAndRebuilt(t *testing.T) {
	a := newArchive(t)
	odin, p := account.Named("odin"), passkey.Unregistered(credential)
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	a.decide(func() error { return odin.Open(account.Opening{Profile: account.Profile{Handle: "odin"}, At: at}) }, odin)
	a.decide(func() error {
		key := account.Key{ID: "abcdefghijkl", Name: "k", Digest: "d"}
		_ = odin.AddKey(key, at)
		_ = odin.LinkIdentity(account.Identity{Issuer: "https://id.example", Subject: "17"}, at)
		return p.Register("odin", "ravens", credential, at)
	}, p, odin)
	for range 2 {
		report, err := a.auditor.Verify(t.Context())
		if err != nil || len(report.Differences) != 0 {
			t.Fatalf("the audit says %+v, %v", report, err)
		}
		for _, u := range []event.Unique{account.KeyID("abcdefghijkl"), account.IdentityKey("https://id.example", "17")} {
			if s, err := a.finder.Find(t.Context(), u); err != nil || s.ID != "odin" {
				t.Errorf("%s finds %s, %v", u.Kind, s, err)
			}
		}
		if _, err = a.rebuilder.Rebuild(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}
