package lint

import (
	"fmt"

	"github.com/llmspell/llmspell/internal/plural"
	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// calls reports arguments that a function does not take, methods that are called with a
// dot and functions with a colon, and results that are lost.
func (p *pass) calls() {
	t := p.tree
	if p.notes.Meta {
		return
	}
	for n := range p.nodes(syntax.Call) {
		misfits := p.snap.Misfits(p.file, n)
		for i := range misfits {
			p.misfit(n, &misfits[i])
		}
		p.exactArguments(n, misfits)
		p.kernelArguments(n, misfits)
		p.calledEarly(n)
		if len(misfits) == 0 {
			p.standardCall(n)
			p.neededArguments(n)
		}
		if t.Kind(t.Parent(n)) == syntax.CallStat && p.on("discarded-result") {
			if f := p.snap.CalledFunc(p.file, n); f != nil && f.NoDiscard && !p.guarded(n) && p.snap.CertainCallee(p.file, n) {
				p.at("discarded-result", t.First(n), p.called(n)+" does nothing but return its result, which is lost here")
			}
		}
	}
}

// called is the name of what a call calls, for messages.
func (p *pass) called(call syntax.Node) string {
	if s := p.tree.Source(p.tree.First(call)); len(s) <= 60 {
		return s
	}
	return p.calledName(call)
}

func (p *pass) misfit(call syntax.Node, m *analysis.Misfit) {
	t := p.tree
	callee := t.First(call)
	name := p.called(call)
	switch m.Kind {
	case analysis.TooManyArguments:
		last := m.Arg
		for next := last; next != syntax.None; next = t.Next(next) {
			last = next
		}
		x := p.report("redundant-argument", t.Start(m.Arg), t.End(last), fmt.Sprintf("%s takes %s, but is given %d", name, count(m.Least, m.Most), m.Given))
		p.relateFunc(x, m.Func)
	case analysis.TooFewArguments:
		message := p.refusedMissing(call, m)
		if message == "" {
			message = fmt.Sprintf("%s needs the %s: it takes %s, but is given %d", name, missing(m), count(m.Least, m.Most), m.Given)
		}
		p.relateFunc(p.missingArgument(call, message), m.Func)
	case analysis.WrongArgument:
		message := p.refusedArgument(call, m)
		if message == "" {
			message = p.refusedOptions(m)
		}
		if message == "" {
			message = fmt.Sprintf("%s takes %s, but is given %s", name, label(m.Param), given(m.Got))
		}
		x := p.at("argument-type", m.Arg, message)
		p.relateFunc(x, m.Func)
		p.fixLiteral(x, m.Arg)
	case analysis.MissingReceiver, analysis.NeedlessReceiver:
		key := t.Child(callee, 1)
		dot := t.Tokens()[t.Token(callee)]
		if k := t.Kind(callee); k != syntax.Index && k != syntax.Method {
			return
		}
		object, method := t.Source(t.First(callee)), t.NameOf(key)
		message, title, text := "%s is a method: call it as %s:%s(…), so that it gets its object", "Call with a colon", ":"
		if m.Kind == analysis.NeedlessReceiver {
			message, title, text = "%s takes no object: call it as %s.%s(…)", "Call with a dot", "."
		}
		if len(object) > 40 {
			object = "…"
		}
		x := p.at("receiver", key, fmt.Sprintf(message, method, object, method))
		p.relateFunc(x, m.Func)
		x.fix(title, false, int(dot.Start), int(dot.End), text)
	}
}

// missingArgument reports a call that lacks an argument, at the end of those it has.
func (p *pass) missingArgument(call syntax.Node, message string) *Finding {
	t := p.tree
	args := t.Child(call, 1)
	start := t.Start(args)
	if _, end := t.Range(args); end > 0 {
		start = max(start, t.End(args)-1)
	}
	x := p.report("missing-argument", start, t.End(args), message)
	if x.Unfinished != nil {
		x.Unfinished.Start = t.Start(args)
	}
	return x
}

// given is a type in a message: a literal as it is, else "a table".
func given(t types.Type) string {
	if _, ok := t.(*types.Literal); ok || t == types.Nil {
		return t.String()
	}
	return "a " + t.String()
}

// relateFunc says where a function of the user's is declared.
func (p *pass) relateFunc(x *Finding, f *types.Func) {
	if file := p.snap.File(f.Decl.URI); file != nil && !file.Library() {
		x.Related = append(x.Related, Related{f.Decl, f.Name + " is declared here"})
	}
}

// count says how many arguments there may be.
func count(least, most int) string {
	arguments := func(n int) string { return plural.Of(n, "argument") }
	switch {
	case most < 0:
		return "at least " + arguments(least)
	case most == 0:
		return "no arguments"
	case least == most:
		return arguments(most)
	case least == 0:
		return "at most " + arguments(most)
	case least+1 == most:
		return fmt.Sprintf("%d or %s", least, arguments(most))
	}
	return fmt.Sprintf("%d to %s", least, arguments(most))
}
