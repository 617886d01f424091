package system

import (
	"os"
	"testing"

	"github.com/llmspell/llmspell/tools/sandbox"
)

// The test binary is what runs programs for the sandbox.
func TestMain(m *testing.M) {
	sandbox.Main()
	os.Exit(m.Run())
}
