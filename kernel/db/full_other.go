//go:build !unix && cgo

package db

import "syscall"

// isFull tells whether a system call failed because there is no room on the
// disk: ERROR_HANDLE_DISK_FULL, ERROR_DISK_FULL.
func isFull(e syscall.Errno) bool { return e == 39 || e == 112 }
