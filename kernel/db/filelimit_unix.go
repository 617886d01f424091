//go:build unix

package db

import "syscall"

// fileLimit is how large the process may make a file, in bytes; 0: there is no limit.
func fileLimit() int64 {
	var l syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &l); err != nil || int64(l.Cur) < 0 {
		return 0
	}
	return int64(l.Cur)
}
