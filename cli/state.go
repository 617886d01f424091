package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/kernel/archive"
	"github.com/llmspell/llmspell/kernel/state"
)

// stateStore is what the commands on the state work with: the store of this
// machine, or a running kernel that stands for it.
type stateStore interface {
	Get(ctx context.Context, scope state.Scope, key string) (state.Entry, bool, error)
	Set(ctx context.Context, scope state.Scope, key string, value any, opt state.SetOptions) (state.Entry, error)
	Delete(ctx context.Context, scope state.Scope, key string) (bool, error)
	List(ctx context.Context, scope state.Scope, opt state.ListOptions) ([]state.Entry, error)
	Clear(ctx context.Context, scope state.Scope) (int, error)
	Scopes(ctx context.Context) ([]state.ScopeInfo, error)
	Check(ctx context.Context) error
	Export(ctx context.Context, w io.Writer, scopes ...state.Scope) (int, error)
	ExportTOML(ctx context.Context, w io.Writer, scopes ...state.Scope) (int, error)
	ExportSound(ctx context.Context, w io.Writer, asTOML bool, damaged func(error), scopes ...state.Scope) (int, error)
	Import(ctx context.Context, r io.Reader, opt state.ImportOptions) (state.Imported, error)
	CreateBackup(ctx context.Context, description string) (state.Backup, error)
	// Session finds the session that a text means; the error matches archive.ErrNotFound.
	Session(ctx context.Context, ref string) (*archive.Session, error)
	Close() error
}

// openState opens the store that the configuration names.
func (a *app) openState(cmd *cobra.Command) (stateStore, error) {
	c := configOf(cmd).Config
	path, opt, err := statePlace(c)
	if err != nil {
		return nil, err
	}
	services := a.services(c)
	opt.Guard = services.StateGuard
	s, err := state.Open(cmd.Context(), path, opt)
	if err != nil {
		return nil, errors.Join(err, services.Close())
	}
	return &localState{s, services}, nil
}

// localState is the store of this machine.
type localState struct {
	*state.Store
	services *kernel.Services // knows the sessions
}

// Close closes the databases.
func (l *localState) Close() error { return errors.Join(l.Store.Close(), l.services.Close()) }

// onState wraps a command that works on the store.
func (a *app) onState(run func(ctx context.Context, s stateStore, args []string) error) func(*cobra.Command, []string) error {
	return started(func(cmd *cobra.Command, args []string) error {
		s, err := a.openStateFor(cmd)
		if err != nil {
			return err
		}
		return errors.Join(run(cmd.Context(), s, args), s.Close())
	})
}

func (a *app) stateCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "state",
		Short: "Show and change the values that scripts keep in State",
		Long: `Show and change the values that scripts keep in State.

A scope is "global", "session:ID", "workflow:ID", "agent:ID", "tool:ID", "user:ID", "hook:ID", or a name of your own.
For the ID of a session its name will do, or the beginning of its id.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.stateShowCommand(), a.stateGetCommand(), a.stateSetCommand(), a.stateDeleteCommand(), a.stateClearCommand(),
		a.stateExportCommand(), a.stateImportCommand(), a.stateCheckCommand(), a.backupCommand())
	a.addStateConnect(cmd)
	return cmd
}

// shownEntry is a value in a listing, as JSON.
type shownEntry struct {
	Scope    string          `json:"scope"`
	Key      string          `json:"key"`
	Value    json.RawMessage `json:"value"`
	Damaged  string          `json:"damaged,omitempty"` // why the value is null
	Version  int64           `json:"version"`
	Revision int64           `json:"revision"`
	Size     int             `json:"size"`
	Created  time.Time       `json:"created_at"`
	Written  time.Time       `json:"written_at"`
	TTL      float64         `json:"ttl_seconds,omitempty"`
	Expires  *time.Time      `json:"expires_at,omitempty"`
}

func showEntry(e state.Entry) (shownEntry, error) {
	value, err := state.Encode(e.Value)
	s := shownEntry{Scope: e.Scope.String(), Key: e.Key, Value: value, Version: e.Version, Revision: e.Revision, Size: e.Size,
		Created: e.Created.UTC(), Written: e.Written.UTC(), TTL: e.TTL.Seconds()}
	if e.Damaged != nil {
		s.Damaged = e.Damaged.Error()
	}
	if e.TTL > 0 {
		at := e.Expires().UTC()
		s.Expires = &at
	}
	return s, err
}

// shown is the value as tables and lines show it.
func (s shownEntry) shown() string {
	if s.Damaged != "" {
		return "(damaged)"
	}
	return string(s.Value)
}

func (a *app) stateShowCommand() *cobra.Command {
	var scope scopeFlag
	var prefix string
	format := newChoice("table", "text", "json", "yaml")
	cmd := &cobra.Command{
		Use:               "show [KEY]",
		Aliases:           []string{"list"},
		Short:             "Show values with all that is known about them",
		Example:           "  llmspell state show\n  llmspell state show --scope session:42 --format json",
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: a.completeKeys(&scope, 1),
		RunE: a.onScope(&scope, func(ctx context.Context, s stateStore, args []string) error {
			entries, err := findEntries(ctx, s, scope, prefix, args)
			if err != nil {
				return err
			}
			return errors.Join(a.printEntries(entries, format.value), damagedAmong(entries))
		}),
	}
	scope.add(a, cmd, "only this scope (default: all, or global with a KEY)")
	cmd.Flags().StringVar(&prefix, "prefix", "", "only keys that begin so")
	addChoice(cmd, &format, "format", "how to print them")
	return cmd
}

// damagedAmong is the error of values that are listed, but damaged.
func damagedAmong(entries []state.Entry) error {
	var errs []error
	for _, e := range entries {
		errs = append(errs, e.Damaged)
	}
	return errors.Join(errs...)
}

func findEntries(ctx context.Context, s stateStore, scope scopeFlag, prefix string, args []string) ([]state.Entry, error) {
	if len(args) == 1 {
		e, err := mustGet(ctx, s, scope.scope, args[0])
		return []state.Entry{e}, err
	}
	scopes := []state.ScopeInfo{{Scope: scope.scope}}
	if !scope.given {
		var err error
		if scopes, err = s.Scopes(ctx); err != nil {
			return nil, err
		}
	}
	var out []state.Entry
	for _, info := range scopes {
		found, err := s.List(ctx, info.Scope, state.ListOptions{Prefix: prefix, Values: true, Damaged: true})
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	return out, nil
}

func mustGet(ctx context.Context, s stateStore, scope state.Scope, key string) (state.Entry, error) {
	e, ok, err := s.Get(ctx, scope, key)
	if err == nil && !ok {
		err = fmt.Errorf("there is no value of %q in scope %s; llmspell state show lists them", key, scope)
	}
	return e, err
}

func (a *app) printEntries(entries []state.Entry, format string) error {
	out := newOutput(a.stdout)
	shown := make([]shownEntry, len(entries))
	for i, e := range entries {
		var err error
		if shown[i], err = showEntry(e); err != nil {
			return err
		}
	}
	switch format {
	case "json", "yaml":
		if err := writeAs(out, format, shown); err != nil {
			return err
		}
	case "text":
		for _, e := range shown {
			fmt.Fprintf(out, "%s\t%s\t%s\n", e.Scope, e.Key, e.shown())
		}
	default:
		t := table{header: []string{"SCOPE", "KEY", "VERSION", "WRITTEN", "EXPIRES", "VALUE"}, width: terminalWidth(a.stdout)}
		for _, e := range shown {
			expires := "-"
			if e.Expires != nil {
				expires = e.Expires.Local().Format(time.DateTime)
			}
			t.rows = append(t.rows, []string{e.Scope, e.Key, fmt.Sprint(e.Version), e.Written.Local().Format(time.DateTime), expires, e.shown()})
		}
		t.print(out)
	}
	return out.Flush()
}

func (a *app) stateGetCommand() *cobra.Command {
	var scope scopeFlag
	format := newChoice("text", "json", "yaml")
	cmd := &cobra.Command{
		Use:               "get KEY",
		Short:             "Print one value: a text as it is, anything else as JSON",
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: a.completeKeys(&scope, 1),
		RunE: a.onScope(&scope, func(ctx context.Context, s stateStore, args []string) error {
			e, err := mustGet(ctx, s, scope.scope, args[0])
			if err != nil {
				return err
			}
			if text, ok := e.Value.(string); ok && format.value == "text" {
				_, err = fmt.Fprintln(a.stdout, text)
				return err
			}
			value, err := state.Encode(e.Value)
			switch {
			case err != nil:
			case format.value == "yaml":
				err = writeAs(a.stdout, "yaml", json.RawMessage(value))
			default:
				_, err = fmt.Fprintf(a.stdout, "%s\n", value)
			}
			return err
		}),
	}
	scope.add(a, cmd, "where the key is (default global)")
	addChoice(cmd, &format, "format", "how to print it")
	return cmd
}

func (a *app) stateSetCommand() *cobra.Command {
	var scope scopeFlag
	var ttl time.Duration
	var text bool
	cmd := &cobra.Command{
		Use:               "set KEY VALUE",
		Short:             "Set a value: JSON if it is that, otherwise a text; - reads it from stdin",
		Example:           "  llmspell state set limit 10\n  llmspell state set user '{\"name\":\"Ann\"}' --scope session:42 --ttl 1h",
		Args:              cobra.ExactArgs(2),
		ValidArgsFunction: a.completeKeys(&scope, 1),
		RunE: a.onScope(&scope, func(ctx context.Context, s stateStore, args []string) error {
			given := args[1]
			if given == "-" {
				data, err := io.ReadAll(io.LimitReader(a.input(ctx), 8*state.DefaultMaxValue))
				if err != nil {
					return fmt.Errorf("read the value from stdin: %w", err)
				}
				given = string(data)
			}
			var value any = given
			if !text {
				if v, err := state.Decode([]byte(given)); err == nil {
					value = v
				}
			}
			_, err := s.Set(ctx, scope.scope, args[0], value, state.SetOptions{TTL: ttl})
			return err
		}),
	}
	scope.add(a, cmd, "where to set it (default global)")
	cmd.Flags().DurationVar(&ttl, "ttl", 0, "how long it lives, e.g. 1h (0: for ever)")
	cmd.Flags().BoolVar(&text, "text", false, "the value is a text, also if it looks like JSON")
	return cmd
}

func (a *app) stateDeleteCommand() *cobra.Command {
	var scope scopeFlag
	cmd := &cobra.Command{
		Use:               "delete KEY...",
		Short:             "Delete values",
		Args:              cobra.MinimumNArgs(1),
		ValidArgsFunction: a.completeKeys(&scope, 0),
		RunE: a.onScope(&scope, func(ctx context.Context, s stateStore, keys []string) error {
			var missing []string
			for _, key := range keys {
				was, err := s.Delete(ctx, scope.scope, key)
				if err != nil {
					return err
				}
				if !was {
					missing = append(missing, fmt.Sprintf("%q", key))
				}
			}
			if len(missing) > 0 {
				return fmt.Errorf("there is no value of %s in scope %s", strings.Join(missing, ", "), scope.scope)
			}
			return nil
		}),
	}
	scope.add(a, cmd, "where the keys are (default global)")
	return cmd
}

func (a *app) stateClearCommand() *cobra.Command {
	var scope scopeFlag
	var all bool
	cmd := &cobra.Command{
		Use:   "clear --scope SCOPE | --all",
		Short: "Delete all values of a scope, or all there are",
		Args:  cobra.NoArgs,
		RunE: a.onScope(&scope, func(ctx context.Context, s stateStore, _ []string) error {
			if scope.given == all {
				return usagef("say which values: --scope SCOPE, or --all")
			}
			scopes := []state.ScopeInfo{{Scope: scope.scope}}
			if all {
				var err error
				if scopes, err = s.Scopes(ctx); err != nil {
					return err
				}
			}
			total := 0
			var kept []error
			for _, info := range scopes {
				n, err := s.Clear(ctx, info.Scope)
				if all && errors.Is(err, state.ErrArchived) {
					kept = append(kept, err)
					continue
				}
				if err != nil {
					return err
				}
				total += n
			}
			fmt.Fprintf(a.stderr, "llmspell: %d deleted\n", total)
			return errors.Join(kept...)
		}),
	}
	scope.add(a, cmd, "the scope; it has to be given")
	cmd.Flags().BoolVar(&all, "all", false, "all scopes")
	return cmd
}

func (a *app) stateCheckCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "check",
		Short: "Read everything, and compare the checksums",
		Args:  cobra.NoArgs,
		RunE: a.onState(func(ctx context.Context, s stateStore, _ []string) error {
			if err := s.Check(ctx); err != nil {
				return err
			}
			_, err := fmt.Fprintln(a.stdout, "ok")
			return err
		}),
	}
}
