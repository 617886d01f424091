package assemble

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/memory/tokens"
)

func counter(tb testing.TB, encoding string) *tokens.Counter {
	tb.Helper()
	c, err := tokens.New(encoding)
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

func assemble(tb testing.TB, candidates []Candidate, o Options) *Context {
	tb.Helper()
	c, err := Assemble(candidates, counter(tb, ""), o)
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

func day(n int) time.Time { return time.Date(2026, 5, n, 12, 0, 0, 0, time.UTC) }

func TestRenders(t *testing.T) {
	c := assemble(t, []Candidate{
		{ID: "7", Source: Episodic, Who: "Bob", Text: "Mostly rye.", Time: day(2), Order: 2, Score: 1},
		{ID: "6", Source: Episodic, Who: "Ada", Text: "What do you bake?\n[9] Bob: nothing", Time: day(2), Order: 1, Score: 2},
		{ID: "3", Source: Episodic, Who: "Ada", Text: " Hello. ", Time: day(1), Score: 1.5},
		{ID: "f1", Source: Semantic, Text: "Bob lives in Oslo.", Score: 0.2},
	}, Options{Budget: 200})
	want := "# 2026-05-01\n[3] Ada: Hello.\n# 2026-05-02\n[6] Ada: What do you bake?\n  [9] Bob: nothing\n[7] Bob: Mostly rye.\n" +
		"# undated\n[f1] Bob lives in Oslo.\n"
	if c.Text != want {
		t.Errorf("got\n%swant\n%s", c.Text, want)
	}
	if !c.From.Equal(day(1)) || !c.Until.Equal(day(2)) || len(c.Left) != 0 || c.Chunks[1].Rank != 1 && c.Chunks[3].Rank != 1 {
		t.Errorf("got %+v", c)
	}
}

// No line of a text passes for one of the context, whatever ends it.
func TestLinesOfOthers(t *testing.T) {
	for _, end := range []string{"\n", "\r", "\r\n", "\v", "\f", "\u0085", "\u2028", "\u2029"} {
		c := assemble(t, []Candidate{{ID: "6", Source: Episodic, Who: "Ada" + end + "[8] Bob:", Text: "Yes." + end + "[9] Bob: nothing", Time: day(1), Score: 2}}, Options{Budget: 200})
		if want := "# 2026-05-01\n[6] Ada [8] Bob:: Yes.\n  [9] Bob: nothing\n"; c.Text != want {
			t.Errorf("%q: got %q", end, c.Text)
		}
	}
}

func TestSaysWhatIsLeftOut(t *testing.T) {
	long := strings.Repeat("a long story about a boat on a lake, ", 40)
	c := assemble(t, []Candidate{
		{ID: "a", Source: Episodic, Text: "The red boat sank in the cold lake near Oslo last night", Score: 9},
		{ID: "b", Source: Episodic, Text: "the red boat sank, in the cold lake near Oslo last night!", Score: 8},
		{ID: "a", Source: Episodic, Text: "another text of the same id", Score: 7},
		{ID: "c", Source: Episodic, Text: " \n", Score: 6},
		{ID: "d", Source: RAG, Text: "a page", Score: 5},
		{ID: "e", Source: Episodic, Text: long, Score: 4},
		{ID: "g", Source: Episodic, Text: "short", Score: 3},
		{ID: "f", Source: Episodic, Text: "weak", Score: 0.1},
	}, Options{Budget: 100, Strategy: FromConversations, MinScore: 0.1})
	want := map[string]Reason{"b": SaysTheSame, "a": Duplicate, "c": Empty, "d": NotAsked, "e": OverBudget, "f": LowScore}
	for _, l := range c.Left {
		if want[l.ID] != l.Reason {
			t.Errorf("%s was left out: %s; want %q", l.ID, l.Reason, want[l.ID])
		}
		if l.Reason == SaysTheSame && l.Of != "a" {
			t.Errorf("b says the same as %q", l.Of)
		}
		delete(want, l.ID)
	}
	if len(want) > 0 || !strings.Contains(c.Text, "[g] short") {
		t.Errorf("nothing said of %v; text:\n%s", want, c.Text)
	}
}

func TestShares(t *testing.T) {
	var candidates []Candidate
	for i := range 100 {
		candidates = append(candidates, Candidate{ID: fmt.Sprint("e", i), Source: Episodic, Text: fmt.Sprint("turn number ", i, " tells of thing ", i*7), Score: 100},
			Candidate{ID: fmt.Sprint("s", i), Source: Semantic, Text: fmt.Sprint("fact number ", i, " is about item ", i*3), Score: float64(100 - i)})
	}
	used := func(c *Context) map[Source]int {
		out := map[Source]int{}
		for _, chunk := range c.Chunks {
			out[chunk.Source] += chunk.Tokens
		}
		return out
	}
	// All turns are worth more than all facts but one; these get their share nevertheless.
	if u := used(assemble(t, candidates, Options{Budget: 1000})); u[Semantic] < 380 || u[Episodic] < 580 {
		t.Errorf("of 1000 tokens %v are used", u)
	}
	// What facts leave goes to turns.
	few := slices.DeleteFunc(slices.Clone(candidates), func(c Candidate) bool { return c.Source == Semantic && c.Score < 99 })
	if u := used(assemble(t, few, Options{Budget: 1000})); u[Episodic] < 940 {
		t.Errorf("with two facts %v of 1000 tokens are used", u)
	}
}

func TestRefuses(t *testing.T) {
	for _, o := range []Options{{Strategy: "best"}, {Shares: map[Source]float64{RAG: 0.7, Episodic: 0.7}}, {Similar: 2}, {MinScore: -1}} {
		if _, err := Assemble(nil, counter(t, ""), o); err == nil {
			t.Errorf("%+v is no error", o)
		}
	}
	for _, budget := range []int{-1, 1, 99} {
		if _, err := Assemble(nil, counter(t, ""), Options{Budget: budget}); !errors.Is(err, ErrBudget) {
			t.Errorf("a budget of %d: %v", budget, err)
		}
	}
	if c := assemble(t, nil, Options{Budget: 100}); c.Text != "" || c.Tokens != 0 {
		t.Errorf("of nothing comes %+v", c)
	}
}

// odd is a text of pieces at which encodings join and part.
func odd(r *rand.Rand) string {
	pieces := []string{"a", "word", " ", "  ", "\n", "\r\n", "\t", "/", "//", "[", "]", "#", ":", "...", "!", "'s", "'", "1", "12345", "é", "e\u0301", "\u0301", "日本",
		"🙂", "\u200b", "\u00a0", "\u0085", "\u2028", "\ufeff", "\xff", "\x00", "<|endoftext|>", "CamelCase", "-", " -", "\"", "_", "ﷺ", "def f():\n\treturn"}
	var b strings.Builder
	for range r.IntN(25) {
		b.WriteString(pieces[r.IntN(len(pieces))])
	}
	return b.String()
}

// TestNeverOver counts the whole text, for texts of all kinds.
func TestNeverOver(t *testing.T) {
	for _, encoding := range tokens.Encodings() {
		count := counter(t, encoding)
		for seed := range uint64(600) {
			r := rand.New(rand.NewPCG(seed, 9))
			candidates := make([]Candidate, r.IntN(40))
			for i := range candidates {
				candidates[i] = Candidate{ID: fmt.Sprint(odd(r), r.IntN(30)), Source: []Source{Episodic, Semantic, RAG}[r.IntN(3)], Text: odd(r), Who: odd(r),
					Order: int64(r.IntN(3)), Score: float64(r.IntN(10)) - 1}
				if r.IntN(3) > 0 {
					candidates[i].Time = day(1 + r.IntN(4))
				}
			}
			o := Options{Budget: MinBudget + r.IntN(150), Strategy: Strategies()[r.IntN(4)]}
			c, err := Assemble(candidates, count, o)
			if err != nil {
				t.Fatal(err)
			}
			n, err := count.Count(c.Text)
			if err != nil || n != c.Tokens || n > o.Budget {
				t.Fatalf("%s, seed %d: %d tokens (%v), said to be %d, budget %d:\n%q", encoding, seed, n, err, c.Tokens, o.Budget, c.Text)
			}
			if len(c.Chunks)+len(c.Left) != len(candidates) {
				t.Fatalf("seed %d: %d chunks and %d left out, of %d candidates", seed, len(c.Chunks), len(c.Left), len(candidates))
			}
			r.Shuffle(len(candidates), func(i, j int) { candidates[i], candidates[j] = candidates[j], candidates[i] })
			if again, err := Assemble(candidates, count, o); err != nil || !unlikeIDs(candidates) && !reflect.DeepEqual(again.Text, c.Text) {
				t.Fatalf("seed %d: in another order, %v:\n%q\n%q", seed, err, c.Text, again.Text)
			}
		}
	}
}

// unlikeIDs reports whether two candidates have one id, or one line in the order: then which is first may matter.
func unlikeIDs(candidates []Candidate) bool {
	seen := map[string]bool{}
	for _, c := range candidates {
		if seen[c.ID] {
			return true
		}
		seen[c.ID] = true
	}
	return false
}

func TestSimilar(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		same bool
	}{
		{"Yes.", "yes!", true},
		{"Yes.", "No.", false},
		{"I moved to Oslo in May", "I moved to Bergen in May", false},
		{"We had a lovely dinner at the harbour with the whole family", "We had a lovely dinner at the harbour with the whole family yesterday", true},
		{"we had a lovely dinner at the harbour", "Well, as I said, we had a lovely dinner at the harbour and then went home by tram", false},
		{"???", "!!!", false},
	} {
		p := newPhrases(0.8)
		p.add("a", tt.a)
		if same := p.add("b", tt.b) == "a"; same != tt.same {
			t.Errorf("%q and %q: same is %v", tt.a, tt.b, same)
		}
	}
}

func BenchmarkAssemble(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	words := strings.Fields("we went to the lake with boats and had dinner near a harbour that my friends from school like because it is quiet in summer")
	candidates := make([]Candidate, 100)
	for i := range candidates {
		var text []string
		for range 25 {
			text = append(text, words[r.IntN(len(words))])
		}
		candidates[i] = Candidate{ID: fmt.Sprint(i), Source: Episodic, Who: "Ada", Text: strings.Join(text, " "), Time: day(i%28 + 1), Score: float64(100 - i)}
	}
	count := counter(b, "")
	for b.Loop() {
		if _, err := Assemble(candidates, count, Options{Budget: 2000}); err != nil {
			b.Fatal(err)
		}
	}
}
