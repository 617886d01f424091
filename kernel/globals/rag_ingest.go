package globals

import (
	"errors"
	"fmt"
	"path/filepath"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/kernel/ingest"
	"github.com/llmspell/llmspell/kernel/options"
	"github.com/llmspell/llmspell/memory/chunk"
	"github.com/llmspell/llmspell/memory/rag"
)

// ingestion is one call of RAG.ingest.
type ingestion struct {
	g       *ragGlobal
	c       *sessionCall
	o       *sessionOptions
	base    rag.Input // what all documents have if they say nothing else
	waiting []rag.Input
	bytes   int
	done    []rag.Ingested
	skipped []any
}

// ingest is RAG.ingest(document or documents, options). A document is a text, or a table with its content, or with the path of
// a file or folder that the sandbox allows to read.
func (g *ragGlobal) ingest(c *sessionCall) int {
	o := g.options(c, 2, options.RAGIngestOptions)
	of := &sessionOptions{c: c, m: o.table("chunking")}
	n := &ingestion{g: g, c: c, o: o, skipped: []any{}, base: rag.Input{Scope: c.scope(o), Collection: o.text("collection"), Kind: rag.Kind(o.text("kind")), Metadata: o.table("metadata"),
		Chunks: chunk.Options{Strategy: chunk.Strategy(of.text("strategy")), Size: int(of.integer("chunk_size")), Overlap: int(of.integer("overlap"))}}}
	if n.base.Scope == allScopes {
		c.fail("a document belongs to one scope, not to %q", allScopes)
	}
	list := n.list(c.L.Get(1))
	if ttl, ok := o.get("ttl"); ok {
		d, _ := secondsOf(ttl)
		n.base.TTL = &d
	}
	for i, v := range list {
		n.document(i, len(list), v)
	}
	n.flush()
	if n.base.TTL != nil && len(n.done) == 0 {
		n.live(*n.base.TTL)
	}
	return n.push()
}

// list are the documents that argument 1 means.
func (n *ingestion) list(v lua.LValue) []lua.LValue {
	switch v := v.(type) {
	case lua.LString:
		return []lua.LValue{v}
	case *lua.LTable:
		if v.Len() == 0 {
			if k, _ := v.Next(lua.LNil); k == lua.LNil {
				return nil // an empty list
			}
			return []lua.LValue{v}
		}
		out := make([]lua.LValue, v.Len())
		for i := range out {
			out[i] = v.RawGetInt(i + 1)
		}
		return out
	}
	n.c.fail("argument 1 must be a document, such as {content = …}, or a list of them, not a %s", v.Type())
	return nil
}

// live sets the TTL of the collection that nothing was written to.
func (n *ingestion) live(ttl time.Duration) {
	scope, collection := n.base.Scope, n.base.Collection
	if scope == "" {
		scope = rag.DefaultScope
	}
	if collection == "" {
		collection = rag.DefaultCollection
	}
	n.c.must(n.g.library(n.c).SetTTL(n.c.context(), scope, collection, ttl))
}

// document takes one document in, or what a path means.
func (n *ingestion) document(i, of int, v lua.LValue) {
	c, which := n.c, ""
	if of > 1 {
		which = fmt.Sprintf("document %d: ", i+1)
	}
	in := n.base
	if s, ok := v.(lua.LString); ok {
		in.Text = string(s)
		n.add(in)
		return
	}
	if _, ok := v.(*lua.LTable); !ok {
		c.fail("%sit must be a text, or a table such as {content = …}, not a %s", which, v.Type())
	}
	m, err := checkedTable(v, options.Of(options.RAGDocument))
	if err != nil {
		c.must(fmt.Errorf("%s%w", which, err))
	}
	d := &sessionOptions{c: c, m: m}
	in.ID, in.Title, in.Source, in.Time = d.text("id"), d.text("title"), d.text("source"), d.time("timestamp")
	if kind := d.text("kind"); kind != "" {
		in.Kind = rag.Kind(kind)
	}
	in.Metadata = merged(n.base.Metadata, d.table("metadata"))
	switch {
	case d.has("content") && d.has("path"):
		c.fail("%sit has both content and path", which)
	case d.has("content"):
		in.Text = d.text("content")
		n.add(in)
	case d.has("path"):
		n.read(in, d.text("path"))
	default:
		c.fail("%sit has neither content nor path", which)
	}
}

// merged are two sets of metadata as one; the second counts.
func merged(a, b map[string]any) map[string]any {
	if len(a) == 0 {
		return b
	}
	out := make(map[string]any, len(a)+len(b))
	for _, m := range []map[string]any{a, b} {
		for k, v := range m {
			out[k] = v
		}
	}
	return out
}

// read takes in what a path means. What the table says of the document is said of each file.
func (n *ingestion) read(said rag.Input, path string) {
	c := n.c
	files := 0
	r := ingest.Reader{Box: c.sandbox(),
		Options: ingest.Options{Globs: n.o.texts("globs"), Exclude: n.o.texts("exclude"), Hidden: n.o.boolean("hidden"), Kind: said.Kind},
		Skipped: func(path string, why error) {
			n.skipped = append(n.skipped, map[string]any{"path": path, "reason": why.Error()})
		},
		Each: func(in rag.Input) error {
			if files++; files > 1 && said.ID != "" {
				return errors.New("the path means several files, which cannot have one id")
			}
			in.Scope, in.Collection, in.Chunks, in.TTL, in.Time = said.Scope, said.Collection, said.Chunks, said.TTL, said.Time
			in.Metadata = merged(in.Metadata, said.Metadata)
			for _, f := range []struct{ to, from *string }{{&in.ID, &said.ID}, {&in.Title, &said.Title}, {&in.Source, &said.Source}} {
				if *f.from != "" {
					*f.to = *f.from
				}
			}
			n.add(in)
			return nil
		}}
	c.must(r.Read(c.context(), filepath.FromSlash(path)))
}

// What waits for its transaction at most.
const (
	ingestDocuments = 100
	ingestBytes     = 8 << 20
)

// add takes a document in, with others.
func (n *ingestion) add(in rag.Input) {
	n.waiting = append(n.waiting, in)
	if n.bytes += len(in.Text); n.bytes >= ingestBytes || len(n.waiting) >= ingestDocuments {
		n.flush()
	}
}

// flush stores what waits.
func (n *ingestion) flush() {
	if len(n.waiting) == 0 {
		return
	}
	done, err := n.g.library(n.c).Ingest(n.c.context(), n.waiting...)
	n.c.must(err)
	n.done, n.waiting, n.bytes = append(n.done, done...), nil, 0
}

// push tells what became of the documents.
func (n *ingestion) push() int {
	counts, chunks, tokens := map[rag.Status]int{}, 0, 0
	documents := make([]any, len(n.done))
	for i, d := range n.done {
		counts[d.Status]++
		if d.Status != rag.Unchanged {
			chunks += d.Chunks
		}
		tokens += d.Tokens
		documents[i] = map[string]any{"id": d.ID, "status": string(d.Status), "chunks": d.Chunks}
	}
	return n.c.push(map[string]any{"success": true, "documents_processed": len(n.done), "chunks_created": chunks, "vectors_created": chunks, "total_tokens": tokens,
		"added": counts[rag.Added], "replaced": counts[rag.Replaced], "unchanged": counts[rag.Unchanged], "skipped": n.skipped, "documents": documents})
}
