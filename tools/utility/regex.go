package utility

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

// Limits of the regex-tester.
const (
	maxRegexInput   = 1 << 20
	maxRegexPattern = 10_000
	maxRegexOutput  = 16 << 20
)

func regexDefinition() tool.Definition {
	pattern := schema.Text("The regular expression, of at most 10,000 characters")
	pattern.MaxLength = schema.Ptr(maxRegexPattern)
	return tool.Static(&tool.Descriptor{
		Name: "regex-tester", Aliases: []string{"regex"}, Category: "utility", Version: "1.0.0", Security: tool.Safe,
		Tags:        []string{"regex", "regexp", "pattern", "match", "replace", "split"},
		Description: "Tests regular expressions on a text: matches with groups and positions, replaces, splits, and explains errors; in RE2 or PCRE-like syntax",
		Parameters: schema.Map("",
			schema.Optional("operation", schema.Choice("test whether it matches; list the matches; replace them; split the text at them; or check the expression alone",
				"match", "test", "replace", "split", "validate").WithDefault("match").WithAliases(map[string]string{"find": "match", "find_all": "match", "explain": "validate"})),
			schema.Required("pattern", pattern, "regex", "expression"),
			schema.Optional("input", schema.Text("The text, of at most 1 MB"), "text"),
			schema.Optional("replacement", schema.Text("What to put in place of each match: $1 or ${name} is a group, $$ a dollar sign (replace)").WithDefault(""), "replace_with"),
			schema.Optional("flavor", schema.Choice("re2 takes linear time; pcre adds lookaround, backreferences and atomic groups, and stops a match that takes longer than 250 ms",
				"re2", "pcre").WithDefault("re2").WithAliases(map[string]string{"go": "re2", "perl": "pcre", "dotnet": "pcre"}), "flavour"),
			schema.Optional("flags", schema.Text("Any of i (ignore case), m (^ and $ match at lines), s (dot matches newlines), x (ignore white space; pcre only), U (ungreedy; re2 only)")),
			schema.Optional("limit", schema.Int("The most matches to list, to replace, or to split at", 1, 100_000).WithDefault(1000), "max_matches")),
		Result: &schema.Schema{Types: []schema.Type{schema.Object}, Properties: []schema.Property{
			schema.Optional("matched", schema.Flag("Whether the expression matches (test, match)")),
			schema.Optional("matches", schema.List("{match, start, end, line, column, groups: [string or null], named} (match). start and end count characters from 1, both inclusive, as string.sub does", nil)),
			schema.Optional("count", schema.Int("How many matches (match, replace) or parts (split)", 0, 1<<31)),
			schema.Optional("truncated", schema.Flag("Whether the limit was reached (match)")),
			schema.Optional("result", schema.Text("The new text (replace)")),
			schema.Optional("parts", schema.List("The parts (split)", schema.Text("A part"))),
			schema.Optional("valid", schema.Flag("Whether it is a regular expression (validate)")),
			schema.Optional("error", schema.Text("Why it is none, and what to do (validate)")),
			schema.Optional("groups", schema.Int("How many groups (validate)", 0, 1<<31)),
			schema.Optional("group_names", schema.List("Their names, \"\" for those without (validate)", schema.Text("A name"))),
		}},
		Examples: []tool.Example{
			{Description: "Matches with groups", Params: object("pattern", `(?P<key>\w+)=(\d+)`, "input", "a=1 b=22"), Want: object("count", 2.0, "matches", array(
				object("match", "a=1", "start", 1.0, "end", 3.0, "line", 1.0, "column", 1.0, "groups", array("a", "1"), "named", object("key", "a")),
				object("match", "b=22", "start", 5.0, "end", 8.0, "line", 1.0, "column", 5.0, "groups", array("b", "22"), "named", object("key", "b"))))},
			{Description: "Test", Params: object("operation", "test", "pattern", "^h.llo$", "input", "HELLO", "flags", "i"), Want: object("matched", true)},
			{Description: "Replace", Params: object("operation", "replace", "pattern", `(\w+)@(\w+)`, "input", "ann@home", "replacement", "$2: $1"), Want: object("result", "home: ann")},
			{Description: "Split", Params: object("operation", "split", "pattern", `\s*,\s*`, "input", "a , b,c"), Want: object("parts", array("a", "b", "c"))},
			{Description: "Lookahead, with the flavor pcre", Params: object("operation", "test", "pattern", `^(?=.*\d)\w+$`, "input", "abc1", "flavor", "pcre"), Want: object("matched", true)},
			{Description: "Check an expression", Params: object("operation", "validate", "pattern", "(a"), Want: object("valid", false, "error", "missing closing ): (a")},
		},
	}, testRegex)
}

// matcher finds matches one after the other.
type matcher interface {
	// next returns the byte positions of the first match at or behind a position,
	// and of its groups, -1 for those that take no part; nil for no match.
	next(ctx context.Context, from int) ([]int, error)
	names() []string // of all groups, the whole match first
	expand(dst []byte, template string, loc []int) []byte
}

func testRegex(ctx context.Context, call *tool.Call) (*tool.Result, error) {
	p := call.Params
	for _, f := range p.String("flags") {
		if !strings.ContainsRune("imsxU", f) || f == 'x' && p.String("flavor") == "re2" || f == 'U' && p.String("flavor") == "pcre" {
			return nil, &schema.FieldError{Path: "flags", Expected: "letters of i, m, s, and x (pcre) or U (re2)", Value: p.String("flags")}
		}
	}
	input, given := p["input"].(string)
	if len(input) > maxRegexInput {
		return nil, tool.Errorf(tool.LimitExceeded, "the input has %d KB; at most %d KB can be searched", len(input)>>10, maxRegexInput>>10)
	}
	if !utf8.ValidString(input) {
		return nil, &schema.FieldError{Path: "input", Expected: "text in UTF-8", Value: "binary data"}
	}
	m, err := newMatcher(p.String("flavor"), p.String("pattern"), p.String("flags"), input)
	if call.Operation == "validate" {
		if err != nil {
			return tool.Value(map[string]any{"valid": false, "error": err.Error()}), nil
		}
		names := m.names()[1:]
		return tool.Value(map[string]any{"valid": true, "groups": len(names), "group_names": anyList(names)}), nil
	}
	if err != nil {
		return nil, &schema.FieldError{Path: "pattern", Problem: "is no regular expression: " + err.Error()}
	}
	if !given {
		return nil, call.Missing("input")
	}
	limit := p.Int("limit")
	if call.Operation == "test" {
		limit = 1
	}
	found, err := findMatches(ctx, m, input, limit)
	if err != nil {
		return nil, err
	}
	switch call.Operation {
	case "test":
		return tool.Value(map[string]any{"matched": len(found) > 0}), nil
	case "replace":
		return replaceMatches(m, input, p.String("replacement"), found)
	case "split":
		parts, at := []any{}, 0
		for _, loc := range found {
			if loc[1] > 0 && loc[0] < len(input) || loc[1] > loc[0] {
				parts = append(parts, input[at:loc[0]])
				at = loc[1]
			}
		}
		parts = append(parts, input[at:])
		return tool.Value(map[string]any{"parts": parts, "count": len(parts)}), nil
	}
	return tool.Value(map[string]any{"matched": len(found) > 0, "matches": describeMatches(m, input, found), "count": len(found),
		"truncated": len(found) == limit}), nil
}

// findMatches lists matches that do not overlap. An empty match right behind
// another one does not count.
func findMatches(ctx context.Context, m matcher, input string, limit int) ([][]int, error) {
	var found [][]int
	last := -1
	for from := 0; from <= len(input) && len(found) < limit; {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		loc, err := m.next(ctx, from)
		if err != nil || loc == nil {
			return found, err
		}
		if loc[0] != loc[1] || loc[0] != last {
			found = append(found, loc)
		}
		if last, from = loc[1], loc[1]; loc[0] == loc[1] {
			_, n := utf8.DecodeRuneInString(input[from:])
			from += max(1, n)
		}
	}
	return found, nil
}

func replaceMatches(m matcher, input, replacement string, found [][]int) (*tool.Result, error) {
	var out []byte
	at := 0
	for _, loc := range found {
		out = m.expand(append(out, input[at:loc[0]]...), replacement, loc)
		if at = loc[1]; len(out) > maxRegexOutput {
			return nil, tool.Errorf(tool.LimitExceeded, "the result is larger than %d MB", maxRegexOutput>>20)
		}
	}
	text := string(append(out, input[at:]...))
	return &tool.Result{Text: &text, Value: map[string]any{"result": text, "count": len(found)}}, nil
}

func describeMatches(m matcher, input string, found [][]int) []any {
	out := make([]any, len(found))
	names := m.names()
	at, chars, line, lineStart := 0, 0, 1, 0 // chars, line and its start are of the byte at
	for i, loc := range found {
		for _, r := range input[at:loc[0]] {
			if chars++; r == '\n' {
				line, lineStart = line+1, chars
			}
		}
		at = loc[0]
		groups, named := []any{}, map[string]any{}
		for g := 1; g < len(names); g++ {
			var v any
			if loc[2*g] >= 0 {
				v = input[loc[2*g]:loc[2*g+1]]
			}
			groups = append(groups, v)
			if names[g] != "" {
				named[names[g]] = v
			}
		}
		text := input[loc[0]:loc[1]]
		out[i] = map[string]any{"match": text, "start": chars + 1, "end": chars + utf8.RuneCountInString(text), "line": line, "column": chars - lineStart + 1,
			"groups": groups, "named": named}
	}
	return out
}

// hintRE2 says what to do about syntax that only the other flavor knows.
func hintRE2(pattern, problem string) error {
	for _, only := range []string{"(?=", "(?!", "(?<=", "(?<!", "(?>", `\1`, `\k<`} {
		if strings.Contains(pattern, only) {
			return fmt.Errorf("%s; RE2 has no %s: set flavor to pcre", problem, only)
		}
	}
	return fmt.Errorf("%s", problem)
}
