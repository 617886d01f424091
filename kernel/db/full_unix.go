//go:build unix && cgo

package db

import "syscall"

// isFull tells whether a system call failed because there is no room: on the
// disk, in the user's quota, or under the process's limit of file sizes.
func isFull(e syscall.Errno) bool {
	return e == syscall.ENOSPC || e == syscall.EDQUOT || e == syscall.EFBIG
}
