package sandbox

import (
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"path/filepath"
	"strings"
)

// FindProgram returns the absolute path of a program that may be run. The name
// is looked for in the PATH of this process, which scripts cannot change; one
// with a slash is a path from Dir. An entry of the policy is a name, which
// allows the program that PATH finds under it, or a path, which allows that
// file. Denials are *DeniedError.
//
// A program allowed by its name is denied all the same if it lies in a folder
// that the sandbox may write: whoever may write there could put another
// program in its place.
func (s *Sandbox) FindProgram(name string) (string, error) {
	if name == "" || strings.IndexByte(name, 0) >= 0 {
		return "", fmt.Errorf("%q is no name of a program; pass a name such as git, or a path", name)
	}
	path, err := s.lookPath(name)
	for _, entry := range s.policy.Run.Deny {
		if entry == name || err == nil && s.isProgram(entry, path) {
			return "", forbidden(Run, name, entry)
		}
	}
	allowed, byName := s.policy.Run.All, false
	for _, entry := range s.policy.Run.Allow {
		if allowed {
			break
		}
		found, lookErr := s.lookPath(entry)
		// What is allowed but missing is reported as missing.
		allowed = entry == name || err == nil && lookErr == nil && (found == path || realPath(found) == path)
		byName = allowed && !hasSlash(entry)
	}
	switch {
	case !allowed:
		return "", denied(Run, name, "is not an allowed program", name)
	case err != nil:
		return "", err
	case byName && !s.policy.Write.All && s.mayWrite(path):
		return "", denied(Run, name, fmt.Sprintf("is found as %s, in a folder that may be written", path), path)
	}
	return path, nil
}

// lookPath finds a program by name or path.
func (s *Sandbox) lookPath(name string) (string, error) {
	path := name
	if hasSlash(name) && !filepath.IsAbs(name) {
		path = filepath.Join(s.dir, name)
	}
	found, err := exec.LookPath(path)
	if errors.Is(err, exec.ErrDot) {
		return "", fmt.Errorf("the program %q is found in the working folder only; write ./%s for it", name, name)
	}
	var e *exec.Error
	if errors.As(err, &e) {
		err = e.Err
	}
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return "", fmt.Errorf("cannot find the program %q: %w in the folders of PATH", name, fs.ErrNotExist)
	case errors.Is(err, fs.ErrPermission):
		return "", fmt.Errorf("cannot run %q: the file is not executable: %w", name, fs.ErrPermission)
	case err != nil:
		return "", fmt.Errorf("cannot find the program %q: %w", name, err)
	}
	return filepath.Clean(found), nil
}

func hasSlash(name string) bool { return filepath.Base(name) != name }

// realPath resolves symbolic links, as far as that is possible.
func realPath(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	return path
}

// isProgram tells whether an entry of Deny names the program at path, also by
// another link to it. Where many programs are links to one file, which tells
// them apart by their names, only the one of the name is meant.
func (s *Sandbox) isProgram(entry, path string) bool {
	found, err := s.lookPath(entry)
	if err != nil {
		return false
	}
	if found == path {
		return true
	}
	real := realPath(found)
	return real == realPath(path) &&
		(filepath.Base(real) == filepath.Base(found) || filepath.Base(path) == filepath.Base(found))
}

// mayWrite tells whether a path, or what its links lead to, lies in a folder
// that the sandbox allows to write.
func (s *Sandbox) mayWrite(path string) bool {
	for _, f := range s.write {
		for _, base := range []string{f.path, f.real} {
			for _, p := range []string{path, realPath(path)} {
				if _, ok := within(base, p); ok {
					return true
				}
			}
		}
	}
	return false
}
