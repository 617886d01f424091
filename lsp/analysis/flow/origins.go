package flow

import (
	"slices"
	"strings"

	"github.com/llmspell/llmspell/runtime/syntax"
)

// Origin is where the kernel hands a value to the program.
type Origin struct {
	// File and Call are the call of the kernel's function; without a call it is the value
	// of Global.
	File   int
	Call   syntax.Node
	Global string
	// Protected: Call is pcall or xpcall, which is given the function.
	Protected bool
	// Index is the number of the result of the function, behind the true of pcall; of a
	// Handler that of the parameter.
	Index int
	// Handler is the argument of Call that is a function of the program, for what the
	// kernel calls it with; else None.
	Handler syntax.Node
	// Path are the fields that lead from there to the value; Element stands for one of a
	// list, or with a computed key.
	Path string
}

// Element is a step of Origin.Path that no name stands for.
const Element = "[]"

// Steps returns the names of the fields of o.Path.
func (o *Origin) Steps() []string {
	if o.Path == "" {
		return nil
	}
	return strings.Split(o.Path, "\x00")
}

// Bounds of what is known of where values come from.
const (
	maxOrigins = 24 // of one value
	maxSteps   = 8  // of one path
)

// Origins returns where all the tables come from that an expression of a file may be and
// that the program does not make itself. It is not ok if that is in doubt: other code than
// the kernel has such a table, or fields are stored in it under names that are computed.
// With a name it is not ok either if the program stores a field of that name in it.
func (g *Graph) Origins(file int, n syntax.Node, name string) ([]Origin, bool) {
	s := g.s
	if s.lost || int(n) >= len(s.exprs[file]) || s.exprs[file][n] <= 1 {
		return nil, false
	}
	if g.made == nil {
		g.made = s.origins()
	}
	of := s.find(s.exprs[file][n] - 1)
	x := &s.nodes[of]
	if g.made.strange[of] || len(g.made.from[of]) == 0 || x.stores || x.flags&(library|global|function) != 0 || of == s.find(s.globals) {
		return nil, false
	}
	if x.shape != nil {
		if _, given := x.shape.given[name]; given || x.shape.builtins.any() {
			return nil, false
		}
	}
	return g.made.from[of], true
}

// origins tells apart what the kernel hands to the program, and what other code has.
type origins struct {
	*solver
	// By the nodes that find returns.
	strange []bool
	from    map[id][]Origin
	held    map[id]bool // functions and tables that the kernel, or who runs the script, has
	todo    []id        // whose strange or from has changed
	kernels []bool      // by call: it was taken for one of the kernel
	others  []bool      // by call: it was taken for one of strange code
}

func (s *solver) origins() *origins {
	o := &origins{
		solver: s, strange: make([]bool, len(s.nodes)), from: map[id][]Origin{}, held: map[id]bool{},
		kernels: make([]bool, len(s.calls)), others: make([]bool, len(s.calls)),
	}
	for n := range s.nodes {
		x := &s.nodes[n]
		if x.parent != 0 || n == 0 {
			continue
		}
		if x.flags&strange != 0 {
			o.mark(id(n))
		}
		if x.flags&left != 0 {
			o.hold(id(n))
		}
	}
	for n, name := range s.kernels {
		o.add(n, Origin{Global: name})
	}
	for more := true; more; {
		o.drain()
		more = o.calls()
	}
	return o
}

// mark notes that strange code has a value.
func (o *origins) mark(n id) {
	if n == 0 {
		return
	}
	if n = o.find(n); !o.strange[n] && !o.isLibrary(n) {
		o.strange[n] = true
		o.todo = append(o.todo, n)
	}
}

func (o *origins) markRow(t tuple) {
	for _, n := range t.list {
		o.mark(n)
	}
	o.mark(t.rest)
}

// add notes that a value comes from somewhere.
func (o *origins) add(n id, from Origin) {
	if n == 0 {
		return
	}
	n = o.find(n)
	list := o.from[n]
	switch {
	case slices.Contains(list, from):
	case len(list) == maxOrigins:
		o.mark(n)
	default:
		o.from[n] = append(list, from)
		o.todo = append(o.todo, n)
	}
}

// drain lets what was found follow the fields.
func (o *origins) drain() {
	for len(o.todo) > 0 {
		n := o.todo[len(o.todo)-1]
		o.todo = o.todo[:len(o.todo)-1]
		x := o.nodes[n].shape
		if x == nil {
			continue
		}
		if o.strange[n] {
			globals := n == o.find(o.globals)
			for _, f := range x.fields {
				// Code in strings may set any global; it hardly sets the kernel's.
				if !globals || len(o.from[o.find(f)]) == 0 {
					o.mark(f)
				}
			}
			o.mark(x.elem)
			o.mark(x.meta)
			o.mark(x.keys)
			o.mark(x.asked)
			o.markRow(x.params)
			o.markRow(x.results)
			continue
		}
		list := o.from[n]
		for name, f := range x.fields {
			if !strings.HasPrefix(name, operated("")) {
				o.step(f, list, name)
			}
		}
		o.step(x.elem, list, Element)
	}
}

func (o *origins) step(n id, list []Origin, name string) {
	for _, from := range list {
		if strings.Count(from.Path, "\x00") >= maxSteps-1 {
			continue
		}
		if from.Path != "" {
			name := from.Path + "\x00" + name
			from.Path = name
		} else {
			from.Path = name
		}
		o.add(n, from)
	}
}

// calls looks at calls whose callee is now known; false if there are none.
func (o *origins) calls() (more bool) {
	var nobody []int
	for i := range o.solver.calls {
		c := &o.solver.calls[i]
		if c.callee == 0 {
			continue
		}
		f := o.find(c.callee)
		switch {
		case o.strange[f]:
			if !o.others[i] {
				o.others[i], more = true, true
				o.markRow(c.args)
				o.markRow(c.results)
			}
		case len(o.from[f]) > 0:
			if !o.kernels[i] {
				o.kernels[i], more = true, true
				o.called(c)
			}
		case c.builtins.any(), o.known(f), o.others[i], o.program.Closed && o.callsNothing(c):
		default:
			nobody = append(nobody, i)
		}
	}
	if more {
		return true
	}
	for _, i := range nobody {
		c := &o.solver.calls[i]
		o.others[i] = true
		o.markRow(c.args)
		o.markRow(c.results)
	}
	return len(nobody) > 0
}

// called adds what a call of one of the kernel's functions gives, and what it has then.
func (o *origins) called(c *call) {
	t := o.program.Files[c.file].Tree
	direct := c.depth == 0 && t.Kind(c.node) == syntax.Call
	from := Origin{File: int(c.file), Call: c.node}
	if !direct {
		if from.Protected = o.protects(c); !from.Protected {
			o.markRow(c.args)
			o.markRow(c.results)
			return
		}
	}
	for i, r := range c.results.list {
		from.Index = i
		o.add(r, from)
	}
	o.mark(c.results.rest)
	for i, a := range c.args.list {
		if direct {
			if t.Kind(t.First(c.node)) == syntax.Method {
				i--
			}
			if i >= 0 && (o.handler(c, o.argument(c, i), a) || o.handlers(c, o.argument(c, i), a)) {
				continue
			}
		}
		o.hold(a)
	}
	o.hold(c.args.rest)
}

// protects tells whether a call is the one that pcall or xpcall makes.
func (o *origins) protects(c *call) bool {
	t := o.program.Files[c.file].Tree
	if c.depth != 1 || t.Kind(c.node) != syntax.Call {
		return false
	}
	of := o.exprs[c.file][t.First(t.Child(c.node, 1))]
	outer := o.exprs[c.file][t.First(c.node)]
	if of <= 1 || outer <= 1 || o.find(of-1) != o.find(c.callee) {
		return false
	}
	x := o.nodes[o.find(outer-1)].shape
	return x != nil && (x.builtins == only("pcall") || x.builtins == only("xpcall"))
}

// handlers does it for the functions in a table that is written as an argument: that of
// Tool.register has execute. All else in it the kernel has.
func (o *origins) handlers(c *call, arg syntax.Node, of id) bool {
	t := o.program.Files[c.file].Tree
	if of == 0 || t.Kind(arg) != syntax.Table {
		return false
	}
	x := o.nodes[o.find(of)].shape
	if x == nil || o.held[o.find(of)] {
		return false
	}
	handled := map[id]bool{}
	for f := t.First(arg); f != syntax.None; f = t.Next(f) {
		if t.Kind(f) != syntax.NameField {
			continue
		}
		if field := x.fields[t.Source(t.First(f))]; field != 0 && o.handler(c, t.Child(f, 1), field) {
			handled[o.find(field)] = true
		}
	}
	if len(handled) == 0 {
		return false
	}
	for _, f := range x.fields {
		if !handled[o.find(f)] {
			o.hold(f)
		}
	}
	o.hold(x.elem)
	o.hold(x.meta)
	return true
}

// handler adds what the kernel calls a function with that is written as an argument of a call,
// or in one; false if it is no function of the program.
func (o *origins) handler(c *call, arg syntax.Node, of id) bool {
	if of == 0 || arg == syntax.None {
		return false
	}
	if e := o.exprs[c.file][arg]; e <= 1 || o.find(e-1) != o.find(of) || o.nodes[o.find(of)].flags&function == 0 {
		return false
	}
	x := o.shapeOf(of)
	for k, p := range x.params.list {
		o.add(p, Origin{File: int(c.file), Call: c.node, Index: k, Handler: arg})
	}
	o.mark(x.params.rest)
	for _, r := range x.results.list {
		o.hold(r)
	}
	return true
}

// hold notes that the kernel has a value: it calls what functions are in it, with values
// that nobody knows, and stores nothing in it.
func (o *origins) hold(n id) {
	if n == 0 {
		return
	}
	if n = o.find(n); o.held[n] {
		return
	}
	o.held[n] = true
	x := o.nodes[n].shape
	if x == nil {
		return
	}
	if o.nodes[n].flags&function != 0 {
		o.markRow(x.params)
	}
	for _, f := range x.fields {
		o.hold(f)
	}
	o.hold(x.elem)
	o.hold(x.meta)
	for _, r := range x.results.list {
		o.hold(r)
	}
	o.hold(x.results.rest)
}
