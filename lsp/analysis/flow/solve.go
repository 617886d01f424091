package flow

import (
	"strconv"
	"strings"

	"github.com/llmspell/llmspell/runtime/syntax"
)

// solve applies calls and metatables until nothing new follows, and then tells what
// other code has.
func (s *solver) solve() {
	s.foreignGlobals()
	s.settle()
	if s.stringMethods() {
		s.settle()
	}
	s.returned()
	s.spread()
}

// settle applies what is known until nothing changes.
func (s *solver) settle() {
	for s.changed = true; s.changed; {
		s.changed = false
		for i := 0; i < len(s.calls); i++ {
			s.apply(i)
		}
		for i := range s.metas {
			s.applyMeta(&s.metas[i])
		}
		for _, r := range s.replace {
			if s.nodes[s.find(r.with)].flags&made != 0 {
				s.markDynamic(r.with, r.reason)
			}
		}
		if s.nodes[s.find(s.thrown)].flags&made != 0 {
			for _, c := range s.caught {
				s.unify(c, s.thrown)
			}
		}
		if s.yields {
			all := tuple{rest: s.passed}
			for _, f := range s.threads {
				x := s.shapeOf(f)
				s.rows(&x.params, all)
				s.rows(&s.shapeOf(f).results, all)
			}
		}
	}
}

// scoped is what a global is called among the fields of _G: several programs may each
// have one of a name.
func (s *solver) scoped(file int32, name string) string {
	if s.program.Scope == nil || builtins[name] != nil || libraries[name] != "" {
		return name
	}
	if k := s.program.Scope(int(file), name); k != 0 {
		return name + "\x00" + strconv.Itoa(k)
	}
	return name
}

// globalName stands for the name of a global variable.
func (s *solver) globalName(file int32, name string) id {
	name = s.scoped(file, name)
	n, ok := s.globalNames[name]
	if !ok {
		n = s.fresh()
		s.nodes[n].flags |= global
		s.globalNames[name] = n
	}
	return n
}

// global is the value of a global variable.
func (s *solver) global(file int32, name string) id {
	key := s.scoped(file, name)
	if f, ok := s.has(s.globals, key); ok {
		return f
	}
	f := s.field(s.globals, key)
	switch {
	case builtins[name] != nil:
		s.shapeOf(f).builtin(name)
	case libraries[name] != "":
		s.nodes[s.find(f)].flags |= library
		for _, function := range strings.Fields(libraries[name]) {
			s.shapeOf(s.field(f, function)).builtin(name + "." + function)
		}
	}
	return f
}

// foreignGlobals marks the globals that the program does not set, and those that code
// in strings may use.
func (s *solver) foreignGlobals() {
	written := s.written
	for i := range s.program.Files {
		for name, uses := range s.program.Files[i].Vars.Globals {
			for _, use := range uses {
				if use.Write {
					written[s.scoped(int32(i), name)] = true
				}
			}
		}
	}
	for i := range s.program.Files {
		f := &s.program.Files[i]
		for name, uses := range f.Vars.Globals {
			if opens[name] && len(uses) > 0 {
				s.markUnknown(s.globals, &Reason{URI: f.URI, Offset: f.Tree.Start(uses[0].Node), Text: "code that " + name + " makes or runs may use any global variable"})
			}
			if builtins[name] != nil || libraries[name] != "" || name == "_G" || opens[name] {
				continue
			}
			if s.program.Library != nil && s.program.Library(name) {
				s.markUnknown(s.global(int32(i), name), &Reason{Text: name + " is part of llmspell"})
			} else if !written[s.scoped(int32(i), name)] {
				s.markUnknown(s.global(int32(i), name), &Reason{Text: "no file of the workspace sets the global " + name})
			}
		}
	}
}

// opens are the functions that let code use globals, or a table in place of them, that
// the program does not show.
var opens = map[string]bool{"loadstring": true, "load": true, "setfenv": true, "getfenv": true, "module": true}

// apply unifies what a call hands over, and what it gives.
func (s *solver) apply(i int) {
	c := &s.calls[i]
	if c.callee == 0 {
		return
	}
	f := s.find(c.callee)
	x := s.shapeOf(f)
	if !c.applied && s.nodes[f].flags&function != 0 {
		c.applied = true
		s.rows(&x.params, c.args)
		s.rows(&s.shapeOf(f).results, c.results)
		x = s.shapeOf(f)
	}
	for k := 0; k < len(x.builtins); k++ {
		if c := &s.calls[i]; !contains(c.builtin, x.builtins[k]) {
			c.builtin = append(c.builtin, x.builtins[k])
			s.changed = true
			s.builtin(i, x.builtins[k])
			x = s.shapeOf(f)
		}
	}
	if c := &s.calls[i]; !c.meta && x.meta != 0 {
		if inner, ok := s.has(x.meta, "__call"); ok {
			c.meta = true
			s.changed = true
			args := tuple{list: append([]id{c.callee}, c.args.list...), rest: c.args.rest}
			s.inner(i, inner, args, c.results)
		}
	}
}

func contains(list []string, s string) bool {
	for _, have := range list {
		if have == s {
			return true
		}
	}
	return false
}

// maxInner is how deep calls make calls: pcall(pcall, pcall, …).
const maxInner = 6

// inner adds a call that a call makes.
func (s *solver) inner(by int, callee id, args, results tuple) {
	c := s.calls[by]
	if c.depth >= maxInner {
		s.giveAway(&c, args)
		return
	}
	s.changed = true
	s.calls = append(s.calls, call{callee: callee, args: args, results: results, file: c.file, node: c.node, depth: c.depth + 1})
}

// applyMeta adds what a metatable does to a table.
func (s *solver) applyMeta(m *metatable) {
	if m.meta == 0 || m.of == 0 {
		return
	}
	x := s.nodes[s.find(m.meta)].shape
	if x == nil {
		return
	}
	for _, event := range sortedEvents(x.fields) {
		f, ok := s.has(m.meta, event)
		if !ok || event == "__call" {
			continue
		}
		flags := s.nodes[s.find(f)].flags
		switch event {
		case "__index", "__newindex":
			if flags&function == 0 {
				s.unify(m.of, f)
				continue
			}
			s.markDynamic(m.of, m.reason)
			s.unify(s.param(f, 0), m.of)
			s.unify(s.param(f, 2), s.elem(m.of))
			s.unify(s.result(f, 0), s.elem(m.of))
		default:
			if flags&function == 0 {
				continue
			}
			s.unify(s.param(f, 0), m.of)
			s.unify(s.param(f, 1), m.of)
			if contains(operatorEvents, event) {
				s.unify(s.result(f, 0), s.field(m.of, operator))
			}
		}
	}
}

// stringMethods treats methods that are named as those of strings, and belong to nothing
// else that is known, as such.
func (s *solver) stringMethods() (any bool) {
	methods := strings.Fields(libraries["string"])
	for i := 0; i < len(s.calls); i++ {
		c := &s.calls[i]
		if c.callee == 0 || c.depth > 0 || s.known(c.callee) {
			continue
		}
		t := s.program.Files[c.file].Tree
		callee := t.First(c.node)
		if t.Kind(c.node) != syntax.Call || t.Kind(callee) != syntax.Method || s.nodes[s.find(c.args.list[0])].flags&made != 0 {
			continue
		}
		if name := t.Source(t.Child(callee, 1)); contains(methods, name) && !contains(c.builtin, "string."+name) {
			c.builtin = append(c.builtin, "string."+name)
			s.builtin(i, "string."+name)
			any = true
		}
	}
	return any
}

// known tells whether it is known what a call of a value does.
func (s *solver) known(callee id) bool {
	f := s.find(callee)
	if s.nodes[f].flags&function != 0 {
		return true
	}
	x := s.nodes[f].shape
	if x == nil {
		return false
	}
	if len(x.builtins) > 0 {
		return true
	}
	if x.meta != 0 {
		if inner, ok := s.has(x.meta, "__call"); ok {
			return s.find(inner) != f && s.nodes[s.find(inner)].flags&function != 0
		}
	}
	return false
}

// returned marks what scripts return to whoever runs them. A table with functions that
// no file requires is a module all the same: its users are to come.
func (s *solver) returned() {
	for i := range s.program.Files {
		f := &s.program.Files[i]
		if s.loaded[i] && !f.Alone {
			continue
		}
		x := s.shapeOf(s.chunks[i])
		for _, r := range x.results.list {
			switch {
			case f.Alone:
				s.markUnknown(r, &Reason{URI: f.URI, Offset: lastOffset(f), Text: "its table is what the file returns, which is in no folder that is open: who requires it is not known"})
			case !s.isModule(r):
				s.markUnknown(r, &Reason{URI: f.URI, Offset: lastOffset(f), Text: "its table is what the script returns to whoever runs it"})
			}
		}
		if x.results.rest != 0 {
			s.markUnknown(x.results.rest, &Reason{URI: f.URI, Offset: lastOffset(f), Text: "its table is what the script returns to whoever runs it"})
		}
	}
}

// lastOffset is where the last statement of a file begins.
func lastOffset(f *File) int {
	last := f.Tree.Root()
	for n := range f.Tree.Children(f.Tree.First(f.Tree.Root())) {
		last = n
	}
	return f.Tree.Start(last)
}

func (s *solver) isModule(n id) bool {
	n = s.find(n)
	if s.nodes[n].flags&function != 0 {
		return true
	}
	if s.nodes[n].flags&made == 0 || s.nodes[n].shape == nil {
		return false
	}
	for _, f := range s.nodes[n].shape.fields {
		if s.nodes[s.find(f)].flags&function != 0 {
			return true
		}
	}
	return false
}

// spread marks all that other code gets through what it has.
func (s *solver) spread() {
	var list []id
	for n := range s.nodes {
		if s.nodes[n].parent == 0 && s.nodes[n].unknown != nil {
			list = append(list, id(n))
		}
	}
	pass := func(n id, why *Reason) {
		if n == 0 {
			return
		}
		if n = s.find(n); s.nodes[n].unknown == nil && !s.isLibrary(n) {
			s.nodes[n].unknown = why
			list = append(list, n)
		}
	}
	row := func(t tuple, why *Reason) {
		for _, n := range t.list {
			pass(n, why)
		}
		pass(t.rest, why)
	}
	given := make([]bool, len(s.calls))
	for {
		for len(list) > 0 {
			n := &s.nodes[list[len(list)-1]]
			list = list[:len(list)-1]
			if n.shape == nil {
				continue
			}
			for _, f := range n.shape.fields {
				pass(f, n.unknown)
			}
			pass(n.shape.elem, n.unknown)
			pass(n.shape.meta, n.unknown)
			row(n.shape.params, n.unknown)
			row(n.shape.results, n.unknown)
		}
		for i := range s.calls {
			c := &s.calls[i]
			if given[i] || c.callee == 0 || len(c.builtin) > 0 && s.nodes[s.find(c.callee)].unknown == nil {
				continue
			}
			if s.nodes[s.find(c.callee)].unknown == nil && s.known(c.callee) {
				continue
			}
			if len(c.builtin) > 0 && s.stringMethod(c) {
				continue
			}
			given[i] = true
			why := s.givenTo(c)
			row(c.args, why)
			row(c.results, &Reason{URI: why.URI, Offset: why.Offset, Text: "its table comes from " + s.nameOf(c) + ", whose code is not in the workspace"})
		}
		if len(list) == 0 {
			return
		}
	}
}

// isLibrary tells whether a value is surely a table or function of the library: other
// code has it anyway.
func (s *solver) isLibrary(n id) bool {
	x := &s.nodes[n]
	if x.flags&(made|function) != 0 {
		return false
	}
	return x.flags&library != 0 || x.shape != nil && len(x.shape.builtins) > 0
}

// stringMethod tells whether a call was taken for a method of strings.
func (s *solver) stringMethod(c *call) bool {
	x := s.nodes[s.find(c.callee)].shape
	return strings.HasPrefix(c.builtin[0], "string.") && (x == nil || len(x.builtins) == 0) && s.nodes[s.find(c.args.list[0])].flags&made == 0
}

func (s *solver) giveAway(c *call, args tuple) {
	why := s.givenTo(c)
	for _, a := range args.list {
		s.markUnknown(a, why)
	}
	s.markUnknown(args.rest, why)
}

func (s *solver) givenTo(c *call) *Reason {
	f := &s.program.Files[c.file]
	return &Reason{URI: f.URI, Offset: f.Tree.Start(c.node), Text: "its table is given to " + s.nameOf(c) + ", whose code is not in the workspace"}
}

// nameOf is what a call calls, as it is written.
func (s *solver) nameOf(c *call) string {
	t := s.program.Files[c.file].Tree
	if c.depth > 0 && t.Kind(c.node) == syntax.Call { // pcall(f, …)
		if first := t.First(t.Child(c.node, 1)); first != syntax.None {
			return short(t.Source(first))
		}
	}
	return short(t.Source(t.First(c.node)))
}
