package client

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"writ/domain/oauth"
)

// Settings are what can be changed about a client.
type Settings struct {
	Name         string              `json:"name"`
	Confidential bool                `json:"confidential,omitempty"`
	AuthMethod   oauth.AuthMethod    `json:"auth_method"`
	Policy       oauth.ScopePolicy   `json:"policy"`
	RequirePKCE  bool                `json:"require_pkce,omitempty"`
	RedirectURIs []oauth.RedirectURI `json:"redirect_uris,omitempty"`
	Grants       []oauth.GrantType   `json:"grants"`
	Allowed      oauth.Scope         `json:"allowed,omitempty"`
	IDTokenAlg   oauth.SigningAlg    `json:"id_token_alg,omitempty"`
	Audiences    []string            `json:"audiences,omitempty"`
	ReuseWindow  *time.Duration      `json:"reuse_window,omitempty"` // nil: the server's
}

const (
	maxName         = 100
	maxRedirectURIs = 20
	maxReuseWindow  = 10 * time.Minute // beyond it a theft would go unnoticed
)

// Refusals of settings.
var (
	ErrName          = oauth.Refuse(oauth.InvalidRequest, "name must have 1 to 100 printable characters")
	ErrNoGrants      = oauth.Refuse(oauth.InvalidRequest, "a client needs at least one grant type")
	ErrNoRedirectURI = oauth.Refuse(oauth.InvalidRequest, "authorization_code needs at least one redirect URI, at most 20")
	ErrRedirectURIs  = oauth.Refuse(oauth.InvalidRequest, "only authorization_code has redirect URIs")
	ErrPublicCreds   = oauth.Refuse(oauth.InvalidRequest, "client_credentials needs a confidential client")
	ErrPublicPKCE    = oauth.Refuse(oauth.InvalidRequest, "a public client must use PKCE")
	ErrAuthMethod    = oauth.Refuse(oauth.InvalidRequest, "a confidential client authenticates with client_secret_basic or client_secret_post, a public one with none")
	ErrRefreshAlone  = oauth.Refuse(oauth.InvalidRequest, "refresh_token needs authorization_code or device_code beside it")
	ErrPolicy        = oauth.Refuse(oauth.InvalidRequest, "the scope policy must be explicit or inherit")
	ErrReuseWindow   = oauth.Refuse(oauth.InvalidRequest, "the reuse window must be from 0 to 10 minutes")
	ErrAlg           = oauth.Refuse(oauth.InvalidRequest, "the ID token algorithm must be RS256, ES256 or EdDSA")
)

// Check refuses settings that contradict themselves.
func (s Settings) Check() error {
	for _, rule := range []struct {
		broken  bool
		refusal error
	}{
		{!printable(s.Name, maxName), ErrName},
		{len(s.Grants) == 0, ErrNoGrants},
		{!s.authMethodFits(), ErrAuthMethod},
		{s.Policy != oauth.Explicit && s.Policy != oauth.Inherit, ErrPolicy},
		{s.may(oauth.ClientCredentialsGrant) && !s.Confidential, ErrPublicCreds},
		{s.may(oauth.AuthorizationCodeGrant) && (len(s.RedirectURIs) == 0 || len(s.RedirectURIs) > maxRedirectURIs), ErrNoRedirectURI},
		{!s.may(oauth.AuthorizationCodeGrant) && len(s.RedirectURIs) > 0, ErrRedirectURIs},
		{s.may(oauth.AuthorizationCodeGrant) && !s.Confidential && !s.RequirePKCE, ErrPublicPKCE},
		{s.may(oauth.RefreshTokenGrant) && !s.may(oauth.AuthorizationCodeGrant) && !s.may(oauth.DeviceCodeGrant), ErrRefreshAlone},
		{!knownAlg(s.IDTokenAlg), ErrAlg},
		{s.ReuseWindow != nil && (*s.ReuseWindow < 0 || *s.ReuseWindow > maxReuseWindow), ErrReuseWindow},
	} {
		if rule.broken {
			return rule.refusal
		}
	}
	return s.checkRedirectURIs()
}

func (s Settings) checkRedirectURIs() error {
	for _, u := range s.RedirectURIs {
		if _, err := oauth.ParseRedirectURI(string(u)); err != nil {
			return err
		}
	}
	return nil
}

func (s Settings) authMethodFits() bool {
	switch s.AuthMethod {
	case oauth.AuthNone:
		return !s.Confidential
	case oauth.AuthClientSecretBasic, oauth.AuthClientSecretPost:
		return s.Confidential
	default:
		return false
	}
}

func (s Settings) may(g oauth.GrantType) bool { return slices.Contains(s.Grants, g) }

func knownAlg(a oauth.SigningAlg) bool {
	_, known := oauth.ParseSigningAlg(string(a))
	return known || a == ""
}

// printable accepts text that shows as what it is: no control, no bidirectional override and no
// zero-width character, with which a name could pretend to be another one (RFC 7591 §5).
func printable(s string, limit int) bool {
	if !utf8.ValidString(s) || strings.TrimSpace(s) != s || s == "" || utf8.RuneCountInString(s) > limit {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
}
