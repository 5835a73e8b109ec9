package httpapi

import "writ/domain/account"

// endpoints are all endpoints, one struct each.
type endpoints struct {
	addresses           addresses
	refuse              refusals
	gatekeeper          *gatekeeper
	admission           *admission
	health              healthEndpoint
	documents           *documentEndpoint
	token               tokenEndpoint
	deviceAuthorization deviceAuthorizationEndpoint
	revocation          revocationEndpoint
	introspection       introspectionEndpoint
	userinfo            userinfoEndpoint
	authorization       authorizationEndpoint
	consent             consentEndpoint
	deviceConsent       deviceConsentEndpoint
	sessions            sessionEndpoint
	grants              grantEndpoint

	phone         phoneEndpoint
	email         emailEndpoint
	signUp        signUpEndpoint
	reset         resetEndpoint
	emails        contactEndpoint
	phones        contactEndpoint
	passkeySignIn passkeySignInEndpoint
	passkeys      passkeyEndpoint
	accessKeys    accessKeyEndpoint
	upstream      upstreamEndpoint
	identities    identityEndpoint

	profile     profileEndpoint
	export      exportEndpoint
	password    passwordEndpoint
	ownSessions ownSessionEndpoint
	ownGrants   ownGrantEndpoint
}

func newEndpoints(cfg Config, uc UseCases, roles Roles) (*endpoints, error) {
	at, err := addressesOf(cfg)
	if err != nil {
		return nil, err
	}
	refuse := refusals{log: roles.Log, pages: roles.Pages, resource: at.resource}
	keeper, err := newGatekeeper(at.origin, cfg.WebOrigins, refuse)
	if err != nil {
		return nil, err
	}
	documents, err := newDocuments(cfg, at, roles.Keys)
	if err != nil {
		return nil, err
	}
	roles.Gate = rotating{roles.Gate, uc.Leave}
	queue := newAdmission(roles.Clock)
	clients := authenticator{failures: roles.Failures, clock: roles.Clock, admission: queue}
	e := &endpoints{
		addresses:           at,
		refuse:              refuse,
		gatekeeper:          keeper,
		admission:           queue,
		health:              healthEndpoint{roles.Ready, roles.Log},
		documents:           documents,
		token:               tokenEndpoint{uc, clients, refuse},
		deviceAuthorization: deviceAuthorizationEndpoint{uc.DeviceRequest, clients, roles.Devices, roles.Clock, at, refuse},
		revocation:          revocationEndpoint{uc.RevokeToken, clients, refuse},
		introspection:       introspectionEndpoint{uc.Introspect, clients, at.issuer, refuse},
		userinfo:            userinfoEndpoint{uc.UserInfo, queue, refuse},
		authorization:       authorizationEndpoint{uc.Begin, uc.Pending, callers{roles.Gate, uc.Keys.Recognise}, at, refuse},
		consent:             consentEndpoint{uc.Consent, callers{roles.Gate, uc.Keys.Recognise}, refuse},
		deviceConsent:       deviceConsentEndpoint{uc.DeviceConsent, browsers{roles.Gate}, keeper, refuse},
		sessions:            sessionEndpoint{uc.Password, uc.Leave, roles.Gate, refuse},
		grants:              grantEndpoint{uc.Grants, uc.RevokeGrant, roles.Gate, refuse},

		phone:  phoneEndpoint{uc.Proofs.PhoneStart, uc.Proofs.PhoneFinish, roles.Gate, refuse},
		email:  emailEndpoint{uc.Proofs.EmailStart, uc.Proofs.EmailFinish, roles.Gate, refuse},
		signUp: signUpEndpoint{uc.Proofs.SignUp, uc.Proofs.SignUpFinish, roles.Gate, refuse},
		reset:  resetEndpoint{uc.Proofs.ResetStart, uc.Proofs.ResetFinish, roles.Gate, refuse},
		emails: contactEndpoint{account.Email, uc.Proofs.ContactStart, uc.Proofs.ContactFinish, uc.Proofs.Contacts, roles.Gate, refuse},
		phones: contactEndpoint{account.Phone, uc.Proofs.ContactStart, uc.Proofs.ContactFinish, uc.Proofs.Contacts, roles.Gate, refuse},

		profile:     profileEndpoint{uc.Account.Profile, uc.Account.Erasure, browsers{roles.Gate}, refuse},
		export:      exportEndpoint{uc.Account.Export, browsers{roles.Gate}, refuse},
		password:    passwordEndpoint{uc.Account.Password, uc.Account.Revoke, browsers{roles.Gate}, refuse},
		ownSessions: ownSessionEndpoint{uc.Account.Sessions, browsers{roles.Gate}, refuse},
		ownGrants:   ownGrantEndpoint{uc.Account.Revoke, browsers{roles.Gate}, refuse},
	}
	e.addWaysIn(uc, roles.Gate)
	return e, nil
}

// addWaysIn adds the endpoints of passkeys, other providers and access keys.
func (e *endpoints) addWaysIn(uc UseCases, gate Gate) {
	e.passkeySignIn = passkeySignInEndpoint{uc.Passkeys, gate, e.refuse}
	e.passkeys = passkeyEndpoint{uc.Passkeys.Own, browsers{gate}, e.refuse}
	e.accessKeys = accessKeyEndpoint{uc.Keys.Own, browsers{gate}, e.refuse}
	e.upstream = upstreamEndpoint{uc.Upstream, browsers{gate}, e.gatekeeper, e.addresses, e.refuse}
	e.identities = identityEndpoint{uc.Upstream.Own, browsers{gate}, e.refuse}
}
