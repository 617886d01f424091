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

// hold is what the owner of a run folder holds: a lock on the folder itself, where the
// system has such, and one on the file in it. The file alone would let another kernel
// in when somebody removes it.
type hold struct {
	folder *flock.Flock // nil: the system has none
	file   *flock.Flock // nil: something else has its name
	// replaced says what was removed because it had the file's name.
	replaced string
}

// Close lets go of it.
func (h *hold) Close() {
	if h.file != nil {
		_ = h.file.Close()
	}
	if h.folder != nil {
		_ = h.folder.Close()
	}
}

// tryLock takes the locks of a run folder. Errors: errLocked, errVanished, or what is
// wrong. create makes the file if it is missing, or something else has its name; without
// it the folder's lock must do then.
func tryLock(dir string, create bool) (*hold, error) {
	folder, err := lockFolder(dir)
	if err == nil {
		h := &hold{folder: folder}
		path := filepath.Join(dir, lockFile)
		if create {
			h.replaced, err = straighten(dir, lockFile)
		} else if kind := odd(dir, lockFile); kind != "" && folder != nil {
			return h, nil
		} else if kind != "" {
			err = fmt.Errorf("%w: remove it", inTheWay(path, kind))
		}
		if err == nil {
			h.file, err = lockPath(path, create)
		}
		if err == nil {
			return h, nil
		}
		if folder != nil {
			_ = folder.Close()
		}
	}
	if create && errors.Is(err, fs.ErrNotExist) { // the folder was there
		err = errVanished
	}
	return nil, err
}

// lockPath takes the lock of a file.
func lockPath(path string, create bool) (*flock.Flock, error) {
	flag := os.O_RDWR
	if create {
		flag |= os.O_CREATE
	}
	return try(path, flock.New(path, flock.SetFlag(flag), flock.SetPermissions(0o600)))
}

// try takes a lock, if nobody has it and it still has its name.
func try(path string, l *flock.Flock) (*flock.Flock, error) {
	ok, err := l.TryLock()
	if err != nil {
		_ = l.Close()
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	if !ok {
		_ = l.Close()
		return nil, errLocked
	}
	// Whoever held it before may have removed it meanwhile: then the lock is on what
	// nobody else will look at.
	if !named(path, l) {
		_ = l.Close()
		return nil, errVanished
	}
	return l, nil
}

// named tells whether what a lock is on is what its path names.
func named(path string, l *flock.Flock) bool {
	held, err1 := l.Stat()
	there, err2 := os.Lstat(path)
	return err1 == nil && err2 == nil && os.SameFile(held, there)
}
