package replay

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// part is one step of a path: a name, or an index of a list.
type part struct {
	name  string
	index int // -1: it is a name
}

// parsePath reads a path such as `steps.2.args[0]` or `variables["a b"].x`; a
// leading $ is passed over.
func parsePath(path string) ([]part, error) {
	const limit = 4096
	if len(path) > limit {
		return nil, fmt.Errorf("the path has %d bytes; at most %d are allowed", len(path), limit)
	}
	rest := strings.TrimPrefix(strings.TrimPrefix(path, "$"), ".")
	var out []part
	for rest != "" {
		p, after, err := nextPart(rest)
		if err != nil {
			return nil, fmt.Errorf("the path %q: %w", path, err)
		}
		out = append(out, p)
		switch {
		case after == "" || after[0] == '[':
			rest = after
		case after[0] == '.' && len(after) > 1:
			rest = after[1:]
		default:
			return nil, fmt.Errorf("the path %q: %q is not a name after a dot, nor [index] nor [\"name\"]", path, after)
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("the path is empty")
	}
	return out, nil
}

func nextPart(s string) (p part, rest string, err error) {
	if s[0] != '[' {
		end := strings.IndexAny(s, ".[")
		if end < 0 {
			end = len(s)
		}
		if end == 0 {
			return p, "", fmt.Errorf("a name is missing before %q", s)
		}
		return part{name: s[:end], index: -1}, s[end:], nil
	}
	if len(s) > 1 && s[1] == '"' {
		quoted, err := strconv.QuotedPrefix(s[1:])
		if err != nil || !strings.HasPrefix(s[1+len(quoted):], "]") {
			return p, "", fmt.Errorf("%q does not end with \"]", s)
		}
		name, err := strconv.Unquote(quoted)
		return part{name: name, index: -1}, s[len(quoted)+2:], err
	}
	inner, after, ok := strings.Cut(s[1:], "]")
	n, err := strconv.Atoi(inner)
	if !ok || err != nil || n < 0 {
		return p, "", fmt.Errorf("%q does not begin with an index in brackets", s)
	}
	return part{index: n}, after, nil
}

// set returns a value with another one at a path. What is on the way is copied.
func set(v any, path []part, to any) (any, error) {
	if len(path) == 0 {
		return to, nil
	}
	p := path[0]
	switch v := v.(type) {
	case map[string]any:
		name := p.name
		if p.index >= 0 {
			name = strconv.Itoa(p.index)
		}
		inner, there := v[name]
		if !there && len(path) > 1 {
			return nil, fmt.Errorf("there is no %q; there are %s", name, strings.Join(slices.Sorted(maps.Keys(v)), ", "))
		}
		changed, err := set(inner, path[1:], to)
		if err != nil {
			return nil, err
		}
		out := maps.Clone(v)
		if out == nil {
			out = map[string]any{}
		}
		out[name] = changed
		return out, nil
	case []any:
		n := p.index
		if n < 0 {
			var err error
			if n, err = strconv.Atoi(p.name); err != nil || n < 0 {
				return nil, fmt.Errorf("%q is no index of a list", p.name)
			}
		}
		if n > len(v) || n == len(v) && len(path) > 1 {
			return nil, fmt.Errorf("the list has %d items, counted from 0, and no item %d", len(v), n)
		}
		var inner any
		if n < len(v) {
			inner = v[n]
		}
		changed, err := set(inner, path[1:], to)
		if err != nil {
			return nil, err
		}
		out := append(slices.Clone(v), nil)[:max(len(v), n+1)]
		out[n] = changed
		return out, nil
	}
	return nil, fmt.Errorf("%s is a %s, which has no parts", describe(p), typeName(v))
}

func describe(p part) string {
	if p.index >= 0 {
		return "what [" + strconv.Itoa(p.index) + "] should be in"
	}
	return "what " + strconv.Quote(p.name) + " should be in"
}

// modifications are those of a replay, by what they change.
type modifications struct {
	variables []change
	steps     map[int][]change
}

type change struct {
	text  string // the path as it was given
	path  []part // below variables or the step
	value any
}

func sortModifications(list []Modification) (*modifications, error) {
	out := &modifications{steps: map[int][]change{}}
	for _, m := range list {
		path, err := parsePath(m.Path)
		if err != nil {
			return nil, err
		}
		if m.Disabled {
			continue
		}
		switch path[0].name {
		case "variables":
			if len(path) < 2 {
				return nil, fmt.Errorf("the path %q names no variable", m.Path)
			}
			out.variables = append(out.variables, change{m.Path, path[1:], m.Value})
		case "steps":
			if len(path) < 3 {
				return nil, fmt.Errorf("the path %q does not say what to change of the step: code, args or tool_calls", m.Path)
			}
			n := path[1].index
			if n < 0 {
				n, err = strconv.Atoi(path[1].name)
			}
			if err != nil || n < 1 {
				return nil, fmt.Errorf("the path %q: %q is not the number of a step", m.Path, path[1].name)
			}
			if what := path[2].name; what != "code" && what != "args" && what != "tool_calls" {
				return nil, fmt.Errorf("the path %q: a step has code, args and tool_calls, not %q", m.Path, what)
			}
			out.steps[n] = append(out.steps[n], change{m.Path, path[2:], m.Value})
		default:
			return nil, fmt.Errorf("the path %q begins with neither variables nor steps", m.Path)
		}
	}
	return out, nil
}

// toVariables applies the changes of variables.
func (m *modifications) toVariables(vars map[string]any) (map[string]any, error) {
	var v any = vars
	for _, c := range m.variables {
		var err error
		if v, err = set(v, c.path, c.value); err != nil {
			return nil, fmt.Errorf("the path %q: %w", c.text, err)
		}
	}
	out, _ := v.(map[string]any)
	return out, nil
}

// toStep applies the changes of a step.
func (m *modifications) toStep(s *Step, calls []answer) ([]answer, error) {
	for _, c := range m.steps[s.Execution.Sequence] {
		var err error
		switch c.path[0].name {
		case "code":
			text, ok := c.value.(string)
			if !ok || len(c.path) > 1 {
				err = fmt.Errorf("the code is a text as a whole")
			}
			s.Source = text
		case "args":
			err = modifyArgs(s, c)
		default:
			calls, err = modifyCalls(calls, c)
		}
		if err != nil {
			return nil, fmt.Errorf("the path %q: %w", c.text, err)
		}
	}
	return calls, nil
}

func modifyArgs(s *Step, c change) error {
	args := make([]any, len(s.Args))
	for i, a := range s.Args {
		args[i] = a
	}
	v, err := set(any(args), c.path[1:], c.value)
	if err != nil {
		return err
	}
	list, ok := v.([]any)
	if !ok {
		return fmt.Errorf("the arguments are a list")
	}
	s.Args = make([]string, len(list))
	for i, a := range list {
		if s.Args[i], ok = a.(string); !ok {
			return fmt.Errorf("an argument is a text, not a %s", typeName(a))
		}
	}
	return nil
}

func modifyCalls(calls []answer, c change) ([]answer, error) {
	if len(c.path) < 3 || c.path[1].index < 0 || c.path[2].name != "params" && c.path[2].name != "result" {
		return nil, fmt.Errorf("want tool_calls[INDEX].params or tool_calls[INDEX].result, and what is in it")
	}
	n := c.path[1].index
	if n >= len(calls) {
		return nil, fmt.Errorf("the step has %d tool calls, counted from 0", len(calls))
	}
	calls = slices.Clone(calls)
	call := &calls[n]
	var err error
	if c.path[2].name == "params" {
		call.Params, err = set(call.Params, c.path[3:], c.value)
		call.params = true
	} else {
		call.Result, err = set(call.Result, c.path[3:], c.value)
		call.modified = true
	}
	return calls, err
}

// CheckPath tells what is wrong with the path of a Modification.
func CheckPath(path string) error {
	_, err := sortModifications([]Modification{{Path: path}})
	return err
}
