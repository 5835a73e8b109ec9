package portstest

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"writ/domain/oauth"
	"writ/ports"
	"writ/ports/portstest/req"
)

// KeyRing is the contract of ports.KeyRing.
func KeyRing(t *testing.T, open OpenSigning) {
	t.Run("the key set is public", func(t *testing.T) { keySetIsPublic(t, open(t)) })
	t.Run("the key set is stable", func(t *testing.T) { keySetIsStable(t, open(t)) })
	t.Run("keys are generated with their thumbprint", func(t *testing.T) { keysAreGenerated(t, open(t)) })
	t.Run("keys are imported from PEM", func(t *testing.T) { keysAreImported(t, open(t)) })
	t.Run("weak and foreign keys are not imported", func(t *testing.T) { weakKeysAreRefused(t, open(t)) })
	t.Run("keys rotate", func(t *testing.T) { keysRotate(t, open(t)) })
	t.Run("keys that do not fit are not installed", func(t *testing.T) { unfitKeysAreRefused(t, open(t)) })
}

type jwks struct {
	Keys []map[string]string `json:"keys"`
}

func keySet(t *testing.T, s Signing) jwks {
	t.Helper()
	var set jwks
	err := json.Unmarshal(s.Keys.KeySet(), &set)
	if err != nil {
		t.Fatalf("the key set is not a JWK set: %v", err)
	}
	return set
}

// publicMembers are the members that a key may show, by its kty.
var publicMembers = map[string][]string{
	"EC":  {"alg", "crv", "kid", "kty", "use", "x", "y"},
	"RSA": {"alg", "e", "kid", "kty", "n", "use"},
	"OKP": {"alg", "crv", "kid", "kty", "use", "x"},
}

func keySetIsPublic(t *testing.T, s Signing) {
	req.Covers(t, "R-215")
	if got := string(s.Keys.KeySet()); got != `{"keys":[]}` {
		t.Errorf("a ring without keys shows %s", got)
	}
	var ids []string
	for _, pair := range installKeys(t, s, everyAlg...) {
		ids = append(ids, string(pair.Alg)+" "+pair.ID)
	}
	var got []string
	for _, key := range keySet(t, s).Keys {
		var members []string
		for name := range key {
			members = append(members, name)
		}
		slices.Sort(members)
		if diff := cmp.Diff(publicMembers[key["kty"]], members); diff != "" {
			t.Errorf("members of %s (-want +got):\n%s", key["kty"], diff)
		}
		if key["use"] != "sig" {
			t.Errorf("the use of %s is %q", key["kty"], key["use"])
		}
		got = append(got, key["alg"]+" "+key["kid"])
	}
	slices.Sort(ids)
	slices.Sort(got)
	if diff := cmp.Diff(ids, got); diff != "" {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
}

func keySetIsStable(t *testing.T, s Signing) {
	var installed []ports.InstalledKey
	for range 4 {
		installed = append(installed, ports.InstalledKey{KeyPair: must(s.Keys.Generate(oauth.EdDSA))(t)})
	}
	var first []byte
	for range 20 {
		slices.Reverse(installed)
		err := s.Keys.Install(installed)
		if err != nil {
			t.Fatalf("install: %v", err)
		}
		if first == nil {
			first = s.Keys.KeySet()
		}
		if !bytes.Equal(first, s.Keys.KeySet()) {
			t.Fatal("the same keys give another key set")
		}
	}
	first[0] = 'x'
	if bytes.Equal(first, s.Keys.KeySet()) {
		t.Error("what a caller writes into the key set changes it for all")
	}
}

func keysAreGenerated(t *testing.T, s Signing) {
	req.Covers(t, "R-215")
	for i, pair := range installKeys(t, s, everyAlg...) {
		if pair.Alg != everyAlg[i] {
			t.Errorf("generated %s for %s", pair.Alg, everyAlg[i])
		}
		if other := must(s.Keys.Generate(pair.Alg))(t); other.ID == pair.ID {
			t.Errorf("two keys for %s are the same", pair.Alg)
		}
	}
	for _, key := range keySet(t, s).Keys {
		if got := thumbprint(t, key); got != key["kid"] {
			t.Errorf("%s: kid %s is not the thumbprint %s", key["kty"], key["kid"], got)
		}
	}
	if _, err := s.Keys.Generate("HS256"); err == nil {
		t.Error("it generates a key for HS256")
	}
}

// thumbprint is RFC 7638 §3: the required members only, in order, without white space.
func thumbprint(t *testing.T, key map[string]string) string {
	t.Helper()
	required := map[string]string{}
	for _, name := range publicMembers[key["kty"]] {
		if !slices.Contains([]string{"alg", "kid", "use"}, name) {
			required[name] = key[name]
		}
	}
	sum := sha256.Sum256(must(json.Marshal(required))(t)) // maps are written in order
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func pemOf(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

func keysAreImported(t *testing.T, s Signing) {
	ec := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))(t)
	rs := must(rsa.GenerateKey(rand.Reader, 2048))(t)
	ed := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	sec1 := pemOf("EC PRIVATE KEY", must(x509.MarshalECPrivateKey(ec))(t))
	ids := map[string]string{}
	for name, tc := range map[string]struct {
		text string
		alg  oauth.SigningAlg
		same string // another case of the same key
	}{
		"PKCS#8 EC":      {pemOf("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(ec))(t)), oauth.ES256, "ec"},
		"PKCS#8 RSA":     {pemOf("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(rs))(t)), oauth.RS256, "rsa"},
		"PKCS#8 Ed25519": {pemOf("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(ed))(t)), oauth.EdDSA, "ed"},
		"PKCS#1":         {pemOf("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(rs)), oauth.RS256, "rsa"},
		"SEC 1":          {sec1, oauth.ES256, "ec"},
		"SEC 1 after its parameters, with text around": {"hello\n" + pemOf("EC PARAMETERS", []byte{6, 0}) + sec1 + "bye", oauth.ES256, "ec"},
	} {
		t.Run(name, func(t *testing.T) {
			pair := must(s.Keys.Import([]byte(tc.text)))(t)
			if pair.Alg != tc.alg {
				t.Errorf("got %s", pair.Alg)
			}
			if id, ok := ids[tc.same]; ok && id != pair.ID {
				t.Error("another form of the same key has another id")
			}
			ids[tc.same] = pair.ID
			err := s.Keys.Install([]ports.InstalledKey{{KeyPair: pair, Signs: true}})
			if err != nil {
				t.Fatalf("install: %v", err)
			}
			mustVerify(t, s, signToken(t, s, tc.alg, accessToken, ada))
		})
	}
}

func weakKeysAreRefused(t *testing.T, s Signing) {
	req.Covers(t, "R-238")
	ed := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	good := pemOf("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(ed))(t))
	short := must(rsa.GenerateKey(rand.Reader, 1024))(t)
	p384 := must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader))(t)
	for name, text := range map[string]string{
		"nothing":         "",
		"no PEM":          "-----BEGIN",
		"a public key":    pemOf("PUBLIC KEY", must(x509.MarshalPKIXPublicKey(ed.Public()))(t)),
		"a short RSA key": pemOf("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(short))(t)),
		"another curve":   pemOf("EC PRIVATE KEY", must(x509.MarshalECPrivateKey(p384))(t)),
		"garbage":         pemOf("PRIVATE KEY", []byte("garbage")),
		"encrypted":       pemOf("ENCRYPTED PRIVATE KEY", []byte("garbage")),
		"two keys":        good + good,
	} {
		if _, err := s.Keys.Import([]byte(text)); err == nil {
			t.Errorf("%s is imported", name)
		}
	}
}

func keysRotate(t *testing.T, s Signing) {
	req.Covers(t, "R-215")
	one, two := must(s.Keys.Generate(oauth.EdDSA))(t), must(s.Keys.Generate(oauth.EdDSA))(t)
	retired := one
	retired.Private = nil
	var tokens []string
	for _, step := range []struct {
		installed []ports.InstalledKey
		signs     string
		verify    []bool // which of the tokens so far
	}{
		{[]ports.InstalledKey{{KeyPair: one, Signs: true}}, one.ID, []bool{true}},
		{[]ports.InstalledKey{{KeyPair: two}, {KeyPair: one, Signs: true}}, one.ID, []bool{true, true}},
		{[]ports.InstalledKey{{KeyPair: two, Signs: true}, {KeyPair: retired}}, two.ID, []bool{true, true, true}},
		{[]ports.InstalledKey{{KeyPair: two, Signs: true}}, two.ID, []bool{false, false, true, true}},
	} {
		err := s.Keys.Install(step.installed)
		if err != nil {
			t.Fatalf("install: %v", err)
		}
		if got := len(keySet(t, s).Keys); got != len(step.installed) {
			t.Errorf("%d keys are published of %d", got, len(step.installed))
		}
		token := signToken(t, s, oauth.EdDSA, accessToken, ada)
		if got := headerOf(t, token)["kid"]; got != step.signs {
			t.Errorf("key %s signs instead of %s", got, step.signs)
		}
		tokens = append(tokens, token)
		for i, want := range step.verify {
			if want {
				mustVerify(t, s, tokens[i])
			} else {
				mustRefuse(t, s, tokens[i])
			}
		}
	}
}

func unfitKeysAreRefused(t *testing.T, s Signing) {
	req.Covers(t, "R-238")
	good, other := must(s.Keys.Generate(oauth.EdDSA))(t), must(s.Keys.Generate(oauth.EdDSA))(t)
	ec := must(s.Keys.Generate(oauth.ES256))(t)
	err := s.Keys.Install([]ports.InstalledKey{{KeyPair: good, Signs: true}})
	if err != nil {
		t.Fatalf("install: %v", err)
	}
	before := s.Keys.KeySet()
	changed := func(change func(k *ports.KeyPair)) []ports.InstalledKey {
		k := other
		change(&k)
		return []ports.InstalledKey{{KeyPair: k, Signs: true}}
	}
	for name, installed := range map[string][]ports.InstalledKey{
		"two that sign with one algorithm":  {{KeyPair: good, Signs: true}, {KeyPair: other, Signs: true}},
		"two of one id":                     {{KeyPair: good}, {KeyPair: good}},
		"a key of another algorithm":        changed(func(k *ports.KeyPair) { k.Alg = oauth.ES256 }),
		"a key of a symmetric algorithm":    changed(func(k *ports.KeyPair) { k.Alg = "HS256" }),
		"no id":                             changed(func(k *ports.KeyPair) { k.ID = "" }),
		"no public key":                     changed(func(k *ports.KeyPair) { k.Public = nil }),
		"the public key of another":         changed(func(k *ports.KeyPair) { k.Public = good.Public }),
		"no private key to sign with":       changed(func(k *ports.KeyPair) { k.Private = nil }),
		"a private key of another kind":     changed(func(k *ports.KeyPair) { k.Private = ec.Private }),
		"a good key before one that is bad": append([]ports.InstalledKey{{KeyPair: ec, Signs: true}}, changed(func(k *ports.KeyPair) { k.Alg = "" })...),
	} {
		err := s.Keys.Install(installed)
		if err == nil {
			t.Errorf("%s: installed", name)
		}
		if err != nil && strings.Contains(err.Error(), string(other.Private)) {
			t.Errorf("%s: the error shows a private key", name)
		}
	}
	if !bytes.Equal(before, s.Keys.KeySet()) {
		t.Error("keys that were refused changed the key set")
	}
	mustVerify(t, s, signToken(t, s, oauth.EdDSA, accessToken, ada))
}
