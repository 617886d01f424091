//go:build !unix

package archive

import "os"

// exists tells whether there is a process of this number.
func exists(pid int) bool {
	p, err := os.FindProcess(pid)
	if err != nil {
		return false
	}
	_ = p.Release() // only the handle was of interest
	return true
}
