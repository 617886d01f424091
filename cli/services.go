package cli

import (
	"errors"

	"go.uber.org/zap"

	"github.com/llmspell/llmspell/config"
	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/kernel/db"
	"github.com/llmspell/llmspell/kernel/state"
)

// services are what the sessions of this process share. Nothing is opened before
// a script uses it.
func (a *app) services(c *config.Config) *kernel.Services {
	s := kernel.NewDefaultServices(c, a.log.Named("kernel"))
	s.Tracer = a.tracer()
	return s
}

func (a *app) closeServices(s *kernel.Services) {
	if err := s.Close(); err != nil {
		a.log.Error("closing the databases and traces failed", zap.Error(err))
	}
}

// statePlace returns where the state is, for commands that show or change it.
func statePlace(c *config.Config) (string, state.Options, error) {
	path, opt := kernel.StateOptions(c)
	if path == db.Memory {
		return "", opt, errors.New("the state is not kept: it ends with each process (see [runtime.state_persistence] in the configuration)")
	}
	return path, opt, nil
}
