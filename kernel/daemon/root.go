package daemon

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// Root is the folder that holds the run folders of a user's kernels.
type Root struct {
	path string
	ask  func(ctx context.Context, socket string) (Record, error) // nil: nobody is asked
}

// DefaultRoot is $XDG_RUNTIME_DIR/llmspell if that variable names a folder of this
// user, or a folder named after the user in the one for temporary files. It need
// not exist.
func DefaultRoot() Root {
	if dir := os.Getenv("XDG_RUNTIME_DIR"); filepath.IsAbs(dir) {
		if info, err := os.Stat(dir); err == nil && info.IsDir() && ownedByUs(info) {
			return Root{path: filepath.Join(dir, "llmspell")}
		}
	}
	return Root{path: filepath.Join(os.TempDir(), "llmspell-"+userName())}
}

// RootAt is the root at a path.
func RootAt(path string) Root { return Root{path: path} }

// Path returns the path of the root.
func (r Root) Path() string { return r.path }

const (
	lockFile   = "lock"
	recordFile = "kernel.json"
	socketFile = "kernel.sock"
	tokenFile  = "token"
	// hashed begins the name of a folder whose id is too long to be one.
	hashed = "h-"
)

// maxSocketPath is how long the path of a unix socket may be: the address
// structure holds 108 bytes on Linux and 104 elsewhere, with a NUL at the end.
func maxSocketPath() int {
	if runtime.GOOS == "linux" {
		return 107
	}
	return 103
}

// CheckID refuses ids that cannot name a kernel. An id must not look like a path or
// an address, because they are all given in the same place.
func CheckID(id string) error {
	switch {
	case id == "":
		return errors.New("the id of a kernel is empty")
	case len(id) > 128:
		return fmt.Errorf("the kernel id has %d characters: at most 128 are allowed", len(id))
	case id == "auto" || strings.HasPrefix(id, hashed):
		return fmt.Errorf("the kernel id %q has a meaning of its own: choose another", id)
	}
	for i, c := range id {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if !letter && (i == 0 || !strings.ContainsRune("-_.", c)) {
			return fmt.Errorf("the kernel id %q holds %q at character %d: use letters and digits, and behind the first character also . _ and -", id, c, i+1)
		}
	}
	return nil
}

// folder is the run folder of an id.
func (r Root) folder(id string) (string, error) {
	if err := CheckID(id); err != nil {
		return "", err
	}
	dir := filepath.Join(r.path, id)
	if len(filepath.Join(dir, socketFile)) <= maxSocketPath() {
		return dir, nil
	}
	sum := sha256.Sum256([]byte(id))
	dir = filepath.Join(r.path, hashed+hex.EncodeToString(sum[:8]))
	if n := len(filepath.Join(dir, socketFile)); n > maxSocketPath() {
		return "", fmt.Errorf("the run folder %s is too deep: the path of a socket in it has %d bytes, and the system allows %d: "+
			"set XDG_RUNTIME_DIR to a folder with a shorter path", r.path, n, maxSocketPath())
	}
	return dir, nil
}

// prepare makes the root, and a folder in it, for this user only.
func (r Root) prepare(dir string) error {
	if err := privateFolder(r.path); err != nil {
		return err
	}
	return privateFolder(dir)
}

// privateFolder makes a folder, or makes sure that nobody else can have put
// anything into one that exists.
func privateFolder(dir string) error {
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return Explain(fmt.Errorf("make the run folder: %w", err))
	}
	info, err := os.Lstat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("run folder %s: %w", dir, errVanished)
	case err != nil:
		return Explain(fmt.Errorf("check the run folder: %w", err))
	case info.Mode()&fs.ModeSymlink != 0:
		return fmt.Errorf("the run folder %s is a symbolic link, which anybody may have put there: remove it", dir)
	case !info.IsDir():
		return fmt.Errorf("the run folder %s is a file: remove it", dir)
	case !ownedByUs(info):
		return fmt.Errorf("the run folder %s belongs to another user: set XDG_RUNTIME_DIR to a folder of your own", dir)
	}
	// Windows has no such modes; its user folders are private by default.
	if mode := info.Mode().Perm(); mode&0o077 != 0 && runtime.GOOS != "windows" {
		return fmt.Errorf("the run folder %s is open to other users (mode %04o): run chmod 700 on it", dir, mode)
	}
	return nil
}
