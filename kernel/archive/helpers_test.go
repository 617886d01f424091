package archive

import (
	"context"

	"github.com/llmspell/llmspell/kernel/db"
)

// exec changes the database behind the Store's back.
func (s *Store) exec(ctx context.Context, stmt string) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(stmt)
		return err
	})
}

func (s *Store) count(ctx context.Context, query string, n *int) error {
	return s.db.Look(ctx, func(tx *db.Tx) error { return tx.Row(query).Scan(n) })
}
