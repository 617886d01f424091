package jinja

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/llmspell/llmspell/tools/utility/internal/render"
)

// Text writes a value as the language does that the template is in: Python's
// True, None and ['a', 1], or Tera's true, nothing and [a, 1].
func (s *scope) Text(v any) string {
	switch v := render.Normal(v).(type) {
	case undefined:
		return ""
	case nil:
		if s.opt.Python {
			return "None"
		}
	case bool:
		if s.opt.Python {
			return pythonBool(v)
		}
	case []any:
		var b strings.Builder
		s.show(&b, v, 0)
		return b.String()
	case map[string]any:
		if s.opt.Python {
			var b strings.Builder
			s.show(&b, v, 0)
			return b.String()
		}
	}
	return s.Meter.Text(v)
}

func pythonBool(v bool) string {
	if v {
		return "True"
	}
	return "False"
}

// show writes a list, an object or what is in one.
func (s *scope) show(b *strings.Builder, v any, depth int) {
	s.Step()
	if depth > render.MaxDepth {
		render.Stopf("%w: a value is nested more than %d deep", render.ErrLimit, render.MaxDepth)
	}
	start := b.Len()
	switch v := render.Normal(v).(type) {
	case []any:
		b.WriteByte('[')
		for i, e := range v {
			if i > 0 {
				b.WriteString(", ")
			}
			s.show(b, e, depth+1)
		}
		b.WriteByte(']')
		start = b.Len() - 2*len(v) - 2 // the items have been counted
	case map[string]any:
		if !s.opt.Python {
			b.WriteString(s.JSON(v, ""))
			return
		}
		b.WriteByte('{')
		for i, k := range slices.Sorted(maps.Keys(v)) {
			if i > 0 {
				b.WriteString(", ")
			}
			s.show(b, k, depth+1)
			b.WriteString(": ")
			s.show(b, v[k], depth+1)
		}
		b.WriteByte('}')
		start = b.Len() - 4*len(v) - 2
	case string:
		if s.opt.Python {
			s.Alloc(len(v))
			quote(b, v)
		} else {
			b.WriteString(v)
		}
	case render.Safe:
		s.show(b, string(v), depth)
		return
	default:
		b.WriteString(s.Text(v))
	}
	s.Alloc(max(0, b.Len()-start))
}

// quote writes a text as Python's repr does.
func quote(b *strings.Builder, text string) {
	mark := '\''
	if strings.ContainsRune(text, '\'') && !strings.ContainsRune(text, '"') {
		mark = '"'
	}
	b.WriteRune(mark)
	for _, r := range text {
		switch {
		case r == mark || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < 0x100 && !unicode.IsPrint(r):
			b.WriteString(`\x` + hex(r, 2))
		case !unicode.IsPrint(r) && r < 0x10000:
			b.WriteString(`\u` + hex(r, 4))
		case !unicode.IsPrint(r):
			b.WriteString(`\U` + hex(r, 8))
		default:
			b.WriteRune(r)
		}
	}
	b.WriteRune(mark)
}

func hex(r rune, digits int) string {
	text := strconv.FormatInt(int64(r), 16)
	return strings.Repeat("0", max(0, digits-len(text))) + text
}

// scriptJSON makes JSON safe within HTML: also within a script element, and an
// attribute in single quotes. For Jinja it is spaced, and in ASCII, as Python's.
func (s *scope) scriptJSON(text string, spaced bool) string {
	s.Alloc(3 * len(text))
	var b strings.Builder
	inside, escaped := false, false
	for _, r := range text {
		switch r {
		case '<', '>', '&', '\'', '\u2028', '\u2029':
			b.WriteString(`\u` + hex(r, 4))
		default:
			switch high, low := utf16.EncodeRune(r); {
			case r < utf8.RuneSelf || !s.opt.Python:
				b.WriteRune(r)
			case r < 0x10000:
				b.WriteString(`\u` + hex(r, 4))
			default:
				b.WriteString(`\u` + hex(high, 4) + `\u` + hex(low, 4))
			}
		}
		switch {
		case escaped:
			escaped = false
		case inside && r == '\\':
			escaped = true
		case r == '"':
			inside = !inside
		case spaced && !inside && (r == ',' || r == ':'):
			b.WriteByte(' ')
		}
	}
	return b.String()
}

// source is what is parsed: Jinja drops one line end at the end of a template.
func (o Options) source(src string) string {
	if o.Python {
		return strings.TrimSuffix(strings.TrimSuffix(src, "\n"), "\r")
	}
	return src
}

// cycler gives its items in turn: next(), current and reset().
func cycler(s *scope, a args) any {
	if len(a.pos) == 0 {
		render.Stopf("cycler: there are no items")
	}
	s.Items(4)
	at, c := 0, &namespace{map[string]any{"current": a.pos[0]}}
	c.vars["next"] = function(func(*scope, args) any {
		v := a.pos[at]
		at = (at + 1) % len(a.pos)
		c.vars["current"] = a.pos[at]
		return v
	})
	c.vars["reset"] = function(func(*scope, args) any {
		at, c.vars["current"] = 0, a.pos[0]
		return nil
	})
	return c
}

// xmlAttributes writes an object as attributes. A name that would end the
// attribute is an error, as such a name comes from outside.
func xmlAttributes(c *filterCall) any {
	m, ok := c.v.(map[string]any)
	if !ok {
		c.fail("needs an object, not %s", describe(c.v))
	}
	var b strings.Builder
	for _, k := range slices.Sorted(maps.Keys(m)) {
		v := render.Normal(m[k])
		if _, missing := v.(undefined); missing || v == nil {
			continue
		}
		if k == "" || strings.ContainsAny(k, " \t\r\n\f\v/>=\"'<") {
			c.fail("%q cannot be the name of an attribute", k)
		}
		if b.Len() > 0 || c.flag(0, "autospace", true) {
			b.WriteByte(' ')
		}
		text := c.s.Text(v)
		if _, safe := v.(render.Safe); !safe {
			text = c.s.Escape(text)
		}
		c.s.Alloc(len(k) + len(text) + 4)
		b.WriteString(k + `="` + text + `"`)
	}
	return render.Safe(b.String())
}

// Escape makes a text safe within HTML, with the entities that the language's
// own implementation writes.
func (s *scope) Escape(text string) string {
	text = s.Meter.Escape(text)
	if s.opt.Python && strings.Contains(text, "&quot;") {
		s.Alloc(len(text))
		text = strings.ReplaceAll(text, "&quot;", "&#34;")
	}
	return text
}
