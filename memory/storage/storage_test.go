package storage

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/memory"
	"github.com/llmspell/llmspell/memory/inmem"
	"github.com/llmspell/llmspell/memory/sqlite"
)

var base = time.Date(2024, 3, 1, 12, 0, 0, 0, time.UTC)

func hour(n int) time.Time { return base.Add(time.Duration(n) * time.Hour) }

// fill puts something of each kind into a backend, for two tenants, such that rows have numbers that are not
// those of their order.
func fill(t testing.TB, b memory.Backend) {
	t.Helper()
	for _, tenant := range []string{"", "ténant \"2\""} {
		m, err := memory.New(b, memory.Options{Tenant: tenant})
		if err != nil {
			t.Fatal(err)
		}
		var rows []int64
		for i := range 1200 {
			e, err := m.Add(t.Context(), memory.Episode{Session: fmt.Sprint("s", i%3), ID: fmt.Sprint(i), Role: "r\x00\x01", Content: fmt.Sprintf("<turn> %d \u2028 é", i),
				Time: hour(-i), Metadata: map[string]any{"n": i, "f": 0.1 * float64(i), "<": []any{nil, true, "\u2028"}}})
			if err != nil {
				t.Fatal(err)
			}
			rows = append(rows, e.Row)
		}
		if _, err := m.Forget(t.Context(), memory.Filter{IDs: []string{"3", "500"}}, false); err != nil {
			t.Fatal(err)
		}
		claims := []memory.Claim{
			{Subject: "Ann", SubjectType: "person", Predicate: "lives_in", Entity: "Paris", From: hour(0), Source: rows[10]},
			{Subject: "Ann", Predicate: "lives_in", Entity: "Rome", From: hour(5), Source: rows[1100]},
			{Subject: "Ann", Predicate: "likes", Value: "<tea> & \x00 \u2028", From: time.Date(9, 1, 1, 0, 0, 0, 0, time.UTC), Confidence: 0.3},
			{Subject: "Ann", Predicate: "speaks", Value: "Dutch", Source: rows[900]}, {Subject: "Ann", Predicate: "speaks", Value: "Dutch", Source: rows[50]},
			{Subject: "Bob", Predicate: "speaks", Value: "Dutch", Source: rows[60]}, {Subject: "Bob", Predicate: "speaks", Value: "Dutch"},
			{Subject: "Ann", Predicate: "age", Value: 41.5}, {Subject: "Bob", Predicate: "knows", Entity: "Ann", To: hour(1 << 18)},
		}
		for _, c := range claims {
			if err := m.Assert(t.Context(), c); err != nil {
				t.Fatal(err)
			}
		}
		// Of one object at a time, though some of the past have others beside them.
		for _, single := range []bool{false, true} {
			if err := m.SetSingle(t.Context(), "lives_in", single); err != nil {
				t.Fatal(err)
			}
			if !single {
				claims[1].From, claims[1].Entity = hour(1), "Oslo"
				if err := m.Correct(t.Context(), claims[1]); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := b.Write(t.Context(), tenant, func(tx memory.Tx) error {
			now, err := tx.Now()
			if err != nil {
				return err
			}
			ann, err := tx.EntityNamed("ann")
			if err != nil {
				return err
			}
			d := memory.Document{Scope: "global", Collection: "c", ID: "d", Title: "t\x01", Print: "p", Metadata: map[string]any{"a": 1}, Ingested: base, Bytes: 3, Tokens: 2}
			dated := memory.Document{Scope: "session:x", Collection: "c", ID: "d", Time: base, Ingested: base}
			return errors.Join(tx.AddAlias(memory.Alias{Entity: ann.ID, Name: "Annie", Source: rows[20], Created: now}, "annie"),
				tx.MarkProcessed(rows[7:30]),
				tx.CountPatterns([]memory.Pattern{{Session: "s", Kind: memory.ToolPattern, From: "a", To: "b", Count: 3, Failed: 1, First: 5, Last: now}}),
				tx.SetCollection(memory.Collection{Scope: "global", Name: "c", TTL: time.Hour, Created: base}),
				tx.AddDocument(&d, []memory.Chunk{{Start: 0, End: 1, Text: "a"}, {Start: 1, End: 3, Headings: []string{"<h>"}, Text: "bc"}}), tx.AddDocument(&dated, nil))
		}); err != nil {
			t.Fatal(err)
		}
	}
}

// place is somewhere to move to, and its name.
type place struct {
	name string
	open func(t testing.TB) memory.Backend
}

func places() []place {
	return append([]place{
		{"inmem", func(testing.TB) memory.Backend { return inmem.New(nil) }},
		{"sqlite", func(t testing.TB) memory.Backend { return open(t, filepath.Join(t.TempDir(), "memory.db")) }},
	}, servers()...)
}

func open(t testing.TB, path string) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(context.Background(), path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// same fails the test where two places differ.
func same(t testing.TB, a, b Source) {
	t.Helper()
	if d, err := Compare(t.Context(), a, b, nil); err != nil || len(d) > 0 {
		t.Errorf("%s and %s differ: %v, %v", a.Where(), b.Where(), d, err)
	}
}

func export(t testing.TB, s Source) (string, []Moved) {
	t.Helper()
	tenants, err := s.Tenants(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	done, err := Export(t.Context(), s, tenants, &b)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "memory.jsonl")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path, done
}

// TestRoundTrip moves from place to place, through all there are, and by files.
func TestRoundTrip(t *testing.T) {
	first := inmem.New(nil)
	fill(t, first)
	ahead := memory.At(time.Now().Add(1000 * time.Hour)) // a clock that was wrong
	if err := first.Write(t.Context(), "", func(tx memory.Tx) error {
		e := memory.Entity{Name: "Later", Created: ahead}
		return tx.AddEntity(&e, "later")
	}); err != nil {
		t.Fatal(err)
	}
	var from Source = Backend{first}
	for _, p := range places() {
		t.Run(p.name, func(t *testing.T) {
			path, exported := export(t, from)
			file, err := OpenFile(t.Context(), path)
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			same(t, from, file)
			for _, source := range []Source{from, file} {
				to := p.open(t)
				for i, e := range exported {
					for _, present := range []bool{false, true} { // the second time it is there
						m, err := Move(t.Context(), source, to, e.Tenant)
						if err != nil {
							t.Fatal(err)
						}
						if m.Present != present || m.Records() != e.Records() || m.Counts["episodes"] != 1198 || m.Counts["facts"] < 5 || m.Counts["documents"] != 2 {
							t.Errorf("tenant %d: %+v", i, m)
						}
					}
				}
				same(t, source, Backend{to})
				if err := to.Check(t.Context()); err != nil {
					t.Error(err)
				}
				carryOn(t, to, ahead)
			}
		})
	}
}

// carryOn changes what was moved, as if nothing had happened.
func carryOn(t *testing.T, b memory.Backend, ahead memory.Instant) {
	t.Helper()
	m, err := memory.New(b, memory.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if found, err := m.Search(t.Context(), memory.Query{Text: "turn 777", Limit: 1}); err != nil || len(found) != 1 || found[0].ID != "777" {
		t.Errorf("found %+v, %v", found, err)
	}
	if err := m.Assert(t.Context(), memory.Claim{Subject: "Annie", Predicate: "lives_in", Entity: "Vienna", From: hour(3), To: hour(7)}); err != nil {
		t.Fatal(err)
	}
	e, err := m.Entity(t.Context(), "ANN")
	if err != nil {
		t.Fatal(err)
	}
	facts, err := m.Facts(t.Context(), memory.FactQuery{Subject: e.ID, Predicate: "lives_in", As: &memory.AsOf{Valid: memory.At(hour(4)), Known: memory.Forever}})
	if err != nil || len(facts) != 1 || facts[0].Known.From <= ahead {
		t.Errorf("then the facts are %+v, %v", facts, err)
	}
	before, err := m.Facts(t.Context(), memory.FactQuery{Predicate: "lives_in"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Forget(t.Context(), memory.Filter{IDs: []string{"10"}}, false); err != nil { // with what it has said
		t.Fatal(err)
	}
	if after, err := m.Facts(t.Context(), memory.FactQuery{Predicate: "lives_in"}); err != nil || len(after) >= len(before) {
		t.Errorf("of %d facts %d are left, %v", len(before), len(after), err)
	}
}

// TestNothingIsOverwritten moves to where something else is, and compares.
func TestNothingIsOverwritten(t *testing.T) {
	from, to := inmem.New(nil), inmem.New(nil)
	fill(t, from)
	m, err := memory.New(to, memory.Options{})
	if err == nil {
		_, err = m.Add(t.Context(), memory.Episode{Session: "s", ID: "mine", Role: "r"})
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Move(t.Context(), Backend{from}, to, ""); !errors.Is(err, ErrDiffers) || !strings.Contains(err.Error(), "episodes: 1198 in (in memory), 1 in (in memory)") {
		t.Errorf("it is moved to where another is: %v", err)
	}
	if c, err := m.Stats(t.Context()); err != nil || c.Episodes != 1 {
		t.Errorf("then there are %d, %v", c.Episodes, err)
	}
	d, err := Compare(t.Context(), Backend{from}, Backend{to}, []string{""})
	if err != nil || len(d) < 5 {
		t.Errorf("they differ in %q, %v", d, err)
	}
}

// broken is a source whose records are changed on their way.
type broken struct {
	Source
	change func(*Record) error
}

func (b broken) Dump(ctx context.Context, tenant string, each func(*Record) error) error {
	return b.Source.Dump(ctx, tenant, func(r *Record) error {
		if err := b.change(r); err != nil {
			return err
		}
		return each(r)
	})
}

// TestAllOrNothing has moves fail near their end.
func TestAllOrNothing(t *testing.T) {
	from := inmem.New(nil)
	fill(t, from)
	off := errors.New("the line is cut")
	for name, change := range map[string]func(*Record) error{
		"read": func(r *Record) error {
			if r.Document != nil {
				return off
			}
			return nil
		},
		"refers": func(r *Record) error {
			if r.Fact != nil {
				r.Fact.Subject = 99
			}
			return nil
		},
		"bad": func(r *Record) error {
			if r.Document != nil {
				r.Document.ID = ""
			}
			return nil
		},
	} {
		to := open(t, filepath.Join(t.TempDir(), "memory.db"))
		if _, err := Move(t.Context(), broken{Backend{from}, change}, to, ""); err == nil || !strings.Contains(err.Error(), "nothing of it was stored") {
			t.Errorf("%s: %v", name, err)
		}
		if names, err := to.Tenants(t.Context()); err != nil || len(names) > 0 {
			t.Errorf("%s: then there is %q, %v", name, names, err)
		}
		if _, err := Move(t.Context(), Backend{from}, to, ""); err != nil {
			t.Errorf("%s: again: %v", name, err)
		}
	}
}

// TestDamagedFile changes an export in every way: nothing of it is taken.
func TestDamagedFile(t *testing.T) {
	from := inmem.New(nil)
	fill(t, from)
	path, _ := export(t, Backend{from})
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	whole := string(raw)
	all := strings.SplitAfter(whole, "\n")
	for says, text := range map[string]string{
		"no export":                  "",
		"its form is":                strings.Replace(whole, format, "another form", 1),
		"it was cut off":             whole[:len(whole)/2],
		"cut off":                    strings.Join(all[:len(all)-2], ""),
		"there is more":              whole + "{}\n",
		"out of place":               strings.Replace(whole, all[5], "{\"done\":2}\n", 1),
		"episodes: 1197":             strings.Replace(whole, all[5], "", 1),
		"which say something else":   strings.Replace(whole, "turn> 700", "turn> 701", 1),
		"none of an export":          strings.Replace(whole, `"role"`, `"rôle"`, 1),
		"comes twice":                strings.Replace(whole, `{"tenant":"ténant \"2\""}`, `{"tenant":""}`, 1),
		"it has 2 tenants, and shou": strings.Replace(whole, `{"done":2}`, `{"done":3}`, 1),
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := OpenFile(t.Context(), path)
		if err == nil {
			t.Errorf("%s: it was opened", says)
			f.Close()
		} else if !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", says, err)
		}
	}
}
