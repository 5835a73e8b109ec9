package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

// remote is a server that a command talks to.
type remote struct {
	Server string `help:"Issuer of the server; default the one of the settings." env:"WRIT_SERVER"`
}

// metadata is the part of a discovery document that the command line needs.
type metadata struct {
	Issuer   string `json:"issuer"`
	Token    string `json:"token_endpoint"`
	Device   string `json:"device_authorization_endpoint"`
	UserInfo string `json:"userinfo_endpoint"`
}

// maxMetadata bounds what is read of a discovery document.
const maxMetadata = 1 << 20

// discover asks the server where its endpoints are (RFC 8414).
func (r remote) discover(t *terminal) (metadata, error) {
	issuer, err := r.issuer(t)
	if err != nil {
		return metadata{}, err
	}
	ctx, cancel := context.WithTimeout(t.ctx, 10*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, issuer+"/.well-known/openid-configuration", nil)
	if err != nil {
		return metadata{}, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return metadata{}, fmt.Errorf("ask %s what it is (is it running?): %w", issuer, err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return metadata{}, fmt.Errorf("%s answers %s for its metadata", issuer, response.Status)
	}
	var m metadata
	err = json.NewDecoder(io.LimitReader(response.Body, maxMetadata)).Decode(&m)
	if err == nil && m.Issuer != issuer {
		err = fmt.Errorf("%s says that it is %s", issuer, m.Issuer)
	}
	return m, err
}

func (r remote) issuer(t *terminal) (string, error) {
	if r.Server != "" {
		return strings.TrimSuffix(r.Server, "/"), nil
	}
	return t.settings.ServedIssuer()
}

type tokenCommand struct {
	remote
	ClientID     string   `required:"" env:"WRIT_CLIENT_ID" help:"The client."`
	ClientSecret string   `required:"" env:"WRIT_CLIENT_SECRET" help:"Its secret."`
	Scope        []string `help:"A scope; repeat for more. Default all that the client may have." sep:" "`
	Resource     []string `help:"A resource that the token is for (RFC 8707); repeat for more." sep:"none"`
}

// Run gets a token.
func (c *tokenCommand) Run(t *terminal) error {
	m, err := c.discover(t)
	if err != nil {
		return err
	}
	config := clientcredentials.Config{
		ClientID: c.ClientID, ClientSecret: c.ClientSecret, TokenURL: m.Token, Scopes: c.Scope,
		EndpointParams: url.Values{"resource": c.Resource},
	}
	token, err := authenticated(t.ctx, config)
	if err != nil {
		return refusalOf(err)
	}
	return t.showToken(token, func() { t.say("%s", token.AccessToken) })
}

// authenticated asks for a token by either way in which a client may show its secret (RFC 6749 §2.3.1),
// the second only if the first is not the client's. What else is refused would be so either way.
func authenticated(ctx context.Context, config clientcredentials.Config) (token *oauth2.Token, err error) {
	for _, config.AuthStyle = range []oauth2.AuthStyle{oauth2.AuthStyleInHeader, oauth2.AuthStyleInParams} {
		token, err = config.Token(ctx)
		var answer *oauth2.RetrieveError
		if !errors.As(err, &answer) || answer.ErrorCode != "invalid_client" {
			break
		}
	}
	return token, err
}

// refusalOf says what the server's error answer said.
func refusalOf(err error) error {
	var answer *oauth2.RetrieveError
	if errors.As(err, &answer) && answer.ErrorCode != "" {
		return fmt.Errorf("%s: %s", answer.ErrorCode, cmp.Or(answer.ErrorDescription, answer.Response.Status))
	}
	return err
}

// showToken answers with the members of RFC 6749 §5.1.
func (t *terminal) showToken(token *oauth2.Token, people func()) error {
	answer := map[string]any{
		"access_token": token.AccessToken, "token_type": token.TokenType,
		"expires_in": token.Extra("expires_in"), "scope": token.Extra("scope"),
	}
	if token.RefreshToken != "" {
		answer["refresh_token"] = token.RefreshToken
	}
	if id := token.Extra("id_token"); id != nil {
		answer["id_token"] = id
	}
	return t.answer(answer, people)
}
