package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.uber.org/fx"

	"writ/cmd/writ/wiring"
)

type serveCommand struct{}

// stopWithin bounds an orderly stop.
const stopWithin = 20 * time.Second

// Run serves until it is told to stop.
func (*serveCommand) Run(t *terminal) error {
	spendMemory()
	log := t.log()
	var served *wiring.Served
	app := fx.New(wiring.Server(t.settings, log, t.version), fx.Populate(&served))
	starting, cancel := context.WithTimeout(t.ctx, stopWithin)
	defer cancel()
	err := app.Start(starting)
	if err != nil {
		return errors.Join(err, stop(app))
	}
	log.Info("serving", "issuer", served.Issuer, "address", served.Address, "version", t.version)
	t.hint(served)
	returnMemory()
	<-t.ctx.Done()
	log.Info("stopping")
	return stop(app)
}

func stop(app *fx.App) error {
	ctx, cancel := context.WithTimeout(context.Background(), stopWithin)
	defer cancel()
	return app.Stop(ctx)
}

// hint tells somebody who has just started the server what to try.
func (t *terminal) hint(served *wiring.Served) {
	if t.json || !t.settings.Embedded() {
		return
	}
	fmt.Fprintf(t.out, `
Writ serves %[1]s. In another terminal, in this directory:

  ./bin/writ account create --handle ada --name 'Ada Lovelace' --email ada@example.org --password-stdin <<< 'correct horse'
  ./bin/writ client create --name Robot --type confidential --grant client_credentials --scope READ_PROFILE --json
  ./bin/writ token --client-id … --client-secret …     a token for the robot
  ./bin/writ login                                      a token for ada, through a browser
  curl -s %[1]s/.well-known/openid-configuration

`, served.Issuer)
}
