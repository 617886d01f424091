package flow

import (
	"maps"
	"slices"

	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// collector makes the nodes of one file.
type collector struct {
	*solver
	number  int32
	file    *File
	t       *syntax.Tree
	vars    []id // by scope.Var
	exprs   []id // by syntax.Node: the value + 1, 0 before it is known
	results map[syntax.Node]tuple
	bodies  map[syntax.Node]id // functions by FuncBody; the chunk by its root
	rests   map[syntax.Node]id // what ... is in a FuncBody
	selves  map[syntax.Node]scope.Var
}

// collect adds what a file says.
func (s *solver) collect(number int) {
	f := &s.program.Files[number]
	c := &collector{
		solver: s, number: int32(number), file: f, t: f.Tree,
		vars: make([]id, len(f.Vars.Vars)), exprs: make([]id, f.Tree.Len()),
		results: map[syntax.Node]tuple{}, bodies: map[syntax.Node]id{}, rests: map[syntax.Node]id{}, selves: map[syntax.Node]scope.Var{},
	}
	for v := range f.Vars.Vars {
		c.vars[v] = s.fresh()
		if f.Vars.Vars[v].Kind == scope.Self {
			c.selves[f.Vars.Vars[v].Decl] = scope.Var(v)
		}
	}
	root := f.Tree.Root()
	chunk := s.chunks[number]
	s.nodes[s.find(chunk)].flags |= function
	c.bodies[root] = chunk
	rest := s.fresh()
	s.markUnknown(rest, c.reason(root, "its table is an argument of the script"))
	c.rests[root] = rest
	s.rows(&s.shapeOf(chunk).params, tuple{rest: rest})
	for n := syntax.Node(1); int(n) < c.t.Len() && s.step(); n++ {
		c.node(n)
	}
	if s.program.Places {
		for _, name := range slices.Sorted(maps.Keys(f.Vars.Globals)) {
			for _, use := range f.Vars.Globals[name] {
				c.named(c.globals, use.Node, name, use.Write)
			}
		}
	}
	c.annotations()
	for _, use := range f.Vars.Globals["arg"] {
		for n := use.Node; n != root; {
			n = c.around(n)
			c.unify(c.elem(c.global(c.number, "arg")), c.rests[n])
		}
	}
	s.exprs = append(s.exprs, c.exprs)
}

func (c *collector) reason(n syntax.Node, text string) *Reason {
	return &Reason{URI: c.file.URI, Offset: c.t.Start(n), Text: text}
}

// node adds what a statement or an expression does.
func (c *collector) node(n syntax.Node) {
	t := c.t
	switch t.Kind(n) {
	case syntax.LocalStat:
		names := t.First(n)
		if values := t.Next(names); values != syntax.None {
			c.assign(names, values, func(name syntax.Node) id { return c.variable(name) })
		}
	case syntax.AssignStat:
		targets := t.First(n)
		c.assign(targets, t.Next(targets), func(target syntax.Node) id { return c.target(target) })
		if first := t.First(targets); t.Kind(first) == syntax.Index {
			c.lookedUp(t.NameOf(t.Child(first, 1)), t.First(t.Next(targets)))
		}
	case syntax.LocalFunc:
		name := t.First(n)
		c.unify(c.variable(name), c.body(t.Next(name)))
	case syntax.FuncStat:
		target := t.First(n)
		body := t.Next(target)
		f := c.body(body)
		c.unify(c.target(target), f)
		if k := t.Kind(target); k == syntax.Method || k == syntax.Index {
			// By convention; calls alone would say it, but not all are here.
			if first := c.firstParam(body); t.Kind(target) == syntax.Method || first != syntax.None && t.Source(first) == "self" {
				c.unify(c.param(f, 0), c.expr(t.First(target)))
			}
		}
	case syntax.GenericFor:
		c.genericFor(n)
	case syntax.ReturnStat:
		values := tuple{}
		if list := t.First(n); list != syntax.None {
			values = c.row(t.First(list))
		}
		f := c.bodies[c.around(n)]
		c.rows(&c.shapeOf(f).results, values)
	case syntax.Call, syntax.Index, syntax.IndexKey, syntax.Method, syntax.Table, syntax.Function, syntax.Binary, syntax.Unary:
		c.expr(n)
	}
}

func (c *collector) firstParam(body syntax.Node) syntax.Node {
	p := c.t.First(c.t.First(body))
	if c.t.Kind(p) != syntax.Name {
		return syntax.None
	}
	return p
}

// around is the FuncBody around a node, or the chunk.
func (c *collector) around(n syntax.Node) syntax.Node {
	for n = c.t.Parent(n); n != syntax.None; n = c.t.Parent(n) {
		if k := c.t.Kind(n); k == syntax.FuncBody {
			return n
		}
	}
	return c.t.Root()
}

// variable is what a local variable or global holds.
func (c *collector) variable(name syntax.Node) id {
	if c.t.Kind(name) != syntax.Name {
		return 0
	}
	if v := c.file.Vars.Var(name); v != scope.NoVar {
		return c.vars[v]
	}
	text := c.t.Source(name)
	if text == "_G" {
		return c.globals
	}
	return c.global(c.number, text)
}

// target is what an assignment changes.
func (c *collector) target(n syntax.Node) id {
	if c.t.Kind(n) == syntax.Name {
		return c.variable(n)
	}
	return c.expr(n)
}

// assign gives names or targets the values of a list.
func (c *collector) assign(targets, values syntax.Node, to func(syntax.Node) id) {
	row := c.row(c.t.First(values))
	i := 0
	for target := c.t.First(targets); target != syntax.None; target = c.t.Next(target) {
		n := to(target)
		switch {
		case i < len(row.list):
			c.unify(n, row.list[i])
		case row.rest != 0:
			c.unify(n, row.rest)
		}
		i++
	}
}

// open is how many values of a call are told apart where it gives any number.
const open = 4

// row are the values of expressions in a row, from n on.
func (c *collector) row(n syntax.Node) tuple {
	var row tuple
	for ; n != syntax.None; n = c.t.Next(n) {
		if c.t.Next(n) != syntax.None {
			row.list = append(row.list, c.expr(n))
			continue
		}
		switch c.t.Kind(n) {
		case syntax.Call:
			last := c.call(n)
			row.list = append(row.list, last.list...)
			row.rest = last.rest
		case syntax.Vararg:
			row.rest = c.expr(n)
		default:
			row.list = append(row.list, c.expr(n))
		}
	}
	return row
}

func (c *collector) genericFor(n syntax.Node) {
	t := c.t
	names := t.First(n)
	list := t.Next(names)
	row := c.row(t.First(list))
	at := func(i int) id {
		if i < len(row.list) {
			return row.list[i]
		}
		return row.rest
	}
	var vars tuple
	for name := t.First(names); name != syntax.None; name = t.Next(name) {
		vars.list = append(vars.list, c.variable(name))
	}
	if len(vars.list) == 0 {
		return
	}
	c.calls = append(c.calls, call{callee: at(0), args: tuple{list: []id{at(1), vars.list[0]}}, results: vars, file: c.number, node: list})
	c.unify(at(2), vars.list[0])
}

// body is the function of a FuncBody.
func (c *collector) body(n syntax.Node) id {
	if f, ok := c.bodies[n]; ok {
		return f
	}
	t := c.t
	f := c.fresh()
	c.nodes[f].flags |= function
	c.bodies[n] = f
	var params tuple
	if stat := t.Parent(n); t.Kind(stat) == syntax.FuncStat && t.Kind(t.First(stat)) == syntax.Method {
		if self, ok := c.selves[t.Child(t.First(stat), 1)]; ok {
			params.list = append(params.list, c.vars[self])
		}
	}
	for p := range t.Children(t.First(n)) {
		switch t.Kind(p) {
		case syntax.Name:
			params.list = append(params.list, c.variable(p))
		case syntax.Vararg:
			params.rest = c.fresh()
			c.rests[n] = params.rest
		}
	}
	c.rows(&c.shapeOf(f).params, params)
	return f
}

func (c *collector) isTarget(n syntax.Node) bool {
	t := c.t
	parent := t.Parent(n)
	switch t.Kind(parent) {
	case syntax.FuncStat:
		return true
	case syntax.ExprList:
		stat := t.Parent(parent)
		return t.Kind(stat) == syntax.AssignStat && t.First(stat) == parent
	}
	return false
}

// named notes that a node names a key of a table.
func (c *collector) named(of id, n syntax.Node, name string, write bool) {
	if write && of != 0 {
		c.give(of, name)
	}
	if of == 0 {
		return
	}
	if c.find(of) == c.find(c.globals) {
		of = c.globalName(c.number, name)
	}
	start, end := c.t.Start(n), c.t.End(n)
	if q, ok := c.t.Quote(n); ok {
		start, end = q.Start, q.End
	}
	c.place(of, c.number, name, start, end)
}
