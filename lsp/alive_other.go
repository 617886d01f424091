//go:build !unix

package lsp

import "os"

// alive tells whether there is a process with the id.
func alive(pid int64) bool {
	p, err := os.FindProcess(int(pid))
	if err != nil {
		return false
	}
	_ = p.Release() // it only gives a handle back
	return true
}
