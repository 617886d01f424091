package lint

import (
	"fmt"
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/lsp/catalog"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// slots reports strings that name nothing: tools, hook points, events.
func (p *pass) slots() {
	all := p.snap.RegistersUnknown(p.file) || p.toolChanges().Names
	for n := range p.nodes(syntax.String) {
		s, ok := p.snap.SlotOf(p.file, n)
		if !ok {
			continue
		}
		if q, ok := p.tree.Quote(s.Node); !ok || !q.Closed {
			continue
		}
		switch s.Kind {
		case "tool":
			switch {
			case all:
			case s.Later:
				p.laterName(s)
			case p.arrives(s.Node):
				p.toolName(s)
			}
		case "hook":
			if !p.arrives(s.Node) {
				continue
			}
			p.problem(catalog.CheckHook(s.Value), s.Start, s.End, s.Node)
		case "event":
			p.event(s)
		case "category", "tag":
			if !all && p.hasTools() && p.filters(s.Node) {
				p.problem(catalog.CheckGroup(p.snap.CatalogOf(p.file), s.Kind, s.Value), s.Start, s.End, s.Node)
			}
		}
	}
	if all || !p.hasTools() {
		return
	}
	for n := range p.nodes(syntax.Index) {
		name := p.tree.Child(n, 1)
		if s := p.tree.NameOf(name); s != "" && p.isTool(p.tree.First(n)) && !p.written(n) && p.snap.Field(p.snap.TypeOf(p.file, p.tree.First(n)), s) == nil {
			if problem := catalog.CheckTool(p.snap.CatalogOf(p.file), s); problem != nil && !p.tested(n) {
				p.meantMethod(problem, p.tree.First(n), s)
				p.problem(problem, p.tree.Start(name), p.tree.End(name), name)
			}
		}
	}
}

// meantMethod lets a problem of Tool.NAME name the function of Tool that was probably meant,
// before all tools: Tool.execut is execute, and no tool.
func (p *pass) meantMethod(x *catalog.Problem, tool syntax.Node, name string) {
	near := p.nearestMember(p.snap.TypeOf(p.file, tool), name, func(f analysis.Member) bool {
		_, function := f.Type.(*types.Func)
		return function
	})
	if near == "" {
		return
	}
	if len(x.Fixes) > 0 { // a tool may be nearer still: Tool.calculatr
		best := strings.ReplaceAll(x.Fixes[0].Text, "-", "_")
		if most := len(name); distance(name, best, most) < distance(name, near, most) {
			return
		}
	}
	x.Message = fmt.Sprintf("Tool has no function %s, and there is no such tool; did you mean %s?", name, near)
	x.Fixes = append([]catalog.Fix{{Kind: catalog.ReplaceName, Title: "Change to " + near, Text: near}}, x.Fixes...)
}

// hasTools tells whether it is known which tools there are, besides those of scripts.
func (p *pass) hasTools() bool { return p.snap.Catalog() != nil && len(p.snap.Catalog().Tools()) > 0 }

// isTool tells whether an expression is the global Tool.
func (p *pass) isTool(n syntax.Node) bool {
	o, ok := p.snap.TypeOf(p.file, n).(*types.Object)
	return ok && o.Name == "Tool"
}

func (p *pass) toolName(s analysis.Slot) {
	if !p.hasTools() || s.Value == "" || p.asks(s.Node) { // an empty string is about to be written
		return
	}
	if parent := p.tree.Parent(s.Node); p.tree.Kind(parent) == syntax.IndexKey {
		of := p.snap.TypeOf(p.file, p.tree.First(parent))
		if p.written(parent) || p.tested(parent) || p.snap.Field(of, s.Value) != nil {
			return
		}
	}
	p.problem(catalog.CheckTool(p.snap.CatalogOf(p.file), s.Value), s.Start, s.End, s.Node)
}

// filters tells whether a string is a value in a table that selects tools.
func (p *pass) filters(n syntax.Node) bool {
	field := p.tree.Parent(n)
	if p.tree.Kind(field) != syntax.NameField {
		return false
	}
	o := onlyTable(p.snap.Expected(p.file, p.tree.Parent(field)))
	return o != nil && strings.HasPrefix(libraryClass(o), "Tool") && strings.HasSuffix(libraryClass(o), "Filter") && p.arrives(p.tree.Parent(field))
}

// event reports the name of an event that cannot be published, or a pattern that cannot
// be subscribed to.
func (p *pass) event(s analysis.Slot) {
	args := p.tree.Parent(s.Node)
	if p.tree.Kind(args) != syntax.Args {
		return
	}
	switch called := p.calledName(p.tree.Parent(args)); called {
	case "publish", "emit":
		p.problem(catalog.CheckEvent(s.Value), s.Start, s.End, s.Node)
	case "subscribe", "on", "once":
		p.problem(catalog.CheckPattern(s.Value), s.Start, s.End, s.Node)
	}
}

// calledName is the last name of what a call calls.
func (p *pass) calledName(call syntax.Node) string {
	callee := p.tree.First(call)
	switch p.tree.Kind(callee) {
	case syntax.Index, syntax.Method:
		return p.tree.NameOf(p.tree.Child(callee, 1))
	}
	return p.tree.NameOf(callee)
}

// asks tells whether a string is an argument of a function that may be given names of
// what is not there.
func (p *pass) asks(n syntax.Node) bool {
	args := p.tree.Parent(n)
	if p.tree.Kind(args) != syntax.Args {
		return false
	}
	call := p.tree.Parent(args)
	if strings.HasPrefix(p.tree.Source(p.tree.First(call)), "State.") || p.tested(call) {
		return true // a name for data, which needs no tool; Tool.get(name) == nil
	}
	switch p.calledName(call) {
	case "exists", "has", "register", "unregister", "search", "discover":
		return true
	}
	return false
}

// problem reports what the catalogue says of a name between start and end.
func (p *pass) problem(x *catalog.Problem, start, end int, n syntax.Node) {
	if x == nil {
		return
	}
	f := p.report(string(x.Code), start, end, x.Message)
	for _, fix := range x.Fixes {
		text := fix.Text
		if q, ok := p.tree.Quote(n); ok && (q.Long() || strings.ContainsAny(text, "\\\"'\n")) {
			continue // it would have to be written otherwise there
		} else if !ok && !isName(text) {
			// Tool.file-operations is no Lua, Tool.file_operations is the same tool.
			if text = strings.ReplaceAll(text, "-", "_"); !isName(text) {
				continue
			}
		}
		f.fix(fix.Title, fix.Sure, start, end, text)
	}
}

// written tells whether an index is assigned to.
func (p *pass) written(n syntax.Node) bool {
	parent := p.tree.Parent(n)
	switch p.tree.Kind(parent) {
	case syntax.ExprList:
		stat := p.tree.Parent(parent)
		return p.tree.Kind(stat) == syntax.AssignStat && p.tree.First(stat) == parent
	case syntax.FuncStat:
		return p.tree.First(parent) == n
	}
	return false
}

func isName(s string) bool {
	for i, c := range []byte(s) {
		letter := c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return s != "" && !keywords()[s]
}

func keywords() map[string]bool {
	m := map[string]bool{"goto": true}
	for k := syntax.And; k <= syntax.While; k++ {
		m[k.String()] = true
	}
	return m
}
