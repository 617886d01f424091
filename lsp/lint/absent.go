package lint

import (
	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// neverStored tells whether nothing in the program stores the field that n reads, so that
// it is nil, and that is hardly meant: the name is nearly that of another field, or to use
// nil like that is an error. What a caller may leave out of its options is not like that.
func (p *pass) neverStored(n syntax.Node, of types.Type, name, near string) bool {
	o, ok := of.(*types.Object)
	if !ok || o.Role != types.NoRole || p.askedNames()[name] {
		return false
	}
	object := p.tree.First(n)
	needed := p.needsValue(n) && !p.guarded(n)
	if !needed && (near == "" || p.isOption(object)) {
		return false
	}
	a, ok := p.snap.Absent(p.ctx, p.file, object, name)
	return ok && (near != "" || !a.Shared)
}

// needsValue tells whether an expression is used in a way in which nil is an error: it is
// called, or a field is looked up in it.
func (p *pass) needsValue(n syntax.Node) bool {
	t := p.tree
	if t.Kind(n) == syntax.Method {
		return true
	}
	for t.Kind(t.Parent(n)) == syntax.Paren {
		n = t.Parent(n)
	}
	switch parent := t.Parent(n); t.Kind(parent) {
	case syntax.Call, syntax.Index, syntax.IndexKey, syntax.Method:
		return t.First(parent) == n
	}
	return false
}

// isOption tells whether an expression is a parameter without an annotation, or a field of
// one: what callers give may have more fields than these do.
func (p *pass) isOption(n syntax.Node) bool {
	t := p.tree
	for {
		switch t.Kind(n) {
		case syntax.Index, syntax.IndexKey, syntax.Paren:
			n = t.First(n)
			continue
		case syntax.Name:
			v := p.vars.Var(n)
			return v != scope.NoVar && p.vars.Vars[v].Kind == scope.Param && p.vars.Vars[v].Name != "self"
		}
		return false
	}
}

// askedNames are the names of all fields that the file asks for somewhere, of whatever
// table: they may be missing.
func (p *pass) askedNames() map[string]bool {
	if p.optional != nil {
		return p.optional
	}
	p.optional = map[string]bool{}
	for n := range p.nodes(syntax.Index, syntax.IndexKey) {
		if p.askedFor(n).is {
			key := p.tree.Child(n, 1)
			name, ok := p.tree.String(key)
			if !ok {
				name = p.tree.NameOf(key)
			}
			p.optional[name] = true
		}
	}
	return p.optional
}

// inAnswer tells whether n looks up a field in a part of what a tool has answered. The
// schemas of answers allow more fields than they name, but those have other names.
func (p *pass) inAnswer(n syntax.Node, of types.Type) bool {
	o, ok := of.(*types.Object)
	if !ok || len(o.Fields()) == 0 || o.Role != types.NoRole {
		return false
	}
	object := p.tree.First(n)
	if !p.snap.Certain(p.file, object) {
		return false
	}
	for at := object; ; {
		if o, ok := p.snap.TypeOf(p.file, at).(*types.Object); ok && o.Role == types.ToolResult {
			return true
		}
		switch p.tree.Kind(at) {
		case syntax.Index, syntax.IndexKey, syntax.Paren:
			at = p.tree.First(at)
		case syntax.Name:
			v := p.vars.Var(at)
			if v == scope.NoVar || p.vars.Vars[v].Kind != scope.Local {
				return false
			}
			if at = p.initial(&p.vars.Vars[v]); at == syntax.None {
				return false
			}
		default:
			return false
		}
	}
}

// kernelLacks tells whether n looks up a field that no table has which the kernel hands to
// the program there, and nobody stores: of an answer any, of other tables one that is
// nearly the name of another. Of the parameters of a tool too any: it is not called with
// others.
func (p *pass) kernelLacks(n syntax.Node, of types.Type, name, near string) bool {
	params := isParams(of)
	if near == "" && !onlyAnswers(of) && !params || p.storedNames()[name] || p.extended(name) || params && p.toolChanges().Params {
		return false
	}
	object := p.tree.First(n)
	handed, lacks := p.snap.KernelLacks(p.ctx, p.file, object, name)
	return lacks && (handed || !p.isOption(object))
}

// isParams tells whether a table is what a tool is called with, which names all parameters.
func isParams(t types.Type) bool {
	o, ok := t.(*types.Object)
	return ok && o.Role == types.ToolParams && o.Closed
}

// onlyAnswers tells whether a table of a type is what a tool has answered. Beside it pcall
// gives the text of an error.
func onlyAnswers(t types.Type) bool {
	answers := 0
	for _, of := range types.Alternatives(t) {
		switch o, ok := of.(*types.Object); {
		case ok && o.Role == types.ToolResult:
			answers++
		case of != types.Nil && of != types.String:
			return false
		}
	}
	return answers > 0
}
