package analysis

import (
	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// storedSelf is what the parameter self most likely is of a function that is stored as a method:
// the table of M.f = function(self) … end, or of M = {f = function(self) … end}.
func (u *unit) storedSelf(x *scope.Variable) types.Type {
	t := u.tree
	fn := t.Parent(x.Function)
	if x.Name != selfName || t.Kind(fn) != syntax.Function || t.First(t.Parent(x.Decl)) != x.Decl {
		return types.Unknown
	}
	owner := syntax.None
	switch parent := t.Parent(fn); t.Kind(parent) {
	case syntax.NameField:
		if table := t.Parent(parent); u.home(table) != nil {
			owner = table
		}
	case syntax.ExprList:
		stat := t.Parent(parent)
		if target := t.First(t.First(stat)); t.Kind(stat) == syntax.AssignStat && t.First(parent) == fn && t.Kind(target) == syntax.Index {
			owner = t.First(target)
		}
	}
	if owner == syntax.None {
		return types.Unknown
	}
	of, ok := u.typeOf(owner).(*types.Object)
	if !ok {
		return types.Unknown
	}
	u.c.guessing = true
	return of
}
