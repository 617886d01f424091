package handlebars

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"github.com/llmspell/llmspell/tools/utility/internal/render"
)

type (
	node     interface{}
	textNode struct{ text string }
	mustache struct {
		call call
		raw  bool
	}
	block struct {
		call       call
		params     []string // as |item index|
		body, rest []node
	}
	partial struct {
		call   call
		indent string
	}
	// call is a path with arguments: a helper, or a value when there are none.
	call struct {
		fn   any // path, literal or *call
		args []any
		hash map[string]any
		keys []string
		line int
	}
	path struct {
		up    int
		data  bool // @name
		this  bool // begins with this or .
		parts []string
		text  string
	}
	literal struct{ v any }
)

// tag is a piece of the source: a text, or a tag {{…}}.
type tag struct {
	text        string // of a text, or the inside of a tag
	kind        byte   // 0 text, '=' value, '{' raw value, '#' '^' '/' '>' '!' 'e' (else)
	line        int
	left, right bool   // ~
	indent      string // of a partial alone on its line
}

type parser struct {
	tags  []tag
	pos   int
	depth int
}

func failAt(line int, format string, args ...any) {
	render.Stopf("line %d: %s", line, fmt.Sprintf(format, args...))
}

func parse(src string) []node {
	if len(src) > render.MaxTemplate {
		render.Stopf("%w: its source is larger than %d MB", render.ErrLimit, render.MaxTemplate>>20)
	}
	p := &parser{tags: split(src)}
	standalone(p.tags)
	for i := range p.tags { // ~ takes white space from the text beside it
		if p.tags[i].left && i > 0 && p.tags[i-1].kind == 0 {
			p.tags[i-1].text = strings.TrimRightFunc(p.tags[i-1].text, unicode.IsSpace)
		}
		if p.tags[i].right && i+1 < len(p.tags) && p.tags[i+1].kind == 0 {
			p.tags[i+1].text = strings.TrimLeftFunc(p.tags[i+1].text, unicode.IsSpace)
		}
	}
	nodes, stop := p.nodes()
	if stop != nil {
		failAt(stop.line, "{{%s}} closes nothing", stop.text)
	}
	return nodes
}

// split cuts the source into texts and tags.
func split(src string) []tag {
	var out []tag
	line := 1
	text := ""
	flush := func() {
		out = append(out, tag{text: text, line: line - strings.Count(text, "\n")})
		text = ""
	}
	for {
		i := strings.Index(src, "{{")
		if i < 0 {
			text += src
			line += strings.Count(src, "\n")
			flush()
			return out
		}
		line += strings.Count(src[:i], "\n")
		if i > 0 && src[i-1] == '\\' { // an escaped tag is text
			end := strings.Index(src[i:], "}}")
			if end < 0 {
				end = 0
			}
			text += src[:i-1] + src[i:i+end+2]
			line += strings.Count(src[i:i+end+2], "\n")
			src = src[i+end+2:]
			continue
		}
		text += src[:i]
		flush()
		t := tag{line: line, kind: '='}
		end := "}}"
		rest := src[i+2:]
		if strings.HasPrefix(rest, "~") {
			t.left, rest = true, rest[1:]
		}
		switch {
		case strings.HasPrefix(rest, "!--"):
			end = "--"
		case strings.HasPrefix(rest, "{"):
			end, t.kind, rest = "}", '{', rest[1:]
		}
		n := closing(rest, end)
		if n < 0 {
			failAt(line, "a tag is never closed with }}")
		}
		t.text = rest[:n]
		after := strings.TrimPrefix(rest[n:], strings.TrimSuffix(end, "}}"))
		if strings.HasPrefix(after, "~") {
			t.right, after = true, after[1:]
		}
		if end == "}}" && strings.HasSuffix(t.text, "~") {
			t.right, t.text = true, t.text[:len(t.text)-1]
		}
		if !strings.HasPrefix(after, "}}") {
			failAt(line, "a tag is never closed with }}")
		}
		src = after[2:]
		line += strings.Count(t.text, "\n")
		t.classify()
		out = append(out, t)
	}
}

// closing finds the end of a tag, outside of strings.
func closing(rest, end string) int {
	quote := byte(0)
	for i := range len(rest) {
		switch c := rest[i]; {
		case end != "--" && quote == 0 && (c == '"' || c == '\'') && !strings.HasPrefix(rest, "!"):
			quote = c
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case strings.HasPrefix(rest[i:], end):
			if end != "--" || strings.HasPrefix(rest[i+2:], "}}") || strings.HasPrefix(rest[i+2:], "~}}") {
				return i
			}
		}
	}
	return -1
}

func (t *tag) classify() {
	if t.kind == '=' && t.text != "" {
		switch c := t.text[0]; c {
		case '#', '^', '/', '>', '!':
			t.kind, t.text = c, strings.TrimSpace(t.text[1:])
		case '&':
			t.kind, t.text = '{', strings.TrimSpace(t.text[1:])
		}
	}
	t.text = strings.TrimSpace(t.text)
	if t.kind == '=' && (t.text == "else" || strings.HasPrefix(t.text, "else ")) {
		t.kind = 'e'
	}
	if t.kind == '^' && t.text == "" {
		t.kind, t.text = 'e', "else"
	}
}

// standalone drops the lines on which a tag that writes nothing stands alone.
func standalone(tags []tag) {
	type cut struct{ i, from, to int }
	var cuts []cut
	for i, t := range tags {
		if t.kind == 0 || t.kind == '=' || t.kind == '{' || i == 0 || i+1 >= len(tags) {
			continue
		}
		before, after := tags[i-1].text, tags[i+1].text
		start := strings.LastIndexByte(before, '\n') + 1
		end := strings.IndexByte(after, '\n') + 1
		if strings.TrimSpace(before[start:]) != "" || start == 0 && i > 1 {
			continue
		}
		if end == 0 {
			if i+2 < len(tags) {
				continue
			}
			end = len(after)
		}
		if strings.TrimSpace(after[:end]) != "" {
			continue
		}
		if t.kind == '>' {
			tags[i].indent = before[start:]
		}
		cuts = append(cuts, cut{i - 1, 0, start}, cut{i + 1, end, -1})
	}
	froms := map[int]int{}
	for _, c := range cuts { // a text between two such tags is cut at both ends
		if c.to < 0 {
			froms[c.i] = c.from
		}
	}
	for _, c := range cuts {
		if c.to >= 0 {
			tags[c.i].text = tags[c.i].text[:max(c.to, froms[c.i])]
		}
	}
	for i, from := range froms {
		tags[i].text = tags[i].text[min(from, len(tags[i].text)):]
	}
}

// nodes reads up to a tag that ends or divides a block.
func (p *parser) nodes() ([]node, *tag) {
	if p.depth++; p.depth > render.MaxDepth {
		render.Stopf("%w: it is nested more than %d deep", render.ErrLimit, render.MaxDepth)
	}
	defer func() { p.depth-- }()
	var out []node
	for p.pos < len(p.tags) {
		t := &p.tags[p.pos]
		p.pos++
		switch t.kind {
		case 0:
			if t.text != "" {
				out = append(out, &textNode{t.text})
			}
		case '=', '{':
			if strings.HasPrefix(t.text, "=") {
				failAt(t.line, "changing the delimiters is not supported")
			}
			out = append(out, &mustache{parseCall(t.text, t.line), t.kind == '{'})
		case '#', '^':
			if strings.HasPrefix(t.text, ">") || strings.HasPrefix(t.text, "*") {
				failAt(t.line, "partial blocks and decorators are not supported; pass the partial among partials")
			}
			out = append(out, p.block(t))
		case '>':
			out = append(out, &partial{parseCall(t.text, t.line), t.indent})
		case '/', 'e':
			return out, t
		}
	}
	return out, nil
}

func (p *parser) block(t *tag) *block {
	text := t.text
	b := &block{}
	if i := strings.LastIndex(text, " as |"); i >= 0 && strings.HasSuffix(text[i+5:], "|") {
		b.params = strings.Fields(text[i+5 : len(text)-1])
		text = text[:i]
	}
	b.call = parseCall(text, t.line)
	name, _, _ := strings.Cut(strings.TrimSpace(text), " ")
	body, stop := p.nodes()
	b.body = body
	if stop != nil && stop.kind == 'e' {
		if cond := strings.TrimSpace(strings.TrimPrefix(stop.text, "else")); cond != "" {
			inner := *stop
			inner.text = cond
			// {{else if}} is a block within the else part, closed by the same tag.
			nested := p.chained(&inner, name)
			b.rest = []node{nested}
			return b.oriented(t.kind)
		}
		b.rest, stop = p.nodes()
	}
	p.closed(stop, t, name)
	return b.oriented(t.kind)
}

// chained reads the block that an {{else if …}} begins.
func (p *parser) chained(t *tag, name string) *block {
	if p.depth++; p.depth > render.MaxDepth {
		render.Stopf("%w: it is nested more than %d deep", render.ErrLimit, render.MaxDepth)
	}
	defer func() { p.depth-- }()
	b := &block{call: parseCall(t.text, t.line)}
	body, stop := p.nodes()
	b.body = body
	if stop != nil && stop.kind == 'e' {
		if cond := strings.TrimSpace(strings.TrimPrefix(stop.text, "else")); cond != "" {
			inner := *stop
			inner.text = cond
			b.rest = []node{p.chained(&inner, name)}
			return b
		}
		b.rest, stop = p.nodes()
	}
	p.closed(stop, t, name)
	return b
}

func (b *block) oriented(kind byte) *block {
	if kind == '^' {
		b.body, b.rest = b.rest, b.body
	}
	return b
}

func (p *parser) closed(stop, t *tag, name string) {
	switch {
	case stop == nil:
		failAt(t.line, "the block {{#%s}} is never closed with {{/%s}}", name, name)
	case stop.kind == 'e':
		failAt(stop.line, "the block {{#%s}} has a second {{else}}", name)
	case stop.text != name:
		failAt(stop.line, "expected {{/%s}} for the block that begins on line %d, found {{/%s}}", name, t.line, stop.text)
	}
}

// parseCall reads name arg (sub expr) key=value.
func parseCall(text string, line int) call {
	s := &scanner{text: text, line: line}
	c := s.call(0)
	if s.skip(); s.pos < len(s.text) {
		failAt(line, "unexpected %s", strconv.Quote(s.text[s.pos:]))
	}
	return c
}

type scanner struct {
	text string
	pos  int
	line int
}

func (s *scanner) skip() {
	for s.pos < len(s.text) && strings.IndexByte(" \t\r\n", s.text[s.pos]) >= 0 {
		s.pos++
	}
}

func (s *scanner) call(depth int) call {
	c := call{line: s.line}
	s.skip()
	c.fn = s.value(depth)
	for {
		s.skip()
		if s.pos == len(s.text) || s.text[s.pos] == ')' {
			return c
		}
		start := s.pos
		for s.pos < len(s.text) && strings.IndexByte(" \t\r\n()='\"[", s.text[s.pos]) < 0 {
			s.pos++
		}
		if key := s.text[start:s.pos]; key != "" && s.pos < len(s.text) && s.text[s.pos] == '=' {
			s.pos++
			if c.hash == nil {
				c.hash = map[string]any{}
			}
			c.hash[key], c.keys = s.value(depth), append(c.keys, key)
			continue
		}
		s.pos = start
		c.args = append(c.args, s.value(depth))
	}
}

// value reads a literal, a path or a call in parentheses.
func (s *scanner) value(depth int) any {
	if depth > render.MaxDepth {
		render.Stopf("%w: it is nested more than %d deep", render.ErrLimit, render.MaxDepth)
	}
	s.skip()
	if s.pos == len(s.text) {
		failAt(s.line, "expected a value, found the end of the tag")
	}
	switch c := s.text[s.pos]; c {
	case '(':
		s.pos++
		inner := s.call(depth + 1)
		if s.skip(); s.pos == len(s.text) || s.text[s.pos] != ')' {
			failAt(s.line, "a ( is never closed with )")
		}
		s.pos++
		return &inner
	case '"', '\'':
		end := strings.IndexByte(s.text[s.pos+1:], c)
		if end < 0 {
			failAt(s.line, "a string is never closed with %c", c)
		}
		v := s.text[s.pos+1 : s.pos+1+end]
		s.pos += end + 2
		return literal{v}
	}
	start := s.pos
	for s.pos < len(s.text) && strings.IndexByte(" \t\r\n()=|", s.text[s.pos]) < 0 {
		if s.text[s.pos] == '[' { // a part in brackets may hold anything
			end := strings.IndexByte(s.text[s.pos:], ']')
			if end < 0 {
				failAt(s.line, "a [ is never closed with ]")
			}
			s.pos += end
		}
		s.pos++
	}
	word := s.text[start:s.pos]
	switch word {
	case "":
		failAt(s.line, "expected a value, found %s", strconv.Quote(s.text[s.pos:]))
	case "true":
		return literal{true}
	case "false":
		return literal{false}
	case "null", "undefined":
		return literal{nil}
	}
	if f, err := strconv.ParseFloat(word, 64); err == nil && strings.ContainsRune("-0123456789", rune(word[0])) {
		return literal{render.Normal(f)}
	}
	return parsePath(word, s.line)
}

func parsePath(word string, line int) path {
	p := path{text: word}
	if rest, ok := strings.CutPrefix(word, "@"); ok {
		p.data, word = true, rest
	}
	for strings.HasPrefix(word, "../") || word == ".." {
		p.up++
		p.this = true
		word = strings.TrimPrefix(strings.TrimPrefix(word, ".."), "/")
	}
	for _, head := range []string{"this", "."} {
		if rest, ok := strings.CutPrefix(word, head); ok && (rest == "" || rest[0] == '.' || rest[0] == '/' || head == "." && rest[0] != '[') {
			p.this = true
			word = strings.TrimLeft(rest, "./")
			break
		}
	}
	for word != "" {
		if word[0] == '[' {
			end := strings.IndexByte(word, ']')
			p.parts = append(p.parts, word[1:end])
			word = strings.TrimLeft(word[end+1:], "./")
			continue
		}
		i := strings.IndexAny(word, "./")
		if i < 0 {
			i = len(word)
		}
		if i == 0 {
			failAt(line, "the path %s has an empty part", strconv.Quote(p.text))
		}
		p.parts = append(p.parts, word[:i])
		word = strings.TrimLeft(word[i:], "./")
	}
	return p
}
