package analysis

import (
	"sort"

	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// callAt returns the innermost call whose arguments are around an offset, or nil. What
// counts is the last token before the offset: arguments without a closing bracket go on
// to the next token, over blanks, lines and comments.
func (u *unit) callAt(offset int) *Call {
	t := u.tree
	table := syntax.None
	for n := u.nodeBefore(offset); n != syntax.None; n = t.Parent(n) {
		switch t.Kind(n) {
		case syntax.Table:
			if table == syntax.None && u.within(n, offset) {
				table = n
			}
		case syntax.FuncBody:
			if u.within(n, offset) {
				return nil
			}
		case syntax.Args:
			if u.within(n, offset) {
				return u.describe(t.Parent(n), n, table, offset)
			}
		case syntax.Chunk:
			if table != syntax.None {
				return u.describe(syntax.None, syntax.None, table, offset)
			}
		}
	}
	return nil
}

// nodeBefore returns the node of the last token that begins before an offset, comments
// aside, or None.
func (u *unit) nodeBefore(offset int) syntax.Node {
	t := u.tree
	i := sort.Search(t.TokenCount(), func(i int) bool { start, _ := t.TokenSpan(i); return start >= offset }) - 1
	for i >= 0 && (t.TokenKind(i) == syntax.Comment || t.TokenKind(i) == syntax.EOF) {
		i--
	}
	if i < 0 {
		return syntax.None
	}
	return u.tree.NodeOf(i)
}

// within tells whether an offset behind the first token of arguments, a table or a
// function's body is still in it.
func (u *unit) within(n syntax.Node, offset int) bool {
	return offset > u.tree.Start(n) && (offset < u.tree.End(n) || !u.closed(n))
}

// closed tells whether arguments, a table or a function's body end with their bracket
// or `end`.
func (u *unit) closed(n syntax.Node) bool {
	first, end := u.tree.Range(n)
	if first >= end {
		return false
	}
	last := u.tree.TokenKind(end - 1)
	if u.tree.Kind(n) == syntax.FuncBody {
		return last == syntax.End
	}
	switch u.tree.TokenKind(first) {
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
		c.Func, c.Callee, c.Argument = f, inner.callee, max(0, i)
		if f != nil {
			shift := inner.shift(f)
			c.Active = max(0, min(i+shift, len(f.Params)))
			c.Object = inner.colon && shift == 1
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
	if first >= end || t.TokenKind(first) != syntax.LeftParen {
		return 0 // f{…} and f"…" have one
	}
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
		return u.c.field(u.wantedOrRead(u.tree.Parent(field), maxPlaceDepth), name)
	})
}
