package catalog

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"

	"github.com/llmspell/llmspell/tools/schema"
)

// FixKind is what a Fix does to a table constructor.
type FixKind uint8

// The kinds of fixes.
const (
	ReplaceName  FixKind = iota // put Text in the place of the whole name in a string
	ReplaceKey                  // name the key Text
	ReplaceValue                // put Text, which is Lua, in the place of the value
	RemoveKey                   // take the entry out
	InsertKeys                  // add Text, entries without braces, to the table
)

// Fix mends a Problem.
type Fix struct {
	Kind  FixKind
	Title string
	// Text is the new name or Lua text. Snippet is the same with tab stops, for
	// InsertKeys.
	Text, Snippet string
	// Sure: nobody would want it otherwise, so that it can be done without asking.
	Sure bool
}

func removeKey(key string) Fix { return Fix{Kind: RemoveKey, Title: "Remove " + quoted(key)} }

// replaceKey is never sure, as replaceName is not.
func replaceKey(to string) Fix {
	return Fix{Kind: ReplaceKey, Title: "Change to " + quoted(to), Text: to}
}

// unknownFixes suggest a name that the table does not have yet, and to remove the
// entry.
func (w *checking) unknownFixes(t trail, e *schema.FieldError) []Fix {
	last := t.last()
	var out []Fix
	if to := e.Suggestion; to != "" {
		if _, taken := last.in.value.(map[string]any)[to]; !taken {
			out = append(out, replaceKey(to))
		}
	}
	return append(out, removeKey(last.key))
}

// valueFixes suggest values: the one that was probably meant, the nearest bound, the
// default. Sure is only the same value as the type that is wanted: sha1 is near to sha3,
// and is another thing.
func valueFixes(e *schema.FieldError, s *schema.Schema) []Fix {
	var out []Fix
	add := func(v any, sure bool) {
		text := luaText(v)
		if text == "" || slices.ContainsFunc(out, func(f Fix) bool { return f.Text == text }) {
			return
		}
		out = append(out, Fix{Kind: ReplaceValue, Title: "Change to " + text, Text: text, Sure: sure})
	}
	if e.Suggestion != "" {
		add(e.Suggestion, false)
	}
	if s == nil {
		return out
	}
	if v, ok := converted(e.Value, s); ok {
		add(v, true)
	}
	if f, ok := schema.ToFloat(e.Value); ok && slices.ContainsFunc(s.Types, isNumeric) {
		switch {
		case s.Minimum != nil && f < *s.Minimum:
			add(*s.Minimum, false)
		case s.Maximum != nil && f > *s.Maximum:
			add(*s.Maximum, false)
		}
	}
	const most = 8 // more are no suggestions: of a long list the nearest, or the first where none is near
	if len(s.Enum) <= most || len(out) == 0 {
		for _, v := range s.Enum[:min(len(s.Enum), most)] {
			add(v, false)
		}
	}
	if s.Default != nil {
		add(s.Default, false)
	}
	return out
}

func isNumeric(t schema.Type) bool { return t == schema.Number || t == schema.Integer }

// converted is a value as the type that is wanted: "5" as 5, 5 as "5", "true" as
// true, a single value as a list of it.
func converted(v any, s *schema.Schema) (any, bool) {
	var to any
	has := func(t schema.Type) bool { return slices.Contains(s.Types, t) }
	switch v := v.(type) {
	case string:
		f, err := strconv.ParseFloat(v, 64)
		switch {
		case err == nil && slices.ContainsFunc(s.Types, isNumeric):
			to = f
		case (v == "true" || v == "false") && has(schema.Boolean):
			to = v == "true"
		case has(schema.Array):
			to = []any{v}
		}
	case int64, float64:
		f, _ := schema.ToFloat(v)
		switch {
		case has(schema.String):
			to = number(f)
		case has(schema.Array):
			to = []any{v}
		}
	}
	if to == nil {
		return nil, false
	}
	if _, err := schema.Compile(s).Check(to); err != nil {
		return nil, false
	}
	return to, true
}

// insertFixes add the parameter that is missing, or all that are.
func insertFixes(s *schema.Schema, n *node, name string) []Fix {
	m, _ := n.value.(map[string]any)
	if s == nil {
		return nil
	}
	var one, all []*schema.Property
	for i := range s.Properties {
		p := &s.Properties[i]
		if p.Name == name {
			one = append(one, p)
		}
		if p.Required && !has(m, p) {
			all = append(all, p)
		}
	}
	if len(one) == 0 {
		return nil
	}
	fix := Fix{Kind: InsertKeys, Title: "Add " + quoted(name)}
	fix.Text, fix.Snippet = entriesText(one)
	if len(all) < 2 || all[0].Name != name { // the first of several offers to add them all
		return []Fix{fix}
	}
	every := Fix{Kind: InsertKeys, Title: "Add all required parameters"}
	every.Text, every.Snippet = entriesText(all)
	return []Fix{every, fix}
}

// has tells whether a table has a property, under any of its names.
func has(m map[string]any, p *schema.Property) bool {
	if _, ok := m[p.Name]; ok {
		return true
	}
	return slices.ContainsFunc(p.Aliases, func(a string) bool { _, ok := m[a]; return ok })
}

// quoted is a text as titles show it.
func quoted(s string) string { return strconv.Quote(s) }

// luaText writes a JSON-like value as Lua, on one line; "" if it has no text.
func luaText(v any) string {
	switch v := v.(type) {
	case nil:
		return "nil"
	case bool:
		return strconv.FormatBool(v)
	case string:
		return luaString(v)
	case []any:
		out := "{"
		for i, item := range v {
			if i > 0 {
				out += ", "
			}
			out += luaText(item)
		}
		return out + "}"
	case map[string]any:
		out := "{"
		for i, k := range slices.Sorted(maps.Keys(v)) {
			if i > 0 {
				out += ", "
			}
			out += luaKey(k) + " = " + luaText(v[k])
		}
		return out + "}"
	case json.Number:
		return v.String()
	}
	if f, ok := schema.ToFloat(v); ok {
		return number(f)
	}
	return ""
}

// luaString writes a string literal of Lua 5.1.
func luaString(s string) string {
	out := []byte{'"'}
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			out = append(out, '\\', c)
		case c == '\n':
			out = append(out, '\\', 'n')
		case c == '\r':
			out = append(out, '\\', 'r')
		case c == '\t':
			out = append(out, '\\', 't')
		case c < ' ' || c == 0x7f:
			out = append(out, '\\', '0'+c/100, '0'+c/10%10, '0'+c%10)
		default:
			out = append(out, c)
		}
	}
	return string(append(out, '"'))
}

// luaKey writes the key of a table constructor.
func luaKey(name string) string {
	if isName(name) && !isKeyword(name) {
		return name
	}
	return "[" + luaString(name) + "]"
}

// isKeyword tells whether a name is reserved in Lua 5.1.
func isKeyword(s string) bool {
	switch s {
	case "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "if", "in", "local", "nil", "not", "or", "repeat",
		"return", "then", "true", "until", "while", "goto":
		return true
	}
	return false
}
