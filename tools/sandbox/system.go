package sandbox

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// The methods of this file are the system's own calls on files, under the
// policy. Lua's io and os libraries are made of them.

// Open opens a file as os.OpenFile does. It needs the permission to read, to
// write, or both, as the flags say. To open a pipe may take until its other
// end is opened, unless the flags hold O_NONBLOCK.
func (s *Sandbox) Open(path string, flag int, perm fs.FileMode) (*os.File, error) {
	reads := flag&(os.O_WRONLY|os.O_RDWR) != os.O_WRONLY
	writes := flag&(os.O_WRONLY|os.O_RDWR|os.O_CREATE|os.O_TRUNC|os.O_APPEND) != 0
	access := Read
	if writes {
		access = Write
	}
	if reads && writes { // the other permission must be there too, for the same file
		if err := s.check(Read, path); err != nil {
			return nil, err
		}
	}
	p, err := s.Place(access, path)
	if err != nil {
		return nil, err
	}
	defer p.Close()
	folder := os.IsPathSeparator(path[len(path)-1]) // only a folder has such a path
	if folder && flag&os.O_CREATE != 0 {
		return nil, &fs.PathError{Op: "open", Path: path, Err: syscall.EISDIR}
	}
	f, err := p.Root.OpenFile(p.Name, flag, perm)
	if err == nil && folder {
		if info, e := f.Stat(); e != nil || !info.IsDir() {
			f.Close()
			return nil, &fs.PathError{Op: "open", Path: path, Err: syscall.ENOTDIR}
		}
	}
	return f, p.Explain(err)
}

// check tells whether a path is allowed; what is there does not matter.
func (s *Sandbox) check(access Permission, path string) error {
	p, err := s.Place(access, path)
	if err != nil {
		return err
	}
	defer p.Close()
	sp, err := p.spot(true)
	var denied *DeniedError
	if errors.As(err, &denied) {
		return p.Explain(err)
	}
	if err == nil {
		sp.close()
	}
	return nil
}

// Stat describes a file that may be read or written, following links.
func (s *Sandbox) Stat(path string) (fs.FileInfo, error) {
	p, err := s.Place(Read, path)
	if err != nil {
		var e error
		if p, e = s.Place(Write, path); e != nil {
			return nil, err
		}
	}
	defer p.Close()
	return p.Stat()
}

// Remove removes a file, a link or an empty folder.
func (s *Sandbox) Remove(path string) error {
	p, err := s.Place(Write, path)
	if err != nil {
		return err
	}
	defer p.Close()
	if p.IsFolder() && !s.trusted {
		return &DeniedError{Permission: Write, Target: path, Reason: "is an allowed folder itself, which cannot be removed"}
	}
	return p.Explain(p.Root.Remove(p.Name))
}

// Rename moves a file or folder, over what is there. Since what was unreadable
// could become readable by it, the source needs the permission to read as well
// as that to write.
func (s *Sandbox) Rename(from, to string) error {
	for _, access := range []Permission{Read, Write} {
		p, err := s.Place(access, from)
		if err != nil {
			return err
		}
		p.Close()
		if p.IsFolder() && !s.trusted {
			return &DeniedError{Permission: access, Target: from, Reason: "is an allowed folder itself, which cannot be moved"}
		}
	}
	src, err := s.Place(Write, from)
	if err != nil {
		return err
	}
	defer src.Close()
	dst, err := s.Place(Write, to)
	if err != nil {
		return err
	}
	defer dst.Close()
	if dst.IsFolder() && !s.trusted {
		return &DeniedError{Permission: Write, Target: to, Reason: "is an allowed folder itself, which cannot be replaced"}
	}
	if err := s.checkTree(src.Path, Read, Write); err != nil {
		return err
	}
	err = s.move(src.Path, dst.Path)
	var denied *DeniedError
	if errors.As(err, &denied) && denied.Target == dst.Path {
		return dst.Explain(err)
	}
	return src.Explain(asPathError("rename", from, err))
}

// move renames by walks.
func (s *Sandbox) move(from, to string) error {
	// The walk for Read finds out whether a link, or a name that is denied,
	// lies on the way; the file is then the same one.
	seen, err := s.walk(Read, from, false)
	if err != nil {
		return err
	}
	defer seen.close()
	src, err := s.walk(Write, from, false)
	if err != nil {
		return err
	}
	defer src.close()
	if src.info == nil || seen.info == nil {
		return fs.ErrNotExist
	}
	if !os.SameFile(src.info, seen.info) {
		return errChanged
	}
	dst, err := s.walk(Write, to, false)
	if err != nil {
		return err
	}
	defer dst.close()
	return rename(src, dst)
}

// CreateTemp makes a new file in the temp folder, whose name begins with prefix,
// and opens it for reading and writing.
func (s *Sandbox) CreateTemp(prefix string) (*os.File, error) {
	p, err := s.Place(Write, os.TempDir())
	if err != nil {
		return nil, err
	}
	defer p.Close()
	for range 100 {
		name := filepath.Join(p.Name, prefix+rand.Text()[:10])
		f, err := p.Root.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
		if !errors.Is(err, fs.ErrExist) {
			return f, p.Explain(err)
		}
	}
	return nil, fmt.Errorf("cannot find a free name in %s", p.Path)
}

// RemoveAll removes the place: a file, a link, or a folder with all that is in
// it. Nothing is removed if something in it must not be. Links are removed, not
// followed. It stops when ctx is done.
func (p *Place) RemoveAll(ctx context.Context) error {
	if p.IsFolder() && !p.box.trusted {
		return &DeniedError{Permission: p.access, Target: p.asIs, Reason: "is an allowed folder itself, which cannot be removed"}
	}
	if err := p.Root.CheckTree(p.Name); err != nil {
		return err
	}
	sp, err := p.spot(false)
	if err != nil {
		return p.Explain(err)
	}
	defer sp.close()
	return p.Explain(removeAll(ctx, sp.dir, sp.name))
}

func removeAll(ctx context.Context, dir *os.Root, name string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	info, err := dir.Lstat(name)
	if err != nil {
		return err
	}
	if info.IsDir() {
		if err := empty(ctx, dir, name, info); err != nil {
			return err
		}
	}
	return dir.Remove(name)
}

// empty removes what is in a folder.
func empty(ctx context.Context, dir *os.Root, name string, info fs.FileInfo) error {
	folder, err := dir.OpenRoot(name + "/.")
	if err != nil {
		return err
	}
	defer folder.Close()
	if opened, err := folder.Stat("."); err != nil || !os.SameFile(info, opened) {
		return errors.Join(err, errChanged)
	}
	list, err := folder.Open(".")
	if err != nil {
		return err
	}
	names, err := list.Readdirnames(-1)
	if e := list.Close(); err == nil {
		err = e
	}
	for _, name := range names {
		if err := removeAll(ctx, folder, name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return err
}
