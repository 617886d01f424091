package analysis

import (
	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// textMethods are the methods of strings that hardly any other object has.
var textMethods = map[string]bool{
	"gmatch": true, "gsub": true, "upper": true, "lower": true, "byte": true, "sub": true, "rep": true, "match": true, "format": true,
}

// maxUses is how many uses of a parameter are looked at.
const maxUses = 40

// usedAs is what a function takes a parameter for: a number if it computes with it, a
// string if it asks for its methods. It is Unknown if the uses do not say it, or say
// different things.
func (u *unit) usedAs(x *scope.Variable) types.Type {
	var found []types.Type
	fallback := types.Type(nil)
	for i, use := range x.Uses {
		if i == maxUses {
			break
		}
		if use.Write || u.functionAround(use.Node) != x.Function {
			continue
		}
		t, isDefault := u.usedAt(use.Node)
		if isDefault {
			fallback = t
		}
		if t != types.Unknown {
			found = append(found, t)
		}
	}
	t := u.agreed(found)
	if fallback != nil && t != types.Unknown {
		return optional(t)
	}
	return t
}

// usedAt is what one use takes a value for. Of x or 5 that is 5's type, and isDefault.
func (u *unit) usedAt(n syntax.Node) (as types.Type, isDefault bool) {
	t := u.tree
	parent := t.Parent(n)
	switch t.Kind(parent) {
	case syntax.Binary:
		left := t.First(parent)
		other := left
		if left == n {
			other = t.Next(left)
		}
		switch t.TokenKind(t.Token(parent)) {
		case syntax.Plus, syntax.Minus, syntax.Star, syntax.Slash, syntax.Percent, syntax.Caret:
			if !u.computesTables() || typeName(u.typeOf(other)) == "number" {
				return types.Number, false
			}
		case syntax.Less, syntax.LessEqual, syntax.Greater, syntax.GreaterEqual:
			if t.Kind(other) == syntax.Number || t.Kind(other) == syntax.Unary && t.TokenKind(t.Token(other)) == syntax.Hash {
				return types.Number, false
			}
		case syntax.Concat:
			return types.Join(types.String, types.Number), false
		case syntax.Or:
			if left == n {
				switch t.Kind(other) {
				case syntax.Number, syntax.String, syntax.True, syntax.False:
					return simple(u.typeOf(other)), true
				}
			}
		}
	case syntax.Unary:
		if t.TokenKind(t.Token(parent)) == syntax.Minus {
			return types.Number, false
		}
	case syntax.NumericFor:
		return types.Number, false
	case syntax.Method:
		if t.First(parent) != n {
			break
		}
		if name := t.NameOf(t.Child(parent, 1)); textMethods[name] && !u.definesMethod(name) {
			return types.String, false
		}
	case syntax.Args:
		return u.libraryArgument(parent, n), false
	}
	return types.Unknown, false
}

// computesTables tells whether the file has tables that can be added or multiplied.
func (u *unit) computesTables() bool {
	for _, event := range [...]string{"__add", "__sub", "__mul", "__div", "__unm", "__mod", "__pow"} {
		if u.definesMethod(event) {
			return true
		}
	}
	return false
}

// definesMethod tells whether the file has a method of a name of its own.
func (u *unit) definesMethod(name string) bool {
	if u.methodNames == nil {
		u.methodNames = map[string]bool{}
		t := u.tree
		for n := range u.file.NodesOf(syntax.FuncStat, syntax.NameField) {
			switch t.Kind(n) {
			case syntax.FuncStat:
				if key, ok := u.keyName(t.First(n)); ok {
					u.methodNames[key] = true
				}
			case syntax.NameField:
				if key, ok := u.fieldName(n); ok && t.Kind(t.Child(n, 1)) == syntax.Function {
					u.methodNames[key] = true
				}
			}
		}
	}
	return u.methodNames[name]
}

// libraryArgument is the basic type that a function of the library wants of an argument.
func (u *unit) libraryArgument(args, n syntax.Node) types.Type {
	t := u.tree
	s := u.site(t.Parent(args))
	root := s.callee
	for k := t.Kind(root); k == syntax.Index; k = t.Kind(root) {
		root = t.First(root)
	}
	if t.Kind(root) != syntax.Name || u.file.Vars().Var(root) != scope.NoVar || s.colon {
		return types.Unknown
	}
	f, ok := u.typeOf(s.callee).(*types.Func)
	if !ok || !fromLibrary(f) || len(f.Overloads) > 0 {
		return types.Unknown
	}
	at := 0
	for at < len(s.args) && s.args[at] != n {
		at++
	}
	if at += s.shift(f); at < 0 || at >= len(f.Params) {
		return types.Unknown
	}
	switch want := types.Without(f.Params[at].Type, types.Nil).(type) {
	case types.Basic:
		switch want {
		case types.String, types.Integer, types.Number, types.Boolean:
			return want
		}
	case *types.Union:
		if plainText(want) {
			return types.String
		}
	}
	return types.Unknown
}

// plainText tells whether a type is string|number: what string functions take.
func plainText(t *types.Union) bool {
	for _, of := range t.Of {
		if of != types.String && of != types.Number {
			return false
		}
	}
	return true
}
