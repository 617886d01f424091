package filesystem

import (
	"errors"
	"io/fs"
	"maps"
	"slices"
	"time"

	"github.com/llmspell/llmspell/tools/tool"
)

// poller finds changes by looking at everything again and again.
type poller struct {
	states []map[string]state // of each root, by path below it
}

type state struct {
	mode fs.FileMode
	size int64
	time time.Time
}

// remember takes the state from which changes count.
func (p *poller) remember(w *watch) error {
	p.states = p.states[:0]
	for _, r := range w.roots {
		s, err := p.snapshot(w, r)
		if err != nil {
			return err
		}
		p.states = append(p.states, s)
	}
	return nil
}

// look compares everything with what it was, and notes the differences.
func (p *poller) look(w *watch) error {
	for i, r := range w.roots {
		now, err := p.snapshot(w, r)
		if err != nil {
			if errors.Is(err, fs.ErrNotExist) {
				return errGone
			}
			return err
		}
		before := p.states[i]
		p.states[i] = now
		for _, rel := range slices.Sorted(maps.Keys(before)) {
			if after, ok := now[rel]; !ok {
				w.see(r, rel, deleted)
			} else if was := before[rel]; was.mode.Type() != after.mode.Type() {
				w.see(r, rel, deleted)
				w.see(r, rel, created)
			} else if !after.mode.IsDir() && was != after {
				w.see(r, rel, modified)
			}
		}
		for _, rel := range slices.Sorted(maps.Keys(now)) {
			if _, ok := before[rel]; !ok {
				w.see(r, rel, created)
			}
		}
	}
	return nil
}

func (p *poller) snapshot(w *watch, r *root) (map[string]state, error) {
	depth := 1
	if w.recursive && r.only == "" {
		depth = maxWatchDepth
	}
	out := map[string]state{}
	err := walk(w.ctx, r.place, depth, func(rel string, e fs.DirEntry) error {
		if r.only != "" && rel != r.only {
			return nil
		}
		info, err := e.Info()
		if err != nil { // gone meanwhile
			return nil
		}
		if len(out) == maxPolled {
			return tool.Errorf(tool.LimitExceeded, "there are more than %d files and folders to look at; watch less", maxPolled)
		}
		out[rel] = state{mode: info.Mode(), size: info.Size(), time: info.ModTime()}
		return nil
	}, func(string, error) {})
	return out, err
}
