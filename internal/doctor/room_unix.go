//go:build linux || darwin

package doctor

import (
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// roomOf measures what this user may still write where a folder is.
func roomOf(folder string) (room, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(folder, &s); err != nil {
		return room{}, err
	}
	info, err := os.Stat(folder)
	if err != nil {
		return room{}, err
	}
	blocks := s.Bavail
	if os.Geteuid() == 0 {
		blocks = s.Bfree // some are kept for the administrator
	}
	r := room{bytes: uint64(blocks) * uint64(s.Bsize), files: uint64(s.Ffree), endless: s.Files == 0}
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		r.device = fmt.Sprint(stat.Dev)
	}
	return r, nil
}
