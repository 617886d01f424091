package lint

import (
	"fmt"
	"slices"

	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/lsp/library"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// calledEarly reports a call whose result is given to pcall, or another function that calls what
// it is given, although the result is no function.
func (p *pass) calledEarly(call syntax.Node) {
	t := p.tree
	if !p.on("called-early") {
		return
	}
	f, ok := p.snap.TypeOf(p.file, t.First(call)).(*types.Func)
	if !ok || !library.Standard(f.Decl.URI) {
		return
	}
	why := ""
	switch f.Name {
	case "pcall", "xpcall":
		why = ": its errors are not caught"
	case "coroutine.create", "coroutine.wrap":
	default:
		return
	}
	early := t.First(t.Child(call, 1))
	if t.Kind(early) != syntax.Call || !p.snap.CertainCallee(p.file, call) || !p.givesNoFunction(early) {
		return
	}
	name := p.called(early)
	x := p.at("called-early", early, fmt.Sprintf("%s is called before %s%s; give %s the function itself", name, f.Name, why, f.Name))
	callee, args := t.First(early), t.Child(early, 1)
	if f.Name != "pcall" || t.Kind(callee) != syntax.Name && t.Kind(callee) != syntax.Index || !p.commentFree(early) {
		return
	}
	text := t.Source(callee)
	for arg := range t.Children(args) {
		text += ", " + t.Source(arg)
	}
	x.fix("Write pcall("+t.Source(callee)+", …)", false, t.Start(early), t.End(early), text)
}

// givesNoFunction tells whether what a call returns is surely nothing that can be called.
func (p *pass) givesNoFunction(call syntax.Node) bool {
	t := p.tree
	callee := t.First(call)
	if f, ok := p.snap.TypeOf(p.file, callee).(*types.Func); ok && fromLibrary(f.Decl) {
		results, more := f.Returns()
		return p.snap.CertainCallee(p.file, call) && (f.Special == "error" || len(results) == 0 && more == nil || !mayBeCalled(p.snap.TypeOf(p.file, call)))
	}
	body := p.onlyValue(callee)
	if t.Kind(body) == syntax.Function {
		body = t.First(body)
	}
	return t.Kind(body) == syntax.FuncBody && p.returnsNothing(body)
}

// mayBeCalled tells whether a value of a type may be one that can be called.
func mayBeCalled(t types.Type) bool {
	switch t := t.(type) {
	case types.Basic:
		return t != types.Nil && t != types.Boolean && t != types.Number && t != types.Integer && t != types.String
	case *types.Literal:
		return false
	case *types.Union:
		return slices.ContainsFunc(t.Of, mayBeCalled)
	case *types.Object:
		return t.Callable() != nil || t.Role != types.ToolResult
	}
	return true
}

// returnsNothing tells whether no return of a function gives values.
func (p *pass) returnsNothing(body syntax.Node) bool {
	t := p.tree
	for n := body + 1; int(n) < t.Len() && p.inside(n, body); n++ {
		if t.Kind(n) == syntax.ReturnStat && t.First(t.First(n)) != syntax.None && p.functionAround(n) == body {
			return false
		}
	}
	return true
}
