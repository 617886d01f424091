package refactor

import (
	"slices"

	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/runtime/syntax"
)

const titleCall = "Inline call"

// inlineCall offers to write what a function returns where it is called. That is for local
// functions which do nothing but return one expression.
func (p *place) inlineCall() {
	name := p.NodeAt(p.start)
	call := p.Parent(name)
	if p.Kind(name) != syntax.Name || p.Kind(call) != syntax.Call || p.First(call) != name || p.end > p.End(call) {
		return
	}
	v := p.vars.Var(name)
	if v == scope.NoVar {
		return
	}
	body := p.bodyOf(v)
	if body == syntax.None {
		return
	}
	i := &inlining{place: p, call: call, body: body, of: v}
	if why := i.check(); why != "" {
		p.refuse(InlineCall, titleCall, why)
		return
	}
	p.offer(InlineCall, titleCall, i.change())
}

// bodyOf returns the body of the function that a variable always is, None if it is none.
func (p *place) bodyOf(v scope.Var) syntax.Node {
	if p.written(v) {
		return syntax.None
	}
	x := &p.vars.Vars[v]
	if x.Kind == scope.LocalFunction {
		return p.Child(p.Parent(x.Decl), 1)
	}
	if value := p.valueOf(v); p.Kind(value) == syntax.Function {
		return p.First(value)
	}
	return syntax.None
}

// inlining is a call that is to be replaced by what the function returns.
type inlining struct {
	*place
	call, body syntax.Node
	of         scope.Var
	value      syntax.Node               // what the function returns
	given      map[scope.Var]syntax.Node // arguments of parameters; None: nil
}

func (i *inlining) check() string {
	if why := i.environments(); why != "" {
		return why
	}
	block := i.Child(i.body, 1)
	stat := i.First(block)
	if i.Kind(stat) != syntax.ReturnStat || i.Next(stat) != syntax.None || i.count(i.First(stat)) != 1 {
		return "the function does more than to return one expression"
	}
	i.value = i.First(i.First(stat))
	if i.comments(i.Start(i.body), i.End(i.body)) {
		return "there is a comment in the function"
	}
	if i.inside(i.call, i.body) {
		return "the function calls itself"
	}
	for m := i.value; m < i.after(i.value); m++ {
		switch {
		case i.Kind(m) == syntax.Vararg:
			return "the function uses its varargs"
		case i.Kind(m) == syntax.Name && i.vars.Var(m) == i.of:
			return "the function calls itself"
		case i.Kind(m) == syntax.Name:
			if why := i.looksAtStack(m); why != "" {
				return why
			}
		}
	}
	if i.Kind(i.Parent(i.call)) == syntax.CallStat && i.Kind(i.value) != syntax.Call {
		return "the call is a statement of its own"
	}
	if i.startsStatement(i.call) && i.text[i.Start(i.value)] == '(' || i.startsStatement(i.call) && i.needsBrackets(i.value, i.call) {
		return "a statement would begin with a bracket"
	}
	if why := i.late(i.value, i.after(i.value), i.function(i.call)); why != "" {
		return why
	}
	return i.arguments()
}

// arguments matches arguments with parameters.
func (i *inlining) arguments() string {
	i.given = map[scope.Var]syntax.Node{}
	args := i.Child(i.call, 1)
	arg := i.First(args)
	var moving scope.Var = scope.NoVar // the parameter whose argument must be worked out in its place
	for param := range i.Children(i.First(i.body)) {
		if i.Kind(param) == syntax.Vararg {
			return "the function has varargs"
		}
		v := i.vars.Var(param)
		i.given[v] = arg
		if arg == syntax.None {
			continue
		}
		if i.multiple(arg) && i.Next(arg) == syntax.None && i.Next(param) != syntax.None {
			return "the last argument may give several values"
		}
		e := i.effectsOf(arg)
		uses := i.vars.Vars[v].Uses
		if !e.fixed() {
			switch {
			case len(uses) != 1:
				return "an argument is not used exactly once, and may do something"
			case moving != scope.NoVar:
				return "two arguments may do something"
			case i.vars.Vars[v].Captured:
				return "a function keeps " + i.vars.Vars[v].Name
			}
			moving = v
		}
		if i.written(v) {
			return "the function assigns " + i.vars.Vars[v].Name
		}
		arg = i.Next(arg)
	}
	if arg != syntax.None {
		return "there are more arguments than parameters"
	}
	if moving == scope.NoVar {
		return ""
	}
	stat := i.First(i.Child(i.body, 1))
	before, why := i.before(i.vars.Vars[moving].Uses[0].Node, stat)
	if why != "" {
		return why
	}
	return i.conflict(i.effectsOf(i.given[moving]), before)
}

// change copies the function's expression with the arguments in the place of parameters.
func (i *inlining) change() *change {
	c := &change{}
	var uses []syntax.Node
	for v := range i.given {
		for _, u := range i.vars.Vars[v].Uses {
			uses = append(uses, u.Node)
		}
	}
	slices.Sort(uses)
	var body code
	at := i.Start(i.value)
	for _, use := range uses {
		body = join(body, cut(at, i.Start(use)))
		switch arg := i.given[i.vars.Var(use)]; {
		case arg == syntax.None && i.prefixes(use):
			body = join(body, words("(nil)"))
		case arg == syntax.None:
			body = join(body, words("nil"))
		case i.Kind(i.Parent(use)) == syntax.Args && i.TokenKind(i.Token(i.Parent(use))) != syntax.LeftParen:
			body = join(body, words("("), i.copy(arg), words(")"))
		default:
			body = join(body, i.bracketed(arg, use))
		}
		at = i.End(use)
	}
	body = join(body, cut(at, i.End(i.value)))
	if i.needsBrackets(i.value, i.call) && !(i.multiple(i.value) && i.takesAll(i.call)) {
		body = join(words("("), body, words(")"))
	}
	i.replaceBy(c, i.call, body)
	return c
}
