//go:build unix

package daemon

import (
	"errors"
	"os"
	"syscall"

	"github.com/gofrs/flock"
)

// lockFolder takes the lock of a run folder itself; nil: its file system has none. The
// errors are those of tryLock.
func lockFolder(dir string) (*flock.Flock, error) {
	l, err := try(dir, flock.New(dir, flock.SetFlag(os.O_RDONLY)))
	for _, none := range []error{syscall.EBADF, syscall.EISDIR, syscall.EINVAL, syscall.ENOTSUP, syscall.ENOLCK} {
		if errors.Is(err, none) { // such as one on another machine
			return nil, nil
		}
	}
	return l, err
}
