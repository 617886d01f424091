package jinja

import (
	"strings"

	"github.com/llmspell/llmspell/tools/utility/internal/render"
)

func (t *tested) eval(s *scope) any {
	s.Step()
	v := t.of.eval(s)
	a := s.args(t.args)
	return s.test(t.line, t.name, v, a.pos) != t.not
}

// test runs a test by name.
func (s *scope) test(line int, name string, v any, pos []any) bool {
	arg := func() any {
		if len(pos) == 0 {
			s.fail(line, "the test %q needs an argument", name)
		}
		return pos[0]
	}
	whole := func(v any) int64 {
		i, ok := v.(int64)
		if !ok {
			s.fail(line, "the test %q needs a whole number, not %s", name, describe(v))
		}
		return i
	}
	_, isUndefined := v.(undefined)
	switch name {
	case "defined":
		return !isUndefined
	case "undefined":
		return isUndefined
	case "none", "null":
		return v == nil
	case "boolean":
		_, ok := v.(bool)
		return ok
	case "true":
		return v == true
	case "false":
		return v == false
	case "integer":
		_, ok := v.(int64)
		return ok
	case "float":
		_, ok := v.(float64)
		return ok
	case "number":
		return isNumber(v)
	case "string":
		return isText(v)
	case "mapping", "object":
		_, ok := v.(map[string]any)
		return ok
	case "sequence", "iterable":
		switch v.(type) {
		case []any, string, render.Safe, map[string]any:
			return true
		}
		return false
	case "callable":
		_, ok := v.(function)
		return ok
	case "even":
		return whole(v)%2 == 0
	case "odd":
		return whole(v)%2 != 0
	case "divisibleby", "divisible_by":
		by := whole(arg())
		if by == 0 {
			s.fail(line, "division by zero")
		}
		return whole(v)%by == 0
	case "eq", "equalto", "sameas":
		return s.same(v, arg())
	case "ne":
		return !s.same(v, arg())
	case "lt", "lessthan", "le", "gt", "greaterthan", "ge":
		c, ok := s.compare(v, arg())
		if !ok {
			s.fail(line, "cannot compare %s with %s", describe(v), describe(arg()))
		}
		switch name {
		case "lt", "lessthan":
			return c < 0
		case "le":
			return c <= 0
		case "gt", "greaterthan":
			return c > 0
		}
		return c >= 0
	case "in":
		return s.contains(line, arg(), v)
	case "containing":
		return s.contains(line, v, arg())
	case "starting_with":
		return strings.HasPrefix(s.Text(v), s.Text(arg()))
	case "ending_with":
		return strings.HasSuffix(s.Text(v), s.Text(arg()))
	case "lower":
		return isText(v) && s.Text(v) == strings.ToLower(s.Text(v))
	case "upper":
		return isText(v) && s.Text(v) == strings.ToUpper(s.Text(v))
	}
	s.fail(line, "there is no test %q", name)
	return false
}
