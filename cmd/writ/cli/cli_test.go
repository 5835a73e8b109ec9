package cli_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"writ/cmd/writ/cli"
)

// writ runs a command line on a data directory.
func writ(t *testing.T, dir, in string, args ...string) (out, errs string, code int) {
	t.Helper()
	var o, e bytes.Buffer
	args = append(args, "--data-dir", dir, "--nats-listen", "off")
	code = cli.Run(t.Context(), args, "test", strings.NewReader(in), &o, &e)
	return o.String(), e.String(), code
}

// must runs a command line that is to succeed, and reads its JSON answer.
func must(t *testing.T, dir, in string, args ...string) map[string]any {
	t.Helper()
	out, errs, code := writ(t, dir, in, append(args, "--json")...)
	if code != 0 {
		t.Fatalf("writ %s: exit %d: %s", strings.Join(args, " "), code, errs)
	}
	var answer map[string]any
	err := json.Unmarshal([]byte(out), &answer)
	if err != nil {
		t.Fatalf("writ %s: %v in %s", strings.Join(args, " "), err, out)
	}
	return answer
}

func TestAccountsAreKept(t *testing.T) {
	dir := t.TempDir()
	made := must(t, dir, "correct horse\n", "account", "create", "--handle", "Ada", "--id", "ada-1", "--password-stdin")
	if made["id"] != "ada-1" || made["handle"] != "ada" {
		t.Errorf("made %v", made)
	}
	changed := must(t, dir, "", "account", "permissions", "ada", "--set", "LIST_PROFILES,READ_PROFILE")
	if got := len(changed["permissions"].([]any)); got != 2 {
		t.Errorf("%d permissions", got)
	}
	if got := must(t, dir, "", "account", "suspend", "ada")["suspended"]; got != true {
		t.Errorf("suspended %v", got)
	}
	if got := must(t, dir, "", "account", "reinstate", "ada")["suspended"]; got != nil {
		t.Errorf("suspended %v", got)
	}
	if got := must(t, dir, "", "account", "delete", "ada-1")["deleted"]; got != true {
		t.Errorf("deleted %v", got)
	}
}

func TestClientsAreKept(t *testing.T) {
	dir := t.TempDir()
	made := must(t, dir, "", "client", "create", "--name", "Robot", "--type", "confidential",
		"--grant", "client_credentials", "--scope", "READ_PROFILE", "--id", "robot")
	secret, _ := made["client_secret"].(string)
	if made["client_id"] != "robot" || !strings.HasPrefix(secret, "sdoas_") || made["token_endpoint_auth_method"] != "client_secret_basic" {
		t.Errorf("made %v", made)
	}
	rotated := must(t, dir, "", "client", "rotate-secret", made["id"].(string))
	if rotated["client_secret"] == secret || rotated["client_id"] != "robot" {
		t.Errorf("rotated %v", rotated)
	}
	shown := must(t, dir, "", "client", "show", "robot")
	if _, told := shown["client_secret"]; told {
		t.Error("the secret is shown a second time")
	}
	must(t, dir, "", "account", "create", "--handle", "ada", "--id", "ada-1")
	must(t, dir, "", "client", "create", "--name", "Adas", "--type", "confidential",
		"--grant", "client_credentials", "--id", "adas", "--owner", "ada")
	for _, owner := range []string{"ada", "ada-1"} {
		out, errs, code := writ(t, dir, "", "client", "list", "--owner", owner)
		if code != 0 || !strings.Contains(out, "adas") || strings.Contains(out, "robot") {
			t.Errorf("the clients of %s, exit %d: %s%s", owner, code, out, errs)
		}
	}
	must(t, dir, "", "client", "delete", "robot")
	if _, errs, code := writ(t, dir, "", "client", "create", "--name", "Other", "--type", "public",
		"--grant", "device_code", "--id", "robot"); code != 1 || !strings.Contains(errs, "taken") {
		t.Errorf("a client id was given a second time: exit %d: %s", code, errs)
	}
}

func TestProfilesOnTheCommandLine(t *testing.T) {
	dir := t.TempDir()
	must(t, dir, "", "account", "create", "--handle", "ada", "--email", "ada@example.org", "--locale", "en-GB")
	changed := must(t, dir, "", "account", "profile", "ada", "--name", "Ada Lovelace", "--given-name", "Ada", "--locality", "London", "--email", "")
	if changed["name"] != "Ada Lovelace" || changed["locale"] != "en-GB" || changed["email"] != nil || changed["handle"] != "ada" {
		t.Errorf("changed to %v", changed)
	}
	if _, errs, code := writ(t, dir, "", "account", "profile", "ada", "--birthdate", "10.12.1815"); code != 1 || !strings.Contains(errs, "YYYY") {
		t.Errorf("exit %d: %s", code, errs)
	}
	must(t, dir, "", "account", "sign-out", "ada")
	out, _, _ := writ(t, dir, "", "events", "tail", "--json")
	if !strings.Contains(out, "signed_out") || strings.Contains(out, "Lovelace") {
		t.Errorf("the log: %s", out)
	}
}

func TestMistakesAreExplained(t *testing.T) {
	dir := t.TempDir()
	for name, c := range map[string]struct {
		args []string
		code int
		says string
	}{
		"unknown command":    {[]string{"fly"}, 2, "fly"},
		"missing flag":       {[]string{"account", "create"}, 2, "--handle"},
		"bad handle":         {[]string{"account", "create", "--handle", "a b"}, 1, "handle"},
		"bad e-mail":         {[]string{"account", "create", "--handle", "a", "--email", "a"}, 1, "e-mail"},
		"unknown permission": {[]string{"account", "create", "--handle", "a", "--permission", "FLY"}, 1, "catalogue"},
		"unknown account":    {[]string{"account", "suspend", "nobody"}, 1, "unknown account"},
		"unknown grant type": {[]string{"client", "create", "--name", "x", "--type", "public", "--grant", "password"}, 1, "password"},
		"hostile redirect":   {[]string{"client", "create", "--name", "x", "--type", "public", "--grant", "authorization_code", "--redirect-uri", "javascript:alert(1)"}, 1, "redirect"},
		"public with creds":  {[]string{"client", "create", "--name", "x", "--type", "public", "--grant", "client_credentials"}, 1, "confidential"},
		"unknown grant":      {[]string{"grant", "revoke", "x"}, 1, "no such grant"},
		"bad setting":        {[]string{"account", "show", "x", "--issuer", "http://id.example.org"}, 1, "WRIT_ISSUER"},
	} {
		t.Run(name, func(t *testing.T) {
			_, errs, code := writ(t, dir, "", c.args...)
			if code != c.code || !strings.Contains(errs, c.says) {
				t.Errorf("exit %d: %s", code, errs)
			}
		})
	}
	if out, _, _ := writ(t, dir, "", "events", "tail", "--json"); out != "" {
		t.Errorf("a mistake left facts:\n%s", out)
	}
}

func TestSettingsComeFromFlagsThenTheEnvironmentThenAFile(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "writ.yaml")
	err := os.WriteFile(file, []byte("code-ttl: 10s\nissuer: https://file.example\ncli:\n  client:\n    id: from-file\n"), 0o600)
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("WRIT_ISSUER", "https://environment.example")
	t.Setenv("WRIT_CLI_CLIENT_ID", "from-environment")
	t.Setenv("WRIT_DATABASE_URL", "postgres://writ:hush@db/writ")
	t.Setenv("WRIT_MASTER_KEY", "c2VjcmV0")
	values := must(t, dir, "", "config", "--config", file, "--issuer", "https://flag.example")
	for setting, want := range map[string]string{
		"WRIT_ISSUER": "https://flag.example", "WRIT_CLI_CLIENT_ID": "from-environment", "WRIT_CODE_TTL": "10s",
		"WRIT_MASTER_KEY": "[secret]", "WRIT_DATABASE_URL": "postgres://writ:xxxxx@db/writ",
	} {
		if values[setting] != want {
			t.Errorf("%s is %v, not %s", setting, values[setting], want)
		}
	}
}

func TestSettingsAreShownWithoutSecrets(t *testing.T) {
	for _, args := range [][]string{
		{"--master-key", "hush"},
		{"--nats-url", "nats://hush@broker.example:4222"},
		{"--nats-url", "nats://ada:hush@broker.example,nats://hush@other.example"},
		{"--nats-url", "ada:hush@broker.example:4222"},
		{"--database-url", "postgres://ada:hush@db.example/writ"},
		{"--database-url", "postgres://ada@db.example/writ?password=hush&sslpassword=hush"},
		{"--database-direct-url", "host=db.example password=hush"},
	} {
		out, errs, _ := writ(t, t.TempDir(), "", append(args, "config")...)
		if strings.Contains(out+errs, "hush") {
			t.Errorf("%v is shown in:\n%s%s", args, out, errs)
		}
	}
	out, _, _ := writ(t, t.TempDir(), "", "config", "--database-url", "postgres://ada@db.example/writ?sslmode=require", "--master-key", "x", "--nats-url", "broker.example:4222")
	for _, shown := range []string{"postgres://ada@db.example/writ?sslmode=require", "broker.example:4222"} {
		if !strings.Contains(out, shown) {
			t.Errorf("%s is not shown in:\n%s", shown, out)
		}
	}
}

func TestTheLogCanBeReadAndVerified(t *testing.T) {
	dir := t.TempDir()
	must(t, dir, "", "account", "create", "--handle", "ada", "--email", "ada@example.org")
	out, _, _ := writ(t, dir, "", "events", "tail", "--json")
	if lines := strings.Count(out, "\n"); lines != 2 {
		t.Errorf("%d facts:\n%s", lines, out)
	}
	if strings.Contains(out, "ada@example.org") {
		t.Error("the log shows an e-mail address")
	}
	report := must(t, dir, "", "verify")
	if report["facts"] != 2.0 || len(report["differences"].([]any)) != 0 {
		t.Errorf("verified %v", report)
	}
}

func TestKeysAreRotated(t *testing.T) {
	dir := t.TempDir()
	first := must(t, dir, "", "keys", "rotate", "--alg", "EdDSA")["kid"]
	second := must(t, dir, "", "keys", "rotate", "--alg", "EdDSA")["kid"]
	out, errs, _ := writ(t, dir, "", "keys", "list", "--json")
	var keys []map[string]any
	err := json.Unmarshal([]byte(out), &keys)
	if err != nil || len(keys) != 2 {
		t.Fatalf("%v: %s %s", err, out, errs)
	}
	for _, k := range keys {
		if _, retired := k["verifies_until"]; retired != (k["kid"] == first) || first == second {
			t.Errorf("key %v", k)
		}
	}
}
