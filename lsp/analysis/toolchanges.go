package analysis

import (
	"strings"

	"github.com/llmspell/llmspell/kernel/hooks"
	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// ToolChanges are what code does to the calls of tools, so that what is written there is
// not what a tool gets.
type ToolChanges struct {
	// Names: another tool may be called, or none.
	Names bool
	// Params: the parameters may be others.
	Params bool
}

func (c *ToolChanges) all() { c.Names, c.Params = true, true }

func (c *ToolChanges) none() bool { return !c.Names && !c.Params }

func (c *ToolChanges) add(other ToolChanges) {
	c.Names, c.Params = c.Names || other.Names, c.Params || other.Params
}

// takesTools tells whether a function of Tool takes names or parameters of tools.
func takesTools(name string) bool {
	switch name {
	case "execute", "invoke", "get", "exists", "info", "get_info", "schema", "get_schema", "parallel", "start", "register":
		return true
	}
	return false
}

// toolChanges finds what a file does to the calls of tools: it replaces functions of Tool,
// or Tool itself, or registers hooks that run before a tool does.
func (f *File) toolChanges() ToolChanges {
	x := changing{f: f, t: f.Tree()}
	globals := f.Vars().Globals
	for _, use := range globals[toolGlobal] {
		if use.Write {
			x.out.all()
		} else {
			x.tool(use.Node, 0)
		}
	}
	for _, use := range globals[tableOfGlobals] {
		x.globals(use.Node)
	}
	if len(globals["Hook"]) > 0 {
		for n := range f.NodesOf(syntax.String) {
			if name, ok := x.t.String(n); ok {
				if point, err := hooks.ParsePoint(name); err == nil && (point == hooks.ToolValidation || point == hooks.BeforeToolExecution) {
					x.hook(n)
				}
			}
		}
	}
	return x.out
}

// changing is one look at a file.
type changing struct {
	f   *File
	t   *syntax.Tree
	out ToolChanges
}

// key is the name that an index looks up, not ok if it is computed.
func (x *changing) key(n syntax.Node) (string, bool) {
	r := registering{t: x.t}
	return r.key(n)
}

// tool follows an expression that is the global Tool.
func (x *changing) tool(n syntax.Node, depth int) {
	if depth > maxAliases {
		return
	}
	t := x.t
	parent := t.Parent(n)
	switch t.Kind(parent) {
	case syntax.Index, syntax.IndexKey, syntax.Method:
		if name, ok := x.key(parent); t.First(parent) == n && isTarget(t, parent) && (!ok || takesTools(name)) {
			x.out.all()
		}
	case syntax.Paren:
		x.tool(parent, depth+1)
	case syntax.Args: // rawset(Tool, "execute", f), stub(Tool, "execute"), mock(Tool)
		callee := strings.ToLower(t.Source(t.First(t.Parent(parent))))
		name, ok := t.String(t.Next(n))
		if ok && takesTools(name) && callee != "rawget" || !ok && callee == "rawset" || strings.HasSuffix(callee, "mock") || strings.HasSuffix(callee, "stub") {
			x.out.all()
		}
	case syntax.ExprList:
		stat := t.Parent(parent)
		if t.Kind(stat) != syntax.LocalStat {
			return
		}
		target := t.First(t.First(stat))
		for c := t.First(parent); c != n && target != syntax.None; c = t.Next(c) {
			target = t.Next(target)
		}
		if v := x.f.Vars().Var(target); t.Kind(target) == syntax.Name && v != scope.NoVar {
			for _, use := range x.f.Vars().Vars[v].Uses {
				if !use.Write {
					x.tool(use.Node, depth+1)
				}
			}
		}
	}
}

// globals looks at a use of _G.
func (x *changing) globals(n syntax.Node) {
	t := x.t
	parent := t.Parent(n)
	switch t.Kind(parent) {
	case syntax.Index, syntax.IndexKey:
		if name, ok := x.key(parent); ok && name == toolGlobal && t.First(parent) == n {
			if isTarget(t, parent) {
				x.out.all()
			} else {
				x.tool(parent, 0)
			}
		}
	case syntax.Args:
		if name, ok := t.String(t.Next(n)); ok && name == toolGlobal && t.Source(t.First(t.Parent(parent))) == "rawset" {
			x.out.all()
		}
	}
}

// hook adds what a hook may do whose point a string names.
func (x *changing) hook(point syntax.Node) {
	t := x.t
	args := t.Parent(point)
	if t.Kind(args) != syntax.Args {
		x.out.all() // it may be a point by another way
		return
	}
	callee := t.First(t.Parent(args))
	if name, _ := x.key(callee); name == "list" {
		return
	}
	l := constants{r: &registering{f: x.f, t: t}}
	handler, _ := l.constant(t.Next(point), nil)
	if k := t.Kind(handler); k != syntax.Function && k != syntax.FuncBody {
		x.out.all()
		return
	}
	from, to := t.Start(handler), t.End(handler)
	for n := range x.f.NodesOf(syntax.ReturnStat) {
		if at := t.Start(n); from <= at && at < to {
			x.hookResult(t.First(t.First(n)))
		}
	}
}

// hookResult adds what a result of a hook means.
func (x *changing) hookResult(n syntax.Node) {
	t := x.t
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
	name, _ := t.String(n)
	switch kind, err := hooks.ParseKind(name); {
	case err != nil || kind == hooks.Redirect:
		x.out.all()
	case kind == hooks.Modified, kind == hooks.Replace, kind == hooks.Retry:
		x.out.Params = true
	}
}
