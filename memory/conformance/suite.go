package conformance

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/llmspell/llmspell/memory"
)

// Open makes an empty backend for a test, which closes it at its end. clock tells the
// time of its transactions.
type Open func(t *testing.T, clock func() time.Time) memory.Backend

// Run runs all tests on backends that open makes.
func Run(t *testing.T, open Open) {
	tests := []struct {
		name string
		run  func(*testing.T, memory.Backend)
	}{
		{"Episodes", testEpisodes}, {"Filters", testFilters}, {"Tenants", testTenants}, {"Undo", testUndo}, {"Clock", testClock},
		{"Removed", testRemoved}, {"Sessions", testSessions}, {"Concurrent", testConcurrent}, {"Search", testSearch}, {"Paths", testPaths}, {"Links", testLinks},
		{"Vectors", testVectors}, {"Nearest", testNearest}, {"NearestPieces", testNearestPieces}, {"ChunkVectors", testChunkVectors}, {"LibraryByMeaning", testLibraryByMeaning},
		{"Single", testSingle}, {"Extremes", testExtremes},
		{"Documents", testDocuments}, {"DropDocuments", testDropDocuments}, {"Collections", testCollections},
		{"Library", testLibrary}, {"Expiry", testExpiry}, {"Bulk", testBulk},
		{"Aliases", testAliases}, {"DropEntity", testDropEntity}, {"Orphans", testOrphans}, {"Sources", testSources}, {"SourcesOfBeliefs", testSourcesOfBeliefs}, {"SourcesMove", testSourcesMove}, {"Changed", testChanged}, {"Patterns", testPatterns},
		{"Query", testQuery}, {"Names", testNames}, {"Consolidate", testConsolidate}, {"ConsolidateForgotten", testConsolidateForgotten}, {"Retain", testRetain},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) { c.run(t, open(t, time.Now)) })
	}
	t.Run("Graph", func(t *testing.T) { testGraph(t, open) })
}

// base is when episodes of the tests happen.
var base = time.Date(2024, 3, 1, 12, 0, 0, 0, time.UTC)

func episode(session, id, role, content string, minute int) memory.Episode {
	at := base.Add(time.Duration(minute) * time.Minute)
	return memory.Episode{Session: session, ID: id, Role: role, Content: content, Time: at, Ingested: at.Add(time.Hour)}
}

// write is Write that must work.
func write(t *testing.T, b memory.Backend, tenant string, fn func(memory.Tx) error) {
	t.Helper()
	if err := b.Write(t.Context(), tenant, fn); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, b memory.Backend, tenant string, fn func(memory.Reader) error) {
	t.Helper()
	if err := b.Read(t.Context(), tenant, fn); err != nil {
		t.Fatal(err)
	}
}

// add stores episodes, and returns them with their rows.
func add(t *testing.T, b memory.Backend, tenant string, list ...memory.Episode) []*memory.Episode {
	t.Helper()
	out := make([]*memory.Episode, len(list))
	write(t, b, tenant, func(tx memory.Tx) error {
		for i := range list {
			e := list[i]
			out[i] = &e
			if err := tx.AddEpisode(&e); err != nil {
				return err
			}
		}
		return nil
	})
	return out
}

// ids lists the ids of what f means.
func ids(t *testing.T, b memory.Backend, tenant string, f memory.Filter) []string {
	t.Helper()
	out := []string{}
	read(t, b, tenant, func(r memory.Reader) error {
		return r.Episodes(f, func(e *memory.Episode) error { out = append(out, e.ID); return nil })
	})
	return out
}

func testEpisodes(t *testing.T, b memory.Backend) {
	e := episode("s", "1", "user", "héllo\x00 world", 0)
	e.Metadata = map[string]any{"n": int64(1 << 60), "f": 0.5, "list": []any{"a", nil, true}, "in": map[string]any{"x": "y"}}
	early := episode("s", "old", "user", "before 1970", 0)
	early.Time = time.Date(1815, 12, 10, 1, 2, 3, 4000, time.UTC)
	stored := add(t, b, "", e, early)
	if stored[0].Row <= 0 || stored[1].Row <= stored[0].Row {
		t.Fatalf("rows are %d and %d", stored[0].Row, stored[1].Row)
	}
	read(t, b, "", func(r memory.Reader) error {
		got, err := r.EpisodesAt([]int64{stored[1].Row, 1 << 40, stored[0].Row})
		if err != nil {
			return err
		}
		if len(got) != 2 || !reflect.DeepEqual(got, []*memory.Episode{stored[1], stored[0]}) {
			t.Errorf("read %+v, wrote %+v", got, stored)
		}
		got[0].Content = "changed by the caller"
		return nil
	})
	read(t, b, "", func(r memory.Reader) error {
		got, err := r.EpisodesAt([]int64{stored[1].Row})
		if err == nil && got[0].Content != early.Content {
			t.Error("what a caller does to its episode changes the store")
		}
		return err
	})
	again := e
	err := b.Write(t.Context(), "", func(tx memory.Tx) error { return tx.AddEpisode(&again) })
	if !errors.Is(err, memory.ErrExists) {
		t.Errorf("the same id again: %v", err)
	}
	add(t, b, "", episode("another", "1", "user", "the id is the session's", 0))
}

func testFilters(t *testing.T, b memory.Backend) {
	list := []memory.Episode{
		episode("a/1", "1", "user", "one", 10), episode("a/1", "2", "bot", "two", 0), episode("a/2", "3", "user", "three", 5),
		episode("b", "4", "tool", "four", 20), episode("b", "5", "user", "five", 20),
	}
	list[0].Metadata = map[string]any{"topic": "x", "n": 1}
	list[3].Metadata = map[string]any{"topic": "x", "tags": []any{"p"}}
	stored := add(t, b, "", list...)
	write(t, b, "", func(tx memory.Tx) error { return tx.MarkProcessed([]int64{stored[1].Row, stored[4].Row, 1 << 40}) })
	yes, no := true, false
	minute := func(n int) time.Time { return base.Add(time.Duration(n) * time.Minute) }
	for _, c := range []struct {
		f    memory.Filter
		want []string
	}{
		{memory.Filter{}, []string{"1", "2", "3", "4", "5"}},
		{memory.Filter{Order: memory.ByTime}, []string{"2", "3", "1", "4", "5"}},
		{memory.Filter{Order: memory.Newest, Limit: 3}, []string{"5", "4", "1"}},
		{memory.Filter{Sessions: []string{"a/1"}}, []string{"1", "2"}},
		{memory.Filter{Sessions: []string{"a/*"}}, []string{"1", "2", "3"}},
		{memory.Filter{Sessions: []string{"a/2", "b"}, Roles: []string{"user", "tool"}}, []string{"3", "4", "5"}},
		{memory.Filter{Sessions: []string{"none"}}, []string{}},
		{memory.Filter{IDs: []string{"2", "5", "9"}}, []string{"2", "5"}},
		{memory.Filter{Since: minute(5), Until: minute(20)}, []string{"1", "3"}},
		{memory.Filter{Metadata: map[string]any{"topic": "x"}}, []string{"1", "4"}},
		{memory.Filter{Metadata: map[string]any{"topic": "x", "n": 1.0}}, []string{"1"}},
		{memory.Filter{Metadata: map[string]any{"tags": []any{"p"}}}, []string{"4"}},
		{memory.Filter{Metadata: map[string]any{"none": nil}}, []string{}},
		{memory.Filter{Processed: &yes}, []string{"2", "5"}},
		{memory.Filter{Processed: &no, Limit: 2}, []string{"1", "3"}},
		{memory.Filter{After: stored[2].Row}, []string{"4", "5"}},
		{memory.Filter{Sessions: []string{"a/*", "b"}, Order: memory.Newest, Limit: 1, Metadata: map[string]any{"topic": "x"}}, []string{"4"}},
	} {
		if got := ids(t, b, "", c.f); !slices.Equal(got, c.want) {
			t.Errorf("%+v finds %v, not %v", c.f, got, c.want)
		}
	}
	stop := errors.New("stop")
	if err := b.Read(t.Context(), "", func(r memory.Reader) error {
		return r.Episodes(memory.Filter{}, func(*memory.Episode) error { return stop })
	}); !errors.Is(err, stop) {
		t.Errorf("an error of the function is lost: %v", err)
	}
}

func testTenants(t *testing.T, b memory.Backend) {
	mine := add(t, b, "me", episode("s", "1", "user", "mine", 0))
	add(t, b, "you", episode("s", "1", "user", "yours", 0))
	read(t, b, "you", func(r memory.Reader) error {
		got, err := r.EpisodesAt([]int64{mine[0].Row})
		if len(got) != 0 {
			t.Errorf("another tenant reads %+v", got[0])
		}
		return err
	})
	write(t, b, "you", func(tx memory.Tx) error {
		n, err := tx.DropEpisodes([]int64{mine[0].Row})
		if n != 0 {
			t.Error("another tenant has removed a row")
		}
		return errors.Join(err, tx.MarkProcessed([]int64{mine[0].Row}))
	})
	read(t, b, "me", func(r memory.Reader) error {
		c, err := r.Counts()
		if c != (memory.Counts{Episodes: 1, Unprocessed: 1, Sessions: 1, UnprocessedSessions: 1}) {
			t.Errorf("counts are %+v", c)
		}
		return err
	})
	if got, err := b.Tenants(t.Context()); err != nil || !slices.Equal(got, []string{"me", "you"}) {
		t.Errorf("tenants are %q, %v", got, err)
	}
}

func testUndo(t *testing.T, b memory.Backend) {
	kept := add(t, b, "", episode("s", "1", "user", "kept", 0), episode("s", "2", "user", "kept", 1))
	why := errors.New("changed my mind")
	change := func(tx memory.Tx) error {
		e := episode("s", "3", "user", "undone", 2)
		if err := tx.AddEpisode(&e); err != nil {
			return err
		}
		if err := tx.MarkProcessed([]int64{kept[0].Row}); err != nil {
			return err
		}
		_, err := tx.DropEpisodes([]int64{kept[1].Row, e.Row})
		return err
	}
	if err := b.Write(t.Context(), "", func(tx memory.Tx) error { return errors.Join(change(tx), why) }); !errors.Is(err, why) {
		t.Fatal(err)
	}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("a panic was swallowed")
			}
		}()
		_ = b.Write(t.Context(), "", func(tx memory.Tx) error {
			if err := change(tx); err != nil {
				t.Error(err)
			}
			panic("at the disco")
		})
	}()
	no := false
	if got := ids(t, b, "", memory.Filter{Processed: &no}); !slices.Equal(got, []string{"1", "2"}) {
		t.Errorf("after what was undone there are %v", got)
	}
	read(t, b, "", func(r memory.Reader) error {
		rows, _, err := r.Removed(0)
		if len(rows) != 0 {
			t.Errorf("rows %v count as removed", rows)
		}
		return err
	})
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := b.Write(ended, "", change); !errors.Is(err, context.Canceled) {
		t.Errorf("with a context that has ended: %v", err)
	}
}

func testClock(t *testing.T, b memory.Backend) {
	var last memory.Instant
	for range 100 {
		write(t, b, "", func(tx memory.Tx) error {
			now, err := tx.Now()
			again, err2 := tx.Now()
			if now != again || now <= last {
				t.Errorf("%d, then %d; the transaction before had %d", now, again, last)
			}
			last = now
			return errors.Join(err, err2)
		})
	}
}

func testRemoved(t *testing.T, b memory.Backend) {
	list := add(t, b, "", episode("s", "1", "user", "a", 0), episode("s", "2", "user", "b", 1), episode("s", "3", "user", "c", 2))
	var before memory.Cursor
	read(t, b, "", func(r memory.Reader) (err error) { before, err = r.Cursor(); return err })
	write(t, b, "", func(tx memory.Tx) error {
		n, err := tx.DropEpisodes([]int64{list[2].Row, list[0].Row, list[0].Row})
		if n != 2 {
			t.Errorf("dropped %d", n)
		}
		return err
	})
	read(t, b, "", func(r memory.Reader) error {
		now, err := r.Cursor()
		if now == before {
			t.Error("the cursor has not moved")
		}
		rows, upTo, err2 := r.Removed(before.Removed)
		if !slices.Equal(rows, []int64{list[2].Row, list[0].Row}) || upTo != now.Removed {
			t.Errorf("removed are %v up to %d; the cursor is %+v", rows, upTo, now)
		}
		return errors.Join(err, err2)
	})
	if again := add(t, b, "", episode("s", "3", "user", "again", 0)); again[0].Row <= list[2].Row {
		t.Errorf("row %d was given a second time, or before", again[0].Row)
	}
	if err := b.Purge(t.Context()); err != nil {
		t.Error(err)
	}
}

func testSessions(t *testing.T, b memory.Backend) {
	list := add(t, b, "", episode("b", "1", "user", "x", 9), episode("a", "2", "user", "x", 3), episode("b", "3", "user", "x", 1))
	write(t, b, "", func(tx memory.Tx) error { return tx.MarkProcessed([]int64{list[0].Row, list[1].Row}) })
	at := func(n int) memory.Instant { return memory.At(base.Add(time.Duration(n) * time.Minute)) }
	want := []memory.SessionCount{{Session: "a", Episodes: 1, First: at(3), Last: at(3)}, {Session: "b", Episodes: 2, Unprocessed: 1, First: at(1), Last: at(9)}}
	read(t, b, "", func(r memory.Reader) error {
		got, err := r.Sessions()
		if !slices.Equal(got, want) {
			t.Errorf("sessions are %+v, not %+v", got, want)
		}
		c, err2 := r.Counts()
		if c != (memory.Counts{Episodes: 3, Unprocessed: 1, Sessions: 2, UnprocessedSessions: 1}) {
			t.Errorf("counts are %+v", c)
		}
		return errors.Join(err, err2)
	})
}

func testConcurrent(t *testing.T, b memory.Backend) {
	const writers, each = 8, 25
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				e := episode(fmt.Sprint("s", w), fmt.Sprint(i), "user", "x", i)
				bad := i%5 == 4 // its error must touch nobody else
				err := b.Write(context.Background(), "", func(tx memory.Tx) error {
					if err := tx.AddEpisode(&e); err != nil {
						return err
					}
					if bad {
						return memory.ErrAmbiguous
					}
					return nil
				})
				if bad != errors.Is(err, memory.ErrAmbiguous) || !bad && err != nil {
					t.Errorf("writer %d, %d: %v", w, i, err)
				}
			}
		})
	}
	for range 4 {
		wg.Go(func() {
			last := 0
			for range 50 {
				if err := b.Read(context.Background(), "", func(r memory.Reader) error {
					c, err := r.Counts()
					n := 0
					err2 := r.Episodes(memory.Filter{}, func(*memory.Episode) error { n++; return nil })
					if n != c.Episodes || n < last {
						t.Errorf("counted %d, read %d, before that %d", c.Episodes, n, last)
					}
					last = n
					return errors.Join(err, err2)
				}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if n := len(ids(t, b, "", memory.Filter{})); n != writers*each*4/5 {
		t.Errorf("there are %d episodes", n)
	}
	if err := b.Check(context.Background()); err != nil {
		t.Error(err)
	}
}
