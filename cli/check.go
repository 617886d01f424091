package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/llmspell/llmspell/lsp/batch"
	"github.com/llmspell/llmspell/lsp/catalog"
	"github.com/llmspell/llmspell/lsp/lint"
)

// checkFlags say what is checked, and what is made of it.
type checkFlags struct {
	format    string
	least     string
	errorOn   string
	fix       bool
	watch     bool
	stdinName string
	explain   string
}

func (a *app) checkCommand() *cobra.Command {
	f := &checkFlags{}
	cmd := &cobra.Command{
		Use:   "check [PATHS...]",
		Short: "Find mistakes in Lua files without running them",
		Long: "Find mistakes in Lua files without running them: the same list that editors get from the\n" +
			"language server, sorted by path and place. A path is a file, a folder whose .lua files are\n" +
			"checked, or - for stdin; without one it is the current folder. Hidden folders, node_modules,\n" +
			"vendor, and folders that a .gitignore names are skipped.\n\n" +
			"Severities are set in the configuration ([lint]), in .luarc.json and .luacheckrc, and in comments: ---@diagnostic disable-next-line: CODE.\n" +
			"docs/check.md lists all codes, --explain CODE tells of one.\n\n" +
			"The exit code is 0 if no finding that is printed has the severity --error-on or a graver\n" +
			"one, 1 if one has, and 2 if the call is wrong, or a file cannot be read or written.",
		Example: "  llmspell check\n  llmspell check --fix scripts\n  llmspell check --format sarif > check.sarif\n  llmspell check - < main.lua",
		RunE:    started(func(cmd *cobra.Command, args []string) error { return a.check(cmd.Context(), f, args) }),
	}
	flags := cmd.Flags()
	flags.StringVar(&f.format, "format", "text", "how findings are printed: text, json, sarif, github")
	flags.StringVar(&f.least, "severity", "hint", "the least severity that is printed: error, warning, information, hint")
	flags.StringVar(&f.errorOn, "error-on", "warning", "the least severity that makes the exit code 1: error, warning, information,\nhint, off")
	flags.BoolVar(&f.fix, "fix", false, "make the changes that need no question, and print what is left")
	flags.BoolVar(&f.watch, "watch", false, "check again when files change, until interrupted")
	flags.StringVar(&f.stdinName, "stdin-filename", "stdin.lua", "the path that - stands for")
	flags.StringVar(&f.explain, "explain", "", "print what a kind of finding is, with an example, by its code or another checker's name for it,\nand check nothing")
	return cmd
}

// explain prints what a kind of finding is.
func (a *app) explain(name string) error {
	rule := lint.RuleNamed(name)
	if rule == nil {
		if near, _ := lint.NearRule(name); near != "" {
			return usagef("--explain %s: there is no such kind of finding; did you mean %s?", name, near)
		}
		return usagef("--explain %s: there is no such kind of finding; docs/check.md lists them all", name)
	}
	_, err := fmt.Fprintf(a.stdout, "%s\n\n%s\n\n%s\n", rule.Code, rule.Text(), rule.Example().Text())
	return err
}

func (a *app) check(ctx context.Context, f *checkFlags, paths []string) error {
	if f.explain != "" {
		return a.explain(f.explain)
	}
	print, ok := checkFormats()[f.format]
	if !ok {
		return usagef("--format %s: want text, json, sarif or github", f.format)
	}
	least, ok := lint.ParseSeverity(f.least)
	if !ok || least == 0 {
		return usagef("--severity %s: want error, warning, information or hint", f.least)
	}
	errorOn, ok := lint.ParseSeverity(f.errorOn)
	if !ok {
		return usagef("--error-on %s: want error, warning, information, hint or off", f.errorOn)
	}
	stdin, err := isStdin(paths)
	if err != nil {
		return err
	}
	if stdin && (f.fix || f.watch) {
		return usagef("- does not go with --fix and --watch: there is no file to change or watch")
	}
	p := &batch.Project{Catalog: catalog.Configured(catalog.Builtin(), a.config.Config), Config: lintConfig(a.config.Config)}
	if stdin {
		text, err := io.ReadAll(a.input(ctx))
		if err != nil {
			return fmt.Errorf("read stdin: %w", err)
		}
		p.Text = map[string]string{f.stdinName: string(text)}
		paths = []string{f.stdinName}
	}
	run := func() (batch.Stamp, error) {
		report, err := p.Check(ctx, paths, f.fix)
		if err != nil {
			return report.Stamp, err
		}
		if err := print(a.stdout, &report, least); err != nil {
			return report.Stamp, fmt.Errorf("print the findings: %w", err)
		}
		if f.format == "sarif" || f.format == "github" { // they have no place for changes
			for _, c := range report.Changes {
				fmt.Fprintln(a.stderr, changeText(c, "fixed"))
			}
		}
		for _, fault := range report.Settings {
			fmt.Fprintf(a.stderr, "llmspell: warning: %s\n", fault)
		}
		for _, c := range report.Refused {
			fmt.Fprintln(a.stderr, changeText(c, "not fixed, as the file would be no Lua"))
		}
		for _, e := range report.Unreadable {
			fmt.Fprintf(a.stderr, "llmspell: %v\n", e)
		}
		switch {
		case len(report.Unreadable) > 0:
			return report.Stamp, exitError{exitUsage}
		case report.Worst() != 0 && report.Worst() <= min(errorOn, least): // what is not shown does not count
			return report.Stamp, exitError{exitScript}
		}
		return report.Stamp, nil
	}
	stamp, err := run()
	if f.watch {
		err = a.watchFiles(ctx, func() batch.Stamp { return p.Look(paths) }, stamp, err, run)
	}
	if errors.As(err, new(batch.SettingsError)) {
		fmt.Fprintf(a.stderr, "llmspell: %v\n", err)
		return exitError{exitUsage}
	}
	return pathError(err)
}

// isStdin tells whether paths are that of stdin, which goes alone.
func isStdin(paths []string) (bool, error) {
	if slices.Contains(paths, "-") && len(paths) > 1 {
		return false, usagef("- is stdin, and goes without other paths")
	}
	return len(paths) == 1 && paths[0] == "-", nil
}

// pathError makes an error of a path that is not there one of the call.
func pathError(err error) error {
	var missing *os.PathError
	if errors.As(err, &missing) {
		return usageError{err}
	}
	return err
}

// watchFiles checks again whenever look returns another stamp, until ctx is done. Only a
// call that was wrong from the beginning ends it: files that are gone, or settings that
// cannot be read, may be there again after the next change.
func (a *app) watchFiles(ctx context.Context, look func() batch.Stamp, stamp batch.Stamp, err error, run func() (batch.Stamp, error)) error {
	if err != nil && !errors.As(err, new(exitError)) {
		return err
	}
	ticker := time.NewTicker(watchInterval)
	defer ticker.Stop()
	fmt.Fprintln(a.stderr, "llmspell: checked; waiting for changes, until interrupted")
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
		now := look()
		if now == stamp {
			continue
		}
		if stamp, err = run(); err != nil && !errors.As(err, new(exitError)) {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			stamp = now
			fmt.Fprintf(a.stderr, "llmspell: %v\n", err)
		}
		fmt.Fprintln(a.stderr, "llmspell: checked")
	}
}

// watchInterval is how often it is looked whether files have changed.
const watchInterval = 300 * time.Millisecond
