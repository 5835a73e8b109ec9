package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"writ/adapters/bunstore"
	"writ/application/rotate"
)

type doctorCommand struct{}

// finding is the result of one check.
type finding struct {
	Check  string `json:"check"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail"`
}

// Run looks at one thing after another and says what it found.
func (*doctorCommand) Run(t *terminal) error {
	var findings []finding
	note := func(check, good string, err error) {
		if err != nil {
			good = explain(err)
		}
		findings = append(findings, finding{check, err == nil, good})
	}
	_, err := t.settings.Server()
	note("settings", "no mistakes", err)
	note("store and master key", "they belong together", t.lookAtStore(note))
	m, err := remote{}.discover(t)
	note("server", "answers as "+m.Issuer, err)
	return t.diagnose(findings)
}

func (t *terminal) lookAtStore(note func(check, good string, err error)) error {
	ctx, cancel := context.WithTimeout(t.ctx, 10*time.Second)
	defer cancel()
	var store *bunstore.Store
	var keys *rotate.SigningKeys
	return t.with(func() error {
		head, err := store.Head(ctx)
		note("log", fmt.Sprintf("%d facts", head), err)
		all, err := keys.List(ctx)
		if err == nil && len(all) == 0 {
			err = errors.New("there are none; serve once")
		}
		note("signing keys", fmt.Sprintf("%d", len(all)), err)
		return nil
	}, &store, &keys)
}

func (t *terminal) diagnose(findings []finding) error {
	rows, healthy := [][]any{}, true
	for _, f := range findings {
		mark := "ok"
		if !f.OK {
			mark, healthy = "NOT OK", false
		}
		rows = append(rows, []any{mark, f.Check, f.Detail})
	}
	err := t.answer(findings, func() { t.table([]any{"", "CHECK", "FOUND"}, rows) })
	if err == nil && !healthy {
		err = errors.New("something is not right")
	}
	return err
}
