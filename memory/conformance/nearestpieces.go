package conformance

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/llmspell/llmspell/memory"
	"github.com/llmspell/llmspell/memory/chunk"
	"github.com/llmspell/llmspell/memory/embed"
	"github.com/llmspell/llmspell/memory/rag"
)

// pieces is what a test knows of a document.
type pieces struct {
	of    memory.Document
	texts []string
}

// shelf takes documents in through two libraries of a tenant, as two processes would, and knows what there should be.
type shelf struct {
	*testing.T
	rnd   *rand.Rand
	clock *clock
	e     *made
	ours  []*rag.Library
	there map[[3]string]pieces
	next  int
}

// pieceNumbers is the length of the vectors, and mortal how long documents of the collection c0 live.
const (
	pieceNumbers = 24
	mortal       = time.Hour
)

// open makes a library of a tenant.
func (s *shelf) open(b memory.Backend, tenant string, e embed.Embedder) *rag.Library {
	s.Helper()
	l, err := rag.New(b, rag.Options{Tenant: tenant, Clock: s.clock.now, Embedding: memory.NewEmbedding(memory.EmbedOptions{Open: func(context.Context) (embed.Embedder, error) { return e, nil }})})
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(l.Close)
	return l
}

// put takes in documents of one to three pieces; some take the place of others.
func (s *shelf) put(l *rag.Library, n int) {
	s.Helper()
	inputs := make([]rag.Input, n)
	texts := make([][]string, n)
	for i := range inputs {
		in := rag.Input{Scope: []string{"global", "session:a", "session:b"}[s.rnd.IntN(3)], Collection: fmt.Sprint("c", s.rnd.IntN(3)), ID: fmt.Sprint(s.next % 40),
			Metadata: map[string]any{"n": s.next % 5}, Chunks: chunk.Options{Strategy: chunk.Fixed, Size: 16}}
		for range 1 + s.rnd.IntN(3) {
			text := fmt.Sprintf("piece %010d", s.next)
			s.next++
			s.e.vectors[text] = direction(s.rnd, pieceNumbers)
			in.Text += text
			texts[i] = append(texts[i], text)
		}
		in.ID += fmt.Sprint(" ", i) // no twins
		inputs[i] = in
	}
	done, err := l.Ingest(s.Context(), inputs...)
	if err != nil {
		s.Fatal(err)
	}
	for i, d := range done {
		if slices.Contains(s.ours, l) {
			s.there[[3]string{d.Scope, d.Collection, d.ID}] = pieces{*d.Document, texts[i]}
		}
	}
}

// filter means some of the documents.
func (s *shelf) filter() (f memory.DocumentFilter) {
	var rows []int64
	var ids []string
	for key, p := range s.there {
		if len(rows) < 5 {
			rows, ids = append(rows, p.of.Row), append(ids, key[2])
		}
	}
	switch s.rnd.IntN(9) {
	case 0:
		f.Scopes = []string{"session:*"}
	case 1:
		f.Collections = []string{"c1", "c0"}
	case 2:
		f.Metadata = map[string]any{"n": 3}
	case 3:
		f.IDs = append(ids, "nobody")
	case 4:
		f.Rows = rows
	case 5:
		f.Scopes, f.Collections = []string{"global", "session:b"}, []string{"c*"}
	case 6:
		f.Scopes, f.Metadata = []string{"s*"}, map[string]any{"n": 9}
	case 7:
		if len(rows) > 0 {
			f.After = rows[0]
		}
	}
	return f
}

// ask searches, and compares with all pieces one by one.
func (s *shelf) ask() {
	s.Helper()
	const limit = 7
	query := "wanted " + string(rune('a'+s.rnd.IntN(26))) + string(rune('a'+s.rnd.IntN(26))) // no word of a piece
	if s.e.vectors[query] == nil {                                                           // those of queries are remembered
		s.e.vectors[query] = direction(s.rnd, pieceNumbers)
	}
	f := s.filter()
	want := []string{}
	for _, p := range s.there {
		if f.Match(&p.of) && (p.of.Collection != "c0" || s.clock.now().Sub(p.of.Ingested) < mortal) {
			want = append(want, p.texts...)
		}
	}
	slices.SortFunc(want, func(a, b string) int {
		return cmp.Compare(product(s.e.vectors[b], s.e.vectors[query]), product(s.e.vectors[a], s.e.vectors[query]))
	})
	want = want[:min(limit, len(want))]
	for i, l := range s.ours {
		a, err := l.Find(s.Context(), rag.Query{Text: query, Limit: limit, Filter: f})
		if err != nil || a.Warning != "" || a.Mode != memory.Hybrid {
			s.Fatalf("%v, %q, %v", a.Mode, a.Warning, err)
		}
		got := []string{}
		for _, found := range a.Found {
			got = append(got, found.Text)
		}
		if !slices.Equal(got, want) {
			s.Fatalf("library %d: %+v finds %v, not %v", i, f, got, want)
		}
	}
}

// remove deletes about a quarter of the documents.
func (s *shelf) remove(l *rag.Library) {
	s.Helper()
	var rows []int64
	for key, p := range s.there {
		if s.rnd.IntN(4) == 0 {
			rows = append(rows, p.of.Row)
			delete(s.there, key)
		}
	}
	if len(rows) == 0 {
		return
	}
	if _, err := l.Delete(s.Context(), memory.DocumentFilter{Rows: rows}, false); err != nil {
		s.Fatal(err)
	}
}

// testNearestPieces finds pieces of documents by meaning, with filters, while documents come, go, are replaced and end.
func testNearestPieces(t *testing.T, b memory.Backend) {
	s := &shelf{T: t, rnd: rand.New(rand.NewPCG(8, 8)), clock: newClock(base), e: &made{vectors: map[string][]float32{}, model: "made"}, there: map[[3]string]pieces{}}
	s.ours = []*rag.Library{s.open(b, "me", s.e), s.open(b, "me", s.e)}
	stranger := s.open(b, "you", s.e)
	s.put(stranger, 10)
	if _, err := stranger.Meaning().Embed(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	for range 12 {
		for _, scope := range []string{"global", "session:a", "session:b"} { // also if it was empty for so long that its time was forgotten
			if err := s.ours[0].SetTTL(t.Context(), scope, "c0", mortal); err != nil {
				t.Fatal(err)
			}
		}
		s.put(s.ours[s.rnd.IntN(2)], 1+s.rnd.IntN(15))
		s.ask()
		if s.rnd.IntN(2) == 0 {
			s.remove(s.ours[s.rnd.IntN(2)])
		}
		s.ask()
		s.clock.advance(20 * time.Minute)
		s.ask()
	}
	longer := s.open(b, "me", &made{vectors: map[string][]float32{"query": make([]float32, pieceNumbers+1)}, model: "made"})
	a, err := longer.Find(t.Context(), rag.Query{Text: "query"})
	if err != nil || a.Mode != memory.Words || a.Warning == "" {
		t.Errorf("with vectors of another length: %v, %q, %v", a.Mode, a.Warning, err)
	}
}
