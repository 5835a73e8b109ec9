package upstream

import (
	"context"
	"fmt"
	"strings"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"writ/ports"
)

// claims are what is used of an ID token (OIDC Core §2, §5.1).
type claims struct {
	Subject         string `json:"sub"`
	AuthorizedParty string `json:"azp"`
	Email           string `json:"email"`
	EmailVerified   truth  `json:"email_verified"`
	Handle          string `json:"preferred_username"`
	Name            string `json:"name"`
}

// truth is a boolean that some providers write as a string. What is neither is false.
type truth bool

// UnmarshalJSON implements json.Unmarshaler.
func (t *truth) UnmarshalJSON(text []byte) error {
	*t = string(text) == "true" || string(text) == `"true"`
	return nil
}

// verify checks the ID token (OIDC Core §3.1.3.7).
func (p *party) verify(ctx context.Context, f *found, tokens *oauth2.Token, nonce string) (claims, error) {
	var said claims
	raw, _ := tokens.Extra("id_token").(string)
	keys := &watched{KeySet: f.keys}
	verifier := oidc.NewVerifier(p.Issuer, keys, &oidc.Config{
		ClientID: p.ClientID, Now: p.clock.Now, SupportedSigningAlgs: algorithms(f.metadata.Algorithms),
	})
	id, err := verifier.Verify(ctx, raw)
	if err != nil {
		return said, p.unverified(keys.failed)
	}
	err = id.Claims(&said)
	switch {
	case err != nil, id.Nonce == "" || id.Nonce != nonce, said.Subject == "":
	case said.AuthorizedParty != "" && said.AuthorizedParty != p.ClientID, len(id.Audience) > 1 && said.AuthorizedParty == "":
	case id.AccessTokenHash != "" && id.VerifyAccessToken(tokens.AccessToken) != nil:
	default:
		return p.completed(ctx, f, tokens, said), nil
	}
	return said, fmt.Errorf("provider %s: the ID token is not for this request: %w", p.Name, ports.ErrUnproven)
}

// algorithms are those of a provider that only it can sign with. One that names none uses RS256 (OIDC
// Core §3.1.3.7).
func algorithms(named []string) []string {
	var good []string
	for _, alg := range named {
		if strings.HasPrefix(alg, "RS") || strings.HasPrefix(alg, "PS") || strings.HasPrefix(alg, "ES") || alg == oidc.EdDSA {
			good = append(good, alg)
		}
	}
	return good
}

// watched keeps what the library does not tell: whether the keys could not be had at all.
type watched struct {
	oidc.KeySet

	failed error
}

// VerifySignature implements oidc.KeySet.
func (w *watched) VerifySignature(ctx context.Context, jwt string) ([]byte, error) {
	payload, err := w.KeySet.VerifySignature(ctx, jwt)
	if err != nil && strings.HasPrefix(err.Error(), "fetching keys") {
		w.failed = err
	}
	return payload, err
}

// unverified tells an ID token that is not good from keys that could not be fetched.
func (p *party) unverified(unfetched error) error {
	if unfetched != nil {
		return fmt.Errorf("provider %s: %w", p.Name, unfetched)
	}
	return fmt.Errorf("provider %s: %w: the ID token is not good", p.Name, ports.ErrUnproven)
}

// completed adds what a provider tells at its userinfo endpoint alone. Without an answer from there the
// person is known all the same.
func (p *party) completed(ctx context.Context, f *found, tokens *oauth2.Token, said claims) claims {
	if said.Email != "" || f.provider.UserInfoEndpoint() == "" {
		return said
	}
	told, err := f.provider.UserInfo(ctx, oauth2.StaticTokenSource(tokens))
	if err != nil || told.Subject != said.Subject {
		return said
	}
	more := said
	if told.Claims(&more) != nil {
		return said
	}
	return more
}

// person is who the provider says it is. An address that it has not verified says nothing.
func (c claims) person(issuer string) ports.UpstreamPerson {
	who := ports.UpstreamPerson{Issuer: issuer, Subject: c.Subject, Handle: c.Handle, Name: c.Name}
	if c.EmailVerified {
		who.Email = c.Email
	}
	return who
}
