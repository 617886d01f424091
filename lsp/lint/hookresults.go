package lint

import (
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/lsp/catalog"
	"github.com/llmspell/llmspell/runtime/syntax"
	"github.com/llmspell/llmspell/tools/schema"
)

// hookResults reports what functions return that are given to Hook.register, and that the
// kernel refuses or takes for something else.
func (p *pass) hookResults() {
	t := p.tree
	if !p.on("hook-result") || !p.mayHaveHooks() {
		return
	}
	handlers := map[syntax.Node]bool{}
	for n := range p.nodes(syntax.Function, syntax.Name) {
		if t.Kind(t.Parent(n)) != syntax.Args {
			continue
		}
		body := n
		if t.Kind(n) == syntax.Name {
			body = p.onlyValue(n)
		}
		if t.Kind(body) == syntax.Function {
			body = t.First(body)
		}
		if t.Kind(body) == syntax.FuncBody && !handlers[body] && givesHookResult(p.snap.Expected(p.file, n)) && p.arrives(n) {
			handlers[body] = true
		}
	}
	if len(handlers) == 0 {
		return
	}
	for ret := range p.nodes(syntax.ReturnStat) {
		if value := t.First(t.First(ret)); value != syntax.None && handlers[p.functionAround(ret)] {
			p.hookResultAt(value)
		}
	}
}

// mayHaveHooks tells whether the file can name Hook.register: most cannot.
func (p *pass) mayHaveHooks() bool {
	return len(p.vars.Globals["Hook"]) > 0 || len(p.vars.Globals["_G"]) > 0 || len(p.vars.Globals["require"]) > 0
}

func (p *pass) hookResultAt(n syntax.Node) {
	v, b := p.valueAt(n, 0)
	if _, unknown := v.(schema.Unknown); unknown {
		return
	}
	problems := catalog.CheckHookResult(v)
	for i := range problems {
		p.toolProblem(n, b, &problems[i])
	}
}

// givesHookResult tells whether a place takes a function whose result is that of a hook.
func givesHookResult(t types.Type) bool {
	f, ok := types.Without(t, types.Nil).(*types.Func)
	if !ok || len(f.Results) == 0 {
		return false
	}
	o := onlyTable(f.Results[0].Type)
	return o != nil && libraryClass(o) == "HookAnswer"
}
