package daemon

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// In place of a file of the run folder there may be something of another kind, such as a
// symbolic link. A lock through a link would be on what nobody else looks at, and nothing
// can listen where a folder is. The run folder is private: such a thing is of no use, and
// is replaced.

// kinds are what the files of a run folder are.
var kinds = map[string]fs.FileMode{lockFile: 0, recordFile: 0, tokenFile: 0, socketFile: fs.ModeSocket}

// odd says what is at the path of a file of the run folder; "": what belongs there, or
// nothing.
func odd(dir, name string) string {
	if name == socketFile && runtime.GOOS == "windows" { // there a socket has no kind of its own
		return ""
	}
	info, err := os.Lstat(filepath.Join(dir, name))
	if err != nil || info.Mode().Type() == kinds[name] {
		return ""
	}
	switch mode := info.Mode(); {
	case mode&fs.ModeSymlink != 0:
		return "a symbolic link"
	case mode.IsDir():
		return "a folder"
	case mode.IsRegular():
		return "a plain file"
	}
	return "a special file"
}

// straighten removes what is of the wrong kind at the path of a file of the run folder, and
// says so; "": nothing. Of a folder that is not empty the error says that it is in the way.
func straighten(dir, name string) (removed string, err error) {
	kind := odd(dir, name)
	if kind == "" {
		return "", nil
	}
	path := filepath.Join(dir, name)
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("%w: remove it: %w", inTheWay(path, kind), err)
	}
	return name + " was " + kind, nil
}

func inTheWay(path, kind string) error {
	return fmt.Errorf("%s is %s, in the way of a file of the kernel", path, kind)
}
