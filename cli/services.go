package cli

import (
	"context"
	"path/filepath"

	"go.uber.org/zap"

	"github.com/llmspell/llmspell/config"
	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/kernel/state"
)

// services are what the sessions of this process share. Nothing is opened before
// a script uses it.
func (a *app) services() *kernel.Services {
	return kernel.NewServices(kernel.Openers{
		Hooks: kernel.HookOptions(nil, a.log.Named("hooks")),
		State: func() (*state.Store, error) {
			return state.Open(context.Background(), statePath(), state.Options{}) // waits for other processes, but not long
		},
	})
}

func (a *app) closeServices(s *kernel.Services) {
	if err := s.Close(); err != nil {
		a.log.Error("closing the databases failed", zap.Error(err))
	}
}

// statePath is the user's database of the global State.
func statePath() string { return filepath.Join(config.DataDir(), "state.db") }
