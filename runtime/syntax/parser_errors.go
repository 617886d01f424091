package syntax

import (
	"sort"
	"strings"

	"github.com/llmspell/llmspell/runtime/internal/literal"
)

// tokenNames are the kinds of tokens as messages write them.
var tokenNames = [tokenKinds]string{
	"<eof>", "<bad>", "<comment>", "<name>", "<number>", "<string>", "<string>",
	"and", "break", "do", "else", "elseif", "end", "false", "for", "function", "if", "in", "local", "nil", "not", "or",
	"repeat", "return", "then", "true", "until", "while",
	"+", "-", "*", "/", "%", "^", "#", "==", "~=", "<=", ">=", "<", ">", "=", "(", ")", "{", "}", "[", "]", ";", ":", "::",
	",", ".", "..", "...",
}

// String returns the token as messages write it: "then", "<name>", "<eof>".
func (k TokenKind) String() string {
	if int(k) < len(tokenNames) {
		return tokenNames[k]
	}
	return "<unknown>"
}

// near returns what a message calls the current token.
func (p *parser) near() string {
	if p.kind == EOF {
		return "<eof>"
	}
	return printable(clip(p.TokenText(p.i)))
}

// fail reports an error at the current token, unless there is one already: at that
// token, or in bytes that were skipped before it.
func (p *parser) fail(message string) {
	if p.reported() {
		return
	}
	p.report(message + " near '" + p.near() + "'")
}

// reported tells whether the current token has its error, and says that it has.
func (p *parser) reported() bool {
	if p.errorAt == p.i {
		return true
	}
	p.errorAt = p.i
	for i := p.i - 1; i > p.last; i-- {
		if p.tokens[i].Kind == Bad {
			return true
		}
	}
	return p.last >= 0 && p.tokens[p.last].Kind == BadString || p.kind == BadString
}

func (p *parser) report(message string) {
	tok := p.tokens[p.i]
	p.errors = append(p.errors, Error{Start: int(tok.Start), End: int(tok.End), Message: message})
}

func (p *parser) failToClose(k TokenKind, opener int) {
	if p.reported() {
		return
	}
	p.report(p.unclosed(k, opener) + " near '" + p.near() + "'")
	if opener >= 0 {
		p.errors[len(p.errors)-1].opener = p.tokens[opener].Start + 1
	}
}

// unclosed says that a token is expected, and what it would close if that stands
// in another line.
func (p *parser) unclosed(k TokenKind, opener int) string {
	message := "'" + k.String() + "' expected"
	if opener < 0 {
		return message
	}
	if !strings.ContainsAny(p.text[p.tokens[opener].Start:p.tokens[p.i].Start], "\r\n") {
		return message // in the same line
	}
	return message + " (to close '" + p.TokenText(opener) + "' at line " + itoa(p.line(opener)) + ")"
}

// line returns the line of a token, from 1, as Lua counts lines.
func (p *parser) line(token int) int {
	at := p.tokens[token].Start
	if p.lines == nil {
		const few = 8
		if p.counted++; p.counted <= few && strings.IndexByte(p.text[:at], '\r') < 0 {
			return 1 + strings.Count(p.text[:at], "\n") // most texts have few errors
		}
		p.lines = luaLines(p.text)
	}
	return lineOf(p.lines, at)
}

func lineOf(lines []int32, offset int32) int {
	return sort.Search(len(lines), func(i int) bool { return lines[i] > offset })
}

// luaLines returns where the lines of a text begin for Lua, to which \n\r is one
// line end.
func luaLines(text string) []int32 {
	lines := []int32{0}
	for i := 0; i < len(text); {
		if c := text[i]; c == '\n' || c == '\r' {
			i += literal.LineEnd(text[i:])
			lines = append(lines, int32(i))
		} else {
			i++
		}
	}
	return lines
}

// enter counts a level of nesting, and reports false beyond the hard limit.
func (p *parser) enter() bool {
	p.depth++
	if p.depth > maxDepth && !p.deep {
		p.deep = true
		p.errorAt = p.i
		p.report("chunk has too many syntax levels")
	}
	if p.depth <= hardDepth {
		return true
	}
	p.errorAt = p.i // has the error above
	return false
}

func (p *parser) leave() { p.depth-- }

// newLine tells whether the current token is the first of its line.
func (p *parser) newLine() bool { return p.breakBetween(p.last, p.i) }

// breakBetween tells whether a line ends between two tokens; -1 is the beginning of
// the text, which is the beginning of a line.
func (p *parser) breakBetween(a, b int) bool {
	if a < 0 {
		return true
	}
	from := int(p.tokens[a].End)
	for i := int(p.tokens[b].Start) - 1; i >= from; i-- {
		if c := p.text[i]; c == '\n' || c == '\r' {
			return true
		}
	}
	return false
}

// column returns the column of the current token, if it is the first of its line.
func (p *parser) column() (int, bool) {
	if !p.newLine() {
		return 0, false
	}
	return p.indent(p.i), true
}

// tabWidth is how many columns a tab counts for.
const tabWidth = 4

// indent returns the indentation of the line that a token stands in.
func (p *parser) indent(token int) int {
	at := p.tokens[token].Start
	for from := max(0, at-shortLine); at > from; at-- {
		if c := p.text[at-1]; c == '\n' || c == '\r' {
			return columnAt(p.text, at)
		}
	}
	if at > 0 {
		if p.lines == nil {
			p.lines = luaLines(p.text)
		}
		at = p.lines[p.line(token)-1]
	}
	return columnAt(p.text, at)
}

// shortLine is how long a line is, in bytes, whose beginning is looked for byte by byte.
const shortLine = 512

// columnAt returns the indentation of the line that begins at an offset.
func columnAt(text string, at int32) int {
	column := 0
	for i := int(at); i < len(text); i++ {
		switch text[i] {
		case ' ':
			column++
		case '\t':
			column += tabWidth - column%tabWidth
		default:
			return column
		}
	}
	return column
}
