package debug_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/runtime/debug"
)

// refused expects that a file is not read for its breakpoints.
func refused(t *testing.T, path, why string) {
	t.Helper()
	for _, b := range debug.VerifyFile(path, []debug.BreakpointSpec{{Line: 1}}) {
		if b.Verified || !strings.Contains(b.Message, why) {
			t.Errorf("breakpoint %+v, want one with %q", b, why)
		}
	}
	if _, err := debug.LinesOfFile(path, 1, 9); err == nil || !strings.Contains(err.Error(), why) {
		t.Errorf("lines: error %v, want %q", err, why)
	}
}

func TestBreakpointsInHugeFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "huge.lua")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, 40<<20); err != nil {
		t.Fatal(err)
	}
	refused(t, path, "larger than")
}
