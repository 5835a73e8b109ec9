package oauth_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"writ/domain/oauth"
)

func TestGrantTypesHaveNames(t *testing.T) {
	for s, want := range map[string]oauth.GrantType{
		"authorization_code": oauth.AuthorizationCodeGrant, "refresh_token": oauth.RefreshTokenGrant,
		"client_credentials": oauth.ClientCredentialsGrant, "device_code": oauth.DeviceCodeGrant,
		"urn:ietf:params:oauth:grant-type:device_code": oauth.DeviceCodeGrant,
		"password": "", "implicit": "", "": "", "Authorization_Code": "",
	} {
		got, ok := oauth.ParseGrantType(s)
		if got != want || ok != (want != "") {
			t.Errorf("ParseGrantType(%q) = %q, %v", s, got, ok)
		}
	}
}

func TestSigningAlgorithmsAreAsymmetric(t *testing.T) {
	for s, want := range map[string]bool{
		"ES256": true, "RS256": true, "EdDSA": true, "none": false, "HS256": false, "": false, "es256": false,
	} {
		if got, ok := oauth.ParseSigningAlg(s); ok != want || ok && string(got) != s {
			t.Errorf("ParseSigningAlg(%q) = %q, %v", s, got, ok)
		}
	}
}

func TestAServerServesResourcesOfItsPolicy(t *testing.T) {
	s := &oauth.Server{Issuer: "https://op.example", Audience: "https://api.example", Resources: []string{"https://more.example"}}
	registered := []string{"https://own.example"}
	for resource, want := range map[string]bool{
		"https://op.example": true, "https://api.example": true, "https://more.example": true, "https://own.example": true,
		"https://other.example": false, "https://api.example/": false, "": false, "api": false, "https://api.example#x": false,
	} {
		err := s.CheckResources([]string{"https://api.example", resource}, registered)
		if (err == nil) != want {
			t.Errorf("resource %q: %v, want served %v", resource, err, want)
		}
	}
	if err := s.CheckResources(nil, nil); err != nil {
		t.Errorf("no resource is refused: %v", err)
	}
	if diff := cmp.Diff([]string{"https://api.example"}, s.AudienceFor(nil)); diff != "" {
		t.Errorf("audience without a resource (-want +got):\n%s", diff)
	}
	if !slices.Equal(s.AudienceFor(registered), registered) {
		t.Error("the audience is not what the resource named")
	}
}
