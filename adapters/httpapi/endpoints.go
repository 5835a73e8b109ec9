package httpapi

// endpoints are all endpoints, one struct each.
type endpoints struct {
	proofEndpoints

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
	return &endpoints{
		proofEndpoints:      newProofEndpoints(uc.Proofs, roles.Gate, refuse),
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

		passkeySignIn: passkeySignInEndpoint{uc.Passkeys, roles.Gate, refuse},
		passkeys:      passkeyEndpoint{uc.Passkeys.Own, browsers{roles.Gate}, refuse},
		accessKeys:    accessKeyEndpoint{uc.Keys.Own, browsers{roles.Gate}, refuse},
		upstream:      upstreamEndpoint{uc.Upstream, browsers{roles.Gate}, keeper, at, refuse},
		identities:    identityEndpoint{uc.Upstream.Own, browsers{roles.Gate}, refuse},

		profile:     profileEndpoint{uc.Account.Profile, uc.Account.Erasure, browsers{roles.Gate}, refuse},
		export:      exportEndpoint{uc.Account.Export, browsers{roles.Gate}, refuse},
		password:    passwordEndpoint{uc.Account.Password, uc.Account.Revoke, browsers{roles.Gate}, refuse},
		ownSessions: ownSessionEndpoint{uc.Account.Sessions, browsers{roles.Gate}, refuse},
		ownGrants:   ownGrantEndpoint{uc.Account.Revoke, browsers{roles.Gate}, refuse},
	}, nil
}
