package analysis

import (
	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// loopVar is the type of a loop's variable.
func (u *unit) loopVar(x *scope.Variable) types.Type {
	t := u.tree
	parent := t.Parent(x.Decl)
	if t.Kind(parent) == syntax.NumericFor {
		first := t.Next(x.Decl)
		last := t.Next(first)
		step := t.Next(last)
		if isInteger(u.typeOf(first)) && (t.Kind(step) == syntax.Block || isInteger(u.typeOf(step))) {
			return types.Integer
		}
		return types.Number
	}
	at := 0
	for c := t.First(parent); c != x.Decl && c != syntax.None; c = t.Next(c) {
		at++
	}
	list := t.Next(parent)
	iterator := t.First(list)
	if t.Kind(iterator) == syntax.Call {
		s := u.site(iterator)
		switch u.specialCall(s, u.typeOf(s.callee)) {
		case "pairs", "ipairs":
			if len(s.args) == 0 {
				return types.Unknown
			}
			return u.pair(s, at)
		}
	}
	if t.Next(iterator) != syntax.None && u.isNext(iterator) {
		k, v := u.c.pairsOf(u.typeOf(t.Next(iterator)))
		return [...]types.Type{k, v}[min(at, 1)]
	}
	v := u.apply(site{u: u, node: iterator, callee: iterator, indirect: true}, u.typeOf(iterator))
	// An iterator ends with nil, which the loop does not see.
	r := v.at(at)
	f, isFunc := u.typeOf(iterator).(*types.Func)
	if at == 0 || isFunc && f.Special == gmatchIterator {
		r = types.Without(r, types.Nil)
		if r == types.Never {
			return types.Unknown
		}
	}
	return u.c.resolved(r)
}

func (u *unit) isNext(n syntax.Node) bool {
	return u.tree.Kind(n) == syntax.Name && u.tree.Source(n) == "next"
}

// pair is what pairs or ipairs gives a loop's variable number at.
func (u *unit) pair(s site, at int) types.Type {
	of := u.typeOf(s.args[0])
	if u.specialCall(s, u.typeOf(s.callee)) == "ipairs" {
		if at == 0 {
			return types.Integer
		}
		elem, _, _ := u.c.entriesOf(of)
		if elem == nil || at > 1 {
			return types.Unknown
		}
		return elem
	}
	if o, ok := of.(*types.Object); ok {
		if f := u.c.metaPairs(o); f != nil {
			return f.at(at)
		}
	}
	k, v := u.c.pairsOf(of)
	if at == 0 {
		return k
	}
	return v
}
