package natsbus_test

import (
	"time"

	"writ/adapters/natsbus"
	"writ/domain/account"
	"writ/domain/authorization"
	"writ/domain/client"
	"writ/domain/device"
	"writ/domain/event"
	"writ/domain/grant"
	"writ/domain/oauth"
	"writ/domain/passkey"
	"writ/domain/session"
	"writ/domain/signingkey"
	"writ/domain/token"
)

const secret = "SECRET-or-personal"

var concerned = natsbus.Party{Client: "cli.1>*", Account: "cq7v1a2b3c4d5e6f7g8h"}

// examples has one event of every kind that is public, with something in each field.
var examples = []struct {
	catalogue *event.Catalogue
	event     any
	cause     string
}{
	{grant.Catalogue, grant.Opened{
		Client: oauth.ClientID(concerned.Client), Account: oauth.AccountID(concerned.Account),
		Via: oauth.AuthorizationCodeGrant, Session: secret, Scope: "openid LIST_THREADS",
		Resources: []string{"https://api.test"}, AuthTime: noon, AMR: []string{"pwd"}, JTI: "jti1", AccessUntil: noon.Add(time.Hour),
		Refresh: secret, IdleUntil: noon.Add(24 * time.Hour), Until: noon.Add(48 * time.Hour),
	}, ""},
	{grant.Catalogue, grant.Refreshed{
		Generation: 2, Salt: []byte(secret), Refresh: secret, Scope: "openid", JTI: "jti2",
		AccessUntil: noon.Add(time.Hour), IdleUntil: noon.Add(24 * time.Hour),
	}, ""},
	{grant.Catalogue, grant.RefreshRepeated{Generation: 2, Scope: "openid", JTI: "jti3", AccessUntil: noon.Add(time.Hour)}, ""},
	{grant.Catalogue, grant.Narrowed{Scope: "openid", Lost: "LIST_THREADS", Generation: 2, JTI: "jti2"}, ""},
	{grant.Catalogue, grant.Revoked{Reason: grant.ByTokenReuse, By: "someone"}, ""},
	{grant.Catalogue, grant.RefreshTokenReused{Generation: 1}, ""},
	{grant.Catalogue, grant.CodeReplayed{}, ""},
	{authorization.Catalogue, authorization.Denied{Client: oauth.ClientID(concerned.Client), Account: oauth.AccountID(concerned.Account)}, ""},
	{authorization.Catalogue, authorization.VerifierRefused{}, ""},
	{account.Catalogue, account.Opened{Permissions: "LIST_THREADS", Shadow: true}, "message-6"},
	{account.Catalogue, account.Adopted{Permissions: "LIST_THREADS READ_PROFILE"}, ""},
	{account.Catalogue, account.PasswordChanged{Account: concerned.Account, Hash: secret}, ""},
	{account.Catalogue, account.IdentityLinked{Account: concerned.Account, Issuer: "https://id.test", Subject: secret, Email: secret}, ""},
	{account.Catalogue, account.IdentityUnlinked{Account: concerned.Account, Issuer: "https://id.test", Subject: secret}, ""},
	{account.Catalogue, account.KeyAdded{Account: concerned.Account, ID: "key1", Name: secret, Digest: secret, Expires: noon}, ""},
	{account.Catalogue, account.KeyRemoved{ID: "key1"}, ""},
	{account.Catalogue, account.SignedOut{Reason: "by_owner"}, ""},
	{passkey.Catalogue, passkey.Registered{
		Account: oauth.AccountID(concerned.Account), Name: secret, Credential: passkey.Credential{ID: secret, PublicKey: secret, AAGUID: secret},
	}, ""},
	{passkey.Catalogue, passkey.Renamed{Account: oauth.AccountID(concerned.Account), Name: secret}, ""},
	{passkey.Catalogue, passkey.Used{Counter: 7, Cloned: true}, ""},
	{passkey.Catalogue, passkey.Removed{}, ""},
	{account.Catalogue, account.PermissionsChanged{
		Permissions: "LIST_THREADS READ_PROFILE", Sequence: 7, Grants: []string{"grant2", "grant1"}, MoreGrants: 3,
	}, "message-7"},
	{account.Catalogue, account.Suspended{Sequence: 8}, "message-8"},
	{account.Catalogue, account.Reinstated{}, ""},
	{account.Catalogue, account.ProfileChanged{
		Account: concerned.Account, Fields: []string{"email", "name"},
		Profile: account.Profile{Handle: secret, Name: secret, Email: secret, Phone: secret},
	}, "message-9"},
	{account.Catalogue, account.ContactAdded{Account: concerned.Account, Contact: account.Contact{Kind: account.Email, Value: secret}}, ""},
	{account.Catalogue, account.ContactVerified{Account: concerned.Account, Kind: account.Phone, Value: secret}, ""},
	{account.Catalogue, account.ContactPreferred{Account: concerned.Account, Kind: account.Email, Value: secret}, ""},
	{account.Catalogue, account.ContactRemoved{Account: concerned.Account, Kind: account.Phone, Value: secret}, ""},
	{account.Catalogue, account.Deleted{Account: concerned.Account}, ""},
	{client.Catalogue, client.Registered{ID: "row", Owner: "owner", Secret: secret, Settings: settings}, ""},
	{client.Catalogue, client.Changed{Settings: settings}, ""},
	{client.Catalogue, client.SecretRotated{Secret: secret, OldUntil: noon}, ""},
	{client.Catalogue, client.Deleted{}, ""},
	{device.Catalogue, device.Claimed{Account: oauth.AccountID(concerned.Account)}, ""},
	{device.Catalogue, device.Approved{
		Account: oauth.AccountID(concerned.Account), Session: secret, Scope: "openid", AuthTime: noon, AMR: []string{"pwd"},
	}, ""},
	{device.Catalogue, device.Denied{Account: oauth.AccountID(concerned.Account)}, ""},
	{session.Catalogue, session.Started{
		Account: oauth.AccountID(concerned.Account), Token: secret, AMR: []string{"pwd"},
		UserAgent: secret, Source: secret, Until: noon.Add(time.Hour),
	}, ""},
	{session.Catalogue, session.Ended{Reason: "signed_out"}, ""},
	{signingkey.Catalogue, signingkey.Published{Alg: "ES256", Ordinal: 1, Public: []byte("p"), Sealed: []byte(secret), Signs: noon}, ""},
	{signingkey.Catalogue, signingkey.Forgotten{}, ""},
	{token.RevocationCatalogue, token.Revoked{Client: oauth.ClientID(concerned.Client), ExpiresAt: noon}, ""},
	{token.Catalogue, token.Issued{
		Client: oauth.ClientID(concerned.Client), Account: "owner", Scope: "LIST_THREADS", Audience: []string{"https://api.test"}, ExpiresAt: noon,
	}, ""},
}

var settings = client.Settings{
	Name: "A client", Confidential: true, AuthMethod: oauth.AuthClientSecretBasic, Policy: oauth.Explicit, RequirePKCE: true,
	RedirectURIs: []oauth.RedirectURI{"https://client.test/cb"}, Grants: []oauth.GrantType{oauth.AuthorizationCodeGrant},
	Allowed: "openid LIST_THREADS", Audiences: []string{"https://api.test"},
}

// catalogues are all events that there are.
var catalogues = []*event.Catalogue{
	account.Catalogue, authorization.Catalogue, client.Catalogue, device.Catalogue, grant.Catalogue, passkey.Catalogue,
	session.Catalogue, signingkey.Catalogue, token.Catalogue, token.RevocationCatalogue,
}

// unpublished are the facts that are nobody else's business, each with the reason.
var unpublished = map[string]string{
	"authorization.approved": "a code may never be redeemed; when it is, grant-opened tells",
	"authorization.redeemed": "grant-opened tells",
	"device.requested":       "nobody has said yet that they know of it",
	"device.redeemed":        "grant-opened tells",
	"signing_key.retired":    "its signatures stand until it is forgotten",
}
