package format

import (
	"strings"
	"unicode/utf8"

	"github.com/llmspell/llmspell/runtime/syntax"
)

// item is a token and what stands before it.
type item struct {
	owner  syntax.Node // the deepest node that has the token
	tight  bool        // no space before it, on one line
	hug    bool        // no space behind it
	off    bool        // white space before it is left alone
	keep   bool        // the token is left alone
	gone   bool        // the token is left out
	comma  bool        // a comma is put behind it
	forced bool        // a line ends before it, as a line was too long
	near   bool        // a comment behind a line that was too long
	lines  int         // line ends before it
	level  int32       // indentation of the line that it stands in
	spaces int         // before it, if it begins no line

	// What the text has, counted once.
	width int32 // columns of the token, up to its first line end
	ends  int32 // line ends before it
	multi bool  // the token has line ends in it
}

// layout is where all tokens go.
type layout struct {
	*syntax.Tree
	opts   Options
	tokens []syntax.Token
	items  []item
	top    []syntax.Node // see tops
	eol    string
	begin  int // where the text begins, behind a byte order mark
}

func newLayout(tree *syntax.Tree, opts Options) *layout {
	l := &layout{Tree: tree, opts: opts, tokens: tree.Tokens(), eol: "\n"}
	l.items = make([]item, len(l.tokens))
	text := tree.Text()
	if strings.HasPrefix(text, "\uFEFF") {
		l.begin = len("\uFEFF")
	}
	first := strings.IndexByte(text, '\n')
	if opts.EndOfLine == "crlf" || opts.EndOfLine == "keep" && first > 0 && text[first-1] == '\r' {
		l.eol = "\r\n"
	}
	for i := range l.items {
		x, s := &l.items[i], l.TokenText(i)
		x.width, x.ends = int32(width(s)), int32(lineEnds(l.gap(i)))
		if k := l.tokens[i].Kind; k == syntax.StringToken || k == syntax.Comment {
			x.multi = lineEnds(s) > 0
		}
	}
	l.top = tops(tree)
	l.own()
	l.tighten()
	l.switchOff()
	return l
}

// own notes the deepest node of each token.
func (l *layout) own() {
	node := l.Root()
	last := node // the last node that begins at the token or before it
	for i := range l.items {
		for int(last)+1 < l.Len() {
			if first, _ := l.Range(last + 1); first > i {
				break
			}
			last++
			node = last
		}
		for {
			if _, end := l.Range(node); end > i || node == l.Root() {
				break
			}
			node = l.Parent(node)
		}
		l.items[i].owner = node
	}
}

// switchOff marks what stands between -- fmt: off and -- fmt: on.
func (l *layout) switchOff() {
	off := false
	for i, tok := range l.tokens {
		l.items[i].off, l.items[i].keep = off, off
		if tok.Kind != syntax.Comment {
			continue
		}
		switch strings.Join(strings.Fields(strings.TrimLeft(l.TokenText(i), "-")), " ") {
		case "fmt: off":
			off = true
			l.items[i].keep = true
		case "fmt: on":
			off = false
		}
	}
}

// gap returns the white space before a token as it is.
func (l *layout) gap(i int) string {
	if i == 0 {
		return l.Text()[l.begin:l.tokens[0].Start]
	}
	return l.Text()[l.tokens[i-1].End:l.tokens[i].Start]
}

// lineEnds counts those of a gap.
func lineEnds(gap string) (n int) {
	for i := 0; i < len(gap); i++ {
		if gap[i] == '\n' || gap[i] == '\r' && (i+1 == len(gap) || gap[i+1] != '\n') {
			n++
		}
	}
	return n
}

// arrange decides what stands before each token.
func (l *layout) arrange() {
	for i := range l.items {
		x := &l.items[i]
		x.lines, x.comma, x.gone = l.linesBefore(i), false, false
	}
	l.commas()
	for i := range l.items {
		x := &l.items[i]
		switch {
		case x.gone:
			x.lines, x.spaces, x.level = 0, 0, l.items[i-1].level
		case x.lines > 0 || i == 0:
			x.level = l.levelOf(i)
		default:
			x.level = l.items[i-1].level
			x.spaces = l.spacesBefore(i)
		}
	}
}

// linesBefore returns how many line ends stand before a token.
func (l *layout) linesBefore(i int) int {
	x := &l.items[i]
	n := int(x.ends)
	switch {
	case x.off:
		return n
	case i == 0:
		return 0
	case l.tokens[i].Kind == syntax.EOF:
		if l.opts.FinalNewline {
			return 1
		}
		return min(n, 1)
	case x.forced || n == 0 && l.closesOpenTable(i):
		n = max(n, 1)
	}
	if l.opens(i-1) || l.closes(i) {
		n = min(n, 1)
	}
	return min(n, l.opts.BlankLines+1)
}

// closesOpenTable tells whether a token is the } of a table whose { ends a line.
func (l *layout) closesOpenTable(i int) bool {
	x := l.items[i]
	if l.tokens[i].Kind != syntax.RightBrace || l.Kind(x.owner) != syntax.Table {
		return false
	}
	open := l.Token(x.owner)
	return open+1 < i && l.items[open+1].lines > 0 && !l.items[open+1].off
}

// opens tells whether what follows a token in its line stands inside of something.
func (l *layout) opens(i int) bool {
	switch l.tokens[i].Kind {
	case syntax.Then, syntax.Do, syntax.Else, syntax.Repeat, syntax.LeftBrace, syntax.LeftParen, syntax.LeftBracket:
		return true
	case syntax.RightParen:
		return l.Kind(l.items[i].owner) == syntax.Params
	}
	return false
}

// closes tells whether a token ends what stands inside of something.
func (l *layout) closes(i int) bool {
	switch l.tokens[i].Kind {
	case syntax.End, syntax.Else, syntax.ElseIf, syntax.Until, syntax.RightBrace, syntax.RightParen, syntax.RightBracket, syntax.EOF:
		return true
	}
	return false
}

// indentation returns the white space that a line of a level begins with.
func (o Options) indentation(level int) string {
	if o.Indent == "tabs" {
		return strings.Repeat("\t", level)
	}
	return strings.Repeat(" ", level*o.IndentSize)
}

// width returns the columns of a text up to its first line end.
func width(s string) int {
	for i := range len(s) {
		switch c := s[i]; {
		case c == '\r' || c == '\n':
			return i
		case c >= utf8.RuneSelf:
			if i := strings.IndexAny(s, "\r\n"); i >= 0 {
				s = s[:i]
			}
			return utf8.RuneCountInString(s)
		}
	}
	return len(s)
}
