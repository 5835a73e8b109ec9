package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"

	"github.com/jackc/pgx/v5"

	"writ/domain/oauth"
)

// copies fill a store with grants: each is like one that the server itself opened and refreshed, but
// has an id of its own, so that a refresh token for any of them can be minted.
type copies struct {
	conn   *pgx.Conn
	inside *inside
	like   []original
	made   int      // so far
	sample []copied // drawn from all that were made, each as likely as the others
}

// original is a grant that is copied.
type original struct {
	events     []stencil
	state      stencil
	generation uint32
	secret     [32]byte // of its live refresh token
}

// copied is a grant, and what it is like.
type copied struct {
	id   string
	like int
}

// rotations is how often an original was refreshed: with its opening that is five events.
const rotations = 4

// maxSample bounds the sample.
const maxSample = 250_000

// originals opens grants, refreshes them and reads their rows.
func (r *rig) originals(ctx context.Context) (*copies, error) {
	c := &copies{inside: r.world.inside}
	tokens, err := r.rotated(ctx)
	if err != nil {
		return nil, err
	}
	c.conn, err = pgx.Connect(ctx, r.dsn)
	if err != nil {
		return nil, err
	}
	for _, t := range tokens {
		o, err := c.read(ctx, t)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("read a grant that is to be copied: %w", err), c.conn.Close(ctx))
		}
		c.like = append(c.like, o)
	}
	return c, nil
}

// rotated are the refresh tokens of grants that were refreshed.
func (r *rig) rotated(ctx context.Context) ([]string, error) {
	opened, err := r.open(ctx, population, r.scope)
	if err != nil {
		return nil, err
	}
	c, err := dial(ctx, r.address())
	if err != nil {
		return nil, err
	}
	defer func() { _ = c.raw.Close() }()
	var tokens []string
	for _, p := range opened {
		t := deal(r.webHead(), []string{p.refresh}, 1)
		for range rotations {
			err = t.do(c, 0)
			if err != nil {
				return nil, err
			}
		}
		tokens = append(tokens, t.tokens[0][0])
	}
	return tokens, nil
}

// secretAt is where the secret stands in a refresh token.
const secretAt = 21

// read makes stencils of the rows of the grant of a refresh token.
func (c *copies) read(ctx context.Context, token string) (o original, err error) {
	opaque, good := c.inside.cast.Keys.Parse(oauth.RefreshToken, token)
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || !good || len(raw) < secretAt+len(o.secret) {
		return o, errors.Join(errors.New("the refresh token is not this server's"), err)
	}
	o.generation, o.secret = opaque.Generation(), [32]byte(raw[secretAt:])
	o.events, err = c.stencils(ctx, "events", opaque.ID())
	if err != nil {
		return o, err
	}
	states, err := c.stencils(ctx, "states", opaque.ID())
	if err == nil && (len(states) != 1 || len(o.events) != rotations+1) {
		err = fmt.Errorf("grant %s has %d events and %d states", opaque.ID(), len(o.events), len(states))
	}
	if err == nil {
		o.state = states[0]
	}
	return o, err
}

// stencils are those of a grant's rows in a table.
func (c *copies) stencils(ctx context.Context, table, grant string) ([]stencil, error) {
	columns, err := c.columns(ctx, table)
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	_, err = c.conn.PgConn().CopyTo(ctx, &text, "COPY (SELECT * FROM "+table+" WHERE stream = 'grant/"+grant+"' ORDER BY version) TO STDOUT")
	if err != nil {
		return nil, err
	}
	var all []stencil
	for line := range bytes.Lines(text.Bytes()) {
		all = append(all, stencilOf(line, columns, grant))
	}
	return all, nil
}

func (c *copies) columns(ctx context.Context, table string) ([]string, error) {
	found, err := c.conn.Query(ctx, "SELECT attname::text FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum", table)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(found, pgx.RowTo[string])
}

// load makes n more grants in one transaction, which holds the head of the log as every commit does.
func (c *copies) load(ctx context.Context, n int) error {
	made := make([]copied, n)
	for i := range made {
		made[i] = copied{c.inside.cast.Entropy.ID(), (c.made + i) % len(c.like)}
	}
	err := pgx.BeginFunc(ctx, c.conn, func(tx pgx.Tx) error { return c.write(ctx, tx, made) })
	if err != nil {
		return fmt.Errorf("copy %d grants: %w", n, err)
	}
	for _, m := range made {
		c.note(m)
	}
	return nil
}

// note keeps a grant in the sample, or does not.
func (c *copies) note(m copied) {
	c.made++
	if len(c.sample) < maxSample {
		c.sample = append(c.sample, m)
	} else if i := rand.IntN(c.made); i < maxSample { //nolint:gosec // a sample is no secret
		c.sample[i] = m
	}
}

func (c *copies) write(ctx context.Context, tx pgx.Tx, made []copied) error {
	var head int64
	err := tx.QueryRow(ctx, "UPDATE log_head SET position = position + $1 RETURNING position - $1", len(made)*(rotations+1)).Scan(&head)
	if err != nil {
		return err
	}
	err = c.copy(ctx, tx, "events", func(line []byte, m copied) []byte {
		for _, s := range c.like[m.like].events {
			head++
			line = s.append(line, filling{head, c.inside.cast.Entropy.ID(), m.id})
		}
		return line
	}, made)
	if err != nil {
		return err
	}
	return c.copy(ctx, tx, "states", func(line []byte, m copied) []byte {
		return c.like[m.like].state.append(line, filling{grant: m.id})
	}, made)
}

// copy writes the lines of grants into a table.
func (c *copies) copy(ctx context.Context, tx pgx.Tx, table string, lines func([]byte, copied) []byte, made []copied) error {
	from, to := io.Pipe()
	go func() {
		out := bufio.NewWriterSize(to, 1<<18)
		var line []byte
		var err error
		for i := 0; i < len(made) && err == nil; i++ {
			line = lines(line[:0], made[i])
			_, err = out.Write(line)
		}
		_ = to.CloseWithError(errors.Join(err, out.Flush()))
	}()
	_, err := tx.Conn().PgConn().CopyFrom(ctx, from, "COPY "+table+" FROM STDIN")
	return errors.Join(err, from.Close())
}

// draw takes n grants from the sample, in no order, and mints their refresh tokens.
func (c *copies) draw(n int) *pile {
	rand.Shuffle(len(c.sample), func(i, j int) { c.sample[i], c.sample[j] = c.sample[j], c.sample[i] }) //nolint:gosec // a sample is no secret
	n = min(n, len(c.sample))
	drawn := &pile{tokens: make([]string, n)}
	for i, m := range c.sample[len(c.sample)-n:] {
		o := c.like[m.like]
		drawn.tokens[i] = c.inside.cast.Keys.Mint(oauth.RefreshToken, m.id, o.generation, o.secret).Reveal()
	}
	c.sample = c.sample[:len(c.sample)-n]
	return drawn
}

// once refreshes each of some grants once.
type once struct {
	head string
	pile *pile
}

func (t once) do(c *conn, _ int) error {
	token, err := t.pile.next()
	if err != nil {
		return err
	}
	body, err := good(c.post(t.head, refreshForm+token))
	if err != nil {
		return err
	}
	if successor := member(body, "refresh_token"); successor == "" || successor == token {
		return errRotation
	}
	return checkAccess(body)
}
