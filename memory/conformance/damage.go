package conformance

import (
	"bytes"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/memory"
)

// RunDamaged runs the tests of what is damaged, on backends that keep their rows in tables. damage runs statements of SQL behind their backs.
func RunDamaged(t *testing.T, open Open, damage func(t *testing.T, b memory.Backend, statement string)) {
	t.Run("Patterns", func(t *testing.T) {
		b := open(t, time.Now)
		testDamagedPatterns(t, b, func(statement string) { damage(t, b, statement) })
	})
}

// testDamagedPatterns: damaged patterns are named, all of them, keep no other from being found and counted, and can be forgotten.
func testDamagedPatterns(t *testing.T, b memory.Backend, damage func(string)) {
	m, err := memory.New(b, memory.Options{})
	if err != nil {
		t.Fatal(err)
	}
	learn := func(tools ...string) {
		t.Helper()
		var list []memory.Pattern
		for _, tool := range tools {
			list = append(list, memory.Pattern{Session: "s", Kind: memory.ToolPattern, From: "x", To: tool, Count: 2})
		}
		if err := m.Learn(t.Context(), list); err != nil {
			t.Error(err)
		}
	}
	found := func() (counts map[string]int, damaged memory.Damage) {
		t.Helper()
		counts, damaged = map[string]int{}, memory.Damage{}
		list, err := m.Patterns(t.Context(), memory.PatternQuery{Damaged: func(p *memory.Pattern, why error) error { damaged[p.ID] = why; return nil }})
		if err != nil {
			t.Error(err)
		}
		for _, p := range list {
			counts[p.To] = p.Count
		}
		return counts, damaged
	}
	export := func() (string, error) {
		var out bytes.Buffer
		_, err := m.Export(t.Context(), &out, memory.Filter{})
		return out.String(), err
	}
	learn("good", "count", "name", "other")
	sound, err := export()
	if err != nil || b.Check(t.Context()) != nil {
		t.Fatal(err, b.Check(t.Context()))
	}
	damage("update patterns set count = 9 where after = 'count'")
	damage("update patterns set after = 'nome' where after = 'name'")
	learn("good", "count", "other")
	counts, damaged := found()
	if !maps.Equal(counts, map[string]int{"good": 4, "other": 4}) || len(damaged) != 2 {
		t.Errorf("found are %v, damaged %v", counts, damaged)
	}
	check := b.Check(t.Context())
	for id, why := range damaged {
		if want := "--pattern " + strconv.FormatInt(id, 10); check == nil || !strings.Contains(check.Error(), want) || !strings.Contains(why.Error(), "the checksum of pattern") {
			t.Errorf("check does not say %q: %v; %v", want, check, why)
		}
	}
	if _, err := export(); err == nil {
		t.Error("an export leaves out what is damaged, and does not say so")
	}
	if _, err := m.Import(t.Context(), strings.NewReader(sound)); err == nil || !strings.Contains(err.Error(), "the checksum of pattern") {
		t.Errorf("an import counts what is damaged: %v", err)
	}
	ids := slices.Sorted(maps.Keys(damaged))
	if err := m.ForgetPattern(t.Context(), ids[0]); err != nil {
		t.Error(err)
	}
	if err := m.ForgetPattern(t.Context(), ids[0]); err == nil {
		t.Error("it is forgotten twice")
	}
	if _, err := m.Add(t.Context(), memory.Episode{Session: "s", Role: "r", Content: "x"}); err != nil {
		t.Fatal(err)
	}
	if n, err := m.Forget(t.Context(), memory.Filter{}, true); n != 2 || err != nil { // the turn, and the other that is damaged
		t.Errorf("%d forgotten, %v", n, err)
	}
	if _, err := export(); err != nil || b.Check(t.Context()) != nil {
		t.Errorf("then: %v, %v", err, b.Check(t.Context()))
	}
	if counts, _ := found(); !maps.Equal(counts, map[string]int{"good": 4, "other": 4}) {
		t.Errorf("left are %v", counts)
	}
	damage("update patterns set failed = 1 where after = 'other'")
	if n, err := m.ForgetPatterns(t.Context(), memory.PatternQuery{Sessions: []string{"s"}}); n != 2 || err != nil {
		t.Errorf("%d forgotten, %v", n, err)
	}
}
