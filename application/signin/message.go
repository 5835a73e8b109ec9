package signin

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"writ/domain/account"
	"writ/domain/oauth"
	"writ/ports"
)

// phrase is what a letter is about.
type phrase int

const (
	phraseSignIn phrase = iota
	phraseSignUp
	phraseReset
	phraseContact
	phraseKnown    // somebody wants to sign up with an address that an account uses
	phraseUnknown  // somebody has forgotten the password of an account that is not there
	phraseReplaced // a password was replaced
	phraseAdded    // an address was added to an account
	phrases        // how many there are
)

// hasAnswer reports whether a letter about it carries a code.
func (p phrase) hasAnswer() bool { return p < phraseKnown }

// languageOf is the first language that there are words for, else English. What people prefer comes
// as tags of BCP 47.
func languageOf(preferred []string) string {
	for _, tag := range preferred {
		primary, _, _ := strings.Cut(strings.ToLower(tag), "-")
		if _, known := catalogue[primary]; known {
			return primary
		}
	}
	return "en"
}

// text sends a code to a phone. The last line lets the phone fill the code in, on the pages of this
// server alone (Origin-bound one-time codes delivered via SMS).
func (p *Prover) text(ctx context.Context, number string, preferred []string, code oauth.Secret) error {
	w := catalogue[languageOf(preferred)]
	message := p.fill(w.text, code) + "\n\n@" + p.Host + " #" + code.Reveal()
	err := p.Texts.Text(ctx, number, message)
	if err != nil {
		return fmt.Errorf("send a code by text: %w", err)
	}
	return nil
}

// post sends a letter with the answers of a challenge.
func (p *Prover) post(ctx context.Context, address string, l letter, about phrase, a asked) error {
	language := languageOf(l.languages)
	w := catalogue[language]
	parts := []string{w.letters[about].about}
	if about.hasAnswer() {
		parts = append(parts, w.code, "    "+a.code.Reveal())
		if l.page != "" {
			parts = append(parts, w.link+"\n"+linkTo(l.page, a.link))
		}
		parts = append(parts, w.lasts, w.ignore)
	}
	text := p.fill(strings.Join(parts, "\n\n")+"\n", a.code)
	err := p.Mail.Post(ctx, ports.Letter{
		To: address, Subject: p.fill(w.letters[about].subject, a.code), Text: text, Language: language,
	})
	if err != nil {
		return fmt.Errorf("send a code by e-mail: %w", err)
	}
	return nil
}

// fill puts the server's name and the code into a text.
func (p *Prover) fill(text string, code oauth.Secret) string {
	return strings.NewReplacer("{name}", p.Name, "{code}", code.Reveal()).Replace(text)
}

// linkTo is a page with the token of a link in its query.
func linkTo(page string, token oauth.Opaque) string {
	u, err := url.Parse(page)
	if err != nil {
		return page
	}
	query := u.Query()
	query.Set("token", token.Reveal())
	u.RawQuery = query.Encode()
	return u.String()
}

// tell writes to somebody about what was done with the account. What is done stays done, also when
// nobody can be told: then the letter is left out.
func (p *Prover) tell(ctx context.Context, s account.State, preferred []string, about phrase) {
	first := s.Profile
	if p.OffersMail() && first.EmailVerified {
		_ = p.post(ctx, first.Email.Reveal(), letter{languages: preferred}, about, asked{})
	}
}
