// Command writ is an OAuth 2.0 and OpenID Connect authorization server, and the command line that
// keeps it.
package main

import (
	"os"

	"writ/cmd/writ/cli"
)

// version is set when the binary is built.
var version = "dev"

func main() { os.Exit(cli.Main(os.Args[1:], version)) }
