//go:build unix

package socket

import (
	"syscall"

	"golang.org/x/sys/unix"
)

const hasDirect = true

func read(fd uintptr, p []byte) (int, error) {
	n, err := syscall.Read(int(fd), p)
	switch err {
	case nil:
		return n, nil
	case syscall.EAGAIN, syscall.EINTR:
		return 0, ErrNothing
	}
	return 0, err
}

func write(fd uintptr, p []byte) (int, error) {
	n, err := syscall.Write(int(fd), p)
	return max(0, n), err
}

// readable tells whether a read would not wait.
func readable(fd uintptr) bool {
	fds := [1]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
	n, err := unix.Poll(fds[:], 0)
	return n > 0 || err != nil && err != unix.EINTR
}
