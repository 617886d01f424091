package headless

import (
	"fmt"
	"strings"

	"github.com/llmspell/llmspell/runtime/debug"
)

// textReporter writes for people, between what the script prints.
type textReporter struct{ w *lineWriter }

func (t *textReporter) stop(s Stop) {
	var b strings.Builder
	what := s.Reason
	if s.Reason == string(debug.ReasonException) {
		what = "error"
	}
	fmt.Fprintf(&b, "Stop %d (%s) at %s:%d", s.N, what, s.File, s.Line)
	if s.Text != "" {
		fmt.Fprintf(&b, ": %s", s.Text)
	}
	b.WriteString("\n")
	for _, l := range s.Source {
		mark := "  "
		if l.Current {
			mark = "->"
		}
		fmt.Fprintf(&b, " %s %4d  %s\n", mark, l.Line, l.Text)
	}
	writeStack(&b, s.Stack)
	if n := s.Depth - len(s.Stack); n > 0 {
		fmt.Fprintf(&b, "    … %d more\n", n)
	}
	writeVariables(&b, "Locals", s.Locals)
	for _, e := range s.Evals {
		fmt.Fprintf(&b, "  %s = %s\n", e.Expression, resultText(e.Value, e.Error))
	}
	for _, e := range s.Expectations {
		verdict := "met"
		if !e.Met {
			verdict = "FAILED"
		}
		fmt.Fprintf(&b, "  expect %s: %s (%s)\n", e.Spec, verdict, resultText(e.Value, e.Error))
	}
	t.w.report(b.String())
}

func writeStack(b *strings.Builder, stack []Frame) {
	if len(stack) > 0 {
		b.WriteString("  Stack:\n")
	}
	for i, f := range stack {
		fmt.Fprintf(b, "    #%d %s", i, f.Name)
		if f.Line > 0 {
			fmt.Fprintf(b, "  at %s:%d", f.File, f.Line)
		}
		b.WriteString("\n")
	}
}

func writeVariables(b *strings.Builder, title string, vars []Variable) {
	if len(vars) > 0 {
		fmt.Fprintf(b, "  %s:\n", title)
	}
	for _, v := range vars {
		fmt.Fprintf(b, "    %s = %s\n", v.Name, v.Value)
	}
}

func resultText(value, err string) string {
	if err != "" {
		return "error: " + err
	}
	return value
}

func (t *textReporter) log(l Log) { t.w.report(l.String() + "\n") }

// String is the text with its place.
func (l Log) String() string {
	return fmt.Sprintf("%s:%d: %s", l.File, l.Line, strings.TrimSuffix(l.Text, "\n"))
}

func (t *textReporter) step(s Step) {
	var b strings.Builder
	fmt.Fprintf(&b, "Step %d %s: ", s.Line, s.Command)
	switch {
	case !s.Success:
		fmt.Fprintf(&b, "FAILED: %s\n", s.Error)
	case s.Value != "":
		fmt.Fprintf(&b, "%s\n", s.Value)
	default:
		b.WriteString("ok\n")
	}
	writeStack(&b, s.Stack)
	writeVariables(&b, "Variables", s.Variables)
	for _, p := range s.Breakpoints {
		if !p.Verified {
			fmt.Fprintf(&b, "    line %d: %s\n", p.Line, p.Message)
		}
	}
	t.w.report(b.String())
}

func (t *textReporter) end(s Summary) {
	var b strings.Builder
	stops := "stops"
	if s.Stops == 1 {
		stops = "stop"
	}
	fmt.Fprintf(&b, "%d %s, exit code %d\n", s.Stops, stops, s.ExitCode)
	for _, p := range s.Breakpoints {
		fmt.Fprintf(&b, "  %s %s: %s\n", p.Kind, p.Spec, tally(p.Hits, p.Message))
	}
	for _, x := range s.Expectations {
		verdict := "met"
		if !x.Met {
			verdict = "FAILED"
		}
		fmt.Fprintf(&b, "  expect %s: %s, %s\n", x.Spec, verdict, tally(x.Stops, x.Message))
	}
	if x := s.Steps; x != nil {
		fmt.Fprintf(&b, "  steps %s: %d of %d done, %d failed\n", x.File, x.Done, x.Total, len(x.Failures))
	}
	if c := s.Coverage; c != nil {
		fmt.Fprintf(&b, "  coverage: %d of %d lines\n", c.Hit, c.Lines)
	}
	if p := s.Profile; p != nil {
		fmt.Fprintf(&b, "  profile: %d samples\n", p.Samples)
	}
	t.w.report(b.String())
}

func tally(hits int, message string) string {
	text := fmt.Sprintf("reached %d times", hits)
	switch hits {
	case 0:
		text = "not reached"
	case 1:
		text = "reached once"
	}
	if message != "" {
		text += " (" + message + ")"
	}
	return text
}
