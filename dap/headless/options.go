package headless

import (
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/runtime/debug"
)

// Options say what to run, what to look at, and how to report it. The texts
// have the forms that docs/ci.md gives for the flags.
type Options struct {
	Script string
	Args   []string

	Breaks       []string
	Logs         []string
	Functions    []string
	BreakOnError []string
	Evals        []string
	Expects      []string
	Steps        string // path of a file of steps
	MaxStops     int    // 0: no limit
	Output       string // "text" (or ""), "json", "junit"
	Coverage     []string
	Profile      []string

	// NewSession makes the session; its limits apply.
	NewSession func(kernel.Config) (*kernel.Session, error)
	Stdin      io.Reader
	Stdout     io.Writer // of the report, and with text of the script
	Stderr     io.Writer // of the script
}

// UsageError is a mistake in the options. Nothing has run.
type UsageError struct{ err error }

func (e *UsageError) Error() string { return e.err.Error() }

// Unwrap returns what is wrong.
func (e *UsageError) Unwrap() error { return e.err }

func usagef(format string, args ...any) error { return &UsageError{fmt.Errorf(format, args...)} }

// task is what the options ask for, checked.
type task struct {
	points   []*point
	errors   debug.ExceptionFilter
	steps    []step
	measures *Measures
}

// check reads the options. Its errors are *UsageError.
func (o *Options) check() (t task, err error) {
	if info, err := os.Stat(o.Script); err != nil {
		return t, usagef("cannot open %s: %w", o.Script, err)
	} else if info.IsDir() {
		return t, usagef("cannot run %s: it is a folder", o.Script)
	}
	if !slices.Contains([]string{"", "text", "json", "junit"}, o.Output) {
		return t, usagef("--output %q: use text, json or junit", o.Output)
	}
	if o.MaxStops < 0 {
		return t, usagef("--max-stops: %d is negative (0: no limit)", o.MaxStops)
	}
	if t.points, err = o.points(); err != nil {
		return t, &UsageError{err}
	}
	for _, code := range o.Evals {
		if err := debug.CheckExpression(code); err != nil {
			return t, usagef("--eval %q: %w", code, err)
		}
	}
	if t.errors, err = parseErrorFilter(o.BreakOnError); err != nil {
		return t, usagef("--break-on-error %w", err)
	}
	if o.Steps != "" {
		if t.steps, err = readSteps(o.Steps); err != nil {
			return t, usagef("--script %w", err)
		}
	}
	if t.measures, err = NewMeasures(o.Coverage, o.Profile); err != nil {
		return t, err
	}
	return t, nil
}

var functionForm = regexp.MustCompile(`(?s)^\s*(\S+)(?:\s+if\s+(\S.*))?\s*$`)

// points reads --break, --log, --function and --expect.
func (o *Options) points() (out []*point, err error) {
	for _, text := range o.Breaks {
		p := &point{kind: kindBreak, spec: text}
		if p.place, err = ParsePlace(text); err != nil {
			return nil, fmt.Errorf("--break %w", err)
		}
		out = append(out, p)
	}
	for _, text := range o.Logs {
		p := &point{kind: kindLog, spec: text}
		if p.place, err = ParseAction(text, "TEXT"); err != nil {
			return nil, fmt.Errorf("--log %w", err)
		}
		out = append(out, p)
	}
	for _, text := range o.Functions {
		p := &point{kind: kindFunction, spec: text}
		m := functionForm.FindStringSubmatch(text)
		if m == nil {
			return nil, fmt.Errorf("--function %q is not of the form NAME or 'NAME if CONDITION'", text)
		}
		p.function, p.place.Condition = m[1], strings.TrimSpace(m[2])
		out = append(out, p)
	}
	for _, text := range o.Expects {
		p := &point{kind: kindExpect, spec: text}
		if p.place, err = ParseAction(text, "EXPRESSION"); err != nil {
			return nil, fmt.Errorf("--expect %w", err)
		}
		if err := debug.CheckExpression(p.place.Action); err != nil {
			return nil, fmt.Errorf("--expect %q: %w", text, err)
		}
		out = append(out, p)
	}
	for _, p := range out {
		if err := debug.CheckBreakpoint(p.lineSpec()); err != nil {
			return nil, fmt.Errorf("--%s %q: %w", p.kind, p.spec, err)
		}
		if p.kind != kindFunction {
			p.paths, p.found = p.place.Find(o.Script)
		}
	}
	return out, nil
}

// parseErrorFilter reads "uncaught", "caught" and "all".
func parseErrorFilter(names []string) (f debug.ExceptionFilter, err error) {
	for _, name := range names {
		switch name {
		case "uncaught":
			f.Uncaught = true
		case "caught":
			f.Caught = true
		case "all":
			f.Uncaught, f.Caught = true, true
		default:
			return f, fmt.Errorf("%q: use uncaught, caught or all", name)
		}
	}
	return f, nil
}
