package jinja

import (
	"math"
	"strings"

	"github.com/llmspell/llmspell/tools/utility/internal/render"
)

func (b *binary) eval(s *scope) any {
	s.Step()
	l := b.l.eval(s)
	switch b.op {
	case "and", "&&":
		if !s.truthy(l) {
			return l
		}
		return b.r.eval(s)
	case "or", "||":
		if s.truthy(l) {
			return l
		}
		return b.r.eval(s)
	}
	r := b.r.eval(s)
	switch b.op {
	case "==":
		return s.same(l, r)
	case "!=":
		return !s.same(l, r)
	case "<", "<=", ">", ">=":
		c, ok := s.compare(l, r)
		if !ok {
			s.fail(b.line, "cannot compare %s with %s", describe(l), describe(r))
		}
		return b.op == "<" && c < 0 || b.op == "<=" && c <= 0 || b.op == ">" && c > 0 || b.op == ">=" && c >= 0
	case "in":
		return s.contains(b.line, r, l)
	case "~":
		return s.concat(s.Text(l), s.Text(r))
	case "+":
		if v, ok := s.add(l, r); ok {
			return v
		}
	case "*":
		if v, ok := s.repeat(l, r); ok {
			return v
		}
	}
	return s.arithmetic(b, l, r)
}

func (s *scope) concat(l, r string) string {
	s.Alloc(len(l) + len(r))
	return l + r
}

// add joins texts and lists.
func (s *scope) add(l, r any) (any, bool) {
	if a, ok := l.([]any); ok {
		if b, ok := r.([]any); ok {
			s.Items(len(a) + len(b))
			return append(append(make([]any, 0, len(a)+len(b)), a...), b...), true
		}
	}
	if isText(l) && isText(r) {
		return s.concat(s.Text(l), s.Text(r)), true
	}
	return nil, false
}

func (s *scope) repeat(l, r any) (any, bool) {
	if isText(r) {
		l, r = r, l
	}
	n, ok := r.(int64)
	if !ok {
		return nil, false
	}
	n = max(n, 0)
	if isText(l) {
		text := s.Text(l)
		s.bounded(n, len(text))
		return strings.Repeat(text, int(n)), true
	}
	if list, ok := l.([]any); ok {
		s.bounded(n, 16*len(list))
		var out []any
		for range n {
			out = append(out, list...)
		}
		return out, true
	}
	return nil, false
}

// bounded charges for n times size bytes without overflow.
func (s *scope) bounded(n int64, size int) {
	n = min(max(n, 0), render.MaxBytes)
	s.Alloc(int(min(n*int64(size)+n, render.MaxBytes+1)))
}

func (s *scope) arithmetic(b *binary, l, r any) any {
	if x, ok := l.(int64); ok {
		if y, ok := r.(int64); ok {
			if v, ok := whole(b.op, x, y); ok {
				return v
			}
		}
	}
	x, okX := toFloat(l)
	y, okY := toFloat(r)
	if !okX || !okY {
		s.fail(b.line, "the operator %s needs two numbers, not %s and %s", b.op, describe(l), describe(r))
	}
	var f float64
	switch b.op {
	case "+":
		f = x + y
	case "-":
		f = x - y
	case "*":
		f = x * y
	case "/", "//", "%":
		if y == 0 {
			s.fail(b.line, "division by zero")
		}
		if f = x / y; b.op == "//" {
			f = math.Floor(f)
		} else if b.op == "%" {
			f = x - y*math.Floor(x/y)
		}
	case "**":
		f = math.Pow(x, y)
	}
	if math.IsNaN(f) || math.IsInf(f, 0) {
		s.fail(b.line, "the result of %s is no number", b.op)
	}
	return render.Normal(f)
}

// whole computes with whole numbers where that is exact.
func whole(op string, x, y int64) (any, bool) {
	switch op {
	case "+":
		if z := x + y; (z > x) == (y > 0) {
			return z, true
		}
	case "-":
		if z := x - y; (z < x) == (y > 0) {
			return z, true
		}
	case "*":
		if x == 0 || y == 0 {
			return int64(0), true
		}
		if z := x * y; z/y == x && !(x == -1 && y == math.MinInt64) && !(y == -1 && x == math.MinInt64) {
			return z, true
		}
	case "//", "%":
		if y == 0 || y == -1 {
			return nil, false
		}
		q, m := x/y, x%y
		if m != 0 && (m < 0) != (y < 0) { // as Python rounds: down
			q, m = q-1, m+y
		}
		if op == "//" {
			return q, true
		}
		return m, true
	}
	return nil, false
}

func toFloat(v any) (float64, bool) {
	switch v := v.(type) {
	case int64:
		return float64(v), true
	case float64:
		return v, true
	case bool:
		if v {
			return 1, true
		}
		return 0, true
	}
	return 0, false
}

func isText(v any) bool {
	switch v.(type) {
	case string, render.Safe:
		return true
	}
	return false
}

func isNumber(v any) bool {
	switch v.(type) {
	case int64, float64:
		return true
	}
	return false
}

func (s *scope) same(a, b any) bool { return s.sameDeep(render.Normal(a), render.Normal(b), 0) }

func (s *scope) sameDeep(a, b any, depth int) bool {
	s.Step()
	if depth > render.MaxDepth {
		render.Stopf("%w: a value is nested more than %d deep", render.ErrLimit, render.MaxDepth)
	}
	if isText(a) && isText(b) {
		x, y := s.Text(a), s.Text(b)
		s.Work(min(len(x), len(y)))
		return x == y
	}
	if isNumber(a) && isNumber(b) {
		x, _ := toFloat(a)
		y, _ := toFloat(b)
		return x == y
	}
	switch a := a.(type) {
	case nil, undefined:
		_, gone := b.(undefined)
		return b == nil || gone
	case bool:
		y, ok := b.(bool)
		return ok && a == y
	case []any:
		l, ok := b.([]any)
		if !ok || len(a) != len(l) {
			return false
		}
		for i := range a {
			if !s.sameDeep(render.Normal(a[i]), render.Normal(l[i]), depth+1) {
				return false
			}
		}
		return true
	case map[string]any:
		m, ok := b.(map[string]any)
		if !ok || len(a) != len(m) {
			return false
		}
		for k, v := range a {
			w, ok := m[k]
			if !ok || !s.sameDeep(render.Normal(v), render.Normal(w), depth+1) {
				return false
			}
		}
		return true
	}
	return false
}

// compare orders numbers, texts, booleans, and lists of those.
func (s *scope) compare(a, b any) (int, bool) {
	s.Step()
	a, b = render.Normal(a), render.Normal(b)
	if isText(a) && isText(b) {
		x, y := s.Text(a), s.Text(b)
		s.Work(min(len(x), len(y)))
		return strings.Compare(x, y), true
	}
	x, okX := toFloat(a)
	y, okY := toFloat(b)
	if okX && okY {
		switch {
		case x < y:
			return -1, true
		case x > y:
			return 1, true
		}
		return 0, true
	}
	l, okL := a.([]any)
	m, okM := b.([]any)
	if !okL || !okM {
		return 0, false
	}
	s.Enter()
	defer s.Leave()
	for i := range min(len(l), len(m)) {
		if c, ok := s.compare(l[i], m[i]); c != 0 || !ok {
			return c, ok
		}
	}
	return len(l) - len(m), true
}

func (s *scope) contains(line int, in, v any) bool {
	switch in := in.(type) {
	case []any:
		for _, e := range in {
			if s.same(e, v) {
				return true
			}
		}
		return false
	case map[string]any:
		_, ok := in[s.Text(v)]
		return ok
	case string, render.Safe:
		text := s.Text(in)
		s.Work(len(text))
		return strings.Contains(text, s.Text(v))
	case nil, undefined:
		return false
	}
	s.fail(line, "%s holds nothing that in could find", describe(in))
	return false
}
