package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/llmspell/llmspell/memory"
)

// grown is a collection of vectors of an owner that is large, and has no index yet.
type grown struct {
	of                    memory.Owner
	collection, dimension int
}

func indexName(of memory.Owner, collection int) string {
	return fmt.Sprintf("%s_hnsw_%d", nearestTable(of), collection)
}

const (
	// The graph has more candidates than pgvector's own 64, for its recall.
	hnswLinks, hnswCandidates = 16, 128
	// indexTime is how long an index may take to make.
	indexTime = time.Hour
)

// noteGrown notes that a collection is worth an index.
func (w *writer) noteGrown(g grown) error {
	if g.dimension > maxIndexed {
		return nil
	}
	var due bool
	err := w.row(fmt.Sprintf(`select to_regclass($2) is null or exists (select from pg_index where indexrelid = to_regclass($2) and not indisvalid)
		where exists (select from %s where tenant = $3 and collection = $1 offset %d)`, nearestTable(g.of), w.s.exact), g.collection, w.s.quoted+"."+indexName(g.of, g.collection), w.id).Scan(&due)
	if missing(err) {
		return nil
	}
	if due {
		w.grown = append(w.grown, g)
	}
	return err
}

// index makes the indexes of collections in the background: until that is done their vectors are compared one by one. No
// writer waits for it. Where the role does not own the tables there are none.
func (s *Store) index(list []grown) {
	for _, g := range list {
		if _, busy := s.indexing.LoadOrStore(g, true); busy {
			continue
		}
		if s.enter() != nil {
			return
		}
		go func() {
			defer s.users.Done()
			defer s.indexing.Delete(g)
			ctx, cancel := context.WithTimeout(s.living, indexTime)
			defer cancel()
			if err := s.makeIndex(ctx, g); err != nil { // the next that stores vectors tries again
				why := s.failed(ctx, err).Error()
				s.noIndex.Store(&why)
			}
		}()
	}
}

// makeIndex makes an index, unless another kernel does. One that was not finished is made anew.
func (s *Store) makeIndex(ctx context.Context, g grown) error {
	ext := s.pgvector.Load()
	if ext == nil {
		return nil
	}
	pooled, err := s.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	conn := pooled.Hijack() // its settings and its lock end with it
	defer func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = conn.Close(ctx)
	}()
	table := s.quoted + "." + nearestTable(g.of)
	name := s.quoted + "." + indexName(g.of, g.collection)
	var ours, there, valid bool
	if err := conn.QueryRow(ctx, "select pg_try_advisory_lock(hashtextextended('llmspell index ' || $1, 0))", name).Scan(&ours); err != nil || !ours {
		return err
	}
	if err := conn.QueryRow(ctx, "select to_regclass($1) is not null, exists (select from pg_index where indexrelid = to_regclass($1) and indisvalid)", name).Scan(&there, &valid); err != nil || valid {
		return err
	}
	statements := []string{"set statement_timeout = 0", "set lock_timeout = 0", "set maintenance_work_mem = '256MB'"}
	if there {
		statements = append(statements, "drop index concurrently "+name)
	}
	statements = append(statements, fmt.Sprintf("create index concurrently %s on %s using hnsw ((embedding::%s.vector(%d)) %[3]s.vector_ip_ops) with (m = %[5]d, ef_construction = %d) where collection = %d",
		indexName(g.of, g.collection), table, ext.schema, g.dimension, hnswLinks, hnswCandidates, g.collection))
	for _, table := range [...][]string{memory.Turns: {"nearest", "episodes"}, memory.Chunks: {"nearest_chunks", "chunks", "documents"}}[g.of] {
		statements = append(statements, "analyze "+s.quoted+"."+table) // else the server does not know that there are enough for it, with a filter too
	}
	for _, statement := range statements {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}
