package authorize

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"writ/domain/client"
	"writ/domain/oauth"
)

// check looks at one thing in a request whose client and redirect URI are known to belong together.
// Its refusal goes to the redirect URI.
type check func(uc *Begin, c *client.Client, r *checked) error

// checks stand in the order in which they are made.
var checks = []check{
	wellFormed,
	withoutObjects,
	supportedResponse,
	permittedGrant,
	provenPossession,
	knownScope,
	servedResource,
	knownPrompt,
	wholeAge,
}

var (
	errFaulty       = oauth.Refuse(oauth.InvalidRequest, "a parameter is repeated or malformed")
	errObject       = oauth.Refuse(oauth.RequestNotSupported, "the request parameter is not supported")
	errObjectURI    = oauth.Refuse(oauth.RequestURINotSupported, "the request_uri parameter is not supported")
	errRegistration = oauth.Refuse(oauth.RegistrationUnsupported, "the registration parameter is not supported")
	errNoResponse   = oauth.Refuse(oauth.InvalidRequest, "response_type is missing")
	errResponse     = oauth.Refuse(oauth.UnsupportedResponseType, "response_type must be code")
	errNoChallenge  = oauth.Refuse(oauth.InvalidRequest, "code_challenge with code_challenge_method=S256 is required")
	errMethod       = oauth.Refuse(oauth.InvalidRequest, "code_challenge_method must be S256")
	errPrompt       = oauth.Refuse(oauth.InvalidRequest, "prompt has an unknown value, or none beside others")
	errAge          = oauth.Refuse(oauth.InvalidRequest, "max_age is a number of seconds, 0 or more")
)

func wellFormed(_ *Begin, _ *client.Client, r *checked) error {
	if r.Faulty != "" {
		return errFaulty
	}
	return nil
}

// withoutObjects refuses what must not be silently ignored (OIDC Core §3.1.2.6).
func withoutObjects(_ *Begin, _ *client.Client, r *checked) error {
	switch {
	case r.Object != "":
		return errObject
	case r.ObjectURI != "":
		return errObjectURI
	case r.Registration != "":
		return errRegistration
	default:
		return nil
	}
}

func supportedResponse(_ *Begin, _ *client.Client, r *checked) error {
	switch r.ResponseType {
	case "code":
		return nil
	case "":
		return errNoResponse
	default:
		return errResponse
	}
}

func permittedGrant(_ *Begin, c *client.Client, _ *checked) error {
	return c.MayUse(oauth.AuthorizationCodeGrant)
}

// provenPossession demands PKCE with S256 (RFC 9700 §2.1.1). A challenge without a method would
// be plain (RFC 7636 §4.3), which is never accepted.
func provenPossession(_ *Begin, c *client.Client, r *checked) error {
	if r.Challenge == "" && r.Method == "" {
		if c.View().RequirePKCE {
			return errNoChallenge
		}
		return nil
	}
	if r.Method != "S256" {
		return errMethod
	}
	challenge, err := oauth.ParseCodeChallenge(r.Challenge)
	r.challenge = challenge
	return err
}

func knownScope(uc *Begin, _ *client.Client, r *checked) error {
	scope, err := uc.server.Vocabulary.Parse(r.Scope)
	r.scope = scope
	return err
}

func servedResource(uc *Begin, c *client.Client, r *checked) error {
	return uc.server.CheckResources(r.Resources, c.View().Audiences)
}

var prompts = []string{"none", "login", "consent", "select_account"}

func knownPrompt(_ *Begin, _ *client.Client, r *checked) error {
	all := words(r.Prompt)
	for _, p := range all {
		if !slices.Contains(prompts, p) || p == "none" && len(all) > 1 {
			return errPrompt
		}
	}
	return nil
}

// wholeAge reads max_age (OIDC Core §3.1.2.1). An age beyond that of any session is no mistake; one
// beyond what fits 31 bits is.
func wholeAge(_ *Begin, _ *client.Client, r *checked) error {
	if r.MaxAge == "" {
		return nil
	}
	seconds, err := strconv.ParseUint(r.MaxAge, 10, 31)
	if err != nil {
		return errAge
	}
	r.maxAge = time.Duration(seconds) * time.Second
	return nil
}

func (r checked) prompts(p string) bool { return slices.Contains(words(r.Prompt), p) }

func words(s string) []string { return strings.Fields(s) }
