package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/llmspell/llmspell/kernel/archive"
	"github.com/llmspell/llmspell/kernel/rpc"
	"github.com/llmspell/llmspell/kernel/state"
)

// scopeFlag is the flag --scope.
type scopeFlag struct {
	scope state.Scope
	given bool
	fresh bool // the scope may be one that nothing is known of yet
}

// String is empty where nothing was given: the usage of each command says what that
// means.
func (f *scopeFlag) String() string {
	if !f.given {
		return ""
	}
	return f.scope.String()
}

// Type is what the usage calls the value.
func (f *scopeFlag) Type() string { return "scope" }

// Set reads a scope.
func (f *scopeFlag) Set(s string) (err error) {
	f.given = true
	f.scope, err = state.ParseScope(s)
	return err
}

func (f *scopeFlag) add(a *app, cmd *cobra.Command, usage string) {
	cmd.Flags().Var(f, "scope", usage)
	_ = cmd.RegisterFlagCompletionFunc("scope", a.completeScopes) // the flag is there
}

// onScope is onState for a command with the flag --scope.
func (a *app) onScope(f *scopeFlag, run func(ctx context.Context, s stateStore, args []string) error) func(*cobra.Command, []string) error {
	return a.onState(func(ctx context.Context, s stateStore, args []string) error {
		if err := f.resolve(ctx, s, a.stderr); err != nil {
			return err
		}
		return run(ctx, s, args)
	})
}

// resolve finds the session that "session:REF" means: by its name and the beginning of
// its id too, as the commands on sessions do. It says on w what it takes. Where values
// are under the very text, from a script that has used it as a name of its own, that is meant.
func (f *scopeFlag) resolve(ctx context.Context, s stateStore, w io.Writer) error {
	if f.scope.Kind != state.Session || f.scope.Private() {
		return nil
	}
	ref := f.scope.ID
	r, err := s.Session(ctx, ref)
	if lower := strings.ToLower(ref); errors.Is(err, archive.ErrNotFound) && lower != ref {
		if found, lowerErr := s.Session(ctx, lower); lowerErr == nil {
			r, err = found, nil
		}
	}
	if err == nil && r.ID == ref {
		return nil
	}
	used, listErr := s.List(ctx, f.scope, state.ListOptions{Limit: 1, Damaged: true})
	if listErr != nil {
		return listErr
	}
	switch {
	case len(used) > 0:
		if err == nil {
			fmt.Fprintf(w, "llmspell: warning: scope %s has values, and is taken as it is; what the session %s keeps is in scope session:%s\n", f.scope, r.Name, r.ID)
		}
	case err == nil:
		f.scope.ID = r.ID
		fmt.Fprintf(w, "llmspell: session:%s is session:%s (%s)\n", ref, r.ID, r.Name)
	case errors.Is(err, archive.ErrInvalid), rpc.IsCode(err, rpc.CodeInvalidParams):
		return fmt.Errorf("scope %s: %w", f.scope, err)
	case errors.Is(err, archive.ErrNotFound):
		if !f.fresh {
			fmt.Fprintf(w, "llmspell: warning: %s is the scope of no session: %v (llmspell session list shows them)\n", f.scope, err)
		}
	default:
		fmt.Fprintf(w, "llmspell: warning: scope %s is taken as it is: which session it means cannot be told: %v\n", f.scope, err)
	}
	return nil
}

// Session finds a session by its id, its name, or the beginning of its id.
func (l *localState) Session(ctx context.Context, ref string) (*archive.Session, error) {
	return l.services.FindSession(ctx, ref)
}

// Session finds a session on the kernel.
func (r remoteState) Session(ctx context.Context, ref string) (*archive.Session, error) {
	return of(r.client.Record(ctx, ref))
}
