//go:build unix

package doctor

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// mayWrite returns why a file cannot be written, or in a folder no file be made. It
// opens nothing: to close a descriptor of a database would end the locks that this
// process has on it.
func mayWrite(path string, folder bool) error {
	mode := uint32(unix.W_OK)
	if folder {
		mode |= unix.X_OK
	}
	if err := unix.Access(path, mode); err != nil {
		return &os.PathError{Op: "write", Path: path, Err: err}
	}
	return nil
}

// mayRead returns why a file, or what is in a folder, cannot be read. It opens nothing.
func mayRead(path string, folder bool) error {
	mode := uint32(unix.R_OK)
	if folder {
		mode |= unix.X_OK
	}
	return unix.Access(path, mode)
}

// readOnlySystem tells whether the file system can only be read.
func readOnlySystem(err error) bool { return errors.Is(err, syscall.EROFS) }

// noRoom tells whether the disk is full, or a quota is.
func noRoom(err error) bool { return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) }

// permit says how this user may be allowed to write.
func permit(path string, err error) string {
	info, statErr := os.Stat(path)
	if statErr != nil {
		return "look at the permissions of the folders above it"
	}
	owner, known := info.Sys().(*syscall.Stat_t)
	bits := "u+rw "
	if info.IsDir() {
		bits = "u+rwx "
	}
	switch {
	case errors.Is(err, syscall.EPERM):
		return "it is marked as unchangeable: chattr -i " + path
	case known && int(owner.Uid) != os.Geteuid():
		return fmt.Sprintf("it belongs to the user %d and llmspell runs as %d: run it as that user, or let an administrator chown -R %d %s", owner.Uid, os.Geteuid(), os.Geteuid(), path)
	}
	return "chmod " + bits + path
}
