package cli

import (
	"os"
	"testing"
)

// asCommand makes the test program behave as llmspell: tests start it where
// they need a process.
const asCommand = "LLMSPELL_TEST_AS_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		os.Exit(Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}
