package httpapi

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

	proofEndpoints
	accountEndpoints
	waysInEndpoints
	admin adminEndpoints
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
		accountEndpoints:    newAccountEndpoints(uc.Account, browsers{roles.Gate}, refuse),
		waysInEndpoints:     newWaysInEndpoints(uc, roles.Gate, keeper, at, refuse),
		admin:               newAdminEndpoints(cfg, uc, roles, refuse),
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
	}, nil
}
