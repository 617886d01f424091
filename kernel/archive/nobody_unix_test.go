//go:build unix

package archive

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/llmspell/llmspell/internal/testfs"
)

// asStranger makes a folder one that cannot be written, though its files could be, and
// the child of root one without root's rights.
func asStranger(t *testing.T, cmd *exec.Cmd, path string) {
	t.Helper()
	dir := filepath.Dir(path)
	chmod := func(path string, mode os.FileMode) {
		if err := os.Chmod(path, mode); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
	if os.Getuid() == 0 {
		for up := filepath.Dir(dir); len(up) > len(os.TempDir()); up = filepath.Dir(up) {
			chmod(up, 0o755)
		}
		for _, ext := range []string{"", "-wal", "-shm", ".lock", ".reserve"} {
			chmod(path+ext, 0o666)
		}
		testfs.AsNobody(cmd)
	}
	chmod(dir, 0o555)
	t.Cleanup(func() { chmod(dir, 0o700) }) // before the temp folder is removed
}
