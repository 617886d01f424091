//go:build unix

package archive

import (
	"errors"
	"syscall"
)

// exists tells whether there is a process of this number, whoever's it is.
func exists(pid int) bool {
	err := syscall.Kill(pid, 0)
	return err == nil || errors.Is(err, syscall.EPERM)
}
