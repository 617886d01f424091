package db

import (
	"errors"
	"io/fs"
	"os"
)

// A file that was removed stays for the process that has it open: what is written to it then
// is gone with the process, and its log may be another database's by now. So each use looks
// first whether the path still names the file that was opened.

// present tells that the path names the file that was opened; if not, why.
func (d *DB) present() error {
	opened := d.file.Load()
	if opened == nil { // in memory, or being made
		return nil
	}
	there, err := os.Stat(d.path)
	switch {
	case err == nil && os.SameFile(*opened, there):
		return nil
	case err == nil:
		return d.replaced("another file is in its place")
	case errors.Is(err, fs.ErrNotExist):
		return d.replaced("it is gone")
	}
	return d.failed(err)
}

func (d *DB) replaced(how string) error {
	return &Error{Path: d.path, Class: ErrReplaced, Err: errors.New(how),
		Hint: "nothing was changed; stop this process (llmspell kernel stop, if it is a kernel) and start it again: it opens what is there then"}
}
