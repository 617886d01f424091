package format

import (
	"regexp"
	"strconv"
	"strings"
)

// maxPattern is how long the pattern of a section may be, in bytes.
const maxPattern = 4096

// matches tells whether the pattern of a section of an .editorconfig means a file, whose
// path from the folder of the .editorconfig is name, with slashes. * stands for anything
// but a slash, ** for anything, ? for a character, [abc] and [!abc] for one of a set,
// {a,b} for one of several, {1..3} for a number. A pattern without a slash means files in
// all folders below. One that cannot be read means none.
func matches(pattern, name string) bool {
	if len(pattern) > maxPattern {
		return false
	}
	if !strings.Contains(pattern, "/") {
		pattern = "**/" + pattern
	}
	g := glob{in: strings.TrimPrefix(pattern, "/")}
	g.out.WriteString(`(?s)\A`)
	g.sequence(false)
	g.out.WriteString(`\z`)
	re, err := regexp.Compile(g.out.String())
	if err != nil {
		return false
	}
	found := re.FindStringSubmatch(name)
	if found == nil {
		return false
	}
	for i, r := range g.ranges {
		if found[i+1] == "" {
			continue // in an alternative that was not taken
		}
		if n, err := strconv.Atoi(found[i+1]); err != nil || n < r.least || n > r.most {
			return false
		}
	}
	return true
}

// glob writes a pattern as a regular expression.
type glob struct {
	in     string
	at     int
	out    strings.Builder
	ranges []numbers // by group
}

// numbers are those of {least..most}.
type numbers struct{ least, most int }

// sequence writes what is up to the end, or, in braces, up to a comma or the brace.
func (g *glob) sequence(braces bool) {
	for g.at < len(g.in) {
		rest := g.in[g.at:]
		switch c := rest[0]; {
		case braces && (c == ',' || c == '}'):
			return
		case strings.HasPrefix(rest, "**/") && (g.at == 0 || g.in[g.at-1] == '/'):
			g.at += 3
			g.out.WriteString(`(?:.*/)?`)
		case strings.HasPrefix(rest, "**"):
			g.at += 2
			g.out.WriteString(`.*`)
		case c == '*':
			g.at++
			g.out.WriteString(`[^/]*`)
		case c == '?':
			g.at++
			g.out.WriteString(`[^/]`)
		case c == '\\' && len(rest) > 1:
			g.literal(g.at+1, g.at+2)
		case c == '[' && g.set():
		case c == '{' && (g.number() || g.alternatives()):
		default:
			g.literal(g.at, g.at+1)
		}
	}
}

// literal writes the bytes from start to end as they are.
func (g *glob) literal(start, end int) {
	// A byte of a longer character is written with those that follow it.
	for end < len(g.in) && g.in[end]&0xC0 == 0x80 {
		end++
	}
	g.out.WriteString(regexp.QuoteMeta(g.in[start:end]))
	g.at = end
}

// set writes [abc] or [!a-c], unless it has no end, or a slash in it.
func (g *glob) set() bool {
	inside := g.in[g.at+1:]
	not := strings.HasPrefix(inside, "!") || strings.HasPrefix(inside, "^")
	if not {
		inside = inside[1:]
	}
	end := strings.IndexByte(inside, ']')
	if end == 0 { // a bracket that comes first is one of the set
		if end = strings.IndexByte(inside[1:], ']') + 1; end == 0 {
			return false
		}
	}
	if end < 0 || strings.Contains(inside[:end], "/") {
		return false
	}
	g.at = len(g.in) - len(inside) + end + 1
	g.out.WriteString("[")
	if not {
		g.out.WriteString("^/")
	}
	for i, c := range inside[:end] {
		if c == '-' && i > 0 && i < end-1 {
			g.out.WriteByte('-')
			continue
		}
		if c == '-' {
			g.out.WriteByte('\\') // it stands for itself at the ends
		}
		g.out.WriteString(regexp.QuoteMeta(string(c)))
	}
	g.out.WriteString("]")
	return true
}

// number writes {1..3}.
func (g *glob) number() bool {
	end := strings.IndexByte(g.in[g.at:], '}')
	if end < 0 {
		return false
	}
	from, to, ok := strings.Cut(g.in[g.at+1:g.at+end], "..")
	if !ok {
		return false
	}
	a, err := strconv.Atoi(from)
	if err != nil {
		return false
	}
	b, err := strconv.Atoi(to)
	if err != nil {
		return false
	}
	g.at += end + 1
	g.ranges = append(g.ranges, numbers{min(a, b), max(a, b)})
	g.out.WriteString(`([+-]?[0-9]+)`)
	return true
}

// alternatives writes {a,b}; braces that have no end, or no comma, stand for themselves.
func (g *glob) alternatives() bool {
	if !g.closed() {
		return false
	}
	g.out.WriteString("(?:")
	for {
		g.at++ // the brace or a comma
		g.sequence(true)
		if g.at >= len(g.in) || g.in[g.at] == '}' {
			break
		}
		g.out.WriteString("|")
	}
	g.at++
	g.out.WriteString(")")
	return true
}

// closed tells whether the braces that begin here have an end, and a comma of their own.
func (g *glob) closed() bool {
	depth, comma := 0, false
	for i := g.at; i < len(g.in); i++ {
		switch g.in[i] {
		case '\\':
			i++
		case '{':
			depth++
		case ',':
			comma = comma || depth == 1
		case '}':
			if depth--; depth == 0 {
				return comma
			}
		}
	}
	return false
}
