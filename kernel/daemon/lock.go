package daemon

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"
)

// errLocked says that another process holds a lock.
var errLocked = errors.New("locked")

// errVanished says that somebody has removed the folder, or the lock in it, at this
// moment: try again.
var errVanished = errors.New("it was removed at this moment")

// tryLock takes the lock of a run folder. Errors: errLocked, errVanished, or what is
// wrong. create makes the file if it is missing.
func tryLock(dir string, create bool) (*flock.Flock, error) {
	path := filepath.Join(dir, lockFile)
	flag := os.O_RDWR
	if create {
		flag |= os.O_CREATE
	}
	l := flock.New(path, flock.SetFlag(flag), flock.SetPermissions(0o600))
	ok, err := l.TryLock()
	if create && errors.Is(err, fs.ErrNotExist) { // the folder was there
		return nil, errVanished
	}
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	if !ok {
		_ = l.Close()
		return nil, errLocked
	}
	// Whoever held it before may have removed the file meanwhile: then the lock is on a
	// file that nobody else will look at.
	held, err1 := l.Stat()
	named, err2 := os.Lstat(path)
	if err1 != nil || err2 != nil || !os.SameFile(held, named) {
		_ = l.Close()
		return nil, errVanished
	}
	return l, nil
}
