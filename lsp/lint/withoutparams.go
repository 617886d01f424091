package lint

import (
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/lsp/catalog"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// callWithoutParams reports a call of a tool without a table of parameters, where it needs some.
func (p *pass) callWithoutParams(n syntax.Node) {
	name := p.toolWithoutParams(n)
	if name == "" { // there may be no catalogue
		return
	}
	t := p.snap.CatalogOf(p.file).Tool(name)
	if t == nil {
		return
	}
	args := p.tree.Child(n, 1)
	before := ""
	for arg := range p.tree.Children(args) {
		before += p.tree.Source(arg) + ", "
	}
	for _, x := range catalog.CheckCall(t, nil) {
		f := p.at(string(x.Code), n, x.Message)
		for _, fix := range x.Fixes {
			if fix.Kind == catalog.InsertKeys {
				f.fix(fix.Title, fix.Sure, p.tree.Start(args), p.tree.End(args), "("+before+"{"+fix.Text+"})")
			}
		}
	}
}

// toolWithoutParams is the name of the tool that a call executes with no parameters, "" if it
// is no such call: calc:execute(), calc.execute(), Tool.execute("calculator"), and
// pcall(Tool.execute, "calculator").
func (p *pass) toolWithoutParams(n syntax.Node) string {
	t := p.tree
	callee := t.First(n)
	arg := t.First(t.Child(n, 1))
	if arg == syntax.None {
		return p.toolWhose(callee)
	}
	if t.Kind(callee) == syntax.Name && t.Source(callee) == "pcall" && p.namesLibrary(callee) {
		callee, arg = arg, t.Next(arg)
	}
	if arg == syntax.None || t.Next(arg) != syntax.None || !p.executesTools(callee) {
		return ""
	}
	if k := t.Kind(arg); k == syntax.Call || k == syntax.Vararg {
		return "" // it may give the parameters too
	}
	name, _ := p.snap.Text(p.file, arg)
	return name
}

// toolWhose is the name of the tool whose function execute an expression is, "" of any other.
func (p *pass) toolWhose(callee syntax.Node) string {
	t := p.tree
	if k := t.Kind(callee); k != syntax.Method && k != syntax.Index || t.NameOf(t.Child(callee, 1)) != "execute" {
		return ""
	}
	of, ok := p.snap.TypeOf(p.file, t.First(callee)).(*types.Object)
	if !ok || of.Role != types.ToolItself {
		return ""
	}
	return of.Tool
}

// executesTools tells whether an expression certainly is the kernel's Tool.execute.
func (p *pass) executesTools(callee syntax.Node) bool {
	if k := p.tree.Kind(callee); k != syntax.Index && k != syntax.Method && k != syntax.Name || !p.hasTools() {
		return false
	}
	f, ok := p.snap.TypeOf(p.file, callee).(*types.Func)
	return ok && f.Name == "Tool.execute" && fromLibrary(f.Decl) && p.snap.Certain(p.file, callee)
}
