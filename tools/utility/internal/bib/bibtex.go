package bib

import (
	"fmt"
	"strings"
	"unicode"
)

// SyntaxError is text that is no bibliography.
type SyntaxError struct {
	Line    int
	Problem string
}

func (e *SyntaxError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Problem) }

// ParseBibTeX reads a file of BibTeX or BibLaTeX: entries, @string, @comment,
// @preamble. What stands between entries is a comment, as in BibTeX itself. The
// error is a *SyntaxError.
func ParseBibTeX(src string) (entries []*Entry, err error) {
	defer func() {
		switch v := recover().(type) {
		case nil:
		case *SyntaxError:
			err = v
		default:
			panic(v)
		}
	}()
	p := &reader{src: src, line: 1, strings: map[string]string{}}
	for i, m := range []string{"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"} {
		p.strings[m] = []string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"}[i]
	}
	for {
		at := strings.IndexByte(p.src[p.pos:], '@')
		if at < 0 {
			return entries, nil
		}
		p.advance(at + 1)
		if e := p.entry(); e != nil {
			if entries = append(entries, e); len(entries) > MaxEntries {
				p.fail("there are more than %d entries", MaxEntries)
			}
		}
	}
}

type reader struct {
	src     string
	pos     int
	line    int
	size    int // of the values so far
	strings map[string]string
}

func (p *reader) fail(format string, args ...any) {
	panic(&SyntaxError{p.line, fmt.Sprintf(format, args...)})
}

func (p *reader) advance(n int) {
	p.line += strings.Count(p.src[p.pos:p.pos+n], "\n")
	p.pos += n
}

func (p *reader) skip() {
	rest := p.src[p.pos:]
	p.advance(len(rest) - len(strings.TrimLeftFunc(rest, unicode.IsSpace)))
}

func (p *reader) peek() byte {
	p.skip()
	if p.pos == len(p.src) {
		return 0
	}
	return p.src[p.pos]
}

func (p *reader) want(c byte) {
	if got := p.peek(); got != c {
		p.fail("expected %q, found %s", string(c), shownByte(got))
	}
	p.pos++
}

func shownByte(c byte) string {
	if c == 0 {
		return "the end of the text"
	}
	return fmt.Sprintf("%q", rune(c))
}

// word reads the name of a type, field or string, or a key.
func (p *reader) word() string {
	p.skip()
	rest := p.src[p.pos:]
	n := strings.IndexFunc(rest, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune("{}(),=#\"%", r) })
	if n < 0 {
		n = len(rest)
	}
	p.advance(n)
	return rest[:n]
}

func (p *reader) entry() *Entry {
	line := p.line
	kind := strings.ToLower(p.word())
	open := p.peek()
	if kind == "" || open != '{' && open != '(' {
		return nil // an @ in a comment
	}
	p.pos++
	closing := byte('}')
	if open == '(' {
		closing = ')'
	}
	switch kind {
	case "comment":
		p.pos--
		if open == '{' {
			p.braced()
		}
		return nil
	case "preamble":
		p.value()
		p.want(closing)
		return nil
	case "string":
		name := strings.ToLower(p.word())
		p.want('=')
		p.strings[name] = p.value()
		p.want(closing)
		return nil
	}
	if to, ok := types[kind]; ok {
		kind = to
	}
	raw := map[string]string{}
	e := &Entry{Type: kind, Key: p.word(), Line: line}
	for p.peek() != closing {
		p.want(',')
		if p.peek() == closing {
			break
		}
		name := strings.ToLower(p.word())
		if name == "" {
			p.fail("expected the name of a field in the entry %q, found %s", e.Key, shownByte(p.peek()))
		}
		p.want('=')
		v := p.value()
		if _, twice := raw[name]; !twice {
			raw[name] = v
		}
	}
	p.want(closing)
	e.fill(raw)
	return e
}

// fill turns TeX into plain text, and splits names.
func (e *Entry) fill(raw map[string]string) {
	e.Fields, e.Names = map[string]string{}, map[string][]Name{}
	for name, v := range raw {
		switch name {
		case "author", "editor", "translator":
			e.Names[name] = parseNames(v)
		case "url", "doi", "file":
			e.Fields[name] = strings.TrimSpace(strings.NewReplacer(`\_`, "_", `\%`, "%", `\&`, "&", `\#`, "#", `\~`, "~", "{", "", "}", "", `\url`, "").Replace(v))
		default:
			e.Fields[name] = PlainTeX(v)
		}
	}
	if e.Fields["journal"] == "" && e.Fields["journaltitle"] != "" {
		e.Fields["journal"] = e.Fields["journaltitle"]
	}
	if e.Fields["address"] == "" && e.Fields["location"] != "" {
		e.Fields["address"] = e.Fields["location"]
	}
}

// value reads parts joined by #.
func (p *reader) value() string {
	var b strings.Builder
	for {
		switch c := p.peek(); {
		case c == '{':
			b.WriteString(p.braced())
		case c == '"':
			b.WriteString(p.quoted())
		default:
			w := p.word()
			if w == "" {
				p.fail("expected a value, found %s", shownByte(c))
			}
			if v, ok := p.strings[strings.ToLower(w)]; ok {
				w = v
			}
			b.WriteString(w)
		}
		if b.Len() > maxField {
			p.fail("a value is longer than %d KB", maxField>>10)
		}
		if p.peek() != '#' {
			if p.size += b.Len(); p.size > 4*MaxInput {
				p.fail("the values are longer than %d MB", 4*MaxInput>>20)
			}
			return b.String()
		}
		p.pos++
	}
}

// braced reads {…}, with the braces inside it.
func (p *reader) braced() string {
	line, depth := p.line, 0
	for i := p.pos; i < len(p.src); i++ {
		switch p.src[i] {
		case '\\':
			i++
		case '{':
			if depth++; depth > maxDepth {
				p.fail("braces are nested more than %d deep", maxDepth)
			}
		case '}':
			if depth--; depth == 0 {
				v := p.src[p.pos+1 : i]
				p.advance(i + 1 - p.pos)
				return v
			}
		}
	}
	panic(&SyntaxError{line, "a { is never closed with }"})
}

func (p *reader) quoted() string {
	line, depth := p.line, 0
	for i := p.pos + 1; i < len(p.src); i++ {
		switch c := p.src[i]; {
		case c == '\\':
			i++
		case c == '{':
			depth++
		case c == '}':
			depth--
		case c == '"' && depth <= 0:
			v := p.src[p.pos+1 : i]
			p.advance(i + 1 - p.pos)
			return v
		}
	}
	panic(&SyntaxError{line, `a " is never closed`})
}
