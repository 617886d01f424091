package jinja

import (
	"fmt"
	"html"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/llmspell/llmspell/tools/utility/internal/render"
)

type filter = func(c *filterCall) any

// filters lists all filters: those of Jinja, and after them those that only
// Tera has.
func filters() map[string]filter {
	escape := func(c *filterCall) any {
		if safe, ok := c.v.(render.Safe); ok && c.f.name != "forceescape" && c.f.name != "force_escape" {
			return safe
		}
		return render.Safe(c.s.Escape(c.str()))
	}
	length := func(c *filterCall) any {
		switch v := c.v.(type) {
		case []any:
			return int64(len(v))
		case map[string]any:
			return int64(len(v))
		case string, render.Safe:
			return int64(utf8.RuneCountInString(c.str()))
		}
		c.fail("%s has no length", describe(c.v))
		return nil
	}
	mapped := func(c *filterCall) any {
		key := c.attribute(c.text(-1, "attribute", ""))
		var f *filtered
		if _, ok := c.a.named["attribute"]; !ok {
			f = &filtered{name: c.text(0, "filter", ""), line: c.f.line}
			for _, v := range c.a.pos[min(1, len(c.a.pos)):] {
				f.args.pos = append(f.args.pos, &literal{v})
			}
		}
		out := c.list()
		for i, v := range out {
			if v = key(v); f != nil {
				v = c.s.apply(f, v)
			} else if _, missing := v.(undefined); missing {
				v = c.arg(-1, "default", nil)
			}
			out[i] = v
		}
		return out
	}
	sorted := func(c *filterCall) any {
		l, path := c.list(), c.text(2, "attribute", "")
		c.order(l, c.attribute(path), !c.flag(1, "case_sensitive", false))
		if c.flag(0, "reverse", false) {
			slices.Reverse(l)
		}
		return l
	}
	unique := func(c *filterCall) any {
		key, out, seen := c.attribute(c.text(1, "attribute", "")), []any{}, map[string]bool{}
		for _, v := range c.list() {
			k := key(v)
			id := fmt.Sprintf("%T%s", k, c.s.Meter.Text(k))
			if isText(k) && !c.flag(0, "case_sensitive", false) {
				id = strings.ToLower(id)
			}
			if !seen[id] {
				seen[id], out = true, append(out, v)
			}
		}
		return out
	}
	toJSON := func(c *filterCall) any {
		indent := ""
		if v := c.arg(0, "indent", nil); v != nil {
			indent = strings.Repeat(" ", min(max(0, c.int(0, "indent", 0)), 16))
		} else if c.flag(-1, "pretty", false) {
			indent = "  "
		}
		text := c.s.JSON(c.plain(c.v, 0), indent)
		if c.f.name == "json_encode" { // which Tera does not take for safe
			return text
		}
		return render.Safe(c.s.scriptJSON(text, c.s.opt.Python && indent == ""))
	}
	urlEncode := func(c *filterCall) any {
		if m, ok := c.v.(map[string]any); ok {
			q := url.Values{}
			for k, v := range m {
				q.Set(k, c.s.Text(v))
			}
			return q.Encode()
		}
		c.s.Alloc(3 * len(c.str()))
		return strings.ReplaceAll(strings.ReplaceAll(url.QueryEscape(c.str()), "+", "%20"), "%2F", "/")
	}
	join := func(c *filterCall) any {
		sep := c.text(0, "d", c.text(-1, "sep", ""))
		key, l := c.attribute(c.text(1, "attribute", "")), c.list()
		parts := make([]string, len(l))
		n := len(sep) * len(l)
		for i, v := range l {
			parts[i] = c.s.Text(key(v))
			n += len(parts[i])
		}
		c.s.Alloc(n)
		return strings.Join(parts, sep)
	}
	item := func(last bool) filter {
		return func(c *filterCall) any {
			l := c.list()
			if len(l) == 0 {
				return undefined{name: "the " + c.f.name + " of nothing"}
			}
			if last {
				return l[len(l)-1]
			}
			return l[0]
		}
	}
	trim := func(f func(string, string) string) filter {
		return func(c *filterCall) any {
			cut := c.text(0, "chars", c.text(-1, "pat", ""))
			if cut == "" {
				cut = " \t\r\n\v\f\u00a0"
			}
			return f(c.str(), cut)
		}
	}
	toInt := func(c *filterCall) any {
		f, ok := toFloat(c.v)
		if isText(c.v) {
			base := min(max(0, c.int(1, "base", 10)), 36)
			if i, err := strconv.ParseInt(strings.TrimSpace(c.str()), base, 64); err == nil && base != 1 {
				return i
			}
			var err error
			f, err = strconv.ParseFloat(strings.TrimSpace(c.str()), 64)
			ok = err == nil
		}
		if !ok || math.IsNaN(f) || math.Abs(f) > 1<<62 {
			return c.arg(0, "default", int64(0))
		}
		return int64(f)
	}
	toFloat := func(c *filterCall) any {
		if isText(c.v) {
			if _, err := strconv.ParseFloat(strings.TrimSpace(c.str()), 64); err != nil {
				return c.arg(0, "default", 0.0)
			}
		}
		return c.num()
	}
	return map[string]filter{
		"abs": func(c *filterCall) any { return math.Abs(c.num()) }, "attr": func(c *filterCall) any { return c.attribute(c.text(0, "name", ""))(c.v) },
		"batch": batch, "capitalize": changed(capitalize), "center": center, "count": length, "dictsort": dictSort, "e": escape, "escape": escape,
		"filesizeformat": fileSize, "first": item(false), "float": toFloat, "forceescape": escape, "format": format, "groupby": groupBy, "indent": indent,
		"int": toInt, "items": func(c *filterCall) any { l, _ := c.s.iterate(c.v, true); return l }, "join": join, "last": item(true), "length": length,
		"list": func(c *filterCall) any { return c.list() }, "lower": changed(strings.ToLower), "map": mapped, "max": extreme(1), "min": extreme(-1),
		"pprint": func(c *filterCall) any {
			if c.s.opt.Python {
				var b strings.Builder
				c.s.show(&b, c.v, 0)
				return b.String()
			}
			return c.s.JSON(c.plain(c.v, 0), "")
		}, "reject": selecting(false, false), "rejectattr": selecting(false, true), "replace": replace, "reverse": reverse,
		"round": roundNumber, "safe": func(c *filterCall) any { return render.Safe(c.str()) }, "select": selecting(true, false),
		"selectattr": selecting(true, true), "slice": sliceFilter, "sort": sorted, "string": func(c *filterCall) any { return c.str() },
		"striptags": stripTags, "sum": sum, "title": changed(title), "tojson": toJSON, "trim": trim(strings.Trim), "truncate": truncate,
		"unique": unique, "upper": changed(strings.ToUpper), "urlencode": urlEncode,
		"wordcount": func(c *filterCall) any { return int64(len(strings.Fields(c.str()))) }, "wordwrap": wordWrap, "xmlattr": xmlAttributes,

		"addslashes": func(c *filterCall) any {
			c.s.Alloc(2 * len(c.str()))
			return strings.NewReplacer(`\`, `\\`, `"`, `\"`, `'`, `\'`).Replace(c.str())
		},
		"as_str": func(c *filterCall) any { return c.str() }, "concat": concat, "escape_html": escape, "escape_xml": escape,
		"filter": attributeFilter, "force_escape": escape, "get": getKey, "group_by": groupDict, "json_encode": toJSON,
		"keys":         func(c *filterCall) any { l, _ := c.s.iterate(c.v, false); return l },
		"linebreaksbr": func(c *filterCall) any { c.s.Alloc(6 * len(c.str())); return strings.ReplaceAll(c.str(), "\n", "<br>") },
		"nth": func(c *filterCall) any {
			if l, n := c.list(), c.int(0, "n", 0); n >= 0 && n < len(l) {
				return l[n]
			}
			return undefined{name: "the item"}
		},
		"pluralize": func(c *filterCall) any {
			if c.num() == 1 {
				return c.text(0, "singular", "")
			}
			return c.text(1, "plural", "s")
		},
		"slugify":    changed(slugify),
		"spaceless":  changed(spaceless),
		"split":      func(c *filterCall) any { return c.split(c.text(0, "pat", " ")) },
		"trim_end":   trim(strings.TrimRight),
		"trim_start": trim(strings.TrimLeft),
		"trim_end_matches": func(c *filterCall) any {
			return strings.TrimSuffix(c.str(), c.text(0, "pat", ""))
		},
		"trim_start_matches": func(c *filterCall) any { return strings.TrimPrefix(c.str(), c.text(0, "pat", "")) },
		"unescape":           func(c *filterCall) any { return html.UnescapeString(c.str()) },
		"urlencode_strict":   func(c *filterCall) any { c.s.Alloc(3 * len(c.str())); return url.QueryEscape(c.str()) },
		"values": func(c *filterCall) any {
			l, _ := c.s.iterate(c.v, true)
			for i, p := range l {
				if pair, ok := p.([]any); ok {
					l[i] = pair[1]
				}
			}
			return l
		},
	}
}

// plain returns a value as JSON can write it.
func (c *filterCall) plain(v any, depth int) any {
	c.s.Step()
	if depth > render.MaxDepth {
		c.fail("the value is nested more than %d deep", render.MaxDepth)
	}
	switch v := v.(type) {
	case undefined, function, *loop, *namespace:
		return nil
	case []any:
		c.s.Items(len(v))
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = c.plain(e, depth+1)
		}
		return out
	case map[string]any:
		c.s.Items(2 * len(v))
		out := make(map[string]any, len(v))
		for k, e := range v {
			out[k] = c.plain(e, depth+1)
		}
		return out
	}
	return v
}

func capitalize(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	if n == 0 {
		return s
	}
	return string(unicode.ToUpper(r)) + strings.ToLower(s[n:])
}

func title(s string) string {
	start := true
	return strings.Map(func(r rune) rune {
		was := start
		start = !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '\''
		if was {
			return unicode.ToUpper(r)
		}
		return unicode.ToLower(r)
	}, s)
}

func slugify(s string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(s) {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			b.WriteRune(r)
		} else if b.Len() > 0 && !strings.HasSuffix(b.String(), "-") {
			b.WriteByte('-')
		}
	}
	return strings.TrimSuffix(b.String(), "-")
}

// spaceless drops white space between tags.
func spaceless(s string) string {
	var b strings.Builder
	for {
		i := strings.IndexByte(s, '>')
		if i < 0 {
			return b.String() + s
		}
		b.WriteString(s[:i+1])
		s = s[i+1:]
		if t := strings.TrimLeftFunc(s, unicode.IsSpace); strings.HasPrefix(t, "<") {
			s = t
		}
	}
}
