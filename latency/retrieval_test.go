//go:build !race

package latency

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/llmspell/llmspell/internal/dialogue"
	"github.com/llmspell/llmspell/memory"
	"github.com/llmspell/llmspell/memory/assemble"
	"github.com/llmspell/llmspell/memory/gather"
	"github.com/llmspell/llmspell/memory/rag"
	"github.com/llmspell/llmspell/memory/sqlite"
	"github.com/llmspell/llmspell/memory/text"
)

const (
	searchTime  = time.Millisecond // of 100,000 turns
	loadTime    = time.Second      // the index of 100,000 turns
	addTime     = 500 * time.Microsecond
	contextTime = 2 * time.Millisecond // of 2,000 tokens from a store of 10,000 turns: search and assembly
)

// budgetRetrieval measures what stands between a question and the context that a model gets.
func budgetRetrieval(t *testing.T, r *report) {
	turns := dialogue.Turns(100_000)
	large := turnIndex(t, turns)
	questions := dialogue.Questions(turns, 200)
	asked := 0
	search := func(ix *text.Index, k int) []text.Hit {
		asked++
		hits, err := ix.Search(questions[asked%len(questions)], text.Options{K: k})
		if err != nil || len(hits) == 0 {
			t.Fatalf("nothing for %q: %v", questions[asked%len(questions)], err)
		}
		return hits
	}
	best, n := settle(func() series {
		return beside(alone(t, searchTime/2), 200, func() timings { return onCPU(t, func() { search(large, 10) }) })
	}, func(s series) float64 { return s.share(50, searchTime) })
	r.percentile(t, "BM25 in 100,000 turns", best, 50, searchTime)
	r.took(n)

	var saved bytes.Buffer
	if err := large.Save(&saved, 1); err != nil {
		t.Fatal(err)
	}
	best, n = settle(func() series {
		return beside(alone(t, loadTime/8), 3, func() timings {
			return onCPU(t, func() {
				if _, _, err := text.Load(bytes.NewReader(saved.Bytes()), text.Params{}); err != nil {
					t.Fatal(err)
				}
			})
		})
	}, func(s series) float64 { return s.share(50, loadTime) })
	r.percentile(t, "the index of 100,000 turns is loaded", best, 50, loadTime)
	r.took(n)

	budgetContext(t, r, turns[:10_000])
}

// budgetContext measures contexts of a store, as commands and scripts make them.
func budgetContext(t *testing.T, r *report, turns []dialogue.Turn) {
	store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "memory.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	m, err := memory.New(store, memory.Options{})
	l, err2 := rag.New(store, rag.Options{})
	g, err3 := gather.New(m, l, "")
	if err := errors.Join(err, err2, err3); err != nil {
		t.Fatal(err)
	}
	list := make([]memory.Episode, len(turns))
	for i, turn := range turns {
		list[i] = memory.Episode{Session: turn.Session, Role: turn.Speaker, Content: turn.Text, Time: turn.Time}
	}
	if _, err := m.AddAll(t.Context(), list); err != nil {
		t.Fatal(err)
	}
	for i := range 500 { // so that there is something known, too
		c := memory.Claim{Subject: turns[i].Speaker, Predicate: "mentions", Value: turns[i].Text, From: turns[i].Time}
		if err := m.Assert(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	questions := dialogue.Questions(turns, 200)
	for _, strategy := range []assemble.Strategy{assemble.FromConversations, assemble.Hybrid} {
		used, contexts := 0, 0
		ask := func() {
			c, err := g.Assemble(t.Context(), gather.Request{Query: questions[contexts%len(questions)], Strategy: strategy, Budget: 2000})
			if err != nil {
				t.Fatal(err)
			}
			used += c.Tokens
			contexts++
		}
		for range questions { // so that the tokens of what there is were counted once
			ask()
		}
		best, n := settle(func() series {
			return beside(alone(t, contextTime/2), 200, func() timings { return onCPU(t, ask) })
		}, func(s series) float64 { return s.share(50, contextTime) })
		r.percentile(t, fmt.Sprintf("2,000 tokens (%s) are found in a store of 10,000 turns and assembled", strategy), best, 50, contextTime)
		r.took(n)
		if mean := used / contexts; mean < 1850 {
			t.Errorf("%s: the contexts have %d tokens in the mean", strategy, mean)
		}
	}
	budgetAdd(t, r, m, list)
}

// budgetAdd times turns that are added one by one, each in the file when it is answered.
func budgetAdd(t *testing.T, r *report, m *memory.Memory, like []memory.Episode) {
	i := 0
	once := func() timings {
		e := like[i%len(like)]
		e.Session = "added"
		i++
		return byClock(func() {
			if _, err := m.Add(t.Context(), e); err != nil {
				t.Fatal(err)
			}
		})
	}
	percentiles{what: "a turn is added to 10,000, on the disk", p50: addTime, claim: "under 2 ms"}.
		judge(t, r, func(s stick) series { return beside(s, 500, once) })

	questions := dialogue.Questions(dialogue.Turns(10_000), 200)
	then := func() timings {
		wall := once().wall
		return timings{wall: wall + timed(func() {
			found, err := m.Find(t.Context(), memory.Query{Text: questions[i%len(questions)], Limit: 10})
			if err != nil || len(found.Found) == 0 {
				t.Fatalf("nothing is found: %v", err)
			}
		})}
	}
	percentiles{what: "a turn is added to 10,000, and ten are searched then", p50: searchTime}.
		judge(t, r, func(s stick) series { return beside(s, 200, then) })
}

func turnIndex(tb testing.TB, turns []dialogue.Turn) *text.Index {
	tb.Helper()
	ix, err := text.New(text.Params{})
	if err != nil {
		tb.Fatal(err)
	}
	for i, turn := range turns {
		if err := ix.Put(int64(i), text.Document{Session: turn.Session, Speaker: turn.Speaker, Body: turn.Text, Time: turn.Time}); err != nil {
			tb.Fatal(err)
		}
	}
	return ix
}

// onCPU times a function by the clock and by the CPU.
func onCPU(tb testing.TB, fn func()) timings {
	cpu := cpuTime(tb)
	wall := timed(fn)
	return timings{wall, cpuTime(tb) - cpu}
}
