package inmem

import (
	"cmp"
	"slices"

	"github.com/llmspell/llmspell/memory"
)

func (r *reader) Patterns(q memory.PatternQuery) (out []memory.Pattern, err error) {
	for _, p := range r.t.patterns {
		if q.Match(&p) {
			out = append(out, p)
		}
	}
	slices.SortFunc(out, func(a, b memory.Pattern) int { return cmp.Compare(a.ID, b.ID) })
	return out, nil
}

func (w *writer) CountPatterns(list []memory.Pattern) error {
	for _, p := range list {
		before, there := w.alike(p)
		after := p
		if there {
			after = before.Add(p)
		} else {
			w.s.id++
			after.ID = w.s.id
		}
		after.Confidence = 0
		w.t.patterns[after.ID] = after
		w.undo = append(w.undo, func() {
			if delete(w.t.patterns, after.ID); there {
				w.t.patterns[after.ID] = before
			}
		})
	}
	return nil
}

// alike finds the pattern that another one counts for.
func (w *writer) alike(p memory.Pattern) (memory.Pattern, bool) {
	for _, have := range w.t.patterns {
		if have.Session == p.Session && have.Kind == p.Kind && have.About == p.About && have.From == p.From && have.To == p.To {
			return have, true
		}
	}
	return memory.Pattern{}, false
}

func (w *writer) DropPatterns(q memory.PatternQuery) (n int, err error) {
	list, err := w.Patterns(q)
	for _, p := range list {
		delete(w.t.patterns, p.ID)
		w.undo = append(w.undo, func() { w.t.patterns[p.ID] = p })
	}
	return len(list), err
}
