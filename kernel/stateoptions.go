package kernel

import (
	"path/filepath"
	"time"

	"github.com/llmspell/llmspell/config"
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
