package natsbus

import "time"

// The data of messages. Scopes are lists with spaces (RFC 6749 §3.3), times as RFC 3339 has them.
// None has a field for what identifies a person beyond the account's id, or for anything secret.
type (
	grantOpened struct {
		Party
		Via              string    `json:"via"`
		Scope            string    `json:"scope"`
		Resources        []string  `json:"resources,omitempty"`
		AMR              []string  `json:"amr,omitempty"`
		AuthTime         time.Time `json:"auth_time,omitzero"`
		JTI              string    `json:"jti"`
		AccessExpiresAt  time.Time `json:"access_expires_at"`
		RefreshExpiresAt time.Time `json:"refresh_expires_at,omitzero"`
		ExpiresAt        time.Time `json:"expires_at,omitzero"`
	}
	grantRefreshed struct {
		Party
		Generation       uint32    `json:"generation"`
		Scope            string    `json:"scope"`
		JTI              string    `json:"jti"`
		AccessExpiresAt  time.Time `json:"access_expires_at"`
		RefreshExpiresAt time.Time `json:"refresh_expires_at,omitzero"`
	}
	refreshRepeated struct {
		Party
		Generation      uint32    `json:"generation"`
		Scope           string    `json:"scope"`
		JTI             string    `json:"jti"`
		AccessExpiresAt time.Time `json:"access_expires_at"`
	}
	grantNarrowed struct {
		Party
		Scope      string `json:"scope"`
		Lost       string `json:"lost"`
		Generation uint32 `json:"generation"`
		JTI        string `json:"jti"`
	}
	grantNarrowedV1 struct {
		Party
		Scope string `json:"scope"`
		Lost  string `json:"lost"`
	}
	grantRevoked struct {
		Party
		Reason     string `json:"reason"`
		By         string `json:"by,omitempty"`
		Compromise bool   `json:"compromise"`
	}
	refreshTokenReused struct {
		Party
		Generation uint32 `json:"generation"`
	}
	accountOpened struct {
		Party
		Permissions []string `json:"permissions"`
		Shadow      bool     `json:"shadow"`
		Adopted     bool     `json:"adopted"`
	}
	permissionsChanged struct {
		Party
		Permissions []string `json:"permissions"`
		Grants      []string `json:"grants"`
		MoreGrants  int      `json:"more_grants"`
	}
	permissionsChangedV1 struct {
		Party
		Permissions []string `json:"permissions"`
	}
	profileChanged struct {
		Party
		Fields []string `json:"fields"` // their names; the values are nobody else's business
	}
	clientSettings struct {
		Party
		Name         string   `json:"name"`
		Confidential bool     `json:"confidential"`
		AuthMethod   string   `json:"auth_method"`
		RequirePKCE  bool     `json:"require_pkce"`
		Policy       string   `json:"policy"`
		RedirectURIs []string `json:"redirect_uris"`
		GrantTypes   []string `json:"grant_types"`
		Scope        string   `json:"scope"`
		Audiences    []string `json:"audiences,omitempty"`
	}
	deviceApproved struct {
		Party
		Scope string `json:"scope"`
	}
	signedIn struct {
		Party
		AMR       []string  `json:"amr"`
		ExpiresAt time.Time `json:"expires_at"`
	}
	signedOut struct {
		Party
		Reason string `json:"reason"`
	}
	identity struct {
		Party
		Issuer string `json:"issuer"`
	}
	accessKeyAdded struct {
		Party
		KeyID     string    `json:"key_id"`
		ExpiresAt time.Time `json:"expires_at,omitzero"`
	}
	accessKeyRemoved struct {
		Party
		KeyID string `json:"key_id"`
	}
	clientSecretRotated struct {
		Party
		OldExpiresAt time.Time `json:"old_expires_at"`
	}
	signingKeyRotated struct {
		Alg     string    `json:"alg"`
		SignsAt time.Time `json:"signs_at"`
	}
	tokenRevoked struct {
		Party
		ExpiresAt time.Time `json:"expires_at"`
	}
	tokenIssued struct {
		Party
		Scope     string    `json:"scope"`
		Audience  []string  `json:"audience,omitempty"`
		ExpiresAt time.Time `json:"expires_at"`
	}
)
