package filesystem

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"

	"github.com/fsnotify/fsnotify"

	"github.com/llmspell/llmspell/tools/tool"
)

// notifier has the operating system tell of changes.
type notifier struct {
	*fsnotify.Watcher
	w    *watch
	dirs map[string]*notified // by the name under which fsnotify knows them
}

// notified is a folder that the system watches for us.
type notified struct {
	root *root
	rel  string // below the root; "" for itself
	// file is the folder, opened through the sandbox. On Linux the system is
	// told to watch this very file, by its name under /proc/self/fd: a path
	// could lead elsewhere a moment later.
	file *os.File
}

func notifySupported() bool {
	w, err := fsnotify.NewWatcher()
	if err == nil {
		w.Close()
	}
	return err == nil
}

func (w *watch) useNotify() error {
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		return explainNotify(err)
	}
	w.notify, w.method = &notifier{Watcher: watcher, w: w, dirs: map[string]*notified{}}, "notify"
	for _, r := range w.roots {
		if err := w.notify.add(r, "", false); err != nil {
			return err
		}
	}
	return nil
}

func (n *notifier) close() {
	if n == nil {
		return
	}
	n.Watcher.Close()
	for _, d := range n.dirs {
		d.file.Close()
	}
}

// errTooMany is a limit of the system's, or ours, on watched folders.
type errTooMany struct{ error }

func (e errTooMany) Unwrap() error { return e.error }

func isNotifyLimit(err error) bool { return errors.As(err, new(errTooMany)) }

func explainNotify(err error) error {
	switch {
	case errors.Is(err, syscall.ENOSPC):
		return errTooMany{tool.Errorf(tool.LimitExceeded, "the system watches no more folders for this user (fs.inotify.max_user_watches); use method poll, or watch less")}
	case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE):
		return errTooMany{tool.Errorf(tool.LimitExceeded, "the system opens no more files or watches (ulimit -n, fs.inotify.max_user_instances); use method poll, or watch less")}
	}
	return fmt.Errorf("cannot watch for changes: %w; use method poll", err)
}

// add watches a folder, and those in it. fresh: it has just been made, so what
// is in it is news, and may be gone again.
func (n *notifier) add(r *root, rel string, fresh bool) error {
	if err := n.w.ctx.Err(); err != nil {
		return err
	}
	if len(n.dirs) >= maxNotified {
		return errTooMany{tool.Errorf(tool.LimitExceeded, "there are more than %d folders to watch; use method poll, or watch less", maxNotified)}
	}
	if strings.Count(rel, "/") >= maxWatchDepth {
		return nil
	}
	p := r.place
	if rel != "" {
		p = p.Child(rel)
	}
	f, err := p.Root.Open(p.Name)
	if err != nil {
		switch {
		case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE):
			return explainNotify(err)
		case rel != "": // gone meanwhile, or not ours to read
			return nil
		}
		return p.Explain(err)
	}
	name := p.Path
	if runtime.GOOS == "linux" {
		name = fmt.Sprintf("/proc/self/fd/%d", f.Fd())
	}
	err = n.Add(name)
	if err == nil && runtime.GOOS != "linux" {
		err = sameFolder(f, name)
	}
	if err != nil {
		f.Close()
		if fresh && errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return explainNotify(err)
	}
	n.dirs[name] = &notified{root: r, rel: rel, file: f}
	if !n.w.recursive && !fresh || r.only != "" {
		return nil
	}
	// Read after the watch began: what comes later is told.
	entries, err := f.ReadDir(-1)
	if err != nil && !fresh {
		return fmt.Errorf("cannot read %q: %w", p.Path, err)
	}
	for _, e := range entries {
		child := path.Join(rel, e.Name())
		if fresh {
			n.w.see(r, child, created)
		}
		if e.IsDir() && n.w.recursive {
			if err := n.add(r, child, fresh); err != nil {
				return err
			}
		}
	}
	return nil
}

// sameFolder makes sure that what is watched by its path is what was opened.
func sameFolder(f *os.File, name string) error {
	opened, err := f.Stat()
	if err != nil {
		return err
	}
	now, err := os.Lstat(name)
	if err == nil && !os.SameFile(opened, now) {
		err = fmt.Errorf("%q was replaced while the watch began", name)
	}
	return err
}

// drop stops watching what is at a path or below it.
func (n *notifier) drop(r *root, rel string) {
	for name, d := range n.dirs {
		if d.root == r && (d.rel == rel || strings.HasPrefix(d.rel, rel+"/")) && d.rel != "" {
			_ = n.Remove(name) // the system may have done so
			d.file.Close()
			delete(n.dirs, name)
		}
	}
}

func (n *notifier) handle(e fsnotify.Event) error {
	if _, self := n.dirs[e.Name]; self { // the folder above it tells more, if it is watched
		return nil
	}
	dir, base := filepath.Split(e.Name)
	d := n.dirs[filepath.Clean(dir)]
	if d == nil { // told before the folder was dropped
		return nil
	}
	rel := path.Join(d.rel, base)
	switch {
	case e.Has(fsnotify.Remove):
		n.w.see(d.root, rel, deleted)
		n.drop(d.root, rel)
	case e.Has(fsnotify.Rename):
		n.w.see(d.root, rel, renamed)
		n.drop(d.root, rel)
	case e.Has(fsnotify.Create):
		n.w.see(d.root, rel, created)
		if n.w.recursive && d.root.only == "" && d.root.kindOf(rel) == "directory" {
			n.drop(d.root, rel) // one that was there before under this name
			return n.add(d.root, rel, true)
		}
	case e.Has(fsnotify.Write):
		n.w.see(d.root, rel, modified)
	}
	return nil
}

// failed handles an error that the system reports while watching. When it told
// so much that some was lost, only looking tells what changed.
func (n *notifier) failed(err error) error {
	if errors.Is(err, fsnotify.ErrEventOverflow) {
		return errTooMany{tool.Errorf(tool.LimitExceeded, "more changes came at a time than the system tells of, so some were lost; use method poll")}
	}
	return explainNotify(err)
}
