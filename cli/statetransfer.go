package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/llmspell/llmspell/kernel/state"
)

func (a *app) stateExportCommand() *cobra.Command {
	var scope scopeFlag
	var skip bool
	format := newChoice("auto", "json", "toml")
	cmd := &cobra.Command{
		Use:     "export FILE",
		Short:   "Write values to a file, as JSON or TOML; - is stdout",
		Example: "  llmspell state export state.json\n  llmspell state export - --scope session:42 --format toml",
		Args:    cobra.ExactArgs(1),
		RunE: a.onScope(&scope, func(ctx context.Context, s stateStore, args []string) error {
			var scopes []state.Scope
			if scope.given {
				scopes = append(scopes, scope.scope)
			}
			asTOML := format.value == "toml" || format.value == "auto" && strings.HasSuffix(args[0], ".toml")
			write := s.Export
			if asTOML {
				write = s.ExportTOML
			}
			var damaged []error
			if skip {
				write = func(ctx context.Context, w io.Writer, scopes ...state.Scope) (int, error) {
					return s.ExportSound(ctx, w, asTOML, func(err error) { damaged = append(damaged, fmt.Errorf("left out: %w", err)) }, scopes...)
				}
			}
			n := 0
			err := a.writeFile(args[0], func(w io.Writer) (err error) {
				n, err = write(ctx, w, scopes...)
				return err
			})
			if err == nil {
				fmt.Fprintf(a.stderr, "llmspell: %d exported\n", n)
			}
			return errors.Join(append(damaged, err)...)
		}),
	}
	scope.add(a, cmd, "only this scope")
	cmd.Flags().BoolVar(&skip, "skip-damaged", false, "leave out values that are damaged; the exit code is 1 then all the same")
	addChoice(cmd, &format, "format", "of the file; auto: TOML if its name ends so")
	return cmd
}

func (a *app) stateImportCommand() *cobra.Command {
	scope := scopeFlag{fresh: true}
	var merge, anySchema bool
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Read values from an export, JSON or TOML; - is stdin",
		Long: `Read values from an export, JSON or TOML; - is stdin.

The values of the file replace all that are there; with --merge those that it does not have stay. Either all are imported, or none.

The schema version of the file's values has to be that of the store's; a store without values takes it. --any-schema takes the values
as they are.`,
		Args: cobra.ExactArgs(1),
		RunE: a.onScope(&scope, func(ctx context.Context, s stateStore, args []string) error {
			in, err := a.openInput(ctx, args[0])
			if err != nil {
				return err
			}
			defer in.Close()
			opt := state.ImportOptions{Merge: merge, AnySchema: anySchema}
			if scope.given {
				opt.Scope = &scope.scope
			}
			done, err := s.Import(ctx, in, opt)
			if err != nil {
				return err
			}
			fmt.Fprintf(a.stderr, "llmspell: %d imported\n", done.Values)
			if done.Replaced > 0 {
				fmt.Fprintf(a.stderr, "llmspell: they replace the %d that were there (--merge keeps those that the file does not have)\n", done.Replaced)
			}
			if done.Repeated > 0 {
				fmt.Fprintf(a.stderr, "llmspell: warning: the file has %d of them again further on, with the same scope and key: the last one counts\n", done.Repeated)
			}
			if done.Private > 0 {
				fmt.Fprintf(a.stderr, "llmspell: %d left out: they belonged to sessions in memory (session:live:…), which have ended\n", done.Private)
			}
			if done.Archived > 0 {
				fmt.Fprintf(a.stderr, "llmspell: %d left out: their sessions are archived, and keep what they have (%s)\n", done.Archived, done.ArchivedScopes)
			}
			return nil
		}),
	}
	scope.add(a, cmd, "only the values of this scope; the others stay as they are")
	cmd.Flags().BoolVar(&merge, "merge", false, "keep values that the file does not have")
	cmd.Flags().BoolVar(&anySchema, "any-schema", false, "take values of another schema version, as they are")
	return cmd
}
