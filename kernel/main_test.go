package kernel_test

import (
	"os"
	"testing"

	"github.com/llmspell/llmspell/tools/sandbox"
)

func TestMain(m *testing.M) {
	sandbox.Main()
	os.Exit(m.Run())
}
