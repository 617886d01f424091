package memory_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/llmspell/llmspell/memory"
	"github.com/llmspell/llmspell/memory/inmem"
)

// TestLinks walks until the links are held, changes them beside walks, and drops what cannot be followed.
func TestLinks(t *testing.T) {
	b := inmem.New(nil)
	defer b.Close()
	m, err := memory.New(b, memory.Options{})
	other, err2 := memory.New(b, memory.Options{})
	if err != nil || err2 != nil {
		t.Fatal(err, err2)
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Error(err)
		}
	}
	const nodes = 60
	claim := func(from, to int) error {
		return other.Assert(t.Context(), memory.Claim{Subject: fmt.Sprint("n", from), Predicate: "knows", Entity: fmt.Sprint("n", to)})
	}
	for i := range nodes {
		for j := range 20 {
			must(claim(i, (i+j+1)%nodes))
		}
	}
	around := func() int {
		list, err := m.Around(t.Context(), "n0", 3, m.Now())
		must(err)
		return len(list)
	}
	walk := func() {
		t.Helper()
		for range 10 {
			if n := around(); n != nodes-1 {
				t.Errorf("%d are around", n)
			}
		}
	}
	if walk(); !m.HoldsLinks() {
		t.Error("after ten walks the links are not held")
	}
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := range 50 {
				if w == 0 {
					must(claim(0, nodes+i))
				} else {
					around()
				}
			}
		})
	}
	wg.Wait()
	if n := around(); n != nodes+49 || !m.HoldsLinks() {
		t.Errorf("%d are around, the links are held: %v", n, m.HoldsLinks())
	}
	must(other.ForgetEntity(t.Context(), "n60"))
	if n := around(); n != nodes+48 || m.HoldsLinks() {
		t.Errorf("after one was forgotten %d are around, the links are held: %v", n, m.HoldsLinks())
	}
}
