package oauth_test

import (
	"strings"
	"testing"

	"writ/domain/oauth"
	"writ/ports/portstest/req"
)

// The example of RFC 7636 Appendix B.
const (
	verifier  oauth.CodeVerifier  = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
	challenge oauth.CodeChallenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
)

func TestVerifierAnswersItsChallenge(t *testing.T) {
	req.Covers(t, "R-075", "R-076", "R-077")
	long := oauth.CodeVerifier(strings.Repeat("a", 128))
	for name, tc := range map[string]struct {
		verifier  oauth.CodeVerifier
		challenge oauth.CodeChallenge
		want      bool
	}{
		"the example of the standard":             {verifier, challenge, true},
		"the longest verifier":                    {long, long.Challenge(), true},
		"all unreserved characters":               {"-._~" + long[:40], ("-._~" + long[:40]).Challenge(), true},
		"another verifier":                        {verifier[:42] + "X", challenge, false},
		"no verifier":                             {"", challenge, false},
		"the challenge itself, as plain would be": {oauth.CodeVerifier(challenge), challenge, false},
		"too short, though it hashes right":       {"short", oauth.CodeVerifier("short").Challenge(), false},
		"too long, though it hashes right":        {long + "a", (long + "a").Challenge(), false},
		"a reserved character":                    {long + "", (long[:100] + "+").Challenge(), false},
		"not unreserved, though it hashes right":  {long[:100] + "+", (long[:100] + "+").Challenge(), false},
		"a verifier for a code without challenge": {verifier, "", false},
		"neither": {"", "", true},
	} {
		t.Run(name, func(t *testing.T) {
			if got := tc.verifier.Answers(tc.challenge); got != tc.want {
				t.Errorf("got %v, want %v", got, tc.want)
			}
		})
	}
}

func TestChallengeHasOneForm(t *testing.T) {
	req.Covers(t, "R-075")
	for name, tc := range map[string]struct {
		given string
		ok    bool
	}{
		"the example of the standard": {string(challenge), true},
		"empty":                       {"", false},
		"one character less":          {string(challenge[:42]), false},
		"one character more":          {string(challenge) + "A", false},
		"padding":                     {string(challenge) + "=", false},
		"standard base64":             {strings.Replace(string(challenge), "-", "+", 1), false},
		"a tilde":                     {string(challenge[:42]) + "~", false},
		"bits beyond the hash":        {string(challenge[:42]) + "N", false},
		"a line break":                {string(challenge[:42]) + "\n", false},
		"a line break within":         {string(challenge[:20]) + "\n" + string(challenge[20:]), false},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := oauth.ParseCodeChallenge(tc.given)
			if (err == nil) != tc.ok {
				t.Errorf("ParseCodeChallenge(%q) = %q, %v", tc.given, got, err)
			}
			if err != nil && err != oauth.ErrChallenge {
				t.Errorf("refused with %v", err)
			}
		})
	}
}

func FuzzCodeChallenge(f *testing.F) {
	f.Add(string(challenge), string(verifier))
	f.Add("", "")
	f.Add(string(challenge)+"=", strings.Repeat("~", 128))
	f.Fuzz(func(t *testing.T, c, v string) {
		parsed, err := oauth.ParseCodeChallenge(c)
		if err == nil && len(parsed) != 43 {
			t.Errorf("accepted %q", c)
		}
		given := oauth.CodeVerifier(v)
		if given.Answers(parsed) && parsed != "" && given.Challenge() != parsed {
			t.Errorf("%q answers %q", v, parsed)
		}
		if given.Answers("") && v != "" {
			t.Errorf("%q answers no challenge", v)
		}
	})
}
