package sandbox

import (
	"os"
	"testing"
)

// The test binary is what Run starts as its supervisor.
func TestMain(m *testing.M) {
	Main()
	os.Exit(m.Run())
}
