package sandbox

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Place is a path inside an allowed folder. Close it after use.
type Place struct {
	Root   *Root  // the folder; its methods respect what the policy denies
	Name   string // the path within Root, for Root's methods; "." for the folder itself
	Path   string // the absolute path, for people
	box    *Sandbox
	access Permission
	asIs   string // the path as the caller wrote it
}

// Place finds the folder, allowed for Read or Write, that a path lies in and
// opens it. The path itself need not exist.
func (s *Sandbox) Place(access Permission, path string) (*Place, error) {
	abs, err := s.absolute(path)
	if err != nil {
		return nil, err
	}
	p := &Place{Path: abs, box: s, access: access, asIs: path}
	list := s.bans(access)
	for _, b := range list {
		if b.covers(abs) {
			return nil, forbidden(access, path, b.text)
		}
	}
	f, real := s.find(access, abs)
	if f == nil {
		if f, real = s.find(access, resolve(abs)); f == nil {
			return nil, s.denied(access, path, "is outside the allowed folders")
		}
	}
	if f.denial != "" {
		return nil, forbidden(access, path, f.denial)
	}
	base := f.path
	if rel, ok := within(f.path, abs); ok {
		p.Name = rel
	} else {
		base = f.real
		p.Name, _ = within(f.real, real)
	}
	p.Root = &Root{box: s, access: access, dir: base}
	if s.trusted || f.isTop() || len(list) > 0 {
		return p, nil // each operation walks
	}
	root, _, err := f.open()
	switch {
	case errors.Is(err, errNoFolder): // a single file, or nothing yet
		p.Root.dir, p.Name = filepath.Dir(base), filepath.Join(filepath.Base(base), p.Name)
	case errors.Is(err, errReplaced):
		return nil, &DeniedError{Permission: access, Target: path, Reason: "lies in an allowed folder that was replaced by a link"}
	case err != nil:
		return nil, fmt.Errorf("cannot open the allowed folder: %w", err)
	}
	p.Root.root = root
	return p, nil
}

// absolute makes a path that a caller wrote absolute.
func (s *Sandbox) absolute(path string) (string, error) {
	if path == "" {
		return "", errors.New("the path is empty; pass the path of a file or folder")
	}
	if strings.IndexByte(path, 0) >= 0 {
		return "", fmt.Errorf("the path %q contains a zero byte; pass the path of a file or folder", path)
	}
	return absolute(s.dir, path), nil
}

// Close closes the folder. Files opened through it stay open.
func (p *Place) Close() { p.Root.Close() }

// IsFolder tells whether the place is an allowed folder itself, which must be
// neither removed nor replaced.
func (p *Place) IsFolder() bool { return p.Name == "." }

// Explain turns an error of Root's methods into one that names the path as the
// caller wrote it, and that is a *DeniedError when a link led out.
func (p *Place) Explain(err error) error {
	var denied *DeniedError
	var pathErr *fs.PathError
	var linkErr *os.LinkError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &denied):
		if denied.Target != p.Path || denied.Target == p.asIs {
			return err
		}
		shown := *denied
		shown.Target = p.asIs
		if shown.Flag != "" {
			shown.Flag = Argument("allow", p.access, p.asIs)
		}
		return &shown
	case errors.As(err, &pathErr), errors.As(err, &linkErr):
		return fmt.Errorf("%q: %w", p.asIs, cause(err))
	}
	return err
}

// Enter makes the place one inside the folder that it was.
func (p *Place) Enter(name string) {
	p.Name, p.Path, p.asIs = filepath.Join(p.Name, name), filepath.Join(p.Path, name), filepath.Join(p.asIs, name)
}

// Child returns a place inside this one. It shares the open folder and must
// not be closed.
func (p *Place) Child(name string) *Place {
	c := *p
	c.Enter(name)
	return &c
}

// Stat describes what is there, following links.
func (p *Place) Stat() (fs.FileInfo, error) {
	info, err := p.Root.Stat(p.Name)
	return info, p.Explain(err)
}

// Lstat describes what is there; a link is described itself.
func (p *Place) Lstat() (fs.FileInfo, error) {
	info, err := p.Root.Lstat(p.Name)
	return info, p.Explain(err)
}

// ReadDir lists the folder that is there in order of name, without what is
// denied.
func (p *Place) ReadDir() ([]fs.DirEntry, error) {
	entries, err := p.Root.ReadDir(p.Name)
	return entries, p.Explain(err)
}
