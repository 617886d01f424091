package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/llmspell/llmspell/lsp/batch"
	"github.com/llmspell/llmspell/lsp/format"
)

// fmtFlags say what is done with what is not formatted.
type fmtFlags struct {
	check     bool
	diff      bool
	stdinName string
}

func (a *app) fmtCommand() *cobra.Command {
	f := &fmtFlags{}
	cmd := &cobra.Command{
		Use:   "fmt [PATHS...]",
		Short: "Lay out Lua files",
		Long: "Lay out Lua files as editors do through the language server. A path is a file, a folder whose\n" +
			".lua files are meant, or - for stdin, which is printed; without one it is the current folder.\n" +
			"What files do is not changed. Files with syntax errors are left alone and are errors.\n\n" +
			"The paths of the files that are changed are printed. " + format.ConfigFile + " and .editorconfig\n" +
			"say what files shall look like.\n\n" +
			"The exit code is 0 if all files are as they shall be, or are now, 1 if --check or --diff finds\n" +
			"one that is not, and 2 if the call is wrong, or a file cannot be read or written, or is not Lua.",
		Example: "  llmspell fmt\n  llmspell fmt --check scripts\n  llmspell fmt --diff main.lua\n  llmspell fmt - < main.lua",
		RunE:    started(func(cmd *cobra.Command, args []string) error { return a.format(cmd.Context(), f, args) }),
	}
	flags := cmd.Flags()
	flags.BoolVar(&f.check, "check", false, "change nothing, and print which files are not formatted")
	flags.BoolVar(&f.diff, "diff", false, "change nothing, and print what would be changed")
	flags.StringVar(&f.stdinName, "stdin-filename", "stdin.lua", "the path that - stands for: its folder's options count")
	return cmd
}

func (a *app) format(ctx context.Context, f *fmtFlags, paths []string) error {
	stdin, err := isStdin(paths)
	if err != nil {
		return err
	}
	if stdin {
		text, err := io.ReadAll(a.input(ctx))
		if err != nil {
			return fmt.Errorf("read stdin: %w", err)
		}
		changed, err := a.formatText(f, f.stdinName, string(text), func(out string) error {
			_, err := io.WriteString(a.stdout, out)
			return err
		})
		return a.fmtExit(f, changed, err)
	}
	files, err := batch.Find(paths)
	if err != nil {
		return usageError{err}
	}
	changed, faults := false, []error(nil)
	for _, path := range files {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		text, err := os.ReadFile(path)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		some, err := a.formatText(f, path, string(text), func(out string) error {
			if out == string(text) {
				return nil
			}
			fmt.Fprintln(a.stdout, oneLine(path))
			return batch.Write(path, string(text), out)
		})
		changed = changed || some
		if err != nil {
			faults = append(faults, err)
		}
	}
	return a.fmtExit(f, changed, errors.Join(faults...))
}

// formatText formats one text: write gets the result, unless it is only to be told what
// it would be. changed tells whether it differs.
func (a *app) formatText(f *fmtFlags, path, text string, write func(string) error) (changed bool, err error) {
	opts, err := format.Load(path, format.Default())
	if err != nil {
		return false, err
	}
	out, err := format.Source(text, opts)
	if err != nil {
		return false, fmt.Errorf("%s: %w", path, err)
	}
	switch {
	case f.diff:
		fmt.Fprint(a.stdout, diffText(path, text, out))
	case f.check:
		if out != text {
			fmt.Fprintln(a.stdout, oneLine(path))
		}
	default:
		return out != text, write(out)
	}
	return out != text, nil
}

func (a *app) fmtExit(f *fmtFlags, changed bool, err error) error {
	if err != nil {
		fmt.Fprintf(a.stderr, "llmspell: %s\n", strings.ReplaceAll(err.Error(), "\n", "\nllmspell: "))
		return exitError{exitUsage}
	}
	if changed && (f.check || f.diff) {
		return exitError{exitScript}
	}
	return nil
}
