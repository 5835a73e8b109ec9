package main

import "fmt"

// Number is the number of a requirement.
type Number int

// String writes the number as tests do: R-001.
func (n Number) String() string { return fmt.Sprintf("R-%03d", int(n)) }

// Section is a run of requirements on one topic.
type Section struct {
	First, Last Number
	Topic       string
	Apart       string // why its requirements are not in scope; empty when they are
}

// Sections are all requirements there are, in order and without gaps.
var Sections = []Section{
	{1, 17, "transport, HTTP and headers", ""},
	{18, 28, "parameter parsing", ""},
	{29, 45, "client authentication", ""},
	{46, 64, "authorization endpoint", ""},
	{65, 71, "redirect URIs", ""},
	{72, 78, "PKCE", ""},
	{79, 83, "authorization response", ""},
	{84, 94, "login, consent and device pages", ""},
	{95, 101, "token endpoint", ""},
	{102, 108, "authorization_code grant", ""},
	{109, 118, "refresh_token grant", ""},
	{119, 121, "client_credentials grant", ""},
	{122, 132, "device authorization grant", ""},
	{133, 138, "token exchange", "not offered"},
	{139, 145, "access tokens", ""},
	{146, 153, "ID token and subject", ""},
	{154, 156, "userinfo", ""},
	{157, 163, "introspection", ""},
	{164, 169, "revocation", ""},
	{170, 180, "dynamic registration", "off"},
	{181, 189, "client ID metadata documents", "off"},
	{190, 197, "pushed authorization requests", "not offered"},
	{198, 203, "request objects and authorization details", "not offered"},
	{204, 212, "DPoP", "not offered"},
	{213, 220, "metadata, key set and key rotation", ""},
	{221, 227, "logout", "not offered"},
	{228, 234, "shared signals", "not offered"},
	{235, 237, "profiles", "not claimed"},
	{238, 243, "hardening of signed tokens", ""},
	{244, 248, "requests to other servers", "none are made"},
	{249, 257, "storage, concurrency and failure", ""},
	{258, 266, "injection, Unicode and logs", ""},
}

// Has says whether the number is one of the section's.
func (s Section) Has(n Number) bool { return s.First <= n && n <= s.Last }

// InScope says whether each requirement of the section needs a test or a reason.
func (s Section) InScope() bool { return s.Apart == "" }

// sectionOf finds the section of a number; false when there is no such requirement.
func sectionOf(n Number) (Section, bool) {
	for _, s := range Sections {
		if s.Has(n) {
			return s, true
		}
	}
	return Section{}, false
}
