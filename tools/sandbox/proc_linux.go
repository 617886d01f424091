package sandbox

import (
	"io/fs"
	"os"
	"strings"
	"syscall"
)

// isPrivate tells whether a path, in which there are no links, lies in one of
// the folders that show the memory, the environment and the open files of
// processes. Permission for the whole disk does not include them: they would
// give away what the other permissions guard.
func isPrivate(path string) bool {
	rest, ok := within("/proc", path)
	if !ok || rest == "." {
		return false
	}
	name, _, _ := strings.Cut(rest, "/")
	return name == "self" || name == "thread-self" || strings.Trim(name, "0123456789") == ""
}

func inProc(path string) bool {
	_, ok := within("/proc", path)
	return ok
}

// onProc tells whether a folder is one that the kernel makes up to describe
// processes.
func onProc(folder fs.FileInfo) bool {
	proc, err := os.Stat("/proc")
	if err != nil {
		return false
	}
	a, okA := folder.Sys().(*syscall.Stat_t)
	b, okB := proc.Sys().(*syscall.Stat_t)
	return okA && okB && a.Dev == b.Dev && a.Dev != rootDevice()
}

// rootDevice is the disk that / is on: where /proc is not mounted, it is the
// same as that of /proc.
func rootDevice() uint64 {
	info, err := os.Stat("/")
	if err != nil {
		return 0
	}
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return st.Dev
	}
	return 0
}
