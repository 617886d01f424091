package lint

import (
	"math"
	"slices"

	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/lsp/catalog"
	"github.com/llmspell/llmspell/runtime/syntax"
	"github.com/llmspell/llmspell/tools"
)

// takenNames reports the names in a table of Tool.register that tools have which come with
// llmspell. Where errors are caught it is a hint: the script may only try.
func (p *pass) takenNames(g *givenTable) {
	if !p.hasTools() {
		return
	}
	taken := catalog.TakenNames(g.table)
	if len(taken) == 0 || p.toolChanges().Names {
		return
	}
	for i := range taken {
		x := &taken[i]
		if p.asksForTool(g.node, x.Owner) {
			continue
		}
		before := len(p.out)
		p.toolProblem(g.node, g.built, &x.Problem)
		if len(p.out) > before && (p.guarded(g.node) || p.isTried(g.node)) {
			p.out[before].Severity = Hint
		}
	}
}

// isTried tells whether a value is an argument of pcall or xpcall: pcall(Tool.register, spec).
func (p *pass) isTried(n syntax.Node) bool {
	args := p.tree.Parent(n)
	if p.tree.Kind(args) != syntax.Args {
		return false
	}
	callee := p.tree.Source(p.tree.First(p.tree.Parent(args)))
	return callee == "pcall" || callee == "xpcall"
}

// asksForTool tells whether the script may register a tool only if there is none: it asks
// for the one of this name before, or, for code in a function, anywhere.
func (p *pass) asksForTool(at syntax.Node, name string) bool {
	t := p.tree
	limit := t.Start(at)
	for n := t.Parent(at); n != syntax.None; n = t.Parent(n) {
		if t.Kind(n) == syntax.FuncBody {
			limit = math.MaxInt
		}
	}
	isIt := func(given string) bool {
		d, ok := tools.Builtin().KnownTool(given)
		return ok && d.Name == name
	}
	for n := range p.nodes(syntax.Index, syntax.IndexKey, syntax.Method) {
		if t.Start(n) >= limit {
			continue
		}
		member := t.NameOf(t.Child(n, 1))
		if t.Kind(n) == syntax.IndexKey {
			member, _ = t.String(t.Child(n, 1))
		}
		if member == "register" {
			continue
		}
		if o, ok := p.snap.TypeOf(p.file, t.First(n)).(*types.Object); !ok || o.Name != "Tool" && o.Name != "llmspell.Tool" {
			continue
		}
		call := t.Parent(n)
		if k := t.Kind(call); (k == syntax.Index || k == syntax.IndexKey || k == syntax.Method) && t.First(call) == n {
			continue // Tool.calculator:execute() uses it
		}
		if t.Kind(call) != syntax.Call || t.First(call) != n {
			if member == "" || isIt(member) || isFinder(member) {
				return true // Tool[name], Tool.calculator, local has = Tool.exists
			}
			continue
		}
		if !isFinder(member) {
			continue
		}
		if given, ok := t.String(t.First(t.Child(call, 1))); !ok || isIt(given) {
			return true
		}
	}
	return false
}

// isFinder tells whether a function of Tool tells which tools there are.
func isFinder(name string) bool {
	return slices.Contains([]string{"exists", "get", "info", "get_info", "schema", "get_schema", "list", "search", "discover", "categories", "get_categories"}, name)
}
