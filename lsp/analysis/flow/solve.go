package flow

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/llmspell/llmspell/runtime/syntax"
)

// run does all the work.
func (s *solver) run() {
	for i := range s.program.Files {
		s.collect(i)
	}
	if s.err == nil {
		s.solve()
	}
}

// solve applies calls and metatables until nothing new follows, and then tells what
// other code has.
func (s *solver) solve() {
	s.outers = len(s.calls)
	s.foreignGlobals()
	s.settle()
	if s.stringMethods() {
		s.settle()
	}
	s.final = true
	s.settle()
	if s.lost || s.err != nil {
		return
	}
	s.loadedModules()
	s.returned()
	s.spread()
}

// settle applies what is known until nothing changes.
func (s *solver) settle() {
	for s.changed = true; s.changed && s.err == nil; {
		s.changed = false
		for i := 0; i < len(s.calls) && s.step(); i++ {
			if s.program.Closed && s.inners > s.outers+100 {
				s.lost = true // any function may be any other: nothing will be certain
				return
			}
			s.apply(i)
		}
		for i := 0; i < len(s.metas) && s.step(); i++ {
			s.applyMeta(&s.metas[i])
		}
		for _, r := range s.replace {
			if s.nodes[s.find(r.with)].flags&made != 0 {
				s.markDynamic(r.with, r.reason)
			}
		}
		if s.nodes[s.find(s.thrown)].flags&made != 0 {
			for _, c := range s.caught {
				if !s.step() {
					return
				}
				s.unify(c, s.thrown)
			}
		}
		if s.yields {
			all := tuple{rest: s.passed}
			for _, f := range s.threads {
				if !s.step() {
					return
				}
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
	if s.program.Scope == nil || ofLibrary(name) || libraries[name] != "" {
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
	case ofLibrary(name):
		s.shapeOf(f).builtins.add(name)
	case libraries[name] != "":
		s.nodes[s.find(f)].flags |= library
		for _, function := range strings.Fields(libraries[name]) {
			s.shapeOf(s.field(f, function)).builtins.add(name + "." + function)
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
		for _, name := range slices.Sorted(maps.Keys(f.Vars.Globals)) {
			uses := f.Vars.Globals[name]
			if len(uses) == 0 {
				continue
			}
			why := &Reason{URI: f.URI, Offset: f.Tree.Start(uses[0].Node)}
			if opens[name] && !f.Notes.Meta { // a file that only declares them runs nothing
				why.Text = "code that " + name + " makes or runs may use any global variable"
				s.markUnknown(s.globals, why)
			}
			if ofLibrary(name) || libraries[name] != "" || name == "_G" || opens[name] {
				continue
			}
			if s.program.Library != nil && s.program.Library(name) {
				of, who := s.global(int32(i), name), strange
				if s.program.Kernel != nil && s.program.Kernel(name) {
					s.kernels[of], who = name, 0
				}
				why.Text = "its table may come from elsewhere: " + name + " is part of llmspell, or of what the settings say that there is"
				s.markAs(of, who, why)
			} else if !written[s.scoped(int32(i), name)] {
				why.Text = "its table may come from elsewhere: no file of the workspace sets the global " + name
				s.markUnknown(s.global(int32(i), name), why)
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
	for {
		which, ok := s.calls[i].builtins.next(x.builtins)
		if !ok || !s.step() {
			break
		}
		s.changed = true
		s.builtin(i, which)
		x = s.shapeOf(f)
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

// maxInner is how deep calls make calls: pcall(pcall, pcall, …). maxInners bounds how many
// there are for each that is written: where any function may be any other, each makes all.
const (
	maxInner  = 6
	maxInners = 2
)

// inner adds a call that a call makes.
func (s *solver) inner(by int, callee id, args, results tuple) {
	c := s.calls[by]
	if s.inners++; c.depth >= maxInner || s.inners > maxInners*(s.outers+100) {
		s.giveAway(&c, tuple{list: append(args.list[:len(args.list):len(args.list)], callee), rest: args.rest})
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
	for _, event := range s.underscored {
		f, ok := s.has(m.meta, event)
		if !ok || event == "__call" {
			continue
		}
		if (event == "__index" || event == "__newindex") && s.find(m.of) == s.find(s.globals) {
			// A name without a declaration may then be a field of another table.
			s.markUnknown(s.globals, &Reason{URI: m.reason.URI, Offset: m.reason.Offset, Text: "the metatable of _G looks up global variables in it"})
		}
		flags := s.nodes[s.find(f)].flags
		switch event {
		case "__index", "__newindex":
			if flags&function == 0 {
				if flags&made == 0 {
					if !s.final {
						continue // it may turn out to be a function
					}
					s.markStores(m.of)
				}
				s.unify(m.of, f)
				continue
			}
			s.markStores(m.of)
			s.markDynamic(m.of, m.reason)
			s.unify(s.param(f, 0), m.of)
			if event == "__index" {
				s.unify(s.param(f, 1), s.asked(m.of))
			} else {
				s.unify(s.param(f, 1), s.keys(m.of))
			}
			s.unify(s.param(f, 2), s.elem(m.of))
			s.unify(s.result(f, 0), s.elem(m.of))
		default:
			if flags&function == 0 {
				continue
			}
			s.unify(s.param(f, 0), m.of)
			s.unify(s.param(f, 1), m.of)
			if s.events[event] {
				s.unify(s.result(f, 0), s.field(m.of, operated(event)))
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
		if name := t.Source(t.Child(callee, 1)); slices.Contains(methods, name) && c.builtins.add("string."+name) {
			c.ofText, any = true, true
			s.builtin(i, functionNumbers["string."+name])
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
	if x.builtins.any() {
		return true
	}
	if x.meta != 0 {
		if inner, ok := s.has(x.meta, "__call"); ok {
			return s.find(inner) != f && s.nodes[s.find(inner)].flags&function != 0
		}
	}
	return false
}
