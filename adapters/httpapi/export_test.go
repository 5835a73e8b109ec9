package httpapi

import "writ/domain/client"

// Parsed is a form as tests see it.
type Parsed struct {
	Values    map[string]string
	Resources []string
	Refused   bool
}

// ParseForm is parseForm.
func ParseForm(text string) Parsed {
	f := parseForm(text)
	p := Parsed{map[string]string{}, f.resources, f.check() != nil}
	for _, known := range f.parameters {
		if !known.faulty {
			p.Values[known.name] = known.value
		}
	}
	return p
}

// ParseBasic is parseBasic.
func ParseBasic(header string) (client.Credentials, bool) { return parseBasic(header) }

// StatusOf is statusOf.
var StatusOf = statusOf
