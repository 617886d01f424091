package sandbox

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
)

// folder is an entry of the read or write rule: a folder with all below it, or
// one file. What it is shows at each use, since it may not exist yet.
type folder struct {
	path string // as it was given, absolute
	real string // with symbolic links resolved when the sandbox was made; where /tmp is a link, both spellings occur
	// denial is the entry of Deny in which the folder lies; "" for none.
	denial string
	// known is the folder as it was opened last.
	known atomic.Pointer[fs.FileInfo]
}

func newFolder(dir, entry string) *folder {
	path := absolute(dir, entry)
	return &folder{path: path, real: resolve(path)}
}

// absolute makes a path absolute, starting from dir, and tidies it.
func absolute(dir, path string) string {
	if !filepath.IsAbs(path) {
		path = filepath.Join(dir, path)
	}
	return filepath.Clean(path)
}

// volume returns the folder at the top of the disk that an absolute path is on.
func volume(path string) string {
	return filepath.VolumeName(path) + string(filepath.Separator)
}

// isTop tells whether the folder holds a whole disk.
func (f *folder) isTop() bool { return f.real == volume(f.real) }

// maxLinks is how many links a path may lead through.
const maxLinks = 40

// resolve follows the symbolic links in an absolute path, as far as it exists:
// what does not exist yet is where the links before it lead. It looks at each
// name once, however long the path is.
func resolve(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	done := volume(path) // exists, and has no links in it
	todo := names(path[len(filepath.VolumeName(path)):])
	for links := 0; len(todo) > 0; todo = todo[1:] {
		next := filepath.Join(done, todo[0])
		info, err := os.Lstat(next)
		if err != nil {
			break
		}
		if info.Mode()&fs.ModeSymlink == 0 {
			done = next
			continue
		}
		// A link whose target does not exist is followed too.
		target, err := os.Readlink(next)
		if links++; err != nil || links > maxLinks {
			break
		}
		if filepath.IsAbs(target) {
			done, target = volume(target), target[len(filepath.VolumeName(target)):]
		}
		todo = append(append([]string{""}, names(target)...), todo[1:]...) // the first is passed over
	}
	if real, err := filepath.EvalSymlinks(done); err == nil {
		done = real // Windows has more spellings of what exists
	}
	return filepath.Join(append([]string{done}, todo...)...)
}

// names are the names that a path consists of.
func names(path string) []string {
	return strings.FieldsFunc(path, func(r rune) bool { return r < 0x80 && os.IsPathSeparator(byte(r)) })
}

// find returns the innermost entry in which an absolute path lies, and the
// path as it continues from the entry's real path; nil if there is none.
func (s *Sandbox) find(access Permission, path string) (best *folder, real string) {
	longest := -1
	for _, f := range s.allowed(access) {
		for _, base := range []string{f.path, f.real} {
			// The innermost folder wins, so that a link in it stays within it.
			if rel, ok := within(base, path); ok && len(base) > longest {
				best, real, longest = f, filepath.Join(f.real, rel), len(base)
			}
		}
	}
	if best == nil && s.policy.Rule(access).All {
		top := volume(path)
		return &folder{path: top, real: top}, path
	}
	return best, real
}

// within returns the path of abs relative to base, when it lies in base.
func within(base, abs string) (string, bool) {
	rest := ""
	switch {
	case len(abs) == len(base) && abs == base:
		return ".", true
	case len(abs) > len(base) && abs[:len(base)] == base && os.IsPathSeparator(base[len(base)-1]): // a disk's top
		rest = abs[len(base):]
	case len(abs) > len(base) && abs[:len(base)] == base && os.IsPathSeparator(abs[len(base)]):
		rest = abs[len(base)+1:]
	default:
		rel, err := filepath.Rel(base, abs)
		if filepath.Separator == '/' || err != nil { // elsewhere the case of letters may differ
			return "", false
		}
		rest = rel
	}
	return rest, filepath.IsLocal(rest)
}

// errNoFolder says that an entry is no folder: a file, or nothing yet.
var errNoFolder = errors.New("not a folder")

// open opens the folder for what lies in it. The error is errNoFolder when the
// entry is a file or does not exist.
func (f *folder) open() (*os.Root, fs.FileInfo, error) {
	before, err := os.Lstat(f.real) // a pipe must not be opened: that would wait for its other end
	switch {
	case errors.Is(err, fs.ErrNotExist), err == nil && !before.IsDir():
		return nil, nil, errNoFolder
	case err != nil:
		return nil, nil, err
	}
	root, err := os.OpenRoot(f.real)
	if err != nil {
		return nil, nil, err
	}
	opened, err := root.Stat(".")
	if err == nil {
		err = f.verify(before, opened)
	}
	if err != nil {
		root.Close()
		return nil, nil, err
	}
	return root, opened, nil
}

// errReplaced says that a link is where an allowed folder was.
var errReplaced = errors.New("the allowed folder was replaced by a link")

// verify makes sure that what was opened is the folder and not the target of a
// link that somebody has put in its place, or in that of a folder around it.
func (f *folder) verify(before, opened fs.FileInfo) error {
	if !os.SameFile(before, opened) {
		return errReplaced
	}
	if known := f.known.Load(); known != nil && os.SameFile(*known, opened) {
		return nil
	}
	for path := filepath.Dir(f.real); path != filepath.Dir(path); path = filepath.Dir(path) {
		if info, err := os.Lstat(path); err != nil {
			return err
		} else if !info.IsDir() {
			return errReplaced
		}
	}
	f.known.Store(&opened)
	return nil
}
