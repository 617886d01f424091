package sandbox

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// spot is where a walk ends: a name in an open folder. No link leads to the
// folder, and the policy allows it.
type spot struct {
	dir  *os.Root
	path string      // absolute, without links
	name string      // "." for an allowed folder itself
	info fs.FileInfo // what is there, not following a link; nil: nothing
}

func (sp *spot) close() { sp.dir.Close() }

// walk goes to an absolute path step by step. Each folder is opened in the one
// before it and compared with what was looked at, so that no link is passed
// unseen, also one that another process puts there meanwhile. A link is followed
// (the last one only if follow is set) by starting again from the allowed folder
// that its target lies in; so links may lead from one allowed folder to another.
func (s *Sandbox) walk(access Permission, path string, follow bool) (*spot, error) {
	w := walker{box: s, access: access, asked: path, live: current(s.bans(access))}
	next := path
	for range maxLinks {
		sp, link, err := w.from(next, follow)
		if err != nil || link == "" {
			return sp, err
		}
		next, w.linked = link, true
	}
	return nil, errLoop
}

// errLoop is the error for a path with too many links.
var errLoop error = syscall.ELOOP

type walker struct {
	box    *Sandbox
	access Permission
	asked  string // the path as it was asked for
	linked bool   // a link was followed
	live   bans
}

func (w *walker) forbidden(entry string) error { return forbidden(w.access, w.asked, entry) }

func (w *walker) outside() error {
	if w.linked {
		return w.box.denied(w.access, w.asked, "leads out of the allowed folders through a link")
	}
	return w.box.denied(w.access, w.asked, "is outside the allowed folders")
}

// from walks to a path, up to the first link. Then it returns where to go on.
func (w *walker) from(path string, follow bool) (sp *spot, link string, err error) {
	for _, b := range w.live.entries {
		if b.covers(path) {
			return nil, "", w.forbidden(b.text)
		}
	}
	f, real := w.box.find(w.access, path)
	if f == nil {
		// Another spelling of the path may lie in an allowed folder.
		path = resolve(path)
		if f, real = w.box.find(w.access, path); f == nil {
			return nil, "", w.outside()
		}
	}
	if f.denial != "" {
		return nil, "", w.forbidden(f.denial)
	}
	if f.isTop() && len(w.live.entries) == 0 {
		sp, err := w.direct(real, follow)
		return sp, "", err
	}
	sp, names, err := w.enter(f, real)
	if err != nil {
		return nil, "", err
	}
	defer func() {
		if err != nil || link != "" {
			sp.close()
			sp = nil
		}
	}()
	for i, name := range names {
		last := i == len(names)-1
		if link, err = w.step(sp, name, last, follow, f.isTop()); err != nil {
			return sp, "", err
		}
		if link != "" {
			return sp, filepath.Join(link, filepath.Join(names[i+1:]...)), nil
		}
	}
	return sp, "", nil
}

// direct goes to a path on a disk that is allowed as a whole. There is no
// boundary that a link could cross, but for the private folders of Linux.
func (w *walker) direct(path string, follow bool) (*spot, error) {
	if follow {
		path = resolve(path)
	} else if path != volume(path) {
		path = filepath.Join(resolve(filepath.Dir(path)), filepath.Base(path))
	}
	dir, name := filepath.Dir(path), filepath.Base(path)
	if path == volume(path) {
		dir, name = path, "."
	}
	if !w.box.trusted && isPrivate(path) {
		return nil, w.private()
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, cause(err)
	}
	sp := &spot{dir: root, path: path, name: name}
	if folder, err := root.Stat("."); err != nil || !w.box.trusted && onProc(folder) && !inProc(dir) {
		sp.close()
		return nil, errors.Join(err, errLoop) // a folder was exchanged for a link
	}
	sp.info, err = root.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return sp, nil
	case err == nil && follow && sp.info.Mode()&fs.ModeSymlink != 0:
		err = errLoop
	}
	if err != nil {
		sp.close()
		return nil, cause(err)
	}
	return sp, nil
}

func (w *walker) private() error {
	return denied(w.access, w.asked, "shows what processes keep to themselves", w.asked)
}

// enter opens the folder that an entry allows, and returns the names from there
// to the path. For an entry that is a file it is the folder around.
func (w *walker) enter(f *folder, path string) (*spot, []string, error) {
	base := f.real
	root, info, err := f.open()
	if errors.Is(err, errNoFolder) {
		base = filepath.Dir(f.real)
		root, info, err = (&folder{path: base, real: base}).open()
		if errors.Is(err, errNoFolder) {
			return nil, nil, fs.ErrNotExist
		}
	}
	if errors.Is(err, errReplaced) {
		return nil, nil, &DeniedError{Permission: w.access, Target: w.asked, Reason: "lies in an allowed folder that was replaced by a link"}
	}
	if err != nil {
		return nil, nil, cause(err)
	}
	if text := w.live.of(info); text != "" {
		root.Close()
		return nil, nil, w.forbidden(text)
	}
	sp := &spot{dir: root, path: base, name: ".", info: info}
	rel, _ := within(base, path)
	if rel == "." || rel == "" {
		return sp, nil, nil
	}
	return sp, strings.Split(rel, string(filepath.Separator)), nil
}

// step looks at a name in the folder that sp is, and goes there. For a link it
// returns the absolute path of its target instead.
func (w *walker) step(sp *spot, name string, last, follow, top bool) (link string, err error) {
	if text := w.live.named(sp.info, name); text != "" {
		return "", w.forbidden(text)
	}
	path := filepath.Join(sp.path, name)
	if top && isPrivate(path) && !w.box.trusted {
		return "", w.private()
	}
	for range maxLinks {
		info, err := sp.dir.Lstat(name)
		if errors.Is(err, fs.ErrNotExist) && last {
			sp.path, sp.name, sp.info = path, name, nil
			return "", nil
		}
		if err != nil {
			return "", cause(err)
		}
		if info.Mode()&fs.ModeSymlink != 0 && (follow || !last) {
			target, err := sp.dir.Readlink(name)
			if errors.Is(err, syscall.EINVAL) { // it is no link any more
				continue
			}
			if err != nil {
				return "", cause(err)
			}
			return absolute(sp.path, target), nil
		}
		if text := w.live.of(info); text != "" {
			return "", w.forbidden(text)
		}
		if last {
			sp.path, sp.name, sp.info = path, name, info
			return "", nil
		}
		if !info.IsDir() {
			return "", syscall.ENOTDIR
		}
		// With "/." it is opened only if it is a folder: to open a pipe would take
		// until somebody opens its other end.
		next, err := sp.dir.OpenRoot(name + "/.")
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) || err != nil && isEscape(err) {
			continue // changed meanwhile
		}
		if err != nil {
			return "", cause(err)
		}
		opened, err := next.Stat(".")
		if err == nil && os.SameFile(info, opened) {
			sp.dir.Close()
			sp.dir, sp.path, sp.info = next, path, opened
			return "", nil
		}
		next.Close()
	}
	return "", errLoop
}

// cause is an error without the name of the operation and its path, which is
// but a part of the one that was asked for.
func cause(err error) error {
	var pathErr *fs.PathError
	var linkErr *os.LinkError
	switch {
	case errors.As(err, &pathErr):
		return pathErr.Err
	case errors.As(err, &linkErr):
		return linkErr.Err
	}
	return err
}

// isEscape recognises os.Root's error for a path that leads out.
func isEscape(err error) bool {
	// os does not export it.
	return err != nil && strings.Contains(cause(err).Error(), "path escapes from parent")
}
