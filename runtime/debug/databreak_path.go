package debug

import (
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// fieldPath is a variable with fields, such as a.b[1][k].c.
type fieldPath struct {
	name string
	keys []pathKeyPart
	text []string // the name, and each key with its dot or brackets
}

// pathKeyPart is a key: a value, or the path to it.
type pathKeyPart struct {
	value lua.LValue
	path  *fieldPath
}

// upTo is the text before key i.
func (p *fieldPath) upTo(i int) string { return strings.Join(p.text[:i+1], "") }

// pathParser reads a path; text is what is left.
type pathParser struct{ text string }

func (p *pathParser) accept(c byte) bool {
	p.text = strings.TrimSpace(p.text)
	if p.text == "" || p.text[0] != c {
		return false
	}
	p.text = strings.TrimSpace(p.text[1:])
	return true
}

func (p *pathParser) ident() (string, bool) {
	n := 0
	for n < len(p.text) && (isIdentifier(p.text[:n+1]) || keywords[p.text[:n+1]]) {
		n++
	}
	name := p.text[:n]
	if !isIdentifier(name) {
		return "", false
	}
	p.text = p.text[n:]
	return name, true
}

func (p *pathParser) path() (*fieldPath, bool) {
	p.text = strings.TrimSpace(p.text)
	name, ok := p.ident()
	out := &fieldPath{name: name, text: []string{name}}
	for ok {
		var key pathKeyPart
		text := ""
		switch {
		case p.accept('.'):
			var field string
			field, ok = p.ident()
			key.value = lua.LString(field)
			text = "." + field
		case p.accept('['):
			if key.value, ok = p.literal(); ok {
				text = keyExpr("", key.value)
			} else if key.path, ok = p.path(); ok {
				text = "[" + key.path.upTo(len(key.path.keys)) + "]"
			}
			ok = ok && p.accept(']')
		default:
			return out, true
		}
		out.keys = append(out.keys, key)
		out.text = append(out.text, text)
	}
	return nil, false
}

// literal reads a number, a string or a boolean.
func (p *pathParser) literal() (lua.LValue, bool) {
	if p.text == "" {
		return nil, false
	}
	if c := p.text[0]; c == '"' || c == '\'' {
		return p.str(c)
	}
	end := strings.IndexAny(p.text, "] ")
	if end < 0 {
		end = len(p.text)
	}
	word := p.text[:end]
	switch n, err := strconv.ParseFloat(word, 64); {
	case word == "true", word == "false":
		p.text = p.text[end:]
		return lua.LBool(word == "true"), true
	case err == nil && strings.ContainsAny(word[:1], "-.0123456789"):
		p.text = p.text[end:]
		return lua.LNumber(n), true
	}
	if n, err := strconv.ParseInt(word, 0, 64); err == nil { // hexadecimal
		p.text = p.text[end:]
		return lua.LNumber(n), true
	}
	return nil, false
}

// str reads a quoted string with the escapes that quote writes.
func (p *pathParser) str(mark byte) (lua.LValue, bool) {
	var b strings.Builder
	for i := 1; i < len(p.text); i++ {
		switch c := p.text[i]; {
		case c == mark:
			p.text = p.text[i+1:]
			return lua.LString(b.String()), true
		case c == '\\' && i+1 < len(p.text):
			i++
			switch c := p.text[i]; c {
			case 'n':
				b.WriteByte('\n')
			case 't':
				b.WriteByte('\t')
			case 'r':
				b.WriteByte('\r')
			default:
				if i+2 < len(p.text) && c >= '0' && c <= '9' {
					n, err := strconv.ParseUint(p.text[i:i+3], 10, 8)
					if err != nil {
						return nil, false
					}
					b.WriteByte(byte(n))
					i += 2
					continue
				}
				b.WriteByte(c)
			}
		default:
			b.WriteByte(c)
		}
	}
	return nil, false
}
