package rag_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/memory"
	"github.com/llmspell/llmspell/memory/chunk"
	"github.com/llmspell/llmspell/memory/inmem"
	"github.com/llmspell/llmspell/memory/rag"
)

// library makes one of an empty backend.
func library(t *testing.T) *rag.Library {
	t.Helper()
	l, err := rag.New(inmem.New(nil), rag.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	return l
}

// heading is cutting at the headings that a kind has, and the same as saying so by its name.
func TestHeadingStrategy(t *testing.T) {
	for kind, tt := range map[rag.Kind]struct {
		text string
		same chunk.Strategy
	}{
		rag.HTML: {"<h1>Oak</h1><p>A tree.</p><h1>Rye</h1><p>A grain.</p>", chunk.HTML}, rag.Markdown: {"# Oak\n\nA tree.\n\n# Rye\n\nA grain.\n", chunk.Markdown},
		rag.Plain: {"# Oak\n\nA tree.\n\n# Rye\n\nA grain.\n", chunk.Markdown},
	} {
		l := library(t)
		in := rag.Input{ID: "a", Kind: kind, Text: tt.text, Chunks: chunk.Options{Strategy: chunk.Heading}}
		done, err := l.Ingest(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		chunks, err := l.Chunks(t.Context(), done[0].Document)
		if err != nil || len(chunks) != 2 || !slices.Equal(chunks[1].Headings, []string{"Rye"}) {
			t.Errorf("%s: %+v, %v", kind, chunks, err)
		}
		in.Chunks.Strategy = tt.same
		if done, err = l.Ingest(t.Context(), in); err != nil || done[0].Status != rag.Unchanged {
			t.Errorf("%s: as %s it is %+v, %v", kind, tt.same, done, err)
		}
	}
}

func TestTextsNotUTF8(t *testing.T) {
	l, ctx := library(t), t.Context()
	const bad = "a\xff"
	for name, call := range map[string]func() error{
		"the query": func() error { _, err := l.Find(ctx, rag.Query{Text: bad}); return err },
		"the scope": func() error { _, err := l.List(ctx, memory.DocumentFilter{Scopes: []string{bad}}); return err },
		"the collection": func() error {
			_, err := l.Collections(ctx, memory.DocumentFilter{Collections: []string{bad}})
			return err
		},
		"the id": func() error { _, err := l.Delete(ctx, memory.DocumentFilter{IDs: []string{bad}}, false); return err },
		"metadata": func() error {
			_, err := l.Find(ctx, rag.Query{Text: "a", Filter: memory.DocumentFilter{Metadata: map[string]any{"a": bad}}})
			return err
		},
		"the title": func() error { _, err := l.Ingest(ctx, rag.Input{Text: "a", Title: bad}); return err },
	} {
		if err := call(); err == nil || !strings.Contains(err.Error(), strings.TrimPrefix(name, "the ")+" is not a text in UTF-8") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
