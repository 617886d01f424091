//go:build unix

package sandbox

import (
	"os"

	"golang.org/x/sys/unix"
)

// rename is rename(2) between two open folders.
func rename(from, to *spot) error {
	src, err := from.dir.Open(".")
	if err != nil {
		return err
	}
	defer src.Close()
	dst, err := to.dir.Open(".")
	if err != nil {
		return err
	}
	defer dst.Close()
	return withFd(src, func(oldFd int) error {
		return withFd(dst, func(newFd int) error { return unix.Renameat(oldFd, from.name, newFd, to.name) })
	})
}

func withFd(f *os.File, do func(fd int) error) error {
	conn, err := f.SyscallConn()
	if err != nil {
		return err
	}
	if e := conn.Control(func(fd uintptr) { err = do(int(fd)) }); e != nil {
		return e
	}
	return err
}
