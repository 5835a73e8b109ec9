package describe

import (
	"slices"
	"strings"

	"writ/domain/oauth"
	"writ/domain/session"
)

// Metadata is the discovery document, the same at both of its places (RFC 8414 §2, OIDC Discovery
// §3).
type Metadata struct {
	Issuer                string             `json:"issuer"`
	Authorization         string             `json:"authorization_endpoint"`
	DeviceAuthorization   string             `json:"device_authorization_endpoint"`
	Token                 string             `json:"token_endpoint"`
	UserInfo              string             `json:"userinfo_endpoint"`
	Revocation            string             `json:"revocation_endpoint"`
	Introspection         string             `json:"introspection_endpoint"`
	JWKS                  string             `json:"jwks_uri"`
	ResponseTypes         []string           `json:"response_types_supported"`
	ResponseModes         []string           `json:"response_modes_supported"`
	GrantTypes            []oauth.GrantType  `json:"grant_types_supported"`
	ChallengeMethods      []string           `json:"code_challenge_methods_supported"`
	Scopes                []string           `json:"scopes_supported"`
	Claims                []string           `json:"claims_supported"`
	SubjectTypes          []string           `json:"subject_types_supported"`
	IDTokenAlgs           []oauth.SigningAlg `json:"id_token_signing_alg_values_supported"`
	TokenAuthMethods      []oauth.AuthMethod `json:"token_endpoint_auth_methods_supported"`
	RevocationMethods     []oauth.AuthMethod `json:"revocation_endpoint_auth_methods_supported"`
	IntrospectionMethods  []oauth.AuthMethod `json:"introspection_endpoint_auth_methods_supported"`
	Prompts               []string           `json:"prompt_values_supported"`
	ACRValues             []string           `json:"acr_values_supported"`
	IssInResponse         bool               `json:"authorization_response_iss_parameter_supported"`
	ClientIDDocuments     bool               `json:"client_id_metadata_document_supported"`
	ClaimsParameter       bool               `json:"claims_parameter_supported"`
	RequestParameter      bool               `json:"request_parameter_supported"`
	RequestURIParameter   bool               `json:"request_uri_parameter_supported"`
	RequireRequestURIList bool               `json:"require_request_uri_registration"`
}

// Server describes an authorization server whose endpoints are under endpoints, such as
// https://example.org/api.
func Server(s *oauth.Server, endpoints string) Metadata {
	methods := []oauth.AuthMethod{oauth.AuthNone, oauth.AuthClientSecretBasic, oauth.AuthClientSecretPost}
	return Metadata{
		Issuer:               s.Issuer,
		Authorization:        endpoints + "/oauth/authorize",
		DeviceAuthorization:  endpoints + "/oauth/device_authorization",
		Token:                endpoints + "/oauth/token",
		UserInfo:             endpoints + "/oauth/userinfo",
		Revocation:           endpoints + "/oauth/revoke",
		Introspection:        endpoints + "/oauth/introspect",
		JWKS:                 endpoints + "/oauth/jwks",
		ResponseTypes:        []string{"code"},
		ResponseModes:        []string{"query"},
		GrantTypes:           oauth.GrantTypes,
		ChallengeMethods:     []string{"S256"},
		Scopes:               publicScopes(s.Vocabulary),
		Claims:               claims,
		SubjectTypes:         []string{"public"},
		IDTokenAlgs:          []oauth.SigningAlg{oauth.RS256, oauth.ES256, oauth.EdDSA},
		TokenAuthMethods:     methods,
		RevocationMethods:    methods,
		IntrospectionMethods: methods,
		Prompts:              []string{"none", "login", "consent", "select_account"},
		ACRValues:            []string{session.PhishingResistant, session.Plain},
		IssInResponse:        true,
	}
}

var claims = []string{
	"iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "amr", "acr", "at_hash",
	"name", "given_name", "family_name", "middle_name", "nickname", "preferred_username", "profile", "picture", "website",
	"gender", "birthdate", "zoneinfo", "locale", "updated_at",
	"email", "email_verified", "phone_number", "phone_number_verified", "address",
}

// publicScopes leaves Administrator out, so that no client asks for it because it is listed.
func publicScopes(v *oauth.Vocabulary) []string {
	return slices.DeleteFunc(v.Everything().Words(), func(w string) bool { return w == oauth.Administrator })
}

// Resource is the metadata of a protected resource (RFC 9728 §2).
type Resource struct {
	Resource      string   `json:"resource"`
	Servers       []string `json:"authorization_servers"`
	Scopes        []string `json:"scopes_supported,omitempty"`
	BearerMethods []string `json:"bearer_methods_supported"`
}

// ProtectedResource describes the resource whose metadata is asked for with a path suffix. Only the
// issuer itself and its API are resources of this server.
func ProtectedResource(s *oauth.Server, suffix string) (Resource, bool) {
	r := Resource{Resource: s.Issuer, Servers: []string{s.Issuer}, BearerMethods: []string{"header"}}
	switch suffix {
	case "":
		return r, true
	case "/api":
		r.Resource = strings.TrimSuffix(s.Issuer, "/") + suffix
		r.Scopes = publicScopes(s.Vocabulary)
		return r, true
	default:
		return Resource{}, false
	}
}
