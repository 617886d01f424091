package flow

import (
	"github.com/llmspell/llmspell/runtime/syntax"
)

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
				s.markAs(r, left, &Reason{URI: f.URI, Offset: lastOffset(f), Text: "its table is what the script returns to whoever runs it"})
			}
		}
		if x.results.rest != 0 {
			s.markAs(x.results.rest, left, &Reason{URI: f.URI, Offset: lastOffset(f), Text: "its table is what the script returns to whoever runs it"})
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
		for len(list) > 0 && s.step() {
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
			pass(n.shape.keys, n.unknown)
			pass(n.shape.asked, n.unknown)
			row(n.shape.params, n.unknown)
			row(n.shape.results, n.unknown)
		}
		for i := range s.calls {
			if !s.step() {
				return
			}
			c := &s.calls[i]
			if given[i] || c.callee == 0 || c.builtins.any() && s.nodes[s.find(c.callee)].unknown == nil {
				continue
			}
			if s.nodes[s.find(c.callee)].unknown == nil && s.known(c.callee) {
				continue
			}
			if s.stringMethod(c) {
				continue
			}
			if s.program.Closed && s.callsNothing(c) {
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
	return x.flags&library != 0 || x.shape != nil && x.shape.builtins.any()
}

// stringMethod tells whether a call was taken for a method of strings.
func (s *solver) stringMethod(c *call) bool {
	x := s.nodes[s.find(c.callee)].shape
	return c.ofText && (x == nil || !x.builtins.any()) && s.nodes[s.find(c.args.list[0])].flags&made == 0
}

func (s *solver) giveAway(c *call, args tuple) {
	var why *Reason
	for _, a := range append(args.list[:len(args.list):len(args.list)], args.rest) {
		if a == 0 || s.nodes[s.find(a)].unknown != nil {
			continue
		}
		if why == nil {
			why = s.givenTo(c)
		}
		s.markUnknown(a, why)
	}
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
