package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/llmspell/llmspell/dap/headless"
	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/runtime"
)

// addHeadless gives the dap command the flag --headless, with which it runs a
// script instead of serving a client, and the flags that go with it.
func (a *app) addHeadless(cmd *cobra.Command, script *scriptFlags) {
	var on bool
	var opts headless.Options
	own := pflag.NewFlagSet("headless", pflag.ContinueOnError)
	own.StringArrayVar(&opts.Breaks, "break", nil, "stop at 'FILE:LINE[ if CONDITION]' (may repeat)")
	own.StringArrayVar(&opts.Logs, "log", nil, "write at 'FILE:LINE[ if CONDITION] => text with {expressions}' (may repeat)")
	own.StringArrayVar(&opts.Functions, "function", nil, "stop where 'NAME[ if CONDITION]' is called (may repeat)")
	own.StringArrayVar(&opts.BreakOnError, "break-on-error", nil, "stop at errors: uncaught, caught or all")
	own.StringArrayVar(&opts.Evals, "eval", nil, "evaluate an expression at each stop (may repeat)")
	own.StringArrayVar(&opts.Expects, "expect", nil, "stop at 'FILE:LINE[ if CONDITION] => EXPRESSION', which must be true (may repeat)")
	own.StringVar(&opts.Steps, "script", "", "carry out the steps of a file, one JSON object a line")
	own.IntVar(&opts.MaxStops, "max-stops", 0, "after this many stops run on without any (0: no limit)")
	own.StringVar(&opts.Output, "output", "text", "report as text, json (a line each) or junit")
	addMeasures(own, &opts.Coverage, &opts.Profile)
	cmd.Flags().BoolVar(&on, "headless", false, "run SCRIPT under the debugger without a client, and report")
	cmd.Flags().AddFlagSet(own)

	cmd.Use = "dap [--headless SCRIPT [-- ARGS...]]"
	cmd.Long += "\n\nWith --headless a script is run under the debugger and no client is served: the flags say\n" +
		"where to stop and what to expect there. The exit code is 7 if that was not met."
	cmd.Example += "\n  llmspell dap --headless order.lua --break 'order.lua:12 if n > 3' --expect 'order.lua:20 => total > 0'"
	serve, noArgs := cmd.RunE, cmd.Args
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		switch {
		case on:
			return errors.Join(cobra.MinimumNArgs(1)(cmd, args), onlyHeadless(cmd, own))
		case len(args) > 0:
			return errors.Join(noArgs(cmd, args), errors.New("give --headless to run a script without a client"))
		}
		var err error
		own.VisitAll(func(f *pflag.Flag) {
			if m, ok := f.Value.(*profileFlag); ok && len(*m.measures) == 0 {
				return // it names presets of the configuration
			}
			if cmd.Flags().Changed(f.Name) {
				err = fmt.Errorf("--%s works only with --headless", f.Name)
			}
		})
		return err
	}
	headlessRun := started(func(cmd *cobra.Command, args []string) error {
		opts.Script, opts.Args = args[0], args[1:]
		return a.headless(cmd.Context(), opts, script)
	})
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if on {
			return headlessRun(cmd, args)
		}
		return serve(cmd, args)
	}
}

// onlyHeadless refuses flags that are about clients.
func onlyHeadless(cmd *cobra.Command, own *pflag.FlagSet) (err error) {
	limits := &cobra.Command{}
	new(scriptFlags).add(limits)
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if f.Name != "headless" && own.Lookup(f.Name) == nil && limits.Flags().Lookup(f.Name) == nil {
			err = errors.Join(err, fmt.Errorf("--%s does not go with --headless: no client is served", f.Name))
		}
	})
	return err
}

// headless runs a script without a client.
func (a *app) headless(ctx context.Context, opts headless.Options, script *scriptFlags) error {
	limits, err := script.limits()
	if err != nil {
		return err
	}
	box, err := script.permissions.sandboxFor(filepath.Dir(opts.Script))
	if err != nil {
		return err
	}
	tuneGC(limits.Heap)
	out := newOutput(a.stdout)
	opts.Stdin, opts.Stdout, opts.Stderr = a.stdin, out, flushBefore{out, a.stderr}
	opts.NewSession = func(cfg kernel.Config) (*kernel.Session, error) {
		cfg.Limits, cfg.Sandbox, cfg.Log = limits, box, a.component("kernel")
		return a.openSession(&script.mcp, cfg)
	}
	result, err := headless.Run(ctx, opts)
	var usage *headless.UsageError
	switch flushed := out.Flush(); {
	case errors.As(err, &usage):
		return usageError{err}
	case err != nil || flushed != nil:
		return errors.Join(err, flushed)
	}
	for _, text := range result.Failures {
		fmt.Fprintf(a.stderr, "llmspell: %s\n", text)
	}
	var lua *runtime.Error
	if errors.As(result.Err, &lua) {
		a.printScriptError(lua)
	} else if result.Err != nil {
		fmt.Fprintf(a.stderr, "llmspell: %v\n", result.Err)
	}
	if result.ExitCode == 0 {
		return nil
	}
	return exitError{result.ExitCode}
}

// addMeasures adds the flags that measure a run.
func addMeasures(flags *pflag.FlagSet, coverage, profile *[]string) {
	flags.StringArrayVar(coverage, "coverage", nil, "write which lines have run to lcov:PATH")
	flags.VarP(&profileFlag{measures: profile}, "profile", "p", "write where the time went to pprof:PATH or folded:PATH, or begin with a preset (may repeat)")
}
