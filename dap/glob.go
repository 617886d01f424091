package dap

import (
	"fmt"
	"regexp"
	"strings"
)

// globs is a list of patterns, of which the last that fits decides: "!" before
// one takes out what it fits.
type globs []globPattern

type globPattern struct {
	re  *regexp.Regexp
	not bool
}

// matches tells whether any of the texts, which name the same thing, is in.
func (g globs) matches(texts ...string) bool {
	in := false
	for _, p := range g {
		for _, text := range texts {
			if p.re.MatchString(text) {
				in = !p.not
			}
		}
	}
	return in
}

// pathGlobs reads patterns of paths. "*" and "?" stay within a folder, "**"
// stands for any folders, "{a,b}" for a or b, "[a-z]" for one character. A
// pattern without a slash fits in all folders; a relative one starts in dir.
func pathGlobs(patterns []string, dir string) (globs, error) {
	return readGlobs(patterns, `[^/]`, func(p string) string {
		p = strings.TrimSuffix(slashes(p), "/")
		switch {
		case !strings.Contains(p, "/"):
			return "**/" + p
		case strings.HasPrefix(p, "/"), strings.HasPrefix(p, "**"), strings.HasPrefix(p, "<"), len(p) > 1 && p[1] == ':':
			return p
		default:
			return slashes(dir) + "/" + strings.TrimPrefix(p, "./")
		}
	})
}

// nameGlobs reads patterns of names, in which "*" stands for anything. A colon
// is a dot: "Heap:push" is Heap.push.
func nameGlobs(patterns []string) (globs, error) {
	return readGlobs(patterns, `.`, dotted)
}

func dotted(name string) string { return strings.ReplaceAll(name, ":", ".") }

func readGlobs(patterns []string, one string, complete func(string) string) (globs, error) {
	var out globs
	for _, p := range patterns {
		text, not := strings.CutPrefix(p, "!")
		if text == "" {
			return nil, badArguments("pattern %q is empty", p)
		}
		re, err := regexp.Compile(`(?s)^` + globExpression(complete(text), one) + `$`)
		if err != nil {
			return nil, badArguments("pattern %q: %v", p, err)
		}
		out = append(out, globPattern{re, not})
	}
	return out, nil
}

// globExpression writes a pattern as a regular expression; one is what "?"
// stands for.
func globExpression(p, one string) string {
	var b strings.Builder
	braces := 0
	for i := 0; i < len(p); i++ {
		switch c := p[i]; {
		case strings.HasPrefix(p[i:], "**/"):
			b.WriteString(`(?:.*/)?`)
			i += 2
		case strings.HasPrefix(p[i:], "**"):
			b.WriteString(`.*`)
			i++
		case c == '*':
			b.WriteString(one + `*`)
		case c == '?':
			b.WriteString(one)
		case c == '{':
			braces++
			b.WriteString(`(?:`)
		case c == '}' && braces > 0:
			braces--
			b.WriteString(`)`)
		case c == ',' && braces > 0:
			b.WriteString(`|`)
		case c == '[' && strings.Contains(p[i:], "]"):
			end := i + strings.IndexByte(p[i:], ']')
			class := strings.ReplaceAll(p[i+1:end], `\`, `\\`)
			if rest, not := strings.CutPrefix(class, "!"); not {
				class = "^" + rest
			}
			fmt.Fprintf(&b, `[%s]`, class)
			i = end
		default:
			b.WriteString(regexp.QuoteMeta(p[i : i+1]))
		}
	}
	return b.String()
}
