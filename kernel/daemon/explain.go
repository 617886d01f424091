package daemon

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"
)

// explain adds to an error of the system what can be done about it.
func explain(err error) error {
	hint := ""
	switch {
	case err == nil:
		return nil
	case errors.Is(err, syscall.EMFILE):
		hint = "this process may open no more files: raise the limit (ulimit -n, or LimitNOFILE= of the service)"
	case errors.Is(err, syscall.ENFILE):
		hint = "the system can open no more files: close programs, or raise fs.file-max"
	case errors.Is(err, syscall.ENOSPC):
		hint = "the disk is full: make room, or set XDG_RUNTIME_DIR to a folder elsewhere"
	case errors.Is(err, syscall.EROFS):
		hint = "nothing can be written there: set XDG_RUNTIME_DIR to a folder of your own"
	case errors.Is(err, fs.ErrPermission):
		hint = "set XDG_RUNTIME_DIR to a folder of your own"
	case errors.Is(err, fs.ErrNotExist):
		hint = "set XDG_RUNTIME_DIR (or TMPDIR) to a folder that exists"
	default:
		return err
	}
	return fmt.Errorf("%w (%s)", err, hint)
}
