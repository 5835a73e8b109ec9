package httpapi

import (
	"writ/domain/account"
	"writ/domain/event"
)

// profileDetails are the claims of the profile scope beside name and handle (OIDC Core §5.1). What
// is absent is not told.
type profileDetails struct {
	GivenName  string `json:"given_name,omitempty"`
	FamilyName string `json:"family_name,omitempty"`
	MiddleName string `json:"middle_name,omitempty"`
	Nickname   string `json:"nickname,omitempty"`
	Page       string `json:"profile,omitempty"`
	Picture    string `json:"picture,omitempty"`
	Website    string `json:"website,omitempty"`
	Gender     string `json:"gender,omitempty"`
	Birthdate  string `json:"birthdate,omitempty"`
	Zoneinfo   string `json:"zoneinfo,omitempty"`
	Locale     string `json:"locale,omitempty"`
}

// detailsOfProfile shows details to somebody who may see them.
func detailsOfProfile(d account.Details) profileDetails {
	return profileDetails{
		GivenName: d.GivenName.Reveal(), FamilyName: d.FamilyName.Reveal(), MiddleName: d.MiddleName.Reveal(),
		Nickname: d.Nickname.Reveal(), Page: d.Page.Reveal(), Picture: d.Picture.Reveal(), Website: d.Website.Reveal(),
		Gender: d.Gender.Reveal(), Birthdate: d.Birthdate.Reveal(), Zoneinfo: d.Zoneinfo.Reveal(), Locale: d.Locale.Reveal(),
	}
}

// postalAddress is the address claim (OIDC Core §5.1.1).
type postalAddress struct {
	Formatted  string `json:"formatted,omitempty"`
	Street     string `json:"street_address,omitempty"`
	Locality   string `json:"locality,omitempty"`
	Region     string `json:"region,omitempty"`
	PostalCode string `json:"postal_code,omitempty"`
	Country    string `json:"country,omitempty"`
}

func addressOfProfile(a account.Address) *postalAddress {
	return &postalAddress{
		Formatted: a.Formatted.Reveal(), Street: a.Street.Reveal(), Locality: a.Locality.Reveal(),
		Region: a.Region.Reveal(), PostalCode: a.PostalCode.Reveal(), Country: a.Country.Reveal(),
	}
}

// domain is the address as the account keeps it.
func (a postalAddress) domain() account.Address {
	return account.Address{
		Formatted: event.Personal(a.Formatted), Street: event.Personal(a.Street), Locality: event.Personal(a.Locality),
		Region: event.Personal(a.Region), PostalCode: event.Personal(a.PostalCode), Country: event.Personal(a.Country),
	}
}
