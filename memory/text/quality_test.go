package text

import (
	"cmp"
	"fmt"
	"slices"
	"testing"

	"github.com/llmspell/llmspell/internal/dialogue"
	"github.com/llmspell/llmspell/memory/assemble"
	"github.com/llmspell/llmspell/memory/tokens"
)

// dialogues are the conversations of testdata/quality, all in one index, and the questions about them.
type dialogues struct {
	turns     []Document
	questions []dialogue.Question
}

func readDialogues(tb testing.TB) *dialogues {
	tb.Helper()
	set, err := dialogue.Read("testdata/quality")
	if err != nil {
		tb.Fatal(err)
	}
	d := &dialogues{questions: set.Questions}
	for _, t := range set.Turns {
		d.turns = append(d.turns, Document{Session: t.Session, Speaker: t.Speaker, Body: t.Text, Time: t.Time})
	}
	return d
}

func (d *dialogues) index(tb testing.TB, p Params) *Index {
	ix := newIndex(tb, p)
	for id, turn := range d.turns {
		put(tb, ix, int64(id), turn)
	}
	return ix
}

// plain are the parameters of BM25 that knows nothing of conversations.
var plain = Params{K1: 1.2, B: 0.75, Near: -1, Far: -1, Session: -1, Speaker: 1, Date: -1, Timely: 1, Question: 1}

// TestQuality holds the bar of what is found and what is kept, over all questions and over each half of them.
func TestQuality(t *testing.T) {
	d := readDialogues(t)
	count, err := tokens.New("")
	if err != nil {
		t.Fatal(err)
	}
	ix, base := d.index(t, Params{}), d.index(t, plain)
	kinds, sum, halves := map[string][2]float64{}, map[string]float64{}, [2][2]float64{}
	budgets := []int{512, 1024, 2048}
	for i, q := range d.questions {
		hits := search(t, ix, q.Text, Options{K: 100})
		for _, k := range []int{5, 10, 20} {
			sum[fmt.Sprint("recall@", k)] += q.Recall(ids(hits[:min(k, len(hits))]))
		}
		sum["plain BM25, recall@10"] += q.Recall(ids(search(t, base, q.Text, Options{})))
		at10 := q.Recall(ids(hits[:min(10, len(hits))]))
		kinds[q.Kind] = [2]float64{kinds[q.Kind][0] + at10, kinds[q.Kind][1] + 1}
		halves[i%2] = [2]float64{halves[i%2][0] + at10, halves[i%2][1] + 1}
		if at10 == 0 {
			t.Logf("not in the first ten: %s", q.Text)
		}
		for _, budget := range budgets {
			sum[fmt.Sprint("kept in ", budget)] += q.Recall(d.kept(t, hits, count, budget))
		}
	}
	n := float64(len(d.questions))
	t.Logf("%d turns, %d questions", len(d.turns), len(d.questions))
	for _, name := range []string{"plain BM25, recall@10", "recall@5", "recall@10", "recall@20", "kept in 512", "kept in 1024", "kept in 2048"} {
		t.Logf("%-22s %5.1f %%", name, 100*sum[name]/n)
	}
	for kind, v := range kinds {
		t.Logf("recall@10 of %-12s %5.1f %% of %.0f", kind, 100*v[0]/v[1], v[1])
	}
	for name, least := range map[string]float64{"recall@10": 0.80, "kept in 512": 0.88, "kept in 1024": 0.93} {
		if sum[name]/n < least {
			t.Errorf("%s is %.3f, the bar %.2f", name, sum[name]/n, least)
		}
	}
	for i, half := range halves {
		if half[0]/half[1] < 0.78 {
			t.Errorf("recall@10 of half %d is %.3f, the bar 0.78", i, half[0]/half[1])
		}
	}
	if gain := (sum["recall@10"] - sum["plain BM25, recall@10"]) / n; gain < 0.05 {
		t.Errorf("recall@10 is %.3f over that of plain BM25, the bar 0.05", gain)
	}
}

// kept are the turns that a context of so many tokens has.
func (d *dialogues) kept(tb testing.TB, hits []Hit, count *tokens.Counter, budget int) []int64 {
	tb.Helper()
	var candidates []assemble.Candidate
	for _, h := range hits {
		turn := d.turns[h.ID]
		candidates = append(candidates, assemble.Candidate{ID: fmt.Sprint(h.ID), Source: assemble.Episodic, Text: turn.Body, Who: turn.Speaker,
			Time: turn.Time, Order: h.ID, Score: float64(h.Score)})
	}
	c, err := assemble.Assemble(candidates, count, assemble.Options{Budget: budget, Strategy: assemble.FromConversations})
	if err != nil {
		tb.Fatal(err)
	}
	var out []int64
	for _, chunk := range c.Chunks {
		out = append(out, chunk.Order)
	}
	slices.SortFunc(out, func(a, b int64) int { return cmp.Compare(a, b) })
	return out
}
