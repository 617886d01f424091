package sandbox

import (
	"context"
	"fmt"
	"os"
	"testing"
)

// The test binary is what Run starts as its supervisor. With helperVariable set
// it runs a program itself, for a test that kills it meanwhile.
func TestMain(m *testing.M) {
	Main()
	if text := os.Getenv(helperVariable); text != "" {
		s, err := New("/", Policy{Run: Rule{All: true}})
		if err == nil {
			_, err = s.Run(context.Background(), Program{Name: "sh", Args: []string{"-c", text}})
		}
		fmt.Println(err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

const helperVariable = "LLMSPELL_SANDBOX_TEST_RUNS"
