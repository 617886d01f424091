package logs

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// Rotation says when a file is put aside, and what is kept. The file log becomes
// log.1, log.1 becomes log.2, and so on; the oldest goes.
type Rotation struct {
	Size     int64 // bytes; the file is put aside before it grows beyond this. 0: never
	Count    int   // files that are kept beside the present one
	Compress bool  // as log.1.gz
}

// File is a log file that rotates. Writing never fails: see Write. Its methods may
// be called by any goroutine.
type File struct {
	path   string
	stderr io.Writer

	mu       sync.Mutex
	rotation Rotation
	f        *os.File
	size     int64
	closed   bool
	lost     int   // lines since the last that could be written
	retry    int64 // the size at which to try again to put the file aside, after a failure
	packing  sync.WaitGroup
}

// OpenFile opens a log file to append to it, and makes it, for nobody else to
// read, with its folder, if it is not there. Failures to write are told to stderr.
func OpenFile(path string, r Rotation, stderr io.Writer) (*File, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("the log file %s: its folder cannot be made: %w", path, err)
	}
	l := &File{path: path, rotation: r, stderr: stderr}
	if err := l.open(); err != nil {
		return nil, fmt.Errorf("the log file cannot be opened: %w", err)
	}
	return l, nil
}

func (l *File) open() error {
	f, err := os.OpenFile(l.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		return errors.Join(err, f.Close())
	}
	l.f, l.size = f, 0
	if info.Mode().IsRegular() { // a pipe or a device has no size, and is not put aside
		l.size = info.Size()
	}
	return nil
}

func (l *File) setRotation(r Rotation) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rotation = r
}

// Write writes one entry. What cannot be written, as on a full disk, is lost: the
// first time that is said on stderr, and when writing works again the file says
// how many lines are missing. After Close lines go nowhere. It never returns an error.
func (l *File) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return len(p), nil
	}
	l.makeRoom(int64(len(p)))
	var err error
	if l.lost > 0 {
		err = l.write(fmt.Appendf(nil, "# %d lines of the log were lost: they could not be written\n", l.lost))
		if err == nil {
			l.lost = 0
		}
	}
	if err == nil {
		err = l.write(p)
	}
	if err != nil {
		if l.lost++; l.lost == 1 {
			fmt.Fprintf(l.stderr, "llmspell: the log file %s cannot be written: %v; lines are lost until it can be\n", l.path, err)
		}
	}
	return len(p), nil
}

// write appends whole lines, or nothing.
func (l *File) write(p []byte) error {
	if l.f == nil {
		if err := l.open(); err != nil {
			return err
		}
	}
	n, err := l.f.Write(p)
	if err != nil {
		if n > 0 { // no half line; where others append too, it stays
			if info, statErr := l.f.Stat(); statErr == nil && info.Mode().IsRegular() && info.Size() == l.size+int64(n) {
				_ = l.f.Truncate(l.size)
			}
		}
		return err
	}
	l.size += int64(n)
	return nil
}

// makeRoom puts the file aside if n more bytes are too many. Where that does not
// work the file grows on, and it is tried again after as many bytes.
func (l *File) makeRoom(n int64) {
	if l.rotation.Size <= 0 || l.size == 0 || l.size+n <= max(l.rotation.Size, l.retry) || l.f == nil {
		return
	}
	info, err := l.f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return
	}
	if named, err := os.Stat(l.path); err != nil || !os.SameFile(info, named) {
		l.closeFile() // somebody else has put it aside
		l.retry = 0
		return
	}
	if err := l.rotate(); err != nil {
		if l.retry == 0 {
			fmt.Fprintf(l.stderr, "llmspell: the log file %s cannot be put aside: %v; it grows beyond its limit\n", l.path, err)
		}
		l.retry = l.size + l.rotation.Size
		return
	}
	l.retry = 0
}

func (l *File) closeFile() {
	if l.f != nil {
		_ = l.f.Close() // every line was written by itself
		l.f = nil
	}
}

// rotate renames the files, the oldest first, and begins a new one.
func (l *File) rotate() error {
	l.packing.Wait()
	l.closeFile()
	if l.rotation.Count == 0 {
		return errors.Join(ignoreMissing(os.Remove(l.path)), l.open())
	}
	var err error
	for i := l.rotation.Count; ; i++ { // what an older, larger count has left goes too
		a, b := os.Remove(l.old(i)), os.Remove(l.old(i)+".gz")
		if errors.Is(a, fs.ErrNotExist) && errors.Is(b, fs.ErrNotExist) && i > l.rotation.Count {
			break
		}
		err = errors.Join(err, ignoreMissing(a), ignoreMissing(b))
		if err != nil {
			break
		}
	}
	for i := l.rotation.Count - 1; i > 0; i-- {
		for _, suffix := range []string{"", ".gz"} {
			err = errors.Join(err, ignoreMissing(os.Rename(l.old(i)+suffix, l.old(i+1)+suffix)))
		}
	}
	err = errors.Join(err, ignoreMissing(os.Rename(l.path, l.old(1))))
	if opened := l.open(); opened != nil || err != nil {
		return errors.Join(err, opened)
	}
	if l.rotation.Compress {
		path := l.old(1)
		l.packing.Go(func() {
			if err := pack(path); err != nil {
				fmt.Fprintf(l.stderr, "llmspell: the log file %s cannot be compressed: %v; it stays as it is\n", path, err)
			}
		})
	}
	return nil
}

func (l *File) old(i int) string { return fmt.Sprintf("%s.%d", l.path, i) }

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// pack compresses a file and removes it, when that has worked.
func pack(path string) (err error) {
	in, err := os.Open(path)
	if err != nil {
		return err
	}
	defer in.Close()
	temp := path + ".gz.tmp"
	out, err := os.OpenFile(temp, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(temp)
		}
	}()
	z := gzip.NewWriter(out)
	_, err = io.Copy(z, in)
	if err = errors.Join(err, z.Close(), out.Close()); err != nil {
		return err
	}
	if err = os.Rename(temp, path+".gz"); err != nil {
		return err
	}
	_ = in.Close() // some systems do not remove open files
	return os.Remove(path)
}

// Reopen closes the file and opens it again under its name.
func (l *File) Reopen() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return errClosed
	}
	l.closeFile()
	if err := l.open(); err != nil {
		return fmt.Errorf("reopen the log file: %w", err)
	}
	return nil
}

// Sync makes what was written durable.
func (l *File) Sync() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.f == nil {
		return nil
	}
	return l.f.Sync()
}

// Close closes the file, when what was put aside is compressed.
func (l *File) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil
	}
	l.closed = true
	l.packing.Wait()
	if l.f == nil {
		return nil
	}
	return l.f.Close()
}
