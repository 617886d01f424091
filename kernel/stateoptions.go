package kernel

import (
	"context"
	"errors"
	"path/filepath"
	"time"

	"github.com/llmspell/llmspell/config"
	"github.com/llmspell/llmspell/kernel/archive"
	"github.com/llmspell/llmspell/kernel/db"
	"github.com/llmspell/llmspell/kernel/state"
)

// StateOptions returns what the configuration says of the store behind State, and
// where it is: a file, or db.Memory. c may be nil: the defaults.
func StateOptions(c *config.Config) (path string, opt state.Options) {
	if c == nil {
		c = config.Default()
	}
	p := &c.Runtime.StatePersistence
	opt = state.Options{
		MaxValue:          int(p.MaxStateSizeBytes),
		BackupOnMigration: p.BackupOnMigration && p.BackupEnabled,
		NoMigrations:      !p.MigrationEnabled,
		NoBackups:         !p.BackupEnabled,
		Backups:           p.Backup.Dir,
		MaxBackups:        p.Backup.MaxBackups,
		MaxBackupAge:      time.Duration(p.Backup.MaxAgeDays) * 24 * time.Hour,
		Wait:              time.Duration(c.Storage.SQLite.BusyTimeoutMs) * time.Millisecond,
		Full:              c.Storage.SQLite.Synchronous == "FULL",
		Journal:           c.Storage.SQLite.JournalMode,
		Deleted:           func(ctx context.Context, ids []string) ([]string, error) { return deletedSessions(ctx, c, ids) },
	}
	if !p.Enabled || p.BackendType == "memory" {
		return db.Memory, opt
	}
	path = c.Storage.DatabasePath
	if path == "" {
		base := c.Storage.BaseDir
		if base == "" {
			base = config.DataDir()
		}
		path = filepath.Join(base, "state.db")
	}
	return path, opt
}

// deletedSessions returns those of some ids that were sessions on disk, and were
// deleted.
func deletedSessions(ctx context.Context, c *config.Config, ids []string) ([]string, error) {
	path := ArchivePath(c)
	if path == db.Memory {
		return nil, nil // of other processes' sessions nobody knows anything
	}
	store, err := archive.Open(ctx, path, archive.Options{ReadOnly: true})
	if errors.Is(err, db.ErrMissing) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	gone, err := store.Deleted(ctx, ids)
	return gone, errors.Join(err, store.Close())
}
