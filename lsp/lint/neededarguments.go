package lint

import (
	"fmt"
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// neededArguments reports a call of a function of the file that lacks an argument without which
// the function certainly fails.
func (p *pass) neededArguments(call syntax.Node) {
	t := p.tree
	callee, args := t.First(call), t.Child(call, 1)
	given := p.count(args)
	if n := len(given); t.Kind(args) != syntax.Args && n != 0 || n > 0 && (t.Kind(given[n-1]) == syntax.Call || t.Kind(given[n-1]) == syntax.Vararg) {
		return
	}
	body := p.calledBody(call)
	if body == syntax.None || p.overloaded("nil") {
		return
	}
	f, ok := p.snap.TypeOf(p.file, callee).(*types.Func)
	if !ok || len(f.Params) <= len(given) || f.Self != (t.Kind(callee) == syntax.Method) || len(f.Overloads) > 0 {
		return
	}
	var names []string
	var first *need
	needs := p.needsOf(body)
	if len(needs) < len(f.Params) {
		return // a name is missing
	}
	for i, at := range needs[len(needs)-len(f.Params):] {
		if i < len(given) || at == nil || f.Params[i].Optional {
			continue
		}
		names = append(names, f.Params[i].Name)
		if first == nil {
			first = at
		}
	}
	if first == nil {
		return
	}
	what := "argument"
	if len(names) > 1 {
		what = "arguments"
		names = []string{strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]}
	}
	x := p.missingArgument(call, fmt.Sprintf("%s needs the %s %s: without it, %s", p.called(call), what, names[0], first.failure))
	p.relate(x, first.at, "it is used here")
}

// calledBody is the FuncBody of the function of the file that a call certainly calls, None if it
// is another one.
func (p *pass) calledBody(call syntax.Node) syntax.Node {
	t := p.tree
	callee := t.First(call)
	if t.Kind(callee) != syntax.Name {
		return p.snap.CalledBody(p.file, call)
	}
	body := p.onlyValue(callee)
	if p.vars.Var(callee) == scope.NoVar {
		body = p.onlyGlobal(t.NameOf(callee))
	}
	if t.Kind(body) == syntax.Function {
		body = t.First(body)
	}
	if t.Kind(body) != syntax.FuncBody {
		return syntax.None
	}
	return body
}

// onlyGlobal is the FuncBody of a global function that the main chunk declares, and nothing else in
// the project names; None if there is none.
func (p *pass) onlyGlobal(name string) syntax.Node {
	t := p.tree
	stat := syntax.None
	for _, use := range p.vars.Globals[name] {
		if !use.Write {
			continue
		}
		if stat != syntax.None || t.Kind(t.Parent(use.Node)) != syntax.FuncStat {
			return syntax.None
		}
		stat = t.Parent(use.Node)
	}
	if stat == syntax.None || t.Kind(t.Parent(t.Parent(stat))) != syntax.Chunk || p.mentionedElsewhere(name) {
		return syntax.None
	}
	if known, unsure := p.madeGlobals(); unsure || known[name] {
		return syntax.None
	}
	return t.Child(stat, 1)
}

// need is where a function certainly fails for a parameter that is nil, and how.
type need struct {
	at      syntax.Node
	failure string
}

// needsOf tells for each parameter of a function whether the function certainly uses it, whatever
// else it is given, in a way in which nil is an error: nil for those that it does not.
func (p *pass) needsOf(body syntax.Node) []*need {
	if list, known := p.needs[body]; known {
		return list
	}
	t := p.tree
	w := needWalk{pass: p, body: body, open: map[string]int{}}
	params := t.First(body)
	for param := range t.Children(params) {
		v := p.vars.Var(param)
		if t.Kind(param) != syntax.Name || v == scope.NoVar {
			continue
		}
		w.found = append(w.found, nil)
		w.open[t.NameOf(param)] = len(w.found) - 1
		for _, use := range p.vars.Vars[v].Uses {
			if use.Write && p.functionAround(use.Node) != body {
				delete(w.open, t.NameOf(param)) // a function inside may have set it
			}
		}
	}
	if len(t.Errors()) == 0 && len(w.open) > 0 {
		w.block(t.Next(params))
	}
	if p.needs == nil {
		p.needs = map[syntax.Node][]*need{}
	}
	p.needs[body] = w.found
	return w.found
}

// needWalk goes through what a function does in any case, in the order in which it does it.
type needWalk struct {
	*pass
	body  syntax.Node
	open  map[string]int // parameters that still hold what was given, by name
	found []*need
}

// block returns false if the function may be left in it.
func (w *needWalk) block(block syntax.Node) bool {
	for n := w.tree.First(block); n != syntax.None; n = w.tree.Next(n) {
		if !w.statement(n) || len(w.open) == 0 {
			return false
		}
	}
	return true
}

func (w *needWalk) statement(n syntax.Node) bool {
	t := w.tree
	switch t.Kind(n) {
	case syntax.LocalStat:
		w.children(t.Next(t.First(n)))
	case syntax.AssignStat:
		w.children(t.Next(t.First(n)))
		w.children(t.First(n))
	case syntax.CallStat:
		w.expression(t.First(n))
		return !w.leaves(n)
	case syntax.DoStat:
		return w.block(t.First(n))
	case syntax.ReturnStat:
		w.children(t.First(n))
		return false
	case syntax.IfStat:
		w.expression(t.First(t.First(n)))
		return w.maybe(n)
	case syntax.WhileStat:
		w.expression(t.First(n))
		return w.maybe(n)
	case syntax.RepeatStat:
		return w.maybe(n)
	case syntax.NumericFor:
		bound := t.Next(t.First(n))
		for _, what := range [...]string{"initial value", "limit", "step"} {
			if t.Kind(bound) == syntax.Block {
				break
			}
			w.expression(bound)
			w.fails(bound, "'for' "+what+" must be a number")
			bound = t.Next(bound)
		}
		return w.maybe(n)
	case syntax.GenericFor:
		list := t.Child(n, 1)
		w.children(list)
		w.fails(t.First(list), "attempt to call a nil value")
		return w.maybe(n)
	case syntax.LocalFunc, syntax.FuncStat, syntax.LabelStat:
	default:
		return false
	}
	return true
}

// maybe is what is not done in any case, or not all of it: what it asks for or sets may be
// another value behind it. It returns false if the function may be left in it.
func (w *needWalk) maybe(of syntax.Node) bool {
	t := w.tree
	for n := of; int(n) < t.Len() && w.inside(n, of); n++ {
		switch t.Kind(n) {
		case syntax.ReturnStat, syntax.GotoStat:
			if w.functionAround(n) == w.body {
				return false
			}
		case syntax.CallStat:
			if w.leaves(n) {
				return false
			}
		case syntax.Name:
			w.changes(n)
		}
	}
	return true
}

// changes looks at a name of a parameter: one that is asked for, or assigned, may hold something else
// behind that.
func (w *needWalk) changes(name syntax.Node) {
	if _, open := w.param(name); open && (w.tested(name) || w.written(name)) {
		delete(w.open, w.tree.NameOf(name))
	}
}

// param is which parameter a name is that still holds what was given.
func (w *needWalk) param(n syntax.Node) (i int, open bool) {
	t := w.tree
	if t.Kind(n) != syntax.Name {
		return 0, false
	}
	v := w.vars.Var(n)
	if v == scope.NoVar || t.Parent(w.vars.Vars[v].Decl) != t.First(w.body) {
		return 0, false
	}
	i, open = w.open[t.NameOf(n)]
	return i, open
}

func (w *needWalk) children(list syntax.Node) {
	for n := range w.tree.Children(list) {
		w.expression(n)
	}
}

// expression is one that is worked out in any case.
func (w *needWalk) expression(n syntax.Node) {
	t := w.tree
	switch t.Kind(n) {
	case syntax.Function:
		return
	case syntax.Name:
		w.changes(n)
		return
	case syntax.Binary:
		if _, logical := w.logical(n); logical {
			w.expression(t.First(n))
			w.maybe(t.Child(n, 1))
			return
		}
	}
	w.children(n)
	w.failing(n)
}

// failing is an operation that fails for nil.
func (w *needWalk) failing(n syntax.Node) {
	t := w.tree
	first := t.First(n)
	switch t.Kind(n) {
	case syntax.Index, syntax.IndexKey, syntax.Method:
		w.fails(first, "attempt to index "+w.nilName(first))
	case syntax.Call:
		w.fails(first, "attempt to call "+w.nilName(first))
		w.given(n)
	case syntax.Unary:
		switch t.TokenKind(t.Token(n)) {
		case syntax.Hash:
			w.fails(first, "attempt to get length of "+w.nilName(first))
		case syntax.Minus:
			w.fails(first, "attempt to perform arithmetic on "+w.nilName(first))
		}
	case syntax.Binary:
		second := t.Next(first)
		what := "attempt to perform arithmetic on "
		switch t.TokenKind(t.Token(n)) {
		case syntax.Equal, syntax.NotEqual:
			return
		case syntax.Less, syntax.LessEqual, syntax.Greater, syntax.GreaterEqual:
			w.fails(first, "nil cannot be compared")
			w.fails(second, "nil cannot be compared")
			return
		case syntax.Concat:
			what = "attempt to concatenate "
		}
		w.fails(first, what+w.nilName(first))
		w.fails(second, what+w.nilName(second))
	}
}

// given are the arguments of a call of a library function, which may refuse nil.
func (w *needWalk) given(call syntax.Node) {
	t := w.tree
	args := t.Child(call, 1)
	if t.Kind(args) != syntax.Args || t.Kind(t.First(call)) == syntax.Method || !w.snap.CertainCallee(w.file, call) {
		return
	}
	for arg := range t.Children(args) {
		if _, open := w.param(w.bare(arg)); !open {
			continue
		}
		p, f, ok := w.snap.ParameterOf(w.file, arg)
		if ok && fromLibrary(f.Decl) && len(f.Overloads) == 0 && !p.Optional && refusesNil(p.Type) {
			w.fails(arg, w.called(call)+" is given nil")
		}
	}
}

// refusesNil tells whether a parameter of a type surely does not take nil.
func refusesNil(t types.Type) bool {
	switch t := t.(type) {
	case types.Basic:
		return t == types.Number || t == types.Integer || t == types.String || t == types.TableType
	case *types.Array, *types.Map:
		return true
	case *types.Union:
		for _, of := range t.Of {
			if !refusesNil(of) {
				return false
			}
		}
		return len(t.Of) > 0
	}
	return false
}

// nilName is how an error names a parameter that is nil.
func (w *needWalk) nilName(n syntax.Node) string {
	return "local '" + w.tree.NameOf(w.bare(n)) + "' (a nil value)"
}

// fails notes that the function fails if an operand is a parameter that is nil.
func (w *needWalk) fails(operand syntax.Node, failure string) {
	n := w.bare(operand)
	if i, open := w.param(n); open && w.found[i] == nil {
		w.found[i] = &need{n, failure}
		delete(w.open, w.tree.NameOf(n))
	}
}
