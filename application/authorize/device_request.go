package authorize

import (
	"context"
	"encoding/base64"
	"errors"
	"time"

	"writ/domain/client"
	"writ/domain/device"
	"writ/domain/oauth"
	"writ/ports"
)

// DeviceRequestCommand asks for a device authorization (RFC 8628 §3.1).
type DeviceRequestCommand struct {
	Client    client.Credentials
	Scope     string
	Resources []string
}

// DeviceRequested is what the device is told (RFC 8628 §3.2).
type DeviceRequested struct {
	DeviceCode oauth.Opaque
	UserCode   device.UserCode
	ExpiresIn  time.Duration
	Interval   time.Duration
}

// DeviceRequest serves the device authorization endpoint.
type DeviceRequest struct {
	ledger  ports.Ledger
	digests ports.Digester
	server  *oauth.Server
	keys    oauth.TokenKeys
	clock   ports.Clock
	entropy ports.Entropy
}

// NewDeviceRequest wires the use case.
func NewDeviceRequest(l ports.Ledger, v ports.Digester, s *oauth.Server, k oauth.TokenKeys, c ports.Clock, e ports.Entropy) *DeviceRequest {
	return &DeviceRequest{ledger: l, digests: v, server: s, keys: k, clock: c, entropy: e}
}

// userCodeTries bounds how often a user code that is in use is replaced by another one.
const userCodeTries = 5

// Execute begins a device authorization.
func (uc *DeviceRequest) Execute(ctx context.Context, cmd DeviceRequestCommand) (DeviceRequested, error) {
	for try := 1; ; try++ {
		requested, err := uc.request(ctx, cmd)
		var taken *ports.TakenError
		if !errors.As(err, &taken) || try == userCodeTries {
			return requested, err
		}
	}
}

func (uc *DeviceRequest) request(ctx context.Context, cmd DeviceRequestCommand) (DeviceRequested, error) {
	var random [8]byte
	var secret [32]byte
	uc.entropy.Fill(random[:])
	uc.entropy.Fill(secret[:])
	userCode := device.NewUserCode(random)
	code := uc.keys.Mint(oauth.DeviceCode, uc.entropy.ID(), 0, secret)
	d, c := device.Unrequested(code.ID()), client.Named(cmd.Client.ID)
	err := uc.ledger.Decide(ctx, func() error {
		at := uc.clock.Now()
		scope, err := uc.check(c, cmd, at)
		if err != nil {
			return err
		}
		d.Request(device.Requested{
			Client: c.ClientID(), Scope: scope, Resources: cmd.Resources, Code: code.Digest(),
			UserCode: digestOf(uc.digests, userCode), Until: at.Add(uc.server.Lifetimes.DeviceCode),
		}, at)
		return nil
	}, d, c)
	return DeviceRequested{
		DeviceCode: code, UserCode: userCode,
		ExpiresIn: uc.server.Lifetimes.DeviceCode, Interval: uc.server.Lifetimes.PollEvery,
	}, err
}

func digestOf(d ports.Digester, code device.UserCode) string {
	return base64.RawURLEncoding.EncodeToString(d.Digests("user code", string(code))[0])
}

var errCLIScope = oauth.Refuse(oauth.InvalidScope, "the command line client asks for exactly openid, profile and offline_access")

const cliScope oauth.Scope = "openid profile offline_access"

func (uc *DeviceRequest) check(c *client.Client, cmd DeviceRequestCommand, at time.Time) (oauth.Scope, error) {
	err := c.Authenticate(cmd.Client, at)
	if err != nil {
		return "", err
	}
	err = c.MayUse(oauth.DeviceCodeGrant)
	if err != nil {
		return "", err
	}
	scope, err := uc.server.Vocabulary.Parse(cmd.Scope)
	switch {
	case err != nil:
		return "", err
	case c.ClientID() == uc.server.CLIClient && scope != cliScope:
		return "", errCLIScope
	}
	err = c.Allowance("").AtDeviceRequest(scope)
	if err != nil {
		return "", err
	}
	return scope, uc.server.CheckResources(cmd.Resources, c.View().Audiences)
}
