package analysis

import (
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/lsp/catalog"
)

// The classes of the library that stand for the parts of a tool that its schema
// describes.
const (
	anyTool   = "llmspell.Tool"
	anyParams = "llmspell.ToolParams"
	anyAnswer = "llmspell.ToolAnswer"
)

// toolTable is the global Tool as a file sees it, with a field for each tool.
func (u *unit) toolTable() types.Type {
	of, cat := u.c.global(toolGlobal), u.catalog()
	base, ok := of.(*types.Object)
	if !ok || cat == nil || u.c.snap == nil {
		return of
	}
	if t := u.c.toolTables[cat]; t != nil {
		return t
	}
	o := &types.Object{Name: base.Name, Doc: base.Doc, Decl: base.Decl, Parents: []types.Type{base}}
	for _, name := range cat.Tools() {
		if t := catalog.ToolType(cat, name); t != nil && u.c.field(base, name) == nil {
			o.Add(&types.Field{Name: name, Type: t, Doc: t.Doc})
			if spelling := strings.ReplaceAll(name, "-", "_"); spelling != name {
				o.Alias(spelling, name)
			}
		}
	}
	u.c.toolTables[cat] = o
	return o
}

// toolIn returns the name of the tool that a literal type names, "" if none.
func (u *unit) toolIn(t types.Type) string {
	l, ok := t.(*types.Literal)
	if !ok {
		return ""
	}
	name, ok := l.Value.(string)
	if !ok || u.catalog() == nil {
		return ""
	}
	if tool := u.catalog().Tool(name); tool != nil {
		return tool.Name
	}
	return ""
}

// forTool replaces the library's classes by the types of one tool.
func (u *unit) forTool(t types.Type, tool, operation string) types.Type {
	switch t := t.(type) {
	case *types.Object:
		var of *types.Object
		switch t.Name {
		case anyTool:
			of = catalog.ToolType(u.catalog(), tool)
		case anyParams:
			of = catalog.ParamsType(u.catalog(), tool)
		case anyAnswer:
			of = u.answerOf(tool, operation)
		}
		if of != nil {
			return of
		}
	case *types.Union:
		of := make([]types.Type, len(t.Of))
		for i := range t.Of {
			of[i] = u.forTool(t.Of[i], tool, operation)
		}
		return types.Join(of...)
	}
	return t
}

// toolOf returns the tool that a call is about: the one whose method is called, or
// that an argument names. It is "" if that is not known.
func (u *unit) toolOf(s site, f *types.Func) string {
	for i := range f.Params {
		if u.paramSlot(f, i) != "tool" {
			continue
		}
		if at := i - s.shift(f); at >= 0 && at < len(s.args) {
			return u.toolNamed(s, at)
		}
	}
	if f.Name == "Tool.register" {
		if r := u.file.registered(); s.u == u {
			if at, ok := r.calls[s.node]; ok && at >= 0 {
				return r.tools[at].spec.Name
			}
		}
	}
	if f.Special == "tool.execute" {
		recv := s.receiver()
		if o, ok := recv.(*types.Object); ok && o.Role == types.ToolItself {
			return o.Tool
		}
		for _, p := range f.Params {
			if o, ok := p.Type.(*types.Object); ok && o.Role == types.ToolParams {
				return o.Tool
			}
		}
	}
	return ""
}

func (u *unit) toolNamed(s site, at int) string {
	return u.toolIn(u.typeOf(s.args[at]))
}

// forCall replaces what the library says of any tool by what is known of the one
// that a call is about.
func (u *unit) forCall(s site, f *types.Func, v values) values {
	about := false
	for _, t := range v.list {
		about = about || mentionsTool(t)
	}
	if !about {
		return v
	}
	tool := u.toolOf(s, f)
	if tool == "" {
		return v
	}
	operation := u.operationIn(s, f)
	out := values{list: make([]types.Type, len(v.list)), more: v.more}
	for i, t := range v.list {
		if o, ok := t.(*types.Object); ok && o.Role == types.ToolResult {
			if r := u.answerOf(tool, operation); r != nil {
				t = r
			}
		}
		out.list[i] = u.forTool(t, tool, operation)
		if i == 0 {
			// The name is one that there is: Tool.get does not give nil.
			out.list[i] = types.Without(out.list[i], types.Nil)
		}
	}
	return out
}

func mentionsTool(t types.Type) bool {
	switch t := t.(type) {
	case *types.Object:
		return t.Name == anyTool || t.Name == anyAnswer || t.Name == anyParams || t.Role == types.ToolResult
	case *types.Union:
		for _, of := range t.Of {
			if mentionsTool(of) {
				return true
			}
		}
	}
	return false
}

// operationIn returns the operation that the parameters of a call name, "" if that
// is not known.
func (u *unit) operationIn(s site, f *types.Func) string {
	for i, p := range f.Params {
		o, ok := p.Type.(*types.Object)
		if !ok || o.Role != types.ToolParams && o.Name != anyParams {
			continue
		}
		at := i - s.shift(f)
		if at < 0 || at >= len(s.args) {
			return ""
		}
		if l, ok := u.c.fieldType(u.typeOf(s.args[at]), "operation").(*types.Literal); ok {
			if name, ok := l.Value.(string); ok {
				return name
			}
		}
	}
	return ""
}
