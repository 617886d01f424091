package conformance

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/llmspell/llmspell/memory"
)

// walker is a random sequence of changes, by two memories in turn as two processes make them, and of walks, which are compared
// with those through all facts.
type walker struct {
	t     *testing.T
	rnd   *rand.Rand
	ours  [2]*memory.Memory
	known []memory.Instant // of some transactions
}

func testLinks(t *testing.T, b memory.Backend) {
	w := &walker{t: t, rnd: rand.New(rand.NewPCG(8, 8))}
	for i := range w.ours {
		var err error
		if w.ours[i], err = memory.New(b, memory.Options{}); err != nil {
			t.Fatal(err)
		}
	}
	for range 160 {
		w.assert()
	}
	for round := range 40 {
		for range 3 {
			w.change(round)
		}
		for range 4 {
			w.compare()
		}
	}
}

func (w *walker) node() string { return fmt.Sprint("node ", w.rnd.IntN(40)) }

func (w *walker) memory() *memory.Memory { return w.ours[w.rnd.IntN(2)] }

func (w *walker) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// claim is a random one, between entities.
func (w *walker) claim() memory.Claim {
	from := base.Add(time.Duration(w.rnd.IntN(60)) * time.Minute)
	c := memory.Claim{Subject: w.node(), Predicate: []string{"knows", "likes", "lives_in"}[w.rnd.IntN(3)], Entity: w.node(), From: from}
	if w.rnd.IntN(3) == 0 {
		c.To = from.Add(time.Duration(1+w.rnd.IntN(60)) * time.Minute)
	}
	return c
}

func (w *walker) assert() { w.must(w.memory().Assert(w.t.Context(), w.claim())) }

// change makes a random change. Those that are no claims are rare, since they have all links read anew.
func (w *walker) change(round int) {
	m, ctx := w.memory(), w.t.Context()
	exists := func(name string) bool { _, err := m.Entity(ctx, name); return err == nil }
	switch c := w.claim(); w.rnd.IntN(6) {
	case 0:
		w.must(m.Correct(ctx, c))
	case 1:
		if exists(c.Subject) {
			if err := m.Retract(ctx, c); !errors.Is(err, memory.ErrNotBelieved) {
				w.must(err)
			}
		}
	case 2:
		if a, b := w.node(), w.node(); round%8 == 7 && a != b && exists(a) && exists(b) {
			w.must(m.Merge(ctx, a, b))
		}
	case 3:
		if name := w.node(); round%8 == 3 && exists(name) {
			w.must(m.ForgetEntity(ctx, name))
		}
	default:
		w.must(m.Assert(ctx, c))
	}
	if at, err := m.Facts(ctx, memory.FactQuery{}); err == nil && len(at) > 0 {
		w.known = append(w.known, at[len(at)-1].Known.From)
	}
}

// compare walks from an entity, and does the same through all facts.
func (w *walker) compare() {
	ctx, name, hops := w.t.Context(), w.node(), 1+w.rnd.IntN(4)
	as := memory.AsOf{Valid: memory.At(base.Add(time.Duration(w.rnd.IntN(130)) * time.Minute)), Known: memory.Forever}
	switch w.rnd.IntN(8) {
	case 0:
		as.Known = w.known[w.rnd.IntN(len(w.known))]
	case 1:
		as.Valid = memory.Forever
	}
	start, err := w.ours[0].Entity(ctx, name)
	if err != nil {
		return
	}
	facts, err := w.ours[0].Facts(ctx, memory.FactQuery{As: &as})
	w.must(err)
	want := map[int64]int{start.ID: 0}
	for hop, at := 1, []int64{start.ID}; hop <= hops; hop++ {
		var next []int64
		for _, f := range facts {
			if _, seen := want[f.Object.Entity]; !seen && f.Object.Entity != 0 && slices.Contains(at, f.Subject) {
				want[f.Object.Entity] = hop
				next = append(next, f.Object.Entity)
			}
		}
		at = next
	}
	for _, m := range w.ours {
		near, err := m.Around(ctx, name, hops, as)
		w.must(err)
		got := map[int64]int{start.ID: 0}
		for i, n := range near {
			got[n.Entity.ID] = n.Hops
			if i > 0 && (near[i-1].Hops > n.Hops || near[i-1].Hops == n.Hops && near[i-1].Entity.ID >= n.Entity.ID) {
				w.t.Errorf("%d is before %d", near[i-1].Entity.ID, n.Entity.ID)
			}
		}
		if len(got) != len(near)+1 || !maps.Equal(got, want) {
			w.t.Fatalf("around %s in %d hops at %+v are %v, want %v", name, hops, as, got, want)
		}
		other, err := m.Entity(ctx, w.node())
		if err != nil {
			continue
		}
		path, err := m.Path(ctx, name, other.Name, hops, as)
		w.must(err)
		if distance, reached := want[other.ID]; len(path) != distance || len(path) > 0 && (!reached || path[0].From != start.ID || path[len(path)-1].To != other.ID) {
			w.t.Fatalf("the way from %s to %s at %+v is %v; the distance is %d (%v)", name, other.Name, as, path, distance, reached)
		}
		for i, e := range path {
			there := func(f memory.Fact) bool {
				return f.Subject == e.From && f.Object.Entity == e.To && f.Predicate == e.Predicate
			}
			if !slices.ContainsFunc(facts, there) || i > 0 && path[i-1].To != e.From {
				w.t.Fatalf("the way from %s to %s at %+v is %v", name, other.Name, as, path)
			}
		}
	}
}
