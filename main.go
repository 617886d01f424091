// Command llmspell runs and debugs Lua scripts that drive tools.
package main

import (
	"os"

	"github.com/llmspell/llmspell/cli"
)

func main() { os.Exit(cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }
