//go:build !unix

package daemon

import (
	"os"
	"syscall"
)

const sigTerm = syscall.SIGTERM

// There are no such signals.
var sigHangup, sigDump []os.Signal
