package jinja

import (
	"maps"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/llmspell/llmspell/tools/utility/internal/render"
)

// Values are those of JSON, and these.
type (
	undefined struct {
		name string
		line int
	}
	function  func(s *scope, a args) any
	namespace struct{ vars map[string]any }
)

// args are evaluated arguments.
type args struct {
	pos   []any
	named map[string]any
}

func (s *scope) args(a arguments) args {
	out := args{named: make(map[string]any, len(a.names))}
	for _, e := range a.pos {
		out.pos = append(out.pos, e.eval(s))
	}
	for i, n := range a.names {
		out.named[n] = a.named[i].eval(s)
	}
	return out
}

func (l *literal) eval(*scope) any { return l.v }

func (v *variable) eval(s *scope) any {
	s.Step()
	if value, ok := s.lookup(v.name); ok {
		return render.Normal(value)
	}
	if v.name == "self" {
		return s.self()
	}
	if f, ok := s.functions[v.name]; ok {
		return f
	}
	return undefined{v.name, v.line}
}

// self holds the macros of the template, as Tera has it, and its blocks, as
// Jinja has it.
func (s *scope) self() any {
	ns := &namespace{map[string]any{}}
	for name := range s.blocks {
		ns.vars[name] = function(func(at *scope, _ args) any {
			c := s.child()
			c.out = at.NewOutput()
			c.renderBlock(name, 0)
			return render.Safe(c.out.String())
		})
	}
	for _, m := range s.doc.macros {
		ns.vars[m.name] = s.bindMacro(m)
	}
	return ns
}

func (l *listExpr) eval(s *scope) any {
	s.Items(len(l.items))
	out := make([]any, len(l.items))
	for i, e := range l.items {
		out[i] = e.eval(s)
	}
	return out
}

func (d *dictExpr) eval(s *scope) any {
	s.Items(2 * len(d.keys))
	out := make(map[string]any, len(d.keys))
	for i, k := range d.keys {
		out[s.Text(k.eval(s))] = d.values[i].eval(s)
	}
	return out
}

func (m *member) eval(s *scope) any {
	of := m.of.eval(s)
	if u, ok := of.(undefined); ok {
		s.fail(m.line, "%s has no value, so it has no member %q", u.name, m.name)
	}
	if v, ok := s.member(of, m.name); ok {
		return render.Normal(v)
	}
	return undefined{m.name, m.line}
}

func (s *scope) member(of any, name string) (any, bool) {
	s.Step()
	switch of := of.(type) {
	case map[string]any:
		if v, ok := of[name]; ok {
			return v, true
		}
	case *namespace:
		v, ok := of.vars[name]
		return v, ok
	case []any:
		if len(of) == 2 && s.groups[&of[0]] {
			switch name {
			case "grouper":
				return of[0], true
			case "list":
				return of[1], true
			}
		}
	case *loop:
		return of.get(s, name)
	}
	return method(of, name)
}

func (x *subscript) eval(s *scope) any {
	of, key := x.of.eval(s), x.key.eval(s)
	if u, ok := of.(undefined); ok {
		s.fail(x.line, "%s has no value, so it has no items", u.name)
	}
	i, isInt := key.(int64)
	switch of := of.(type) {
	case []any:
		if !isInt {
			s.fail(x.line, "a list is indexed by whole numbers, not by %s", describe(key))
		}
		if i < 0 {
			i += int64(len(of))
		}
		if i >= 0 && i < int64(len(of)) {
			return render.Normal(of[i])
		}
		return undefined{"item " + s.Text(key), x.line}
	case string, render.Safe:
		if isInt {
			text := s.Text(of)
			s.Alloc(4 * len(text))
			runes := []rune(text)
			if i < 0 {
				i += int64(len(runes))
			}
			if i >= 0 && i < int64(len(runes)) {
				return string(runes[i])
			}
			return undefined{"character " + s.Text(key), x.line}
		}
	}
	if v, ok := s.member(of, s.Text(key)); ok {
		return render.Normal(v)
	}
	return undefined{s.Text(key), x.line}
}

func (x *slicing) eval(s *scope) any {
	number := func(e expr) any {
		if e == nil {
			return nil
		}
		v := e.eval(s)
		if _, ok := v.(int64); !ok && v != nil {
			s.fail(x.line, "a slice needs whole numbers, not %s", describe(v))
		}
		return v
	}
	of := x.of.eval(s)
	return s.slice(of, number(x.from), number(x.to), number(x.step), x.line)
}

// slice takes a part of a list or text, as Python does.
func (s *scope) slice(of, from, to, step any, line int) any {
	text := ""
	n := 0
	list, isList := of.([]any)
	if isList {
		n = len(list)
	} else {
		switch of.(type) {
		case string, render.Safe:
			text = s.Text(of)
			n = utf8.RuneCountInString(text)
		default:
			s.fail(line, "cannot take a slice of %s", describe(of))
		}
	}
	by := int64(1)
	if v, ok := step.(int64); ok {
		by = v
	}
	if by == 0 {
		s.fail(line, "the step of a slice cannot be 0")
	}
	clamp := func(v any, def, low, high int64) int64 {
		i, ok := v.(int64)
		if !ok {
			return def
		}
		if i < 0 {
			i += int64(n)
		}
		return max(low, min(i, high))
	}
	s.Items(n)
	var picked []int64
	if by > 0 {
		for i := clamp(from, 0, 0, int64(n)); i < clamp(to, int64(n), 0, int64(n)); i += by {
			picked = append(picked, i)
			if by > int64(n) {
				break
			}
		}
	} else {
		for i := clamp(from, int64(n)-1, -1, int64(n)-1); i > clamp(to, -1, -1, int64(n)-1); i += by {
			picked = append(picked, i)
			if by < -int64(n) {
				break
			}
		}
	}
	if isList {
		out := make([]any, len(picked))
		for k, i := range picked {
			out[k] = list[i]
		}
		return out
	}
	s.Alloc(4 * n)
	runes := []rune(text)
	var b strings.Builder
	for _, i := range picked {
		b.WriteRune(runes[i])
	}
	return b.String()
}

func (c *callExpr) eval(s *scope) any {
	return s.call(c.line, c.fn.eval(s), s.args(c.args))
}

func (s *scope) call(line int, fn any, a args) any {
	s.Step()
	switch fn := fn.(type) {
	case function:
		return render.Normal(fn(s, a))
	case *loop:
		if len(a.pos) == 1 {
			return fn.again(a.pos[0])
		}
	case undefined:
		s.fail(line, "there is no function %q", fn.name)
	}
	s.fail(line, "%s cannot be called", describe(fn))
	return nil
}

func (c *conditional) eval(s *scope) any {
	if s.truthy(c.cond.eval(s)) {
		return c.yes.eval(s)
	}
	if c.no == nil {
		return nil
	}
	return c.no.eval(s)
}

func (u *unary) eval(s *scope) any {
	v := u.of.eval(s)
	if u.op == "not" {
		return !s.truthy(v)
	}
	switch n := v.(type) {
	case int64:
		if u.op == "-" && n != math.MinInt64 {
			return -n
		}
		return n
	case float64:
		if u.op == "-" {
			return -n
		}
		return n
	}
	s.fail(u.line, "the operator %s needs a number, not %s", u.op, describe(v))
	return nil
}

// truthy is what if takes for true.
func (s *scope) truthy(v any) bool {
	switch v := v.(type) {
	case nil, undefined:
		return false
	case bool:
		return v
	case string:
		return v != ""
	case render.Safe:
		return v != ""
	case []any:
		return len(v) > 0
	case map[string]any:
		return len(v) > 0
	case int64:
		return v != 0
	case float64:
		return v != 0
	}
	return true
}

// iterate lists what a loop goes over. The keys of an object come sorted, with
// their values when pairs are wanted.
func (s *scope) iterate(v any, pairs bool) ([]any, bool) {
	switch v := v.(type) {
	case nil, undefined:
		return nil, true
	case []any:
		s.Items(len(v))
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = render.Normal(e)
		}
		return out, true
	case map[string]any:
		s.Items(2 * len(v))
		out := make([]any, 0, len(v))
		for _, k := range slices.Sorted(maps.Keys(v)) {
			if pairs {
				out = append(out, []any{k, render.Normal(v[k])})
			} else {
				out = append(out, k)
			}
		}
		return out, true
	case string, render.Safe:
		text := s.Text(v)
		s.Items(len(text))
		out := make([]any, 0, len(text))
		for _, r := range text {
			out = append(out, string(r))
		}
		return out, true
	}
	return nil, false
}
