//go:build unix

package postgres

import (
	"context"
	"testing"

	"github.com/llmspell/llmspell/internal/dbserver"
	"github.com/llmspell/llmspell/memory"
	"github.com/llmspell/llmspell/memory/embed"
	"github.com/llmspell/llmspell/memory/rag"
)

// level is an embedder that tells texts apart by their length alone.
type level struct{}

func (level) Model() string { return "level" }
func (level) Close() error  { return nil }

func (level) Embed(_ context.Context, _ embed.Purpose, texts []string) ([][]float32, error) {
	out := make([][]float32, len(texts))
	for i, text := range texts {
		out[i] = unit([]float32{float32(len(text)), 10})
	}
	return out, nil
}

// testLibrary finds pieces of documents by the server alone: the process does not load their vectors, until the server cannot.
func testLibrary(t *testing.T, p *dbserver.Postgres) {
	s := open(t, p, Options{})
	l, err := rag.New(s, rag.Options{Embedding: memory.NewEmbedding(memory.EmbedOptions{Open: func(context.Context) (embed.Embedder, error) { return level{}, nil }})})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if _, err := l.Ingest(t.Context(), rag.Input{ID: "short", Text: "tiny"}, rag.Input{ID: "long", Text: "a sentence that goes on for much longer than the other"}); err != nil {
		t.Fatal(err)
	}
	check := func(stage, query, want string, loaded int) {
		t.Helper()
		a, err := l.Find(t.Context(), rag.Query{Text: query})
		if err != nil || a.Mode != memory.Hybrid || len(a.Found) != 2 || a.Found[0].Of.ID != want {
			t.Errorf("%s: %+v, %v", stage, a, err)
		}
		if stats, err := l.Meaning().Stats(t.Context()); err != nil || stats.Dimension != loaded || stats.Stored != 2 {
			t.Errorf("%s: %+v, %v", stage, stats, err)
		}
	}
	check("by the server", "nine", "short", 0)
	check("by the server", "unheard words without any hit, many of these", "long", 0)
	if _, err := s.pool.Exec(t.Context(), "drop table "+s.quoted+".nearest_chunks"); err != nil {
		t.Fatal(err)
	}
	check("without its tables", "three", "short", 2)
}
