package state

import (
	"fmt"
	"syscall"
)

// mountSmall mounts a file system of some bytes, as root may.
func mountSmall(dir string, size int) error {
	return syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%d", size))
}
