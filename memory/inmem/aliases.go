package inmem

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/llmspell/llmspell/memory"
)

func (r *reader) Aliases(ids ...int64) (out []memory.Alias, err error) {
	for _, a := range r.t.aliases {
		if len(ids) == 0 || slices.Contains(ids, a.Entity) {
			out = append(out, a)
		}
	}
	slices.SortFunc(out, func(a, b memory.Alias) int { return cmp.Compare(a.Name, b.Name) })
	return out, nil
}

func (r *reader) Knowledge() (memory.KnowledgeCursor, error) {
	return memory.KnowledgeCursor{Known: r.s.now, Past: r.s.past}, nil
}

func (r *reader) Changed(since memory.Instant) ([]int64, error) {
	found := map[int64]bool{}
	for id, e := range r.t.entities {
		if e.Created > since {
			found[id] = true
		}
	}
	for _, a := range r.t.aliases {
		if a.Created > since {
			found[a.Entity] = true
		}
	}
	for _, f := range r.t.facts {
		if f.Known.From > since || f.Known.To > since && f.Known.To != memory.Forever {
			found[f.Subject] = true
		}
	}
	return slices.Sorted(maps.Keys(found)), nil
}

// changePast notes a change that Changed does not tell.
func (w *writer) changePast() {
	w.s.past++
	w.undo = append(w.undo, func() { w.s.past-- })
}

func (w *writer) AddAlias(a memory.Alias, key string) error {
	if _, ok := w.t.named[key]; ok {
		return fmt.Errorf("the name %q: %w", a.Name, memory.ErrExists)
	}
	if _, ok := w.t.entities[a.Entity]; !ok {
		return fmt.Errorf("entity %d: %w", a.Entity, memory.ErrNotFound)
	}
	w.t.named[key], w.t.aliases[key] = a.Entity, a
	w.undo = append(w.undo, func() {
		delete(w.t.named, key)
		delete(w.t.aliases, key)
	})
	return nil
}

func (w *writer) DropAlias(key string) (bool, error) {
	a, ok := w.t.aliases[key]
	if !ok {
		return false, nil
	}
	delete(w.t.aliases, key)
	delete(w.t.named, key)
	w.changePast()
	w.undo = append(w.undo, func() { w.t.aliases[key], w.t.named[key] = a, a.Entity })
	return true, nil
}

func (w *writer) DropEntity(id int64) error {
	e, ok := w.t.entities[id]
	if !ok {
		return fmt.Errorf("entity %d: %w", id, memory.ErrNotFound)
	}
	for _, fact := range slices.Clone(w.t.of[id]) {
		w.drop(fact)
	}
	for key, a := range maps.Clone(w.t.aliases) {
		if a.Entity == id {
			if _, err := w.DropAlias(key); err != nil {
				return err
			}
		}
	}
	for key, named := range w.t.named {
		if named == id {
			delete(w.t.named, key)
			w.undo = append(w.undo, func() { w.t.named[key] = id })
		}
	}
	delete(w.t.entities, id)
	w.changePast()
	w.undo = append(w.undo, func() { w.t.entities[id] = e })
	return nil
}

// EntityIDs finds what to drop by a name. Nothing is ever damaged here.
func (w *writer) EntityIDs(key, _ string) ([]int64, error) {
	e, err := w.EntityNamed(key)
	if err != nil || e == nil {
		return nil, err
	}
	return []int64{e.ID}, nil
}

func (w *writer) DropKnowledge() (n int, err error) {
	for id := range maps.Clone(w.t.entities) {
		if err := w.DropEntity(id); err != nil {
			return 0, err
		}
		n++
	}
	return n, nil
}

// drop removes a fact.
func (w *writer) drop(id int64) {
	f := w.t.facts[id]
	w.take(id)
	w.changePast()
	w.undo = append(w.undo, func() { w.put(f) })
}

// CheckKnowledge has nothing to find.
func (r *reader) CheckKnowledge() error { return nil }

func (w *writer) DropFact(id int64) (bool, error) {
	_, ok := w.t.facts[id]
	if ok {
		w.drop(id)
	}
	return ok, nil
}

// DropDamaged has nothing to do: nothing is ever damaged here.
func (w *writer) DropDamaged() (int, error) { return 0, nil }

func (w *writer) DropFactsFrom(rows []int64) error {
	concerned := map[int64]bool{}
	gone := func(row int64) bool { return slices.Contains(rows, row) }
	for id, f := range maps.Clone(w.t.facts) {
		left, ok := memory.SourcesLeft(f.Sources, gone)
		if !ok {
			for _, e := range ends(f) {
				concerned[e] = true
			}
			w.drop(id)
		} else if len(left) < len(f.Sources) {
			if err := w.SetSources(id, left); err != nil {
				return err
			}
		}
	}
	for key, a := range maps.Clone(w.t.aliases) {
		if a.Source != 0 && slices.Contains(rows, a.Source) {
			concerned[a.Entity] = true
			if _, err := w.DropAlias(key); err != nil {
				return err
			}
		}
	}
	for id := range concerned {
		if len(w.t.of[id]) == 0 {
			if err := w.DropEntity(id); err != nil {
				return err
			}
		}
	}
	return nil
}
