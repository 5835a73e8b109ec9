package httpapi

import (
	"context"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"writ/application/introspect"
	"writ/domain/account"
	"writ/domain/oauth"
)

// userinfoEndpoint serves OIDC Core §5.3.
type userinfoEndpoint struct {
	claims    *introspect.UserInfo
	admission *admission
	refuse    refusals
}

var (
	errNoToken   = oauth.Refuse(oauth.InvalidToken, "an access token is needed")
	errTwoTokens = oauth.Refuse(oauth.InvalidRequest, "the access token came in two ways at once, or in the query")
)

// claims are the standard claims (OIDC Core §5.1). One that is not known, or not granted, is
// absent; so is whether what is absent was verified.
type claims struct {
	Subject       string `json:"sub"`
	Name          string `json:"name,omitempty"`
	Handle        string `json:"preferred_username,omitempty"`
	Email         string `json:"email,omitempty"`
	EmailVerified *bool  `json:"email_verified,omitempty"`
	Phone         string `json:"phone_number,omitempty"`
	PhoneVerified *bool  `json:"phone_number_verified,omitempty"`
	Updated       int64  `json:"updated_at,omitempty"`
	profileDetails
	Address *postalAddress `json:"address,omitempty"`
}

func (e userinfoEndpoint) tell(c *gin.Context) {
	token, err := bearerToken(c)
	if err != nil {
		e.refuse.bearer(c, err)
		return
	}
	known, err := e.known(c.Request.Context(), token)
	if err != nil {
		e.refuse.bearer(c, err)
		return
	}
	answer(c, claimsOf(known))
}

func (e userinfoEndpoint) known(ctx context.Context, token oauth.Secret) (introspect.Claims, error) {
	err := e.admission.enter(ctx)
	if err != nil {
		return introspect.Claims{}, err
	}
	defer e.admission.leave()
	return e.claims.Execute(ctx, introspect.UserInfoQuery{Token: token})
}

func claimsOf(k introspect.Claims) *claims {
	told := &claims{
		Subject: k.Subject, Name: k.Name, Handle: k.Handle, Email: k.Email, Phone: k.Phone, Updated: k.Updated,
	}
	told.profileDetails = detailsOfProfile(k.Details)
	if k.Address != (account.Address{}) {
		told.Address = addressOfProfile(k.Address)
	}
	if k.Email != "" {
		told.EmailVerified = &k.EmailVerified
	}
	if k.Phone != "" {
		told.PhoneVerified = &k.PhoneVerified
	}
	return told
}

// bearerToken finds the access token (RFC 6750 §2): in the header, or in the form of a POST, never
// in the query.
func bearerToken(c *gin.Context) (oauth.Secret, error) {
	inHeader, err := tokenInHeader(c.Request.Header.Values("Authorization"))
	if err != nil {
		return "", err
	}
	inBody, err := tokenInBody(c)
	switch {
	case err != nil:
		return "", err
	case hasQueryToken(c.Request), inHeader != "" && inBody != "":
		return "", errTwoTokens
	case inHeader == "" && inBody == "":
		return "", errNoToken
	default:
		return inHeader + inBody, nil
	}
}

// tokenInHeader is empty when there is none, or credentials of another scheme.
func tokenInHeader(sent []string) (oauth.Secret, error) {
	switch len(sent) {
	case 0:
		return "", nil
	case 1:
		scheme, token, _ := strings.Cut(sent[0], " ")
		if !strings.EqualFold(scheme, "Bearer") {
			return "", nil
		}
		token = strings.Trim(token, " ")
		if token == "" {
			return "", oauth.ErrTokenInvalid
		}
		return oauth.Secret(token), nil
	default:
		return "", errTwoTokens
	}
}

func tokenInBody(c *gin.Context) (oauth.Secret, error) {
	if c.Request.Method != http.MethodPost || !hasMediaType(c.Request, formType) {
		return "", nil
	}
	f, err := readForm(c)
	return oauth.Secret(f.value("access_token")), err
}

func hasQueryToken(r *http.Request) bool {
	if r.URL.RawQuery == "" {
		return false
	}
	f := parseForm(r.URL.RawQuery)
	return f.value("access_token") != "" || f.isFaulty("access_token")
}
