package oauth

import (
	"slices"
	"time"
)

// Server is what an authorization server says about itself, and the policy that its settings make.
// It is immutable after the start.
type Server struct {
	Issuer        string
	Audience      string   // of access tokens that name no resource
	Resources     []string // what every client may ask tokens for (RFC 8707), beside Audience and Issuer
	Vocabulary    *Vocabulary
	AccessAlg     SigningAlg
	Lifetimes     Lifetimes
	ReuseWindow   time.Duration // in which a spent refresh token may be repeated, unless the client has its own
	ProfileInID   bool          // name and e-mail stand in ID tokens, not only in userinfo
	CLIClient     ClientID      // the built-in client of command lines
	NewcomerHolds Scope         // the permissions of an account for which none are given
}

// Lifetimes say how long what is issued lives.
type Lifetimes struct {
	Access     time.Duration
	Idle       time.Duration // of a refresh token that is not used
	Absolute   time.Duration // of a family of refresh tokens
	Code       time.Duration
	DeviceCode time.Duration
	PollEvery  time.Duration // the interval between polls of a device
}

// AudienceFor is the audience of an access token for resources.
func (s *Server) AudienceFor(resources []string) []string {
	if len(resources) == 0 {
		return []string{s.Audience}
	}
	return resources
}

// Serves reports whether tokens may be issued for resource: to every client for the server's own,
// to some for those that they are registered with.
func (s *Server) Serves(resource string, registered []string) bool {
	return resource == s.Audience || resource == s.Issuer ||
		slices.Contains(s.Resources, resource) || slices.Contains(registered, resource)
}

// CheckResources refuses resources that a client may not ask tokens for.
func (s *Server) CheckResources(resources, registered []string) error {
	for _, r := range resources {
		if _, err := ParseResource(r); err != nil || !s.Serves(r, registered) {
			return ErrResource
		}
	}
	return nil
}
