package cli

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/llmspell/llmspell/internal/plural"
	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/kernel/archive"
	"github.com/llmspell/llmspell/kernel/replay"
)

// replayFlags are those of session replay.
type replayFlags struct {
	mode    choice
	format  choice
	script  scriptFlags
	timeout time.Duration
	modify  []string
	options replay.Options
}

func (a *app) sessionReplayCommand() *cobra.Command {
	f := &replayFlags{mode: newChoice("exact", "modified", "simulate", "debug"), format: newChoice("text", "json", "yaml")}
	cmd := &cobra.Command{
		Use:   "replay ID",
		Short: "Run the executions of a session again, and compare",
		Long: `Run the executions of a session again, and compare.

exact runs the same code with the same arguments and variables; tools are called anew. simulate answers tool
calls from the journal. modified is exact with changes: --modify 'variables.limit=5', 'steps.2.args[0]="b"',
'steps.2.tool_calls[0].result.result=7'. debug shows both sides, and ends at the first difference.
With --compare the exit code is 1 if anything differs.`,
		Example:           "  llmspell session replay nightly --compare\n  llmspell session replay nightly --mode simulate --from-step 2 --to-step 3 --compare",
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: a.completeSessions,
		RunE:              started(func(cmd *cobra.Command, args []string) error { return a.replaySession(cmd, f, args[0]) }),
	}
	fl := cmd.Flags()
	addChoice(cmd, &f.mode, "mode", "how to run them")
	fl.IntVar(&f.options.From, "from-step", 0, "the first step, by the number of the execution (0: the first)")
	fl.IntVar(&f.options.To, "to-step", 0, "the last step (0: the last)")
	fl.BoolVar(&f.options.Compare, "compare", false, "compare with what was recorded")
	fl.BoolVar(&f.options.StopOnError, "stop-on-error", false, "end where a step fails that did not fail when it was recorded")
	fl.DurationVar(&f.timeout, "replay-timeout", 0, "end the replay after this long (0: never)")
	fl.StringArrayVar(&f.modify, "modify", nil, "PATH=VALUE, the value as JSON or else a text; in the mode modified (may repeat)")
	addChoice(cmd, &f.format, "format", "how to print the report")
	f.script.add(cmd)
	return cmd
}

func (a *app) replaySession(cmd *cobra.Command, f *replayFlags, ref string) error {
	f.options.Mode, f.options.Timeout = replay.Mode(f.mode.value), f.timeout
	if len(f.modify) > 0 && f.options.Mode != replay.Modified {
		return usagef("--modify: choose the mode modified (--mode modified)")
	}
	for _, item := range f.modify {
		path, text, ok := strings.Cut(item, "=")
		if !ok {
			return usagef("--modify: %q is not PATH=VALUE", item)
		}
		m := replay.Modification{Path: path, Value: text}
		if v, err := archive.Decode([]byte(text)); err == nil {
			m.Value = v
		}
		if err := replay.CheckPath(path); err != nil {
			return usagef("--modify: %v", err)
		}
		f.options.Modifications = append(f.options.Modifications, m)
	}
	limits, err := f.script.limits()
	if err != nil {
		return err
	}
	box, err := f.script.permissions.sandboxFor(".")
	if err != nil {
		return err
	}
	permissions, err := f.script.permissions.wire(".")
	if err != nil {
		return err
	}
	s, err := a.openSessionsFor(cmd, kernel.Config{Limits: limits, Sandbox: box, Log: a.component("kernel")}, permissions)
	if err != nil {
		return err
	}
	r, damaged := resolveSession(cmd.Context(), s, ref)
	var report *replay.Report
	err = damaged
	if r != nil && (err == nil || errors.Is(err, archive.ErrDamaged)) {
		report, err = s.Replay(cmd.Context(), r.ID, f.options)
	}
	err = errors.Join(err, s.Close())
	if report == nil {
		return err
	}
	err = joinOnce(err, damaged)
	shown := a.printReplayReport(cmd, report, f.format.value)
	if differs := (exitError{exitScript}); err != nil && shown == differs {
		return err // has the same exit code, and says what is damaged
	}
	return joinOnce(shown, err)
}

func (a *app) printReplayReport(cmd *cobra.Command, r *replay.Report, format string) error {
	out := newOutput(a.stdout)
	if format == "text" {
		printReplay(out, r)
	} else {
		encoded, err := archive.Encode(archive.Journaled(r))
		if err != nil {
			return err
		}
		if err := writeAs(out, format, rawJSON(encoded)); err != nil {
			return err
		}
	}
	if err := out.Flush(); err != nil {
		return err
	}
	switch {
	case cmd.Context().Err() != nil:
		return exitError{exitInterrupted}
	case r.Status != replay.Done, r.Compared && !r.Identical:
		return exitError{exitScript}
	}
	return nil
}

// rawJSON is JSON text that is printed as it is.
type rawJSON []byte

// MarshalJSON returns the text.
func (r rawJSON) MarshalJSON() ([]byte, error) { return r, nil }

func printReplay(w io.Writer, r *replay.Report) {
	t := table{header: []string{"STEP", "OUTCOME", "RECORDED", "TOOK", "TOOLS", "ALIKE", "WHAT"}}
	for _, s := range r.Steps {
		alike := "-"
		if s.Comparison != nil {
			alike = fmt.Sprintf("%g %%", math.Floor(s.Comparison.Similarity*1000)/10)
		}
		what := s.Name
		if s.Error != "" {
			what += ": " + s.Error
		}
		if s.Damaged != "" {
			what += ": " + s.Damaged
		}
		t.rows = append(t.rows, []string{fmt.Sprint(s.Sequence), s.Outcome, s.Recorded, fmt.Sprintf("%.1f ms", s.DurationMS), fmt.Sprint(s.ToolCalls), alike, what})
	}
	t.print(w)
	for _, s := range r.Steps {
		if s.Comparison == nil || s.Comparison.Identical {
			continue
		}
		fmt.Fprintf(w, "\nstep %d: %s\n", s.Sequence, s.Comparison.Summary)
		for i, d := range s.Comparison.Differences {
			if i == 20 {
				fmt.Fprintf(w, "  … and %d more (--format json shows them)\n", len(s.Comparison.Differences)-i)
				break
			}
			fmt.Fprintf(w, "  %s %s: %s → %s\n", strings.ReplaceAll(d.Kind, "_", " "), d.Path, shortJSON(d.Original), shortJSON(d.Replayed))
		}
	}
	fmt.Fprintf(w, "\n%s, mode %s: %s", r.Status, r.Mode, plural.Of(len(r.Steps), "step"))
	if r.Failed > 0 {
		fmt.Fprintf(w, ", %d failed", r.Failed)
	}
	if r.Compared {
		fmt.Fprintf(w, ", %g %% alike", math.Floor(r.Similarity*1000)/10)
	}
	if r.Reason != "" {
		fmt.Fprintf(w, "; %s", r.Reason)
	}
	fmt.Fprintln(w)
}

// shortJSON is a value on one line.
func shortJSON(v any) string {
	if v == nil {
		return "nothing"
	}
	data, err := archive.Encode(archive.Journaled(v))
	if err != nil {
		return fmt.Sprint(v)
	}
	if text := string(data); len(text) <= 100 {
		return text
	}
	return strings.ToValidUTF8(string(data[:100]), "") + "…"
}
