package token

import "slices"

// AccessType is the header type of access tokens (RFC 9068 §2.1).
const AccessType = "at+jwt"

// IDType is the header type of ID tokens.
const IDType = "JWT"

// AccessClaims is the payload of an access token (RFC 9068 §2.2). Times are seconds since 1970.
type AccessClaims struct {
	Issuer   string `json:"iss"`
	Subject  string `json:"sub"`
	Audience any    `json:"aud"` // a string when it is one, else a list of strings
	Expires  int64  `json:"exp"`
	IssuedAt int64  `json:"iat"`
	JTI      string `json:"jti"`
	Client   string `json:"client_id"`
	Scope    string `json:"scope"`
	Grant    string `json:"gid,omitempty"` // the id of the grant, by which events are matched
	AuthTime int64  `json:"auth_time,omitempty"`
}

// IDClaims is the payload of an ID token (OIDC Core §2).
type IDClaims struct {
	Issuer        string   `json:"iss"`
	Subject       string   `json:"sub"`
	Audience      string   `json:"aud"`
	Expires       int64    `json:"exp"`
	IssuedAt      int64    `json:"iat"`
	AuthTime      int64    `json:"auth_time,omitempty"`
	Nonce         string   `json:"nonce,omitempty"`
	AMR           []string `json:"amr,omitempty"`
	ACR           string   `json:"acr,omitempty"`
	AccessHash    string   `json:"at_hash,omitempty"`
	Name          string   `json:"name,omitempty"`
	Email         string   `json:"email,omitempty"`
	EmailVerified *bool    `json:"email_verified,omitempty"`
}

// AudienceClaim is the aud claim for audiences (RFC 7519 §4.1.3).
func AudienceClaim(audiences []string) any {
	if len(audiences) == 1 {
		return audiences[0]
	}
	return audiences
}

// Audiences are the values of the aud claim.
func (c AccessClaims) Audiences() []string {
	switch aud := c.Audience.(type) {
	case string:
		return []string{aud}
	case []string:
		return aud
	case []any:
		var all []string
		for _, a := range aud {
			if s, is := a.(string); is {
				all = append(all, s)
			}
		}
		return all
	default:
		return nil
	}
}

// IsFor reports whether one of the audiences is among those given.
func (c AccessClaims) IsFor(audiences []string) bool {
	return slices.ContainsFunc(c.Audiences(), func(a string) bool { return slices.Contains(audiences, a) })
}
