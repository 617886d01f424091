//go:build !linux && !darwin && !windows

package daemon

import (
	"os"
	"syscall"
)

// bootID is not known.
func bootID() string { return "" }

// processStart only tells whether there is such a process.
func processStart(pid int) (string, error) {
	h, err := os.FindProcess(pid)
	if err != nil {
		return "", err
	}
	return "", h.Signal(syscall.Signal(0))
}
