package lint

import (
	"slices"
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/lsp/library"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// calledValue reports a call of what is no function.
func (p *pass) calledValue(callee syntax.Node) {
	v, ok := p.sure(callee)
	if !ok {
		for p.tree.Kind(callee) == syntax.Paren { // the error names what is in them
			callee = p.tree.First(callee)
		}
		v.Kind = p.libraryValue(callee)
		if v.Kind == "" {
			v.Kind = p.fieldValue(callee)
		}
		v.Var = p.vars.Var(callee)
	}
	if v.Kind != "" && v.Kind != "function" {
		p.fails(callee, "call", v)
	}
}

// libraryValue is the kind of what the library has by a name or a field, and of tools; "" if
// it can be called, or is not certain.
func (p *pass) libraryValue(n syntax.Node) string {
	kind := ""
	switch t := p.snap.TypeOf(p.file, n).(type) {
	case *types.Object:
		if t.Role == types.ToolItself && !p.toolChanges().Names || t.Role == types.NoRole && fromLibrary(t.Decl) && p.namesLibrary(n) {
			kind = "table"
			if slices.Contains(t.Bases(), types.Type(types.Userdata)) {
				kind = "userdata"
			}
		}
		if t.Callable() != nil {
			return ""
		}
	case *types.Array, *types.Map:
		if p.namesLibrary(n) {
			kind = "table"
		}
	case types.Basic:
		if (t == types.Number || t == types.String) && p.namesLibrary(n) {
			kind = t.String()
		}
	}
	if kind == "" || !p.snap.Certain(p.file, n) || p.overloaded(kind) || p.inProgram(makesCallable) {
		return ""
	}
	return kind
}

func fromLibrary(at types.Location) bool {
	return strings.HasPrefix(at.URI, library.Scheme+":")
}

// makesCallable tells whether a file may give tables a __call.
func makesCallable(e *analysis.Entry) bool { return e.Mentions("__call") }

// namesLibrary tells whether an expression is a global of the library that the file does not
// assign, or a field of one that it stores nowhere.
func (p *pass) namesLibrary(n syntax.Node) bool {
	t := p.tree
	switch t.Kind(n) {
	case syntax.Paren:
		return p.namesLibrary(t.First(n))
	case syntax.Name:
		name := t.NameOf(n)
		return p.untouched(name, n) && p.snap.LibraryGlobal(name) != nil && p.snap.GlobalType(p.file, name) == p.snap.LibraryGlobal(name)
	case syntax.Index:
		name := t.NameOf(t.Child(n, 1))
		return !p.storedNames()[name] && !p.extended(name) && p.namesLibrary(t.First(n))
	}
	return false
}

// fieldValue is the kind of what a field of a local table holds all the time: the table stays
// in the file, no code stores a field of the name, and what the field holds is given to nobody.
func (p *pass) fieldValue(n syntax.Node) string {
	t := p.tree
	object := t.First(n)
	v := p.vars.Var(object)
	if t.Kind(n) != syntax.Index || t.Kind(object) != syntax.Name || v == scope.NoVar {
		return ""
	}
	name := t.NameOf(t.Child(n, 1))
	made := p.initialOf(v)
	if t.Kind(made) != syntax.Table {
		return ""
	}
	value := syntax.None
	for field := range t.Children(made) {
		switch {
		case t.Kind(field) == syntax.KeyField, t.Kind(field) == syntax.NameField && t.NameOf(t.First(field)) == name && value != syntax.None:
			return "" // it may be the same key
		case t.Kind(field) == syntax.NameField && t.NameOf(t.First(field)) == name:
			value = t.Child(field, 1)
		}
	}
	if k := t.Kind(value); value == syntax.None || k == syntax.Name || k == syntax.Function {
		return "" // a Name is another name of a value, which may be changed by it
	}
	of, ok := p.sure(value)
	if !ok || of.Kind == "nil" || p.storedNames()[name] || !p.staysHere(&p.vars.Vars[v]) || !p.fieldStays(&p.vars.Vars[v], name) {
		return ""
	}
	return of.Kind
}

// fieldStays tells whether all that is done with a local table is that fields are looked up
// by their names, and that one of them is called or indexed itself.
func (p *pass) fieldStays(v *scope.Variable, name string) bool {
	t := p.tree
	for _, use := range v.Uses {
		index := t.Parent(use.Node)
		if k := t.Kind(index); k != syntax.Index && k != syntax.Method || t.First(index) != use.Node {
			return false
		}
		if t.NameOf(t.Child(index, 1)) != name {
			continue
		}
		switch parent := t.Parent(index); t.Kind(parent) {
		case syntax.Call, syntax.Index, syntax.IndexKey, syntax.Method:
			if t.First(parent) != index {
				return false
			}
		default:
			return false
		}
	}
	return true
}
