package cli

import (
	"fmt"
	"os"
	"time"

	"writ/application/rotate"
	"writ/domain/oauth"
)

type keysCommand struct {
	List   keysList   `cmd:"" help:"List signing keys."`
	Rotate keysRotate `cmd:"" help:"Publish a new key; it signs when every cache has seen it."`
	Import keysImport `cmd:"" help:"Publish a private key from a PEM file, as rotate does."`
	Forget keysForget `cmd:"" help:"Take a key out of the key set at once: what it signed is believed no more."`
}

// keyView is a signing key as the command line shows it.
type keyView struct {
	KID     string           `json:"kid"`
	Alg     oauth.SigningAlg `json:"alg"`
	Signs   time.Time        `json:"signs_from"`
	Retired *time.Time       `json:"retires_at,omitempty"`
	Until   *time.Time       `json:"verifies_until,omitempty"`
	Lost    bool             `json:"forgotten,omitempty"`
}

type keysList struct{}

// Run lists keys.
func (*keysList) Run(t *terminal) error {
	var uc *rotate.SigningKeys
	return t.with(func() error {
		keys, err := uc.List(t.ctx)
		if err != nil {
			return err
		}
		views, rows := []keyView{}, [][]any{}
		for _, k := range keys {
			v := keyView{KID: k.KID, Alg: k.Alg, Signs: k.Signs, Lost: k.Forgotten}
			until := "-"
			if !k.Until.IsZero() {
				v.Retired, v.Until = &k.RetiredAt, &k.Until
				until = k.Until.Format(time.RFC3339)
			}
			views = append(views, v)
			rows = append(rows, []any{v.KID, v.Alg, v.Signs.Format(time.RFC3339), until, v.Lost})
		}
		return t.answer(views, func() { t.table([]any{"KID", "ALG", "SIGNS FROM", "VERIFIES UNTIL", "FORGOTTEN"}, rows) })
	}, &uc)
}

type keysRotate struct {
	Alg string `default:"ES256" enum:"ES256,RS256,EdDSA" help:"ES256, RS256 or EdDSA."`
}

// Run publishes a new key.
func (c *keysRotate) Run(t *terminal) error {
	var uc *rotate.SigningKeys
	return t.with(func() error {
		kid, err := uc.Rotate(t.ctx, oauth.SigningAlg(c.Alg))
		if err != nil {
			return err
		}
		return t.showKey(kid)
	}, &uc)
}

func (t *terminal) showKey(kid string) error {
	return t.answer(map[string]string{"kid": kid}, func() { t.say("published %s; writ keys list says from when on it signs", kid) })
}

type keysImport struct {
	File string `arg:"" type:"existingfile" help:"Private key in PEM."`
}

// Run publishes the key.
func (c *keysImport) Run(t *terminal) error {
	pem, err := os.ReadFile(c.File)
	if err != nil {
		return fmt.Errorf("read the key: %w", err)
	}
	var uc *rotate.SigningKeys
	return t.with(func() error {
		kid, err := uc.Import(t.ctx, pem)
		if err != nil {
			return err
		}
		return t.showKey(kid)
	}, &uc)
}

type keysForget struct {
	KID string `arg:"" name:"kid" help:"The key's id."`
}

// Run forgets the key.
func (c *keysForget) Run(t *terminal) error {
	var uc *rotate.SigningKeys
	return t.with(func() error {
		err := uc.Forget(t.ctx, c.KID)
		if err != nil {
			return fmt.Errorf("key %s: %w", c.KID, err)
		}
		return t.answer(map[string]string{"forgotten": c.KID}, func() { t.say("forgotten %s", c.KID) })
	}, &uc)
}
