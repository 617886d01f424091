package sandbox

import (
	"errors"
	"io"
	"os"
)

// Symlink makes a symbolic link with a target that is not looked at: it is
// checked whenever the link is followed.
func (r *Root) Symlink(target, name string) error {
	return r.at("symlink", name, false, func(dir *os.Root, name string) error { return dir.Symlink(target, name) })
}

// Link gives a file a second name. Where the policy denies something, the new
// name becomes a copy: a hard link would carry a file past a later denial.
func (r *Root) Link(from, to string) error {
	if err := errors.Join(r.local("link", from), r.local("link", to)); err != nil {
		return err
	}
	if r.root != nil && len(r.box.readBans)+len(r.box.writeBans) == 0 {
		if err := r.root.Link(from, to); !isEscape(err) {
			return err
		}
	}
	return r.copyFile(from, to)
}

func (r *Root) copyFile(from, to string) (err error) {
	src, err := r.Open(from)
	if err != nil {
		return err
	}
	defer src.Close()
	info, err := src.Stat()
	if err != nil {
		return err
	}
	dst, err := r.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, info.Mode().Perm())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, dst.Close()) }()
	_, err = io.Copy(dst, src)
	return err
}
