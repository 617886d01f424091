package kernel

import (
	"cmp"
	"context"
	"path/filepath"
	"time"

	"go.uber.org/zap"

	"github.com/llmspell/llmspell/config"
	"github.com/llmspell/llmspell/kernel/archive"
	"github.com/llmspell/llmspell/kernel/db"
	"github.com/llmspell/llmspell/kernel/events"
	"github.com/llmspell/llmspell/kernel/hooks"
	"github.com/llmspell/llmspell/kernel/state"
)

// NewDefaultServices makes services as the configuration wants them: databases in
// its folders, which are opened when a script first uses them. c may be nil:
// config.Default. log gets the failures of hooks; nil: no log.
func NewDefaultServices(c *config.Config, log *zap.Logger) *Services {
	if c == nil {
		c = config.Default()
	}
	return NewServices(Openers{
		// They wait for other processes, but not long.
		State:   func() (*state.Store, error) { return OpenState(context.Background(), c) },
		Archive: func() (*archive.Store, error) { return OpenArchive(context.Background(), c) },
		Hooks:   hooks.Options{Log: log, Breaker: hooks.BreakerOptions{Failures: c.Hooks.CircuitBreakerThreshold}},
		Events: events.Options{
			Off: !c.Events.Enabled, Include: c.Events.Filtering.IncludeTypes, Exclude: c.Events.Filtering.ExcludeTypes,
			Buffer: min(c.Events.BufferSize, events.MaxBuffer), History: c.Events.BufferSize, Policy: events.Policy(c.Events.Overflow),
			MaxPerSecond: int(c.Events.MaxEventsPerSecond),
		},
	})
}

// memory is the backend whose values end with the process.
const memory = "memory"

// StatePath is the database of the global State, db.Memory if it ends with the
// process. c may be nil.
func StatePath(c *config.Config) string {
	if c == nil {
		c = config.Default()
	}
	if p := c.Runtime.StatePersistence; !p.Enabled || p.BackendType == memory {
		return db.Memory
	}
	if c.Storage.DatabasePath != "" {
		return c.Storage.DatabasePath
	}
	return filepath.Join(dataDir(c), "state.db")
}

// OpenState opens the store of the global State. c may be nil.
func OpenState(ctx context.Context, c *config.Config) (*state.Store, error) {
	return state.Open(ctx, StatePath(c), StateOptions(c))
}

// StateBackups is the folder of the backups of the global State. c may be nil.
func StateBackups(c *config.Config) string {
	if c == nil {
		c = config.Default()
	}
	path := StatePath(c)
	if path == db.Memory {
		path = filepath.Join(dataDir(c), "state.db")
	}
	return cmp.Or(c.Runtime.StatePersistence.Backup.Dir, filepath.Join(filepath.Dir(path), "backups"))
}

// StateOptions are the configured options of the store of the global State. c may
// be nil.
func StateOptions(c *config.Config) state.Options {
	if c == nil {
		return state.Options{}
	}
	p := c.Runtime.StatePersistence
	return state.Options{
		MaxValue: int(p.MaxStateSizeBytes), Backups: StateBackups(c), BackupOnMigration: p.BackupOnMigration,
		Wait: time.Duration(c.Storage.SQLite.BusyTimeoutMs) * time.Millisecond,
	}
}

// ArchivePath is the database of sessions and artifacts, db.Memory if they end
// with the process. c may be nil.
func ArchivePath(c *config.Config) string {
	if c == nil {
		c = config.Default()
	}
	if s := c.Runtime.Sessions; !s.Enabled || s.StorageBackend == memory {
		return db.Memory
	}
	return filepath.Join(cmp.Or(c.Storage.SessionsDir, dataDir(c)), "sessions.db")
}

// OpenArchive opens the store of sessions and artifacts. c may be nil.
func OpenArchive(ctx context.Context, c *config.Config) (*archive.Store, error) {
	var o archive.Options
	if c != nil {
		s := c.Runtime.Sessions
		o.Limits.Sessions, o.Limits.Artifacts = orNone(s.MaxSessions), orNone(s.MaxArtifactsPerSession)
		o.CompressFrom = max(int(s.ArtifactCompressionThreshold), 1)
	}
	return archive.Open(ctx, ArchivePath(c), o)
}

// orNone is a limit as the archive takes it: 0 in the configuration means none.
func orNone(limit int) int {
	if limit <= 0 {
		return -1
	}
	return limit
}

// dataDir is the folder of the databases.
func dataDir(c *config.Config) string { return cmp.Or(c.Storage.BaseDir, config.DataDir()) }
