package db

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// WriteFile writes a file with mode 0600 in one piece: after a crash it is there
// as a whole, or as it was before.
func WriteFile(path string, data []byte) error {
	return writeFile(path, func(f *os.File) error {
		_, err := f.Write(data)
		return err
	})
}

// CopyFile copies a file, as WriteFile writes one. Not for a database that is
// open: see DB.Backup.
func CopyFile(ctx context.Context, to, from string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	return writeFile(to, func(f *os.File) error {
		buf := make([]byte, 1<<20)
		for {
			if err := ctx.Err(); err != nil {
				return err
			}
			n, err := in.Read(buf)
			if _, err := f.Write(buf[:n]); err != nil {
				return err
			}
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return err
			}
		}
	})
}

func writeFile(path string, fill func(*os.File) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*") // has mode 0600
	if err != nil {
		return err
	}
	err = fill(f)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name()) // the error that matters is another
		return err
	}
	return SyncFolder(filepath.Dir(path))
}

// Replace puts a copy of the file source in the place of a database that is
// damaged or gone. What is there, with its log, is moved aside, to the path that
// comes back, "" if there was none. It fails with ErrBusy while any process has
// the database open.
func Replace(ctx context.Context, path, source string) (aside string, err error) {
	d := &DB{path: path}
	lock := flock.New(path+".lock", flock.SetPermissions(0o600))
	ok, err := lock.TryLock()
	if err != nil {
		return "", d.cannotWrite("lock it", err)
	}
	if !ok {
		return "", &Error{Path: path, Class: ErrBusy, Hint: "end the kernels that have it open (llmspell kernel stop --all), then try again"}
	}
	defer lock.Unlock()
	// The copy is complete before the old file is touched.
	ready := path + ".restored"
	if err := CopyFile(ctx, ready, source); err != nil {
		return "", fmt.Errorf("copy %s: %w", source, err)
	}
	defer os.Remove(ready)
	if aside, err = setAside(path); err != nil {
		return aside, d.cannotWrite("move it aside", err)
	}
	if err := os.Rename(ready, path); err != nil {
		return aside, d.cannotWrite("put the copy in its place", err)
	}
	return aside, SyncFolder(filepath.Dir(path))
}

// setAside renames a database and its log. The log goes first: beside another
// database it would do harm.
func setAside(path string) (string, error) {
	aside := path + ".damaged-" + time.Now().UTC().Format("20060102-150405.000")
	moved := ""
	for _, ext := range []string{"-wal", "-shm", "-journal", ""} {
		switch err := os.Rename(path+ext, aside+ext); {
		case err == nil:
			moved = aside
		case !errors.Is(err, fs.ErrNotExist):
			return moved, err
		}
	}
	return moved, nil
}
