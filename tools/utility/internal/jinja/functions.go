package jinja

import (
	"maps"
	"strings"
	"time"

	"github.com/llmspell/llmspell/tools/utility/internal/render"
)

// functions lists the functions that every template has.
func functions() map[string]function {
	return map[string]function{
		"range": numbers,
		"dict": func(_ *scope, a args) any {
			return maps.Clone(a.named)
		},
		"namespace": func(_ *scope, a args) any {
			vars := maps.Clone(a.named)
			if vars == nil {
				vars = map[string]any{}
			}
			return &namespace{vars}
		},
		"cycler": cycler,
		"joiner": func(s *scope, a args) any {
			sep, used := ", ", false
			if len(a.pos) > 0 {
				sep = s.Text(a.pos[0])
			}
			return function(func(*scope, args) any {
				if !used {
					used = true
					return ""
				}
				return sep
			})
		},
		"now": func(_ *scope, a args) any {
			if a.named["timestamp"] == true {
				return time.Now().Unix()
			}
			return time.Now().UTC().Format(time.RFC3339)
		},
		"throw": func(s *scope, a args) any {
			message := a.named["message"]
			if len(a.pos) > 0 {
				message = a.pos[0]
			}
			render.Stopf("the template threw: %s", s.Text(message))
			return nil
		},
		"get_env": func(*scope, args) any {
			render.Stopf("get_env: templates cannot read the environment; pass the value")
			return nil
		},
	}
}

// numbers is range(end), range(start, end, step) and range(start=, end=, step_by=).
func numbers(s *scope, a args) any {
	get := func(v any, name string) int64 {
		i, ok := v.(int64)
		if !ok {
			render.Stopf("range: %s must be a whole number, not %s", name, describe(v))
		}
		return i
	}
	from, to, step := int64(0), int64(0), int64(1)
	switch len(a.pos) {
	case 0:
		if a.named["end"] == nil {
			render.Stopf("range: end is missing")
		}
	case 1:
		to = get(a.pos[0], "the end")
	default:
		from, to = get(a.pos[0], "the start"), get(a.pos[1], "the end")
		if len(a.pos) > 2 {
			step = get(a.pos[2], "the step")
		}
	}
	for name, to := range map[string]*int64{"start": &from, "end": &to, "step_by": &step, "step": &step} {
		if v, ok := a.named[name]; ok {
			*to = get(v, name)
		}
	}
	if step == 0 {
		render.Stopf("range: the step cannot be 0")
	}
	out := []any{}
	for i := from; step > 0 && i < to || step < 0 && i > to; {
		if len(out) == render.MaxRange {
			render.Stopf("%w: range gives more than %d numbers", render.ErrLimit, render.MaxRange)
		}
		s.Items(1)
		out = append(out, i)
		n := i + step
		if (n > i) != (step > 0) { // overflow
			break
		}
		i = n
	}
	return out
}

// method finds the methods of Python that templates call on texts and objects.
// Each is a filter under another name.
func method(of any, name string) (any, bool) {
	filter := ""
	switch of.(type) {
	case string, render.Safe:
		switch name {
		case "upper", "lower", "title", "capitalize", "replace", "center":
			filter = name
		case "strip":
			filter = "trim"
		case "lstrip":
			filter = "trim_start"
		case "rstrip":
			filter = "trim_end"
		case "startswith", "endswith":
			return function(func(s *scope, a args) any {
				test := map[string]string{"startswith": "starting_with", "endswith": "ending_with"}[name]
				return s.test(0, test, of, a.pos)
			}), true
		case "split":
			return function(func(s *scope, a args) any {
				c := &filterCall{s: s, f: &filtered{name: name}, v: of, a: a}
				if len(a.pos) > 0 {
					return c.split(s.Text(a.pos[0]))
				}
				text := s.Text(of)
				s.Items(len(text) / 2)
				out := []any{}
				for part := range strings.FieldsSeq(text) {
					out = append(out, part)
				}
				return out
			}), true
		case "join":
			return function(func(s *scope, a args) any {
				c := &filterCall{s: s, f: &filtered{name: name}, a: args{pos: []any{of}}}
				if len(a.pos) > 0 {
					c.v = a.pos[0]
				}
				return s.filters["join"](c)
			}), true
		}
	case map[string]any:
		switch name {
		case "items", "keys", "values", "get":
			filter = name
		}
	}
	if filter == "" {
		return nil, false
	}
	return function(func(s *scope, a args) any {
		return s.filters[filter](&filterCall{s: s, f: &filtered{name: name}, v: of, a: a})
	}), true
}
