package jwtsigner

import (
	"crypto/subtle"
	"errors"

	"writ/domain/oauth"
)

// genuine checks a signature. One by a key that signs here need not be verified: ES256 and EdDSA
// are deterministic here (RFC 6979, RFC 8032), so the key would make the same one again, which for
// ES256 costs a third. What it makes is compared in constant time and goes nowhere. A signature that
// is another one may still be good: it may be by the same key elsewhere, with a nonce that was drawn.
func (ks *keys) genuine(k key, text string, signature []byte) error {
	if s := ks.signers[k.alg]; s != nil && s.id == k.id && s.makes(text, signature) {
		return nil
	}
	if k.method.Verify(text, signature, k.public) != nil {
		return errors.New("its signature is wrong")
	}
	return nil
}

// makes reports whether this very signature is what the key makes of text. It never is for RS256,
// where to sign costs far more than to verify.
func (s *signer) makes(text string, signature []byte) bool {
	if s.alg == oauth.RS256 {
		return false
	}
	own, err := s.sign([]byte(text))
	return err == nil && subtle.ConstantTimeCompare(own, signature) == 1
}
