//go:build unix

package daemon

import "syscall"

// closeOnExec keeps programs that scripts run from holding the pipe open.
func closeOnExec(fd uintptr) { syscall.CloseOnExec(int(fd)) }
