// Command llmspell runs and debugs Lua scripts that drive tools.
package main

import (
	"os"

	"github.com/llmspell/llmspell/cli"
	"github.com/llmspell/llmspell/internal/footprint"
	"github.com/llmspell/llmspell/tools/sandbox"
)

func main() {
	sandbox.Main() // first: this process may be the supervisor of another's program
	footprint.DelayCollection()
	os.Exit(cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
