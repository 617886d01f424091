package analysis

import (
	"slices"

	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// LivePath says where the value of an expression is in a running kernel: the fields that
// lead to it from a global variable of a session, or from a value of the state.
type LivePath struct {
	// Global is the name of the variable, "" for the state.
	Global string
	// Scope and Key are those of the value in the state.
	Scope, Key string
	Fields     []string
}

// LivePath returns where a kernel has what an expression is: a global, State.get("key"), a
// local variable that holds one of these all the time, a field of one, also as ["key"]. It
// is not ok for all others.
func (s *Snapshot) LivePath(f *File, n syntax.Node) (LivePath, bool) {
	var p LivePath
	ok := in(s, f, func(u *unit) bool { return u.livePath(&p, n, maxCertain) })
	slices.Reverse(p.Fields)
	return p, ok
}

// livePath collects the fields from the last to the first.
func (u *unit) livePath(p *LivePath, n syntax.Node, depth int) bool {
	t := u.tree
	if depth == 0 {
		return false
	}
	switch t.Kind(n) {
	case syntax.Paren:
		return u.livePath(p, t.First(n), depth-1)
	case syntax.Index, syntax.IndexKey:
		name, ok := u.keyName(n)
		p.Fields = append(p.Fields, name)
		return ok && name != "" && u.livePath(p, t.First(n), depth-1)
	case syntax.Binary: // State.get("key") or {}
		return t.TokenKind(t.Token(n)) == syntax.Or && t.Kind(t.Child(n, 1)) == syntax.Table && u.livePath(p, t.First(n), depth-1)
	case syntax.Call:
		return u.stateRead(p, n)
	case syntax.Name:
		v := u.file.Vars().Var(n)
		if v == scope.NoVar {
			p.Global = t.NameOf(n)
			return p.Global != ""
		}
		x := &u.file.Vars().Vars[v]
		return x.Kind == scope.Local && u.neverWritten(n) && u.livePath(p, u.initial(x), depth-1)
	}
	return false
}

// stateRead tells whether a call reads a value of the state whose key and scope the text
// says.
func (u *unit) stateRead(p *LivePath, call syntax.Node) bool {
	s := u.site(call)
	f, ok := u.typeOf(s.callee).(*types.Func)
	if !ok || !fromLibrary(f) {
		return false
	}
	text := func(n syntax.Node) string {
		if names := u.namesIn(n); u.tree.Kind(n) != syntax.Table && len(names) == 1 {
			return names[0]
		}
		return ""
	}
	switch {
	case f.Special == "State.get" && len(s.args) > 0:
		p.Scope, p.Key = "global", text(s.args[0])
		if len(s.args) > 1 {
			field, given := u.constructed(s.args[1], "scope")
			if u.tree.Kind(s.args[1]) != syntax.Table {
				return false
			}
			if given {
				p.Scope = text(field.value)
			}
		}
	case f.Name == "State.load" && len(s.args) > 1:
		p.Scope, p.Key = text(s.args[0]), text(s.args[1])
	}
	return p.Scope != "" && p.Key != ""
}
