package wiring

import (
	"net/url"

	"go.uber.org/fx"

	"writ/adapters/httpapi"
	"writ/adapters/webauthn"
	"writ/application/maintain"
	"writ/application/signin"
	"writ/domain/oauth"
	"writ/ports"
)

// Ways are those of signing in without a secret that a person must remember: passkeys, other
// providers, and the access keys of programs.
var Ways = fx.Module("ways",
	fx.Provide(
		newParty,
		signin.NewPasskeyBegin,
		signin.NewPasskeyFinish,
		maintain.NewPasskeys,
		signin.NewRecogniseKey,
		maintain.NewKeys,
	),
	plays[ports.Passkeys, *webauthn.Party](),
)

// newParty makes credentials for the host of the issuer, to be used on its pages and on those of the
// frontends beside it.
func newParty(s Settings, server *oauth.Server) (*webauthn.Party, error) {
	issuer, err := url.Parse(server.Issuer)
	if err != nil {
		return nil, err
	}
	return webauthn.New(webauthn.Config{
		Domain: issuer.Hostname(), Name: "Writ", Origins: append([]string{issuer.Scheme + "://" + issuer.Host}, s.WebOrigins...),
	})
}

// waysIn is what the endpoints of these ways call.
type waysIn struct {
	fx.In
	PasskeyBegin  *signin.PasskeyBegin
	PasskeyFinish *signin.PasskeyFinish
	OwnPasskeys   *maintain.Passkeys
	RecogniseKey  *signin.RecogniseKey
	OwnKeys       *maintain.Keys
}

func (in waysIn) passkeys() httpapi.PasskeyUseCases {
	return httpapi.PasskeyUseCases{Begin: in.PasskeyBegin, Finish: in.PasskeyFinish, Own: in.OwnPasskeys}
}

func (in waysIn) keys() httpapi.KeyUseCases {
	return httpapi.KeyUseCases{Recognise: in.RecogniseKey, Own: in.OwnKeys}
}
