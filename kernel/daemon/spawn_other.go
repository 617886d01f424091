//go:build !unix && !windows

package daemon

import (
	"os"
	"os/exec"
)

// readyVariable holds the number of the descriptor on which a kernel says that it
// is ready.
const readyVariable = "LLMSPELL_KERNEL_READY_FD"

// detach gives the command the pipe as its standard output.
func detach(cmd *exec.Cmd, told *os.File) {
	cmd.Stdout = told
	cmd.Env = append(cmd.Env, readyVariable+"=1")
}
