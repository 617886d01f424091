package catalog

import (
	"slices"
	"strconv"
	"strings"

	"github.com/llmspell/llmspell/tools/schema"
)

// Snippet returns the call of a tool with its required parameters as tab stops, as
// it follows the tool and a colon: execute({input = "${1}"}). With an operation,
// that stands in it. ok is false if the tool is not known.
func Snippet(c *Catalog, name, operation string) (text string, ok bool) {
	t := c.Tool(name)
	if t == nil {
		return "", false
	}
	return "execute({" + ParamsSnippet(t, operation) + "})$0", true
}

// ParamsSnippet returns the required parameters of a tool, without braces, as tab
// stops. With an operation there are those too that the tool's example of it has.
func ParamsSnippet(t *Tool, operation string) string {
	var s snippet
	example := t.example(operation)
	for i := range t.Params.Properties {
		p := &t.Params.Properties[i]
		switch {
		case p.Name == "operation" && operation != "":
			s.literal(p.Name, luaString(operation))
		case p.Required || operation != "" && has(example, p):
			s.add(p.Name, p.Schema)
		}
	}
	return s.String()
}

// example are the parameters of the tool's first example of an operation.
func (t *Tool) example(operation string) map[string]any {
	for _, e := range t.descriptor.Examples {
		if e.Params["operation"] == operation {
			return e.Params
		}
	}
	return nil
}

// entriesText writes properties as entries of a table constructor: as text with
// values that fit, and as a snippet.
func entriesText(list []*schema.Property) (text, withStops string) {
	var s snippet
	for _, p := range list {
		s.add(p.Name, p.Schema)
	}
	return s.plain.String(), s.String()
}

// snippet is a list of entries with tab stops.
type snippet struct {
	text, plain strings.Builder
	stops       int
}

func (s *snippet) String() string { return s.text.String() }

func (s *snippet) key(name string) {
	if s.plain.Len() > 0 {
		s.text.WriteString(", ")
		s.plain.WriteString(", ")
	}
	s.text.WriteString(escapeSnippet(luaKey(name)) + " = ")
	s.plain.WriteString(luaKey(name) + " = ")
}

// literal adds an entry whose value is not for the user to fill in.
func (s *snippet) literal(name, value string) {
	s.key(name)
	s.text.WriteString(escapeSnippet(value))
	s.plain.WriteString(value)
}

// add adds an entry whose value the user fills in.
func (s *snippet) add(name string, p *schema.Schema) {
	s.key(name)
	s.stops++
	before, between, after := placeholder(p)
	s.plain.WriteString(before + between + after)
	stop := "${" + strconv.Itoa(s.stops)
	switch choices := enumTexts(p); {
	case len(choices) > 1 && before == `"`:
		stop += "|" + strings.Join(choices, ",") + "|"
	case between != "":
		stop += ":" + escapeSnippet(between)
	}
	s.text.WriteString(escapeSnippet(before) + stop + "}" + escapeSnippet(after))
}

// placeholder is a value of a schema, with what is the user's to change between what
// is not.
func placeholder(p *schema.Schema) (before, between, after string) {
	switch v := first(p).(type) {
	case nil:
	case string:
		text := luaString(v)
		return `"`, text[1 : len(text)-1], `"`
	default:
		return "", luaText(v), ""
	}
	kind := schema.String
	if len(p.Types) > 0 {
		kind = p.Types[0]
	}
	switch kind {
	case schema.Number, schema.Integer:
		return "", lowest(p), ""
	case schema.Boolean:
		return "", "true", ""
	case schema.Array, schema.Object:
		return "{", "", "}"
	case schema.Null:
		return "", "nil", ""
	}
	return `"`, "", `"`
}

// first is the default or the first value of an enum.
func first(p *schema.Schema) any {
	if p.Default != nil {
		return p.Default
	}
	if len(p.Enum) > 0 {
		return p.Enum[0]
	}
	return nil
}

// lowest is the number nearest to zero that the bounds allow.
func lowest(p *schema.Schema) string {
	switch {
	case p.Minimum != nil && *p.Minimum > 0:
		return number(*p.Minimum)
	case p.Maximum != nil && *p.Maximum < 0:
		return number(*p.Maximum)
	}
	return "0"
}

// enumTexts are the strings of an enum as choices of a snippet, the default first.
func enumTexts(p *schema.Schema) []string {
	var out []string
	for _, v := range p.Enum[:min(len(p.Enum), maxChoices)] {
		s, ok := v.(string)
		if !ok || s != strings.Trim(luaString(s), `"`) {
			return nil
		}
		s = strings.NewReplacer(`\`, `\\`, ",", `\,`, "|", `\|`).Replace(s)
		if v == p.Default {
			out = slices.Insert(out, 0, s)
			continue
		}
		out = append(out, s)
	}
	return out
}

// escapeSnippet escapes what has a meaning in snippets.
func escapeSnippet(s string) string {
	return strings.NewReplacer(`\`, `\\`, "$", `\$`, "}", `\}`).Replace(s)
}
