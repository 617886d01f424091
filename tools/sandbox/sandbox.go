// Package sandbox decides which files a tool may touch.
//
// Every access goes through an os.Root opened on an allowed folder, so the
// kernel of the operating system, and no comparison of strings, keeps a path
// inside: neither "..", nor a symbolic link, nor a folder swapped for a link
// in mid-operation leads out.
package sandbox

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Sandbox is the set of folders that a session's tools may use, and the folder
// that relative paths start from. It is immutable.
type Sandbox struct {
	dir     string
	folders []folder
}

type folder struct {
	path string // as it was given, absolute
	real string // with symbolic links resolved; where /tmp is a link, both spellings occur
}

// New makes a Sandbox. An empty dir is the process's working folder. With no
// folders given, dir and the temp folder of the operating system are allowed.
func New(dir string, folders ...string) (*Sandbox, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("sandbox: cannot find the working folder: %w", err)
	}
	if len(folders) == 0 {
		folders = []string{dir, os.TempDir()}
	}
	s := &Sandbox{dir: dir}
	for _, f := range folders {
		if !filepath.IsAbs(f) {
			f = filepath.Join(dir, f)
		}
		f = filepath.Clean(f)
		resolved, err := filepath.EvalSymlinks(f)
		if err != nil {
			resolved = f // it may be created later
		}
		s.folders = append(s.folders, folder{path: f, real: resolved})
	}
	return s, nil
}

// Dir returns the folder that relative paths start from.
func (s *Sandbox) Dir() string { return s.dir }

// DeniedError is an access outside the allowed folders.
type DeniedError struct {
	Path    string
	Allowed []string
	Reason  string
}

func (e *DeniedError) Error() string {
	return fmt.Sprintf("access to %q is denied: it %s (allowed: %s)", e.Path, e.Reason, strings.Join(e.Allowed, ", "))
}

// Is makes errors.Is(err, fs.ErrPermission) true.
func (e *DeniedError) Is(target error) bool { return target == fs.ErrPermission }

func (s *Sandbox) denied(path, reason string) error {
	e := &DeniedError{Path: path, Reason: reason}
	for _, f := range s.folders {
		e.Allowed = append(e.Allowed, f.path)
	}
	return e
}

// Place is a path inside an allowed folder. Close it after use.
type Place struct {
	Root *os.Root // the allowed folder
	Name string   // the path within Root, for Root's methods
	Path string   // the absolute path, for people
	box  *Sandbox
	asIs string // the path as the caller wrote it
}

// Place finds the allowed folder that a path lies in and opens it. The path
// itself need not exist.
func (s *Sandbox) Place(path string) (*Place, error) {
	if path == "" {
		return nil, errors.New("the path is empty; pass the path of a file or folder")
	}
	if strings.IndexByte(path, 0) >= 0 {
		return nil, fmt.Errorf("the path %q contains a zero byte; pass the path of a file or folder", path)
	}
	abs := path
	if !filepath.IsAbs(abs) {
		abs = filepath.Join(s.dir, abs)
	}
	abs = filepath.Clean(abs)
	best, name := "", ""
	for _, f := range s.folders {
		for _, base := range []string{f.path, f.real} {
			// The innermost folder wins, so that a link in it stays within it.
			if rel, ok := within(base, abs); ok && len(base) > len(best) {
				best, name = base, rel
			}
		}
	}
	if best == "" {
		return nil, s.denied(path, "is outside the allowed folders")
	}
	root, err := os.OpenRoot(best)
	if err != nil {
		return nil, fmt.Errorf("cannot open the allowed folder: %w", err)
	}
	return &Place{Root: root, Name: name, Path: abs, box: s, asIs: path}, nil
}

// within returns the path of abs relative to base, when it lies in base.
func within(base, abs string) (string, bool) {
	rel, err := filepath.Rel(base, abs)
	if err != nil || !filepath.IsLocal(rel) {
		return "", false
	}
	return rel, true
}

// Close closes the folder. Files opened through it stay open.
func (p *Place) Close() { p.Root.Close() }

// IsFolder tells whether the place is an allowed folder itself, which must be
// neither removed nor replaced.
func (p *Place) IsFolder() bool { return p.Name == "." }

// Explain turns an error of Root's methods into one that names the path as the
// caller wrote it, and that is a *DeniedError when a link led out.
func (p *Place) Explain(err error) error {
	if err == nil {
		return nil
	}
	var pathErr *fs.PathError
	var linkErr *os.LinkError
	cause := err
	switch {
	case errors.As(err, &pathErr):
		cause = pathErr.Err
	case errors.As(err, &linkErr):
		cause = linkErr.Err
	default:
		return err
	}
	// os does not export this error.
	if strings.Contains(cause.Error(), "path escapes from parent") {
		return p.box.denied(p.asIs, "leads out of the allowed folders through a link")
	}
	return fmt.Errorf("%q: %w", p.asIs, cause)
}
