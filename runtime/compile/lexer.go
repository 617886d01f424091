package compile

import (
	"strings"
)

type tokenKind int

// Tokens of one byte are their own kind; the others start after the bytes.
const (
	tEOF tokenKind = 256 + iota
	tAnd
	tBreak
	tDo
	tElse
	tElseif
	tEnd
	tFalse
	tFor
	tFunction
	tIf
	tIn
	tLocal
	tNil
	tNot
	tOr
	tRepeat
	tReturn
	tThen
	tTrue
	tUntil
	tWhile
	tConcat
	tDots
	tEq
	tGe
	tLe
	tNe
	tDoubleColon
	tNumber
	tName
	tString
)

var tokenNames = [...]string{
	"<eof>", "and", "break", "do", "else", "elseif", "end", "false", "for", "function",
	"if", "in", "local", "nil", "not", "or", "repeat", "return", "then", "true", "until", "while",
	"..", "...", "==", ">=", "<=", "~=", "::", "<number>", "<name>", "<string>",
}

// keyword returns the kind of a reserved word, or tName. (goto is a name that
// the parser recognises at the start of a statement, as LuaJIT does.)
func keyword(s string) tokenKind {
	for k := tAnd; k <= tWhile; k++ {
		if tokenNames[k-tEOF] == s {
			return k
		}
	}
	return tName
}

type token struct {
	kind tokenKind
	text string  // name or string value
	num  float64 // number value
	from int     // where it stands in the source
	to   int
}

// lexer reads tokens. line is that of the text read so far; lastLine is that
// of the last token consumed, which is the line PUC Lua gives to instructions.
type lexer struct {
	src      string
	pos      int
	line     int
	lastLine int
	chunk    string
	tok      token
	ahead    token
	hasAhead bool
	start    int // where the current token's text starts, for messages
	words    map[string]tokenKind
	prev     tokenKind   // the token consumed last
	stop     func() bool // asked once in stopInterval tokens; nil: never
	tokens   int         // consumed so far
}

func newLexer(src, chunk string) *lexer {
	return &lexer{src: src, line: 1, lastLine: 1, chunk: chunk, words: make(map[string]tokenKind, 64)}
}

// stopInterval is how many tokens are read between two questions whether to stop: a
// fraction of a millisecond's work.
const stopInterval = 1024

func (lx *lexer) next() {
	if lx.tokens++; lx.stop != nil && lx.tokens%stopInterval == 0 && lx.stop() {
		panic(ErrStopped)
	}
	lx.lastLine, lx.prev = lx.line, lx.tok.kind
	if lx.hasAhead {
		lx.tok, lx.hasAhead = lx.ahead, false
		return
	}
	lx.tok = lx.read()
}

func (lx *lexer) read() token {
	t := lx.scan()
	t.from, t.to = lx.start, lx.pos
	return t
}

func (lx *lexer) lookahead() tokenKind {
	if !lx.hasAhead {
		lx.ahead, lx.hasAhead = lx.read(), true
	}
	return lx.ahead.kind
}

func (lx *lexer) peek(i int) byte {
	if lx.pos+i < len(lx.src) {
		return lx.src[lx.pos+i]
	}
	return 0
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
func isAlpha(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' }

// newline consumes one line end: \n, \r, \r\n or \n\r.
func (lx *lexer) newline() {
	c := lx.src[lx.pos]
	lx.pos++
	if n := lx.peek(0); lx.pos < len(lx.src) && (n == '\n' || n == '\r') && n != c {
		lx.pos++
	}
	lx.line++
}

func (lx *lexer) scan() token {
	for lx.pos < len(lx.src) {
		lx.start = lx.pos
		c := lx.src[lx.pos]
		switch {
		case c == '\n' || c == '\r':
			lx.newline()
		case c == ' ' || c == '\t' || c == '\v' || c == '\f':
			lx.pos++
		case c == '-' && lx.peek(1) == '-':
			lx.comment()
		case isAlpha(c):
			return lx.name()
		case isDigit(c) || c == '.' && isDigit(lx.peek(1)):
			return lx.number()
		case c == '"' || c == '\'':
			return token{kind: tString, text: lx.quoted(c)}
		default:
			return lx.symbol(c)
		}
	}
	lx.start = lx.pos
	return token{kind: tEOF}
}

func (lx *lexer) name() token {
	for lx.pos < len(lx.src) && (isAlpha(lx.src[lx.pos]) || isDigit(lx.src[lx.pos])) {
		lx.pos++
	}
	s := lx.src[lx.start:lx.pos]
	k, ok := lx.words[s]
	if !ok {
		k = keyword(s)
		lx.words[s] = k
	}
	return token{kind: k, text: s}
}

func (lx *lexer) comment() {
	lx.pos += 2
	if lx.peek(0) == '[' {
		if level := lx.longBracket(); level >= 0 {
			lx.longString(level, "comment")
			return
		}
	}
	for lx.pos < len(lx.src) && lx.src[lx.pos] != '\n' && lx.src[lx.pos] != '\r' {
		lx.pos++
	}
}

// longBracket returns the level of an opening long bracket at pos, or -1.
func (lx *lexer) longBracket() int {
	i := 1
	for lx.peek(i) == '=' {
		i++
	}
	if lx.peek(i) != '[' {
		return -1
	}
	return i - 1
}

func (lx *lexer) longString(level int, what string) string {
	lx.pos += level + 2
	if c := lx.peek(0); lx.pos < len(lx.src) && (c == '\n' || c == '\r') {
		lx.newline()
	}
	from := lx.pos
	var b *strings.Builder // set when the text differs from the source (line ends)
	closing := "]" + strings.Repeat("=", level) + "]"
	for lx.pos < len(lx.src) {
		switch c := lx.src[lx.pos]; {
		case c == ']' && strings.HasPrefix(lx.src[lx.pos:], closing):
			s := lx.src[from:lx.pos]
			lx.pos += len(closing)
			if b != nil {
				b.WriteString(s)
				return b.String()
			}
			return s
		case c == '\n' || c == '\r':
			at := lx.pos
			lx.newline()
			if c == '\r' || lx.pos-at > 1 {
				if b == nil {
					b = &strings.Builder{}
				}
				b.WriteString(lx.src[from:at])
				b.WriteByte('\n')
				from = lx.pos
			}
		default:
			lx.pos++
		}
	}
	lx.fail("unfinished long "+what, "<eof>")
	return ""
}

func (lx *lexer) symbol(c byte) token {
	two := func(second byte, k tokenKind) (token, bool) {
		if lx.peek(1) == second {
			lx.pos += 2
			return token{kind: k}, true
		}
		return token{}, false
	}
	switch c {
	case '[':
		if level := lx.longBracket(); level >= 0 {
			return token{kind: tString, text: lx.longString(level, "string")}
		} else if lx.peek(1) == '=' {
			for lx.pos++; lx.peek(0) == '='; lx.pos++ {
			}
			lx.failNear("invalid long string delimiter")
		}
	case '=':
		if t, ok := two('=', tEq); ok {
			return t
		}
	case '<':
		if lx.peek(1) == '<' {
			lx.newer("<<", "5.3", "bit32.lshift(a, n)")
		}
		if t, ok := two('=', tLe); ok {
			return t
		}
	case '>':
		if lx.peek(1) == '>' {
			lx.newer(">>", "5.3", "bit32.rshift(a, n)")
		}
		if t, ok := two('=', tGe); ok {
			return t
		}
	case '~':
		if t, ok := two('=', tNe); ok {
			return t
		}
		lx.newer("~", "5.3", "bit32.bxor(a, b) or bit32.bnot(a)")
	case ':':
		if t, ok := two(':', tDoubleColon); ok {
			return t
		}
	case '/':
		if lx.peek(1) == '/' {
			lx.newer("//", "5.3", "math.floor(a / b)")
		}
	case '!':
		if lx.peek(1) == '=' {
			lx.other("!=", "~=")
		}
		lx.other("!", "not")
	case '&':
		if lx.peek(1) == '&' {
			lx.other("&&", "and")
		}
		lx.newer("&", "5.3", "bit32.band(a, b)")
	case '|':
		if lx.peek(1) == '|' {
			lx.other("||", "or")
		}
		lx.newer("|", "5.3", "bit32.bor(a, b)")
	case '.':
		if lx.peek(1) == '.' {
			if lx.peek(2) == '.' {
				lx.pos += 3
				return token{kind: tDots}
			}
			lx.pos += 2
			return token{kind: tConcat}
		}
	}
	lx.pos++
	return token{kind: tokenKind(c)}
}

// newer reports an operator of a later Lua and what to write instead.
func (lx *lexer) newer(op, version, instead string) {
	lx.fail("operator '"+op+"' is of Lua "+version+", this is Lua 5.1 with goto: use "+instead, op)
}

// other reports an operator of other languages and what to write instead.
func (lx *lexer) other(op, instead string) {
	lx.fail("operator '"+op+"' is of other languages: use "+instead, op)
}
