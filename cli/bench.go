package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/llmspell/llmspell/latency/bench"
	"github.com/llmspell/llmspell/latency/render"
	"github.com/llmspell/llmspell/latency/suite"
	"github.com/llmspell/llmspell/tools/tool"
)

// benchCall is a call of `bench`.
type benchCall struct {
	a             *app
	list          bool
	groups        []string
	filter        string
	save, compare string
	against       string
	count         int
	format        choice
	output        string
}

func (a *app) benchCommand() *cobra.Command {
	b := &benchCall{a: a, format: newChoice("text", "json", "html")}
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "Measure how fast this llmspell is, and compare it with what was measured before",
		Long: "Measures this program: the debugger, kernel, tools, language server, memory, state, starts and\n" +
			"sizes. What is named as reached by stdio, TCP, a unix socket or a process is measured through that\n" +
			"interface of a process of its own; what is direct, in this one. Nothing of the user's takes part.\n\n" +
			"--save keeps the run under a name; --compare compares with one. What is slower by less than 5 % is\n" +
			"noise, 5 to 10 % warn, and more than 10 % that chance explains with p < 0.05 at most (Mann-Whitney)\n" +
			"fails, with exit code 1. A yardstick beside each round tells a slower machine from slower code.\n" +
			"--against measures another llmspell and this one in turn, round by round, and compares the same way.",
		Example: "  llmspell bench --list\n  llmspell bench --group debugger --save before\n  llmspell bench --group debugger --compare before\n  llmspell bench --group tools --against ./llmspell.before\n  llmspell bench --format html -o report.html",
		Args:    cobra.NoArgs,
		RunE: started(func(cmd *cobra.Command, _ []string) error {
			if err := b.checkNames(cmd.Flags()); err != nil {
				return err
			}
			return b.run(cmd.Context(), configOf(cmd).Config.BaseDir())
		}),
	}
	cmd.AddCommand(a.benchStressCommand(), a.benchServeCommand())
	flags := cmd.Flags()
	flags.BoolVar(&b.list, "list", false, "list what can be measured, and the baselines that are saved")
	flags.StringSliceVar(&b.groups, "group", nil, "only these groups: "+strings.Join(groupNames(), ", "))
	flags.StringVar(&b.filter, "filter", "", "only benchmarks whose names match this regular expression")
	flags.StringVar(&b.save, "save", "", "keep the run as the baseline of this name")
	flags.StringVar(&b.compare, "compare", "", "compare with the baseline of this name")
	flags.StringVar(&b.against, "against", "", "measure the llmspell in this file and this one in turn, and compare")
	flags.IntVar(&b.count, "count", bench.DefaultRounds, "so many rounds of each; fewer than 4, on either side, cannot fail a comparison")
	flags.StringVarP(&b.output, "output", "o", "-", "file to write; - for stdout")
	addChoice(cmd, &b.format, "format", "what to print")
	_ = cmd.RegisterFlagCompletionFunc("group", cobra.FixedCompletions(groupNames(), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// checkNames refuses names that are given and empty, as by "$BASELINE" where no such variable is set:
// a comparison would not be made, and nobody would see it.
func (b *benchCall) checkNames(flags *pflag.FlagSet) error {
	for _, name := range []string{"save", "compare", "against"} {
		if !flags.Changed(name) {
			continue
		}
		if flags.Lookup(name).Value.String() == "" {
			return usagef("--%s has no name: give one, or leave --%s out", name, name)
		}
		if b.list {
			return usagef("--list measures nothing: leave --%s out", name)
		}
	}
	return nil
}

func groupNames() []string {
	var names []string
	for _, g := range bench.Groups() {
		names = append(names, string(g))
	}
	return names
}

func (b *benchCall) run(ctx context.Context, dataDir string) error {
	store := bench.Store{Dir: filepath.Join(dataDir, "bench")}
	pick, err := b.selection()
	if err != nil {
		return err
	}
	var list []bench.Benchmark
	for _, one := range suite.All() {
		if pick(one.Name, one.Group) {
			list = append(list, one)
		}
	}
	if len(list) == 0 {
		return usagef("no benchmark is in the groups that --group names (%s) and matches --filter %q: bench --list names all", cmp.Or(strings.Join(b.groups, ","), "all"), b.filter)
	}
	if b.list {
		if b.format.value == "html" {
			return usagef("--list prints text or json")
		}
		return b.printList(list, store)
	}
	if b.count < 1 || b.count > 1000 {
		return usagef("--count is %d: it must be 1 to 1000", b.count)
	}
	if b.save != "" {
		if err := bench.CheckName(b.save); err != nil {
			return usageError{err}
		}
	}
	if b.compare != "" && b.against != "" {
		return usagef("--compare and --against cannot be used together: both say what to compare with")
	}
	if err := b.a.canWrite(b.output); err != nil {
		return err
	}
	m, err := b.measured(ctx, list, store, pick)
	if err != nil {
		return err
	}
	past, err := store.History()
	if err != nil {
		return err
	}
	verdict := b.judge(m)
	switch {
	case b.save == "":
	case b.save == b.compare && verdict != nil:
		fmt.Fprintf(b.a.stderr, "llmspell: the baseline %s stays as it was: save this run under another name, or without --compare\n", b.save)
	default:
		if err := store.Save(b.save, m.run); err != nil {
			return err
		}
	}
	if err := b.a.writeFile(b.output, func(w io.Writer) error { return b.print(w, m, past) }); err != nil {
		return err
	}
	return verdict
}

// measurement is a run, and what it was compared with, if it was.
type measurement struct {
	run      *bench.Run
	with     *bench.Reference
	compared []bench.Comparison
}

// measured measures, and compares as the flags say.
func (b *benchCall) measured(ctx context.Context, list []bench.Benchmark, store bench.Store, pick func(string, bench.Group) bool) (m measurement, err error) {
	var old *bench.Run
	switch {
	case b.against != "":
		if old, m.run, err = b.measureAgainst(ctx, list); err != nil {
			return m, err
		}
		m.with = bench.Refer(b.against, old, m.run)
		m.with.InTurn = true
	case b.compare != "":
		if old, err = store.Load(b.compare); err != nil {
			return m, usageError{err} // 1 says that something is slower
		}
		fallthrough
	default:
		if m.run, err = b.measure(ctx, list); err != nil || old == nil {
			return m, err
		}
		m.with = bench.Refer(b.compare, old, m.run)
	}
	m.compared = bench.Compare(old, m.run, func(r *bench.Result) bool { return pick(r.Name, r.Group) })
	if m.with.InTurn {
		bench.AddRatios(m.compared, old, m.run)
	}
	return m, nil
}

// selection tells what --group and --filter mean.
func (b *benchCall) selection() (func(string, bench.Group) bool, error) {
	for _, g := range b.groups {
		if !slices.Contains(groupNames(), g) {
			return nil, usagef("there is no group %q: use one of %s", g, strings.Join(groupNames(), ", "))
		}
	}
	pattern, err := regexp.Compile(b.filter)
	if err != nil {
		return nil, usagef("--filter: %w", err)
	}
	return func(name string, g bench.Group) bool {
		return pattern.MatchString(name) && (len(b.groups) == 0 || slices.Contains(b.groups, string(g)))
	}, nil
}

func (b *benchCall) measure(ctx context.Context, list []bench.Benchmark) (*bench.Run, error) {
	binary, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program's file: %w", err)
	}
	env, end, err := suite.NewEnv(binary)
	if err != nil {
		return nil, err
	}
	progress, done := b.progress()
	run, err := bench.Measure(ctx, list, env, bench.Options{Rounds: b.count, Progress: progress})
	done()
	return run, errors.Join(err, end())
}

// progress shows how far a measurement is, until done.
func (b *benchCall) progress() (tell func(bench.Progress), done func()) {
	p := startProgress(b.a.stderr, "bench")
	return func(at bench.Progress) {
		p.Report(tool.Progress{Done: float64(at.Done), Total: float64(at.Total), Message: at.Name})
	}, p.End
}

func (b *benchCall) print(w io.Writer, m measurement, past []*bench.Run) error {
	if b.format.value == "json" {
		return writeJSON(w, struct {
			*bench.Run
			With       *bench.Reference   `json:"compared_with,omitempty"`
			Comparison []bench.Comparison `json:"comparison,omitempty"`
		}{m.run, m.with, m.compared}, true)
	}
	if b.format.value == "html" {
		return render.HTML(w, render.Page{Run: m.run, History: past, With: m.with, Compared: m.compared})
	}
	if err := render.Text(w, m.run); err != nil || m.with == nil {
		return err
	}
	fmt.Fprintln(w)
	return render.Comparison(w, m.with, m.compared)
}

// judge is the exit code: a benchmark that failed, or that is slower than what it was compared with.
func (b *benchCall) judge(m measurement) error {
	for _, r := range m.run.Results {
		if r.Failed != "" {
			fmt.Fprintf(b.a.stderr, "llmspell: %s could not be measured: %s\n", r.Name, r.Failed)
			return exitError{exitScript}
		}
	}
	for _, c := range m.compared {
		if c.Verdict == bench.Failure {
			fmt.Fprintf(b.a.stderr, "llmspell: slower than %s: %s\n", m.with.Name, render.Conclusion(m.compared))
			return exitError{exitScript}
		}
	}
	if m.with != nil && !slices.ContainsFunc(m.compared, func(c bench.Comparison) bool { return c.Verdict != bench.Missing }) {
		fmt.Fprintf(b.a.stderr, "llmspell: nothing was compared: %s has no figure of what was measured now; choose others by --group and --filter, or measure it again\n", m.with.Name)
		return exitError{exitUsage}
	}
	return nil
}

// listedBenchmark is a benchmark as JSON.
type listedBenchmark struct {
	Name   string       `json:"name"`
	Group  bench.Group  `json:"group"`
	What   string       `json:"what"`
	Reach  bench.Reach  `json:"reach"`
	Unit   bench.Unit   `json:"unit"`
	Budget float64      `json:"budget,omitempty"`
	Claim  *bench.Claim `json:"claim,omitempty"`
}

func (b *benchCall) printList(list []bench.Benchmark, store bench.Store) error {
	names, err := store.Names()
	if err != nil {
		return err
	}
	return b.a.writeFile(b.output, func(w io.Writer) error {
		if b.format.value == "json" {
			listed := make([]listedBenchmark, len(list))
			for i, one := range list {
				listed[i] = listedBenchmark{Name: one.Name, Group: one.Group, What: one.What, Reach: one.Reach, Unit: one.Unit, Budget: one.Budget}
				if one.Claim.Figure != "" {
					listed[i].Claim = &one.Claim
				}
			}
			return writeJSON(w, map[string]any{"benchmarks": listed, "baselines": orEmpty(names)}, true)
		}
		if err := render.List(w, list); err != nil || len(names) == 0 {
			return err
		}
		_, err := fmt.Fprintf(w, "\nbaselines: %s\n", strings.Join(names, ", "))
		return err
	})
}
