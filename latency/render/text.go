package render

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/llmspell/llmspell/internal/plural"
	"github.com/llmspell/llmspell/latency/bench"
)

// List prints what can be measured.
func List(w io.Writer, list []bench.Benchmark) error {
	t := newTable(w)
	t.row("NAME", "GROUP", "REACHED", "BUDGET", "THE ORIGINAL CLAIMS", "WHAT")
	for i := range list {
		b := &list[i]
		limit := ""
		if b.Budget > 0 {
			limit = "≤ " + Figure(b.Unit, b.Budget)
		}
		t.row(b.Name, string(b.Group), string(b.Reach), limit, b.Claim.Figure, b.What)
	}
	return t.end()
}

// Text prints a run: where it was measured, and a line for each benchmark.
func Text(w io.Writer, run *bench.Run) error {
	if _, err := fmt.Fprintln(w, run.Environment); err != nil {
		return err
	}
	t := newTable(w)
	t.row("NAME", "P50", "P95", "P99", "MIN", "CPU", "VARIATION", "BUDGET", "THE ORIGINAL CLAIMS")
	var failed []string
	for i := range run.Results {
		r := &run.Results[i]
		if r.Failed != "" {
			failed = append(failed, fmt.Sprintf("%s FAILED: %s\n", r.Name, strings.Join(strings.Fields(r.Failed), " ")))
			continue
		}
		s := r.Summary()
		t.row(r.Name, Figure(r.Unit, s.P50), Figure(r.Unit, s.P95), Figure(r.Unit, s.P99), Figure(r.Unit, s.Minimum), cpu(s), fmt.Sprintf("%.1f %%", 100*s.Variation), Budget(r, s), claim(r))
	}
	if err := t.end(); err != nil {
		return err
	}
	_, err := io.WriteString(w, strings.Join(failed, ""))
	return err
}

// Comparison prints with what a run was compared, the comparison, and what it comes to.
func Comparison(w io.Writer, with *bench.Reference, list []bench.Comparison) error {
	if _, err := fmt.Fprintln(w, with); err != nil {
		return err
	}
	for _, note := range with.Notes {
		fmt.Fprintf(w, "Note: %s.\n", note)
	}
	fmt.Fprintln(w)
	t := newTable(w)
	t.row("NAME", "BEFORE", "NOW", "CHANGE", "RATIO", "P", "VARIATION", "MACHINE", "VERDICT")
	for i := range list {
		c := &list[i]
		if c.Verdict == bench.Missing {
			t.row(c.Name, "", "", "", "", "", "", "", verdict(c))
			continue
		}
		t.row(c.Name, Figure(c.Unit, c.Old), Figure(c.Unit, c.New), percent(c.Change), ratio(c.Ratio), fmt.Sprintf("%.3f", c.P),
			fmt.Sprintf("%.1f, %.1f %%", 100*c.OldCV, 100*c.NewCV), percent(c.Machine), verdict(c))
	}
	if err := t.end(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\n%s\n", Conclusion(list))
	return err
}

// Conclusion says in a line what a comparison comes to.
func Conclusion(list []bench.Comparison) string {
	count := map[bench.Verdict]int{}
	for _, c := range list {
		count[c.Verdict]++
	}
	return fmt.Sprintf("%d slower by more than 10 %%, %s, %d faster, %d as before, %d not compared.",
		count[bench.Failure], plural.Of(count[bench.Warning], "warning"), count[bench.Better], count[bench.Noise], count[bench.Missing])
}

// ratio is that of rounds taken in turn, with its bounds.
func ratio(r *bench.Interval) string {
	if r == nil {
		return ""
	}
	return fmt.Sprintf("%.3f (%.3f to %.3f, %.0f %%)", r.Center, r.Low, r.High, 100*r.Confidence)
}

func verdict(c *bench.Comparison) string {
	if c.Note == "" {
		return string(c.Verdict)
	}
	return string(c.Verdict) + ": " + c.Note
}

// table prints cells in columns, without blanks behind the last.
type table struct {
	text strings.Builder
	tabs *tabwriter.Writer
	to   io.Writer
}

func newTable(w io.Writer) *table {
	t := &table{to: w}
	t.tabs = tabwriter.NewWriter(&t.text, 0, 0, 2, ' ', 0)
	return t
}

func (t *table) row(cells ...string) { fmt.Fprintln(t.tabs, strings.Join(cells, "\t")) }

func (t *table) end() error {
	if err := t.tabs.Flush(); err != nil {
		return err
	}
	for line := range strings.Lines(t.text.String()) {
		if _, err := fmt.Fprintln(t.to, strings.TrimRight(line, " \n")); err != nil {
			return err
		}
	}
	return nil
}
