package jinja

import (
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/llmspell/llmspell/tools/utility/internal/render"
)

func (f *filtered) eval(s *scope) any {
	// default must see that a member of nothing is missing, not fail over it.
	if f.name == "default" || f.name == "d" {
		return s.orDefault(f)
	}
	return s.apply(f, f.of.eval(s))
}

func (s *scope) orDefault(f *filtered) (out any) {
	a := s.args(f.args)
	v := s.lenient(f.of)
	_, missing := v.(undefined)
	call := &filterCall{s: s, f: f, a: a}
	if missing || call.flag(1, "boolean", false) && !s.truthy(v) {
		return call.arg(0, "value", "")
	}
	return v
}

// lenient evaluates a chain of members whose parts may be missing.
func (s *scope) lenient(e expr) any {
	switch e := e.(type) {
	case *member:
		of := s.lenient(e.of)
		if _, ok := of.(undefined); ok || of == nil {
			return undefined{e.name, e.line}
		}
	case *subscript:
		of := s.lenient(e.of)
		if _, ok := of.(undefined); ok || of == nil {
			return undefined{"item", e.line}
		}
	}
	return e.eval(s)
}

// through applies a chain of filters.
func (s *scope) through(v any, chain []filtered) any {
	for i := range chain {
		v = s.apply(&chain[i], v)
	}
	return v
}

// filterCall is one use of a filter.
type filterCall struct {
	s *scope
	f *filtered
	v any
	a args
}

func (s *scope) apply(f *filtered, v any) any {
	s.Step()
	fn, ok := s.filters[f.name]
	if !ok {
		s.fail(f.line, "there is no filter %q", f.name)
	}
	return render.Normal(fn(&filterCall{s: s, f: f, v: v, a: s.args(f.args)}))
}

func (c *filterCall) fail(format string, args ...any) {
	c.s.fail(c.f.line, "the filter "+c.f.name+": "+format, args...)
}

// arg returns an argument by position or name.
func (c *filterCall) arg(i int, name string, def any) any {
	if v, ok := c.a.named[name]; ok {
		return v
	}
	if i >= 0 && i < len(c.a.pos) {
		return c.a.pos[i]
	}
	return def
}

func (c *filterCall) text(i int, name, def string) string { return c.s.Text(c.arg(i, name, def)) }

func (c *filterCall) flag(i int, name string, def bool) bool {
	return c.s.truthy(c.arg(i, name, def))
}

func (c *filterCall) int(i int, name string, def int64) int {
	v := c.arg(i, name, def)
	n, ok := v.(int64)
	if !ok {
		c.fail("%s must be a whole number, not %s", name, describe(v))
	}
	return int(max(-1<<40, min(n, 1<<40)))
}

func (c *filterCall) list() []any {
	l, ok := c.s.iterate(c.v, false)
	if !ok {
		c.fail("needs a list, not %s", describe(c.v))
	}
	return l
}

func (c *filterCall) str() string { return c.s.Text(c.v) }

func (c *filterCall) num() float64 {
	if isText(c.v) {
		if f, err := strconv.ParseFloat(strings.TrimSpace(c.str()), 64); err == nil {
			return f
		}
	}
	f, ok := toFloat(c.v)
	if !ok {
		c.fail("needs a number, not %s", describe(c.v))
	}
	return f
}

// attribute makes a reader of a path such as user.name; "" reads the item.
func (c *filterCall) attribute(path string) func(any) any {
	if path == "" {
		return func(v any) any { return v }
	}
	steps := strings.Split(path, ".")
	return func(v any) any {
		for _, step := range steps {
			if l, ok := v.([]any); ok {
				i, err := strconv.Atoi(step)
				if err != nil || i < 0 || i >= len(l) {
					return undefined{name: step}
				}
				v = render.Normal(l[i])
				continue
			}
			w, ok := c.s.member(v, step)
			if !ok {
				return undefined{name: step}
			}
			v = render.Normal(w)
		}
		return v
	}
}

// order sorts in place by what key reads.
func (c *filterCall) order(l []any, key func(any) any, fold bool) {
	read := func(v any) any {
		v = key(v)
		if fold && isText(v) {
			return strings.ToLower(c.s.Text(v))
		}
		return v
	}
	slices.SortStableFunc(l, func(a, b any) int {
		x, y := read(a), read(b)
		n, ok := c.s.compare(x, y)
		if !ok {
			c.fail("cannot compare %s with %s", describe(x), describe(y))
		}
		return n
	})
}

// changed makes a filter of a function on texts that makes none longer than
// three times, the worst that a change of case does.
func changed(f func(string) string) func(*filterCall) any {
	return func(c *filterCall) any {
		text := c.str()
		c.s.Alloc(3 * len(text))
		return f(text)
	}
}

// selecting makes select, reject and their relatives.
func selecting(keep, attr bool) func(*filterCall) any {
	return func(c *filterCall) any {
		key, rest := c.attribute(""), c.a.pos
		if attr {
			key = c.attribute(c.text(0, "attribute", ""))
			rest = rest[min(1, len(rest)):]
		}
		out := []any{}
		for _, v := range c.list() {
			ok := false
			if len(rest) == 0 {
				ok = c.s.truthy(key(v))
			} else {
				ok = c.s.test(c.f.line, testName(c.s.Text(rest[0])), key(v), rest[1:])
			}
			if ok == keep {
				out = append(out, v)
			}
		}
		return out
	}
}

// testName allows selectattr("age", ">", 5).
func testName(name string) string {
	if long, ok := map[string]string{"==": "eq", "!=": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge"}[name]; ok {
		return long
	}
	return name
}

// extreme makes min and max.
func extreme(sign int) func(*filterCall) any {
	return func(c *filterCall) any {
		key := c.attribute(c.text(1, "attribute", ""))
		var best any = undefined{name: "the extreme of nothing"}
		for i, v := range c.list() {
			if i == 0 {
				best = v
			} else if n, ok := c.s.compare(key(v), key(best)); !ok {
				c.fail("cannot compare %s with %s", describe(key(v)), describe(key(best)))
			} else if n*sign > 0 {
				best = v
			}
		}
		return best
	}
}

// groups lists keys in order with the items of each.
func (c *filterCall) groups(path string) ([]any, map[string][]any) {
	key := c.attribute(path)
	groups, keys := map[string][]any{}, []any{}
	for _, v := range c.list() {
		k := key(v)
		if _, ok := k.(undefined); ok || k == nil {
			continue
		}
		name := c.s.Meter.Text(k)
		if _, ok := groups[name]; !ok {
			keys = append(keys, k)
		}
		groups[name] = append(groups[name], v)
	}
	return keys, groups
}

func groupBy(c *filterCall) any {
	keys, groups := c.groups(c.text(0, "attribute", ""))
	c.order(keys, c.attribute(""), false)
	out := make([]any, len(keys))
	for i, k := range keys {
		pair := []any{k, groups[c.s.Meter.Text(k)]}
		c.s.groups[&pair[0]] = true
		out[i] = pair
	}
	return out
}

func dictSort(c *filterCall) any {
	m, ok := c.v.(map[string]any)
	if !ok {
		c.fail("needs an object, not %s", describe(c.v))
	}
	c.s.Items(3 * len(m))
	out := make([]any, 0, len(m))
	for _, k := range slices.Sorted(maps.Keys(m)) {
		out = append(out, []any{k, render.Normal(m[k])})
	}
	if c.text(1, "by", "key") == "value" {
		c.order(out, c.attribute("1"), false)
	}
	if c.flag(2, "reverse", false) {
		slices.Reverse(out)
	}
	return out
}

func roundNumber(c *filterCall) any {
	f, digits := c.num(), 0
	method := "common"
	if v := c.arg(0, "precision", int64(0)); isText(v) { // Tera: round(method="ceil")
		method = c.s.Text(v)
	} else {
		digits = max(-300, min(c.int(0, "precision", 0), 300))
	}
	method = c.text(1, "method", method)
	by := math.Pow(10, float64(digits))
	if math.IsInf(f*by, 0) {
		return f
	}
	switch method {
	case "ceil":
		f = math.Ceil(f*by) / by
	case "floor":
		f = math.Floor(f*by) / by
	default:
		f = math.Round(f*by) / by
	}
	return render.Normal(f)
}
