//go:build !race

package latency

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/llmspell/llmspell/internal/dialogue"
	"github.com/llmspell/llmspell/memory/assemble"
	"github.com/llmspell/llmspell/memory/text"
	"github.com/llmspell/llmspell/memory/tokens"
)

const (
	searchTime  = time.Millisecond     // of 100,000 turns
	loadTime    = time.Second          // the index of 100,000 turns
	contextTime = 2 * time.Millisecond // of 2,000 tokens from 10,000 turns: search and assembly
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

	turns = turns[:10_000]
	small := turnIndex(t, turns)
	questions = dialogue.Questions(turns, 200)
	count, err := tokens.New(tokens.O200k)
	if err != nil {
		t.Fatal(err)
	}
	for _, turn := range turns { // as a store has counted what it holds
		if _, err := count.Count(" " + turn.Text + "\n"); err != nil {
			t.Fatal(err)
		}
	}
	used, contexts := 0, 0
	best, n = settle(func() series {
		return beside(alone(t, contextTime/2), 200, func() timings {
			return onCPU(t, func() {
				used += contextOf(t, turns, search(small, 100), count).Tokens
				contexts++
			})
		})
	}, func(s series) float64 { return s.share(50, contextTime) })
	r.percentile(t, "2,000 tokens are found in 10,000 turns and assembled", best, 50, contextTime)
	r.took(n)
	if mean := used / contexts; mean < 1900 {
		t.Errorf("the contexts have %d tokens in the mean", mean)
	}
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

func contextOf(tb testing.TB, turns []dialogue.Turn, hits []text.Hit, count *tokens.Counter) *assemble.Context {
	tb.Helper()
	candidates := make([]assemble.Candidate, len(hits))
	for i, h := range hits {
		turn := turns[h.ID]
		candidates[i] = assemble.Candidate{ID: fmt.Sprint(h.ID), Source: assemble.Episodic, Text: turn.Text, Who: turn.Speaker,
			Time: turn.Time, Order: h.ID, Score: float64(h.Score)}
	}
	c, err := assemble.Assemble(candidates, count, assemble.Options{Strategy: assemble.FromConversations, Budget: 2000})
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

// onCPU times a function by the clock and by the CPU.
func onCPU(tb testing.TB, fn func()) timings {
	cpu := cpuTime(tb)
	wall := timed(fn)
	return timings{wall, cpuTime(tb) - cpu}
}
