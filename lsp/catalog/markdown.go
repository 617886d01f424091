package catalog

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/llmspell/llmspell/tools"
	"github.com/llmspell/llmspell/tools/schema"
)

// ToolDoc is the documentation of a tool as Markdown: what it does, its parameters,
// what it needs, and an example. It is "" for a name that no tool has.
func ToolDoc(c *Catalog, name string) string {
	t := c.Tool(name)
	if t == nil {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "**%s**", t.Name)
	for _, part := range []string{t.Category, t.Security, t.Source} {
		if part != "" {
			b.WriteString(" · " + part)
		}
	}
	b.WriteString("\n\n" + t.Description + "\n")
	if len(t.Params.Properties) > 0 {
		b.WriteString("\nParameters:\n")
	}
	for i := range t.Params.Properties {
		b.WriteString(parameterLine(&t.Params.Properties[i]))
	}
	if t.Result != nil && t.Result.Description != "" {
		b.WriteString("\nResult: " + t.Result.Description + "\n")
	}
	if len(t.Aliases) > 0 {
		b.WriteString("\nAlso called " + codes(t.Aliases) + ".\n")
	}
	if len(t.Needs) > 0 {
		needs := make([]string, len(t.Needs))
		for i, n := range t.Needs {
			needs[i] = string(n)
		}
		b.WriteString("\nNeeds " + strings.Join(needs, ", ") + ".\n")
	}
	if d := t.Describe(); len(d.Examples) > 0 {
		b.WriteString("\n" + exampleText(t.Name, d.Examples[0]))
	}
	return b.String()
}

// exampleText shows a call that works.
func exampleText(name string, e tools.ExampleDescription) string {
	var b strings.Builder
	b.WriteString("```lua\n")
	if e.Description != "" {
		b.WriteString("-- " + strings.ReplaceAll(e.Description, "\n", " ") + "\n")
	}
	fmt.Fprintf(&b, "Tool.execute(%s, %s)\n```\n", luaString(name), luaText(e.Params))
	return b.String()
}

// parameterLine is a parameter in the list of all.
func parameterLine(p *schema.Property) string {
	mark := "?"
	if p.Required {
		mark = ""
	}
	line := fmt.Sprintf("- `%s%s`: %s", p.Name, mark, code(typeOf(p.Schema).String()))
	for _, part := range []string{detail(p.Schema), defaultText(p.Schema)} {
		if part != "" {
			line += ", " + part
		}
	}
	if p.Description != "" {
		line += ". " + strings.ReplaceAll(p.Description, "\n", " ")
	}
	return line + "\n"
}

func defaultText(s *schema.Schema) string {
	if s.Default == nil {
		return ""
	}
	return "default " + code(luaText(s.Default))
}

// code is inline code, whatever is in the text.
func code(s string) string {
	if strings.Contains(s, "`") {
		return "`` " + s + " ``"
	}
	return "`" + s + "`"
}

func codes(list []string) string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = code(s)
	}
	return strings.Join(out, ", ")
}

// ParamDoc is the documentation of a parameter as Markdown: what it is, whether it
// must be given, its type, range, default, values, other names and an example. path
// are the names of the parameter and of those within it, in any spelling; an item
// of a list, or a member of any name, is "". The answer is "" if there is no such
// parameter.
func ParamDoc(c *Catalog, name string, path ...string) string {
	t := c.Tool(name)
	if t == nil || len(path) == 0 {
		return ""
	}
	var p *schema.Property
	s := t.Params
	for _, step := range path {
		if p = propertyOf(s, step); p == nil {
			return ""
		}
		s = p.Schema
	}
	return propertyDoc(t, p, len(path) == 1)
}

// propertyOf finds a property, also in the alternatives of a schema.
func propertyOf(s *schema.Schema, name string) *schema.Property {
	for i := range s.Properties {
		if p := &s.Properties[i]; p.Name == name || slices.Contains(p.Aliases, name) {
			return p
		}
	}
	for _, list := range [][]*schema.Schema{s.AllOf, s.AnyOf, s.OneOf} {
		for _, sub := range list {
			if p := propertyOf(sub, name); p != nil {
				return p
			}
		}
	}
	switch {
	case name == "" && s.Items != nil:
		return &schema.Property{Schema: s.Items}
	case s.Additional != nil:
		return &schema.Property{Name: name, Schema: s.Additional}
	}
	return nil
}

func propertyDoc(t *Tool, p *schema.Property, top bool) string {
	var b strings.Builder
	kind := "optional"
	if p.Required {
		kind = "required"
	} else if operations, all := t.neededBy(p.Name); top && len(operations) > 0 {
		if kind = "needed by " + codes(operations); all {
			kind = "needed by every operation"
		}
	}
	fmt.Fprintf(&b, "```lua\n%s: %s\n```\n%s", p.Name, typeOf(p.Schema), kind)
	for _, part := range []string{detail(p.Schema), defaultText(p.Schema)} {
		if part != "" {
			b.WriteString(" · " + part)
		}
	}
	b.WriteString(" · parameter of " + code(t.Name))
	if t.Source != "" {
		b.WriteString(" · " + t.Source)
	}
	b.WriteByte('\n')
	if p.Deprecated {
		b.WriteString("\n**Deprecated.**\n")
	}
	if p.Description != "" {
		b.WriteString("\n" + p.Description + "\n")
	}
	if len(p.Enum) > 0 {
		more := ""
		if n := len(p.Enum) - maxChoices; n > 0 {
			more = fmt.Sprintf(" and %d more", n)
		}
		b.WriteString("\nOne of " + codes(luaTexts(p.Enum[:min(len(p.Enum), maxChoices)])) + more + ".\n")
	}
	if len(p.Aliases) > 0 {
		b.WriteString("\nAlso called " + codes(p.Aliases) + ".\n")
	}
	if example := t.exampleOf(p); top && example != "" {
		b.WriteString("\nExample: " + code(example) + "\n")
	}
	return b.String()
}

// maxChoices is how many values of an enum are shown or offered.
const maxChoices = 100

func luaTexts(values []any) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = luaText(v)
	}
	return out
}

// exampleOf is a value that an example gives a parameter, if it is short.
func (t *Tool) exampleOf(p *schema.Property) string {
	for _, e := range t.descriptor.Examples {
		for _, name := range append([]string{p.Name}, p.Aliases...) {
			if v, ok := e.Params[name]; ok {
				if text := luaKey(p.Name) + " = " + luaText(v); len(text) <= 80 {
					return text
				}
			}
		}
	}
	return ""
}

// SchemaText is what a document about a tool shows: its parameters and result as
// JSON Schema, indented. ok is false for a name that no tool has.
func SchemaText(c *Catalog, name string) (text string, ok bool) {
	t := c.Tool(name)
	if t == nil {
		return "", false
	}
	doc := document{Name: t.Name, Description: t.Description, Source: t.Source, Parameters: t.Params.JSON()}
	if t.Result != nil {
		doc.Result = t.Result.JSON()
	}
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(doc); err != nil { // a default or value of a live tool that is no JSON: cannot be, it came as JSON
		return "", false
	}
	return b.String(), true
}

// document is the text of a schema. Its members have this order.
type document struct {
	Name        string         `json:"name"`
	Description string         `json:"description"`
	Source      string         `json:"source,omitempty"`
	Parameters  map[string]any `json:"parameters"`
	Result      map[string]any `json:"result,omitempty"`
}
