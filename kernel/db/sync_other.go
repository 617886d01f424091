//go:build !unix

package db

import (
	"errors"
	"syscall"
)

// SyncFolder does nothing: the system has no such call.
func SyncFolder(string) error { return nil }

// full knows ERROR_HANDLE_DISK_FULL and ERROR_DISK_FULL.
func full(err error) bool {
	return errors.Is(err, syscall.Errno(39)) || errors.Is(err, syscall.Errno(112))
}

// readOnlySystem knows ERROR_WRITE_PROTECT.
func readOnlySystem(err error) bool { return errors.Is(err, syscall.Errno(19)) }
