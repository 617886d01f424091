package analysis

import (
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// callAt returns the innermost call whose arguments are around an offset, or nil.
func (u *unit) callAt(offset int) *Call {
	t := u.tree
	n := t.NodeAt(offset)
	table := syntax.None
	for ; n != syntax.None; n = t.Parent(n) {
		switch t.Kind(n) {
		case syntax.Table:
			if table == syntax.None && offset > t.Start(n) && (offset < t.End(n) || !u.closed(n)) {
				table = n
			}
		case syntax.FuncBody:
			return nil
		case syntax.Call:
			args := t.Child(n, 1)
			if offset <= t.Start(args) || (offset >= t.End(args) && u.closed(args)) {
				continue
			}
			return u.describe(n, args, table, offset)
		case syntax.Chunk:
			if table != syntax.None {
				return u.describe(syntax.None, syntax.None, table, offset)
			}
		}
	}
	return nil
}

// closed tells whether arguments or a table end with their bracket.
func (u *unit) closed(n syntax.Node) bool {
	first, end := u.tree.Range(n)
	if first >= end {
		return false
	}
	switch last := u.tree.TokenKind(end - 1); u.tree.TokenKind(first) {
	case syntax.LeftParen:
		return end-first > 1 && last == syntax.RightParen
	case syntax.LeftBrace:
		return end-first > 1 && last == syntax.RightBrace
	case syntax.BadString:
		return false
	}
	return true
}

// describe says what a call is about.
func (u *unit) describe(n, args, table syntax.Node, offset int) *Call {
	t := u.tree
	c := &Call{Node: n, Table: table}
	if n != syntax.None {
		s := u.site(n)
		c.Colon = s.colon
		at := u.argumentAt(args, offset)
		f, inner, i := u.calledAt(s, at)
		c.Func = f
		if f != nil {
			c.Active = max(0, min(i+inner.shift(f), len(f.Params)))
		} else {
			c.Active = at
		}
	}
	if table == syntax.None {
		return c
	}
	if o := paramsOf(u.expected(table)); o != nil {
		c.Params = o
	}
	for f := t.First(table); f != syntax.None; f = t.Next(f) {
		if name, ok := u.fieldName(f); ok {
			c.Keys = append(c.Keys, name)
		}
	}
	return c
}

// argumentAt returns the number of the argument that an offset is in: how many commas
// stand before it.
func (u *unit) argumentAt(args syntax.Node, offset int) int {
	t := u.tree
	first, end := t.Range(args)
	at, depth := 0, 0
	for i := first; i < end; i++ {
		if start, _ := t.TokenSpan(i); start >= offset {
			break
		}
		switch t.TokenKind(i) {
		case syntax.LeftParen, syntax.LeftBrace, syntax.LeftBracket, syntax.FunctionToken, syntax.Do, syntax.Then, syntax.Repeat:
			depth++
		case syntax.RightParen, syntax.RightBrace, syntax.RightBracket, syntax.End, syntax.Until:
			depth--
		case syntax.ElseIf:
			depth-- // its then opens again
		case syntax.Comma:
			if depth == 1 {
				at++
			}
		}
	}
	return at
}

// Option returns the field of a table's type that a key in a constructor is for, nil
// if none is known of.
func (s *Snapshot) Option(f *File, key syntax.Node) *types.Field {
	return in(s, f, func(u *unit) *types.Field {
		field := u.tree.Parent(key)
		name, ok := u.fieldName(field)
		if !ok || u.tree.First(field) != key {
			return nil
		}
		want := u.expected(u.tree.Parent(field))
		if want == types.Unknown {
			return nil
		}
		return u.c.field(want, name)
	})
}
