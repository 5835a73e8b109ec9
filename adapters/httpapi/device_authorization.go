package httpapi

import (
	"github.com/gin-gonic/gin"

	"writ/application/authorize"
	"writ/domain/client"
	"writ/domain/oauth"
	"writ/ports"
)

// deviceAuthorizationEndpoint serves RFC 8628 §3.1.
type deviceAuthorizationEndpoint struct {
	begin   *authorize.DeviceRequest
	clients authenticator
	started ports.Limits
	clock   ports.Clock
	at      addresses
	refuse  refusals
}

// deviceAuthorization is a successful answer (RFC 8628 §3.2). Times are seconds.
type deviceAuthorization struct {
	DeviceCode      string `json:"device_code"`
	UserCode        string `json:"user_code"`
	Verification    string `json:"verification_uri"`
	VerificationAll string `json:"verification_uri_complete"`
	ExpiresIn       int64  `json:"expires_in"`
	Interval        int64  `json:"interval"`
}

func (e deviceAuthorizationEndpoint) request(c *gin.Context) {
	var begun authorize.DeviceRequested
	f, err := readForm(c)
	if err == nil {
		err = e.clients.as(c, f, func(cred client.Credentials) (err error) {
			begun, err = e.start(c, f, cred)
			return err
		})
	}
	if err != nil {
		e.refuse.protocol(c, err)
		return
	}
	answer(c, deviceAuthorization{
		DeviceCode: begun.DeviceCode.Reveal(), UserCode: begun.UserCode.String(),
		Verification: e.at.verification.String(), VerificationAll: with(e.at.verification, parameterOf("user_code", begun.UserCode.String())),
		ExpiresIn: int64(begun.ExpiresIn.Seconds()), Interval: int64(begun.Interval.Seconds()),
	})
}

// start begins a request, unless the client has begun too many from the same source: each is a row
// that waits for its end (RFC 8628 §5.1).
func (e deviceAuthorizationEndpoint) start(c *gin.Context, f form, cred client.Credentials) (authorize.DeviceRequested, error) {
	key, now := string(cred.ID)+"\x00"+sourceOf(c), e.clock.Now()
	if wait := e.started.Blocked(key, now); wait > 0 {
		return authorize.DeviceRequested{}, &oauth.LimitError{RetryAfter: wait}
	}
	begun, err := e.begin.Execute(c.Request.Context(), authorize.DeviceRequestCommand{
		Client: cred, Scope: f.value("scope"), Resources: f.resources,
	})
	if err == nil {
		e.started.Fail(key, now)
	}
	return begun, err
}
