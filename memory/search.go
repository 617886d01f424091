package memory

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/llmspell/llmspell/memory/text"
	"github.com/llmspell/llmspell/memory/vector"
)

// Mode is how a search finds.
type Mode int

// The modes.
const (
	Auto    Mode = iota // Hybrid if there is an embedder, else Words
	Words               // by words
	Vectors             // by meaning
	Hybrid              // by both
)

// Query is what Find looks for.
type Query struct {
	Text   string
	Filter Filter // Order and Limit do not count
	Limit  int    // 0: 10
	Mode   Mode
}

// Found is an episode that was found.
type Found struct {
	*Episode
	Score float64 // greater is better; comparable within one search
}

// Answer is what Find has found.
type Answer struct {
	Found []Found // the best first
	Mode  Mode    // how it was found in the end: never Auto
	// Warning says why vectors were not used, or not all; "": there is nothing to say.
	Warning string
	// Damaged names turns that are damaged, and could not be found; nil: none is, as far as was seen.
	Damaged error
}

// defaultLimit is how many are found if nobody says.
const defaultLimit = 10

// Deep is how many are looked at, of each kind, where results are put together.
func Deep(limit int) int { return max(100, 4*limit) }

// Search is Find without what it says besides.
func (m *Memory) Search(ctx context.Context, q Query) ([]Found, error) {
	a, err := m.Find(ctx, q)
	return a.Found, err
}

// Find returns the episodes that fit a query. It sees what was written before, by any
// process; what was forgotten never comes back. If the embedder fails it finds by words, and warns.
func (m *Memory) Find(ctx context.Context, q Query) (a Answer, err error) {
	if q.Limit < 0 {
		return a, errors.New("the limit is negative")
	}
	if err := cmp.Or(CheckText("the query", q.Text), q.Filter.check()); err != nil {
		return a, err
	}
	if q.Limit == 0 {
		q.Limit = defaultLimit
	}
	if a.Mode = q.Mode; a.Mode == Auto {
		if a.Mode = Words; m.meaning != nil {
			a.Mode = Hybrid
		}
	}
	if a.Mode != Words && m.meaning == nil {
		return a, ErrNoEmbedder
	}
	var vec []float32
	if a.Mode != Words {
		var asked bool
		if vec, asked, a.Warning, err = m.meaning.Question(ctx, q.Text); err != nil {
			return a, err
		}
		if !asked {
			a.Mode = Words
		}
	}
	if err := m.refresh(ctx); err != nil {
		return a, err
	}
	if m.changedMuch() {
		_ = m.keep(ctx) // the next process builds it anew then
	}
	keep, damaged, err := m.keeper(ctx, q.Filter)
	if err != nil {
		return a, err
	}
	most := q.Limit
	if m.priors.any() {
		most = Deep(most)
	}
	hits, err := m.hits(ctx, q, vec, a.Mode, most, keep)
	if err != nil {
		return a, err
	}
	found, lost, err := m.fetch(ctx, hits)
	a.Found = found
	m.mu.RLock()
	a.Damaged = m.index.damaged.With(damaged).With(lost).Err("turns")
	m.mu.RUnlock()
	if err == nil && m.priors.any() {
		m.priors.apply(a.Found, m.clock())
		a.Found = a.Found[:min(q.Limit, len(a.Found))]
	}
	return a, err
}

// hits are the best rows, by words, by meaning, or by both.
func (m *Memory) hits(ctx context.Context, q Query, vec []float32, mode Mode, limit int, keep func(int64) bool) ([]text.Hit, error) {
	k := limit
	if mode == Hybrid {
		k = Deep(limit)
	}
	var byWords []text.Hit
	var byMeaning []vector.Hit
	var err error
	if mode != Words && vec != nil {
		there := func(row int64) bool { return m.index.heads[row] != nil && (keep == nil || keep(row)) }
		if byMeaning, err = m.meaning.Nearest(ctx, vec, k, Among{Turns: q.Filter}, m.mu.RLocker(), there); err != nil {
			return nil, err
		}
	}
	if mode != Vectors {
		m.mu.RLock()
		byWords, err = m.index.words.Search(q.Text, text.Options{K: k, Filter: keep})
		m.mu.RUnlock()
		if err != nil {
			return nil, err
		}
	}
	switch mode {
	case Words:
		return byWords, nil
	case Vectors:
		out := make([]text.Hit, len(byMeaning))
		for i, h := range byMeaning {
			out[i] = text.Hit(h)
		}
		return out, nil
	}
	return Fuse(byWords, byMeaning, limit), nil
}

// keeper is what f allows; nil: all. It is called while mu is held. What is damaged is not allowed.
func (m *Memory) keeper(ctx context.Context, f Filter) (keep func(int64) bool, damaged Damage, err error) {
	f.Limit, f.Order = 0, ByRow
	if !f.headerOnly() {
		rows := map[int64]bool{}
		damaged = Damage{}
		f.Damaged = func(e *Episode, why error) error { damaged[e.Row] = why; return nil }
		err := m.backend.Read(ctx, m.tenant, func(r Reader) error {
			return r.Episodes(f, func(e *Episode) error { rows[e.Row] = true; return ctx.Err() })
		})
		return func(row int64) bool { return rows[row] }, damaged, err
	}
	if len(f.Sessions) == 0 && len(f.Roles) == 0 && f.Since.IsZero() && f.Until.IsZero() {
		return nil, nil, nil
	}
	return func(row int64) bool {
		h := m.index.heads[row]
		return h != nil && f.header(h.session, h.role, h.at)
	}, nil, nil
}

// fetch reads the episodes of hits.
func (m *Memory) fetch(ctx context.Context, hits []text.Hit) (out []Found, damaged Damage, err error) {
	if len(hits) == 0 {
		return nil, nil, nil
	}
	rows, scores := make([]int64, len(hits)), make(map[int64]float64, len(hits))
	for i, h := range hits {
		rows[i], scores[h.ID] = h.ID, float64(h.Score)
	}
	out = make([]Found, 0, len(hits))
	err = m.backend.Read(ctx, m.tenant, func(r Reader) error {
		list, err := r.EpisodesAt(rows)
		for _, e := range list {
			out = append(out, Found{e, scores[e.Row]})
			delete(scores, e.Row)
		}
		for row := range scores { // they are damaged since the index was made, or gone
			if err == nil {
				damaged, err = damaged.at(r, row)
			}
		}
		return err
	})
	return out, damaged, err
}

// at adds a row, if it is damaged.
func (d Damage) at(r Reader, row int64) (Damage, error) {
	err := r.Episodes(Filter{After: row - 1, Damaged: func(e *Episode, why error) error {
		if e.Row == row {
			d = d.With(Damage{row: why})
		}
		return errEnough
	}}, func(*Episode) error { return errEnough })
	if errors.Is(err, errEnough) {
		err = nil
	}
	return d, err
}

// errEnough ends what goes through many things.
var errEnough = errors.New("enough")

// refresh brings the index to where the rows are.
func (m *Memory) refresh(ctx context.Context) error {
	m.refreshing.Lock()
	defer m.refreshing.Unlock()
	if !m.loaded {
		if err := m.loadKept(ctx); err != nil {
			return err
		}
		m.loaded = true
	}
	m.mu.RLock()
	from := m.index.cursor
	m.mu.RUnlock()
	var to Cursor
	var added []*Episode
	var removed []int64
	damaged := Damage{}
	err := m.backend.Read(ctx, m.tenant, func(r Reader) (err error) {
		if to, err = r.Cursor(); err != nil || to.Row == from.Row && to.Removed == from.Removed {
			return err
		}
		if from.Row > 0 { // else there is nothing to remove from
			if removed, to.Removed, err = r.Removed(from.Removed); err != nil {
				return err
			}
		}
		skip := func(e *Episode, why error) error { damaged[e.Row] = why; return nil } // the others can be found
		return r.Episodes(Filter{After: from.Row, Damaged: skip}, func(e *Episode) error {
			added = append(added, e)
			return ctx.Err()
		})
	})
	if err != nil || to == from {
		return err
	}
	err = m.change(added, removed, func(ix *index) { ix.cursor, ix.damaged = to, ix.damaged.With(damaged) })
	m.meaning.Drop(removed)
	return err
}

// change takes episodes into the index, and rows out of it.
func (m *Memory) change(added []*Episode, removed []int64, end func(*index)) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.index.add(added); err != nil {
		return err
	}
	m.keeping.Changed(len(added)+m.index.drop(removed), len(removed) > 0)
	end(&m.index)
	return nil
}

// add takes episodes in.
func (ix *index) add(list []*Episode) error {
	names := map[string]string{}
	intern := func(s string) string {
		if known, ok := names[s]; ok {
			return known
		}
		names[s] = s
		return s
	}
	for _, e := range list {
		ix.heads[e.Row] = &head{intern(e.Session), intern(e.Role), At(e.Time)}
		if err := ix.words.Put(e.Row, document(e)); err != nil {
			return err
		}
	}
	return nil
}

// drop takes rows out, and tells how many there were. What was kept of them is gone already.
func (ix *index) drop(rows []int64) (n int) {
	for _, row := range rows {
		if ix.words.Delete(row) {
			n++
		}
		delete(ix.heads, row)
		delete(ix.damaged, row)
	}
	return n
}

// document is an episode as the index takes it, which knows no times of other ages.
func document(e *Episode) text.Document {
	name, role := speaker(e)
	d := text.Document{Session: e.Session, Speaker: name, Role: role, Body: e.Content, Time: e.Time}
	if y := e.Time.Year(); y < 1678 || y > 2261 {
		d.Time = time.Time{}
	}
	return d
}

// String is the mode's name.
func (m Mode) String() string {
	return [...]string{"auto", "words", "vectors", "hybrid"}[m]
}
