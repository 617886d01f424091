package headless

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/llmspell/llmspell/runtime/debug"
)

// step is a line of the steps file. Commands and arguments are named as those
// of the Debug Adapter Protocol where it has them.
type step struct {
	line      int
	Command   string          `json:"command"`
	Arguments json.RawMessage `json:"arguments"`
	args      arguments
}

// arguments are those of all commands; knownArguments says which takes which.
type arguments struct {
	StopOnEntry bool
	Source      struct{ Path string }
	Breakpoints []struct {
		Line                                int
		Name                                string
		Condition, HitCondition, LogMessage string
	}
	Filters []string

	Frame      int // index in the stack, 0 the innermost
	Levels     int
	Scope      debug.ScopeKind
	Expression string
	Name       string
	Value      string

	Reason   string
	File     string
	Line     int
	Function string
}

var knownArguments = map[string][]string{
	"launch":                  {"stopOnEntry"},
	"setBreakpoints":          {"source", "breakpoints"},
	"setFunctionBreakpoints":  {"breakpoints"},
	"setExceptionBreakpoints": {"filters"},
	"continue":                {},
	"next":                    {},
	"stepIn":                  {},
	"stepOut":                 {},
	"stackTrace":              {"levels"},
	"locals":                  {"frame"},
	"variables":               {"frame", "scope", "expression"},
	"evaluate":                {"frame", "expression"},
	"setVariable":             {"frame", "name", "value"},
	"expect":                  {"frame", "reason", "file", "line", "function", "expression"},
}

// resumes and configures tell the commands that end a stop, and those that can
// stand before the first.
func (s *step) resumes() bool {
	return slices.Contains([]string{"continue", "next", "stepIn", "stepOut"}, s.Command)
}

func (s *step) configures() bool {
	return slices.Contains([]string{"launch", "setBreakpoints", "setFunctionBreakpoints", "setExceptionBreakpoints"}, s.Command)
}

// readSteps reads a file of steps: one JSON object a line. Empty lines and
// those that begin with '#' do not count.
func readSteps(path string) ([]step, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	out := []step{}
	for i, text := range strings.Split(string(data), "\n") {
		if text = strings.TrimSpace(text); text == "" || text[0] == '#' {
			continue
		}
		s := step{line: i + 1}
		if err := s.parse(text); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", path, i+1, err)
		}
		if s.Command == "launch" && len(out) > 0 {
			return nil, fmt.Errorf("%s:%d: launch must be the first step", path, i+1)
		}
		out = append(out, s)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%s: there is no step in it", path)
	}
	return out, nil
}

func (s *step) parse(text string) error {
	if err := strict([]byte(text), s); err != nil {
		return err
	}
	known, ok := knownArguments[s.Command]
	if !ok {
		return fmt.Errorf("unknown command %q", s.Command)
	}
	if len(s.Arguments) == 0 {
		s.Arguments = json.RawMessage("{}")
	}
	var given map[string]json.RawMessage
	if err := json.Unmarshal(s.Arguments, &given); err != nil {
		return fmt.Errorf("%s: the arguments are no object", s.Command)
	}
	for name := range given {
		if !slices.Contains(known, name) {
			return fmt.Errorf("%s has no argument %q (it takes: %s)", s.Command, name, strings.Join(append(known, "nothing more"), ", "))
		}
	}
	if err := strict(s.Arguments, &s.args); err != nil {
		return fmt.Errorf("%s: %w", s.Command, err)
	}
	if err := s.check(); err != nil {
		return fmt.Errorf("%s: %w", s.Command, err)
	}
	return nil
}

// strict decodes one JSON value and nothing else.
func strict(data []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("not a step in JSON: %w", err)
	}
	if d.More() {
		return errors.New("not a step in JSON: there is more behind the object")
	}
	return nil
}

// check finds mistakes that need no script.
func (s *step) check() error {
	a := &s.args
	if a.Frame < 0 || a.Levels < 0 {
		return errors.New("frame and levels are not negative")
	}
	switch s.Command {
	case "setBreakpoints":
		if a.Source.Path == "" {
			return errors.New(`"source" needs a "path"`)
		}
		for _, b := range a.Breakpoints {
			if b.Line < 1 || b.Name != "" {
				return errors.New(`each breakpoint needs a "line" from 1 on, and has no "name"`)
			}
		}
	case "setFunctionBreakpoints":
		for _, b := range a.Breakpoints {
			if b.Name == "" || b.Line != 0 || b.LogMessage != "" {
				return errors.New(`each breakpoint needs a "name", and has no "line" and no "logMessage"`)
			}
		}
	case "setExceptionBreakpoints":
		_, err := parseErrorFilter(a.Filters)
		return err
	case "evaluate":
		if strings.TrimSpace(a.Expression) == "" {
			return errors.New(`"expression" is missing`)
		}
	case "variables":
		if !slices.Contains([]debug.ScopeKind{"", debug.ScopeLocals, debug.ScopeUpvalues, debug.ScopeGlobals}, a.Scope) {
			return errors.New(`"scope" is "locals", "upvalues" or "globals"`)
		}
		return checkOptional(a.Expression)
	case "setVariable":
		if a.Name == "" {
			return errors.New(`"name" is missing`)
		}
		return debug.CheckExpression(a.Value)
	case "expect":
		return checkOptional(a.Expression)
	}
	for _, b := range a.Breakpoints {
		if err := debug.CheckBreakpoint(debug.BreakpointSpec{Condition: b.Condition, HitCondition: b.HitCondition, LogMessage: b.LogMessage}); err != nil {
			return err
		}
	}
	return nil
}

func checkOptional(expression string) error {
	if expression == "" {
		return nil
	}
	return debug.CheckExpression(expression)
}

// steps is how far the steps have got, and what they have set.
type steps struct {
	all       []step
	next      int
	failures  []string
	functions []debug.FunctionBreakpointSpec
	errors    debug.ExceptionFilter

	breakpoints map[string][]debug.BreakpointSpec // by path
}

func (s *steps) stopOnEntry() bool {
	return len(s.all) > 0 && s.all[0].Command == "launch" && s.all[0].args.StopOnEntry
}

func (s *steps) summary(file string) *StepsSummary {
	out := &StepsSummary{File: file, Total: len(s.all), Done: s.next, Failures: append([]string{}, s.failures...)}
	if s.next < len(s.all) {
		first := s.all[s.next]
		out.Failures = append(out.Failures, fmt.Sprintf("%s:%d: %s was not reached: the script was at its end, or past --max-stops", file, first.line, first.Command))
	}
	return out
}
