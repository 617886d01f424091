package cli

import (
	"context"
	"time"

	"go.uber.org/zap"

	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/kernel/db"
	"github.com/llmspell/llmspell/kernel/state"
)

// services are what the sessions of this process share. Nothing is opened before
// a script uses it.
func (a *app) services() *kernel.Services {
	return kernel.NewServices(kernel.Openers{
		State: func() (*state.Store, error) {
			return state.Open(context.Background(), a.statePath(), a.stateOptions()) // waits for other processes, but not long
		},
	})
}

func (a *app) closeServices(s *kernel.Services) {
	if err := s.Close(); err != nil {
		a.log.Error("closing the databases failed", zap.Error(err))
	}
}

// statePath is the database of the global State.
func (a *app) statePath() string {
	c := a.config.Config
	if p := c.Runtime.StatePersistence; !p.Enabled || p.BackendType == "memory" {
		return db.Memory
	}
	return c.StatePath()
}

// stateOptions are what the configuration says of it.
func (a *app) stateOptions() state.Options {
	c := a.config.Config
	return state.Options{
		MaxValue:          int(c.Runtime.StatePersistence.MaxStateSizeBytes),
		Backups:           c.BackupDir(),
		BackupOnMigration: c.Runtime.StatePersistence.BackupOnMigration,
		Wait:              time.Duration(c.Storage.SQLite.BusyTimeoutMs) * time.Millisecond,
	}
}
