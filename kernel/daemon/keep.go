package daemon

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// written is a file of the run folder, as this kernel has left it.
type written struct {
	text []byte
	info fs.FileInfo // nil: not known
}

// write writes a file of the run folder, and notes what it is. i.mu is held, or nobody
// else knows the instance.
func (i *Instance) write(name string, text []byte) error {
	path := filepath.Join(i.dir, name)
	if err := writeWhole(path, text, Explain); err != nil {
		return err
	}
	i.note(name, text)
	return nil
}

// writeClaim says in the lock who holds it: who asks before there is a record is told.
// On Windows nobody else can read a locked file, and they are told later.
func (i *Instance) writeClaim() {
	text, err := json.Marshal(claim{i.id, i.self, i.activated})
	if err != nil {
		return
	}
	_ = os.WriteFile(filepath.Join(i.dir, lockFile), text, 0o600) // the lock itself is what counts
	i.note(lockFile, text)
}

func (i *Instance) note(name string, text []byte) {
	info, _ := os.Lstat(filepath.Join(i.dir, name))
	i.written[name] = written{text, info}
}

// unchanged tells whether a file is the one that was written, by what the folder tells.
func (w written) unchanged(path string) bool {
	info, err := os.Lstat(path)
	if err != nil {
		return !errors.Is(err, fs.ErrNotExist) // another error says nothing
	}
	return w.info != nil && os.SameFile(info, w.info) && info.Size() == w.info.Size() && info.ModTime().Equal(w.info.ModTime())
}

// Restore writes again what somebody has removed or changed of the files by which the
// kernel is found, and returns their names.
func (i *Instance) Restore() (names []string, err error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if !i.owns() {
		return nil, nil
	}
	for _, name := range []string{lockFile, tokenFile, recordFile} {
		w, ok := i.written[name]
		if !ok || w.unchanged(filepath.Join(i.dir, name)) {
			continue
		}
		if name == lockFile {
			err = errors.Join(err, i.relock())
		} else {
			err = errors.Join(err, i.write(name, w.text))
		}
		names = append(names, name)
	}
	return names, err
}

// relock takes the lock's file again, if it is another one now.
func (i *Instance) relock() error {
	path := filepath.Join(i.dir, lockFile)
	if !named(path, i.lock.file) {
		if _, err := straighten(i.dir, lockFile); err != nil {
			return Explain(err)
		}
		file, err := lockPath(path, true)
		if err != nil {
			return Explain(fmt.Errorf("take the lock of the run folder again: %w", err))
		}
		_ = i.lock.file.Close()
		i.lock.file = file
	}
	i.writeClaim()
	return nil
}

// Owns tells whether the run folder is still this kernel's. When somebody has removed
// it, what is there now may be another kernel's.
func (i *Instance) Owns() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.owns()
}

func (i *Instance) owns() bool {
	if i.released {
		return false
	}
	lock, path := i.lock.folder, i.dir
	if lock == nil {
		lock, path = i.lock.file, filepath.Join(i.dir, lockFile)
	}
	there, err := os.Lstat(path)
	if err != nil {
		return !errors.Is(err, fs.ErrNotExist) // another error says nothing
	}
	held, err := lock.Stat()
	return err != nil || os.SameFile(held, there)
}

// Lost says why nobody finds the kernel any more, once it is published: its run folder,
// or the socket there, was removed. Nil: it is found.
func (i *Instance) Lost() error {
	if !i.Owns() {
		return fmt.Errorf("the run folder %s was removed: nobody finds this kernel any more", i.dir)
	}
	if _, err := os.Lstat(i.SocketPath()); errors.Is(err, fs.ErrNotExist) && !i.activated {
		return fmt.Errorf("the socket %s was removed: nobody reaches this kernel any more", i.SocketPath())
	}
	return nil
}
