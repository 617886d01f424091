package rag

import (
	"slices"

	"github.com/llmspell/llmspell/memory"
)

// chunkRows are the chunks, as what has vectors: of the same text as they are found by, with the titles above it.
func chunkRows() memory.Rows {
	return memory.Rows{Of: memory.Chunks, Name: "pieces of documents", Mark: func(r memory.Reader) (int64, error) {
		at, err := r.DocumentCursor()
		return at.Row, err
	}, Texts: func(r memory.Reader, rows []int64) (map[int64]string, error) {
		list, of, err := chunksAt(r, rows)
		texts := make(map[int64]string, len(list))
		for _, c := range list {
			if d := of[c.Document]; d != nil {
				texts[c.Row] = searchable(d, c)
			}
		}
		return texts, err
	}, Count: func(r memory.Reader) (n int, err error) {
		all, err := r.Collections()
		for _, c := range all {
			n += c.Chunks
		}
		return n, err
	}}
}

// chunksAt reads chunks by their rows, and their documents. What is damaged is missing.
func chunksAt(r memory.Reader, rows []int64) (list []*memory.Chunk, of map[int64]*memory.Document, err error) {
	if list, err = r.ChunksAt(rows); err != nil || len(list) == 0 {
		return list, nil, err
	}
	var wanted []int64
	for _, c := range list {
		wanted = append(wanted, c.Document)
	}
	slices.Sort(wanted)
	of = map[int64]*memory.Document{}
	skip := func(*memory.Document, error) error { return nil }
	err = r.Documents(memory.DocumentFilter{Rows: slices.Compact(wanted), Damaged: skip}, func(d *memory.Document) error { of[d.Row] = d; return nil })
	return list, of, err
}
