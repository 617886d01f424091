//go:build unix

package db

import (
	"errors"
	"os"
	"syscall"
)

// SyncFolder makes the names in a folder survive a power failure.
func SyncFolder(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	// Some file systems cannot do it, and need not.
	if err := f.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) && !errors.Is(err, syscall.ENOTSUP) {
		return err
	}
	return nil
}

func full(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EFBIG)
}

// readOnlySystem tells whether the file system cannot be written, by anybody.
func readOnlySystem(err error) bool { return errors.Is(err, syscall.EROFS) }
