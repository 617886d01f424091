package cli

import (
	"context"
	"errors"

	"github.com/llmspell/llmspell/dap/headless"
	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/runtime/debug"
)

// measureFlags are the measurements of a run that nobody debugs.
type measureFlags struct{ coverage, profile []string }

// runFile runs a script with its measurements, if there are any.
func (f *measureFlags) runFile(ctx context.Context, s *kernel.Session, path string, args []string) error {
	m, err := headless.NewMeasures(f.coverage, f.profile)
	if err != nil {
		return usageError{err}
	}
	if m.Coverage != nil {
		e, err := debug.Attach(s.State(), debug.NopHandler{}, debug.Options{Coverage: m.Coverage})
		if err != nil {
			return errors.Join(err, m.End())
		}
		defer e.Detach()
	}
	m.Start(s.State())
	_, err = s.RunFile(ctx, path, args)
	return errors.Join(err, m.End())
}
