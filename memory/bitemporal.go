package memory

import (
	"cmp"
	"slices"
)

// change is what happens to the facts of one subject and predicate, and, if the
// predicate has several objects at a time, one object.
type change struct {
	valid Span
	// open: no end was given. It lasts until the next fact that is known to begin.
	open bool
	// begun: what begins up to this instant counts as having begun before the change, whatever clock said so.
	begun Instant
	// fact is what holds in that time from now on; nil: nothing does.
	fact *Fact
}

// plan says which of the facts that are believed end, which begin, and which have more sources now. current are those
// of the subject and predicate, or object; none overlap.
func plan(current []Fact, c change) (end, begin, told []Fact) {
	current = slices.Clone(current)
	slices.SortFunc(current, func(a, b Fact) int { return cmp.Compare(a.Valid.From, b.Valid.From) })
	if c.open {
		c.valid.To = nextBeginning(current, max(c.valid.From, c.begun))
	}
	if c.fact != nil && covered(current, c.fact.Object, c.valid) {
		return nil, nil, c.tell(current, c.valid.From)
	}
	var free []Span // where only the change says what holds
	if c.fact != nil {
		free = []Span{c.valid}
		told = c.tell(current, c.valid.To)
	}
	for _, f := range current {
		if !f.Valid.Overlaps(c.valid) {
			continue
		}
		end = append(end, f)
		if c.fact != nil && f.Object == c.fact.Object && !slices.Equal(f.Sources, c.fact.Sources) {
			both := *c.fact
			both.Valid = Span{max(f.Valid.From, c.valid.From), min(f.Valid.To, c.valid.To)}
			both.Sources = Told(f.Sources, c.fact.Sources)
			begin = append(begin, both)
			free = withoutAll(free, f.Valid)
		}
		for _, rest := range []Span{{f.Valid.From, c.valid.From}, {c.valid.To, f.Valid.To}} {
			if rest.From < rest.To {
				piece := f
				piece.Valid = rest
				begin = append(begin, piece)
			}
		}
	}
	for _, s := range free {
		f := *c.fact
		f.Valid = s
		begin = append(begin, f)
	}
	return end, begin, told
}

// tell gives the sources of what holds to facts of the same object that hold from an instant on, as long as one of them follows the
// other: what is said without an end, or is known already, is told of all of these.
func (c change) tell(facts []Fact, from Instant) (told []Fact) {
	to := c.valid.To
	for _, f := range facts {
		if c.open && f.Object == c.fact.Object && f.Valid.From == to {
			to = f.Valid.To
		}
	}
	if from >= to {
		return nil
	}
	for _, f := range facts {
		if f.Object != c.fact.Object || !f.Valid.Overlaps(Span{from, to}) {
			continue
		}
		if all := Told(f.Sources, c.fact.Sources); !slices.Equal(all, f.Sources) {
			f.Sources = all
			told = append(told, f)
		}
	}
	return told
}

// nextBeginning is when, after an instant, something else begins to hold than just before;
// Forever if nothing does. The facts are in order.
func nextBeginning(facts []Fact, after Instant) Instant {
	for i, f := range facts {
		if f.Valid.From <= after {
			continue
		}
		if i > 0 && facts[i-1].Valid.To == f.Valid.From && facts[i-1].Object == f.Object {
			continue // it goes on
		}
		return f.Valid.From
	}
	return Forever
}

// covered tells whether an object holds in all of a span. The facts are in order.
func covered(facts []Fact, o Object, s Span) bool {
	for _, f := range facts {
		if f.Object == o && f.Valid.From <= s.From && s.From < f.Valid.To {
			if s.From = f.Valid.To; s.From >= s.To {
				return true
			}
		}
	}
	return false
}
