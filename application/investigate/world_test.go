package investigate_test

import (
	"context"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"writ/adapters/eventsourcing"
	"writ/adapters/eventsourcing/ledgertest"
	"writ/application/investigate"
	"writ/application/issue"
	"writ/domain/authorization"
	"writ/domain/client"
	"writ/domain/device"
	"writ/domain/event"
	"writ/domain/grant"
	"writ/domain/oauth"
	"writ/domain/session"
	"writ/domain/token"
	"writ/ports"
)

const (
	redirect oauth.RedirectURI  = "https://app.example/cb"
	verifier oauth.CodeVerifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
	all      oauth.Scope        = "openid offline_access CREATE_POST MANAGE_POSTS"
	held     oauth.Scope        = "CREATE_POST MANAGE_POSTS USE_OAUTH_CLIENTS"
)

var settings = client.Settings{
	Name: "App", Confidential: true, AuthMethod: oauth.AuthClientSecretBasic, Policy: oauth.Explicit, RequirePKCE: true,
	RedirectURIs: []oauth.RedirectURI{redirect}, Grants: oauth.GrantTypes, Allowed: all,
}

var app = client.Credentials{ID: "app", Method: oauth.AuthClientSecretBasic, Secret: "secret"}

// xids are ids like those of the real server, which tell the second that they were made in.
type xids struct {
	*ledgertest.Entropy

	clock  *ledgertest.Clock
	serial atomic.Uint64
}

var encoding = base32.NewEncoding("0123456789abcdefghijklmnopqrstuv").WithPadding(base32.NoPadding)

// ID implements ports.Entropy.
func (x *xids) ID() string {
	raw := binary.BigEndian.AppendUint32(nil, uint32(x.clock.Now().Unix()))
	return encoding.EncodeToString(binary.BigEndian.AppendUint64(raw, x.serial.Add(1)))
}

// reads counts what the log is asked.
type reads struct {
	*ledgertest.Store

	n, facts int
}

// Read implements ports.EventFeed.
func (r *reads) Read(ctx context.Context, after event.Position, limit int) ([]event.Fact, error) {
	facts, err := r.Store.Read(ctx, after, limit)
	r.n++
	r.facts += len(facts)
	return facts, err
}

// world is one in which odin owns the client app, with the questions that can be asked about it.
type world struct {
	*ledgertest.World

	t           testing.TB
	ids         *xids
	feed        *reads
	events      *investigate.Events
	moment      *investigate.Moment
	explanation *investigate.Explanation
	audit       *investigate.Audit
	code        *issue.ByAuthorizationCode
	refresh     *issue.ByRefreshToken
	device      *issue.ByDeviceCode
	own         *issue.ByClientCredentials
	codes       byte
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{World: ledgertest.New(t), t: t}
	w.ids = &xids{Entropy: w.Entropy, clock: w.Clock}
	w.Ledger = eventsourcing.NewLedger(w.Store, w.Keeper, w.ids)
	w.feed = &reads{Store: w.Store}
	annals, past := eventsourcing.NewAnnals(eventsourcing.NewParties(w.Store)), eventsourcing.NewPast(w.Ledger)
	w.events = investigate.NewEvents(w.feed, annals)
	w.audit = investigate.NewAudit(w.feed, annals)
	w.moment = investigate.NewMoment(past, w.Store, annals, w.Server)
	w.explanation = investigate.NewExplanation(w.feed, annals, past, w.Signer, w.Server, w.Keys, w.Clock)
	l, s, k, c := w.Ledger, w.Server, w.Keys, w.Clock
	w.code = issue.NewByAuthorizationCode(l, s, k, w.Signer, c, w.ids)
	w.refresh = issue.NewByRefreshToken(l, w.Notes, s, k, w.Signer, c, w.ids)
	w.device = issue.NewByDeviceCode(l, w.Notes, s, k, w.Signer, c, w.ids)
	w.own = issue.NewByClientCredentials(l, s, w.Signer, c, w.ids)
	w.Account("odin", held)
	w.Client("app", "odin", settings)
	return w
}

// signsIn begins a session of odin's.
func (w *world) signsIn() session.Visitor {
	w.t.Helper()
	token := w.Keys.Mint(oauth.SessionToken, w.ids.ID(), 0, [32]byte{1})
	s := session.Unstarted(token.ID())
	w.Decide(func() error {
		s.Start(session.Started{Account: "odin", Token: token.Digest(), AMR: []string{"pwd"}, UserAgent: "a secret browser"}, w.Clock.Now())
		return nil
	}, s)
	return session.Visitor{Session: s.ID(), Account: "odin", AuthTime: w.Clock.Now(), AMR: s.View().AMR}
}

// approves gives a code that odin approved for app.
func (w *world) approves(v session.Visitor, key string) oauth.Opaque {
	w.t.Helper()
	w.codes++
	code := w.Keys.Mint(oauth.AuthorizationCode, w.ids.ID(), 0, [32]byte{w.codes})
	a, now := authorization.Undecided(code.ID()), w.Clock.Now()
	w.Decide(func() error {
		return a.Approve(authorization.Approved{
			Client: "app", Account: "odin", Session: v.Session, Key: key, Redirect: redirect, Scope: all, Challenge: verifier.Challenge(),
			Code: code.Digest(), AuthTime: v.AuthTime, AMR: v.AMR, Until: now.Add(w.Server.Lifetimes.Code),
		}, now)
	}, a)
	return code
}

func (w *world) redeems(code oauth.Opaque) (issue.Tokens, error) {
	return w.code.Execute(w.t.Context(), issue.AuthorizationCodeCommand{Client: app, Code: code.Reveal(), Redirect: redirect, Verifier: verifier})
}

// opens signs odin in and gives the tokens of a grant to app, with the grant's id.
func (w *world) opens() (issue.Tokens, string) {
	w.t.Helper()
	code := w.approves(w.signsIn(), "")
	tokens, err := w.redeems(code)
	if err != nil {
		w.t.Fatal(err)
	}
	return tokens, code.ID()
}

func (w *world) refreshes(t issue.Tokens) issue.Tokens {
	w.t.Helper()
	next, err := w.refresh.Execute(w.t.Context(), issue.RefreshTokenCommand{Client: app, Token: t.Refresh.Reveal()})
	if err != nil {
		w.t.Fatal(err)
	}
	return next
}

// asks begins a device authorization of app's.
func (w *world) asks() oauth.Opaque {
	w.t.Helper()
	code := w.Keys.Mint(oauth.DeviceCode, w.ids.ID(), 0, [32]byte{9})
	d, now := device.Unrequested(code.ID()), w.Clock.Now()
	w.Decide(func() error {
		d.Request(device.Requested{
			Client: "app", Scope: all, Code: code.Digest(), UserCode: code.ID(), Until: now.Add(w.Server.Lifetimes.DeviceCode),
		}, now)
		return nil
	}, d)
	return code
}

func (w *world) changeDevice(code oauth.Opaque, change func(*device.Device) error) {
	w.t.Helper()
	d := device.Named(code.ID())
	w.Decide(func() error { return change(d) }, d)
}

func (w *world) changeGrant(id string, change func(*grant.Grant)) {
	w.t.Helper()
	g := grant.Named(id)
	w.Decide(func() error { change(g); return nil }, g)
}

// explain asks about something that is known.
func (w *world) explain(of string) investigate.Chain {
	w.t.Helper()
	chain, err := w.explanation.Execute(w.t.Context(), investigate.ExplainCommand{Of: oauth.Secret(of)})
	if err != nil {
		w.t.Fatal(err)
	}
	return chain
}

// at asks what was true for odin.
func (w *world) at(moment time.Time) investigate.Picture {
	w.t.Helper()
	p, err := w.moment.Execute(w.t.Context(), investigate.MomentCommand{Account: "odin", At: moment})
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

// steps are the names of a chain's facts; the one that issued the token has a star.
func steps(c investigate.Chain) []string {
	var all []string
	for _, s := range c.Steps {
		name := s.Name
		if s.Issued {
			name += " *"
		}
		all = append(all, name)
	}
	return all
}

func happened(all []investigate.Happening) []string {
	names := []string{}
	for _, h := range all {
		names = append(names, h.Name)
	}
	return names
}

func named(records []ports.Record) []string {
	names := []string{}
	for _, r := range records {
		names = append(names, fmt.Sprintf("%d %s.%s", r.Position, r.Stream.Kind, r.Name))
	}
	return names
}

// jwt is a token that does not verify.
func jwt(t *testing.T, claims token.AccessClaims) string {
	t.Helper()
	payload, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	return "e30." + base64.RawURLEncoding.EncodeToString(payload) + ".AAAA"
}
