package daemon

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// ErrNotRunning says that no kernel of that id runs.
var ErrNotRunning = errors.New("no such kernel runs")

// List finds the kernels that run, the oldest first. What dead ones have left is
// removed on the way.
func (r Root) List() ([]Record, error) {
	records, _, err := r.survey(true)
	return records, err
}

// Stale lists the run folders of kernels that have died without cleaning up. It
// removes nothing.
func (r Root) Stale() ([]string, error) {
	_, stale, err := r.survey(false)
	return stale, err
}

// Survey lists the kernels that run and the run folders that dead ones have left.
// It removes nothing.
func (r Root) Survey() (live []Record, stale []string, err error) { return r.survey(false) }

func (r Root) survey(remove bool) (live []Record, stale []string, err error) {
	entries, err := os.ReadDir(r.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err == nil {
		err = privateFolder(r.path) // what strangers put there is not believed
	}
	if err != nil {
		return nil, nil, Explain(fmt.Errorf("list the kernels: %w", err))
	}
	for _, e := range entries {
		if !e.IsDir() {
			continue
		}
		dir := filepath.Join(r.path, e.Name())
		rec, dead, err := r.look(dir, remove)
		switch {
		case err != nil:
			return nil, nil, err
		case dead:
			stale = append(stale, dir)
		case rec.PID > 0:
			live = append(live, rec)
		}
	}
	slices.SortFunc(live, func(a, b Record) int {
		if c := a.StartedAt.Compare(b.StartedAt); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	return live, stale, nil
}

// Find finds a kernel that runs. The error wraps ErrNotRunning.
func (r Root) Find(id string) (Record, error) {
	dir, err := r.folder(id)
	if err != nil {
		return Record{}, err
	}
	rec, _, err := r.look(dir, true)
	if err != nil {
		return Record{}, err
	}
	if rec.PID == 0 {
		return Record{}, fmt.Errorf("%w: %q", ErrNotRunning, id)
	}
	return rec, nil
}

// lookPatience is how long a lock may be held by somebody who is not in the record:
// others that look too, or a kernel that starts.
const lookPatience = time.Second

// look tells what a run folder is: that of a kernel that lives, with its record, or that
// of a dead one. It is neither if the kernel is just starting.
func (r Root) look(dir string, remove bool) (rec Record, dead bool, err error) {
	for end := time.Now().Add(lookPatience); ; {
		lock, err := tryLock(dir, false)
		switch {
		case err == nil && remove:
			clear(dir, false)
			removeFolder(dir, lock)
			return Record{}, true, nil
		case err == nil:
			lock.Close()
			return Record{}, true, nil
		case errors.Is(err, fs.ErrNotExist): // nothing of ours, or just removed
			return Record{}, false, nil
		case errors.Is(err, errLocked):
			if rec, ok := r.identify(context.Background(), dir); ok {
				return rec, false, nil
			}
			if time.Now().After(end) {
				// The lock is the truth: a process that is not to be seen from here may live in
				// another container.
				rec, _ := surmise(dir)
				return rec, false, nil
			}
		case !errors.Is(err, errVanished):
			return Record{}, false, Explain(err)
		case time.Now().After(end):
			return Record{}, false, unsettled(dir)
		}
		time.Sleep(2 * time.Millisecond)
	}
}
