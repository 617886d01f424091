//go:build unix

package daemon

import (
	"io/fs"
	"os"
	"strconv"
	"syscall"
)

// ownedByUs tells whether a file belongs to this user.
func ownedByUs(info fs.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(st.Uid) == os.Geteuid()
}

// userName is what the folder for temporary files is named after.
func userName() string { return strconv.Itoa(os.Geteuid()) }
