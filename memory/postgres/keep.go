package postgres

import (
	"context"

	"github.com/llmspell/llmspell/memory"
)

var _ memory.Keeper = (*Store)(nil)

// maxKept is how large an index may be that is kept: PostgreSQL has no larger values than 1 GB.
const maxKept = 512 << 20

// KeptIndex reads what was kept.
func (s *Store) KeptIndex(of memory.Owner, tenant string) (data []byte, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), s.timeout+s.wait)
	defer cancel()
	err = s.read(ctx, tenant, func(r *reader) error {
		err := r.row("select index from "+keptTable(of)+" where tenant = $1", r.id).Scan(&data)
		if missing(err) {
			return nil
		}
		return err
	})
	return data, err
}

// KeepIndex keeps an index in place of the one before. It lies in the database, so that all kernels have it, and what is
// forgotten ends it in the same transaction.
func (s *Store) KeepIndex(ctx context.Context, of memory.Owner, tenant string, data []byte, at memory.Cursor) error {
	return s.write(ctx, tenant, func(w *writer) error {
		if data == nil || len(data) > maxKept {
			return w.dropIndex(of)
		}
		removed, _, err := w.removedOf(of, at.Removed)
		if err != nil {
			return err
		}
		if len(removed) > 0 {
			return memory.ErrForgotten
		}
		_, err = w.exec("insert into "+keptTable(of)+" (tenant, index) values ($1, $2) on conflict (tenant) do update set index = excluded.index", w.id, data)
		return err
	})
}

// keptTable is where indexes of turns, or of documents, are kept.
func keptTable(of memory.Owner) string { return [...]string{"kept", "kept_documents"}[of] }

// removedOf lists the rows that were dropped of turns, or of documents.
func (r *reader) removedOf(of memory.Owner, after int64) ([]int64, int64, error) {
	if of == memory.Chunks {
		return r.RemovedDocuments(after)
	}
	return r.Removed(after)
}

// dropIndex removes what was kept.
func (w *writer) dropIndex(of memory.Owner) error {
	_, err := w.exec("delete from "+keptTable(of)+" where tenant = $1", w.id)
	return err
}
