package text

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/memory/assemble"
	"github.com/llmspell/llmspell/memory/tokens"
)

// dialogues are conversations and questions about them, of testdata/quality. All are in one index.
type dialogues struct {
	turns     []Document
	marks     map[string]int64 // turn that is evidence, by its mark
	questions []question
}

type question struct {
	kind, text string
	evidence   []int64
}

func readDialogues(tb testing.TB) *dialogues {
	tb.Helper()
	d := &dialogues{marks: map[string]int64{}}
	files, err := filepath.Glob("testdata/quality/*-*.txt")
	if err != nil || len(files) == 0 {
		tb.Fatalf("no conversations: %v", err)
	}
	for _, file := range files {
		d.readConversation(tb, file)
	}
	for _, line := range lines(tb, "testdata/quality/questions.txt") {
		if strings.HasPrefix(line, "#") {
			continue
		}
		parts := strings.Split(line, " | ")
		if len(parts) != 3 {
			tb.Fatalf("questions.txt: %q has not three parts", line)
		}
		q := question{kind: parts[0], text: parts[1]}
		for _, mark := range strings.Fields(parts[2]) {
			id, ok := d.marks[mark]
			if !ok {
				tb.Fatalf("questions.txt: no turn has the mark %q", mark)
			}
			q.evidence = append(q.evidence, id)
		}
		d.questions = append(d.questions, q)
	}
	return d
}

// readConversation reads sessions that begin with "== time", and turns such as "Ada {mark}: text".
func (d *dialogues) readConversation(tb testing.TB, file string) {
	var at time.Time
	for _, line := range lines(tb, file) {
		if start, ok := strings.CutPrefix(line, "== "); ok {
			var err error
			if at, err = time.Parse("2006-01-02 15:04", start); err != nil {
				tb.Fatal(err)
			}
			continue
		}
		who, body, _ := strings.Cut(line, ": ")
		name, mark, marked := strings.Cut(strings.TrimSuffix(who, "}"), " {")
		if marked {
			if _, again := d.marks[mark]; again {
				tb.Fatalf("%s: the mark %q is there twice", file, mark)
			}
			d.marks[mark] = int64(len(d.turns))
		}
		d.turns = append(d.turns, Document{Session: filepath.Base(file) + at.String(), Speaker: name, Body: body, Time: at})
	}
}

func lines(tb testing.TB, file string) []string {
	tb.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		tb.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(text)), "\n")
}

func (d *dialogues) index(tb testing.TB, p Params) *Index {
	ix := newIndex(tb, p)
	for id, turn := range d.turns {
		put(tb, ix, int64(id), turn)
	}
	return ix
}

// recall is the part of the evidence that is among ids.
func (q question) recall(ids []int64) float64 {
	found := 0
	for _, id := range q.evidence {
		if slices.Contains(ids, id) {
			found++
		}
	}
	return float64(found) / float64(len(q.evidence))
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
		hits := search(t, ix, q.text, Options{K: 100})
		for _, k := range []int{5, 10, 20} {
			sum[fmt.Sprint("recall@", k)] += q.recall(ids(hits[:min(k, len(hits))]))
		}
		sum["plain BM25, recall@10"] += q.recall(ids(search(t, base, q.text, Options{})))
		at10 := q.recall(ids(hits[:min(10, len(hits))]))
		kinds[q.kind] = [2]float64{kinds[q.kind][0] + at10, kinds[q.kind][1] + 1}
		halves[i%2] = [2]float64{halves[i%2][0] + at10, halves[i%2][1] + 1}
		if at10 == 0 {
			t.Logf("not in the first ten: %s", q.text)
		}
		for _, budget := range budgets {
			sum[fmt.Sprint("kept in ", budget)] += q.recall(d.kept(t, hits, count, budget))
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
