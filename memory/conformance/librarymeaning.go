package conformance

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/memory"
	"github.com/llmspell/llmspell/memory/embed"
	"github.com/llmspell/llmspell/memory/rag"
)

// likeness is an embedder that knows which words mean a ship, and which a meal. It fails while down is set.
type likeness struct {
	asked int
	down  error
}

func (e *likeness) Model() string { return "likeness" }
func (e *likeness) Close() error  { return nil }

func (e *likeness) Embed(_ context.Context, _ embed.Purpose, texts []string) ([][]float32, error) {
	if e.down != nil {
		return nil, e.down
	}
	out := make([][]float32, len(texts))
	for i, text := range texts {
		e.asked++
		switch {
		case strings.Contains(text, "vessel") || strings.Contains(text, "yacht"):
			out[i] = []float32{1, 0}
		case strings.Contains(text, "meal") || strings.Contains(text, "stew"):
			out[i] = []float32{0, 1}
		default:
			out[i] = []float32{0.6, -0.8}
		}
	}
	return out, nil
}

// testLibraryByMeaning finds pieces of documents that have no word of the query.
func testLibraryByMeaning(t *testing.T, b memory.Backend) {
	e := &likeness{}
	library := func() *rag.Library {
		shared := memory.NewEmbedding(memory.EmbedOptions{Open: func(context.Context) (embed.Embedder, error) { return e, nil }})
		l, err := rag.New(b, rag.Options{Tenant: "t", Embedding: shared})
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	l, other := library(), library()
	first := func(l *rag.Library, text string) string {
		t.Helper()
		a, err := l.Find(t.Context(), rag.Query{Text: text, Limit: 1})
		if err != nil || a.Warning != "" || a.Mode != memory.Hybrid || len(a.Found) != 1 {
			t.Fatalf("%q: %+v, %v", text, a, err)
		}
		return a.Found[0].Of.ID
	}
	ingest(t, l, global("sea", "The yacht lies in the harbour."), global("table", "A stew wants hours."), session("s", "sky", "Clouds."))
	for _, l := range []*rag.Library{l, other} {
		if got := []string{first(l, "vessel"), first(l, "meal")}; !slices.Equal(got, []string{"sea", "table"}) {
			t.Errorf("by meaning it finds %v", got)
		}
	}
	if e.asked != 3+2*2 {
		t.Errorf("%d texts were asked for: the second library did not find the vectors of the first", e.asked)
	}
	if got := foundIn(t, l, rag.Query{Text: "vessel", Filter: scope("session:*")}); !slices.Equal(got, []string{"sky"}) {
		t.Errorf("a filter lets pass %v", got)
	}
	ingest(t, other, global("sea", "A stew, too.")) // takes the place of the text that was
	if got := first(l, "vessel"); got != "sky" {
		t.Errorf("the text that was replaced is found as %s", got)
	}
	if n, err := other.Delete(t.Context(), memory.DocumentFilter{}, true); n != 3 || err != nil {
		t.Fatal(n, err)
	}
	for _, l := range []*rag.Library{l, other} {
		s, err := l.Meaning().Stats(t.Context())
		if got := foundIn(t, l, rag.Query{Text: "vessel"}); len(got) != 0 || s.Stored != 0 || s.Lacking != 0 || err != nil {
			t.Errorf("after all was deleted it finds %v, %+v, %v", got, s, err)
		}
	}
	e.down = errors.New("the model sleeps")
	ingest(t, l, global("a", "A plain vessel."))
	a, err := l.Find(t.Context(), rag.Query{Text: "vessel again"})
	if err != nil || a.Mode != memory.Words || len(a.Found) != 1 || !strings.Contains(a.Warning, "by words alone: the model sleeps") {
		t.Errorf("without the embedder: %+v, %v", a, err)
	}
}
