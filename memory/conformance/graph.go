package conformance

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/llmspell/llmspell/memory"
)

// layer is what one claim has said, in the naive model: nothing else is ever kept.
type layer struct {
	known  memory.Instant
	valid  memory.Span
	object string // "": nothing holds
}

// layers are those of a subject and predicate, or of one object.
type layers []layer

// at is what holds at a moment on both clocks: what the last claim about it has said.
func (l layers) at(a memory.AsOf) string {
	for _, y := range slices.Backward(l) {
		if y.known <= a.Known && y.valid.Holds(a.Valid) {
			return y.object
		}
	}
	return ""
}

// begins is when, after an instant, something begins to hold that did not just before.
func (l layers) begins(after memory.Instant) memory.Instant {
	next := memory.Forever
	for _, y := range l {
		for _, s := range []memory.Instant{y.valid.From, y.valid.To} {
			if s <= after || s >= next {
				continue
			}
			now := l.at(memory.AsOf{Valid: s, Known: memory.Forever})
			if now != "" && now != l.at(memory.AsOf{Valid: s - 1, Known: memory.Forever}) {
				next = s
			}
		}
	}
	return next
}

// naive is the model: layers by what they are about.
type naive map[string]layers

// graphRun is one random sequence on a backend and on the model.
type graphRun struct {
	t     *testing.T
	rnd   *rand.Rand
	m     *memory.Memory
	wall  memory.Instant // what the clock tells
	now   memory.Instant // of the last transaction
	model naive
	known []memory.Instant // of all transactions
}

// predicates of the runs: whether they have one object at a time.
var predicates = map[string]bool{"lives_in": true, "knows": false, "likes": false}

func testGraph(t *testing.T, open Open) {
	for seed := range uint64(12) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			g := &graphRun{t: t, rnd: rand.New(rand.NewPCG(seed, 1)), wall: memory.At(base), model: naive{}}
			b := open(t, func() time.Time { return g.wall.Time() })
			var err error
			if g.m, err = memory.New(b, memory.Options{Clock: func() time.Time { return g.wall.Time() }}); err != nil {
				t.Fatal(err)
			}
			for range 80 {
				g.claim()
			}
			for range 400 {
				g.ask()
			}
			if err := b.Check(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

// minute is an instant of the runs' valid time.
func (g *graphRun) minute() memory.Instant {
	return memory.At(base.Add(time.Duration(g.rnd.IntN(60)-30) * time.Minute))
}

// pick chooses what a claim is about. Values and entities never have the same text.
func (g *graphRun) pick() (subject, predicate, object string, asValue bool) {
	subject = []string{"Ann", "Bob", "Café No. 1"}[g.rnd.IntN(3)]
	predicate = []string{"lives_in", "knows", "likes"}[g.rnd.IntN(3)]
	object = []string{"Paris", "Rome", "Oslo"}[g.rnd.IntN(3)]
	return subject, predicate, object, predicate == "likes"
}

// claim makes a random claim, and notes it in the model.
func (g *graphRun) claim() {
	g.wall += memory.Instant(g.rnd.IntN(200_000_000) - 50_000_000) // clocks go backwards, too
	subject, predicate, thing, asValue := g.pick()
	c := memory.Claim{Subject: subject, Predicate: predicate}
	if asValue {
		c.Value = thing
	} else {
		c.Entity = thing
	}
	now := max(g.now+1, g.wall)
	valid, begun := memory.Span{From: g.wall, To: memory.Forever}, now
	if g.rnd.IntN(4) > 0 {
		valid.From = g.minute()
		begun = valid.From
		c.From = valid.From.Time()
	}
	if end := g.minute(); g.rnd.IntN(2) == 0 && end > valid.From {
		valid.To = end
		c.To = end.Time()
	}
	about := subject + "/" + predicate
	if !predicates[predicate] {
		about += "/" + thing
	}
	var err error
	switch kind := g.rnd.IntN(4); kind {
	case 0, 1:
		if c.To.IsZero() {
			valid.To = g.model[about].begins(max(valid.From, begun))
		}
		err = g.m.Assert(g.t.Context(), c)
		g.model[about] = append(g.model[about], layer{now, valid, thing})
	case 2:
		err = g.m.Correct(g.t.Context(), c)
		g.model[about] = append(g.model[about], layer{now, valid, thing})
	case 3:
		if _, missing := g.m.Entity(g.t.Context(), subject); missing != nil {
			return
		}
		if err = g.m.Retract(g.t.Context(), c); errors.Is(err, memory.ErrNotBelieved) {
			err = nil
		}
		l := g.model[about]
		// Of a predicate with one object a retraction with another one changes nothing: it
		// leaves a layer only where its object held.
		if predicates[predicate] {
			l = append(l, g.retracted(l, now, valid, thing)...)
		} else {
			l = append(l, layer{now, valid, ""})
		}
		g.model[about] = l
	}
	if err != nil {
		g.t.Fatalf("%+v: %v", c, err)
	}
	g.now = now
	g.known = append(g.known, now)
}

// retracted are layers that leave nothing where an object held in a span.
func (g *graphRun) retracted(l layers, now memory.Instant, valid memory.Span, object string) (out layers) {
	cuts := []memory.Instant{valid.From, valid.To}
	for _, y := range l {
		for _, s := range []memory.Instant{y.valid.From, y.valid.To} {
			if valid.From < s && s < valid.To {
				cuts = append(cuts, s)
			}
		}
	}
	slices.Sort(cuts)
	cuts = slices.Compact(cuts)
	for i := range len(cuts) - 1 {
		if l.at(memory.AsOf{Valid: cuts[i], Known: memory.Forever}) == object {
			out = append(out, layer{now, memory.Span{From: cuts[i], To: cuts[i+1]}, ""})
		}
	}
	return out
}

// ask compares an answer about a random moment on both clocks.
func (g *graphRun) ask() {
	subject, predicate, _, _ := g.pick()
	as := memory.AsOf{Valid: g.minute() + memory.Instant(g.rnd.IntN(3)-1), Known: memory.Forever}
	switch g.rnd.IntN(4) {
	case 0:
		as.Known = g.known[g.rnd.IntN(len(g.known))] - memory.Instant(g.rnd.IntN(2))
	case 1:
		as.Valid = g.known[g.rnd.IntN(len(g.known))]
	case 2:
		as.Known = g.known[g.rnd.IntN(len(g.known))]
	}
	want := []string{}
	if predicates[predicate] {
		if o := g.model[subject+"/"+predicate].at(as); o != "" {
			want = append(want, o)
		}
	} else {
		for _, thing := range []string{"Oslo", "Paris", "Rome"} {
			if o := g.model[subject+"/"+predicate+"/"+thing].at(as); o != "" {
				want = append(want, o)
			}
		}
	}
	e, err := g.m.Entity(g.t.Context(), subject)
	if err != nil {
		return // no claim was about it
	}
	facts, err := g.m.Facts(g.t.Context(), memory.FactQuery{Subject: e.ID, Predicate: predicate, As: &as})
	if err != nil {
		g.t.Fatal(err)
	}
	got := []string{}
	for _, f := range facts {
		got = append(got, g.text(f.Object))
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		g.t.Errorf("%s %s at %+v: %v, the model says %v", subject, predicate, as, got, want)
	}
}

// text is an object as the model names it.
func (g *graphRun) text(o memory.Object) string {
	for _, name := range []string{"Paris", "Rome", "Oslo"} {
		if v, err := memory.EncodeValue(name); err == nil && o.Value == v {
			return name
		}
		if e, err := g.m.Entity(g.t.Context(), name); err == nil && e.ID == o.Entity {
			return name
		}
	}
	return fmt.Sprintf("%+v", o)
}
