//go:build unix

package debug_test

import (
	"path/filepath"
	"syscall"
	"testing"
)

// A pipe to which nobody writes would hold up the debugger for ever, and a
// device may have no end.
func TestBreakpointsInSpecialFiles(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe.lua")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	refused(t, pipe, "not a regular file")
	refused(t, "/dev/zero", "not a regular file")
}
