package httpapi

import (
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"writ/domain/oauth"
)

// form is the parameters of one request (RFC 6749 §3.1, §3.2): names are case-sensitive, "&" alone
// separates them, and each stands there once.
type form struct {
	parameters []parameter
	places     map[string]int  // of parameters, by name, once there are many
	resources  []string        // the one parameter that may be repeated (RFC 8707 §2)
	resourced  map[string]bool // the resources, once there are many
	garbled    bool            // a name itself cannot be read
	faulty     bool            // a parameter is
}

// parameter is faulty when it was repeated, or its value cannot be read; it has no value then.
type parameter struct {
	name, value string
	faulty      bool
}

// Few parameters are found faster by looking at each than by a map; beyond many, looking at each
// would be what an attacker wants.
const few, many = 8, 32

// errForm refuses a form as a whole. It names no parameter, for names are input too.
var errForm = oauth.Refuse(oauth.InvalidRequest, "a parameter is repeated or malformed")

// parseForm reads text of application/x-www-form-urlencoded. It reads on after a fault, so that the
// caller can tell in which parameter it lies.
func parseForm(text string) form {
	f := form{parameters: make([]parameter, 0, few)}
	for text != "" {
		var pair string
		pair, text, _ = strings.Cut(text, "&")
		if pair != "" {
			f.add(pair)
		}
	}
	return f
}

func (f *form) add(pair string) {
	name, value, _ := strings.Cut(pair, "=")
	name, named := unescape(name)
	value, readable := unescape(value)
	switch at := f.place(name); {
	case !named:
		f.garbled = true
	case name == "resource" && readable:
		f.addResource(value)
	case at >= 0:
		// Neither of two values may be trusted, not even for the answer to the fault.
		f.parameters[at] = parameter{name: name, faulty: true}
		f.faulty = true
	case !readable:
		f.put(parameter{name: name, faulty: true})
	default:
		f.put(parameter{name: name, value: value})
	}
}

// place is where a parameter is, or -1.
func (f *form) place(name string) int {
	if f.places == nil {
		return slices.IndexFunc(f.parameters, func(p parameter) bool { return p.name == name })
	}
	at, is := f.places[name]
	if !is {
		return -1
	}
	return at
}

func (f *form) put(p parameter) {
	f.parameters = append(f.parameters, p)
	f.faulty = f.faulty || p.faulty
	switch {
	case f.places != nil:
		f.places[p.name] = len(f.parameters) - 1
	case len(f.parameters) == many:
		f.places = make(map[string]int, 2*many)
		for i, known := range f.parameters {
			f.places[known.name] = i
		}
	}
}

func (f *form) addResource(value string) {
	if value == "" || f.hasResource(value) {
		return
	}
	f.resources = append(f.resources, value)
	switch {
	case f.resourced != nil:
		f.resourced[value] = true
	case len(f.resources) == many:
		f.resourced = make(map[string]bool, 2*many)
		for _, known := range f.resources {
			f.resourced[known] = true
		}
	}
}

func (f *form) hasResource(value string) bool {
	if f.resourced == nil {
		return slices.Contains(f.resources, value)
	}
	return f.resourced[value]
}

// unescape decodes a name or a value. Text that is not UTF-8 and control characters are refused
// (RFC 6749 Appendix A), so that none reaches a store or a log.
func unescape(s string) (string, bool) {
	if isPlain(s) {
		return s, true
	}
	text, err := url.QueryUnescape(s)
	return text, err == nil && isText(text)
}

// isPlain reports whether text is printable ASCII that stands for itself, as most is.
func isPlain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c >= 0x7f || c == '%' || c == '+' {
			return false
		}
	}
	return true
}

func isText(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == 0x7f {
			return false
		}
	}
	return utf8.ValidString(s)
}

// check refuses a form with a fault anywhere.
func (f form) check() error {
	if f.garbled || f.faulty {
		return errForm
	}
	return nil
}

// value is a parameter. One without a value is one that was not sent (RFC 6749 §3.1).
func (f form) value(name string) string {
	at := f.place(name)
	if at < 0 {
		return ""
	}
	return f.parameters[at].value
}

// isFaulty reports whether a parameter was sent in a way that tells no value.
func (f form) isFaulty(name string) bool {
	at := f.place(name)
	return at >= 0 && f.parameters[at].faulty
}

// sent is a parameter whose empty value means something, or nil.
func (f form) sent(name string) *string {
	at := f.place(name)
	if at < 0 || f.parameters[at].faulty {
		return nil
	}
	value := f.parameters[at].value
	return &value
}

// require is a parameter that may not be missing. The name is one that this package chose.
func (f form) require(name string) (string, error) {
	value := f.value(name)
	if value == "" {
		return "", oauth.Refuse(oauth.InvalidRequest, name+" is missing")
	}
	return value, nil
}
