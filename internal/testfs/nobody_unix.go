//go:build unix

package testfs

import (
	"os"
	"os/exec"
	"runtime"
	"syscall"
)

// AsNobody makes a child of root that runs this program again lose root's rights: for root no file is
// read-only. It begins in the root folder. A child of anybody else stays as it is.
func AsNobody(cmd *exec.Cmd) {
	if os.Getuid() != 0 {
		return
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	if runtime.GOOS == "linux" {
		cmd.Path = "/proc/self/exe" // the folder of the test program may be private
	}
	cmd.Dir = "/"
}
