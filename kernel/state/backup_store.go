package state

import (
	"context"

	"github.com/llmspell/llmspell/kernel/db"
)

// Backups lists this store's backups, the latest first.
func (s *Store) Backups(context.Context) ([]Backup, error) {
	if s.db.Path() == db.Memory {
		return nil, nil
	}
	return Backups(s.opt.Backups)
}

// ValidateBackup reads all of a backup. The error matches ErrBadBackup if it is
// not what was written, as that of the function.
func (s *Store) ValidateBackup(ctx context.Context, id string) (Backup, error) {
	if s.db.Path() == db.Memory {
		return Backup{}, ErrMemory
	}
	return ValidateBackup(ctx, s.opt.Backups, id)
}

// DeleteBackup removes a backup.
func (s *Store) DeleteBackup(_ context.Context, id string) error {
	if s.db.Path() == db.Memory {
		return ErrMemory
	}
	return DeleteBackup(s.opt.Backups, id)
}

// CleanBackups removes the backups that need not be kept, and returns them.
func (s *Store) CleanBackups(_ context.Context, r Retention) ([]Backup, error) {
	if s.db.Path() == db.Memory {
		return nil, ErrMemory
	}
	return CleanBackups(s.opt.Backups, r, s.time.clock.Wall())
}
