package conformance

import (
	"errors"
	"reflect"
	"slices"
	"testing"

	"github.com/llmspell/llmspell/memory"
)

// know makes entities by their names, with keys that are the same.
func know(t *testing.T, b memory.Backend, tenant string, names ...string) (out []memory.Entity) {
	t.Helper()
	write(t, b, tenant, func(tx memory.Tx) error {
		out = nil
		now, err := tx.Now()
		if err != nil {
			return err
		}
		for _, name := range names {
			e := memory.Entity{Name: name, Created: now}
			if err := tx.AddEntity(&e, name); err != nil {
				return err
			}
			out = append(out, e)
		}
		return nil
	})
	return out
}

// claim adds a fact that holds for ever.
func claim(t *testing.T, b memory.Backend, tenant string, f memory.Fact) memory.Fact {
	t.Helper()
	write(t, b, tenant, func(tx memory.Tx) error {
		now, err := tx.Now()
		if err != nil {
			return err
		}
		f.Valid, f.Known = memory.Span{From: 0, To: memory.Forever}, memory.Span{From: now, To: memory.Forever}
		return tx.AddFact(&f)
	})
	return f
}

// nameOf is the name of the entity with a key, "" if there is none.
func nameOf(t *testing.T, b memory.Backend, tenant, key string) (name string) {
	t.Helper()
	read(t, b, tenant, func(r memory.Reader) error {
		e, err := r.EntityNamed(key)
		if e != nil {
			name = e.Name
		}
		return err
	})
	return name
}

func testAliases(t *testing.T, b memory.Backend) {
	list := know(t, b, "", "robert", "ann")
	alias := func(id int64, name string) error {
		return b.Write(t.Context(), "", func(tx memory.Tx) error {
			now, err := tx.Now()
			return errors.Join(err, tx.AddAlias(memory.Alias{Entity: id, Name: name, Created: now}, name))
		})
	}
	if err := errors.Join(alias(list[0].ID, "rob"), alias(list[0].ID, "bob")); err != nil {
		t.Fatal(err)
	}
	if err := alias(list[1].ID, "bob"); !errors.Is(err, memory.ErrExists) {
		t.Errorf("the alias of another: %v", err)
	}
	if err := alias(list[1].ID, "robert"); !errors.Is(err, memory.ErrExists) {
		t.Errorf("the name of another: %v", err)
	}
	if err := alias(1<<40, "nobody"); !errors.Is(err, memory.ErrNotFound) {
		t.Errorf("an alias of nobody: %v", err)
	}
	if got := nameOf(t, b, "", "bob"); got != "robert" {
		t.Errorf("bob is %q", got)
	}
	if got := nameOf(t, b, "you", "bob"); got != "" {
		t.Errorf("another tenant knows bob as %q", got)
	}
	names := func(ids ...int64) (out []string) {
		read(t, b, "", func(r memory.Reader) error {
			found, err := r.Aliases(ids...)
			for _, a := range found {
				out = append(out, a.Name)
			}
			return err
		})
		return out
	}
	if got := names(); !slices.Equal(got, []string{"bob", "rob"}) {
		t.Errorf("aliases are %v", got)
	}
	if got := names(list[1].ID); len(got) != 0 {
		t.Errorf("aliases of ann are %v", got)
	}
	write(t, b, "", func(tx memory.Tx) error {
		gone, err := tx.DropAlias("bob")
		never, err2 := tx.DropAlias("never")
		if !gone || never {
			t.Errorf("dropped: %v, %v", gone, never)
		}
		return errors.Join(err, err2)
	})
	if got := names(list[0].ID); !slices.Equal(got, []string{"rob"}) || nameOf(t, b, "", "bob") != "" {
		t.Errorf("after one was dropped aliases are %v", got)
	}
}

func testDropEntity(t *testing.T, b memory.Backend) {
	list := know(t, b, "", "ann", "bob", "rome")
	claim(t, b, "", memory.Fact{Subject: list[0].ID, Predicate: "knows", Object: memory.Object{Entity: list[1].ID}, Confidence: 1})
	claim(t, b, "", memory.Fact{Subject: list[1].ID, Predicate: "age", Object: memory.Object{Value: "7"}, Confidence: 1})
	claim(t, b, "", memory.Fact{Subject: list[0].ID, Predicate: "likes", Object: memory.Object{Entity: list[2].ID}, Confidence: 1})
	drop := func(tx memory.Tx) error {
		now, err := tx.Now()
		return errors.Join(err, tx.AddAlias(memory.Alias{Entity: list[1].ID, Name: "rob", Created: now}, "rob"), tx.DropEntity(list[1].ID))
	}
	why := errors.New("changed my mind")
	if err := b.Write(t.Context(), "", func(tx memory.Tx) error { return errors.Join(drop(tx), why) }); !errors.Is(err, why) {
		t.Fatal(err)
	}
	counts := func() (c memory.Counts) {
		read(t, b, "", func(r memory.Reader) (err error) { c, err = r.Counts(); return err })
		return c
	}
	if c := counts(); c.Entities != 3 || c.Facts != 3 || nameOf(t, b, "", "bob") != "bob" || nameOf(t, b, "", "rob") != "" {
		t.Errorf("after what was undone there are %+v", c)
	}
	write(t, b, "", drop)
	if c := counts(); c.Entities != 2 || c.Facts != 1 || nameOf(t, b, "", "bob") != "" || nameOf(t, b, "", "rob") != "" {
		t.Errorf("after it was dropped there are %+v", c)
	}
	if err := b.Write(t.Context(), "", func(tx memory.Tx) error { return tx.DropEntity(list[1].ID) }); !errors.Is(err, memory.ErrNotFound) {
		t.Error(err)
	}
	if err := b.Write(t.Context(), "you", func(tx memory.Tx) error { return tx.DropEntity(list[0].ID) }); !errors.Is(err, memory.ErrNotFound) {
		t.Errorf("another tenant: %v", err)
	}
	if err := b.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// testOrphans: with a turn goes what is known from it alone, also the names.
func testOrphans(t *testing.T, b memory.Backend) {
	turns := add(t, b, "", episode("s", "1", "user", "x", 0), episode("s", "2", "user", "y", 1))
	list := know(t, b, "", "ann", "bob", "rome", "unused")
	from := func(row int64, subject, object memory.Entity) {
		claim(t, b, "", memory.Fact{Subject: subject.ID, Predicate: "knows", Object: memory.Object{Entity: object.ID}, Confidence: 1, Sources: memory.Sources(row)})
	}
	from(turns[0].Row, list[0], list[1])
	from(turns[1].Row, list[0], list[2])
	write(t, b, "", func(tx memory.Tx) error {
		now, err := tx.Now()
		return errors.Join(err, tx.AddAlias(memory.Alias{Entity: list[0].ID, Name: "annie", Source: turns[0].Row, Created: now}, "annie"))
	})
	write(t, b, "", func(tx memory.Tx) error { return tx.DropFactsFrom([]int64{turns[0].Row, 1 << 40}) })
	for key, want := range map[string]string{"ann": "ann", "bob": "", "rome": "rome", "unused": "unused", "annie": ""} {
		if got := nameOf(t, b, "", key); got != want {
			t.Errorf("%s is %q, not %q", key, got, want)
		}
	}
	write(t, b, "", func(tx memory.Tx) error { return tx.DropFactsFrom([]int64{turns[1].Row}) })
	if nameOf(t, b, "", "ann") != "" || nameOf(t, b, "", "rome") != "" {
		t.Error("who is known from a forgotten turn alone is left")
	}
}

func testChanged(t *testing.T, b memory.Backend) {
	var last memory.KnowledgeCursor
	changed := func() (ids []int64, past bool) {
		t.Helper()
		read(t, b, "", func(r memory.Reader) error {
			now, err := r.Knowledge()
			if err != nil {
				return err
			}
			ids, err = r.Changed(last.Known)
			past, last = now.Past != last.Past, now
			return err
		})
		return ids, past
	}
	changed()
	list := know(t, b, "", "ann", "bob")
	if ids, past := changed(); !slices.Equal(ids, []int64{list[0].ID, list[1].ID}) || past {
		t.Errorf("new: %v, %v", ids, past)
	}
	f := claim(t, b, "", memory.Fact{Subject: list[1].ID, Predicate: "age", Object: memory.Object{Value: "7"}, Confidence: 1})
	if ids, past := changed(); !slices.Equal(ids, []int64{list[1].ID}) || past {
		t.Errorf("a fact: %v, %v", ids, past)
	}
	add(t, b, "", episode("s", "1", "user", "x", 0))
	if ids, past := changed(); len(ids) != 0 || past {
		t.Errorf("an episode: %v, %v", ids, past)
	}
	write(t, b, "", func(tx memory.Tx) error {
		now, err := tx.Now()
		return errors.Join(err, tx.EndFact(f.ID, now))
	})
	if ids, past := changed(); !slices.Equal(ids, []int64{list[1].ID}) || past {
		t.Errorf("a fact that ended: %v, %v", ids, past)
	}
	write(t, b, "", func(tx memory.Tx) error {
		now, err := tx.Now()
		return errors.Join(err, tx.AddAlias(memory.Alias{Entity: list[0].ID, Name: "annie", Created: now}, "annie"))
	})
	if ids, past := changed(); !slices.Equal(ids, []int64{list[0].ID}) || past {
		t.Errorf("an alias: %v, %v", ids, past)
	}
	for name, change := range map[string]func(tx memory.Tx) error{
		"a type": func(tx memory.Tx) error { e := list[0]; e.Type = "person"; return tx.SetEntity(e) },
		"a fact of the past": func(tx memory.Tx) error {
			old := memory.Fact{Subject: list[0].ID, Predicate: "age", Object: memory.Object{Value: "1"}, Valid: memory.Span{From: 0, To: 9}, Known: memory.Span{From: 1, To: 2}, Confidence: 1}
			return tx.AddFact(&old)
		},
		"an alias dropped":  func(tx memory.Tx) error { _, err := tx.DropAlias("annie"); return err },
		"an entity dropped": func(tx memory.Tx) error { return tx.DropEntity(list[1].ID) },
	} {
		write(t, b, "", change)
		if _, past := changed(); !past {
			t.Errorf("%s is not told", name)
		}
	}
}

func testPatterns(t *testing.T, b memory.Backend) {
	theme := memory.Pattern{Session: "a/1", Kind: memory.StatePattern, About: "global:theme", From: `"light"`, To: `"dark"`, Count: 1, First: 10, Last: 10}
	later := theme
	later.Count, later.Failed, later.First, later.Last = 2, 1, 5, 20
	calls := memory.Pattern{Session: "b", Kind: memory.ToolPattern, From: "", To: "calculator", Count: 1, First: 1, Last: 1}
	count := func(list ...memory.Pattern) func(memory.Tx) error {
		return func(tx memory.Tx) error { return tx.CountPatterns(list) }
	}
	write(t, b, "", count(theme, calls))
	write(t, b, "", count(later))
	write(t, b, "you", count(calls))
	why := errors.New("changed my mind")
	if err := b.Write(t.Context(), "", func(tx memory.Tx) error {
		_, err := tx.DropPatterns(memory.PatternQuery{Kind: memory.ToolPattern})
		return errors.Join(err, tx.CountPatterns([]memory.Pattern{theme}), why)
	}); !errors.Is(err, why) {
		t.Fatal(err)
	}
	list := func(tenant string, q memory.PatternQuery) (out []memory.Pattern) {
		t.Helper()
		read(t, b, tenant, func(r memory.Reader) (err error) { out, err = r.Patterns(q); return err })
		for i := range out {
			if out[i].ID == 0 {
				t.Error("a pattern has no id")
			}
			out[i].ID = 0
		}
		return out
	}
	want := theme
	want.Count, want.Failed, want.First, want.Last = 3, 1, 5, 20
	none := ""
	for _, c := range []struct {
		q    memory.PatternQuery
		want []memory.Pattern
	}{
		{memory.PatternQuery{}, []memory.Pattern{want, calls}}, {memory.PatternQuery{Sessions: []string{"a/*"}}, []memory.Pattern{want}},
		{memory.PatternQuery{MinCount: 2}, []memory.Pattern{want}}, {memory.PatternQuery{Kind: memory.ToolPattern}, []memory.Pattern{calls}},
		{memory.PatternQuery{From: &none}, []memory.Pattern{calls}}, {memory.PatternQuery{About: "global:other"}, nil}, {memory.PatternQuery{IDs: []int64{1 << 40}}, nil},
	} {
		if got := list("", c.q); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%+v finds %+v, not %+v", c.q, got, c.want)
		}
	}
	if got := list("you", memory.PatternQuery{}); len(got) != 1 {
		t.Errorf("the other tenant has %+v", got)
	}
	write(t, b, "", func(tx memory.Tx) error {
		n, err := tx.DropPatterns(memory.PatternQuery{Sessions: []string{"a/1"}})
		if n != 1 {
			t.Errorf("%d dropped", n)
		}
		return err
	})
	if got := list("", memory.PatternQuery{}); !reflect.DeepEqual(got, []memory.Pattern{calls}) {
		t.Errorf("left are %+v", got)
	}
}
