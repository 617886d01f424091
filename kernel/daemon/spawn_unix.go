//go:build unix

package daemon

import (
	"os"
	"os/exec"
	"syscall"
)

// readyVariable holds the number of the descriptor on which a kernel says that it
// is ready.
const readyVariable = "LLMSPELL_KERNEL_READY_FD"

// detach makes the command a session of its own, that no terminal can signal, and
// gives it the pipe.
func detach(cmd *exec.Cmd, told *os.File) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	cmd.ExtraFiles = []*os.File{told}
	cmd.Env = append(cmd.Env, readyVariable+"=3") // the first after stdin, stdout, stderr
}
