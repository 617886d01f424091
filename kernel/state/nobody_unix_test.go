//go:build unix

package state

import (
	"os"
	"path/filepath"
	"testing"
)

// restrict sets the modes of a store's files and folder for the test, and lets
// others into the folders above.
func restrict(t *testing.T, path string, folder, file os.FileMode) {
	t.Helper()
	chmod := func(path string, mode os.FileMode) {
		if err := os.Chmod(path, mode); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
	dir := filepath.Dir(path)
	for _, ext := range []string{"", "-wal", "-shm", ".lock"} {
		chmod(path+ext, file)
	}
	if os.Getuid() == 0 {
		for up := filepath.Dir(dir); len(up) > len(os.TempDir()); up = filepath.Dir(up) {
			chmod(up, 0o755)
		}
	}
	chmod(dir, folder)
	t.Cleanup(func() { // before the temp folder is removed
		chmod(dir, 0o700)
		for _, ext := range []string{"", "-wal", "-shm", ".lock"} {
			chmod(path+ext, 0o600)
		}
	})
}
