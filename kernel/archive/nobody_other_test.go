//go:build !unix

package archive

import (
	"os"
	"os/exec"
	"testing"
)

// asStranger makes the file one that cannot be written: folders have no such mode.
func asStranger(t *testing.T, _ *exec.Cmd, path string) {
	t.Helper()
	if err := os.Chmod(path, 0o444); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(path, 0o600) }) // before the temp folder is removed
}
