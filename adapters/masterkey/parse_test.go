package masterkey_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"writ/adapters/masterkey"
	"writ/domain/oauth"
)

// slanted has characters that differ between the two alphabets of base64.
var slanted = [32]byte{0xfb, 0xff, 0xfe, 31: 0xff}

func TestEveryFormOfOneKey(t *testing.T) {
	want := ringOf(t, slanted).IDs()
	for name, encoding := range map[string]*base64.Encoding{
		"standard": base64.StdEncoding, "standard without padding": base64.RawStdEncoding,
		"url": base64.URLEncoding, "url without padding": base64.RawURLEncoding,
	} {
		ring, err := masterkey.Parse(oauth.Secret(" " + encoding.EncodeToString(slanted[:]) + "\n"))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(want, ring.IDs()); diff != "" {
			t.Errorf("%s is another key (-want +got):\n%s", name, diff)
		}
	}
}

func TestTheFirstKeyIsCurrent(t *testing.T) {
	a, b := ringOf(t, keyA), ringOf(t, keyB)
	ring, err := masterkey.Parse(textOf(keyB) + " ,\n " + textOf(keyA))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{b.IDs()[0], a.IDs()[0]}, ring.IDs()); diff != "" {
		t.Errorf("ids (-want +got):\n%s", diff)
	}
	if ring.Check() != b.Check() {
		t.Error("the check value is not of the first key")
	}
}

func TestWhatIsNoKeyIsNamedAndNotShown(t *testing.T) {
	good := textOf(keyA).Reveal()
	short := base64.StdEncoding.EncodeToString(keyA[:31])
	for name, tc := range map[string]struct {
		text string
		want string
	}{
		"nothing":        {"", "master key 1 of 1 is empty"},
		"white space":    {" \n", "master key 1 of 1 is empty"},
		"a comma more":   {good + ",", "master key 2 of 2 is empty"},
		"not base64":     {"secret!secret", "master key 1 of 1 is not base64"},
		"short":          {good + "," + short, "master key 2 of 2 has 31 bytes instead of 32"},
		"long":           {base64.StdEncoding.EncodeToString(make([]byte, 33)), "master key 1 of 1 has 33 bytes instead of 32"},
		"hex":            {strings.Repeat("ab", 32), "master key 1 of 1 has 48 bytes instead of 32"},
		"several wrong":  {"secret!secret," + good + "," + short, "master key 1 of 3 is not base64\nmaster key 3 of 3 has 31 bytes instead of 32"},
		"one key twice":  {good + "," + good, "master keys 1 and 2 have the same id " + ringOf(t, keyA).IDs()[0] + ": give each key once"},
		"two in one":     {good + " " + good, "master key 1 of 1 is not base64"},
		"a line inside ": {good[:10] + "\n" + good[10:20] + "!" + good[20:], "master key 1 of 1 is not base64"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := masterkey.Parse(oauth.Secret(tc.text))
			if err == nil {
				t.Fatal("it is taken for a key")
			}
			if diff := cmp.Diff(tc.want, err.Error()); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		})
	}
}

func TestGeneratedKeysParse(t *testing.T) {
	one, other := masterkey.Generate(), masterkey.Generate()
	if one == other {
		t.Error("two generated keys are the same")
	}
	_, err := masterkey.Parse(one + "," + other)
	if err != nil {
		t.Errorf("parse: %v", err)
	}
}
