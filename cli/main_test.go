package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
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
	os.Exit(withOwnFolders(m.Run))
}

// withOwnFolders keeps the tests, and the processes that they start, away from the
// user's configuration, databases and daemons.
func withOwnFolders(run func() int) int {
	dir, err := os.MkdirTemp("", "cli")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	for _, name := range []string{"XDG_CONFIG_HOME", "XDG_CONFIG_DIRS", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"} {
		folder := filepath.Join(dir, strings.ToLower(name))
		if err := errors.Join(os.Mkdir(folder, 0o700), os.Setenv(name, folder)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	return run()
}
