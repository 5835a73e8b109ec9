package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
	"go.uber.org/dig"

	"writ/cmd/writ/wiring"
	"writ/domain/oauth"
)

// commands is the command line.
type commands struct {
	Config kong.ConfigFlag `name:"config" env:"WRIT_CONFIG" help:"File of settings, in YAML." type:"path"`
	JSON   bool            `name:"json" help:"Answer in JSON."`
	wiring.Settings

	Serve   serveCommand   `cmd:"" help:"Serve."`
	Migrate migrateCommand `cmd:"" help:"Bring the store to the shape that this binary knows."`
	Account accountCommand `cmd:"" help:"Keep accounts."`
	Client  clientCommand  `cmd:"" help:"Keep clients."`
	Grant   grantCommand   `cmd:"" help:"Look at grants and revoke them."`
	Keys    keysCommand    `cmd:"" help:"Keep signing keys."`
	Login   loginCommand   `cmd:"" help:"Sign in on this device through a browser (RFC 8628)."`
	Token   tokenCommand   `cmd:"" help:"Get an access token with client credentials."`
	Events  eventsCommand  `cmd:"" help:"Read the log, or subscribe to what is published."`
	At      atCommand      `cmd:"" help:"Tell which clients could do what for an account at a moment, and why."`
	Explain explainCommand `cmd:"" help:"Tell where a token or a grant came from, and what became of it."`
	Audit   auditCommand   `cmd:"" help:"Print sign-ins, decisions and changes, and every sign of theft."`
	Inbox   inboxCommand   `cmd:"" help:"Look at what other services told about accounts, and follow it again."`
	Rebuild rebuildCommand `cmd:"" help:"Derive the state rows from the log again."`
	Verify  verifyCommand  `cmd:"" help:"Compare the state rows, or with --events what is published, with the log."`
	Doctor  doctorCommand  `cmd:"" help:"Look for what is wrong with this installation."`
	Show    configCommand  `cmd:"" name:"config" help:"Print the effective settings."`
	Version versionCommand `cmd:"" help:"Print the version."`
}

// terminal is what a command has around it.
type terminal struct {
	ctx      context.Context
	settings wiring.Settings
	json     bool
	in       io.Reader
	out      io.Writer
	err      io.Writer
	version  string
}

// Main runs a command line and returns the exit code: 0, 1 when the command failed, 2 when it was
// not understood.
func Main(args []string, version string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return Run(ctx, args, version, os.Stdin, os.Stdout, os.Stderr)
}

// Run is Main with everything around it given.
func Run(ctx context.Context, args []string, version string, in io.Reader, out, errs io.Writer) (code int) {
	var c commands
	exit := -1
	parser, err := kong.New(&c,
		kong.Name("writ"), kong.Description("An OAuth 2.0 and OpenID Connect authorization server."),
		kong.Configuration(settingsFile), kong.UsageOnError(), kong.Writers(out, errs),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: false}),
		kong.Exit(func(code int) { exit = code }))
	if err != nil {
		fmt.Fprintln(errs, "writ:", err)
		return 2
	}
	chosen, err := parser.Parse(args)
	if exit >= 0 {
		return exit
	}
	if err != nil {
		fmt.Fprintln(errs, "writ:", err)
		return 2
	}
	err = chosen.Run(&terminal{ctx, c.Settings, c.JSON, in, out, errs, version})
	if err != nil {
		fmt.Fprintln(errs, "writ:", explain(err))
		return 1
	}
	return 0
}

// explain says what went wrong without saying through which hands it went.
func explain(err error) string {
	err = dig.RootCause(err)
	var refusal *oauth.Error
	if errors.As(err, &refusal) {
		return refusal.Reason
	}
	return err.Error()
}
