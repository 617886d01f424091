package cli

import (
	"context"

	"go.uber.org/zap"

	"github.com/llmspell/llmspell/config"
	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/kernel/state"
)

// services are what the sessions of this process share. Nothing is opened before
// a script uses it.
func (a *app) services(c *config.Loaded) *kernel.Services {
	return kernel.NewDefaultServices(c.Config, a.log.Named("kernel"))
}

func (a *app) closeServices(s *kernel.Services) {
	if err := s.Close(); err != nil {
		a.log.Error("closing the databases failed", zap.Error(err))
	}
}

// statePath is the user's database of the global State.
func statePath(ctx context.Context) string { return kernel.StatePath(configFrom(ctx).Config) }

// stateOptions are those that are configured for it.
func stateOptions(ctx context.Context) state.Options {
	return kernel.StateOptions(configFrom(ctx).Config)
}
