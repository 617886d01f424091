package validate

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/llmspell/llmspell/tools/schema"
)

// Check returns the violations of rules by a value, at most MaxViolations. It
// ends early, with the context's error, once ctx is done.
func (r Rules) Check(ctx context.Context, v any) ([]Violation, error) {
	c := &checker{ctx: ctx}
	c.value(Root, v, r)
	return c.found, c.err
}

type checker struct {
	ctx   context.Context
	err   error
	steps int
	found []Violation
}

func (c *checker) full() bool { return c.err != nil || len(c.found) >= MaxViolations }

func (c *checker) report(path string, v any, rule, message string) {
	if !c.full() {
		c.found = append(c.found, Violation{Field: path, Value: Shown(v), Rule: rule, Message: path + " " + message})
	}
}

// value applies the rules. What is missing or blank breaks required alone.
func (c *checker) value(path string, v any, rules Rules) {
	if c.steps++; c.steps%256 == 0 && c.err == nil {
		c.err = c.ctx.Err()
	}
	for i := range rules {
		r := &rules[i]
		if c.full() || v == nil && !r.absent {
			continue
		}
		message := r.check(c, path, v)
		if message == "" {
			continue
		}
		if r.message != "" && !c.full() {
			c.found = append(c.found, Violation{Field: path, Value: Shown(v), Rule: r.name, Message: r.message})
		} else {
			c.report(path, v, r.name, message)
		}
		if r.name == "required" || r.name == "type" {
			return // the other rules would say the same in other words
		}
	}
}

func (c *checker) member(path string, v any, m member) {
	if v == nil {
		if m.required {
			c.report(path, nil, "required", "is required")
			return
		}
		if i := slices.IndexFunc(m.rules, func(r Rule) bool { return r.name == "required" }); i >= 0 {
			c.value(path, nil, m.rules[i:i+1])
		}
		return
	}
	c.value(path, v, m.rules)
}

func child(path, name string) string {
	if path == Root {
		return name
	}
	return path + "." + name
}

func index(path string, i int) string {
	if path == Root {
		path = ""
	}
	return path + "[" + strconv.Itoa(i+1) + "]"
}

// Shown is a value as a report holds it: bounded.
func Shown(v any) any {
	switch v := v.(type) {
	case string:
		if utf8.RuneCountInString(v) > maxShown {
			return string([]rune(v)[:maxShown]) + "…"
		}
		return v
	case []any:
		return fmt.Sprintf("an array of %d items", len(v))
	case map[string]any:
		return fmt.Sprintf("an object with %d members", len(v))
	}
	return v
}

// duplicate returns the positions, from 1, of two equal items; 0, 0 for none.
func duplicate(l []any) (int, int) {
	seen := make(map[string]int, len(l))
	for i, v := range l {
		key := canonical(v)
		if first, ok := seen[key]; ok {
			return first, i + 1
		}
		seen[key] = i + 1
	}
	return 0, 0
}

// canonical writes equal values equally: encoding/json sorts members and
// writes 1.0 as 1.
func canonical(v any) string {
	text, err := json.Marshal(v)
	if err != nil { // NaN and infinities
		return fmt.Sprintf("%T %v", v, v)
	}
	return string(text)
}

// asList takes the empty object for an array: Lua writes both alike.
func asList(v any) ([]any, bool) {
	if m, ok := v.(map[string]any); ok && len(m) == 0 {
		return nil, true
	}
	l, ok := v.([]any)
	return l, ok
}

func asObject(v any) (map[string]any, bool) {
	if l, ok := v.([]any); ok && len(l) == 0 {
		return nil, true
	}
	m, ok := v.(map[string]any)
	return m, ok
}

func typeOf(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case string:
		return "a string"
	case bool:
		return "a boolean"
	case []any:
		return "an array"
	case map[string]any:
		return "an object"
	}
	if _, ok := schema.ToFloat(v); ok {
		return "a number"
	}
	return fmt.Sprintf("a %T", v)
}

func hasType(v any, name string) bool {
	switch name {
	case "null":
		return v == nil
	case "string":
		_, ok := v.(string)
		return ok
	case "boolean":
		_, ok := v.(bool)
		return ok
	case "array":
		_, ok := asList(v)
		return ok
	case "object":
		_, ok := asObject(v)
		return ok
	case "integer":
		f, ok := schema.ToFloat(v)
		return ok && f == math.Trunc(f)
	}
	_, ok := schema.ToFloat(v) // "number"
	return ok
}

func orWords(types []string) string {
	words := make([]string, len(types))
	for i, t := range types {
		switch t {
		case "integer", "array", "object":
			words[i] = "an " + t
		case "null":
			words[i] = t
		default:
			words[i] = "a " + t
		}
	}
	return strings.Join(words, " or ")
}

func list(values []any) string {
	words := make([]string, 0, len(values))
	for i, v := range values {
		if i == 20 {
			words = append(words, "…")
			break
		}
		words = append(words, canonical(Shown(v)))
	}
	return strings.Join(words, ", ")
}

func plain(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }
func runes(s string) int     { return utf8.RuneCountInString(s) }
func isBlank(s string) bool  { return strings.TrimSpace(s) == "" }

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
