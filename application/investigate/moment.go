package investigate

import (
	"context"
	"fmt"
	"slices"
	"time"

	"writ/domain/account"
	"writ/domain/authorization"
	"writ/domain/client"
	"writ/domain/device"
	"writ/domain/event"
	"writ/domain/grant"
	"writ/domain/oauth"
	"writ/ports"
)

// MomentCommand asks what was true for an account at a moment.
type MomentCommand struct {
	Account oauth.AccountID
	At      time.Time
}

// Picture is what was true for an account at a moment, as its log tells it.
type Picture struct {
	Account     oauth.AccountID `json:"account"`
	At          time.Time       `json:"at"`
	Standing    Standing        `json:"standing"`
	Permissions oauth.Scope     `json:"permissions"`
	Grants      []Held          `json:"grants"`   // oldest first
	Approved    []Promise       `json:"approved"` // oldest first
	Owned       []Owned         `json:"owned"`
	Because     []Happening     `json:"because"` // what made the account so
}

// Held is a grant by which a client could do something then.
type Held struct {
	Grant       string          `json:"grant"`
	Client      oauth.ClientID  `json:"client_id"`
	ClientName  string          `json:"client_name,omitempty"` // as it was called then
	Via         oauth.GrantType `json:"via"`
	By          string          `json:"by,omitempty"`    // what allowed it: a "session" or an "access key"
	ByID        string          `json:"by_id,omitempty"` // its id
	Opened      time.Time       `json:"opened_at"`
	Scope       oauth.Scope     `json:"scope"`             // of the grant
	Refreshable bool            `json:"refreshable"`       // else there was only an access token left
	Until       time.Time       `json:"until"`             // when the last of its tokens would have expired
	AccessUntil time.Time       `json:"access_until"`      // of the access tokens that were out, the last one's end
	AccessScope oauth.Scope     `json:"access_scope"`      // of the last access token
	Revoked     time.Time       `json:"revoked,omitzero"`  // before that moment: its access token was still out
	AtRefresh   oauth.Scope     `json:"at_refresh"`        // what its next refresh would have left
	Refused     string          `json:"refused,omitempty"` // why its next refresh would have been refused
	Because     []Happening     `json:"because"`
}

// Promise is an approval for which no tokens had been issued yet.
type Promise struct {
	ID      string          `json:"id"`
	Client  oauth.ClientID  `json:"client_id"`
	Via     oauth.GrantType `json:"via"`
	Scope   oauth.Scope     `json:"scope"`
	Until   time.Time       `json:"until"`
	Because []Happening     `json:"because"`
}

// Owned is a client that could get tokens on its own behalf, the subject of which is the account that
// owns it. The tokens that it had are not in it: each is a fact of its own.
type Owned struct {
	Client  oauth.ClientID `json:"client_id"`
	Name    string         `json:"client_name"`
	Scope   oauth.Scope    `json:"scope"`
	Because []Happening    `json:"because"`
}

// Moment answers which clients could do what for an account at a moment, and why. It is safe for
// concurrent use.
type Moment struct {
	history
	past       ports.Past
	belongings ports.Belongings
	server     *oauth.Server
}

// NewMoment wires the use case.
func NewMoment(p ports.Past, b ports.Belongings, a ports.Annals, s *oauth.Server) *Moment {
	return &Moment{history: history{annals: a}, past: p, belongings: b, server: s}
}

// Execute answers. What happened at that very moment counts. An account that never was is
// account.ErrUnknown. Which resources are served is a setting, so it is judged as of now.
func (uc *Moment) Execute(ctx context.Context, cmd MomentCommand) (Picture, error) {
	streams, err := uc.belongings.Streams(ctx, string(cmd.Account))
	if err != nil {
		return Picture{}, fmt.Errorf("list what belongs to account %s: %w", cmd.Account, err)
	}
	if len(streams) == 0 {
		return Picture{}, account.ErrUnknown
	}
	s := &scene{Moment: uc, at: cmd.At, account: account.Named(cmd.Account), seen: map[event.Stream]seen{}}
	err = s.paint(ctx, streams)
	return s.picture, err
}

// scene is a picture in the making.
type scene struct {
	*Moment
	at      time.Time
	account *account.Account
	seen    map[event.Stream]seen // clients and sessions, which several grants may have in common
	picture Picture
}

// seen is an aggregate as it was then, with the facts that explain it.
type seen struct {
	aggregate event.Aggregate
	because   []event.Fact
}

func (s *scene) paint(ctx context.Context, streams []event.Stream) error {
	made, err := s.past.AsOf(ctx, s.at, s.account)
	if err != nil {
		return err
	}
	s.picture = Picture{
		Account: s.account.AccountID(), At: s.at, Standing: standingOf(s.account), Permissions: s.account.Permissions(),
		Grants: []Held{}, Approved: []Promise{}, Owned: []Owned{},
	}
	s.picture.Because, err = s.happenings(ctx, accountReasons(made))
	for _, stream := range streams {
		if err == nil && s.mayMatter(stream) {
			err = s.add(ctx, stream)
		}
	}
	return err
}

// mayMatter leaves out, by when their ids were made, what had not begun then and what had long come
// to an end.
func (s *scene) mayMatter(stream event.Stream) bool {
	const longest = 24 * time.Hour // that an approval waits for its redemption
	made, known := secondOf(stream.ID)
	switch stream.Kind {
	case grant.Kind:
		return !known || made.Before(s.at.Add(straggling))
	case authorization.Kind, device.Kind:
		return !known || made.Before(s.at.Add(straggling)) && made.After(s.at.Add(-longest))
	default:
		return stream.Kind == client.Kind
	}
}

func (s *scene) add(ctx context.Context, stream event.Stream) error {
	switch stream.Kind {
	case grant.Kind:
		return s.addGrant(ctx, grant.Named(stream.ID))
	case authorization.Kind:
		return s.addAuthorization(ctx, authorization.Named(stream.ID))
	case device.Kind:
		return s.addDevice(ctx, device.Named(stream.ID))
	default:
		return s.addOwned(ctx, client.Named(oauth.ClientID(stream.ID)))
	}
}

func (s *scene) addGrant(ctx context.Context, g *grant.Grant) error {
	made, err := s.past.AsOf(ctx, s.at, g)
	state := g.View()
	if err != nil || !g.Exists() || !s.at.Before(tokensEnd(state)) {
		return err
	}
	c, err := s.client(ctx, state.Client)
	if err != nil {
		return err
	}
	led, err := s.ledTo(ctx, g)
	if err != nil {
		return err
	}
	held := s.held(g, c.aggregate.(*client.Client))
	held.Because, err = s.happenings(ctx, inOrder(led, c.because, latest(made)))
	s.picture.Grants = append(s.picture.Grants, held)
	return err
}

// tokensEnd is when the last token of a grant expires. Access tokens that are out outlive a
// revocation.
func tokensEnd(s grant.State) time.Time {
	if !s.Revoked.IsZero() || s.AccessUntil.After(s.Ends()) {
		return s.AccessUntil
	}
	return s.Ends()
}

func (s *scene) held(g *grant.Grant, c *client.Client) Held {
	state := g.View()
	h := Held{
		Grant: g.ID(), Client: state.Client, ClientName: c.View().Name, Via: state.Via, Opened: state.Opened, Scope: state.Scope,
		Refreshable: refreshable(state, s.at), Until: tokensEnd(state), AccessUntil: state.AccessUntil, AccessScope: state.Scoped,
		Revoked: state.Revoked,
	}
	switch {
	case state.Key != "":
		h.By, h.ByID = "access key", state.Key
	case state.Session != "":
		h.By, h.ByID = "session", state.Session
	}
	h.AtRefresh, h.Refused = outlook(s.server, g, c, s.account, s.at)
	return h
}

func (s *scene) addAuthorization(ctx context.Context, z *authorization.Authorization) error {
	made, err := s.past.AsOf(ctx, s.at, z)
	e := *z.State().(*authorization.State)
	if err != nil || !z.Exists() || e.Denied || e.Spent || !s.at.Before(e.Until) {
		return err
	}
	p := Promise{ID: z.ID(), Client: e.Client, Via: oauth.AuthorizationCodeGrant, Scope: e.Scope, Until: e.Until}
	p.Because, err = s.happenings(ctx, made)
	s.picture.Approved = append(s.picture.Approved, p)
	return err
}

func (s *scene) addDevice(ctx context.Context, d *device.Device) error {
	made, err := s.past.AsOf(ctx, s.at, d)
	state := d.View()
	if err != nil || state.Approved == nil || state.Redeemed || !s.at.Before(state.Until) {
		return err
	}
	p := Promise{ID: d.ID(), Client: state.Client, Via: oauth.DeviceCodeGrant, Scope: state.Approved.Scope, Until: state.Until}
	p.Because, err = s.happenings(ctx, made)
	s.picture.Approved = append(s.picture.Approved, p)
	return err
}

func (s *scene) addOwned(ctx context.Context, named *client.Client) error {
	known, err := s.client(ctx, oauth.ClientID(named.ID()))
	if err != nil {
		return err
	}
	c := known.aggregate.(*client.Client)
	mine := c.View().Owner == s.account.AccountID() && c.Active() && s.account.Served() == nil
	if !mine || !slices.Contains(c.View().Grants, oauth.ClientCredentialsGrant) {
		return nil
	}
	scope, err := c.Allowance(s.account.Permissions()).ForClientItself("")
	if err != nil {
		return err
	}
	o := Owned{Client: c.ClientID(), Name: c.View().Name, Scope: scope}
	o.Because, err = s.happenings(ctx, known.because)
	s.picture.Owned = append(s.picture.Owned, o)
	return err
}
