//go:build unix

package state

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
)

// asNobody makes a child of root lose root's rights: for root no file is read-only.
func asNobody(cmd *exec.Cmd) {
	if os.Getuid() != 0 {
		return
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	if runtime.GOOS == "linux" {
		cmd.Path = "/proc/self/exe" // the folder of the test program may be private
	}
	cmd.Dir = "/"
}

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
