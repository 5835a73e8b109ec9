package oauth

// ClientID is the protocol identifier of a client (RFC 6749 §2.2).
type ClientID string

// AccountID identifies the record of a person; it is the subject of the person's tokens.
type AccountID string

// GrantType is a way to get tokens (RFC 6749 §1.3, RFC 8628 §3.4).
type GrantType string

// The grant types that Writ supports.
const (
	AuthorizationCodeGrant GrantType = "authorization_code"
	RefreshTokenGrant      GrantType = "refresh_token"
	ClientCredentialsGrant GrantType = "client_credentials"
	DeviceCodeGrant        GrantType = "urn:ietf:params:oauth:grant-type:device_code"
)

// GrantTypes lists them in the order of the discovery documents.
var GrantTypes = []GrantType{AuthorizationCodeGrant, RefreshTokenGrant, ClientCredentialsGrant, DeviceCodeGrant}

// ParseGrantType accepts a grant type by its name, and the device grant also as "device_code".
func ParseGrantType(s string) (GrantType, bool) {
	if s == "device_code" {
		return DeviceCodeGrant, true
	}
	for _, g := range GrantTypes {
		if string(g) == s {
			return g, true
		}
	}
	return "", false
}

// AuthMethod is the way in which a client authenticates (RFC 7591 §2).
type AuthMethod string

// The methods that Writ supports.
const (
	AuthNone              AuthMethod = "none"
	AuthClientSecretBasic AuthMethod = "client_secret_basic"
	AuthClientSecretPost  AuthMethod = "client_secret_post"
)

// SigningAlg is a signature algorithm of JWS (RFC 7518 §3.1, RFC 8037).
type SigningAlg string

// The algorithms that Writ signs with.
const (
	ES256 SigningAlg = "ES256"
	RS256 SigningAlg = "RS256"
	EdDSA SigningAlg = "EdDSA"
)

// ParseSigningAlg accepts one of the algorithms that Writ signs with.
func ParseSigningAlg(s string) (SigningAlg, bool) {
	switch alg := SigningAlg(s); alg {
	case ES256, RS256, EdDSA:
		return alg, true
	default:
		return "", false
	}
}

// ScopePolicy says where the permissions of a client's tokens come from.
type ScopePolicy string

// The scope policies.
const (
	Explicit ScopePolicy = "explicit" // the scopes that were requested and allowed
	Inherit  ScopePolicy = "inherit"  // all permissions of the account, unless some were requested
)
