package postgres

import (
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/llmspell/llmspell/memory"
)

const (
	documentColumns = "row, scope, collection, id, title, source, metadata, print, at, ingested, bytes, tokens, chunks, sum"
	chunkColumns    = "row, document, number, start, stop, headings, content, sum"
)

// documentRecord is a document as the table holds it.
type documentRecord struct {
	d            memory.Document
	metadata     string
	at, ingested memory.Instant
	sum          int64
}

func (rec *documentRecord) dest() []any {
	d := &rec.d
	return []any{&d.Row, &d.Scope, &d.Collection, &d.ID, &d.Title, &d.Source, &rec.metadata, &d.Print, &rec.at, &rec.ingested, &d.Bytes, &d.Tokens, &d.Chunks, &rec.sum}
}

func (rec *documentRecord) decode() {
	d := &rec.d
	for _, text := range []*string{&d.Scope, &d.Collection, &d.ID, &d.Title, &d.Source, &d.Print, &rec.metadata} {
		*text = decode(*text)
	}
	d.Time, d.Ingested = rec.at.Time(), rec.ingested.Time()
}

func (rec *documentRecord) checksum(tenant string) int64 {
	return memory.DocumentSum(tenant, &rec.d, rec.at, rec.ingested, rec.metadata)
}

// document is what the row says, also if the error says that it is damaged.
func (r *reader) document(rec *documentRecord) (*memory.Document, error) {
	d := rec.d
	err := error(nil)
	if rec.checksum(r.tenant) != rec.sum {
		err = fmt.Errorf("the checksum of document %q in collection %q of scope %q (row %d) is wrong", d.ID, d.Collection, d.Scope, d.Row)
	} else {
		d.Metadata, err = memory.DecodeMetadata(rec.metadata)
	}
	if err != nil {
		err = r.documentDamaged(err)
	}
	return &d, err
}

func (r *reader) documentDamaged(err error) error {
	return r.damaged(err, "delete this document and ingest it again")
}

// chunkRecord is a chunk as the table holds it.
type chunkRecord struct {
	c        memory.Chunk
	headings string
	sum      int64
}

func (rec *chunkRecord) dest() []any {
	c := &rec.c
	return []any{&c.Row, &c.Document, &c.Number, &c.Start, &c.End, &rec.headings, &c.Text, &rec.sum}
}

func (rec *chunkRecord) decode() { rec.c.Text, rec.headings = decode(rec.c.Text), decode(rec.headings) }

func (rec *chunkRecord) checksum(tenant string) int64 {
	return memory.ChunkSum(tenant, &rec.c, rec.headings)
}

// chunk is what the row says, also if the error says that it is damaged.
func (r *reader) chunk(rec *chunkRecord) (*memory.Chunk, error) {
	c := rec.c
	err := error(nil)
	if rec.checksum(r.tenant) != rec.sum {
		err = fmt.Errorf("the checksum of chunk %d of the document in row %d is wrong", c.Number, c.Document)
	} else {
		c.Headings, err = memory.DecodeHeadings(rec.headings)
	}
	if err != nil {
		err = r.documentDamaged(err)
	}
	return &c, err
}

// Documents calls each for the documents that f means. They come by pages, so that each may use the transaction, too.
func (r *reader) Documents(f memory.DocumentFilter, each func(*memory.Document) error) error {
	after, n := f.After, 0
	for {
		q := r.ofDocuments(f)
		if after != 0 {
			q.behind("row", after)
		}
		var page []documentRecord
		if err := r.each(func(row pgx.CollectableRow) error {
			var rec documentRecord
			err := scan(row, &rec)
			page = append(page, rec)
			return err
		}, fmt.Sprintf("select %s from documents where %s order by row limit %d", documentColumns, q.text, pageRows), q.args...); err != nil {
			return err
		}
		for i := range page {
			d, err := r.document(&page[i])
			switch after = d.Row; {
			case err != nil && f.Damaged != nil:
				if err := f.Damaged(d, err); err != nil {
					return err
				}
				continue
			case err != nil:
				return err
			case !f.Match(d):
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

// Chunks calls each for the chunks of a document, and damaged for those that are.
func (r *reader) Chunks(document int64, damaged func(error), each func(*memory.Chunk) error) error {
	for next := 0; ; {
		var page []chunkRecord
		if err := r.each(func(row pgx.CollectableRow) error {
			var rec chunkRecord
			err := scan(row, &rec)
			page = append(page, rec)
			return err
		}, fmt.Sprintf("select %s from chunks where tenant = $1 and document = $2 and number >= $3 order by number limit %d", chunkColumns, pageRows), r.id, document, next); err != nil {
			return err
		}
		for i := range page {
			next = page[i].c.Number + 1
			c, err := r.chunk(&page[i])
			if err != nil {
				if damaged != nil {
					damaged(err)
				}
				continue
			}
			if err := each(c); err != nil {
				return err
			}
		}
		if len(page) < pageRows {
			return nil
		}
	}
}

// ChunksAt returns chunks by their rows, without those that are damaged.
func (r *reader) ChunksAt(rows []int64) ([]*memory.Chunk, error) {
	found := make(map[int64]*memory.Chunk, len(rows))
	err := r.each(func(row pgx.CollectableRow) error {
		var rec chunkRecord
		if err := scan(row, &rec); err != nil {
			return err
		}
		if c, err := r.chunk(&rec); err == nil {
			found[c.Row] = c
		}
		return nil
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

// checkDocuments compares the checksums of documents and chunks, and finds chunks that are missing.
func (r *reader) checkDocuments() error {
	var documents, chunks, short []error
	f := memory.DocumentFilter{Damaged: func(_ *memory.Document, err error) error { documents = append(documents, err); return nil }}
	err := r.Documents(f, func(d *memory.Document) error {
		n := 0
		err := r.Chunks(d.Row, func(err error) { n++; chunks = append(chunks, err) }, func(*memory.Chunk) error { n++; return nil })
		if err == nil && n != d.Chunks {
			short = append(short, r.documentDamaged(fmt.Errorf("document %q has %d chunks, and should have %d", d.ID, n, d.Chunks)))
		}
		return err
	})
	return errors.Join(memory.NameDamage("documents", documents), memory.NameDamage("chunks", chunks), memory.NameDamage("documents", short), err)
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
	rec := documentRecord{d: *d, metadata: metadata, at: at, ingested: memory.At(d.Ingested)}
	rec.d.Chunks = len(chunks)
	err = w.row(`insert into documents (tenant, scope, collection, id, title, source, metadata, print, at, ingested, bytes, tokens, chunks, sum) values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14)
		on conflict (tenant, scope, collection, id) do nothing returning row`, w.id, encode(d.Scope), encode(d.Collection), encode(d.ID), encode(d.Title), encode(d.Source), encode(metadata),
		encode(d.Print), int64(at), int64(rec.ingested), d.Bytes, d.Tokens, len(chunks), rec.checksum(w.tenant)).Scan(&d.Row)
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
		batch.Queue("insert into chunks (tenant, document, number, start, stop, headings, content, sum) values ($1,$2,$3,$4,$5,$6,$7,$8) returning row",
			w.id, c.Document, c.Number, c.Start, c.End, encode(headings), encode(c.Text), memory.ChunkSum(w.tenant, c, headings)).QueryRow(func(row pgx.Row) error { return row.Scan(&c.Row) })
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
