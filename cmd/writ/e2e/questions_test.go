package e2e_test

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/oauth2"

	"writ/cmd/writ/e2e/harness"
	"writ/ports/portstest/req"
)

var update = flag.Bool("update", false, "rewrite what questions are answered")

// recorded is a line of writ events tail --json.
type recorded struct {
	Position int64
	ID       string
	Stream   string
	Name     string
	At       time.Time
	Account  string `json:"account_id"`
	What     string
	Data     map[string]any
}

func (r recorded) full() string {
	kind, _, _ := strings.Cut(r.Stream, "/")
	return kind + "." + r.Name
}

// tail reads the log as a program does.
func (w *world) tail(args ...string) []recorded {
	w.t.Helper()
	return linesOf[recorded](w.t, w.says("", append([]string{"events", "tail", "--json"}, args...)...))
}

// says is what a command prints.
func (w *world) says(stdin string, args ...string) string {
	w.t.Helper()
	out, err := w.CLIWith(stdin, args...)
	if err != nil {
		w.t.Fatal(err)
	}
	return string(out)
}

func linesOf[T any](t *testing.T, text string) []T {
	t.Helper()
	var all []T
	for decoder := json.NewDecoder(strings.NewReader(text)); decoder.More(); {
		var one T
		if err := decoder.Decode(&one); err != nil {
			t.Fatal(err)
		}
		all = append(all, one)
	}
	return all
}

func eventsOf(all []recorded) []string {
	names := []string{}
	for _, r := range all {
		names = append(names, r.full())
	}
	return names
}

// theft is a grant that was refreshed, narrowed and stolen, and everything that a person may ask
// about it.
type theft struct {
	*world
	ada    person
	tokens []*oauth2.Token
	grant  string
}

func steal(t *testing.T, w *world) theft {
	t.Helper()
	s := theft{world: w, ada: w.hire("ada", "CREATE_POST", "READ_PROFILE", "USE_OAUTH_CLIENTS")}
	notes := w.register("Notes", "public", "authorization_code refresh_token", "--redirect-uri", callback, "--scope", allScope, "--id", "notes")
	s.tokens = []*oauth2.Token{w.allow(s.ada, notes, wide)}
	s.tokens = append(s.tokens, w.mustRefresh(notes, s.tokens[0]))
	w.Ask(nil, "account", "permissions", s.ada.Handle, "--set", "READ_PROFILE,USE_OAUTH_CLIENTS")
	s.tokens = append(s.tokens, w.mustRefresh(notes, s.tokens[1]))
	_, err := w.refresh(notes, s.tokens[0])
	refusedWith(t, err, "invalid_grant")
	opened := w.tail("--kind", "grant.opened")
	_, s.grant, _ = strings.Cut(opened[0].Stream, "/")
	return s
}

func TestPeopleAskTheLog(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *world) {
		s := steal(t, w)
		t.Run("where a token came from", s.isExplained)
		t.Run("what could be done at a moment", s.isPictured)
		t.Run("what happened", s.isTailed)
		t.Run("what an audit wants", s.isAudited)
	})
}

// explained is what writ explain --json answers.
type explained struct {
	Of, State, Grant string
	Token            struct{ Authentic bool }
	Steps            []step
}

type step struct {
	Name   string
	Issued bool
}

func (s theft) isExplained(t *testing.T) {
	answered(t, "explain-refresh-token", s.says("", "explain", s.tokens[1].RefreshToken))
	answered(t, "explain-access-token", s.says(s.tokens[2].AccessToken+"\n", "explain", "-"))
	var chain explained
	s.AskWith(s.tokens[0].AccessToken, &chain, "explain", "-")
	if chain.Of != "access token" || chain.State != "revoked" || !chain.Token.Authentic || chain.Grant != s.grant {
		t.Errorf("the chain is %+v", chain)
	}
	if at := slices.IndexFunc(chain.Steps, func(step step) bool { return step.Issued }); chain.Steps[at].Name != "grant.opened" {
		t.Errorf("its token was not issued when the grant was opened: %+v", chain.Steps)
	}
	altered := s.tokens[0].AccessToken[:len(s.tokens[0].AccessToken)-8] + "AAAAAAAA"
	if s.Ask(&chain, "explain", altered); chain.State != "forged" || chain.Token.Authentic {
		t.Errorf("an altered token is %+v", chain)
	}
	said := s.says("", "explain", s.grant) + s.says("", "explain", s.tokens[1].RefreshToken, "--json")
	for _, token := range s.tokens {
		if strings.Contains(said, token.RefreshToken) || strings.Contains(said, token.AccessToken) {
			t.Error("the answer shows a token")
		}
	}
	for _, of := range []string{"nothing", "d6i2kv0000000000003g"} {
		if _, err := s.CLI("explain", of); err == nil || !strings.Contains(err.Error(), "nothing is known of this") {
			t.Errorf("of %s it is said: %v", of, err)
		}
	}
}

func (s theft) isPictured(t *testing.T) {
	refreshed := s.tail("--kind", "grant.refreshed")
	answered(t, "at-refresh", s.says("", "at", refreshed[0].At.Format(time.RFC3339Nano), "--account", "ada"))
	answered(t, "at-end", s.says("", "at", "now", "--account", s.ada.ID))
	var picture struct {
		Standing string
		Grants   []struct {
			Scope     string
			AtRefresh string `json:"at_refresh"`
		}
	}
	s.Ask(&picture, "at", refreshed[1].At.Add(-time.Microsecond).Format(time.RFC3339Nano), "--account", "ada")
	if len(picture.Grants) != 1 || picture.Grants[0].Scope != wide || picture.Grants[0].AtRefresh != "openid offline_access READ_PROFILE" {
		t.Errorf("before the second refresh it was %+v", picture)
	}
	if s.Ask(&picture, "at", "2001-01-01", "--account", "ada"); picture.Standing != "unknown" || len(picture.Grants) != 0 {
		t.Errorf("before everything it was %+v", picture)
	}
	for says, args := range map[string][]string{
		"yet to come": {"at", "2999-01-01", "--account", "ada"}, "is no time": {"at", "soon", "--account", "ada"}, "unknown account": {"at", "now", "--account", "eve"},
	} {
		if _, err := s.CLI(args...); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("writ %v says %v", args, err)
		}
	}
}

func (s theft) isTailed(t *testing.T) {
	family := []string{
		"grant.opened", "grant.refreshed", "grant.narrowed", "grant.refreshed", "grant.refresh_token_reused", "grant.revoked",
	}
	all := s.tail("--kind", "grant", "--client", "notes", "--account", "ada")
	if diff := cmp.Diff(family, eventsOf(all)); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	rest := s.tail("--kind", "grant", "--from", fmt.Sprint(all[2].Position))
	if diff := cmp.Diff(family[3:], eventsOf(rest)); diff != "" {
		t.Errorf("resumed (-want +got):\n%s", diff)
	}
	if late := s.tail("--kind", "grant-revoked,refresh-token-reused", "--from", all[0].At.Format(time.RFC3339Nano)); len(late) != 2 {
		t.Errorf("from a time on came %v", eventsOf(late))
	}
	if none := s.tail("--from", "2h", "--kind", "device"); len(none) != 0 {
		t.Errorf("in vain came %v", eventsOf(none))
	}
	answered(t, "tail", s.says("", "events", "tail", "--kind", "grant"))
	for _, id := range []string{all[5].ID, fmt.Sprint(all[5].Position)} {
		answered(t, "show", s.says("", "events", "show", id))
	}
	var shown recorded
	if s.Ask(&shown, "events", "show", all[2].ID); shown.Data["lost"] != "CREATE_POST" || shown.Account != s.ada.ID {
		t.Errorf("shown is %+v", shown)
	}
	for says, args := range map[string][]string{
		"grant.revoked": {"tail", "--kind", "grants"}, "unknown client": {"tail", "--client", "x"}, "unknown account": {"tail", "--account", "x"},
		"is no time": {"tail", "--from", "x"}, "not found": {"show", "999999"},
	} {
		if _, err := s.CLI(append([]string{"events"}, args...)...); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("writ events %v says %v", args, err)
		}
	}
}

func (s theft) isAudited(t *testing.T) {
	req.Covers(t, "R-266")
	s.register("Sums", "public", "authorization_code", "--redirect-uri", callback, "--id", "=1+1")
	table, err := csv.NewReader(strings.NewReader(s.says("", "audit", "--since", "1h ago", "--format", "csv"))).ReadAll()
	if err != nil || !slices.Equal(table[0], []string{"time", "position", "event", "what", "actor", "account", "client", "subject", "outcome", "cause"}) {
		t.Fatalf("the head is %v (%v)", table[0], err)
	}
	if last := table[len(table)-1]; last[6] != "'=1+1" || last[2] != "client.registered" {
		t.Errorf("the last line is %q", last)
	}
	lines := linesOf[map[string]any](t, s.says("", "audit", "--since", "1h ago", "--format", "jsonl"))
	if len(lines) != len(table)-1 {
		t.Errorf("%d lines and %d rows", len(lines), len(table)-1)
	}
	text := s.says("", "audit", "--since", "2001-01-01")
	if strings.Count(text, " alarm ") != 2 || strings.Contains(text, "grant.refreshed") || strings.Contains(text, "ada@example.org") {
		t.Errorf("the audit is\n%s", text)
	}
	if nothing := s.says("", "audit", "--since", "2001-01-01", "--until", "2002-01-01", "--format", "csv"); strings.Count(nothing, "\n") != 1 {
		t.Errorf("nothing happened: %s", nothing)
	}
}

func TestWhatWasErasedCanStillBeAsked(t *testing.T) {
	t.Parallel()
	w := serve(t, harness.Options{})
	ada, notes := w.hire("ada"), w.native()
	token := w.allow(ada, notes, wide)
	then := w.tail("--kind", "grant.opened")[0].At
	w.Ask(nil, "account", "delete", ada.ID)
	if said := w.says("", "at", then.Format(time.RFC3339Nano), "--account", ada.ID); !strings.Contains(said, "could refresh until") || !strings.Contains(said, "was active") {
		t.Errorf("then: %s", said)
	}
	if said := w.says("", "explain", token.RefreshToken); !strings.Contains(said, "account is deleted") || strings.Contains(said, "Ada") {
		t.Errorf("explained: %s", said)
	}
}

func TestTailFollows(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *world) {
		ada := w.hire("ada")
		var out, errs screen
		w.Begin(&out, &errs, "events", "tail", "--follow", "--json", "--account", ada.ID, "--kind", "account.suspended,account.reinstated")
		for _, command := range []string{"suspend", "reinstate", "suspend"} {
			w.Ask(nil, "account", command, ada.Handle)
		}
		w.Until("three events are told", func() bool { return strings.Count(out.String(), "\n") >= 3 })
		if got := eventsOf(linesOf[recorded](t, out.String())); !slices.Equal(got, []string{"account.suspended", "account.reinstated", "account.suspended"}) {
			t.Errorf("told of %v: %s", got, errs.String())
		}
	})
}

// differing are the parts of answers that differ from run to run.
var differing = []struct {
	pattern *regexp.Regexp
	instead string
}{
	{regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z`), "<time>"},
	{regexp.MustCompile(`\b[0-9a-v]{20}\b`), "<id>"},
	{regexp.MustCompile(`(?m)^(→?|position) +\d+( |$)`), "$1 <n>$2"},
}

// answered compares what people are told with what they were told before.
func answered(t *testing.T, name, text string) {
	t.Helper()
	for _, d := range differing {
		text = d.pattern.ReplaceAllString(text, d.instead)
	}
	path := filepath.Join("testdata", "answers", name+".txt")
	if *update {
		err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o600))
		if err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), text); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}
