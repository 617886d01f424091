//go:build unix

package lsp

import (
	"errors"
	"syscall"
)

// alive tells whether there is a process with the id.
func alive(pid int64) bool {
	if pid <= 0 {
		return false
	}
	err := syscall.Kill(int(pid), 0)
	return err == nil || errors.Is(err, syscall.EPERM)
}
