package cli

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/boombuler/barcode/qr"
	"golang.org/x/oauth2"
)

type loginCommand struct {
	remote
	ClientID string   `help:"The client; default the built-in one."`
	Scope    []string `default:"openid profile offline_access" sep:" " help:"Scopes."`
	Show     bool     `help:"Print the tokens, too."`
}

// Run signs in on this device while the person decides in a browser, anywhere (RFC 8628).
func (c *loginCommand) Run(t *terminal) error {
	m, err := c.discover(t)
	if err != nil {
		return err
	}
	config := oauth2.Config{
		ClientID: c.ClientID, Scopes: c.Scope,
		Endpoint: oauth2.Endpoint{TokenURL: m.Token, DeviceAuthURL: m.Device, AuthStyle: oauth2.AuthStyleInParams},
	}
	if config.ClientID == "" {
		config.ClientID = t.settings.CLIClient
	}
	device, err := config.DeviceAuth(t.ctx)
	if err != nil {
		return refusalOf(err)
	}
	t.invite(device)
	token, err := config.DeviceAccessToken(t.ctx, device)
	if err != nil {
		return refusalOf(err)
	}
	return c.keep(t, m.Issuer, token)
}

// invite shows the person where to go. It is said on standard error, so that --json stays JSON.
func (t *terminal) invite(device *oauth2.DeviceAuthResponse) {
	fmt.Fprintf(t.err, "Open  %s\nand enter the code  %s\n\nor open this link, or scan it:\n%s\n\n%s\nWaiting…\n",
		device.VerificationURI, device.UserCode, device.VerificationURIComplete, picture(device.VerificationURIComplete))
}

// picture draws a QR code with half blocks, two rows of modules a line, with the quiet zone that
// scanners need.
func picture(text string) string {
	code, err := qr.Encode(text, qr.L, qr.Auto)
	if err != nil {
		return ""
	}
	const quiet = 2
	size := code.Bounds().Dx()
	dark := func(x, y int) bool {
		if x < 0 || y < 0 || x >= size || y >= size {
			return false
		}
		r, _, _, _ := code.At(x, y).RGBA()
		return r == 0
	}
	var b strings.Builder
	for y := -quiet; y < size+quiet; y += 2 {
		for x := -quiet; x < size+quiet; x++ {
			b.WriteString(halves[[2]bool{dark(x, y), dark(x, y+1)}])
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// halves are the light modules, drawn as blocks on a dark terminal.
var halves = map[[2]bool]string{
	{false, false}: "█", {false, true}: "▀", {true, false}: "▄", {true, true}: " ",
}

// keep stores the tokens where only this user can read them.
func (c *loginCommand) keep(t *terminal, issuer string, token *oauth2.Token) error {
	path, err := tokenFile()
	if err != nil {
		return err
	}
	data, err := json.MarshalIndent(map[string]any{
		"issuer": issuer, "access_token": token.AccessToken, "refresh_token": token.RefreshToken,
		"expiry": token.Expiry, "scope": token.Extra("scope"),
	}, "", "  ")
	if err != nil {
		return err
	}
	err = os.WriteFile(path, data, 0o600)
	if err != nil {
		return fmt.Errorf("keep the token: %w", err)
	}
	if c.Show && !t.json {
		t.say("%s", token.AccessToken)
	}
	return t.showToken(token, func() { t.say("signed in at %s; the token is in %s", issuer, path) })
}

func tokenFile() (string, error) {
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", fmt.Errorf("find the directory of settings: %w", err)
	}
	dir = filepath.Join(dir, "writ")
	return filepath.Join(dir, "token.json"), os.MkdirAll(dir, 0o700)
}
