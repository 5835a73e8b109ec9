package jwtsigner

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"writ/domain/oauth"
)

// Sign implements ports.Signer. Claims that are not an object of JSON are an error, too.
func (r *Ring) Sign(_ context.Context, alg oauth.SigningAlg, typ string, claims any) (string, error) {
	s, err := r.signer(alg)
	if err != nil {
		return "", fmt.Errorf("sign a token: %w", err)
	}
	work := scratches.Get().(*scratch)
	defer work.release()
	payload, err := work.write(claims)
	if err != nil {
		return "", fmt.Errorf("write the claims of a token: %w", err)
	}
	if payload[0] != '{' {
		return "", errors.New("write the claims of a token: they are not an object")
	}
	work.text, err = s.append(work.text[:0], typ, payload)
	if err != nil {
		return "", fmt.Errorf("sign a token with key %s: %w", s.id, err)
	}
	return string(work.text), nil
}

// Ready implements ports.Signer.
func (r *Ring) Ready(alg oauth.SigningAlg) error {
	_, err := r.signer(alg)
	return err
}

func (r *Ring) signer(alg oauth.SigningAlg) (*signer, error) {
	s, ok := r.keys.Load().signers[alg]
	if !ok {
		return nil, fmt.Errorf("no key signs with %q", alg)
	}
	return s, nil
}

// signer is a key that signs.
type signer struct {
	key
	private crypto.Signer
	headers sync.Map // from typ to the encoded header: there are only as many as kinds of tokens
}

func newSigner(k key, der []byte) (*signer, error) {
	private, err := parsePKCS8(der)
	if err != nil {
		return nil, fmt.Errorf("read the private key: %w", err)
	}
	public, ok := private.Public().(interface{ Equal(crypto.PublicKey) bool })
	if !ok || !public.Equal(k.public) {
		return nil, errors.New("the private key does not belong to the public key")
	}
	return &signer{key: k, private: private}, nil
}

// append appends the token to text.
func (s *signer) append(text []byte, typ string, payload []byte) ([]byte, error) {
	header, err := s.header(typ)
	if err != nil {
		return text, err
	}
	text = base64.RawURLEncoding.AppendEncode(append(text, header...), payload)
	signature, err := s.sign(text)
	if err != nil {
		return text, err
	}
	return base64.RawURLEncoding.AppendEncode(append(text, '.'), signature), nil
}

func (s *signer) sign(text []byte) ([]byte, error) {
	if private, is := s.private.(*ecdsa.PrivateKey); is {
		return signES256(private, text)
	}
	return s.method.Sign(string(text), s.private)
}

// header is the encoded header of typ with the dot that follows it.
func (s *signer) header(typ string) (string, error) {
	if known, ok := s.headers.Load(typ); ok {
		return known.(string), nil
	}
	plain, err := json.Marshal(struct {
		Alg oauth.SigningAlg `json:"alg"`
		Kid string           `json:"kid"`
		Typ string           `json:"typ,omitempty"`
	}{s.alg, s.id, typ})
	if err != nil {
		return "", fmt.Errorf("write the header: %w", err)
	}
	header := base64.RawURLEncoding.EncodeToString(plain) + "."
	s.headers.Store(typ, header)
	return header, nil
}
