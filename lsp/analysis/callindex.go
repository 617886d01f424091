package analysis

import (
	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// callIndex are the calls of a file by what their callee is written as. Calls by pcall
// are among them.
type callIndex struct {
	// named are those of a.name(…) and a:name(…), by the name.
	named map[string][]site
	// picked are those of t[key](…), and of variables that are given t[key], or are
	// the values of a loop over t: by the text of t.
	picked map[string][]site
	// made are those of what another call has given.
	made []site
}

func (u *unit) callIndex() *callIndex {
	if u.calls != nil {
		return u.calls
	}
	t := u.tree
	x := &callIndex{named: map[string][]site{}, picked: map[string][]site{}}
	u.calls = x
	for n := syntax.Node(1); int(n) < t.Len(); n++ {
		if t.Kind(n) != syntax.Call {
			continue
		}
		s := u.site(n)
		x.add(s)
		if t.Kind(s.callee) == syntax.Name {
			if name := t.Source(s.callee); name == "pcall" || name == "xpcall" {
				if inner, ok := u.passedOn(s, name == "xpcall"); ok {
					x.add(inner)
				}
			}
		}
	}
	return x
}

func (x *callIndex) add(s site) {
	u, t := s.u, s.u.tree
	switch t.Kind(s.callee) {
	case syntax.Index, syntax.Method:
		name := t.NameOf(t.Child(s.callee, 1))
		x.named[name] = append(x.named[name], s)
	case syntax.Name:
		if from := u.pickedFrom(s.callee); from != syntax.None {
			x.picked[t.Source(from)] = append(x.picked[t.Source(from)], s)
		} else if u.madeByCall(s.callee) {
			x.made = append(x.made, s)
		}
	case syntax.IndexKey:
		from := t.First(s.callee)
		x.picked[t.Source(from)] = append(x.picked[t.Source(from)], s)
	case syntax.Call, syntax.Paren:
		x.made = append(x.made, s)
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
