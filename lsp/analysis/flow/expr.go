package flow

import (
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// expr is the value of an expression, the first one of a call.
func (c *collector) expr(n syntax.Node) id {
	if n == syntax.None {
		return 0
	}
	if e := c.exprs[n]; e != 0 {
		return e - 1
	}
	e := c.value(n)
	c.exprs[n] = e + 1
	if len(c.file.Notes.As) > 0 {
		c.cast(n, e)
	}
	return e
}

func (c *collector) value(n syntax.Node) id {
	t := c.t
	switch t.Kind(n) {
	case syntax.Name:
		return c.variable(n)
	case syntax.Vararg:
		if rest, ok := c.rests[c.around(n)]; ok {
			return rest
		}
	case syntax.String:
		return c.text()
	case syntax.Function:
		return c.body(t.First(n))
	case syntax.Paren:
		return c.expr(t.First(n))
	case syntax.Index, syntax.Method:
		object, key := t.First(n), t.Child(n, 1)
		of := c.expr(object)
		if t.Kind(key) != syntax.Name {
			return c.elem(of)
		}
		c.named(of, key, t.Source(key), c.isTarget(n))
		return c.fieldOf(of, t.Source(key))
	case syntax.IndexKey:
		return c.indexed(n)
	case syntax.Call:
		return c.call(n).list[0]
	case syntax.Table:
		return c.table(n)
	case syntax.Binary:
		return c.binary(n)
	case syntax.Unary:
		if c.mayCall(n) && t.TokenKind(t.Token(n)) == syntax.Minus {
			return c.field(c.expr(t.First(n)), operated(unaryEvents[syntax.Minus]))
		}
	}
	return 0
}

// fieldOf is a field; one of _G is a global.
func (c *collector) fieldOf(of id, name string) id {
	if of != 0 && c.find(of) == c.find(c.globals) {
		if name == "_G" {
			return c.globals
		}
		c.written[c.scoped(c.number, name)] = true
		return c.global(c.number, name)
	}
	return c.field(of, name)
}

func (c *collector) indexed(n syntax.Node) id {
	t := c.t
	of, key := c.expr(t.First(n)), t.Child(n, 1)
	if name, ok := t.String(c.bare(key)); ok {
		c.named(of, c.bare(key), name, c.isTarget(n))
		return c.fieldOf(of, name)
	}
	if !c.numeric(key, 0) {
		if c.isTarget(n) {
			c.markStores(of)
			c.unify(c.keys(of), c.expr(key))
		} else {
			c.unify(c.asked(of), c.expr(key))
		}
		c.markDynamic(of, c.reason(key, "the fields of its table are looked up by the key "+short(t.Source(key))+", which is computed"))
	}
	return c.elem(of)
}

// bare is an expression without parentheses.
func (c *collector) bare(n syntax.Node) syntax.Node {
	for c.t.Kind(n) == syntax.Paren {
		n = c.t.First(n)
	}
	return n
}

// short is a piece of a program as a message can hold it.
func short(s string) string {
	if at := strings.IndexByte(s, '\n'); at >= 0 {
		s = s[:at] + "…"
	}
	const most = 40
	if r := []rune(s); len(r) > most {
		s = string(r[:most]) + "…"
	}
	return s
}

func (c *collector) table(n syntax.Node) id {
	t := c.t
	of := c.fresh()
	c.nodes[of].flags |= made
	for f := range t.Children(n) {
		first := t.First(f)
		value := t.Next(first)
		switch t.Kind(f) {
		case syntax.NameField:
			if t.Kind(first) == syntax.Name {
				c.named(of, first, t.Source(first), true)
				c.unify(c.field(of, t.Source(first)), c.expr(value))
				c.lookedUp(t.Source(first), value)
			}
		case syntax.KeyField:
			if name, ok := t.String(c.bare(first)); ok {
				c.named(of, c.bare(first), name, true)
				c.unify(c.field(of, name), c.expr(value))
				continue
			}
			if !c.numeric(first, 0) {
				c.markStores(of)
				c.unify(c.keys(of), c.expr(first))
				c.markDynamic(of, c.reason(first, "its table has the key "+short(t.Source(first))+", which is computed"))
			}
			c.unify(c.elem(of), c.expr(value))
		case syntax.PosField:
			if t.Next(f) == syntax.None {
				row := c.row(first)
				for _, v := range row.list {
					c.unify(c.elem(of), v)
				}
				c.unify(c.elem(of), row.rest)
				continue
			}
			c.unify(c.elem(of), c.expr(first))
		}
	}
	return of
}

// lookedUp notes that fields are looked up in a parameter, which callers that are not here
// may give a function, or a table with other fields.
func (c *collector) lookedUp(key string, value syntax.Node) {
	if key != "__index" || c.t.Kind(value) != syntax.Name {
		return
	}
	if v := c.file.Vars.Var(value); v != scope.NoVar && c.file.Vars.Vars[v].Kind == scope.Param && c.file.Vars.Vars[v].Name != "self" {
		c.markStores(c.vars[v])
	}
}

func (c *collector) binary(n syntax.Node) id {
	t := c.t
	left := t.First(n)
	right := t.Next(left)
	switch t.TokenKind(t.Token(n)) {
	case syntax.And:
		c.expr(left) // what it gives is false or nil
		return c.expr(right)
	case syntax.Or:
		a, b := c.expr(left), c.expr(right)
		if a == 0 {
			return b
		}
		c.unify(a, b)
		return a
	case syntax.Equal, syntax.NotEqual, syntax.Less, syntax.LessEqual, syntax.Greater, syntax.GreaterEqual:
		return 0
	}
	op := t.TokenKind(t.Token(n))
	concat := op == syntax.Concat
	switch {
	case c.mayCall(n):
	case concat:
		return c.text()
	default:
		return 0
	}
	a, b := c.expr(left), c.expr(right)
	c.unify(a, b)
	if a == 0 {
		a = b
	}
	if a == 0 {
		a = c.fresh()
	}
	result := c.field(a, operated(binaryEvents[op]))
	if concat {
		c.unify(result, c.text())
	}
	return result
}

// text is a string.
func (s *solver) text() id {
	n := s.fresh()
	s.nodes[n].flags |= text
	return n
}

// call is what a call gives.
func (c *collector) call(n syntax.Node) tuple {
	if row, ok := c.results[n]; ok {
		return row
	}
	t := c.t
	callee := t.First(n)
	var row tuple
	for range open {
		row.list = append(row.list, c.fresh())
	}
	row.rest = c.fresh()
	c.results[n] = row
	f := c.expr(callee)
	if t.Kind(callee) == syntax.Method && t.Kind(c.bare(t.First(callee))) == syntax.String { // ("text"):upper()
		f = c.field(c.global(c.number, "string"), t.Source(t.Child(callee, 1)))
	}
	var args tuple
	if t.Kind(callee) == syntax.Method {
		args.list = append(args.list, c.expr(t.First(callee)))
	}
	given := c.row(t.First(t.Child(n, 1)))
	args.list, args.rest = append(args.list, given.list...), given.rest
	c.calls = append(c.calls, call{callee: f, args: args, results: row, file: c.number, node: n})
	return row
}
