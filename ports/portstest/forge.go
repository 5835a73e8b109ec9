package portstest

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/base64"
	"strings"
	"testing"

	"writ/domain/oauth"
	"writ/ports"
)

// adaJSON is what the claims of ada look like.
const adaJSON = `{"sub":"ada","exp":1900000000}`

// forge signs whatever it is told with the installed key, so that a case shows that one part of a
// token is refused although its signature is right.
type forge struct {
	pair    ports.KeyPair
	private ed25519.PrivateKey
}

func newForge(t *testing.T, s Signing) forge {
	t.Helper()
	pair := installKeys(t, s, oauth.EdDSA)[0]
	private := must(x509.ParsePKCS8PrivateKey(pair.Private))(t)
	return forge{pair: pair, private: private.(ed25519.PrivateKey)}
}

// header is the one that the signer writes.
func (f forge) header() string { return `{"alg":"EdDSA","kid":"` + f.pair.ID + `","typ":"at+jwt"}` }

// with is the header with one part replaced.
func (f forge) with(old, replacement string) string {
	changed := strings.Replace(f.header(), old, replacement, 1)
	if changed == f.header() {
		panic("the header has no " + old)
	}
	return changed
}

func (f forge) token(header, payload string) string {
	text := unsigned(header, payload)
	return text + "." + encode(ed25519.Sign(f.private, []byte(text)))
}

func unsigned(header, payload string) string {
	return encode([]byte(header)) + "." + encode([]byte(payload))
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// cutLast separates the signature from what is signed.
func cutLast(token string) (text, signature string) {
	at := strings.LastIndexByte(token, '.')
	return token[:at], token[at+1:]
}
