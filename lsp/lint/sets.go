package lint

import (
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// neverSet reports variables that are read although nothing ever gives them a value, and
// tables that are filled and never read.
func (p *pass) neverSet() {
	if len(p.tree.Errors()) > 0 || p.notes.Meta {
		return
	}
	t := p.tree
	for i := range p.vars.Vars {
		v := &p.vars.Vars[i]
		if v.Kind != scope.Local || v.Name == "" || strings.HasPrefix(v.Name, "_") || len(v.Uses) == 0 {
			continue
		}
		names := t.Parent(v.Decl)
		values := t.Next(names)
		written := false
		for _, u := range v.Uses {
			written = written || u.Write
		}
		switch {
		case written:
		case values == syntax.None || p.leftOut(v.Decl, values):
			if b := p.notes.Before(t.Start(t.Parent(names))); b != nil && !b.Plain {
				continue // annotations say what it is
			}
			p.at("never-set", v.Decl, "the variable "+v.Name+" never has a value", v.Name)
		case t.Next(t.First(names)) == syntax.None && t.Kind(t.First(values)) == syntax.Table && p.onlyFilled(v):
			x := p.at("unused-local", v.Decl, "the table "+v.Name+" is filled, but never read", v.Name)
			x.Unnecessary = true
		}
	}
}

// leftOut tells whether a declaration has fewer values than names, and none for this one.
func (p *pass) leftOut(decl, values syntax.Node) bool {
	t := p.tree
	value := t.First(values)
	for name := t.First(t.Parent(decl)); name != decl; name = t.Next(name) {
		if k := t.Kind(value); t.Next(value) == syntax.None && (k == syntax.Call || k == syntax.Vararg) {
			return false
		}
		value = t.Next(value)
	}
	return value == syntax.None
}

// onlyFilled tells whether all that is done with a table is to assign its fields.
func (p *pass) onlyFilled(v *scope.Variable) bool {
	for _, u := range v.Uses {
		at := p.tree.Parent(u.Node)
		switch p.tree.Kind(at) {
		case syntax.Index, syntax.IndexKey, syntax.Method:
			if p.tree.First(at) != u.Node || !p.written(at) {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// unchecked reports the result of a tool that is used although nothing asks whether the
// call has succeeded.
func (p *pass) unchecked() {
	if !p.on("unchecked-result") {
		return
	}
	t := p.tree
	for i := range p.vars.Vars {
		v := &p.vars.Vars[i]
		if v.Kind != scope.Local {
			continue
		}
		names := t.Parent(v.Decl)
		call := t.First(t.Next(names))
		if t.First(names) != v.Decl || t.Kind(call) != syntax.Call || !p.callsTool(t.First(call)) {
			continue
		}
		if o, ok := p.snap.TypeOf(p.file, call).(*types.Object); !ok || p.snap.Field(o, "success") == nil {
			continue
		}
		used := syntax.None
		for _, u := range v.Uses {
			at := t.Parent(u.Node)
			if t.Kind(at) != syntax.Index || t.First(at) != u.Node || u.Write {
				used = syntax.None // who gets it may ask
				break
			}
			name := t.NameOf(t.Child(at, 1))
			if name == "success" || name == "error" || p.tested(at) {
				used = syntax.None
				break
			}
			if name == "result" && used == syntax.None {
				used = at
			}
		}
		if used != syntax.None {
			p.relate(p.at("unchecked-result", used, v.Name+".result is used, but "+v.Name+".success is never asked"), call, "the tool is called here")
		}
	}
}
