package sandbox

import "golang.org/x/sys/unix"

// atomicExchange exchanges two names in one step.
func atomicExchange(a, b string) error {
	return unix.Renameat2(unix.AT_FDCWD, a, unix.AT_FDCWD, b, unix.RENAME_EXCHANGE)
}
