package cli

import (
	"os"
	"testing"

	"github.com/llmspell/llmspell/tools/sandbox"
)

// asCommand makes the test program behave as llmspell: tests start it where
// they need a process.
const asCommand = "LLMSPELL_TEST_AS_COMMAND"

func TestMain(m *testing.M) {
	sandbox.Main() // commands that scripts run stand within walls, as in the program
	if os.Getenv(asCommand) != "" {
		os.Exit(Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}
