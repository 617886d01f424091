package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/llmspell/llmspell/kernel/state"
)

// backupCommand is both `llmspell backup` and `llmspell state backup`.
func (a *app) backupCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "backup",
		Short: "Make, list, check, restore and delete backups of the state",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.backupCreateCommand(), a.backupListCommand(), a.backupRestoreCommand(), a.backupValidateCommand(), a.backupDeleteCommand(), a.backupCleanupCommand())
	return cmd
}

// backupStore is what the commands on backups work with: a folder of this machine,
// or a running kernel.
type backupStore interface {
	Backups(ctx context.Context) ([]state.Backup, error)
	ValidateBackup(ctx context.Context, id string) (state.Backup, error)
	// Restore puts a backup in the place of the state. aside is where a damaged file is
	// now, out what was done.
	Restore(ctx context.Context, id string) (aside string, out state.Restored, err error)
	DeleteBackup(ctx context.Context, id string) error
	CleanBackups(ctx context.Context, r state.Retention) ([]state.Backup, error)
	Close() error
}

// localBackups are the backups of this machine. The state itself is not opened:
// one that is damaged has its backups all the same.
type localBackups struct {
	path, folder string
	opt          state.Options
}

func localBackupsOf(cmd *cobra.Command) (backupStore, error) {
	path, opt, err := statePlace(configOf(cmd).Config)
	folder := opt.Backups
	if folder == "" {
		folder = filepath.Join(filepath.Dir(path), "backups")
	}
	return localBackups{path, folder, opt}, err
}

func (l localBackups) Backups(context.Context) ([]state.Backup, error) {
	return state.Backups(l.folder)
}

func (l localBackups) ValidateBackup(ctx context.Context, id string) (state.Backup, error) {
	return state.ValidateBackup(ctx, l.folder, id)
}

func (l localBackups) Restore(ctx context.Context, id string) (string, state.Restored, error) {
	return state.RestoreFile(ctx, l.path, l.opt, id)
}

func (l localBackups) DeleteBackup(_ context.Context, id string) error {
	return state.DeleteBackup(l.folder, id)
}

func (l localBackups) CleanBackups(_ context.Context, r state.Retention) ([]state.Backup, error) {
	return state.CleanBackups(l.folder, r, time.Now())
}

func (localBackups) Close() error { return nil }

// onBackups wraps a command that works on backups.
func (a *app) onBackups(run func(ctx context.Context, b backupStore, args []string) error) func(*cobra.Command, []string) error {
	return started(func(cmd *cobra.Command, args []string) error {
		b, err := a.openBackupsFor(cmd)
		if err != nil {
			return err
		}
		return errors.Join(run(cmd.Context(), b, args), b.Close())
	})
}

func (a *app) backupCreateCommand() *cobra.Command {
	var description string
	cmd := &cobra.Command{
		Use:   "create",
		Short: "Make a backup, and print its ID",
		Long: "Make a backup, and print its ID. Values that are damaged are in it as they are: they are named, and\n" +
			"the exit code is 1 then.",
		Args: cobra.NoArgs,
		RunE: a.onState(func(ctx context.Context, s stateStore, _ []string) error {
			b, err := s.CreateBackup(ctx, description)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(a.stdout, b.ID)
			a.tellRemoved(&b)
			return errors.Join(err, b.Unsound())
		}),
	}
	cmd.Flags().StringVar(&description, "description", "", "what it is for")
	return cmd
}

// tellRemoved says which old backups went when one was made. It goes to the error
// stream: scripts take the ID from the other.
func (a *app) tellRemoved(b *state.Backup) {
	if len(b.Removed) > 0 {
		fmt.Fprintf(a.stderr, "llmspell: old backups were removed (runtime.state_persistence.backup): %s\n", someOf(b.Removed, 10))
	}
}

func (a *app) backupListCommand() *cobra.Command {
	format := newChoice("table", "text", "json", "yaml")
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the backups, the latest first",
		Args:  cobra.NoArgs,
		RunE: a.onBackups(func(ctx context.Context, b backupStore, _ []string) error {
			list, err := b.Backups(ctx)
			if err != nil {
				return err
			}
			return a.printBackups(list, format.value)
		}),
	}
	addChoice(cmd, &format, "format", "how to print them")
	return cmd
}

func (a *app) printBackups(list []state.Backup, format string) error {
	out := newOutput(a.stdout)
	switch format {
	case "json", "yaml":
		if err := writeAs(out, format, orEmpty(list)); err != nil {
			return err
		}
	case "text":
		for _, b := range list {
			fmt.Fprintln(out, b.ID)
		}
	default:
		t := table{header: []string{"ID", "CREATED", "VALUES", "BYTES", "DAMAGED", "DESCRIPTION"}, width: terminalWidth(a.stdout)}
		for _, b := range list {
			t.rows = append(t.rows, []string{b.ID, b.Created.Local().Format(time.DateTime), fmt.Sprint(b.Entries), fmt.Sprint(b.Size), damagedValues(&b), b.Description})
		}
		t.print(out)
	}
	return out.Flush()
}

// damagedValues is a cell of the table: how many values are damaged.
func damagedValues(b *state.Backup) string {
	if b.Damaged == 0 {
		return "-"
	}
	return fmt.Sprint(b.Damaged)
}

func (a *app) backupRestoreCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "restore ID",
		Short: "Put a backup in the place of the state; a damaged state is set aside",
		Args:  cobra.ExactArgs(1),
		RunE: a.onBackups(func(ctx context.Context, b backupStore, args []string) error {
			aside, out, err := b.Restore(ctx, args[0])
			if aside != "" {
				fmt.Fprintf(a.stderr, "llmspell: the damaged file is now %s\n", aside)
			}
			if out.ID != "" {
				fmt.Fprintf(a.stderr, "llmspell: what was there before is backup %s\n", out.ID)
			}
			a.tellRemoved(&out.Backup)
			if n := len(out.LeftOut); n > 0 {
				fmt.Fprintf(a.stderr, "llmspell: left out, as the sessions were deleted since: %s\n", someOf(out.LeftOut, 10))
			}
			if out.Unsure != "" {
				fmt.Fprintf(a.stderr, "llmspell: what sessions have kept that were deleted since may be there again: %s\n", out.Unsure)
			}
			if out.Unsound != "" {
				err = errors.Join(err, errors.New(out.Unsound))
			}
			return err
		}),
	}
}

// someOf lists texts, n at most.
func someOf(list []string, n int) string {
	if len(list) <= n {
		return strings.Join(list, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(list[:n], ", "), len(list)-n)
}

func (a *app) backupValidateCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "validate ID",
		Short: "Read all of a backup, and compare its checksums",
		Args:  cobra.ExactArgs(1),
		RunE: a.onBackups(func(ctx context.Context, b backupStore, args []string) error {
			found, err := b.ValidateBackup(ctx, args[0])
			if err != nil {
				return err
			}
			if err := found.Unsound(); err != nil {
				return err
			}
			_, err = fmt.Fprintln(a.stdout, "ok")
			return err
		}),
	}
}

func (a *app) backupDeleteCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "delete ID",
		Short: "Delete a backup",
		Args:  cobra.ExactArgs(1),
		RunE: a.onBackups(func(ctx context.Context, b backupStore, args []string) error {
			return b.DeleteBackup(ctx, args[0])
		}),
	}
}

func (a *app) backupCleanupCommand() *cobra.Command {
	var keep int
	var age time.Duration
	cmd := &cobra.Command{
		Use:   "cleanup",
		Short: "Delete old backups, and print their IDs",
		Args:  cobra.NoArgs,
		RunE: a.onBackups(func(ctx context.Context, b backupStore, _ []string) error {
			if keep < 0 || age < 0 {
				return usagef("--keep and --max-age must not be negative")
			}
			gone, err := b.CleanBackups(ctx, state.Retention{Keep: keep, MaxAge: age})
			for _, old := range gone {
				fmt.Fprintln(a.stdout, old.ID)
			}
			return err
		}),
	}
	cmd.Flags().IntVar(&keep, "keep", 10, "keep this many of the latest")
	cmd.Flags().DurationVar(&age, "max-age", 0, "also keep those that are not older, e.g. 720h")
	return cmd
}
