package inmem

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/llmspell/llmspell/memory"
)

// reader is a memory.Reader. Rows never change: what changes is replaced.
type reader struct {
	s *Store
	t *tenant
}

// writer is a memory.Tx.
type writer struct {
	reader
	now  memory.Instant
	undo []func() // run from the last to the first
}

// copied is an episode that belongs to the caller.
func copied(e *memory.Episode) *memory.Episode {
	c := *e
	if text, err := memory.EncodeMetadata(e.Metadata); err == nil { // it was encoded before
		c.Metadata, _ = memory.DecodeMetadata(text)
	}
	return &c
}

func (r *reader) Episodes(f memory.Filter, each func(*memory.Episode) error) error {
	var found []*memory.Episode
	for _, row := range r.t.rows {
		if e := r.t.episodes[row]; f.Match(e) {
			found = append(found, e)
		}
	}
	if f.Order != memory.ByRow {
		slices.SortStableFunc(found, func(a, b *memory.Episode) int {
			c := cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.Row, b.Row))
			if f.Order == memory.Newest {
				return -c
			}
			return c
		})
	}
	if f.Limit > 0 {
		found = found[:min(f.Limit, len(found))]
	}
	for _, e := range found {
		if err := each(copied(e)); err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) EpisodesAt(rows []int64) ([]*memory.Episode, error) {
	out := make([]*memory.Episode, 0, len(rows))
	for _, row := range rows {
		if e := r.t.episodes[row]; e != nil {
			out = append(out, copied(e))
		}
	}
	return out, nil
}

func (r *reader) Cursor() (memory.Cursor, error) {
	return memory.Cursor{Row: r.s.row, Removed: r.s.seq}, nil
}

func (r *reader) Removed(after int64) (out []int64, upTo int64, err error) {
	upTo = after
	for _, gone := range r.t.removed {
		if gone.seq > after {
			out, upTo = append(out, gone.row), gone.seq
		}
	}
	return out, max(upTo, r.s.seq), nil
}

func (r *reader) Counts() (c memory.Counts, err error) {
	sessions, err := r.Sessions()
	c.Episodes, c.Sessions = len(r.t.rows), len(sessions)
	for _, s := range sessions {
		c.Unprocessed += s.Unprocessed
		if s.Unprocessed > 0 {
			c.UnprocessedSessions++
		}
	}
	c.Entities, c.Patterns = len(r.t.entities), len(r.t.patterns)
	for _, f := range r.t.facts {
		if f.Known.To == memory.Forever {
			c.Facts++
		}
	}
	return c, err
}

func (r *reader) Sessions() ([]memory.SessionCount, error) {
	by := map[string]*memory.SessionCount{}
	for _, row := range r.t.rows {
		e := r.t.episodes[row]
		at, s := memory.At(e.Time), by[e.Session]
		if s == nil {
			s = &memory.SessionCount{Session: e.Session, First: at, Last: at}
			by[e.Session] = s
		}
		s.Episodes++
		s.First, s.Last = min(s.First, at), max(s.Last, at)
		if !e.Processed {
			s.Unprocessed++
		}
	}
	var out []memory.SessionCount
	for _, s := range slices.SortedFunc(maps.Values(by), func(a, b *memory.SessionCount) int { return strings.Compare(a.Session, b.Session) }) {
		out = append(out, *s)
	}
	return out, nil
}

func (w *writer) Now() (memory.Instant, error) {
	if w.now == 0 {
		before := w.s.now
		w.now = max(before+1, memory.At(w.s.clock()))
		w.s.now = w.now
		w.undo = append(w.undo, func() { w.s.now = before })
	}
	return w.now, nil
}

func (w *writer) Advance(at memory.Instant) error {
	before := w.s.now
	w.s.now = max(before, at)
	w.undo = append(w.undo, func() { w.s.now = before })
	return nil
}

func (w *writer) AddEpisode(e *memory.Episode) error {
	key := [2]string{e.Session, e.ID}
	if _, ok := w.t.ids[key]; ok {
		return fmt.Errorf("episode %q of session %q: %w", e.ID, e.Session, memory.ErrExists)
	}
	if _, err := memory.EncodeMetadata(e.Metadata); err != nil {
		return err
	}
	w.s.row++
	e.Row = w.s.row
	w.set(copied(e))
	row := e.Row
	w.undo = append(w.undo, func() { w.unset(row) })
	return nil
}

// set makes an episode be there.
func (w *writer) set(e *memory.Episode) {
	t := w.t
	if _, ok := t.episodes[e.Row]; !ok {
		i, _ := slices.BinarySearch(t.rows, e.Row)
		t.rows = slices.Insert(t.rows, i, e.Row)
	}
	t.episodes[e.Row], t.ids[[2]string{e.Session, e.ID}] = e, e.Row
}

// unset makes an episode not be there.
func (w *writer) unset(row int64) {
	t := w.t
	e := t.episodes[row]
	delete(t.episodes, row)
	delete(t.ids, [2]string{e.Session, e.ID})
	if i, ok := slices.BinarySearch(t.rows, row); ok {
		t.rows = slices.Delete(t.rows, i, i+1)
	}
}

func (w *writer) MarkProcessed(rows []int64) error {
	for _, row := range rows {
		if e := w.t.episodes[row]; e != nil && !e.Processed {
			marked := *e
			marked.Processed = true
			w.t.episodes[row] = &marked
			w.undo = append(w.undo, func() { w.t.episodes[row] = e })
		}
	}
	return nil
}

func (w *writer) DropEpisodes(rows []int64) (n int, err error) {
	for _, row := range rows {
		e := w.t.episodes[row]
		if e == nil {
			continue
		}
		n++
		w.dropVectors(memory.Turns, row)
		w.unset(row)
		w.s.seq++
		w.t.removed = append(w.t.removed, removal{w.s.seq, row})
		w.undo = append(w.undo, func() {
			w.t.removed = w.t.removed[:len(w.t.removed)-1]
			w.set(e)
		})
	}
	return n, nil
}
