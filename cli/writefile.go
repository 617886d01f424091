package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// maxLinks is how many symbolic links in a row are followed, as by Linux.
const maxLinks = 40

// writeFile writes what write writes to a file that a user has named. "-" is
// stdout. A regular file is there as a whole, or is as it was before: it is written
// under another name first, beside the file that a symbolic link leads to, so that
// the link stays. A device or a pipe is written to, and stays what it is.
func (a *app) writeFile(path string, write func(io.Writer) error) error {
	if path == "-" {
		return write(a.stdout)
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return err
	case a.isStdout(info): // /dev/stdout, which may be a file that has more in it
		return write(a.stdout)
	case info.IsDir():
		return &fs.PathError{Op: "write", Path: path, Err: syscall.EISDIR}
	case !info.Mode().IsRegular():
		return writeThrough(path, write)
	}
	if path, err = target(path); err != nil {
		return err
	}
	return replaceFile(path, write)
}

// canWrite tells, before work that takes long, of a file that writeFile could not write.
func (a *app) canWrite(path string) error {
	if path == "-" {
		return nil
	}
	info, err := os.Stat(path)
	if err == nil && info.IsDir() {
		return &fs.PathError{Op: "write", Path: path, Err: syscall.EISDIR}
	}
	if err == nil && (a.isStdout(info) || !info.Mode().IsRegular()) {
		return nil
	}
	if path, err = target(path); err != nil {
		return err
	}
	f, err := createBeside(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// isStdout tells whether a file is the one that stdout goes to.
func (a *app) isStdout(info fs.FileInfo) bool {
	f, ok := a.stdout.(*os.File)
	if !ok {
		return false
	}
	out, err := f.Stat()
	return err == nil && os.SameFile(info, out)
}

// writeThrough writes to what is there: a device or a pipe.
func writeThrough(path string, write func(io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	return errors.Join(write(f), f.Close())
}

// target is the file that a path leads to by symbolic links. The file need not be
// there.
func target(path string) (string, error) {
	for range maxLinks {
		link, err := os.Readlink(path)
		if err != nil { // no link, or nothing there
			return path, nil
		}
		if !filepath.IsAbs(link) {
			dir, err := filepath.EvalSymlinks(filepath.Dir(path)) // ".." in a link is of the real folder
			if err != nil {
				return "", err
			}
			link = filepath.Join(dir, link)
		}
		path = link
	}
	return "", fmt.Errorf("%s: more than %d symbolic links in a row", path, maxLinks)
}

// replaceFile puts a file, of mode 0600, in the place of one that may be there.
func replaceFile(path string, write func(io.Writer) error) error {
	f, err := createBeside(path)
	if err != nil {
		return err
	}
	if err = errors.Join(write(f), f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name()) // the error that matters is another
	}
	return err
}

// createBeside makes the file that is to become another one. An error is of that, whose name the user knows.
func createBeside(path string) (*os.File, error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".llmspell-*")
	var failed *fs.PathError
	if errors.As(err, &failed) {
		err = failed.Err
	}
	if err != nil {
		return nil, fmt.Errorf("%s cannot be written: %w", path, err)
	}
	return f, nil
}

// writeNew is writeFile that, without force, refuses to write where something is.
func (a *app) writeNew(path string, force bool, write func(io.Writer) error) error {
	if _, err := os.Lstat(path); err == nil && !force && path != "-" {
		return fmt.Errorf("%s is there already; --force replaces it", path)
	}
	return a.writeFile(path, write)
}
