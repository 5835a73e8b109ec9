package main

import (
	"os"

	"writ/cmd/writ/cli"
)

// version is set when the binary is built.
var version = "dev"

func main() { os.Exit(cli.Main(os.Args[1:], version)) }
