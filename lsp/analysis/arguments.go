package analysis

import (
	"slices"

	"github.com/llmspell/llmspell/lsp/analysis/luacats"
	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// Argument is what a call gives a parameter that names something.
type Argument struct {
	Node     syntax.Node
	Function string // "State.get"
	// Arg is what narrows the name, as in Slot: of a state key the scope, "" if that is
	// not known.
	Arg string
	// Value is the name, if Known. Direct: it is written there, so that SlotOf has it.
	Value         string
	Known, Direct bool
	// From is the string that the name is written in, where a local variable holds it that
	// is given to nothing else; None otherwise.
	From syntax.Node
}

// Arguments returns what the calls of a file give parameters whose slot is of a kind.
// A parameter that is annotated as a name of that kind is left out: what its callers
// give is an argument itself.
func (s *Snapshot) Arguments(f *File, kind string) []Argument {
	return in(s, f, func(u *unit) []Argument {
		var list []Argument
		for n := range f.NodesOf(syntax.Call) {
			call := u.site(n)
			for i := range call.args {
				f, inner, at := u.calledAt(call, i)
				if f == nil {
					continue
				}
				if p := at + inner.shift(f); p < 0 || p >= len(f.Params) || f.Params[p].Slot != kind {
					continue
				} else {
					list = u.argumentsIn(list, call.args[i], Argument{Function: f.Name, Arg: u.slotArg(inner, f, p)}, kind)
				}
			}
		}
		return list
	})
}

// argumentsIn adds an argument, or those of a list.
func (u *unit) argumentsIn(list []Argument, n syntax.Node, a Argument, kind string) []Argument {
	t := u.tree
	for t.Kind(n) == syntax.Paren {
		n = t.First(n)
	}
	a.Node = n
	switch t.Kind(n) {
	case syntax.Table:
		for f := range t.Children(n) {
			if t.Kind(f) == syntax.PosField {
				list = u.argumentsIn(list, t.First(f), a, kind)
			}
		}
		return list
	case syntax.String:
		a.Value, a.Known = t.String(n)
		a.Direct = true
	case syntax.Name:
		if u.isSlotParam(n, kind) {
			return list
		}
		a.Value, a.Known = u.literal(n)
		a.From, _, _ = u.onlySlot(u.file.Vars().Var(n))
	default:
		a.Value, a.Known = u.literal(n)
	}
	return append(list, a)
}

// Text is the string that an expression is whatever the program does; not ok if that is not
// known.
func (s *Snapshot) Text(f *File, n syntax.Node) (text string, ok bool) {
	if n == syntax.None {
		return "", false
	}
	if text, ok = f.Tree().String(n); ok {
		return text, true
	}
	text = in(s, f, func(u *unit) string {
		var value string
		value, ok = u.literal(n)
		return value
	})
	return text, ok && s.Certain(f, n)
}

// literal is the string that an expression surely is.
func (u *unit) literal(n syntax.Node) (string, bool) {
	l, ok := u.typeOf(n).(*types.Literal)
	if !ok {
		return "", false
	}
	value, ok := l.Value.(string)
	return value, ok
}

// isSlotParam tells whether a Name is a parameter that is annotated as a name of a
// kind, and never assigned.
func (u *unit) isSlotParam(n syntax.Node, kind string) bool {
	v := u.file.Vars().Var(n)
	if v == scope.NoVar {
		return false
	}
	x := &u.file.Vars().Vars[v]
	if x.Kind != scope.Param || slices.ContainsFunc(x.Uses, func(use scope.Use) bool { return use.Write }) {
		return false
	}
	b := u.functionNote(x.Function)
	if b == nil {
		return false
	}
	for _, tag := range b.Tags {
		if p, ok := tag.(*luacats.ParamTag); ok && p.Name.Text == x.Name {
			return slotOfType(p.Type) == kind
		}
	}
	return false
}

// CallsOf returns the calls in a file of library functions, by their full names such as
// "State.list", in the order of the text.
func (s *Snapshot) CallsOf(f *File, functions ...string) []syntax.Node {
	return in(s, f, func(u *unit) []syntax.Node {
		var list []syntax.Node
		for n := range f.NodesOf(syntax.Call) {
			if fn := u.calledFunc(u.typeOf(u.tree.First(n))); fn != nil && slices.Contains(functions, fn.Name) && fromLibrary(fn) {
				list = append(list, n)
			}
		}
		return list
	})
}
