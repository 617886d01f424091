package luacats

import (
	"regexp"
	"sort"
	"strings"
)

// Block is a group of comments that belong together.
type Block struct {
	Span
	// First and Last are the numbers of the block's tokens.
	First, Last int
	// Behind: code stands before the comment on its line.
	Behind bool
	// Plain: none of the comments begins with ---, so it holds no tags.
	Plain bool
	// Doc is the text, Markdown; the texts of tags are not in it, nor is that of a licence that
	// the file begins with.
	Doc  string
	Tags []Tag
}

// Notes are what the comments of one file say. They are immutable.
type Notes struct {
	Blocks []*Block // in the order of the text
	As     []*AsTag // the --[[@as T]], likewise
	Errors []Error
	// Meta: the file has a @meta tag: it declares and is never run.
	Meta bool
	// Luacheck are the comments for luacheck.
	Luacheck []Luacheck

	text     string
	silenced []silence
}

// ownLine tells whether only white space stands before a place on its line.
func ownLine(text string, at int) bool {
	for at > 0 {
		at--
		switch {
		case text[at] == '\n':
			return true
		case !isSpace(text[at]):
			return false
		}
	}
	return true
}

// group is a block of comments while it is gathered.
type group struct {
	first, last int
	span        Span
	own         bool
	lines       []line
}

// line is the contents of one line of a comment.
type line struct {
	Span
	doc  bool // of a --- comment, or a long comment that begins with @
	long bool // of a long comment
}

func (g *group) open() bool { return len(g.lines) > 0 }

func (g *group) add(text string, token int, s Span) {
	g.last = token
	g.span.End = s.End
	c := text[s.Start:s.End]
	if open := longBracket(c[2:]); open > 0 {
		g.long(text, Span{s.Start + 2 + open, s.End}, open)
		return
	}
	for strings.HasSuffix(c, "\r") {
		c, s.End = c[:len(c)-1], s.End-1
	}
	if strings.HasPrefix(c, "---") && !strings.HasPrefix(c, "----") {
		g.lines = append(g.lines, line{Span: Span{s.Start + 3, s.End}, doc: true})
		return
	}
	dashes := len(c) - len(strings.TrimLeft(c, "-"))
	g.lines = append(g.lines, line{Span: Span{s.Start + dashes, s.End}})
}

// longBracket returns the length of [[ or [==[ at the start of s, or 0.
func longBracket(s string) int {
	if s == "" || s[0] != '[' {
		return 0
	}
	end := 1
	for end < len(s) && s[end] == '=' {
		end++
	}
	if end < len(s) && s[end] == '[' {
		return end + 1
	}
	return 0
}

// long adds the lines of a long comment whose brackets have the given length.
func (g *group) long(text string, s Span, bracket int) {
	if s.End-bracket >= s.Start && strings.HasSuffix(text[s.Start:s.End], "]"+strings.Repeat("=", bracket-2)+"]") {
		s.End -= bracket
	}
	doc := strings.HasPrefix(strings.TrimLeft(text[s.Start:s.End], " \t\r\n"), "@")
	for start := s.Start; start <= s.End; {
		end := s.End
		if at := strings.IndexByte(text[start:s.End], '\n'); at >= 0 {
			end = start + at
		}
		stop := end
		for stop > start && text[stop-1] == '\r' {
			stop--
		}
		g.lines = append(g.lines, line{Span: Span{start, stop}, doc: doc, long: true})
		start = end + 1
	}
}

// flush reads the group that was gathered.
func (n *Notes) flush(g *group) {
	if !g.open() {
		return
	}
	plain := true
	for _, l := range g.lines {
		plain = plain && !l.doc
	}
	b := &Block{Span: g.span, First: g.first, Last: g.last, Behind: !g.own, Plain: plain}
	if plain {
		b.Doc = n.plain(g.lines, b.Behind)
		if len(n.Blocks) == 0 && !b.Behind && len(g.lines) >= 3 && licence.MatchString(b.Doc) && blank(n.text[:b.Start]) {
			b.Doc = "" // it is about the file, even if code follows at once
		}
		n.Blocks = append(n.Blocks, b)
		return
	}
	br := blockReader{notes: n, block: b}
	br.text = n.text
	for _, l := range g.lines {
		if l.doc {
			br.lines = append(br.lines, l.Span)
		} else {
			n.luacheck(l.Span, b.Behind)
		}
	}
	br.read()
	n.Errors = append(n.Errors, br.errors...)
	// A comment that is only --[[@as T]] is part of an expression, not a block.
	if len(b.Tags) == 1 && b.Doc == "" {
		if as, ok := b.Tags[0].(*AsTag); ok {
			if !strings.HasPrefix(n.text[b.Start:], "--[") {
				n.Errors = append(n.Errors, Error{as.Span, "@as says what an expression is: write --[[@as T]] right behind the expression"})
			}
			n.As = append(n.As, as)
			return
		}
	}
	n.Blocks = append(n.Blocks, b)
}

// licence finds what headers that say who owns a file, and who may use it, have in them.
var licence = regexp.MustCompile(`\b(?:Copyright|COPYRIGHT|Licen[cs]ed?|LICEN[CS]E|SPDX)\b|\b[Cc]opyright (?:\([Cc]\)|©)`)

// blank tells whether nothing stands in front of a text's first comment but a line for the
// shell.
func blank(front string) bool {
	front = strings.TrimPrefix(front, "\uFEFF")
	if strings.HasPrefix(front, "#") {
		_, front, _ = strings.Cut(front, "\n")
	}
	return strings.TrimSpace(front) == ""
}

// plain is the text of ordinary comments.
func (n *Notes) plain(lines []line, behind bool) string {
	var t docText
	for _, l := range lines {
		if n.luacheck(l.Span, behind) {
			continue
		}
		t.add(n.text[l.Start:l.End])
	}
	return t.String()
}

// Before returns the block that ends on the line above the place, or on its line
// before it, or nil: the annotations of the declaration that begins there.
func (n *Notes) Before(at int) *Block {
	i := sort.Search(len(n.Blocks), func(i int) bool { return n.Blocks[i].End > at })
	if i == 0 {
		return nil
	}
	b := n.Blocks[i-1]
	if b.Behind {
		return nil
	}
	newlines := 0
	for _, c := range []byte(n.text[b.End:min(at, len(n.text))]) {
		if c == '\n' {
			newlines++
		} else if !isSpace(c) {
			return nil
		}
	}
	if newlines > 1 {
		return nil
	}
	return b
}

// Behind returns the block that follows the place on its line, with nothing
// between them but white space, commas and semicolons, or nil: the annotations of
// what ends there.
func (n *Notes) Behind(at int) *Block {
	i := sort.Search(len(n.Blocks), func(i int) bool { return n.Blocks[i].Start >= at })
	if i == len(n.Blocks) || !n.Blocks[i].Behind {
		return nil
	}
	for _, c := range []byte(n.text[at:n.Blocks[i].Start]) {
		if !isSpace(c) && c != ',' && c != ';' {
			return nil
		}
	}
	return n.Blocks[i]
}

// AsBehind returns the --[[@as T]] that follows the place on its line, or nil.
func (n *Notes) AsBehind(at int) *AsTag {
	i := sort.Search(len(n.As), func(i int) bool { return n.As[i].Start >= at })
	if i == len(n.As) {
		return nil
	}
	between := n.text[at:n.As[i].Start]
	open := strings.TrimLeft(between, " \t\r\v\f")
	if !strings.HasPrefix(open, "--[") || strings.TrimLeft(open[3:], "=[ \t\r\n") != "" {
		return nil
	}
	return n.As[i]
}

// First returns the first tag of type T, or nil. b may be nil.
func First[T Tag](b *Block) (found T) {
	if b == nil {
		return found
	}
	for _, tag := range b.Tags {
		if t, ok := tag.(T); ok {
			return t
		}
	}
	return found
}

// docText gathers lines of Markdown.
type docText struct {
	first string
	more  strings.Builder
	lines int
	blank int
}

// add adds a line without its dashes. One space is taken off its front.
func (t *docText) add(s string) {
	s = strings.TrimPrefix(strings.TrimRight(s, " \t\r"), " ")
	if s == "" {
		t.blank++
		return
	}
	switch {
	case t.lines == 0:
		t.first = s
	case t.lines == 1:
		t.more.WriteString(t.first)
		fallthrough
	default:
		t.more.WriteString("\n")
		if t.blank > 0 {
			t.more.WriteString("\n")
		}
		t.more.WriteString(s)
	}
	t.lines++
	t.blank = 0
}

func (t *docText) String() string {
	if t.lines < 2 {
		return t.first
	}
	return t.more.String()
}
