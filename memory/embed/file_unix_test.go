//go:build unix

package embed

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestFileIsAPipe: nothing waits for what nobody writes.
func TestFileIsAPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenFile(t.Context(), FileOptions{Path: path}); err == nil || !strings.Contains(err.Error(), path+" is no plain file") {
		t.Errorf("the error is %v", err)
	}
}
