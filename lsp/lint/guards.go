package lint

import (
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// guarded tells whether a node stands where an error is expected: in a function that is
// given to pcall, or to a test that wants an error.
func (p *pass) guarded(n syntax.Node) bool { return p.guardedAt(p.tree.Start(n)) }

// guardedAt is guarded for what begins at a byte.
func (p *pass) guardedAt(at int) bool {
	if p.guards == nil {
		p.findGuards()
	}
	for _, g := range *p.guards {
		if g.Start <= at && at < g.End {
			return true
		}
	}
	return false
}

// findGuards finds the functions in which errors are expected. Those of one that lies in
// another are found with it.
func (p *pass) findGuards() {
	t := p.tree
	list := []Span{}
	p.guards = &list
	for n := range p.nodes(syntax.Call) {
		f := p.protects(n)
		if f == syntax.None || len(list) > 0 && t.Start(f) < list[len(list)-1].End && t.Start(f) >= list[len(list)-1].Start {
			continue
		}
		if t.Kind(f) == syntax.Name {
			if f = p.onlyProtected(f); f == syntax.None {
				continue
			}
		} else if t.Kind(f) != syntax.Function {
			continue
		}
		list = append(list, Span{t.Start(f), t.End(f)})
	}
}

// protects is the argument of a call whose errors it catches, None if it catches none.
func (p *pass) protects(call syntax.Node) syntax.Node {
	t := p.tree
	callee, first := t.First(call), t.First(t.Child(call, 1))
	switch source := t.Source(callee); {
	case source == "pcall" || source == "xpcall":
		return first
	case wantsError(source):
		for first != syntax.None && t.Kind(first) != syntax.Function && t.Kind(first) != syntax.Name {
			first = t.Next(first) // the message comes first in some
		}
		return first
	}
	return syntax.None
}

// wantsError tells whether a function is one of the assertions of luassert or luaunit that
// something fails: assert.has_error, lu.assertErrorMsgContains.
func wantsError(source string) bool {
	if len(source) > 60 {
		return false
	}
	name := strings.ToLower(source)
	return strings.Contains(name, "assert") && strings.Contains(name, "error") && !strings.Contains(name, "no") && !strings.ContainsAny(name, "( ")
}

// onlyProtected is the body of a local function whose name stands there, if all that is done
// with it is that its errors are caught; else None.
func (p *pass) onlyProtected(name syntax.Node) syntax.Node {
	t := p.tree
	body := p.onlyValue(name)
	if k := t.Kind(body); k != syntax.FuncBody && k != syntax.Function {
		return syntax.None
	}
	v := p.vars.Var(name)
	if v == scope.NoVar {
		return syntax.None
	}
	for _, use := range p.vars.Vars[v].Uses {
		args := t.Parent(use.Node)
		if t.Kind(args) != syntax.Args || p.protects(t.Parent(args)) != use.Node {
			return syntax.None
		}
	}
	return body
}
