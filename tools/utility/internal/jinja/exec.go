package jinja

import (
	"fmt"

	"github.com/llmspell/llmspell/tools/utility/internal/render"
)

func (t *textStmt) exec(s *scope) signal { s.out.Write(t.text); return next }

func (p *printStmt) exec(s *scope) signal {
	s.print(p.of.eval(s))
	return next
}

func (s *scope) print(v any) {
	if u, ok := v.(undefined); ok {
		if s.opt.Strict {
			s.fail(u.line, "%s has no value", u.name)
		}
		return
	}
	text := s.Text(v)
	if _, safe := v.(render.Safe); s.escape && !safe {
		text = s.Escape(text)
	}
	s.out.Write(text)
}

func (i *ifStmt) exec(s *scope) signal {
	for n, c := range i.conds {
		if s.truthy(c.eval(s)) {
			return s.run1(i.bodies[n])
		}
	}
	if len(i.bodies) > len(i.conds) {
		return s.run1(i.bodies[len(i.conds)])
	}
	return next
}

func (f *forStmt) exec(s *scope) signal { f.loop(s, f.in.eval(s), 1); return next }

// loop renders the body for each item; depth counts recursive loops.
func (f *forStmt) loop(s *scope, in any, depth int) {
	s.Enter()
	defer s.Leave()
	items, ok := s.iterate(in, len(f.names) == 2)
	if !ok {
		s.fail(f.line, "cannot loop over %s", describe(in))
	}
	if f.cond != nil {
		var kept []any
		for _, item := range items {
			c := s.child()
			f.bind(c, item)
			if s.truthy(f.cond.eval(c)) {
				s.Items(1)
				kept = append(kept, item)
			}
		}
		items = kept
	}
	if len(items) == 0 {
		s.child().run1(f.empty)
		return
	}
	l := &loop{items: items, depth: depth, again: func(in any) any {
		if !f.recursive {
			s.fail(f.line, "loop() needs a loop that is declared recursive")
		}
		c := s.child()
		c.out = s.NewOutput()
		f.loop(c, in, depth+1)
		return render.Safe(c.out.String())
	}}
	for i, item := range items {
		s.Step()
		l.index = i
		c := s.child()
		c.vars["loop"] = l
		f.bind(c, item)
		if c.run1(f.body) == brk {
			break
		}
	}
}

func (f *forStmt) bind(c *scope, item any) {
	if len(f.names) == 1 {
		c.vars[f.names[0]] = item
		return
	}
	parts, ok := item.([]any)
	if !ok || len(parts) != len(f.names) {
		c.fail(f.line, "cannot unpack %s into %d names", describe(item), len(f.names))
	}
	for i, n := range f.names {
		c.vars[n] = parts[i]
	}
}

// loop is the variable of that name.
type loop struct {
	items []any
	index int
	depth int
	again func(any) any
	last  any // what changed() saw
}

func (l *loop) get(s *scope, name string) (any, bool) {
	n, i := len(l.items), l.index
	at := func(i int) any {
		if i < 0 || i >= n {
			return undefined{name: "loop." + name}
		}
		return l.items[i]
	}
	switch name {
	case "index":
		return int64(i + 1), true
	case "index0":
		return int64(i), true
	case "revindex":
		return int64(n - i), true
	case "revindex0":
		return int64(n - i - 1), true
	case "first":
		return i == 0, true
	case "last":
		return i == n-1, true
	case "length":
		return int64(n), true
	case "depth":
		return int64(l.depth), true
	case "depth0":
		return int64(l.depth - 1), true
	case "previtem":
		return at(i - 1), true
	case "nextitem":
		return at(i + 1), true
	case "cycle":
		return function(func(s *scope, a args) any {
			if len(a.pos) == 0 {
				return nil
			}
			return a.pos[i%len(a.pos)]
		}), true
	case "changed":
		return function(func(s *scope, a args) any {
			now := any(a.pos)
			changed := !s.same(l.last, now)
			l.last = now
			return changed
		}), true
	}
	return nil, false
}

func (t *setStmt) exec(s *scope) signal {
	var v any
	if t.value != nil {
		v = t.value.eval(s)
	} else {
		v = s.through(render.Safe(s.capture(t.body)), t.filters)
	}
	if len(t.targets) == 1 {
		s.assign(t.targets[0], v, t.global, t.line)
		return next
	}
	parts, ok := v.([]any)
	if !ok || len(parts) != len(t.targets) {
		s.fail(t.line, "cannot unpack %s into %d names", describe(v), len(t.targets))
	}
	for i, to := range t.targets {
		s.assign(to, parts[i], t.global, t.line)
	}
	return next
}

func (s *scope) assign(to target, v any, global bool, line int) {
	if to.attr != "" {
		holder, _ := s.lookup(to.name)
		ns, ok := holder.(*namespace)
		if !ok {
			s.fail(line, "cannot set %s.%s: only attributes of a namespace() can be set", to.name, to.attr)
		}
		s.Items(2)
		ns.vars[to.attr] = v
		return
	}
	s.Items(2)
	at := s
	if global {
		for at.parent != nil {
			delete(at.vars, to.name)
			at = at.parent
		}
	}
	at.vars[to.name] = v
}

func (w *withStmt) exec(s *scope) signal {
	c := s.child()
	for i, n := range w.names {
		c.vars[n] = w.values[i].eval(c)
	}
	return c.run1(w.body)
}

func (m *macroStmt) exec(s *scope) signal {
	s.vars[m.m.name] = s.bindMacro(m.m)
	return next
}

// bindMacro makes a macro callable. It sees the scope that it stands in.
func (s *scope) bindMacro(m *macro) function {
	home := s
	return func(caller *scope, a args) any {
		caller.Enter()
		defer caller.Leave()
		c := home.child()
		c.out, c.escape = caller.NewOutput(), caller.escape
		extra := []any{}
		for i, v := range a.pos {
			if i < len(m.params) {
				c.vars[m.params[i]] = v
			} else {
				extra = append(extra, v)
			}
		}
		more := map[string]any{}
		for n, v := range a.named {
			more[n] = v
		}
		for i, p := range m.params {
			if v, ok := more[p]; ok {
				c.vars[p] = v
				delete(more, p)
			} else if _, ok := c.vars[p]; !ok {
				c.vars[p] = undefined{name: p}
				if m.defaults[i] != nil {
					c.vars[p] = m.defaults[i].eval(c)
				}
			}
		}
		if v, ok := more["caller"]; ok {
			c.vars["caller"] = v
			delete(more, "caller")
		}
		c.vars["varargs"], c.vars["kwargs"] = extra, more
		c.run1(m.body)
		return render.Safe(c.out.String())
	}
}

func (c *callStmt) exec(s *scope) signal {
	fn, a := c.call.fn.eval(s), s.args(c.call.args)
	a.named["caller"] = s.bindMacro(c.caller)
	s.print(s.call(c.line, fn, a))
	return next
}

func (f *filterStmt) exec(s *scope) signal {
	s.print(s.through(render.Safe(s.capture(f.body)), f.filters))
	return next
}

func (d *doStmt) exec(s *scope) signal     { d.of.eval(s); return next }
func (x *signalStmt) exec(s *scope) signal { return x.s }

func (e *escapeStmt) exec(s *scope) signal {
	c := *s // names that are set inside stay
	c.escape = s.truthy(e.on.eval(s))
	return c.run1(e.body)
}

func (i *includeStmt) exec(s *scope) signal {
	names := []any{i.name.eval(s)}
	if l, ok := names[0].([]any); ok {
		names = l
	}
	for n, name := range names {
		if _, ok := s.opt.Templates[s.Text(name)]; !ok && (n < len(names)-1 || i.missing) {
			continue
		}
		c := s.child()
		if i.without {
			c.parent = nil
		}
		c.document(s.load(i.line, &literal{name}))
		break
	}
	return next
}

func (i *importStmt) exec(s *scope) signal {
	d := s.load(i.line, i.name)
	s.Enter()
	defer s.Leave()
	home := s.isolated()
	home.out = s.NewOutput()
	home.document(d)
	if i.as != "" {
		s.vars[i.as] = &namespace{home.vars}
		return next
	}
	for _, n := range i.names {
		v, ok := home.vars[n[0]]
		if !ok {
			s.fail(i.line, "the imported template defines no %q", n[0])
		}
		s.vars[n[1]] = v
	}
	return next
}

func (b *blockStmt) exec(s *scope) signal { s.renderBlock(b.name, 0); return next }

func (s *scope) renderBlock(name string, level int) {
	s.Enter()
	defer s.Leave()
	c := s.child()
	c.block, c.level = name, level
	c.vars["super"] = function(func(at *scope, _ args) any {
		if level+1 >= len(at.blocks[name]) {
			render.Stopf("super(): the block %q derives from no other", name)
		}
		inner := s.child()
		inner.out = at.NewOutput()
		inner.renderBlock(name, level+1)
		return render.Safe(inner.out.String())
	})
	c.run1(s.blocks[name][level])
}

// describe names a value in an error.
func describe(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case undefined:
		return v.name + ", which has no value"
	case string, render.Safe:
		return "a string"
	case bool:
		return "a boolean"
	case int64, float64, int:
		return "a number"
	case []any:
		return fmt.Sprintf("a list of %d items", len(v))
	case map[string]any:
		return "an object"
	case function:
		return "a function"
	}
	return "this value"
}
