package portstest

import (
	"testing"

	"writ/ports"
	"writ/ports/portstest/req"
)

// Postbox is somebody who sends letters, as a test sees them.
type Postbox struct {
	ports.Mail

	Taken func() []ports.Letter
	Break func() // lets everything fail from then on; nil: nothing can
}

// Mail is the contract of ports.Mail.
func Mail(t *testing.T, open func(t *testing.T) Postbox) {
	letter := ports.Letter{
		To: "ada+writ@example.org", Subject: "Código – コード", Language: "ja",
		Text: "123456\n\nhttps://writ.test/?token=" + string(longToken()) + "\n.\nFrom here on: «ä»\n",
	}
	t.Run("a letter is handed over as it is", func(t *testing.T) {
		p := open(t)
		if err := p.Post(t.Context(), letter); err != nil {
			t.Fatal(err)
		}
		same(t, "taken", p.Taken(), []ports.Letter{letter})
	})
	t.Run("neither the address nor the text stands in an error", func(t *testing.T) {
		req.Covers(t, "R-261")
		p := open(t)
		if p.Break == nil {
			return
		}
		p.Break()
		saysNothing(t, p.Post(t.Context(), letter), "ada+writ", "123456")
	})
	t.Run("what would break the header is refused", func(t *testing.T) {
		for _, l := range []ports.Letter{
			{To: "ada@example.org\r\nBcc: all@example.org", Subject: "s", Text: "t"},
			{To: "ada@example.org, all@example.org", Subject: "s", Text: "t"},
			{To: "", Subject: "s", Text: "t"},
			{To: "ada@example.org", Subject: "s\r\nBcc: all@example.org", Text: "t"},
			{To: "ada@example.org", Subject: "s", Text: "t", Language: "en\r\nBcc: all@example.org"},
		} {
			p := open(t)
			if err := p.Post(t.Context(), l); err == nil || len(p.Taken()) > 0 {
				t.Errorf("%q %q: taken as %v", l.To, l.Subject, p.Taken())
			}
		}
	})
}

// longToken is a token as long as the ones in links, which lines must not break.
func longToken() []byte {
	b := make([]byte, 75)
	for i := range b {
		b[i] = 'a' + byte(i%26)
	}
	return b
}
