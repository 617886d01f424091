package analysis

import (
	"strings"
	"testing"

	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// records is a list of n records, and a loop through it.
func records(n int) string {
	return "local t = {\n" + strings.Repeat(`{name = "n", id = 1, tags = {"a", "b"}, opt = {x = 0}},`+"\n", n) +
		"}\nfor _, r in ipairs(t) do print(r.name, r.opt.x, r.tags[1]) end\n"
}

// What the records of a list are wanted as is worked out once, not once for each of their values.
func TestWantedOfRecordsIsKept(t *testing.T) {
	f := NewFile("file:///a.lua", "", 1, records(100))
	s := NewSnapshot(nil, nil).WithFile(f)
	wants := map[types.Type]int{}
	for n := range f.NodesOf(syntax.Table) {
		if want := s.Expected(f, n); len(f.Tree().Source(n)) > 40 && want != types.Unknown {
			wants[want]++
		}
	}
	if len(wants) != 2 { // the list's own, and that of its records
		t.Fatalf("%d types are wanted, of a list and its records: %v", len(wants), wants)
	}
	for want := range wants {
		u, ok := want.(*types.Union)
		if !ok || len(u.Of) < minKeptTables {
			continue
		}
		if first, again := s.Field(u, "opt"), s.Field(u, "opt"); first == nil || first != again {
			t.Errorf("the field of a union is joined again: %p, %p", first, again)
		}
	}
}

func BenchmarkRecords(b *testing.B) {
	text := records(2000)
	for b.Loop() {
		f := NewFile("file:///a.lua", "", 1, text)
		s := NewSnapshot(nil, nil).WithFile(f)
		for range s.Slots(f) {
		}
	}
}
