package jinja

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/llmspell/llmspell/tools/utility/internal/render"
)

func batch(c *filterCall) any {
	n, fill := c.int(0, "linecount", 1), c.arg(1, "fill_with", nil)
	if n < 1 || n > render.MaxRange {
		c.fail("linecount must be between 1 and %d", render.MaxRange)
	}
	var out []any
	l := c.list()
	for len(l) > 0 {
		k := min(n, len(l))
		row := append([]any{}, l[:k]...)
		for fill != nil && len(row) < n {
			c.s.Items(1)
			row = append(row, fill)
		}
		out, l = append(out, row), l[k:]
	}
	return out
}

// sliceFilter is Jinja's slice(3), which makes three columns, and Tera's
// slice(start=, end=).
func sliceFilter(c *filterCall) any {
	_, start := c.a.named["start"]
	if _, end := c.a.named["end"]; start || end {
		return c.s.slice(c.v, c.arg(-1, "start", nil), c.arg(-1, "end", nil), nil, c.f.line)
	}
	n, fill, l := c.int(0, "slices", 1), c.arg(1, "fill_with", nil), c.list()
	if n < 1 || n > render.MaxRange {
		c.fail("slices must be between 1 and %d", render.MaxRange)
	}
	c.s.Items(n)
	var out []any
	size, extra, at := len(l)/n, len(l)%n, 0
	for i := range n {
		k := size
		if i < extra {
			k++
		}
		row := append([]any{}, l[at:at+k]...)
		if at += k; fill != nil && i >= extra && extra > 0 {
			row = append(row, fill)
		}
		out = append(out, row)
	}
	return out
}

func center(c *filterCall) any {
	text := c.str()
	missing := c.int(0, "width", 80) - utf8.RuneCountInString(text)
	if missing <= 0 {
		return text
	}
	c.s.bounded(int64(missing), 1)
	left := missing / 2
	return c.s.concat(strings.Repeat(" ", left)+text, strings.Repeat(" ", missing-left))
}

func fileSize(c *filterCall) any {
	f, base, names := c.num(), 1000.0, []string{"kB", "MB", "GB", "TB", "PB", "EB"}
	if c.flag(0, "binary", false) {
		base, names = 1024, []string{"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"}
	}
	if f < base {
		if f == 1 {
			return "1 Byte"
		}
		return render.FloatText(f) + " Bytes"
	}
	for i, n := range names {
		if f /= base; f < base || i == len(names)-1 {
			return strconv.FormatFloat(f, 'f', 1, 64) + " " + n
		}
	}
	return ""
}

// format is printf with the verbs s, d, f, e, g, x, o and %, and with widths
// and precisions of at most 1000.
func format(c *filterCall) any {
	pattern, next := c.str(), 0
	c.s.Work(len(pattern))
	var b strings.Builder
	for i := 0; i < len(pattern); i++ {
		if pattern[i] != '%' {
			b.WriteByte(pattern[i])
			continue
		}
		j := i + 1
		for j < len(pattern) && strings.IndexByte("-+ 0#.123456789", pattern[j]) >= 0 {
			j++
		}
		if j == len(pattern) || j-i > 12 {
			c.fail("the pattern ends within, or has too long, a verb")
		}
		flags, verb := pattern[i+1:j], pattern[j]
		i = j
		if verb == '%' {
			b.WriteByte('%')
			continue
		}
		for part := range strings.SplitSeq(strings.TrimLeft(flags, "-+ 0#"), ".") {
			if n, err := strconv.Atoi(part); part != "" && (err != nil || n > 1000) {
				c.fail("the width or precision %s is not a number up to 1000", part)
			}
		}
		if next >= len(c.a.pos) {
			c.fail("there are fewer arguments than verbs")
		}
		v := c.a.pos[next]
		next++
		var text string
		switch verb {
		case 's':
			text = fmt.Sprintf("%"+flags+"s", c.s.Text(v))
		case 'd', 'i', 'x', 'X', 'o':
			f, ok := toFloat(v)
			if !ok {
				c.fail("%%%c needs a number, not %s", verb, describe(v))
			}
			if verb == 'i' {
				verb = 'd'
			}
			text = fmt.Sprintf("%"+flags+string(verb), int64(f))
		case 'f', 'F', 'e', 'E', 'g', 'G':
			f, ok := toFloat(v)
			if !ok {
				c.fail("%%%c needs a number, not %s", verb, describe(v))
			}
			text = fmt.Sprintf("%"+flags+string(verb), f)
		default:
			c.fail("there is no verb %%%c", verb)
		}
		c.s.Alloc(len(text))
		b.WriteString(text)
	}
	return b.String()
}

func indent(c *filterCall) any {
	by := "    "
	if v := c.arg(0, "width", nil); isText(v) {
		by = c.s.Text(v)
	} else if v != nil {
		by = strings.Repeat(" ", min(max(0, c.int(0, "width", 4)), 1000))
	}
	if v, ok := c.a.named["prefix"]; ok {
		by = c.s.Text(v)
	}
	text := c.str()
	c.s.bounded(int64(strings.Count(text, "\n")+1), len(by))
	c.s.Alloc(len(text))
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		if (i > 0 || c.flag(1, "first", false)) && (l != "" || c.flag(2, "blank", false)) {
			lines[i] = by + l
		}
	}
	return strings.Join(lines, "\n")
}

func replace(c *filterCall) any {
	text, from := c.str(), c.text(0, "from", c.text(-1, "old", ""))
	to, most := c.text(1, "to", c.text(-1, "new", "")), c.int(2, "count", -1)
	n := strings.Count(text, from)
	if most >= 0 {
		n = min(n, most)
	}
	c.s.bounded(int64(n), len(to))
	c.s.Alloc(len(text))
	return strings.Replace(text, from, to, n)
}

func reverse(c *filterCall) any {
	if isText(c.v) {
		c.s.Alloc(5 * len(c.str()))
		r := []rune(c.str())
		for i, j := 0, len(r)-1; i < j; i, j = i+1, j-1 {
			r[i], r[j] = r[j], r[i]
		}
		return string(r)
	}
	l := c.list()
	for i, j := 0, len(l)-1; i < j; i, j = i+1, j-1 {
		l[i], l[j] = l[j], l[i]
	}
	return l
}

func stripTags(c *filterCall) any {
	var b strings.Builder
	text := c.str()
	c.s.Alloc(len(text))
	for {
		i := strings.IndexByte(text, '<')
		if i < 0 {
			break
		}
		j := strings.IndexByte(text[i:], '>')
		if j < 0 {
			break
		}
		b.WriteString(text[:i])
		text = text[i+j+1:]
	}
	return strings.Join(strings.Fields(b.String()+text), " ")
}

func sum(c *filterCall) any {
	key := c.attribute(c.text(0, "attribute", ""))
	total := c.arg(1, "start", int64(0))
	for _, v := range c.list() {
		total = c.s.arithmetic(&binary{op: "+", line: c.f.line}, total, key(v))
	}
	return total
}

func truncate(c *filterCall) any {
	text := c.str()
	// Tera's has only names: length, of the text without the mark, and end.
	jinja := c.s.opt.Python || len(c.a.pos) > 0 || c.a.named["killwords"] != nil || c.a.named["leeway"] != nil
	most, leeway, mark := max(0, c.int(0, "length", 255)), 0, "…"
	if jinja {
		leeway, mark = max(0, c.int(3, "leeway", 5)), "..."
	}
	mark = c.text(2, "end", mark)
	c.s.Alloc(4 * len(text))
	r := []rune(text)
	if len(r) <= most+leeway {
		return text
	}
	keep := min(most, len(r))
	if jinja {
		keep = max(0, most-utf8.RuneCountInString(mark))
	}
	cut := string(r[:keep])
	if !c.flag(1, "killwords", !jinja) {
		if i := strings.LastIndexByte(cut, ' '); i >= 0 {
			cut = cut[:i]
		}
	}
	return cut + mark
}

func wordWrap(c *filterCall) any {
	width := max(1, c.int(0, "width", 79))
	text := c.str()
	c.s.Alloc(2 * len(text))
	var out []string
	for line := range strings.SplitSeq(text, "\n") {
		current, n := "", 0
		for _, w := range strings.Fields(line) {
			k := utf8.RuneCountInString(w)
			if n > 0 && n+1+k > width {
				out = append(out, current)
				current, n = "", 0
			}
			if n > 0 {
				current, n = current+" ", n+1
			}
			current, n = current+w, n+k
			c.s.Work(len(current))
		}
		out = append(out, current)
	}
	return strings.Join(out, "\n")
}

func concat(c *filterCall) any {
	with := c.arg(0, "with", []any{})
	more, ok := with.([]any)
	if !ok {
		more = []any{with}
	}
	v, _ := c.s.add(c.list(), more)
	return v
}

func getKey(c *filterCall) any {
	if v, ok := c.s.member(c.v, c.text(0, "key", "")); ok {
		return v
	}
	return c.arg(1, "default", undefined{name: c.text(0, "key", "")})
}

// attributeFilter is Tera's filter(attribute=, value=).
func attributeFilter(c *filterCall) any {
	key, out := c.attribute(c.text(0, "attribute", "")), []any{}
	want, given := c.a.named["value"]
	for _, v := range c.list() {
		got := key(v)
		if given && c.s.same(got, want) || !given && !c.s.same(got, nil) {
			out = append(out, v)
		}
	}
	return out
}

func groupDict(c *filterCall) any {
	_, groups := c.groups(c.text(0, "attribute", ""))
	out := make(map[string]any, len(groups))
	for k, l := range groups {
		out[k] = l
	}
	return out
}

func (c *filterCall) split(sep string) any {
	text := c.str()
	n := strings.Count(text, sep) + 1
	c.s.Items(2 * n)
	out := make([]any, 0, n)
	for part := range strings.SplitSeq(text, sep) {
		out = append(out, part)
	}
	return out
}
