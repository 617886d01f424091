package sqlite

import (
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/llmspell/llmspell/kernel/db"
	"github.com/llmspell/llmspell/memory"
)

const (
	documentColumns = "row, tenant, scope, collection, id, title, source, metadata, print, at, ingested, bytes, tokens, chunks, sum"
	chunkColumns    = "row, tenant, document, number, start, stop, headings, content, sum"
)

// documentRecord is a document as the table holds it.
type documentRecord struct {
	tenant, metadata string
	at, ingested     int64
	sum              int64
	d                memory.Document
}

func (r *documentRecord) dest() []any {
	d := &r.d
	return []any{&d.Row, &r.tenant, &d.Scope, &d.Collection, &d.ID, &d.Title, &d.Source, &r.metadata, &d.Print, &r.at, &r.ingested, &d.Bytes, &d.Tokens, &d.Chunks, &r.sum}
}

func (r *documentRecord) checksum() int64 {
	return memory.DocumentSum(r.tenant, &r.d, memory.Instant(r.at), memory.Instant(r.ingested), r.metadata)
}

// document is what the row says, also if the error says that it is damaged.
func (r *documentRecord) document(s *Store) (*memory.Document, error) {
	d := r.d
	d.Time, d.Ingested = memory.Instant(r.at).Time(), time.UnixMicro(r.ingested).UTC()
	if r.checksum() != r.sum {
		return &d, documentDamaged(s, fmt.Errorf("the checksum of document %q in collection %q of scope %q (row %d) is wrong", d.ID, d.Collection, d.Scope, d.Row))
	}
	var err error
	if d.Metadata, err = memory.DecodeMetadata(r.metadata); err != nil {
		return &d, documentDamaged(s, err)
	}
	return &d, nil
}

func documentDamaged(s *Store, err error) error {
	return &db.Error{Path: s.Where(), Class: db.ErrCorrupt, Err: err, Hint: "delete this document and ingest it again, or put a copy of the file in its place; the others are not concerned"}
}

// chunkRecord is a chunk as the table holds it.
type chunkRecord struct {
	tenant, headings string
	sum              int64
	c                memory.Chunk
}

func (r *chunkRecord) dest() []any {
	c := &r.c
	return []any{&c.Row, &r.tenant, &c.Document, &c.Number, &c.Start, &c.End, &r.headings, &c.Text, &r.sum}
}

func (r *chunkRecord) checksum() int64 { return memory.ChunkSum(r.tenant, &r.c, r.headings) }

func (r *chunkRecord) chunk(s *Store) (*memory.Chunk, error) {
	c := r.c
	if r.checksum() != r.sum {
		return nil, documentDamaged(s, fmt.Errorf("the checksum of chunk %d of the document in row %d is wrong", c.Number, c.Document))
	}
	var err error
	if c.Headings, err = memory.DecodeHeadings(r.headings); err != nil {
		return nil, documentDamaged(s, err)
	}
	return &c, nil
}

// documentQuery reads what f can mean, and perhaps more: Match decides.
func (r *reader) documentQuery(f memory.DocumentFilter) (string, []any) {
	var b strings.Builder
	b.WriteString("select " + documentColumns + " from documents")
	if f.After != 0 || len(f.Rows) > 0 {
		b.WriteString(" not indexed") // the rows lead
	}
	b.WriteString(" where tenant = ?")
	args := []any{r.tenant}
	in := func(column string, n int, at func(int) any) {
		if n == 0 || n > 100 {
			return // Match decides
		}
		b.WriteString(" and " + column + " in (?" + strings.Repeat(",?", n-1) + ")")
		for i := range n {
			args = append(args, at(i))
		}
	}
	text := func(column string, list []string) {
		if !hasPattern(list) {
			in(column, len(list), func(i int) any { return list[i] })
		}
	}
	text("scope", f.Scopes)
	text("collection", f.Collections)
	in("id", len(f.IDs), func(i int) any { return f.IDs[i] })
	in("row", len(f.Rows), func(i int) any { return f.Rows[i] })
	if f.After != 0 {
		b.WriteString(" and row > ?")
		args = append(args, f.After)
	}
	b.WriteString(" order by row")
	return b.String(), args
}

// Documents calls each for the documents that f means.
func (r *reader) Documents(f memory.DocumentFilter, each func(*memory.Document) error) error {
	query, args := r.documentQuery(f)
	n := 0
	var rec documentRecord
	err := r.tx.Each(func(rows *sql.Rows) error {
		if err := rows.Scan(rec.dest()...); err != nil {
			return err
		}
		d, err := rec.document(r.s)
		switch {
		case err != nil && f.Damaged != nil:
			return f.Damaged(d, err)
		case err != nil:
			return err
		case !f.Match(d):
			return nil
		}
		if err := each(d); err != nil {
			return err
		}
		if n++; n == f.Limit {
			return errEnough
		}
		return nil
	}, query, args...)
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}

// Chunks calls each for the chunks of a document.
func (r *reader) Chunks(document int64, damaged func(error), each func(*memory.Chunk) error) error {
	return r.eachChunk(damaged, each, "select "+chunkColumns+" from chunks where document = ? and tenant = ? order by number", document, r.tenant)
}

func (r *reader) eachChunk(damaged func(error), each func(*memory.Chunk) error, query string, args ...any) error {
	var rec chunkRecord
	return r.tx.Each(func(rows *sql.Rows) error {
		if err := rows.Scan(rec.dest()...); err != nil {
			return err
		}
		c, err := rec.chunk(r.s)
		if err == nil {
			return each(c)
		}
		if damaged != nil {
			damaged(err)
		}
		return nil
	}, query, args...)
}

const dropChunkVectors = "delete from chunk_vectors indexed by chunk_vectors_row where row in (select row from chunks where document = ?) and tenant = ?"

const chunksAt = "select " + chunkColumns + " from chunks not indexed where row in (select value from json_each(?)) and tenant = ?"

// ChunksAt returns chunks by their rows, without those that are damaged.
func (r *reader) ChunksAt(rows []int64) ([]*memory.Chunk, error) {
	found := make(map[int64]*memory.Chunk, len(rows))
	err := r.eachChunk(nil, func(c *memory.Chunk) error { found[c.Row] = c; return nil },
		chunksAt, list(rows), r.tenant)
	return inOrder(rows, found), err
}

// Collections lists the tenant's collections.
func (r *reader) Collections() ([]memory.Collection, error) {
	return r.collections(`select scope, name, max(ttl), max(created), sum(documents), sum(chunks), sum(bytes), sum(tokens) from (
		select scope, collection as name, 0 as ttl, 0 as created, count(*) as documents, sum(chunks) as chunks, sum(bytes) as bytes, sum(tokens) as tokens
			from documents where tenant = ?1 group by scope, collection
		union all select scope, name, ttl, created, 0, 0, 0, 0 from collections where tenant = ?1)
		group by scope, name order by scope, name`)
}

// Lifetimes lists the tenant's collections that have a TTL.
func (r *reader) Lifetimes() ([]memory.Collection, error) {
	return r.collections("select scope, name, ttl, created, 0, 0, 0, 0 from collections where tenant = ?1 order by scope, name")
}

func (r *reader) collections(query string) (out []memory.Collection, err error) {
	err = r.tx.Each(func(rows *sql.Rows) error {
		var c memory.Collection
		var ttl, created int64
		err := rows.Scan(&c.Scope, &c.Name, &ttl, &created, &c.Documents, &c.Chunks, &c.Bytes, &c.Tokens)
		if c.TTL = time.Duration(ttl) * time.Microsecond; ttl > 0 {
			c.Created = time.UnixMicro(created).UTC()
		}
		out = append(out, c)
		return err
	}, query, r.tenant)
	return out, err
}

// DocumentCursor tells where the history of the documents is. Other tenants move it, too.
func (r *reader) DocumentCursor() (memory.Cursor, error) { return r.cursor(documentHistory) }

// RemovedDocuments lists rows that were dropped.
func (r *reader) RemovedDocuments(after int64) (rows []int64, upTo int64, err error) {
	return r.removed(documentHistory, after)
}

// checkDocuments compares the checksums of all tenants' documents and chunks, and finds chunks that are missing.
func (r *reader) checkDocuments() error {
	var rec documentRecord
	var documents, chunks, short []error
	err := r.tx.Each(func(rows *sql.Rows) error {
		if err := rows.Scan(rec.dest()...); err != nil {
			return err
		}
		if _, err := rec.document(r.s); err != nil {
			documents = append(documents, err)
		}
		return nil
	}, "select "+documentColumns+" from documents")
	if err == nil {
		err = r.eachChunk(func(err error) { chunks = append(chunks, err) }, func(*memory.Chunk) error { return nil }, "select "+chunkColumns+" from chunks")
	}
	found := errors.Join(memory.NameDamage("documents", documents), memory.NameDamage("chunks", chunks))
	if err != nil || found != nil {
		return errors.Join(found, err)
	}
	err = r.tx.Each(func(rows *sql.Rows) error {
		var id string
		var have, want int
		if err := rows.Scan(&id, &have, &want); err != nil {
			return err
		}
		short = append(short, documentDamaged(r.s, fmt.Errorf("document %q has %d chunks, and should have %d", id, have, want)))
		return nil
	}, "select id, (select count(*) from chunks c where c.document = d.row) as n, chunks from documents d where n <> chunks")
	return errors.Join(memory.NameDamage("documents", short), err)
}

// AddDocument stores a document and its chunks.
func (w *writer) AddDocument(d *memory.Document, chunks []memory.Chunk) error {
	metadata, err := memory.EncodeMetadata(d.Metadata)
	if err != nil {
		return err
	}
	rec := documentRecord{tenant: w.tenant, metadata: metadata, at: int64(memory.Beginning), ingested: int64(memory.At(d.Ingested)), d: *d}
	if !d.Time.IsZero() {
		rec.at = int64(memory.At(d.Time))
	}
	rec.d.Chunks = len(chunks)
	r, err := w.tx.Exec(`insert into documents (tenant, scope, collection, id, title, source, metadata, print, at, ingested, bytes, tokens, chunks, sum) values (?,?,?,?,?,?,?,?,?,?,?,?,?,?)
		on conflict (tenant, scope, collection, id) do nothing`, w.tenant, d.Scope, d.Collection, d.ID, d.Title, d.Source, metadata, d.Print, rec.at, rec.ingested,
		d.Bytes, d.Tokens, len(chunks), rec.checksum())
	if err != nil {
		return err
	}
	if n, err := r.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, fmt.Errorf("document %q of collection %q: %w", d.ID, d.Collection, memory.ErrExists))
	}
	if d.Row, err = r.LastInsertId(); err != nil {
		return err
	}
	d.Chunks = len(chunks)
	for i := range chunks {
		c := &chunks[i]
		c.Document, c.Number = d.Row, i
		rec := chunkRecord{tenant: w.tenant, c: *c}
		if rec.headings, err = memory.EncodeHeadings(c.Headings); err != nil {
			return err
		}
		r, err := w.tx.Exec("insert into chunks (tenant, document, number, start, stop, headings, content, sum) values (?,?,?,?,?,?,?,?)",
			w.tenant, c.Document, c.Number, c.Start, c.End, rec.headings, c.Text, rec.checksum())
		if err != nil {
			return err
		}
		if c.Row, err = r.LastInsertId(); err != nil {
			return err
		}
	}
	return nil
}

// DropDocuments removes documents with their chunks. Other processes learn of it by the list of rows.
func (w *writer) DropDocuments(rows []int64) (n int, err error) {
	w.drops = true
	for _, row := range rows {
		if _, err := w.tx.Exec(dropChunkVectors, row, w.tenant); err != nil {
			return n, err
		}
		if _, err := w.tx.Exec("delete from chunks where document = ? and tenant = ?", row, w.tenant); err != nil {
			return n, err
		}
		r, err := w.tx.Exec("delete from documents where row = ? and tenant = ?", row, w.tenant)
		if err != nil {
			return n, err
		}
		gone, err := r.RowsAffected()
		if err != nil {
			return n, err
		}
		if gone == 0 {
			continue
		}
		n++
		if _, err := w.tx.Exec("insert into documents_removed (tenant, row) values (?, ?)", w.tenant, row); err != nil {
			return n, err
		}
	}
	if n == 0 {
		return 0, nil
	}
	return n, w.s.dropKept(memory.Chunks, w.tenant)
}

// SetCollection keeps the TTL of a collection.
func (w *writer) SetCollection(c memory.Collection) error {
	if c.TTL <= 0 {
		w.drops = true
		_, err := w.tx.Exec("delete from collections where tenant = ? and scope = ? and name = ?", w.tenant, c.Scope, c.Name)
		return err
	}
	_, err := w.tx.Exec(`insert into collections (tenant, scope, name, ttl, created) values (?,?,?,?,?)
		on conflict (tenant, scope, name) do update set ttl = excluded.ttl, created = excluded.created`,
		w.tenant, c.Scope, c.Name, c.TTL.Microseconds(), int64(memory.At(c.Created)))
	return err
}
