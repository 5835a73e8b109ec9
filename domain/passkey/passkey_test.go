package passkey_test

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"writ/domain/event"
	"writ/domain/event/eventtest"
	"writ/domain/passkey"
)

var (
	noon       = eventtest.Noon
	credential = passkey.Credential{
		ID: passkey.Binary([]byte("credential")), PublicKey: passkey.Binary([]byte("key")), Counter: 7,
		UserPresent: true, UserVerified: true, Transports: []string{"internal"},
	}
	id         = passkey.StreamOf([]byte("credential"))
	registered = passkey.Registered{Account: "odin", Name: "Laptop", Credential: credential}
	removed    = passkey.Removed{}
	cloned     = passkey.Used{Counter: 7, Cloned: true}
)

func TestHistoryCanBeRead(t *testing.T) {
	eventtest.History(t, "testdata/history", passkey.Catalogue)
}

func TestRegistering(t *testing.T) {
	for name, tc := range map[string]struct {
		given   []any
		called  string
		then    []any
		refused error
	}{
		"a credential":               {nil, " Laptop ", []any{registered}, nil},
		"without a name":             {nil, " ", []any{passkey.Registered{Account: "odin", Name: "Passkey", Credential: credential}}, nil},
		"twice":                      {[]any{registered}, "Laptop", nil, passkey.ErrRegistered},
		"again after it went":        {[]any{registered, removed}, "Laptop", nil, passkey.ErrRegistered},
		"a name of 61 characters":    {nil, strings.Repeat("ä", 61), nil, passkey.ErrName},
		"a name that cannot be seen": {nil, "Lap\u200btop", nil, passkey.ErrName},
		"a name that is no text":     {nil, "\xff", nil, passkey.ErrName},
	} {
		t.Run(name, func(t *testing.T) {
			p := passkey.Unregistered(credential)
			eventtest.Given(t, p, tc.given...).
				When(func() error { return p.Register("odin", tc.called, credential, noon) }).
				Then(tc.then...).Refused(tc.refused)
		})
	}
}

func TestRenamingAndRemoving(t *testing.T) {
	for name, tc := range map[string]struct {
		given   []any
		when    func(*passkey.Passkey) error
		then    []any
		refused error
	}{
		"another name":            {[]any{registered}, func(p *passkey.Passkey) error { return p.Rename("odin", "Phone", noon) }, []any{passkey.Renamed{Account: "odin", Name: "Phone"}}, nil},
		"the same name":           {[]any{registered}, func(p *passkey.Passkey) error { return p.Rename("odin", "Laptop", noon) }, nil, nil},
		"a bad name":              {[]any{registered}, func(p *passkey.Passkey) error { return p.Rename("odin", "\x00", noon) }, nil, passkey.ErrName},
		"renamed by another":      {[]any{registered}, func(p *passkey.Passkey) error { return p.Rename("loki", "Phone", noon) }, nil, passkey.ErrUnknown},
		"renamed when it is gone": {[]any{registered, removed}, func(p *passkey.Passkey) error { return p.Rename("odin", "Phone", noon) }, nil, passkey.ErrUnknown},
		"removed":                 {[]any{registered}, func(p *passkey.Passkey) error { return p.Remove("odin", noon) }, []any{removed}, nil},
		"removed by another":      {[]any{registered}, func(p *passkey.Passkey) error { return p.Remove("loki", noon) }, nil, passkey.ErrUnknown},
		"removed twice":           {[]any{registered, removed}, func(p *passkey.Passkey) error { return p.Remove("odin", noon) }, nil, passkey.ErrUnknown},
		"removed, but unknown":    {nil, func(p *passkey.Passkey) error { return p.Remove("", noon) }, nil, passkey.ErrUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			p := passkey.Named(id)
			eventtest.Given(t, p, tc.given...).When(func() error { return tc.when(p) }).Then(tc.then...).Refused(tc.refused)
		})
	}
}

func TestUsing(t *testing.T) {
	still := registered
	still.Credential.Counter = 0
	for name, tc := range map[string]struct {
		given    []any
		counter  uint32
		backedUp bool
		then     []any
		refused  error
	}{
		"it counted on":                 {[]any{registered}, 8, false, []any{passkey.Used{Counter: 8}}, nil},
		"it does not count":             {[]any{still}, 0, false, nil, nil},
		"it does not count, but moved":  {[]any{still}, 0, true, []any{passkey.Used{BackedUp: true}}, nil},
		"it began to count":             {[]any{still}, 1, false, []any{passkey.Used{Counter: 1}}, nil},
		"it stands still":               {[]any{registered}, 7, false, []any{cloned}, passkey.ErrCloned},
		"it went back":                  {[]any{registered}, 6, false, []any{cloned}, passkey.ErrCloned},
		"it ceased to count":            {[]any{registered}, 0, false, []any{cloned}, passkey.ErrCloned},
		"it went on after it went back": {[]any{registered, cloned}, 99, false, nil, passkey.ErrCloned},
		"it was removed":                {[]any{registered, removed}, 8, false, nil, passkey.ErrUnknown},
		"it never was":                  {nil, 8, false, nil, passkey.ErrUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			p := passkey.Named(id)
			eventtest.Given(t, p, tc.given...).When(func() error { return p.Use(tc.counter, tc.backedUp, noon) }).Then(tc.then...).Refused(tc.refused)
		})
	}
}

func TestHowItIsFound(t *testing.T) {
	p := passkey.Named(id)
	eventtest.Given(t, p, registered)
	if i := p.State().Index(); i.Account != "odin" || !i.Ends.IsZero() || !i.Keep.IsZero() {
		t.Errorf("found by %+v", i)
	}
	eventtest.Given(t, p, eventtest.At(noon.Add(time.Hour), removed))
	if i := p.State().Index(); !i.Ends.Equal(noon.Add(time.Hour)) || !i.Keep.After(i.Ends) {
		t.Errorf("found by %+v", i)
	}
}

func TestBinaryValuesReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := rapid.SliceOfN(rapid.Byte(), 1, 80).Draw(t, "id")
		if got := passkey.Bytes(passkey.Binary(b)); string(got) != string(b) {
			t.Fatalf("%x reads as %x", b, got)
		}
	})
	for _, broken := range []event.Personal{event.Erased, "a", "=", "äö"} {
		if got := passkey.Bytes(broken); got != nil {
			t.Errorf("%q reads as %x", broken.Reveal(), got)
		}
	}
}

func TestAnyHistoryOfAPasskey(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := passkey.Unregistered(credential)
		if err := p.Register("odin", "Laptop", credential, noon); err != nil {
			t.Fatal(err)
		}
		highest, dead := uint32(7), false
		for range rapid.IntRange(0, 12).Draw(t, "steps") {
			if rapid.IntRange(0, 9).Draw(t, "chance") == 0 {
				_ = p.Remove("odin", noon)
				dead = true
			}
			counter := rapid.Uint32Range(0, 20).Draw(t, "counter")
			err := p.Use(counter, false, noon)
			if (err == nil) != (!dead && counter > highest) {
				t.Fatalf("counter %d after %d, dead %v: %v", counter, highest, dead, err)
			}
			if err == nil {
				highest = counter
			} else {
				dead = true
			}
		}
		eventtest.ReplayGivesTheSame(t, p, nil)
	})
}
