package gather

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/memory"
	"github.com/llmspell/llmspell/memory/assemble"
	"github.com/llmspell/llmspell/memory/inmem"
	"github.com/llmspell/llmspell/memory/rag"
)

// remembered is a Gatherer of some turns, facts and documents.
func remembered(t *testing.T) *Gatherer {
	t.Helper()
	b := inmem.New(nil)
	m, err := memory.New(b, memory.Options{})
	l, err2 := rag.New(b, rag.Options{})
	g, err3 := New(m, l, "")
	if err := errors.Join(err, err2, err3); err != nil {
		t.Fatal(err)
	}
	day := func(n int) time.Time { return time.Date(2026, 5, n, 12, 0, 0, 0, time.UTC) }
	if _, err := m.AddAll(t.Context(), []memory.Episode{
		{Session: "a", ID: "1", Role: "Ada", Content: "My boat Marigold leaks at the stern.", Time: day(1), Metadata: map[string]any{"topic": "boats"}},
		{Session: "a", ID: "2", Role: "Bob", Content: "Tar would stop the leak of a boat.", Time: day(2)},
		{Session: "b", ID: "1", Role: "Cid", Content: "I sold the boat last year.", Time: day(3)},
		{Session: "b", ID: "a-name-that-is-long-as-names-go", Role: "Cid", Content: "Boats are a hole in the water.", Time: day(4)},
		{Session: "b", ID: "x", Role: "Cid", Content: "Soup is good.", Time: day(4)},
	}); err != nil {
		t.Fatal(err)
	}
	if err := m.Assert(t.Context(), memory.Claim{Subject: "Marigold", Predicate: "is_a", Value: "boat", From: day(1)}); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Ingest(t.Context(), rag.Input{ID: "/docs/care.md", Kind: rag.Markdown, Text: "# Boat care\n\nCaulk the seams of a boat in spring.\n\n## Varnish\n\nA boat wants varnish."},
		rag.Input{ID: "notes", Scope: rag.SessionScope("a"), Text: "Notes on the boat of session a."}); err != nil {
		t.Fatal(err)
	}
	return g
}

func gather(t *testing.T, g *Gatherer, q Request) *Result {
	t.Helper()
	r, err := g.Assemble(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestSources(t *testing.T) {
	g := remembered(t)
	const boat = "what about the boat Marigold"
	for _, c := range []struct {
		name string
		q    Request
		has  []string
		not  []string
	}{
		{"turns of all sessions", Request{Query: boat, Strategy: assemble.FromConversations}, []string{"[#1] Ada: My boat", "[2] Bob: Tar", "[#3] Cid: I sold", "[#4] Cid: Boats are"}, []string{"care", "is a boat"}},
		{"turns of one", Request{Query: boat, Strategy: assemble.FromConversations, Turns: memory.Filter{Sessions: []string{"a"}}}, []string{"[1] Ada: My boat", "[2] Bob: Tar"}, []string{"Cid"}},
		{"turns of one role", Request{Query: boat, Turns: memory.Filter{Roles: []string{"Bob"}}}, []string{"Bob: Tar", "Marigold is a boat"}, []string{"Ada", "Cid"}},
		{"facts", Request{Query: boat, Strategy: assemble.FromFacts}, []string{"# 2026-05-01\n[f", "Marigold is a boat"}, []string{"Ada", "Caulk"}},
		{"both", Request{Query: boat}, []string{"[#1] Ada: My boat", "Marigold is a boat"}, []string{"Caulk"}},
		{"documents", Request{Query: boat, Strategy: assemble.FromDocuments}, []string{"Boat care: ", "Caulk the seams", "Boat care / Varnish: ", "# undated\n", "Ada: My boat", "Marigold is a boat"}, []string{"session a"}},
		{"documents of a session", Request{Query: boat, Strategy: assemble.FromDocuments, Turns: memory.Filter{Sessions: []string{"a"}}}, []string{"Caulk", "Notes on the boat of session a"}, []string{"Cid"}},
		{"documents of one scope", Request{Query: boat, Strategy: assemble.FromDocuments, Documents: memory.DocumentFilter{Scopes: []string{"session:a"}}}, []string{"Notes on"}, []string{"Caulk"}},
	} {
		r := gather(t, g, c.q)
		for _, part := range c.has {
			if !strings.Contains(r.Text, part) {
				t.Errorf("%s: %q is missing in\n%s", c.name, part, r.Text)
			}
		}
		for _, part := range c.not {
			if strings.Contains(r.Text, part) {
				t.Errorf("%s: %q is in\n%s", c.name, part, r.Text)
			}
		}
		for _, chunk := range r.Chunks {
			p := r.Of(chunk.Source, chunk.ID)
			text := ""
			switch {
			case p.Turn != nil:
				text = p.Turn.Content
			case p.Fact != nil:
				text = p.Fact.Text()
			case p.Document != nil:
				text = p.Document.Text
			}
			if strings.Join(strings.Fields(text), " ") != strings.Join(strings.Fields(chunk.Text), " ") {
				t.Errorf("%s: [%s] %q leads back to %q", c.name, chunk.ID, chunk.Text, text)
			}
		}
	}
}

// What does not fit is told, and no budget is exceeded, whatever the encoding.
func TestBudget(t *testing.T) {
	g := remembered(t)
	var list []memory.Episode
	for i := range 500 {
		list = append(list, memory.Episode{Session: "long", Role: "Ada", Content: fmt.Sprintf("On day %d the boat made %d miles to harbour number %d.", i, i*7%90, i%40)})
	}
	if _, err := g.memory.AddAll(t.Context(), list); err != nil {
		t.Fatal(err)
	}
	for _, encoding := range []string{"", "cl100k_base"} {
		counter, err := g.Counter(encoding)
		if err != nil {
			t.Fatal(err)
		}
		for _, budget := range []int{100, 333, 2000, 8192} {
			r := gather(t, g, Request{Query: "miles of the boat", Budget: budget, Encoding: encoding, Strategy: assemble.FromConversations})
			n, err := counter.Count(r.Text)
			if err != nil || n != r.Tokens || n > budget || r.Encoding != counter.Encoding() {
				t.Errorf("budget %d: %d tokens (%v), said to be %d by %s", budget, n, err, r.Tokens, r.Encoding)
			}
			if budget < 8192 && (n < budget*8/10 || len(r.Left) == 0) {
				t.Errorf("budget %d: only %d tokens, though there is more; left out %d", budget, n, len(r.Left))
			}
			if len(r.Chunks)+len(r.Left) != r.Found[assemble.Episodic] {
				t.Errorf("budget %d: %d chunks and %d left out, of %d found", budget, len(r.Chunks), len(r.Left), r.Found[assemble.Episodic])
			}
		}
	}
}

func TestRefuses(t *testing.T) {
	g := remembered(t)
	for _, c := range []struct {
		q    Request
		want string
	}{
		{Request{Query: "x", Budget: 99}, "give 100 or more"}, {Request{Query: "x", Budget: -5}, "give 100 or more"}, {Request{Query: "x", Strategy: "best"}, `no context strategy "best"`},
		{Request{}, "the query is empty"}, {Request{Query: "x", Encoding: "p50k"}, `no token encoding "p50k"`}, {Request{Query: "x", Candidates: -1}, "-1 candidates"}, {Request{Query: "x", MinScore: 2}, "least score"},
	} {
		if _, err := g.Assemble(t.Context(), c.q); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v", c.q, err)
		}
	}
	if _, err := New(g.memory, g.library, "p50k"); err == nil {
		t.Error("an encoding that is not known is no error")
	}
	if r := gather(t, g, Request{Query: "zeppelin"}); r.Text != "" || r.Tokens != 0 {
		t.Errorf("of nothing comes %+v", r)
	}
}

func TestAnalyze(t *testing.T) {
	list, err := remembered(t).Analyze(t.Context(), Request{Query: "boat", Budget: 500})
	if err != nil || len(list) != len(assemble.Strategies()) {
		t.Fatal(len(list), err)
	}
	for i, s := range assemble.Strategies() {
		if list[i].Strategy != s || list[i].Tokens == 0 {
			t.Errorf("%d is %+v, not of %s", i, list[i].Context, s)
		}
	}
}
