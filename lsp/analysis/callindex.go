package analysis

import (
	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// callIndex are the calls of a file by what their callee is written as. Calls by pcall
// are among them.
type callIndex struct {
	// named are those of a.name(…) and a:name(…), by the name.
	named map[string][]callRef
	// picked are those of t[key](…), and of variables that are given t[key], or are
	// the values of a loop over t: by the text of t.
	picked map[string][]callRef
	// made are those of what another call has given.
	made []callRef
}

// callRef is a call of a file, or the one that its pcall or xpcall makes.
type callRef struct {
	node  syntax.Node
	inner bool
}

// siteOf is the call itself.
func (u *unit) siteOf(r callRef) site {
	s := u.site(r.node)
	if r.inner {
		s, _ = u.passedOn(s, u.tree.Source(s.callee) == "xpcall")
	}
	return s
}

func (u *unit) callIndex() *callIndex {
	if u.calls != nil {
		return u.calls
	}
	t := u.tree
	x := &callIndex{named: map[string][]callRef{}, picked: map[string][]callRef{}}
	u.calls = x
	for n := range u.file.NodesOf(syntax.Call) {
		callee := t.First(n)
		x.add(u, callRef{node: n}, callee)
		if t.Kind(callee) == syntax.Name {
			if name := t.Source(callee); name == "pcall" || name == "xpcall" {
				if given := t.First(t.Next(callee)); given != syntax.None {
					x.add(u, callRef{node: n, inner: true}, given)
				}
			}
		}
	}
	return x
}

func (x *callIndex) add(u *unit, r callRef, callee syntax.Node) {
	t := u.tree
	switch t.Kind(callee) {
	case syntax.Index, syntax.Method:
		name := t.NameOf(t.Child(callee, 1))
		x.named[name] = append(x.named[name], r)
	case syntax.Name:
		if from := u.pickedFrom(callee); from != syntax.None {
			x.picked[t.Source(from)] = append(x.picked[t.Source(from)], r)
		} else if u.madeByCall(callee) {
			x.made = append(x.made, r)
		}
	case syntax.IndexKey:
		from := t.First(callee)
		x.picked[t.Source(from)] = append(x.picked[t.Source(from)], r)
	case syntax.Call, syntax.Paren:
		x.made = append(x.made, r)
	}
}

// madeByCall tells whether a variable is given what a call gives.
func (u *unit) madeByCall(name syntax.Node) bool {
	t := u.tree
	v := u.file.Vars().Var(name)
	if v == scope.NoVar {
		return false
	}
	x := &u.file.Vars().Vars[v]
	if x.Kind != scope.Local {
		return false
	}
	last := syntax.None
	for c := t.First(t.Next(t.Parent(x.Decl))); c != syntax.None; c = t.Next(c) {
		last = c
	}
	if t.Kind(last) == syntax.Call {
		return true
	}
	for _, w := range u.writes(v) {
		if t.Kind(u.writtenValue(w)) == syntax.Call {
			return true
		}
	}
	return false
}

// pickedFrom returns the table that a variable's value is taken from, by a key or as a
// loop over its values, or None.
func (u *unit) pickedFrom(name syntax.Node) syntax.Node {
	t := u.tree
	v := u.file.Vars().Var(name)
	if v == scope.NoVar {
		return syntax.None
	}
	switch x := &u.file.Vars().Vars[v]; x.Kind {
	case scope.Local:
		value := u.initial(x)
		if t.Kind(value) == syntax.Binary { // t[k] or default
			value = t.First(value)
		}
		if t.Kind(value) == syntax.IndexKey {
			return t.First(value)
		}
	case scope.LoopVar:
		list := t.Next(t.Parent(x.Decl))
		if call := t.First(list); t.Kind(call) == syntax.Call {
			switch t.Source(t.First(call)) {
			case "pairs", "ipairs":
				return t.First(t.Child(call, 1))
			}
		}
	}
	return syntax.None
}
