package sandbox

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Root gives access to the files and folders below a folder, as os.Root does,
// with what the policy denies left out. Names are relative to the folder and
// must not lead out of it by "..". Links are followed where they lead into an
// allowed folder. Errors are *fs.PathError or *fs.LinkError as those of os.Root,
// except denials, which are *DeniedError. It is safe for concurrent use.
type Root struct {
	box    *Sandbox
	access Permission
	dir    string   // absolute
	root   *os.Root // nil: every operation walks
}

// Name returns the folder's absolute path.
func (r *Root) Name() string { return r.dir }

// Close frees the folder. Files opened through it stay open.
func (r *Root) Close() error {
	if r.root == nil {
		return nil
	}
	return r.root.Close()
}

// at does something with what a name stands for: in an os.Root that is its
// folder, or above it. A denial comes as it is, other errors with the name.
func (r *Root) at(op, name string, follow bool, do func(dir *os.Root, name string) error) error {
	if err := r.local(op, name); err != nil {
		return err
	}
	if r.root != nil {
		if err := do(r.root, name); !isEscape(err) {
			return err
		}
	}
	sp, err := r.box.walk(r.access, filepath.Join(r.dir, name), follow)
	if err != nil {
		return asPathError(op, name, err)
	}
	defer sp.close()
	return asPathError(op, name, do(sp.dir, sp.name))
}

// local refuses names that do not lie in the folder.
func (r *Root) local(op, name string) error {
	if filepath.IsLocal(name) {
		return nil
	}
	if name == "" || strings.IndexByte(name, 0) >= 0 {
		return &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	return r.box.denied(r.access, filepath.Join(r.dir, name), "leads out of the folder "+r.dir)
}

func asPathError(op, name string, err error) error {
	var denied *DeniedError
	if err == nil || errors.As(err, &denied) {
		return err
	}
	return &fs.PathError{Op: op, Path: name, Err: cause(err)}
}

// full is the path of a name where everything is allowed.
func (r *Root) full(name string) string { return filepath.Join(r.dir, name) }

// Open opens a file or folder for reading.
func (r *Root) Open(name string) (*os.File, error) { return r.OpenFile(name, os.O_RDONLY, 0) }

// Create makes or empties a file, and opens it for reading and writing.
func (r *Root) Create(name string) (*os.File, error) {
	return r.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o666)
}

// OpenFile opens a file with the flags of os.OpenFile.
func (r *Root) OpenFile(name string, flag int, perm fs.FileMode) (*os.File, error) {
	if err := r.local("open", name); err != nil {
		return nil, err
	}
	if r.box.trusted {
		return os.OpenFile(r.full(name), flag, perm)
	}
	if r.root != nil {
		if f, err := r.root.OpenFile(name, flag, perm); !isEscape(err) {
			return f, err
		}
	}
	f, err := r.box.open(r.access, filepath.Join(r.dir, name), flag, perm)
	if err != nil {
		return nil, asPathError("open", name, err)
	}
	return f, nil
}

// open opens a file by a walk. What is opened must be what was looked at, and
// nothing is made or emptied before that is certain.
func (s *Sandbox) open(access Permission, path string, flag int, perm fs.FileMode) (*os.File, error) {
	const makes = os.O_CREATE | os.O_EXCL
	for range maxLinks {
		sp, err := s.walk(access, path, flag&makes != makes)
		if err != nil {
			return nil, err
		}
		f, err := sp.open(flag, perm)
		sp.close()
		if !errors.Is(err, errChanged) {
			return f, err
		}
	}
	return nil, errChanged
}

// errChanged says that another process exchanged a file in mid-operation.
var errChanged error = syscall.EAGAIN

func (sp *spot) open(flag int, perm fs.FileMode) (*os.File, error) {
	if sp.info == nil {
		if flag&os.O_CREATE == 0 {
			return nil, fs.ErrNotExist
		}
		f, err := sp.dir.OpenFile(sp.name, flag&^os.O_TRUNC|os.O_EXCL, perm)
		if errors.Is(err, fs.ErrExist) && flag&os.O_EXCL == 0 {
			err = errChanged
		}
		return f, err
	}
	if flag&os.O_EXCL != 0 && flag&os.O_CREATE != 0 {
		return nil, syscall.EEXIST
	}
	f, err := sp.dir.OpenFile(sp.name, flag&^(os.O_CREATE|os.O_EXCL|os.O_TRUNC), perm)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) || isEscape(err) {
			err = errChanged
		}
		return nil, err
	}
	info, err := f.Stat()
	switch {
	case err != nil:
	case !os.SameFile(info, sp.info):
		err = errChanged
	case flag&os.O_TRUNC != 0 && info.Mode().IsRegular():
		err = f.Truncate(0)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// Stat describes a file, following links.
func (r *Root) Stat(name string) (fs.FileInfo, error) { return r.stat(name, true) }

// Lstat describes a file; a link is described itself.
func (r *Root) Lstat(name string) (fs.FileInfo, error) { return r.stat(name, false) }

func (r *Root) stat(name string, follow bool) (info fs.FileInfo, err error) {
	if r.box.trusted {
		if err := r.local("stat", name); err != nil {
			return nil, err
		}
		if follow {
			return os.Stat(r.full(name))
		}
		return os.Lstat(r.full(name))
	}
	err = r.at("stat", name, follow, func(dir *os.Root, name string) (err error) {
		if follow && dir == r.root {
			info, err = dir.Stat(name)
		} else {
			info, err = dir.Lstat(name)
		}
		return err
	})
	return info, err
}

// Readlink returns what a link leads to.
func (r *Root) Readlink(name string) (target string, err error) {
	err = r.at("readlink", name, false, func(dir *os.Root, name string) (err error) {
		target, err = dir.Readlink(name)
		return err
	})
	return target, err
}

// Mkdir makes a folder.
func (r *Root) Mkdir(name string, perm fs.FileMode) error {
	return r.at("mkdir", name, false, func(dir *os.Root, name string) error { return dir.Mkdir(name, perm) })
}

// MkdirAll makes a folder and the folders around it that are missing.
func (r *Root) MkdirAll(name string, perm fs.FileMode) error {
	if r.root != nil {
		if err := r.local("mkdir", name); err != nil {
			return err
		}
		if err := r.root.MkdirAll(name, perm); !isEscape(err) {
			return err
		}
	}
	if info, err := r.Stat(name); err == nil && info.IsDir() || name == "." {
		return err
	} else if err == nil {
		return &fs.PathError{Op: "mkdir", Path: name, Err: syscall.ENOTDIR}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if parent := filepath.Dir(name); parent != "." {
		if err := r.MkdirAll(parent, perm); err != nil {
			return err
		}
	}
	if err := r.Mkdir(name, perm); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

// Remove removes a file, a link or an empty folder.
func (r *Root) Remove(name string) error {
	return r.at("remove", name, false, func(dir *os.Root, name string) error { return dir.Remove(name) })
}

// RemoveAll removes a file, or a folder with all that is in it. It removes
// nothing when something in it must not be removed.
func (r *Root) RemoveAll(name string) error {
	if err := r.CheckTree(name); err != nil {
		return err
	}
	err := r.at("remove", name, false, func(dir *os.Root, name string) error { return dir.RemoveAll(name) })
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// CheckTree tells, by a *DeniedError, whether something in a folder is denied
// to whoever would copy, move or remove it as a whole.
func (r *Root) CheckTree(name string) error {
	if err := r.local("stat", name); err != nil {
		return err
	}
	return r.box.checkTree(r.full(name), r.access)
}

func (s *Sandbox) checkTree(path string, accesses ...Permission) error {
	for _, access := range accesses {
		list := s.bans(access)
		if len(list) == 0 {
			continue
		}
		info, err := os.Lstat(path)
		if err != nil || !info.IsDir() {
			return nil // the operation itself will say what is wrong
		}
		if text := current(list).inside(info); text != "" {
			return &DeniedError{Permission: access, Target: path, Reason: fmt.Sprintf("contains what --deny-%s=%s forbids", access, text)}
		}
	}
	return nil
}

// Rename moves a file or folder within this Root, over what is there.
func (r *Root) Rename(from, to string) error {
	if err := errors.Join(r.local("rename", from), r.local("rename", to)); err != nil {
		return err
	}
	if r.root != nil && len(r.box.readBans) == 0 {
		if err := r.root.Rename(from, to); !isEscape(err) {
			return err
		}
	}
	return r.box.Rename(r.full(from), r.full(to))
}

// Chmod changes the mode of a file.
func (r *Root) Chmod(name string, mode fs.FileMode) error {
	return r.at("chmod", name, true, func(dir *os.Root, name string) error { return dir.Chmod(name, mode) })
}

// Chtimes changes the times of a file.
func (r *Root) Chtimes(name string, atime, mtime time.Time) error {
	return r.at("chtimes", name, true, func(dir *os.Root, name string) error { return dir.Chtimes(name, atime, mtime) })
}

// ReadDir lists a folder in order of name, without what is denied.
func (r *Root) ReadDir(name string) ([]fs.DirEntry, error) {
	f, err := r.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	entries, err := f.ReadDir(-1)
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	if list := r.box.bans(r.access); len(list) > 0 && len(entries) > 0 {
		live := current(list)
		folder, err := f.Stat()
		if err != nil {
			return nil, err
		}
		entries = slices.DeleteFunc(entries, func(e fs.DirEntry) bool {
			if live.named(folder, e.Name()) != "" {
				return true
			}
			info, err := e.Info()
			return err == nil && live.of(info) != ""
		})
	}
	return entries, err
}
