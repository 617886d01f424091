package filesystem

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"time"

	"github.com/fsnotify/fsnotify"

	"github.com/llmspell/llmspell/tools/sandbox"
	"github.com/llmspell/llmspell/tools/tool"
)

// watch is one call of file-watcher. All of it runs on the call's goroutine.
type watch struct {
	ctx       context.Context
	call      *tool.Call
	roots     []*root
	pattern   globs
	recursive bool
	debounce  time.Duration
	limit     int
	method    string
	reason    string
	notify    *notifier // nil while polling
	poll      poller
	pending   map[string]*change // by absolute path
	sequence  int
	events    []any
}

// change is what has happened to a path since its last event.
type change struct {
	path        string
	kind, what  string
	first, last time.Time
	sequence    int
}

const (
	created  = "create"
	modified = "modify"
	deleted  = "delete"
	renamed  = "rename"
)

// merge returns the kind of two changes that follow each other, "" for none.
func merge(before, after string) string {
	switch {
	case before == created && after == modified:
		return created
	case before == created && (after == deleted || after == renamed):
		return ""
	case (before == deleted || before == renamed) && after == created:
		return modified
	}
	return after
}

// see notes a change of a path below a root.
func (w *watch) see(r *root, rel, kind string) {
	if r.only != "" && rel != r.only || len(w.pattern) > 0 && !w.pattern.match(filepath.ToSlash(rel)) {
		return
	}
	if _, err := r.place.Child(rel).Lstat(); errors.As(err, new(*sandbox.DeniedError)) {
		return // the policy denies it, also that anybody hears of it
	}
	now := time.Now()
	path := filepath.Join(r.place.Path, filepath.FromSlash(rel))
	if c, ok := w.pending[path]; ok {
		if c.kind = merge(c.kind, kind); c.kind == "" {
			delete(w.pending, path)
			return
		}
		c.last = now
		if kind == created {
			c.what = r.kindOf(rel)
		}
		return
	}
	w.sequence++
	w.pending[path] = &change{path: path, kind: kind, what: r.kindOf(rel), first: now, last: now, sequence: w.sequence}
}

// flush makes events of the changes that are old enough, or of all, and
// returns when the next one will be; zero for none.
func (w *watch) flush(all bool) (next time.Time) {
	now := time.Now()
	var ready []*change
	all = all || len(w.pending)+len(w.events) >= 2*w.limit
	for path, c := range w.pending {
		due := c.last.Add(w.debounce)
		// What never rests is given all the same.
		if longest := c.first.Add(10*w.debounce + time.Second); due.After(longest) {
			due = longest
		}
		if all || !due.After(now) {
			ready = append(ready, c)
			delete(w.pending, path)
		} else if next.IsZero() || due.Before(next) {
			next = due
		}
	}
	slices.SortFunc(ready, func(a, b *change) int { return a.sequence - b.sequence })
	for _, c := range ready {
		if len(w.events) < w.limit {
			w.events = append(w.events, map[string]any{"path": c.path, "kind": c.kind, "type": c.what, "time": c.last.UTC().Format(time.RFC3339Nano)})
		}
	}
	return next
}

// presenceEvery is how often to look whether the watched folders exist still.
const presenceEvery = 500 * time.Millisecond

func (w *watch) run(timeout time.Duration) (*tool.Result, error) {
	end := time.NewTimer(timeout)
	defer end.Stop()
	if err := w.start(); err != nil {
		return nil, err
	}
	w.call.Report(0, 0, "watching")
	due := time.NewTimer(time.Hour)
	defer due.Stop()
	interval := time.Duration(w.call.Params.Int("poll_interval_ms")) * time.Millisecond
	tick := time.NewTicker(interval)
	defer tick.Stop()
	// The system does not tell that a folder is gone which we hold open.
	presence := time.NewTicker(presenceEvery)
	defer presence.Stop()
	for {
		var events chan fsnotify.Event
		var errs chan error
		var ticks <-chan time.Time
		if w.notify != nil {
			events, errs = w.notify.Events, w.notify.Errors
		} else {
			ticks = tick.C
		}
		var err error
		select {
		case <-w.ctx.Done():
			return nil, w.ctx.Err()
		case <-end.C:
			w.flush(true)
			return w.result(true), nil
		case e := <-events:
			err = w.notify.handle(e)
		case e := <-errs:
			err = w.notify.failed(e)
		case <-ticks:
			err = w.poll.look(w)
		case <-presence.C:
			if slices.ContainsFunc(w.roots, w.gone) {
				err = errGone
			}
		case <-due.C:
		}
		if err != nil && w.notify != nil && w.call.Params.String("method") == "auto" && isNotifyLimit(err) {
			err = w.usePolling(err)
		}
		if errors.Is(err, errGone) {
			w.flush(true)
			w.reason = err.Error()
			return w.result(false), nil
		}
		if err != nil {
			return nil, err
		}
		if next := w.flush(false); !next.IsZero() {
			due.Reset(time.Until(next))
		}
		if len(w.events) >= w.limit {
			return w.result(false), nil
		}
	}
}

var errGone = errors.New("the folder that was watched is gone")

// start begins to watch, in the way that was asked for.
func (w *watch) start() error {
	method := w.call.Params.String("method")
	if method != "poll" {
		err := w.useNotify()
		if err == nil {
			return nil
		}
		w.notify.close()
		w.notify = nil
		if method == "notify" || w.ctx.Err() != nil {
			return err
		}
		w.reason = err.Error()
	}
	w.method = "poll"
	return w.poll.remember(w)
}

// usePolling goes on by polling after the system refused to tell more.
func (w *watch) usePolling(cause error) error {
	w.notify.close()
	w.notify, w.method, w.reason = nil, "poll", cause.Error()
	return w.poll.remember(w)
}
