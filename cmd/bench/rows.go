package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// The rows of the tables.
const (
	credentialsRow = "client_credentials"
	refreshRow     = "refresh_token"
	codeRow        = "code + ID token"
	elsewhereRow   = "code, from elsewhere"
	deviceRow      = "device + poll"
	introspectRow  = "introspection"
	userinfoRow    = "userinfo"
	freshInspect   = "introspection, new"
	freshUserinfo  = "userinfo, new"
	discoveryRow   = "discovery"
	keySetRow      = "key set"
)

// row is one kind of work as the tables show it.
type row struct {
	name    string
	prepare func(context.Context, *rig, need) (trade, error)
}

// rows are all of them, in the order of the tables. Codes are approved at the server, or, as if at another
// replica, by somebody else in its store. The tokens of the new questions were never seen before, those
// of the others were.
var rows = []row{
	{credentialsRow, func(_ context.Context, r *rig, _ need) (trade, error) { return newCredentials(r.machineHead()), nil }},
	{refreshRow, func(_ context.Context, r *rig, _ need) (trade, error) { return r.chains, nil }},
	{codeRow, func(ctx context.Context, r *rig, n need) (trade, error) {
		return r.codes, r.approveHere(ctx, r.codes, n.pieces(r, codeRow, 4000), r.withID())
	}},
	{elsewhereRow, func(ctx context.Context, r *rig, n need) (trade, error) {
		return r.foreign, r.world.approve(ctx, r.foreign, n.pieces(r, elsewhereRow, 4000), r.withID())
	}},
	{deviceRow, func(_ context.Context, r *rig, _ need) (trade, error) {
		return newDevices(r.address(), r.world.device.id, r.scope), nil
	}},
	{introspectRow, func(_ context.Context, r *rig, _ need) (trade, error) {
		return introspection{r.introspectHead(), &pile{tokens: r.seen, over: true}}, nil
	}},
	{freshInspect, func(ctx context.Context, r *rig, n need) (trade, error) {
		fresh, err := r.fresh(ctx, n.pieces(r, freshInspect, 12000))
		return introspection{r.introspectHead(), fresh}, err
	}},
	{userinfoRow, func(_ context.Context, r *rig, _ need) (trade, error) {
		return userinfo{r.userinfoRequest(), &pile{tokens: r.seen, over: true}}, nil
	}},
	{freshUserinfo, func(ctx context.Context, r *rig, n need) (trade, error) {
		fresh, err := r.fresh(ctx, n.pieces(r, freshUserinfo, 12000))
		return userinfo{r.userinfoRequest(), fresh}, err
	}},
	{discoveryRow, func(_ context.Context, r *rig, _ need) (trade, error) {
		return document{getOf(r.address(), discoveryPath), []byte(`"issuer"`)}, nil
	}},
	{keySetRow, func(_ context.Context, r *rig, _ need) (trade, error) {
		return document{getOf(r.address(), keySetPath), []byte(`"keys"`)}, nil
	}},
}

// issuing are the rows that write the log for each answer.
var issuing = []string{credentialsRow, refreshRow, elsewhereRow}

func rowNamed(name string) (row, error) {
	i := slices.IndexFunc(rows, func(r row) bool { return r.name == name })
	if i < 0 {
		return row{}, fmt.Errorf("there is no row %q", name)
	}
	return rows[i], nil
}

// need is what a load is going to do.
type need struct {
	connections int
	lasts       time.Duration
}

// The pieces of work that a load may need before it is known how fast it goes.
const (
	firstRate = 400 // in a second, by one connection
	fewest    = 64  // so that even a short load has some for each connection
)

// pieces is how many pieces of work a load needs, with some to spare: it ends when they do. At first
// it is not known how fast that is, so that a limit is assumed.
func (n need) pieces(r *rig, name string, limit float64) int {
	rate := min(firstRate*float64(n.connections), limit)
	if known := r.rates[rateOf(name, n.connections)]; known > 0 {
		rate = 1.3 * known
	}
	return fewest + 4*n.connections + int(rate*n.lasts.Seconds())
}

func rateOf(name string, connections int) string { return name + "/" + strconv.Itoa(connections) }
