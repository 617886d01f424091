package analysis

import (
	"github.com/llmspell/llmspell/lsp/analysis/luacats"
	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// enum is the type of the values, or the keys, of the table below @enum.
func (u *unit) enum(b *luacats.Block, tag *luacats.EnumTag) types.Type {
	t := u.tree
	stat := u.statementAfter(b)
	if k := t.Kind(stat); k != syntax.LocalStat && k != syntax.AssignStat {
		return types.Unknown
	}
	table := u.tableIn(t.First(t.Next(t.First(stat))))
	var list []types.Type
	for f := t.First(table); f != syntax.None; f = t.Next(f) {
		name, ok := u.fieldName(f)
		switch {
		case tag.Key && ok:
			list = append(list, &types.Literal{Value: name})
		case !tag.Key && t.Kind(f) != syntax.PosField:
			list = append(list, u.enumValue(t.Child(f, 1), maxCertain))
		case !tag.Key:
			list = append(list, u.enumValue(t.First(f), maxCertain))
		}
	}
	return types.Join(list...)
}

// EnumValue is an entry of a table whose values are an enum.
type EnumValue struct {
	Name  string
	Value any // a string, float64 or bool
}

// EnumValues returns the entries with constant values of the table that a statement makes below @enum.
func (s *Snapshot) EnumValues(f *File, stat syntax.Node) []EnumValue {
	return in(s, f, func(u *unit) (list []EnumValue) {
		table := u.tableIn(u.tree.First(u.tree.Next(u.tree.First(stat))))
		for f := u.tree.First(table); f != syntax.None; f = u.tree.Next(f) {
			name, ok := u.fieldName(f)
			if v, constant := u.constantAt(u.tree.Child(f, 1), maxCertain); ok && constant {
				list = append(list, EnumValue{name, v})
			}
		}
		return list
	})
}

// enumValue is the type of a value of an enum: a constant, or what the form of the expression
// says. Nothing is inferred: the functions and variables that an expression names may have
// annotations that name the enum.
func (u *unit) enumValue(n syntax.Node, depth int) types.Type {
	t := u.tree
	if depth == 0 {
		return types.Any
	}
	if v, ok := u.constantAt(n, depth); ok {
		return &types.Literal{Value: v}
	}
	switch t.Kind(n) {
	case syntax.Paren:
		return u.enumValue(t.First(n), depth)
	case syntax.Table:
		return u.table(n)
	case syntax.Function:
		return types.FunctionType
	case syntax.Binary:
		switch t.TokenKind(t.Token(n)) {
		case syntax.Concat:
			return types.String
		case syntax.Plus, syntax.Minus, syntax.Star:
			if isInteger(u.enumValue(t.First(n), depth-1)) && isInteger(u.enumValue(t.Child(n, 1), depth-1)) {
				return types.Integer
			}
			return types.Number
		case syntax.Slash, syntax.Percent, syntax.Caret:
			return types.Number
		}
	}
	return types.Any
}

// constantAt is the string, number or boolean that an expression is, through variables that
// are never assigned again.
func (u *unit) constantAt(n syntax.Node, depth int) (any, bool) {
	if depth == 0 {
		return nil, false
	}
	v, ok := LiteralValue(u.tree, n, func(n syntax.Node) any {
		v, _ := u.constantAt(n, depth-1)
		return v
	})
	if !ok && u.tree.Kind(n) == syntax.Name {
		x := u.file.Vars().Var(n)
		if x == scope.NoVar || u.file.Vars().Vars[x].Kind != scope.Local || len(u.writes(x)) > 0 {
			return nil, false
		}
		return u.constantAt(u.initial(&u.file.Vars().Vars[x]), depth-1)
	}
	switch v.(type) {
	case string, float64, bool:
		return v, ok
	}
	return nil, false
}
