package sandbox

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// MaxFile is the size from which a file is neither read nor written as a whole.
const MaxFile = 100 << 20

// OpenFile opens a regular file for reading. Devices and pipes, whose reading
// might never end, are errors.
func (s *Sandbox) OpenFile(path string) (*os.File, error) {
	p, err := s.Place(Read, path)
	if err != nil {
		return nil, err
	}
	defer p.Close()
	return p.Open()
}

// Open opens the place, which must be a regular file, for reading.
func (p *Place) Open() (*os.File, error) {
	// Without O_NONBLOCK the opening of a pipe waits for its other end.
	f, err := p.Root.OpenFile(p.Name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, p.Explain(err)
	}
	info, err := f.Stat()
	if err == nil {
		switch {
		case info.IsDir():
			err = fmt.Errorf("%q is a folder, not a file", p.asIs)
		case !info.Mode().IsRegular():
			err = fmt.Errorf("%q is not a regular file (%s)", p.asIs, info.Mode().Type())
		}
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// ReadFile reads a whole file of MaxFile bytes at most.
func (s *Sandbox) ReadFile(ctx context.Context, path string) ([]byte, error) {
	f, err := s.OpenFile(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	size := int64(0)
	if info, err := f.Stat(); err == nil {
		size = info.Size()
	}
	if size > MaxFile {
		return nil, tooLarge(path)
	}
	data := make([]byte, 0, size+512)
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		// By pieces, so that a slow disk can be cancelled.
		n, err := f.Read(data[len(data):min(cap(data), len(data)+1<<20)])
		data = data[:len(data)+n]
		switch {
		case errors.Is(err, io.EOF):
			return data, nil
		case err != nil:
			return nil, fmt.Errorf("cannot read %q: %w", path, err)
		case len(data) > MaxFile: // it grew meanwhile
			return nil, tooLarge(path)
		case len(data) == cap(data):
			data = append(data, 0)[:len(data)]
		}
	}
}

func tooLarge(path string) error {
	return fmt.Errorf("%q is larger than %d MB; work on it in pieces", path, MaxFile>>20)
}

// WriteFile replaces the content of a file, or creates it. Readers see the old
// content or the new, never a part.
func (s *Sandbox) WriteFile(path string, data []byte) error {
	if len(data) > MaxFile {
		return tooLarge(path)
	}
	p, err := s.Place(Write, path)
	if err != nil {
		return err
	}
	defer p.Close()
	return p.Replace(func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	}, 0o644)
}

// Replace writes a new file beside the place and renames it over the place
// when write has returned without an error. An existing file keeps its mode; a
// new one gets perm. A link is followed, as long as it leads to an allowed folder.
func (p *Place) Replace(write func(io.Writer) error, perm fs.FileMode) error {
	sp, err := p.spot(true)
	if err != nil {
		return p.explainMissing(err)
	}
	defer sp.close()
	if sp.info != nil {
		if !sp.info.Mode().IsRegular() {
			return fmt.Errorf("%q exists and is not a regular file (%s); choose another path", p.asIs, sp.info.Mode().Type())
		}
		perm = sp.info.Mode().Perm()
	}
	temp := ".llmspell-" + rand.Text()[:12]
	f, err := sp.dir.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
	if err != nil {
		return p.explainMissing(err)
	}
	if sp.info != nil { // the umask must not take away what the file had
		err = f.Chmod(perm)
	}
	if err == nil {
		err = write(f)
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = sp.dir.Rename(temp, sp.name)
	}
	if err != nil {
		sp.dir.Remove(temp)
		return p.Explain(err)
	}
	return nil
}

// spot walks to the place.
func (p *Place) spot(follow bool) (*spot, error) {
	if err := p.Root.local("open", p.Name); err != nil {
		return nil, err
	}
	sp, err := p.box.walk(p.access, p.Path, follow)
	return sp, asPathError("open", p.Name, err)
}

// explainMissing is Explain for what creates a file: when something does not
// exist, it is the folder around.
func (p *Place) explainMissing(err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%q: the folder does not exist; create it first: %w", p.asIs, fs.ErrNotExist)
	case errors.Is(err, errLoop):
		return fmt.Errorf("%q: too many links; one probably leads to itself", p.asIs)
	}
	return p.Explain(err)
}

// Append adds to the end of a file, or creates it.
func (p *Place) Append(data []byte) error {
	f, err := p.Root.OpenFile(p.Name, os.O_WRONLY|os.O_APPEND|os.O_CREATE|syscall.O_NONBLOCK, 0o644)
	if err != nil {
		return p.explainMissing(err)
	}
	info, err := f.Stat()
	switch {
	case err != nil:
	case !info.Mode().IsRegular():
		err = fmt.Errorf("%q is not a regular file (%s)", p.asIs, info.Mode().Type())
	case info.Size()+int64(len(data)) > MaxFile:
		err = tooLarge(p.asIs)
	default:
		_, err = f.Write(data)
	}
	if e := f.Close(); err == nil {
		err = e
	}
	return p.Explain(err)
}
