//go:build !linux

package system

import (
	"os"
	"syscall"
)

const nonblock = syscall.O_NONBLOCK

// openPath names an open file.
func openPath(_ *os.File, path string) string { return path }
