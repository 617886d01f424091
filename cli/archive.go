package cli

import (
	"context"
	"errors"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/llmspell/llmspell/config"
	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/kernel/archive"
)

// configuration is what is configured, the defaults before anything was read.
func (a *app) configuration() *config.Config {
	if a.config == nil {
		return config.Default()
	}
	return a.config.Config
}

// sessionFlag is the flag --session of the commands that run scripts.
func (f *scriptFlags) addSession(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.session, "session", "", "run in this session, which is made if there is none of the name: its variables are there, and what happens is journaled")
}

// inSession makes the configuration of a session one of the session that --session
// names.
func (a *app) inSession(f *scriptFlags, cfg *kernel.Config) error {
	if f.session == "" {
		return nil
	}
	ctx := context.Background()
	if f.cmd != nil && f.cmd.Context() != nil {
		ctx = f.cmd.Context()
	}
	services := a.services(a.configuration())
	r, err := a.findOrMake(ctx, services, f.session)
	if err != nil {
		return errors.Join(err, services.Close())
	}
	cfg.Services, cfg.SessionID, cfg.OnClose = services, r.ID, func() { a.closeServices(services) }
	return nil
}

func (a *app) findOrMake(ctx context.Context, services *kernel.Services, name string) (*archive.Session, error) {
	store, err := services.Archive()
	if err != nil {
		return nil, err
	}
	r, err := store.Resolve(ctx, name)
	if !errors.Is(err, archive.ErrNotFound) {
		return r, err
	}
	_, looksLikeID := uuid.Parse(name)
	named, ok := archive.MarkedName(name)
	if looksLikeID == nil || !ok {
		return nil, err
	}
	return archive.View{Store: store, Hooks: services.Hooks}.Create(ctx, archive.Spec{Name: named, CreatedBy: "llmspell run", Reuse: true})
}
