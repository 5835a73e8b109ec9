package oauth

// ErrorCode is an error code of the OAuth family of standards, as it goes over the wire.
type ErrorCode string

// The codes that Writ answers with.
const (
	InvalidRequest          ErrorCode = "invalid_request"           // RFC 6749 §4.1.2.1, §5.2
	InvalidClient           ErrorCode = "invalid_client"            // RFC 6749 §5.2
	InvalidGrant            ErrorCode = "invalid_grant"             // RFC 6749 §5.2
	InvalidScope            ErrorCode = "invalid_scope"             // RFC 6749 §4.1.2.1, §5.2
	InvalidTarget           ErrorCode = "invalid_target"            // RFC 8707 §2
	InvalidToken            ErrorCode = "invalid_token"             // RFC 6750 §3.1
	InsufficientScope       ErrorCode = "insufficient_scope"        // RFC 6750 §3.1
	UnauthorizedClient      ErrorCode = "unauthorized_client"       // RFC 6749 §4.1.2.1, §5.2
	UnsupportedGrantType    ErrorCode = "unsupported_grant_type"    // RFC 6749 §5.2
	UnsupportedResponseType ErrorCode = "unsupported_response_type" // RFC 6749 §4.1.2.1
	AccessDenied            ErrorCode = "access_denied"             // RFC 6749 §4.1.2.1, RFC 8628 §3.5
	AuthorizationPending    ErrorCode = "authorization_pending"     // RFC 8628 §3.5
	SlowDown                ErrorCode = "slow_down"                 // RFC 8628 §3.5
	ExpiredToken            ErrorCode = "expired_token"             // RFC 8628 §3.5
	ServerError             ErrorCode = "server_error"              // RFC 6749 §4.1.2.1
	TemporarilyUnavailable  ErrorCode = "temporarily_unavailable"   // RFC 6749 §4.1.2.1
	LoginRequired           ErrorCode = "login_required"            // OIDC Core §3.1.2.6
	ConsentRequired         ErrorCode = "consent_required"          // OIDC Core §3.1.2.6
	RequestNotSupported     ErrorCode = "request_not_supported"     // OIDC Core §3.1.2.6
	RequestURINotSupported  ErrorCode = "request_uri_not_supported" // OIDC Core §3.1.2.6
	RegistrationUnsupported ErrorCode = "registration_not_supported"
	UnsupportedTokenType    ErrorCode = "unsupported_token_type" // RFC 7009 §2.2.1
	TooManyRequests         ErrorCode = "too_many_requests"      // with 429; no standard names one
)

// Error is a refusal in the protocol's own terms. It carries no HTTP status: the endpoint knows
// that. Reason is for the developer of the client and holds no input of anybody.
type Error struct {
	Code   ErrorCode
	Reason string
}

// Refuse makes a refusal. Those that callers compare with errors.Is are kept in variables.
func Refuse(code ErrorCode, reason string) *Error { return &Error{Code: code, Reason: reason} }

// Error implements error.
func (e *Error) Error() string { return string(e.Code) + ": " + e.Reason }

// ErrTokenInvalid refuses a bearer token without saying what is wrong with it (RFC 6750 §3.1).
var ErrTokenInvalid = Refuse(InvalidToken, "the access token is expired, revoked, malformed or not meant for this server")
