//go:build !unix

package doctor

import (
	"errors"
	"os"
	"syscall"
)

// mayWrite returns why a file cannot be written, or in a folder no file be made.
func mayWrite(path string, folder bool) error {
	if folder {
		return tryWrite(path)
	}
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	return f.Close()
}

// mayRead returns why a file, or what is in a folder, cannot be read.
func mayRead(path string, _ bool) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return f.Close()
}

// The numbers of errors of Windows.
const (
	errorWriteProtect = syscall.Errno(19)
	errorDiskFull     = syscall.Errno(112)
)

// readOnlySystem tells whether the file system can only be read.
func readOnlySystem(err error) bool { return errors.Is(err, errorWriteProtect) }

// noRoom tells whether the disk is full.
func noRoom(err error) bool { return errors.Is(err, errorDiskFull) }

// permit says how this user may be allowed to write.
func permit(path string, _ error) string { return "let this user write " + path }
