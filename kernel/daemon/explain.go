package daemon

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"
)

// Explain adds to an error of the system about the run folder, or a file in it, what
// can be done about it.
func Explain(err error) error {
	const choose = "set XDG_RUNTIME_DIR to a folder "
	if errors.Is(err, fs.ErrNotExist) {
		return ExplainFor(err, "set XDG_RUNTIME_DIR (or TMPDIR) to a folder that exists")
	}
	if errors.Is(err, syscall.ENOSPC) {
		return ExplainFor(err, choose+"elsewhere")
	}
	return ExplainFor(err, choose+"of your own")
}

// ExplainFor is Explain for anything else; choose says how another is chosen, as in "give
// another path with --pid-file". "": in no way.
func ExplainFor(err error, choose string) error {
	hint, full := choose, "the disk is full: make room"
	switch {
	case err == nil:
		return nil
	case errors.Is(err, syscall.EMFILE):
		hint = "this process may open no more files: raise the limit (ulimit -n, or LimitNOFILE= of the service)"
	case errors.Is(err, syscall.ENFILE):
		hint = "the system can open no more files: close programs, or raise fs.file-max"
	case errors.Is(err, syscall.ENOSPC) && choose != "":
		hint = full + ", or " + choose
	case errors.Is(err, syscall.ENOSPC):
		hint = full
	case errors.Is(err, syscall.EROFS) && choose != "":
		hint = "nothing can be written there: " + choose
	case errors.Is(err, fs.ErrPermission), errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
	default:
		return err
	}
	if hint == "" {
		return err
	}
	return fmt.Errorf("%w (%s)", err, hint)
}
