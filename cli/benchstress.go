package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/llmspell/llmspell/latency/render"
	"github.com/llmspell/llmspell/latency/stress"
	"github.com/llmspell/llmspell/latency/suite"
	"github.com/llmspell/llmspell/tools/tool"
)

// stressCall is a call of `bench stress`.
type stressCall struct {
	a        *app
	options  stress.Options
	duration seconds
	format   choice
	output   string
}

func (a *app) benchStressCommand() *cobra.Command {
	s := &stressCall{a: a, format: newChoice("text", "json", "html"), duration: seconds(time.Minute)}
	cmd := &cobra.Command{
		Use:   "stress",
		Short: "Load debug adapters and a kernel for a while, and look for what is left behind",
		Long: "Loads processes of this program with clients that behave and clients that do not, all kinds at a\n" +
			"time. Each answer is looked at. What the processes hold idle afterwards (memory, descriptors,\n" +
			"goroutines) is compared with what they held after a short load of the same kind; more is a leak,\n" +
			"and exit code 1. It works on Linux.",
		Example: "  llmspell bench stress\n  llmspell bench stress --duration 2h --format html -o stress.html\n  llmspell bench stress --what sessions,churn --sessions 50",
		Args:    cobra.NoArgs,
		RunE:    started(func(cmd *cobra.Command, _ []string) error { return s.run(cmd.Context()) }),
	}
	flags := cmd.Flags()
	flags.Var(&s.duration, "duration", "how long")
	flags.StringSliceVar(&s.options.What, "what", nil, "only these loads: "+strings.Join(stress.Names(), ", "))
	flags.IntVar(&s.options.Sessions, "sessions", 200, "debug sessions at a time")
	flags.StringVarP(&s.output, "output", "o", "-", "file to write; - for stdout")
	addChoice(cmd, &s.format, "format", "what to print")
	_ = cmd.RegisterFlagCompletionFunc("what", cobra.FixedCompletions(stress.Names(), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func (s *stressCall) run(ctx context.Context) error {
	for _, name := range s.options.What {
		if !slices.Contains(stress.Names(), name) {
			return usagef("there is no load %q: use one of %s", name, strings.Join(stress.Names(), ", "))
		}
	}
	if s.options.Duration = time.Duration(s.duration); s.options.Duration < time.Second {
		return usagef("--duration is %v: it must be a second at least", s.options.Duration)
	}
	if s.options.Sessions < 1 || s.options.Sessions > 5000 {
		return usagef("--sessions is %d: it must be 1 to 5000", s.options.Sessions)
	}
	if err := s.a.canWrite(s.output); err != nil {
		return err
	}
	binary, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program's file: %w", err)
	}
	env, end, err := suite.NewEnv(binary)
	if err != nil {
		return err
	}
	p := startProgress(s.a.stderr, "bench stress")
	s.options.Progress = func(text string) { p.Report(tool.Progress{Message: text}) }
	result, err := stress.Run(ctx, env, s.options)
	p.End()
	if err = errors.Join(err, end()); err != nil {
		return err
	}
	if err := s.a.writeFile(s.output, func(w io.Writer) error { return s.print(w, result) }); err != nil {
		return err
	}
	if err := result.Failed(); err != nil {
		fmt.Fprintf(s.a.stderr, "llmspell: bench stress: %v\n", err)
		return exitError{exitScript}
	}
	return nil
}

func (s *stressCall) print(w io.Writer, r *stress.Report) error {
	switch s.format.value {
	case "json":
		return writeJSON(w, r, true)
	case "html":
		return render.StressHTML(w, r)
	}
	return render.StressText(w, r)
}
