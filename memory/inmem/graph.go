package inmem

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/llmspell/llmspell/memory"
)

// graph holds what is known, in rows that never change: what changes is replaced.
type graph struct {
	entities map[int64]memory.Entity
	named    map[string]int64        // also by aliases
	aliases  map[string]memory.Alias // by their keys
	facts    map[int64]memory.Fact
	of       map[int64][]int64 // the facts of subjects, and of entities that are objects
	single   map[string]bool
}

func newGraph() graph {
	return graph{map[int64]memory.Entity{}, map[string]int64{}, map[string]memory.Alias{}, map[int64]memory.Fact{}, map[int64][]int64{}, map[string]bool{}}
}

func (r *reader) EntityNamed(key string) (*memory.Entity, error) {
	id, ok := r.t.named[key]
	if !ok {
		return nil, nil
	}
	e := r.t.entities[id]
	return &e, nil
}

func (r *reader) Entities(ids ...int64) (out []memory.Entity, err error) {
	if len(ids) == 0 {
		ids = slices.Collect(maps.Keys(r.t.entities))
	}
	ids = slices.Clone(ids)
	slices.Sort(ids)
	for _, id := range slices.Compact(ids) {
		if e, ok := r.t.entities[id]; ok {
			out = append(out, e)
		}
	}
	return out, nil
}

func (r *reader) Facts(q memory.FactQuery) (out []memory.Fact, err error) {
	take := func(f memory.Fact) {
		if q.Match(&f) {
			out = append(out, f)
		}
	}
	if q.Subject != 0 {
		for _, id := range r.t.of[q.Subject] {
			take(r.t.facts[id])
		}
	} else if len(q.IDs) > 0 {
		for _, id := range q.IDs {
			if f, ok := r.t.facts[id]; ok {
				take(f)
			}
		}
	} else {
		for _, f := range r.t.facts {
			take(f)
		}
	}
	slices.SortFunc(out, func(a, b memory.Fact) int { return cmp.Compare(a.ID, b.ID) })
	return slices.CompactFunc(out, func(a, b memory.Fact) bool { return a.ID == b.ID }), nil // ids may be named twice
}

func (r *reader) Edges(ids []int64, as memory.AsOf, back bool, each func(memory.Edge) error) error {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	for _, id := range slices.Compact(ids) {
		for _, n := range r.t.of[id] {
			f := r.t.facts[n]
			if f.Object.Entity != 0 && f.Holds(as) && (!back && f.Subject == id || back && f.Object.Entity == id) {
				if err := each(memory.Edge{From: f.Subject, To: f.Object.Entity, Predicate: f.Predicate}); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (r *reader) Links(since memory.Instant, each func(memory.Link) error) error {
	var began []memory.Link
	for _, f := range r.t.facts {
		l := memory.Link{Edge: memory.Edge{From: f.Subject, To: f.Object.Entity, Predicate: f.Predicate}, Valid: f.Valid, Ended: f.Known.To != memory.Forever}
		switch {
		case f.Object.Entity == 0:
		case !l.Ended && f.Known.From > since:
			began = append(began, l)
		case l.Ended && f.Known.From <= since && f.Known.To > since:
			if err := each(l); err != nil {
				return err
			}
		}
	}
	for _, l := range began {
		if err := each(l); err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) Single(predicate string) (bool, error) {
	if single, ok := r.t.single[predicate]; ok {
		return single, nil
	}
	return memory.SingleByDefault(predicate), nil
}

func (w *writer) AddEntity(e *memory.Entity, key string) error {
	if _, ok := w.t.named[key]; ok {
		return fmt.Errorf("entity %q: %w", e.Name, memory.ErrExists)
	}
	w.s.id++
	e.ID = w.s.id
	id := e.ID
	w.t.entities[id], w.t.named[key] = *e, id
	w.undo = append(w.undo, func() {
		delete(w.t.entities, id)
		delete(w.t.named, key)
	})
	return nil
}

func (w *writer) SetEntity(e memory.Entity) error {
	before, ok := w.t.entities[e.ID]
	if !ok {
		return fmt.Errorf("entity %d: %w", e.ID, memory.ErrNotFound)
	}
	after := before
	after.Name, after.Type = e.Name, e.Type
	w.t.entities[e.ID] = after
	w.changePast()
	w.undo = append(w.undo, func() { w.t.entities[e.ID] = before })
	return nil
}

func (w *writer) AddFact(f *memory.Fact) error {
	w.s.id++
	f.ID = w.s.id
	w.put(*f)
	if f.Known.From != w.now {
		w.changePast()
	}
	id := f.ID
	w.undo = append(w.undo, func() { w.take(id) })
	return nil
}

// put makes a fact be there.
func (w *writer) put(f memory.Fact) {
	w.t.facts[f.ID] = f
	for _, e := range ends(f) {
		w.t.of[e] = append(w.t.of[e], f.ID)
	}
}

// take makes a fact not be there.
func (w *writer) take(id int64) {
	f := w.t.facts[id]
	delete(w.t.facts, id)
	for _, e := range ends(f) {
		w.t.of[e] = slices.DeleteFunc(w.t.of[e], func(n int64) bool { return n == id })
	}
}

// ends are the entities of a fact.
func ends(f memory.Fact) []int64 {
	if f.Object.Entity == 0 || f.Object.Entity == f.Subject {
		return []int64{f.Subject}
	}
	return []int64{f.Subject, f.Object.Entity}
}

func (w *writer) EndFact(id int64, at memory.Instant) error {
	f, ok := w.t.facts[id]
	switch {
	case !ok:
		return fmt.Errorf("fact %d: %w", id, memory.ErrNotFound)
	case f.Known.From == at:
		w.take(id)
		w.undo = append(w.undo, func() { w.put(f) })
		return nil
	}
	ended := f
	ended.Known.To = at
	w.t.facts[id] = ended
	w.undo = append(w.undo, func() { w.t.facts[id] = f })
	return nil
}

func (w *writer) SetSources(id int64, sources []int64) error {
	f, ok := w.t.facts[id]
	if !ok {
		return fmt.Errorf("fact %d: %w", id, memory.ErrNotFound)
	}
	told := f
	told.Sources = slices.Clone(sources)
	w.t.facts[id] = told
	w.undo = append(w.undo, func() { w.t.facts[id] = f })
	return nil
}

func (r *reader) Singles() (map[string]bool, error) { return maps.Clone(r.t.single), nil }

func (w *writer) SetSingle(predicate string, single bool) error {
	before, ok := w.t.single[predicate]
	w.t.single[predicate] = single
	w.undo = append(w.undo, func() {
		if w.t.single[predicate] = before; !ok {
			delete(w.t.single, predicate)
		}
	})
	return nil
}
