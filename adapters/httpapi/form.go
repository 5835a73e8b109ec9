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
	values    map[string]string
	resources []string        // the one parameter that may be repeated (RFC 8707 §2)
	faulty    map[string]bool // names that were repeated, or whose value cannot be read
	garbled   bool            // a name itself cannot be read
}

// errForm refuses a form as a whole. It names no parameter, for names are input too.
var errForm = oauth.Refuse(oauth.InvalidRequest, "a parameter is repeated or malformed")

// parseForm reads text of application/x-www-form-urlencoded. It reads on after a fault, so that the
// caller can tell in which parameter it lies.
func parseForm(text string) form {
	f := form{values: map[string]string{}, faulty: map[string]bool{}}
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
	_, repeated := f.values[name]
	switch {
	case !named:
		f.garbled = true
	case name == "resource" && readable:
		f.addResource(value)
	case !readable || repeated || f.faulty[name]:
		// Neither of two values may be trusted, not even for the answer to the fault.
		delete(f.values, name)
		f.faulty[name] = true
	default:
		f.values[name] = value
	}
}

func (f *form) addResource(value string) {
	if value != "" && !slices.Contains(f.resources, value) {
		f.resources = append(f.resources, value)
	}
}

// unescape decodes a name or a value. Text that is not UTF-8 and control characters are refused
// (RFC 6749 Appendix A), so that none reaches a store or a log.
func unescape(s string) (string, bool) {
	text, err := url.QueryUnescape(s)
	return text, err == nil && isText(text)
}

func isText(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f })
}

// check refuses a form with a fault anywhere.
func (f form) check() error {
	if f.garbled || len(f.faulty) > 0 {
		return errForm
	}
	return nil
}

// value is a parameter. One without a value is one that was not sent (RFC 6749 §3.1).
func (f form) value(name string) string { return f.values[name] }

// sent is a parameter whose empty value means something, or nil.
func (f form) sent(name string) *string {
	value, was := f.values[name]
	if !was {
		return nil
	}
	return &value
}

// require is a parameter that may not be missing. The name is one that this package chose.
func (f form) require(name string) (string, error) {
	if f.values[name] == "" {
		return "", oauth.Refuse(oauth.InvalidRequest, name+" is missing")
	}
	return f.values[name], nil
}
