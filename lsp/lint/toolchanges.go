package lint

import (
	"github.com/llmspell/llmspell/kernel/hooks"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// toolChanges are what a file does to the calls of tools, so that what is written there is
// not what a tool gets.
type toolChanges struct {
	// names: another tool may be called, or none.
	names bool
	// params: the parameters may be others.
	params bool
}

func (c *toolChanges) all() { c.names, c.params = true, true }

// toolFunctions are the functions of Tool that take names or parameters of tools.
var toolFunctions = map[string]bool{
	"execute": true, "invoke": true, "get": true, "exists": true, "info": true, "get_info": true,
	"schema": true, "get_schema": true, "parallel": true, "start": true, "register": true,
}

// toolChanges finds what the file does to the calls of tools: it replaces functions of
// Tool, or registers hooks that run before a tool does.
func (p *pass) toolChanges() toolChanges {
	if p.changes != nil {
		return *p.changes
	}
	var c toolChanges
	t := p.tree
	for n := range p.nodes(syntax.Index, syntax.Method, syntax.IndexKey) {
		if !p.written(n) {
			continue
		}
		key := t.Child(n, 1)
		name := t.NameOf(key)
		if t.Kind(n) == syntax.IndexKey {
			var ok bool
			if name, ok = t.String(key); !ok {
				name = ""
			}
		}
		if toolFunctions[name] && p.isTool(t.First(n)) {
			c.all()
		}
	}
	for n := range p.nodes(syntax.String) {
		if name, ok := t.String(n); ok && len(p.vars.Globals["Hook"]) > 0 {
			if point, err := hooks.ParsePoint(name); err == nil && (point == hooks.ToolValidation || point == hooks.BeforeToolExecution) {
				p.hookChanges(n, &c)
			}
		}
	}
	p.changes = &c
	return c
}

// hookChanges adds what a hook may do whose point a string names.
func (p *pass) hookChanges(point syntax.Node, c *toolChanges) {
	t := p.tree
	if t.Kind(t.Parent(point)) != syntax.Args {
		c.all() // it may be a point by another way
		return
	}
	if name := p.calledName(t.Parent(t.Parent(point))); name == "list" {
		return
	}
	handler := t.Next(point)
	if t.Kind(handler) == syntax.Name {
		handler = p.onlyValue(handler)
	}
	if k := t.Kind(handler); k != syntax.Function && k != syntax.FuncBody {
		c.all()
		return
	}
	for n := range p.nodes(syntax.ReturnStat) {
		if p.within(n, handler) {
			p.hookResult(t.First(t.First(n)), c)
		}
	}
}

// hookResult adds what a result of a hook means.
func (p *pass) hookResult(n syntax.Node, c *toolChanges) {
	t := p.tree
	switch t.Kind(n) {
	case syntax.Invalid, syntax.Nil, syntax.True, syntax.False:
		return
	case syntax.Table:
		kind := syntax.None
		for f := range t.Children(n) {
			if first := t.First(f); t.Kind(f) == syntax.NameField && t.NameOf(first) == "type" {
				kind = t.Next(first)
			}
		}
		n = kind
	}
	switch name, _ := t.String(n); name {
	case "continue", "skip", "skipped", "cancel":
	case "modified", "replace", "retry":
		c.params = true
	default:
		c.all()
	}
}
