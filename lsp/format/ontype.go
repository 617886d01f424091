package format

import (
	"strings"

	"github.com/llmspell/llmspell/runtime/syntax"
)

// OnType returns the edits that indent the line in which something was typed before
// an offset: a new line, or the word or bracket that closes a block, table or call
// and begins the line. It takes texts with errors too, and changes nothing but the
// white space that the line begins with. Lines above are taken as they are.
func OnType(tree *syntax.Tree, opts Options, offset int) []Edit {
	if opts.Check() != nil {
		return nil
	}
	o := &onType{Tree: tree, opts: opts}
	text := tree.Text()
	offset = max(min(offset, len(text)), 0)
	start := offset
	for start > 0 && text[start-1] != '\n' && text[start-1] != '\r' {
		start--
	}
	end := start
	for end < len(text) && (text[end] == ' ' || text[end] == '\t') {
		end++
	}
	level, ok := o.level(start, end, offset)
	if !ok {
		return nil
	}
	return appendEdit(nil, text, start, end, opts.indentation(int(level)))
}

type onType struct {
	*syntax.Tree
	opts Options
}

// level returns the indentation of the line that begins at start, and whose text
// begins at end. ok is false if it shall stay as it is.
func (o *onType) level(start, end, offset int) (level int32, ok bool) {
	i := o.TokenAt(end)
	tokens := o.Tokens()
	if i >= 0 && int(tokens[i].Start) < start { // in a string or comment of several lines
		return 0, false
	}
	if i >= 0 && int(tokens[i].Start) == end && closing(tokens[i].Kind) && (offset <= end || offset == int(tokens[i].End)) {
		return o.closer(i)
	}
	if offset > end {
		return 0, false
	}
	// The line is new: what is open behind the token before it?
	last := -1
	for j, tok := range tokens {
		if int(tok.End) > start || tok.Kind == syntax.EOF {
			break
		}
		if tok.Kind != syntax.Comment && tok.Kind != syntax.Bad {
			last = j
		}
	}
	if last < 0 {
		return 0, true
	}
	return o.behind(last), true
}

func closing(k syntax.TokenKind) bool {
	switch k {
	case syntax.End, syntax.Else, syntax.ElseIf, syntax.Until, syntax.RightBrace, syntax.RightParen, syntax.RightBracket:
		return true
	}
	return false
}

// lineLevel returns the indentation of the line that a token stands in, as it is.
func (o *onType) lineLevel(token int) int32 {
	text := o.Text()
	start := int(o.Tokens()[token].Start)
	for start > 0 && text[start-1] != '\n' && text[start-1] != '\r' {
		start--
	}
	column := 0
	for ; start < len(text) && (text[start] == ' ' || text[start] == '\t'); start++ {
		if column++; text[start] == '\t' {
			column += (o.opts.IndentSize - column%o.opts.IndentSize) % o.opts.IndentSize
		}
	}
	return int32((column + o.opts.IndentSize - 1) / o.opts.IndentSize)
}

// owner returns the deepest node that has a token.
func (o *onType) owner(token int) syntax.Node {
	n := o.Root()
	for c := o.First(n); c != syntax.None; {
		if first, end := o.Range(c); first <= token && token < end {
			n, c = c, o.First(c)
		} else {
			c = o.Next(c)
		}
	}
	return n
}

// closer returns the indentation of a token that closes something.
func (o *onType) closer(i int) (int32, bool) {
	n := o.owner(i)
	if o.Kind(n) == syntax.BadStat { // it closes nothing where it stands: it is meant for the block around it
		block := o.Parent(n)
		if opener := openerOf(o.Tree, block); opener >= 0 {
			return o.lineLevel(opener), true
		}
		return 0, false
	}
	if o.Kind(n) == syntax.Block || o.Kind(n) == syntax.Chunk {
		return 0, false
	}
	return indentIn(o.Tree, n, i, nil, o.lineLevel), true
}

// behind returns the indentation of a line that follows token i.
func (o *onType) behind(i int) int32 {
	kind := o.TokenKind(i)
	n := o.owner(i)
	switch kind {
	case syntax.Then, syntax.Do, syntax.Else, syntax.Repeat, syntax.LeftBrace, syntax.LeftParen, syntax.LeftBracket:
		return o.lineLevel(i) + 1
	case syntax.RightParen:
		if o.Kind(n) == syntax.Params {
			return o.lineLevel(i) + 1
		}
	case syntax.Assign, syntax.And, syntax.Or, syntax.Not, syntax.Concat, syntax.Plus, syntax.Minus, syntax.Star, syntax.Slash, syntax.Percent,
		syntax.Caret, syntax.Equal, syntax.NotEqual, syntax.Less, syntax.LessEqual, syntax.Greater, syntax.GreaterEqual, syntax.In:
		return o.continued(n)
	case syntax.Comma:
		if !o.inBrackets(n) {
			return o.continued(n)
		}
	}
	// The innermost block or bracket that token i does not end.
	for child := syntax.None; ; child, n = n, o.Parent(n) {
		first, end := o.Range(n)
		switch o.Kind(n) {
		case syntax.Chunk, syntax.Invalid:
			return 0
		case syntax.Block:
			opener := openerOf(o.Tree, n)
			begin := -1
			if child != syntax.None {
				begin, _ = o.Range(child)
			}
			switch {
			case begin >= 0 && o.beginsLine(begin):
				return o.lineLevel(begin)
			case opener >= 0:
				return o.lineLevel(opener) + 1
			}
			return 0
		case syntax.Table, syntax.Args, syntax.Params, syntax.Paren:
			opener := o.Token(n)
			if isOpener(o.Tree, opener) && opener <= i && !(i == end-1 && closing(kind) && i > first) {
				return o.lineLevel(opener) + 1
			}
		}
	}
}

// inBrackets tells whether a node is the inside of brackets.
func (o *onType) inBrackets(n syntax.Node) bool {
	switch o.Kind(n) {
	case syntax.Table, syntax.Args, syntax.Params:
		return true
	}
	return false
}

// continued returns the indentation of the line in which an expression goes on.
func (o *onType) continued(n syntax.Node) int32 {
	for ; ; n = o.Parent(n) {
		switch up := o.Parent(n); o.Kind(up) {
		case syntax.Block, syntax.Table, syntax.Args, syntax.Paren, syntax.Invalid:
			first, _ := o.Range(n)
			return o.lineLevel(first) + 1
		}
	}
}

// beginsLine tells whether a token is the first of its line.
func (o *onType) beginsLine(token int) bool {
	text := o.Text()
	start := int(o.Tokens()[token].Start)
	i := strings.LastIndexAny(text[:start], "\r\n")
	return strings.Trim(text[i+1:start], " \t") == ""
}
