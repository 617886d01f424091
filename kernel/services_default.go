package kernel

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"go.uber.org/zap"

	"github.com/llmspell/llmspell/config"
	"github.com/llmspell/llmspell/kernel/archive"
	"github.com/llmspell/llmspell/kernel/db"
	"github.com/llmspell/llmspell/kernel/state"
)

// NewDefaultServices makes services as the configuration wants them: databases in
// its folders, which are opened when a script first uses them. c may be nil:
// config.Default. log gets the failures of hooks; nil: no log.
func NewDefaultServices(c *config.Config, log *zap.Logger) *Services {
	c = orDefault(c)
	s := NewServices(Openers{
		// They wait for other processes, but not long.
		State:   func() (*state.Store, error) { return OpenState(context.Background(), c) },
		Archive: func() (*archive.Store, error) { return OpenArchive(context.Background(), c) },
		ArchiveRest: func(ctx context.Context, why error) (*archive.Store, error) {
			return archive.OpenRest(ctx, ArchivePath(c), archive.Options{}, why)
		},
		Memory: func() (*Memory, error) {
			m, err := OpenMemory(context.Background(), c, nil)
			if err == nil {
				m.EmbedInBackground()
			}
			return m, err
		},
		StateUnused: func() bool {
			path, _ := StateOptions(c)
			_, err := os.Stat(path)
			return errors.Is(err, fs.ErrNotExist)
		},
		ArchiveUnused: func() bool {
			_, err := os.Stat(ArchivePath(c))
			return errors.Is(err, fs.ErrNotExist) || !c.Runtime.Sessions.Enabled
		},
		Hooks:  HookOptions(c, log),
		Events: EventOptions(c),
	})
	if m := c.Runtime.Memory; m.Enabled && m.Procedural.Enabled {
		s.Learner = NewLearner(s.Memory)
	}
	s.Hooks.SetEnabled(c.Hooks.Enabled)
	if err := s.Hooks.Builtin(HookBuiltins(c, &s.HookPoints)); err != nil && log != nil {
		log.Error("a built-in hook is not there", zap.Error(err)) // cannot be: all of them are right
	}
	return s
}

// OpenState opens the store of the global State. c may be nil.
func OpenState(ctx context.Context, c *config.Config) (*state.Store, error) {
	path, opt := StateOptions(orDefault(c))
	return state.Open(ctx, path, opt)
}

func orDefault(c *config.Config) *config.Config {
	if c == nil {
		return config.Default()
	}
	return c
}

// ArchivePath is the database of sessions and artifacts, db.Memory if they end
// with the process. c may be nil.
func ArchivePath(c *config.Config) string {
	c = orDefault(c)
	if s := c.Runtime.Sessions; s.StorageBackend == "memory" {
		return db.Memory
	}
	return filepath.Join(cmp.Or(c.Storage.SessionsDir, dataDir(c)), "sessions.db")
}

// OpenArchive opens the store of sessions and artifacts. c may be nil. Where
// sessions are switched off the error says so.
func OpenArchive(ctx context.Context, c *config.Config) (*archive.Store, error) {
	var o archive.Options
	if !orDefault(c).Runtime.Sessions.Enabled {
		return nil, errors.New("sessions are switched off: set runtime.sessions.enabled to true in the configuration")
	}
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
