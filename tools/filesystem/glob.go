package filesystem

import (
	"path"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/llmspell/llmspell/tools/schema"
)

const (
	maxGlob             = 1024 // bytes of a pattern
	maxGlobAlternatives = 256  // ways through the braces of a pattern, each of which costs a match
)

// globs are patterns such as *.lua, src/**/*.go and *.{md,txt}.
type globs []string

// globList reads a parameter that is a pattern or an array of patterns.
func globList(params map[string]any, name string) (globs, error) {
	var out globs
	for _, s := range texts(params[name]) {
		if err := checkGlob(s); err != "" {
			return nil, &schema.FieldError{Path: name, Problem: err}
		}
		out = append(out, s)
	}
	return out, nil
}

// texts returns the strings of a string or an array of strings.
func texts(v any) []string {
	switch v := v.(type) {
	case string:
		if v != "" {
			return []string{v}
		}
	case []any:
		var out []string
		for _, e := range v {
			if s, ok := e.(string); ok && s != "" {
				out = append(out, s)
			}
		}
		return out
	}
	return nil
}

// checkGlob says what is wrong with a pattern, or "".
func checkGlob(pattern string) string {
	if len(pattern) > maxGlob {
		return "is a pattern of more than 1024 bytes"
	}
	if !doublestar.ValidatePattern(pattern) {
		return "is not a pattern such as *.lua or src/**/*.{go,md}: a bracket or brace is not closed"
	}
	// Braces are tried one after the other, so their alternatives multiply.
	ways, here := 1, 1
	for _, c := range pattern {
		switch c {
		case '{':
			here = 1
		case ',':
			here++
		case '}':
			ways *= here
			here = 1
		}
		if ways > maxGlobAlternatives || here > maxGlobAlternatives {
			return "has more than 256 combinations in its braces"
		}
	}
	return ""
}

// match tells whether a pattern fits the relative path: a pattern without a
// slash is compared with the name alone.
func (g globs) match(rel string) bool {
	for _, p := range g {
		subject := rel
		if !strings.Contains(p, "/") {
			subject = path.Base(rel)
		}
		if doublestar.MatchUnvalidated(p, subject) {
			return true
		}
	}
	return false
}
