package state

import (
	"context"

	"github.com/llmspell/llmspell/kernel/db"
)

// Usage says what room a store takes, in bytes.
type Usage struct {
	Entries     int
	Expired     int   // values that are hidden, and will be removed
	ValueBytes  int64 // of the encoded values
	History     int   // former versions
	FileBytes   int64
	LogBytes    int64 // of what was written and has not been moved to the file
	FreeBytes   int64 // of FileBytes: room that what was deleted has left
	Backups     int
	BackupBytes int64
	Scopes      []ScopeInfo
}

// Usage measures the store.
func (s *Store) Usage(ctx context.Context) (u Usage, err error) {
	sizes, err := s.db.Sizes(ctx)
	if err != nil {
		return u, err
	}
	u.FileBytes, u.LogBytes, u.FreeBytes = sizes.File, sizes.Log, sizes.Free
	if u.Scopes, err = s.Scopes(ctx); err != nil {
		return u, err
	}
	for _, info := range u.Scopes {
		u.Entries += info.Entries
		u.ValueBytes += info.Bytes
	}
	if err := s.db.Look(ctx, func(tx *db.Tx) error {
		return tx.Row("select (select count(*) from history), (select count(*) from entries where not "+living+")", s.time.now()).Scan(&u.History, &u.Expired)
	}); err != nil {
		return u, err
	}
	if s.opt.Backups != "" {
		backups, err := Backups(s.opt.Backups)
		if err != nil {
			return u, err
		}
		u.Backups = len(backups)
		for _, b := range backups {
			u.BackupBytes += b.Size
		}
	}
	return u, nil
}

// Compact removes what has expired, and gives free room back to the disk.
func (s *Store) Compact(ctx context.Context) error {
	if err := s.write(ctx, func(w *writer) error {
		_, err := w.tx.Exec("delete from entries where not "+living, w.now)
		return err
	}); err != nil {
		return err
	}
	return s.db.Compact(ctx)
}
