package conformance

import (
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/llmspell/llmspell/memory"
	"github.com/llmspell/llmspell/memory/rag"
)

// clock is a time that a test moves.
type clock struct{ at atomic.Int64 }

func newClock(t time.Time) *clock {
	c := &clock{}
	c.at.Store(t.UnixNano())
	return c
}

func (c *clock) now() time.Time          { return time.Unix(0, c.at.Load()) }
func (c *clock) advance(d time.Duration) { c.at.Add(int64(d)) }
func global(id, text string) rag.Input   { return rag.Input{ID: id, Text: text} }
func session(s, id, text string) rag.Input {
	return rag.Input{Scope: "session:" + s, ID: id, Text: text}
}
func scope(names ...string) (f memory.DocumentFilter) { f.Scopes = names; return f }

// libraries opens two on a backend, as two processes would.
func libraries(t *testing.T, b memory.Backend, c *clock) (*rag.Library, *rag.Library) {
	t.Helper()
	one, err := rag.New(b, rag.Options{Tenant: "t", Clock: c.now})
	two, err2 := rag.New(b, rag.Options{Tenant: "t", Clock: c.now})
	if err := errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	return one, two
}

// ingest takes documents in, and returns what became of them.
func ingest(t *testing.T, l *rag.Library, inputs ...rag.Input) []rag.Status {
	t.Helper()
	done, err := l.Ingest(t.Context(), inputs...)
	if err != nil {
		t.Fatal(err)
	}
	out := []rag.Status{}
	for _, d := range done {
		out = append(out, d.Status)
	}
	return out
}

// foundIn lists the ids of the documents whose chunks a search finds.
func foundIn(t *testing.T, l *rag.Library, q rag.Query) []string {
	t.Helper()
	list, err := l.Search(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	out := []string{}
	for i, f := range list {
		out = append(out, f.Of.ID)
		if f.Score <= 0 || f.Score > 1 || i == 0 && f.Score != 1 || i > 0 && f.Score > list[i-1].Score {
			t.Errorf("%q: result %d has the score %v", q.Text, i, f.Score)
		}
	}
	return out
}

func testLibrary(t *testing.T, b memory.Backend) {
	l, other := libraries(t, b, newClock(base))
	tagged := global("ferry", "The ferry to Gull Island leaves at nine.")
	tagged.Metadata, tagged.Collection = map[string]any{"kind": "table"}, "travel"
	ingest(t, l, global("bread", "Rye bread needs a sourdough. It rests for a night."), tagged, session("s", "note", "The ferry was late today."))
	for _, c := range []struct {
		q    rag.Query
		want []string
	}{
		{rag.Query{Text: "ferries"}, []string{"ferry", "note"}}, {rag.Query{Text: "sourdough"}, []string{"bread"}},
		{rag.Query{Text: "ferry", Filter: scope("global")}, []string{"ferry"}}, {rag.Query{Text: "ferry", Filter: scope("session:*")}, []string{"note"}},
		{rag.Query{Text: "ferry bread", Filter: memory.DocumentFilter{Collections: []string{"travel"}}}, []string{"ferry"}},
		{rag.Query{Text: "ferry bread", Filter: memory.DocumentFilter{Metadata: map[string]any{"kind": "table"}}}, []string{"ferry"}},
		{rag.Query{Text: "ferry bread", Filter: memory.DocumentFilter{IDs: []string{"bread", "note"}}}, []string{"bread", "note"}},
		{rag.Query{Text: "ferry bread", Limit: 1, Filter: scope("session:s")}, []string{"note"}},
		{rag.Query{Text: "gull island ferry", Threshold: 1}, []string{"ferry"}}, {rag.Query{Text: "zeppelin"}, []string{}}, {rag.Query{}, []string{}},
	} {
		for _, l := range []*rag.Library{l, other} {
			got := foundIn(t, l, c.q)
			slices.Sort(got)
			if !slices.Equal(got, c.want) {
				t.Errorf("%+v finds %v, not %v", c.q, got, c.want)
			}
		}
	}
	if got := ingest(t, other, global("bread", "Rye bread needs a sourdough. It rests for a night."), global("soup", "Leek soup.")); !slices.Equal(got, []rag.Status{rag.Unchanged, rag.Added}) {
		t.Errorf("ingested again: %v", got)
	}
	if got := ingest(t, other, global("bread", "White bread rises with yeast.")); !slices.Equal(got, []rag.Status{rag.Replaced}) {
		t.Errorf("another text: %v", got)
	}
	for _, l := range []*rag.Library{l, other} {
		if got := foundIn(t, l, rag.Query{Text: "sourdough"}); len(got) != 0 {
			t.Errorf("the text that was replaced is found: %v", got)
		}
		if got := foundIn(t, l, rag.Query{Text: "yeast"}); !slices.Equal(got, []string{"bread"}) {
			t.Errorf("the text that took its place is not found: %v", got)
		}
	}
	if _, err := l.Ingest(t.Context(), global("a", "fine"), global("b", " \n")); !errors.Is(err, rag.ErrNoText) {
		t.Errorf("without a text: %v", err)
	}
	if _, err := l.Ingest(t.Context(), global("a", "fine"), global("a", "twin")); err == nil {
		t.Error("one id twice is no error")
	}
	if _, err := l.Get(t.Context(), "global", "default", "a"); !errors.Is(err, memory.ErrNotFound) {
		t.Errorf("of documents that are not all right one was stored: %v", err)
	}
	testDelete(t, l, other)
}

func testDelete(t *testing.T, l, other *rag.Library) {
	if _, err := l.Delete(t.Context(), memory.DocumentFilter{}, false); !errors.Is(err, memory.ErrEverything) {
		t.Errorf("delete all by mistake: %v", err)
	}
	if n, err := other.Delete(t.Context(), memory.DocumentFilter{Scopes: []string{"global"}, IDs: []string{"ferry"}}, false); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	for _, l := range []*rag.Library{l, other} {
		if got := foundIn(t, l, rag.Query{Text: "ferry"}); !slices.Equal(got, []string{"note"}) {
			t.Errorf("after one was deleted it finds %v", got)
		}
	}
	if n, err := l.Delete(t.Context(), memory.DocumentFilter{}, true); n != 3 || err != nil {
		t.Error(n, err)
	}
	if got := foundIn(t, other, rag.Query{Text: "ferry bread soup"}); len(got) != 0 {
		t.Errorf("after all was deleted it finds %v", got)
	}
}

// testExpiry moves the time of collections that have one to live.
func testExpiry(t *testing.T, b memory.Backend) {
	c := newClock(base)
	l, other := libraries(t, b, c)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(l.SetTTL(t.Context(), "session:s", rag.DefaultCollection, time.Hour))
	ingest(t, l, session("s", "early", "the ferry leaves at nine"), session("other", "stays", "the ferry leaves at ten"))
	c.advance(40 * time.Minute)
	ingest(t, other, session("s", "late", "the ferry leaves at noon"))
	state := func(want ...string) {
		t.Helper()
		for _, l := range []*rag.Library{l, other} {
			got := foundIn(t, l, rag.Query{Text: "ferry"})
			slices.Sort(got)
			listed, err := l.List(t.Context(), memory.DocumentFilter{})
			names := []string{}
			for _, d := range listed {
				names = append(names, d.ID)
			}
			slices.Sort(names)
			if !slices.Equal(got, want) || !slices.Equal(names, want) || err != nil {
				t.Errorf("at %v it finds %v and lists %v (%v), not %v", c.now(), got, names, err, want)
			}
		}
	}
	state("early", "late", "stays")
	c.advance(20*time.Minute - time.Microsecond)
	state("early", "late", "stays")
	c.advance(time.Microsecond)
	state("late", "stays")
	if rows := documents(t, b, "t", memory.DocumentFilter{}); slices.Contains(rows, "early") {
		t.Errorf("the rows of what is over are left: %v", rows)
	}
	must(l.SetTTL(t.Context(), "session:s", rag.DefaultCollection, 2*time.Hour)) // what was over stays so, the rest lives longer
	c.advance(time.Hour)
	state("late", "stays")
	if got := ingest(t, l, session("s", "late", "the ferry leaves at noon")); !slices.Equal(got, []rag.Status{rag.Replaced}) {
		t.Errorf("taken in again, so that its time begins anew: %v", got)
	}
	c.advance(2*time.Hour - time.Second)
	state("late", "stays")
	c.advance(time.Second)
	state("stays")
	collections, err := other.Collections(t.Context(), memory.DocumentFilter{})
	must(err)
	if len(collections) != 2 || collections[1].Scope != "session:s" || collections[1].TTL != 2*time.Hour {
		t.Errorf("a collection has lost its time to live with its last document: %+v", collections)
	}
	c.advance(2 * time.Hour)
	state("stays")
	if collections, err = other.Collections(t.Context(), memory.DocumentFilter{}); len(collections) != 1 || collections[0].Scope != "session:other" || err != nil {
		t.Errorf("a collection that has been empty for its time to live is left: %+v, %v", collections, err)
	}
	// A time to live that comes with a document is set if that is stored; it begins anew for what is there already.
	short, none := time.Hour, time.Duration(0)
	y := session("s", "y", "the ferry leaves at eleven")
	y.TTL = &short
	bad := y
	bad.ID, bad.Text = "bad", " "
	if _, err := l.Ingest(t.Context(), y, bad); !errors.Is(err, rag.ErrNoText) {
		t.Error(err)
	}
	ingest(t, l, session("s", "x", "the ferry leaves at one"))
	c.advance(2 * time.Hour)
	state("stays", "x") // what failed has set nothing
	ingest(t, l, y)
	state("stays", "y")
	c.advance(59 * time.Minute)
	if got := ingest(t, other, y); !slices.Equal(got, []rag.Status{rag.Replaced}) {
		t.Errorf("with a time to live it is %v", got)
	}
	c.advance(59 * time.Minute)
	state("stays", "y")
	// One that was emptied by hand keeps it, for as long.
	if n, err := l.Delete(t.Context(), memory.DocumentFilter{Scopes: []string{"session:s"}, IDs: []string{"y"}}, false); n != 1 || err != nil {
		t.Error(n, err)
	}
	c.advance(59 * time.Minute)
	ingest(t, l, session("s", "z", "the ferry leaves at two"))
	c.advance(time.Hour)
	state("stays")
	y.TTL = &none
	ingest(t, l, y)
	c.advance(1000 * time.Hour)
	state("stays", "y")
	if n, err := l.Delete(t.Context(), scope("session:s"), false); n != 1 || err != nil {
		t.Error(n, err)
	}
	// A collection that is deleted has no time to live any more.
	must(l.SetTTL(t.Context(), "session:s", rag.DefaultCollection, time.Hour))
	ingest(t, l, session("s", "x", "ferry"))
	if n, err := l.Delete(t.Context(), scope("session:s"), false); n != 1 || err != nil {
		t.Error(n, err)
	}
	ingest(t, l, session("s", "x", "ferry"))
	c.advance(1000 * time.Hour)
	state("stays", "x")
}

// testBulk takes in more than one transaction's worth.
func testBulk(t *testing.T, b memory.Backend) {
	l, other := libraries(t, b, newClock(base))
	var inputs []rag.Input
	for i := range 250 {
		inputs = append(inputs, global(fmt.Sprint(i), fmt.Sprintf("paragraph number%d\n\nis about topic%d", i, i%50)))
	}
	ingest(t, l, inputs...)
	if got := foundIn(t, other, rag.Query{Text: "topic7", Limit: 100}); len(got) != 5 {
		t.Errorf("finds %v", got)
	}
	for i, s := range ingest(t, other, inputs...) {
		if s != rag.Unchanged {
			t.Errorf("document %d is %s", i, s)
		}
	}
}
