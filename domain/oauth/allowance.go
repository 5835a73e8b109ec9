package oauth

// Allowance is what bounds the scope of every token: the client's policy and allowed scopes, and
// the permissions that the account holds now. It is the one policy that all grants go through.
type Allowance struct {
	Policy  ScopePolicy
	Allowed Scope // what the client may ask for
	Held    Scope // the account's permissions
}

// MayUseClients reports whether the account may let clients act for it.
func (a Allowance) MayUseClients() bool {
	return a.Held.Has(UseOAuthClients) || a.Held.Has(Administrator)
}

// AtConsent is the scope that approving a request gives. Standard scopes are capped by the client.
// A client that inherits and asks for no permission gets all that the account holds; any other
// gets of the requested ones what both it and the account have.
func (a Allowance) AtConsent(requested Scope) Scope {
	standard := requested.Standard().Within(a.Allowed)
	permissions := requested.Permissions()
	if a.Policy == Inherit && permissions == "" {
		return standard.Join(a.Held)
	}
	return standard.Join(permissions.Within(a.Allowed).Within(a.Held))
}

// AtRefresh is what is left of a granted scope: never more than was granted, and nothing that the
// account has lost or the client may no longer ask for.
func (a Allowance) AtRefresh(granted Scope) Scope {
	permissions := granted.Permissions().Within(a.Held)
	if a.Policy != Inherit {
		permissions = permissions.Within(a.Allowed)
	}
	return granted.Standard().Within(a.Allowed).Join(permissions)
}

// ErrScopeNotAllowed refuses a scope that the client may not ask for.
var ErrScopeNotAllowed = Refuse(InvalidScope, "the client may not ask for this scope")

// ForClientItself is the scope of a token that a client gets on its own behalf (RFC 6749 §4.4).
// Standard scopes speak of a person and are dropped. Without a requested scope it is all that the
// client may ask for and its owner holds.
func (a Allowance) ForClientItself(requested Scope) (Scope, error) {
	allowed := a.Allowed.Permissions()
	if requested == "" {
		return allowed.Within(a.Held), nil
	}
	permissions := requested.Permissions()
	if permissions.Within(allowed) != permissions {
		return "", ErrScopeNotAllowed
	}
	return permissions.Within(a.Held), nil
}

// AtDeviceRequest checks the scope of a device authorization request: every word, standard ones
// included, must be allowed to the client.
func (a Allowance) AtDeviceRequest(requested Scope) error {
	if a.Allowed.Has(Administrator) || a.Allowed.Covers(requested) {
		return nil
	}
	return ErrScopeNotAllowed
}
