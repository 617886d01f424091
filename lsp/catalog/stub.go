package catalog

import (
	"fmt"
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis/types"
)

// Stub describes all tools in annotations of LuaCATS, for other language servers:
// classes of their parameters and results, and what Tool.get and Tool.execute give for
// each name. It adds to the classes that package library declares.
func Stub(c *Catalog) string {
	var s stub
	s.line("---@meta")
	s.line("-- The tools of llmspell. This file is made by llmspell lsp export-meta.")
	for _, name := range c.Tools() {
		s.tool(c.Tool(name))
	}
	s.line("")
	s.line("---@class Tool")
	for _, name := range c.Tools() {
		t := c.Tool(name)
		class := className(name)
		s.line("---@field %s %s %s", fieldKey(name), class, oneLine(firstSentence(t.Description)))
		if other := strings.ReplaceAll(name, "-", "_"); other != name {
			s.line("---@field %s %s %s", fieldKey(other), class, oneLine(firstSentence(t.Description)))
		}
		s.line("---@field get fun(name: %q): %s", name, class)
		for _, function := range []string{"execute", "invoke"} {
			s.line("---@field %s fun(name: %q, params%s: %s.params, options?: llmspell.ToolOptions): %s.answer", function, name, mayBeAbsent(t), class, class)
		}
	}
	s.line("Tool = {}")
	return s.String()
}

type stub struct{ strings.Builder }

func (s *stub) line(format string, args ...any) {
	fmt.Fprintf(s, format, args...)
	s.WriteByte('\n')
}

// tool writes the classes of a tool.
func (s *stub) tool(t *Tool) {
	class := className(t.Name)
	s.object(class+".params", "", t.types.params(), "Parameters of "+t.Name+". "+t.Description)
	answer := t.resultType("")
	result := s.typ(class+".result", answer.Field("result").Type)
	s.line("")
	s.line("---@class %s.answer: llmspell.ToolAnswer", class)
	s.line("---@field result? %s %s", result, oneLine(answer.Field("result").Doc))
	s.line("---@field operation %s", annotated(answer.Field("operation").Type))
	s.line("")
	s.line("--- %s", oneLine(t.Description))
	s.line("---@class %s: llmspell.Tool", class)
	s.line("---@field execute fun(self: %s, params%s: %s.params, options?: llmspell.ToolOptions): %s.answer", class, mayBeAbsent(t), class, class)
}

// mayBeAbsent is "?" for a tool that can be called without parameters.
func mayBeAbsent(t *Tool) string {
	for _, f := range t.types.params().Fields() {
		if !f.Optional {
			return ""
		}
	}
	return "?"
}

// object writes the class of a table, after those of the tables in it.
func (s *stub) object(class, parent string, o *types.Object, doc string) {
	fields := make([]string, 0, len(o.Fields())+1)
	for _, f := range o.Fields() {
		mark := ""
		if f.Optional {
			mark = "?"
		}
		text := f.Doc
		if f.Detail != "" {
			text = strings.TrimSuffix(text, ".") + " (" + f.Detail + ")"
		}
		if f.Default != nil {
			text += " Default: " + luaText(f.Default)
		}
		fields = append(fields, strings.TrimSpace(fmt.Sprintf("---@field %s%s %s %s", fieldKey(f.Name), mark, s.typ(class+"."+identifier(f.Name), f.Type), oneLine(text))))
	}
	if o.Key != nil {
		fields = append(fields, "---@field [string] "+s.typ(class+".member", o.Value))
	}
	s.line("")
	if doc != "" {
		s.line("--- %s", oneLine(doc))
	}
	if parent != "" {
		parent = ": " + parent
	}
	exact := ""
	if o.Closed {
		exact = "(exact) "
	}
	s.line("---@class %s%s%s", exact, class, parent)
	for _, f := range fields {
		s.WriteString(f + "\n")
	}
}

// typ is a type in an annotation. Tables with fields become classes.
func (s *stub) typ(class string, t types.Type) string {
	switch t := t.(type) {
	case *types.Object:
		if len(t.Fields()) == 0 {
			if t.Value != nil && t.Value != types.Any {
				return "table<string, " + s.typ(class+".member", t.Value) + ">"
			}
			return "table"
		}
		s.object(class, "", t, t.Doc)
		return class
	case *types.Array:
		elem := s.typ(class+".item", t.Elem)
		if strings.ContainsAny(elem, "|?") {
			elem = "(" + elem + ")"
		}
		return elem + "[]"
	case *types.Union:
		parts := make([]string, len(t.Of))
		for i, of := range t.Of {
			parts[i] = s.typ(class, of)
		}
		return strings.Join(parts, "|")
	}
	return annotated(t)
}

// annotated is a type as annotations have it: any where nothing is known.
func annotated(t types.Type) string {
	if t == types.Unknown || t == types.Never {
		return "any"
	}
	return t.String()
}

func className(tool string) string { return "llmspell.tool." + identifier(tool) }

// identifier makes a name of letters, digits and underscores.
func identifier(name string) string {
	return strings.Map(func(r rune) rune {
		if r == '_' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' {
			return r
		}
		return '_'
	}, name)
}

func fieldKey(name string) string {
	if isName(name) {
		return name
	}
	return "[" + luaString(name) + "]"
}

// oneLine is a text that goes on in the same comment.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
