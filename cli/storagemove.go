package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/llmspell/llmspell/config"
	"github.com/llmspell/llmspell/memory/storage"
)

// storageFlags are those of all commands on storage.
type storageFlags struct {
	tenants []string
	format  choice
}

func (f *storageFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&f.tenants, "tenant", nil, "only this tenant (may be repeated)")
	f.format = newChoice("text", "json", "yaml")
	addChoice(cmd, &f.format, "format", "how to print the result")
}

// printMoved says what was moved, or is there.
func (a *app) printMoved(list []storage.Moved, format string) error {
	if format != "text" {
		if list == nil {
			list = []storage.Moved{}
		}
		return writeAs(a.stdout, format, list)
	}
	if len(list) == 0 {
		_, err := fmt.Fprintln(a.stdout, "there is nothing")
		return err
	}
	for _, m := range list {
		note := ""
		if m.Present {
			note = " (there already)"
		}
		if _, err := fmt.Fprintf(a.stdout, "tenant %q: %s%s\n", m.Tenant, counted(m.Counts), note); err != nil {
			return err
		}
	}
	return nil
}

// counted is what there is of each kind, in words.
func counted(counts map[string]int) string {
	var parts []string
	for _, kind := range storage.Kinds() {
		if n := counts[kind]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, kind))
		}
	}
	if len(parts) == 0 {
		return "nothing"
	}
	return strings.Join(parts, ", ")
}

func (a *app) storageInfo() *cobra.Command {
	var f storageFlags
	cmd := &cobra.Command{
		Use:   "info [PLACE]",
		Short: "Count what a place holds",
		Long:  "Count what a place holds; without a PLACE the one that the configuration names.\n\n" + placeHelp,
		Args:  cobra.MaximumNArgs(1),
		RunE: started(func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			p, err := openPlace(ctx, configOf(cmd).Config, strings.Join(args, ""), false)
			if err != nil {
				return err
			}
			var list []storage.Moved
			tenants, err := tenantsOf(ctx, p, f.tenants)
			for i := 0; err == nil && i < len(tenants); i++ {
				var s *storage.Summary
				if s, err = storage.Summarize(ctx, p, tenants[i]); err == nil {
					list = append(list, storage.Moved{Tenant: tenants[i], Summary: *s})
				}
			}
			if err == nil {
				fmt.Fprintf(a.stderr, "llmspell: %s\n", p.Where())
				if b, ok := p.backend.(interface{ VectorSearch() string }); ok {
					fmt.Fprintf(a.stderr, "llmspell: the nearest vectors are found by %s\n", b.VectorSearch())
				}
				err = a.printMoved(list, f.format.value)
			}
			return errors.Join(err, p.close())
		}),
	}
	f.add(cmd)
	return cmd
}

func (a *app) storageMigrate() *cobra.Command {
	var from, to string
	var dry bool
	var f storageFlags
	cmd := &cobra.Command{
		Use:   "migrate --from PLACE --to PLACE",
		Short: "Move the memory from one place to another",
		Long: `Move the memory from one place to another; the first keeps what it has. Each tenant is moved in one transaction, read again there, and
compared: all of it is moved, or nothing. After an interruption the same command goes on: tenants that are there already, and the
same, are passed by. Let no kernel write to the first place meanwhile.

` + placeHelp,
		Example: "  llmspell storage migrate --from sqlite --to postgres\n  llmspell storage migrate --from old/memory.db --to sqlite --dry-run",
		Args:    cobra.NoArgs,
		RunE: started(func(cmd *cobra.Command, _ []string) error {
			if from == "" || to == "" {
				return usagef("say from where and to where: --from sqlite --to postgres")
			}
			c := configOf(cmd).Config
			if dry {
				return a.storageDryRun(cmd.Context(), c, from, to, &f)
			}
			return a.storageMove(cmd.Context(), c, from, to, &f)
		}),
	}
	cmd.Flags().StringVar(&from, "from", "", "the place that has it")
	cmd.Flags().StringVar(&to, "to", "", "the place that gets it")
	cmd.Flags().BoolVar(&dry, "dry-run", false, "only check the first place, and print what would be moved")
	f.add(cmd)
	return cmd
}

// storageDryRun prints what would be moved.
func (a *app) storageDryRun(ctx context.Context, c *config.Config, from, to string, f *storageFlags) error {
	p, err := openPlace(ctx, c, from, false)
	if err != nil {
		return err
	}
	var tenants []string
	if err = p.sound(ctx); err == nil {
		tenants, err = tenantsOf(ctx, p, f.tenants)
	}
	var list []storage.Moved
	if err == nil {
		list, err = storage.Export(ctx, p, tenants, io.Discard)
	}
	if err == nil {
		fmt.Fprintf(a.stderr, "llmspell: from %s to %s would be moved:\n", p.Where(), to)
		err = a.printMoved(list, f.format.value)
	}
	return errors.Join(err, p.close())
}

// storageMove moves tenants, and prints what was moved.
func (a *app) storageMove(ctx context.Context, c *config.Config, from, to string, f *storageFlags) error {
	return withPlaces(ctx, c, from, to, true, func(from, to *storePlace) error {
		backend, err := to.writable()
		if err != nil {
			return err
		}
		if err := from.sound(ctx); err != nil {
			return fmt.Errorf("nothing was moved: %w", err)
		}
		tenants, err := tenantsOf(ctx, from, f.tenants)
		if err != nil {
			return err
		}
		var list []storage.Moved
		for _, tenant := range tenants {
			var m storage.Moved
			if m, err = storage.Move(ctx, from, backend, tenant); err != nil {
				break
			}
			list = append(list, m)
		}
		if err != nil && len(list) > 0 {
			err = fmt.Errorf("%d tenants were moved before; the same command goes on there: %w", len(list), err)
		}
		return errors.Join(a.printMoved(list, f.format.value), err)
	})
}

func (a *app) storageExport() *cobra.Command {
	var from string
	var f storageFlags
	cmd := &cobra.Command{
		Use:   "export FILE",
		Short: "Write all that the memory holds to a file; - is stdout",
		Long: `Write all that the memory holds to a file, with counts and checksums; - is stdout. It is not the form of llmspell memory export, which has turns
alone and can be written by hand: this one has all, and is taken back by storage import only whole and unchanged.`,
		Args: cobra.ExactArgs(1),
		RunE: started(func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			p, err := openPlace(ctx, configOf(cmd).Config, from, false)
			if err != nil {
				return err
			}
			var tenants []string
			if err = p.sound(ctx); err == nil {
				tenants, err = tenantsOf(ctx, p, f.tenants)
			}
			if err == nil {
				var list []storage.Moved
				err = a.writeFile(args[0], func(w io.Writer) (err error) {
					list, err = storage.Export(ctx, p, tenants, w)
					return err
				})
				if err == nil && args[0] != "-" {
					err = a.printMoved(list, f.format.value)
				}
			}
			return errors.Join(err, p.close())
		}),
	}
	cmd.Flags().StringVar(&from, "from", "", "the place that has it (default: as the configuration says)")
	f.add(cmd)
	return cmd
}

func (a *app) storageImport() *cobra.Command {
	var to string
	var f storageFlags
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Take in what storage export has written",
		Long:  "Take in what storage export has written: all of a tenant, or nothing. The file is read and checked as a whole before.",
		Args:  cobra.ExactArgs(1),
		RunE: started(func(cmd *cobra.Command, args []string) error {
			return a.storageMove(cmd.Context(), configOf(cmd).Config, args[0], to, &f)
		}),
	}
	cmd.Flags().StringVar(&to, "to", "", "the place that gets it (default: as the configuration says)")
	f.add(cmd)
	return cmd
}

func (a *app) storageValidate() *cobra.Command {
	var f storageFlags
	cmd := &cobra.Command{
		Use:   "validate [PLACE] [PLACE]",
		Short: "Check a place, or tell whether two hold the same",
		Long: `Check a place; with two places, tell whether they hold the same: the exit code is 1 if not. Without a PLACE the one that the configuration
names.

` + placeHelp,
		Example: "  llmspell storage validate sqlite postgres\n  llmspell storage validate memory.jsonl",
		Args:    cobra.MaximumNArgs(2),
		RunE: started(func(cmd *cobra.Command, args []string) error {
			ctx, c := cmd.Context(), configOf(cmd).Config
			if len(args) == 2 {
				return withPlaces(ctx, c, args[0], args[1], false, func(one, other *storePlace) error { return a.comparePlaces(ctx, one, other, &f) })
			}
			p, err := openPlace(ctx, c, strings.Join(args, ""), false)
			if err != nil {
				return err
			}
			if err = p.sound(ctx); err == nil {
				_, err = fmt.Fprintln(a.stdout, "ok")
			}
			return errors.Join(err, p.close())
		}),
	}
	f.add(cmd)
	return cmd
}

// comparePlaces prints in what two places differ.
func (a *app) comparePlaces(ctx context.Context, one, other *storePlace, f *storageFlags) error {
	if err := errors.Join(one.sound(ctx), other.sound(ctx)); err != nil {
		return err
	}
	found, err := storage.Compare(ctx, one, other, f.tenants)
	switch {
	case err != nil:
		return err
	case f.format.value != "text":
		if found == nil {
			found = []string{}
		}
		err = writeAs(a.stdout, f.format.value, map[string]any{"same": len(found) == 0, "differences": found})
	case len(found) == 0:
		_, err = fmt.Fprintln(a.stdout, "the same")
	default:
		_, err = fmt.Fprintln(a.stdout, strings.Join(found, "\n"))
	}
	if err == nil && len(found) > 0 {
		err = fmt.Errorf("%s and %s do not hold the same", one.Where(), other.Where())
	}
	return err
}
