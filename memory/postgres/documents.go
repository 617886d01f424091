package postgres

import (
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/llmspell/llmspell/memory"
)

const (
	documentColumns = "row, scope, collection, id, title, source, metadata, print, at, ingested, bytes, tokens, chunks"
	chunkColumns    = "row, document, number, start, stop, headings, content"
)

func scanDocument(row pgx.CollectableRow) (*memory.Document, error) {
	var d memory.Document
	var metadata string
	var at, ingested memory.Instant
	err := row.Scan(&d.Row, &d.Scope, &d.Collection, &d.ID, &d.Title, &d.Source, &metadata, &d.Print, &at, &ingested, &d.Bytes, &d.Tokens, &d.Chunks)
	if err != nil {
		return nil, err
	}
	for _, text := range []*string{&d.Scope, &d.Collection, &d.ID, &d.Title, &d.Source, &d.Print} {
		*text = decode(*text)
	}
	d.Time, d.Ingested = at.Time(), ingested.Time()
	d.Metadata, err = memory.DecodeMetadata(decode(metadata))
	return &d, err
}

func scanChunk(row pgx.CollectableRow) (*memory.Chunk, error) {
	var c memory.Chunk
	var headings string
	err := row.Scan(&c.Row, &c.Document, &c.Number, &c.Start, &c.End, &headings, &c.Text)
	if err != nil {
		return nil, err
	}
	c.Text = decode(c.Text)
	c.Headings, err = memory.DecodeHeadings(decode(headings))
	return &c, err
}

// Documents calls each for the documents that f means. They come by pages, so that each may use the transaction, too.
func (r *reader) Documents(f memory.DocumentFilter, each func(*memory.Document) error) error {
	after, n := f.After, 0
	for {
		q := r.conditions()
		q.named("scope", f.Scopes)
		q.named("collection", f.Collections)
		q.among("id", f.IDs)
		if len(f.Rows) > 0 {
			q.where("row = any(?)", f.Rows)
		}
		if after != 0 {
			q.where("row > ?", after)
		}
		var page []*memory.Document
		if err := r.each(func(row pgx.CollectableRow) error {
			d, err := scanDocument(row)
			page = append(page, d)
			return err
		}, fmt.Sprintf("select %s from documents where %s order by row limit %d", documentColumns, q.text, pageRows), q.args...); err != nil {
			return err
		}
		for _, d := range page {
			if after = d.Row; !f.Match(d) {
				continue
			}
			if err := each(d); err != nil {
				return err
			}
			if n++; n == f.Limit {
				return nil
			}
		}
		if len(page) < pageRows {
			return nil
		}
	}
}

// Chunks calls each for the chunks of a document.
func (r *reader) Chunks(document int64, _ func(error), each func(*memory.Chunk) error) error {
	for next := 0; ; {
		var page []*memory.Chunk
		if err := r.each(func(row pgx.CollectableRow) error {
			c, err := scanChunk(row)
			page = append(page, c)
			return err
		}, fmt.Sprintf("select %s from chunks where tenant = $1 and document = $2 and number >= $3 order by number limit %d", chunkColumns, pageRows), r.id, document, next); err != nil {
			return err
		}
		for _, c := range page {
			next = c.Number + 1
			if err := each(c); err != nil {
				return err
			}
		}
		if len(page) < pageRows {
			return nil
		}
	}
}

// ChunksAt returns chunks by their rows.
func (r *reader) ChunksAt(rows []int64) ([]*memory.Chunk, error) {
	found := make(map[int64]*memory.Chunk, len(rows))
	err := r.each(func(row pgx.CollectableRow) error {
		c, err := scanChunk(row)
		if err == nil {
			found[c.Row] = c
		}
		return err
	}, "select "+chunkColumns+" from chunks where tenant = $1 and row = any($2)", r.id, rows)
	out := make([]*memory.Chunk, 0, len(rows))
	for _, row := range rows {
		if c := found[row]; c != nil {
			out = append(out, c)
		}
	}
	return out, err
}

// Collections lists the tenant's collections.
func (r *reader) Collections() ([]memory.Collection, error) {
	return r.collections(`select scope, name, max(ttl), max(created), sum(documents)::bigint, sum(chunks)::bigint, sum(bytes)::bigint, sum(tokens)::bigint from (
		select scope, collection as name, 0 as ttl, 0 as created, count(*) as documents, sum(chunks) as chunks, sum(bytes) as bytes, sum(tokens) as tokens
			from documents where tenant = $1 group by scope, collection
		union all select scope, name, ttl, created, 0, 0, 0, 0 from collections where tenant = $1) as c
		group by scope, name order by scope, name`)
}

// Lifetimes lists the tenant's collections that have a TTL.
func (r *reader) Lifetimes() ([]memory.Collection, error) {
	return r.collections("select scope, name, ttl, created, 0::bigint, 0::bigint, 0::bigint, 0::bigint from collections where tenant = $1 order by scope, name")
}

func (r *reader) collections(query string) (out []memory.Collection, err error) {
	err = r.each(func(row pgx.CollectableRow) error {
		var c memory.Collection
		var ttl, created int64
		err := row.Scan(&c.Scope, &c.Name, &ttl, &created, &c.Documents, &c.Chunks, &c.Bytes, &c.Tokens)
		c.Scope, c.Name = decode(c.Scope), decode(c.Name)
		if c.TTL = time.Duration(ttl) * time.Microsecond; ttl > 0 {
			c.Created = time.UnixMicro(created).UTC()
		}
		out = append(out, c)
		return err
	}, query, r.id)
	return out, err
}

// DocumentCursor tells where the history of the documents is.
func (r *reader) DocumentCursor() (memory.Cursor, error) { return r.documents, nil }

// RemovedDocuments lists rows that were dropped.
func (r *reader) RemovedDocuments(after int64) ([]int64, int64, error) {
	out, err := r.numbers("select row from documents_removed where tenant = $1 and seq > $2 order by seq", r.id, after)
	return out, max(after, r.documents.Removed), err
}

// checkDocuments reads all documents, and finds chunks that are missing.
func (r *reader) checkDocuments() error {
	return r.Documents(memory.DocumentFilter{}, func(d *memory.Document) error {
		n := 0
		err := r.Chunks(d.Row, nil, func(*memory.Chunk) error { n++; return nil })
		if err == nil && n != d.Chunks {
			err = &Error{Where: r.s.where, Class: ErrCorrupt, Err: fmt.Errorf("document %q has %d chunks, and should have %d", d.ID, n, d.Chunks),
				Hint: "delete this document and ingest it again; the others are not concerned"}
		}
		return err
	})
}

// AddDocument stores a document and its chunks.
func (w *writer) AddDocument(d *memory.Document, chunks []memory.Chunk) error {
	metadata, err := memory.EncodeMetadata(d.Metadata)
	if err != nil {
		return err
	}
	at := memory.Beginning
	if !d.Time.IsZero() {
		at = memory.At(d.Time)
	}
	err = w.row(`insert into documents (tenant, scope, collection, id, title, source, metadata, print, at, ingested, bytes, tokens, chunks) values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13)
		on conflict (tenant, scope, collection, id) do nothing returning row`, w.id, encode(d.Scope), encode(d.Collection), encode(d.ID), encode(d.Title), encode(d.Source), encode(metadata),
		encode(d.Print), int64(at), int64(memory.At(d.Ingested)), d.Bytes, d.Tokens, len(chunks)).Scan(&d.Row)
	if missing(err) {
		return fmt.Errorf("document %q of collection %q: %w", d.ID, d.Collection, memory.ErrExists)
	}
	if err != nil {
		return err
	}
	d.Chunks = len(chunks)
	w.documents.Row = max(w.documents.Row, d.Row)
	w.added["documents"]++
	w.added["chunks"] += len(chunks)
	var batch pgx.Batch
	for i := range chunks {
		c := &chunks[i]
		c.Document, c.Number = d.Row, i
		headings, err := memory.EncodeHeadings(c.Headings)
		if err != nil {
			return err
		}
		batch.Queue("insert into chunks (tenant, document, number, start, stop, headings, content) values ($1,$2,$3,$4,$5,$6,$7) returning row",
			w.id, c.Document, c.Number, c.Start, c.End, encode(headings), encode(c.Text)).QueryRow(func(row pgx.Row) error { return row.Scan(&c.Row) })
	}
	return w.tx.SendBatch(w.ctx, &batch).Close()
}

// DropDocuments removes documents, and with them their chunks. Other processes learn of it by the list of rows.
func (w *writer) DropDocuments(rows []int64) (int, error) {
	n, err := w.drop("documents", "documents_removed", rows, &w.documents.Removed)
	if err != nil || n == 0 {
		return n, err
	}
	return n, w.dropIndex(memory.Chunks)
}

// SetCollection keeps the TTL of a collection.
func (w *writer) SetCollection(c memory.Collection) error {
	if c.TTL <= 0 {
		_, err := w.exec("delete from collections where tenant = $1 and scope = $2 and name = $3", w.id, encode(c.Scope), encode(c.Name))
		return err
	}
	_, err := w.exec(`insert into collections (tenant, scope, name, ttl, created) values ($1,$2,$3,$4,$5)
		on conflict (tenant, scope, name) do update set ttl = excluded.ttl, created = excluded.created`,
		w.id, encode(c.Scope), encode(c.Name), c.TTL.Microseconds(), int64(memory.At(c.Created)))
	return err
}
