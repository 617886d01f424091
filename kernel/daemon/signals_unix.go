//go:build unix

package daemon

import (
	"os"
	"syscall"
)

const sigTerm = syscall.SIGTERM

var (
	sigHangup = []os.Signal{syscall.SIGHUP}
	sigDump   = []os.Signal{syscall.SIGUSR1}
)
