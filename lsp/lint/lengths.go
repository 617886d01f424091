package lint

import (
	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/lsp/library"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// lengths reports what is done with the elements 1, 2, … of a table that has only names for keys.
func (p *pass) lengths() {
	t := p.tree
	if !p.on("length-of-names") {
		return
	}
	for n := range p.nodes(syntax.Unary, syntax.Call) {
		of, what := t.First(n), "the length counts the elements 1, 2, …, of which the table has none: it is always 0"
		if t.Kind(n) == syntax.Call {
			of = t.First(t.Child(n, 1))
			if what = p.findsNothing(n); what == "" {
				continue
			}
		} else if t.TokenKind(t.Token(n)) != syntax.Hash {
			continue
		}
		if p.hasOnlyNames(p.bare(of)) {
			p.at("length-of-names", n, what)
		}
	}
}

// findsNothing is what is to be said of a call of a library function that looks at the elements
// of its first argument; "" for other calls.
func (p *pass) findsNothing(call syntax.Node) string {
	f, ok := p.snap.TypeOf(p.file, p.tree.First(call)).(*types.Func)
	if !ok || !library.Standard(f.Decl.URI) || !p.snap.CertainCallee(p.file, call) {
		return ""
	}
	const none = " the elements 1, 2, …, of which the table has none"
	switch f.Name {
	case "ipairs":
		return "ipairs goes through" + none + ": pairs goes through all"
	case "table.sort":
		return "table.sort sorts" + none
	case "table.concat":
		return "table.concat joins" + none
	case "unpack", "table.unpack":
		return f.Name + " returns" + none
	}
	return ""
}

// hasOnlyNames tells whether an expression is a table with keys, all of which are names or other
// texts: a constructor, or a variable that holds one all the time.
func (p *pass) hasOnlyNames(made syntax.Node) bool {
	t := p.tree
	if t.Kind(made) == syntax.Name {
		v := p.vars.Var(made)
		if v == scope.NoVar || !p.onlyNamed(&p.vars.Vars[v]) {
			return false
		}
		made = t.First(t.Next(t.Parent(p.vars.Vars[v].Decl)))
	}
	if t.Kind(made) != syntax.Table || t.First(made) == syntax.None {
		return false
	}
	for f := range t.Children(made) {
		switch t.Kind(f) {
		case syntax.NameField:
		case syntax.KeyField:
			if _, text := t.String(t.First(f)); !text {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// onlyNamed tells whether a variable holds one table all the time, which gets no elements.
func (p *pass) onlyNamed(v *scope.Variable) bool {
	t := p.tree
	if v.Kind != scope.Local || t.First(t.Parent(v.Decl)) != v.Decl {
		return false
	}
	for _, u := range v.Uses {
		if u.Write {
			return false
		}
		switch at := t.Parent(u.Node); t.Kind(at) {
		case syntax.Index, syntax.Unary:
		case syntax.IndexKey:
			if _, text := t.String(t.Child(at, 1)); t.First(at) == u.Node && p.written(at) && !text {
				return false
			}
		case syntax.Binary:
			if _, logical := p.logical(at); logical {
				return false // it gives its operands
			}
		case syntax.Args:
			switch t.Source(t.First(t.Parent(at))) {
			case "pairs", "ipairs", "next", "type", "print", "tostring", "unpack", "table.unpack", "table.concat", "table.sort":
			default:
				if !p.onlyRead(u.Node) || p.handsOut(u.Node) {
					return false
				}
			}
		default:
			return false
		}
	}
	return true
}
