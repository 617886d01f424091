package refactor

import (
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// definesOnly tells whether to load a module does nothing that others see: it is a file of the
// workspace that makes its own tables and functions, and requires only such modules. seen are
// the files that are looked at already.
func (p *place) definesOnly(module string, from *analysis.File, seen map[string]bool) bool {
	f := p.snap.Require(from, module)
	if f == nil || f.Library() || len(f.Tree().Errors()) > 0 || strings.Contains(f.Text(), "__newindex") {
		return false
	}
	if seen[f.URI] {
		return true
	}
	seen[f.URI] = true
	q := &place{Tree: f.Tree(), ctx: p.ctx, snap: p.snap, file: f, text: f.Text(), vars: f.Vars()}
	for n := q.Root(); int(n) < q.Len(); {
		if q.Kind(n) == syntax.FuncBody { // not run now
			n = q.after(n)
			continue
		}
		if !q.loadsQuietly(n, seen) {
			return false
		}
		n++
	}
	return true
}

// loadsQuietly tells whether a node that runs while its module is loaded, taken without those
// in it, neither changes nor reads what other modules can change.
func (p *place) loadsQuietly(n syntax.Node, seen map[string]bool) bool {
	switch p.Kind(n) {
	case syntax.Name:
		up := p.Parent(n)
		return p.vars.Var(n) != scope.NoVar || isField(p.Tree, n) || p.libraryGlobal(n) ||
			p.Kind(up) == syntax.GotoStat || p.Kind(up) == syntax.LabelStat
	case syntax.AssignStat:
		for target := range p.Children(p.First(n)) {
			if !p.ownTarget(target) {
				return false
			}
		}
	case syntax.FuncStat:
		return p.ownTarget(p.First(n))
	case syntax.Call:
		return p.quietCall(n, seen)
	case syntax.Binary, syntax.Unary:
		e := &effects{}
		p.operator(e, n)
		return !e.fails // else a metamethod may be called
	case syntax.Vararg, syntax.WhileStat, syntax.RepeatStat, syntax.GenericFor:
		return false
	}
	return true
}

// ownTarget tells whether a target is a local variable, or a field of a table that the file
// makes: t.x, and not t.x.y, which may be another module's.
func (p *place) ownTarget(target syntax.Node) bool {
	switch p.Kind(target) {
	case syntax.Name:
		return p.vars.Var(target) != scope.NoVar
	case syntax.Index, syntax.IndexKey, syntax.Method:
		return p.ownTable(p.First(target))
	}
	return false
}

// ownTable tells whether an expression is surely a table that the file itself makes.
func (p *place) ownTable(n syntax.Node) bool {
	if p.Kind(n) == syntax.Name {
		v := p.vars.Var(n)
		if v == scope.NoVar || p.written(v) {
			return false
		}
		n = p.valueOf(v)
	}
	if p.Kind(n) == syntax.Call && p.isGlobal(p.First(n), "setmetatable") {
		n = p.First(p.Child(n, 1))
	}
	return n != syntax.None && p.Kind(n) == syntax.Table
}

// isGlobal tells whether an expression is a function of the library.
func (p *place) isGlobal(n syntax.Node, name string) bool {
	return p.Kind(n) == syntax.Name && p.Source(n) == name && p.libraryGlobal(n)
}

// quietCall tells whether a call has no effects that others see.
func (p *place) quietCall(call syntax.Node, seen map[string]bool) bool {
	callee, args := p.First(call), p.Child(call, 1)
	switch {
	case p.isGlobal(callee, "require"):
		module, ok := p.String(p.First(args))
		return ok && p.definesOnly(module, p.file, seen)
	case p.isGlobal(callee, "setmetatable"):
		return p.ownTable(p.First(args))
	}
	return p.harmless(call)
}
