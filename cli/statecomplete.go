package cli

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/llmspell/llmspell/kernel/state"
)

// completedKeys is how many keys or scopes are offered at most.
const completedKeys = 200

// completeKeys completes the first most arguments of a command as keys that the scope of the
// flag has; a most of 0 is all arguments.
func (a *app) completeKeys(f *scopeFlag, most int) cobra.CompletionFunc {
	return func(cmd *cobra.Command, given []string, begun string) (keys []string, _ cobra.ShellCompDirective) {
		if most > 0 && len(given) >= most {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		_ = a.withState(cmd, func(s stateStore) error { // nothing is offered where nothing can be read
			if err := f.resolve(cmd.Context(), s, io.Discard); err != nil {
				return err
			}
			found, err := s.List(cmd.Context(), f.scope, state.ListOptions{Prefix: begun, Limit: completedKeys})
			for _, e := range found {
				if !slices.Contains(given, e.Key) {
					keys = append(keys, e.Key)
				}
			}
			return err
		})
		return keys, cobra.ShellCompDirectiveNoFileComp
	}
}

// completeScopes completes a scope as one that has values.
func (a *app) completeScopes(cmd *cobra.Command, _ []string, _ string) (scopes []string, _ cobra.ShellCompDirective) {
	_ = a.withState(cmd, func(s stateStore) error { // nothing is offered where nothing can be read
		found, err := s.Scopes(cmd.Context())
		for _, info := range found[:min(len(found), completedKeys)] {
			scopes = append(scopes, info.Scope.String())
		}
		return err
	})
	return scopes, cobra.ShellCompDirectiveNoFileComp
}

// withState uses the store that a command's flags choose, and makes none where there is none yet.
func (a *app) withState(cmd *cobra.Command, use func(stateStore) error) error {
	if f := a.stateKernel; !f.wanted() {
		path, _, err := statePlace(configOf(cmd).Config)
		if err != nil {
			return err
		}
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			return nil
		}
	}
	s, err := a.openStateFor(cmd)
	if err != nil {
		return err
	}
	return errors.Join(use(s), s.Close())
}
