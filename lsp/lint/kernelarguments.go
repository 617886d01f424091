package lint

import (
	"slices"

	"github.com/llmspell/llmspell/kernel/options"
	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/lsp/catalog"
	"github.com/llmspell/llmspell/lsp/library"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// kernelArguments reports arguments that a function of the kernel refuses although their types fit, in
// its words. Those that are reported already are passed over.
func (p *pass) kernelArguments(call syntax.Node, reported []analysis.Misfit) {
	t := p.tree
	callee, args := t.First(call), t.Child(call, 1)
	if t.Kind(args) != syntax.Args || t.First(args) == syntax.None {
		return
	}
	f, ok := p.snap.TypeOf(p.file, callee).(*types.Func)
	if !ok || !ofKernel(f) || !p.snap.CertainCallee(p.file, call) {
		return
	}
	number := 0
	for arg := range t.Children(args) {
		number++
		if slices.ContainsFunc(reported, func(m analysis.Misfit) bool { return m.Arg == arg }) {
			continue
		}
		v, b := p.valueAt(arg, 0)
		if v == "" && p.isSlot(arg) {
			continue // what such a text names is looked up
		}
		problems := catalog.CheckArgument(f.Name, number, v)
		for i := range problems {
			p.toolProblem(arg, b, &problems[i])
		}
		if len(problems) > 0 || !catalog.HasContentCheck(f.Name, number) {
			continue
		}
		if message := catalog.CheckContent(f.Name, number, p.argumentValues(args)); message != "" {
			p.fixLiteral(p.at("argument-type", arg, message), arg)
		}
	}
}

// argumentValues are the values of arguments, as far as they are known.
func (p *pass) argumentValues(args syntax.Node) (out []any) {
	for arg := range p.tree.Children(args) {
		v, _ := p.valueAt(arg, 0)
		out = append(out, v)
	}
	return out
}

// ofKernel tells whether a function is one of the kernel's globals.
func ofKernel(f *types.Func) bool { return fromLibrary(f.Decl) && !library.Standard(f.Decl.URI) }

// isSlot tells whether an expression is a text that names a tool, an event or a hook point.
func (p *pass) isSlot(n syntax.Node) bool {
	s, ok := p.snap.SlotOf(p.file, n)
	return ok && (s.Kind == "tool" || s.Kind == "event" || s.Kind == "hook")
}

// refusedArgument is what a function of the kernel says of an argument of a type that it does not
// take, in its words; "" if that is not known.
func (p *pass) refusedArgument(call syntax.Node, m *analysis.Misfit) string {
	v, _ := p.valueAt(m.Arg, 0)
	if o := onlyTable(m.Param.Type); o != nil && (o.Role == types.ToolParams || libraryClass(o) == "ToolParams") {
		return catalog.CheckParams(v)
	}
	if !ofKernel(m.Func) {
		return ""
	}
	kind := catalog.LuaTypeOf(v)
	if sure, ok := p.snap.Sure(p.file, m.Arg); kind == "" && ok {
		kind = sure.Kind
	}
	return catalog.Refusal(p.declaredName(call), p.argumentNumber(m.Arg), kind, v)
}

// refusedMissing is what a function of the kernel says of an argument that is missing, in its words;
// "" if that is not known.
func (p *pass) refusedMissing(call syntax.Node, m *analysis.Misfit) string {
	if !ofKernel(m.Func) {
		return ""
	}
	return catalog.Refusal(p.declaredName(call), m.Given+1, catalog.NoArgument, nil)
}

// declaredName is the name under which the library has the function that is called.
func (p *pass) declaredName(call syntax.Node) string {
	if f, ok := p.snap.TypeOf(p.file, p.tree.First(call)).(*types.Func); ok {
		return f.Name
	}
	return ""
}

// argumentNumber is which one an argument is, from 1.
func (p *pass) argumentNumber(arg syntax.Node) int {
	number := 1
	for c := p.tree.First(p.tree.Parent(arg)); c != arg && c != syntax.None; c = p.tree.Next(c) {
		number++
	}
	return number
}

// refusedOptions is what the kernel says of an argument that is no table where it takes one of
// named options, in its words; "" for other arguments.
func (p *pass) refusedOptions(m *analysis.Misfit) string {
	if !fromLibrary(m.Func.Decl) {
		return ""
	}
	var of *options.Table
	for _, t := range types.Alternatives(m.Param.Type) {
		switch t := t.(type) {
		case *types.Object:
			if of == nil {
				of = optionsOf(t)
			}
		case *types.Literal:
			return "" // it is one of a few names, misspelt
		}
	}
	if of == nil {
		return ""
	}
	return catalog.CheckGiven(of, p.literalValue(m.Arg))
}
