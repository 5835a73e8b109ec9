package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"writ/application/investigate"
	"writ/application/rotate"
	"writ/domain/oauth"
)

type explainCommand struct {
	Of string `arg:"" help:"An access token, refresh token, code, device code, jti or grant id; - reads it from standard input, so that no list of processes shows it."`
}

// Run tells where it came from and what became of it.
func (c *explainCommand) Run(t *terminal) error {
	of, err := t.secretOr(c.Of)
	if err != nil {
		return err
	}
	var uc *investigate.Explanation
	var keys *rotate.SigningKeys
	return t.with(func() error {
		_, err := keys.Install(t.ctx)
		if err != nil {
			return err
		}
		chain, err := uc.Execute(t.ctx, investigate.ExplainCommand{Of: of})
		if err != nil {
			return err
		}
		return t.answer(chain, func() { t.showChain(chain) })
	}, &uc, &keys)
}

// secretOr is what was given, or the first line of standard input for a dash.
func (t *terminal) secretOr(given string) (oauth.Secret, error) {
	if given != "-" {
		return oauth.Secret(given), nil
	}
	line, err := bufio.NewReader(t.in).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read standard input: %w", err)
	}
	if line = strings.TrimSpace(line); line == "" {
		return "", errors.New("standard input is empty")
	}
	return oauth.Secret(line), nil
}

func (t *terminal) showChain(c investigate.Chain) {
	t.say("This %s is %s: %s.", c.Of, c.State, legible(c.Why))
	rows := [][]any{}
	for _, more := range [][]any{{"grant", c.Grant}, {"client", string(c.Client)}, {"account", string(c.Account)}, {"scope", string(c.Scope)}} {
		if more[1] != "" {
			rows = append(rows, []any{"  " + more[0].(string), legible(more[1].(string))})
		}
	}
	if !c.Until.IsZero() {
		rows = append(rows, []any{"  until", c.Until.Format(time.RFC3339)})
	}
	t.rows(append(rows, presented(c.Token)...))
	if len(c.Steps) > 0 {
		t.say("")
	}
	rows = [][]any{}
	for _, s := range c.Steps {
		mark := " "
		if s.Issued {
			mark = "→"
		}
		rows = append(rows, []any{fmt.Sprintf("%s %8d", mark, s.Position), s.At.Format(time.RFC3339), s.Name, legible(s.What)})
	}
	t.rows(rows)
}

// presented are the lines about one token.
func presented(p *investigate.Presented) [][]any {
	if p == nil {
		return nil
	}
	rows := [][]any{}
	if p.JTI != "" {
		rows = append(rows, []any{"  jti", legible(p.JTI)})
	}
	if p.Generation != nil {
		rows = append(rows, []any{"  generation", *p.Generation})
	}
	if !p.Issued.IsZero() {
		rows = append(rows, []any{"  issued", p.Issued.Format(time.RFC3339)})
	}
	if !p.Expires.IsZero() {
		rows = append(rows, []any{"  expires", p.Expires.Format(time.RFC3339)})
	}
	return rows
}
