package analysis

import (
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/lsp/catalog"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// registered are the tools that a file registers, as far as its text says so.
type registered struct {
	tools []ownTool
	// computed: it may register tools whose names are not known.
	computed bool
	// at are the tools by the Strings that name them: their name and aliases.
	at map[syntax.Node]int
	// handlers are the tools by the FuncBody of their function.
	handlers map[syntax.Node]int
	// params are the tools by the nodes that name their parameters.
	params map[syntax.Node]int
	// calls are the tools by the Calls that register them, -1 for several.
	calls map[syntax.Node]int
}

// ownTool is one call of Tool.register.
type ownTool struct {
	spec catalog.Spec
	// start and end are the bytes of the name.
	start, end int
	// execute is the FuncBody of its function, None if that is not known.
	execute syntax.Node
	// parameters are the nodes, a Name or String each, that name its parameters.
	parameters map[string]syntax.Node
}

// OwnTool is a tool that a file registers, for others.
type OwnTool struct {
	spec       catalog.Spec
	start, end int
}

// registered reads what the file registers. It needs no other file, and no types.
func (f *File) registered() *registered {
	f.ownOnce.Do(func() {
		f.own = &registered{}
		if !f.library && len(f.Vars().Globals[toolGlobal])+len(f.Vars().Globals[tableOfGlobals]) > 0 {
			r := registering{f: f, t: f.Tree(), out: f.own}
			r.read()
		}
	})
	return f.own
}

const (
	toolGlobal     = "Tool"
	tableOfGlobals = "_G"
)

// registering reads the tools that a file registers.
type registering struct {
	f   *File
	t   *syntax.Tree
	out *registered
	// work bounds what is followed.
	work int
	// changes are what changed has found.
	changes map[scope.Var]bool
}

// maxRegistering is how many expressions are followed for the tools of one file.
const maxRegistering = 20000

func (r *registering) read() {
	for _, use := range r.f.Vars().Globals[toolGlobal] {
		if !use.Write {
			r.library(use.Node, 0)
		}
	}
	for _, use := range r.f.Vars().Globals[tableOfGlobals] {
		index := r.t.Parent(use.Node)
		if name, ok := r.key(index); ok && name == toolGlobal && r.t.First(index) == use.Node {
			r.library(index, 0)
		}
	}
}

// maxAliases is how many variables in a row may stand for a function.
const maxAliases = 8

// library follows an expression that is the global Tool.
func (r *registering) library(n syntax.Node, depth int) {
	if r.work++; depth > maxAliases || r.work > maxRegistering {
		r.out.computed = true
		return
	}
	t := r.t
	parent := t.Parent(n)
	switch t.Kind(parent) {
	case syntax.Index, syntax.IndexKey, syntax.Method:
		if t.First(parent) != n {
			return
		}
		switch name, ok := r.key(parent); {
		case !ok: // Tool[name]
		case name == "register":
			r.function(parent, 0)
		}
	case syntax.Paren, syntax.Binary: // Tool or nil
		r.library(parent, depth)
	case syntax.PosField, syntax.NameField, syntax.KeyField:
		r.out.computed = true
	case syntax.ExprList, syntax.Args:
		r.alias(parent, n, depth, r.library)
	}
}

// alias follows a value that is given to a local variable. What else may be done with
// it is not known; a function of the library registers nothing.
func (r *registering) alias(list, n syntax.Node, depth int, follow func(syntax.Node, int)) {
	t := r.t
	if t.Kind(list) == syntax.Args {
		callee := t.Source(t.First(t.Parent(list)))
		switch callee {
		case "print", "type", "tostring", "pairs", "ipairs", "next", "assert", "rawget", "rawequal", "setmetatable", "getmetatable":
		default:
			if !strings.HasPrefix(callee, "JSON.") && !strings.HasPrefix(callee, "Debug.") {
				r.out.computed = true
			}
		}
		return
	}
	stat := t.Parent(list)
	if t.Kind(stat) != syntax.LocalStat {
		if t.Kind(stat) == syntax.AssignStat || t.Kind(stat) == syntax.ReturnStat {
			r.out.computed = true // who knows what becomes of it
		}
		return
	}
	target := t.First(t.First(stat))
	for c := t.First(list); c != n && target != syntax.None; c = t.Next(c) {
		target = t.Next(target)
	}
	if v := r.f.Vars().Var(target); t.Kind(target) == syntax.Name && v != scope.NoVar {
		for _, use := range r.f.Vars().Vars[v].Uses {
			if !use.Write {
				follow(use.Node, depth+1)
			}
		}
	}
}

// function follows an expression that is Tool.register.
func (r *registering) function(n syntax.Node, depth int) {
	if r.work++; depth > maxAliases || r.work > maxRegistering {
		r.out.computed = true
		return
	}
	t := r.t
	parent := t.Parent(n)
	switch t.Kind(parent) {
	case syntax.Call:
		if t.First(parent) == n {
			r.call(parent, t.First(t.Child(parent, 1)))
		}
	case syntax.Paren:
		r.function(parent, depth)
	case syntax.Args:
		callee := t.Source(t.First(t.Parent(parent)))
		switch {
		case t.First(parent) == n && callee == "pcall":
			r.call(t.Parent(parent), t.Next(n))
		case t.First(parent) == n && callee == "xpcall":
			r.call(t.Parent(parent), t.Next(t.Next(n)))
		default:
			r.alias(parent, n, depth, r.function)
		}
	case syntax.ExprList:
		r.alias(parent, n, depth, r.function)
	case syntax.PosField, syntax.NameField, syntax.KeyField, syntax.Binary:
		r.out.computed = true
	}
}

// call reads a call of Tool.register with what it is given.
func (r *registering) call(call, n syntax.Node) {
	before := len(r.out.tools)
	if n == syntax.None || r.t.Kind(n) == syntax.Missing {
		return // about to be written
	}
	tables, ok := r.tables(n, nil, 0)
	if !ok {
		r.out.computed = true
	}
	for _, x := range tables {
		r.table(x)
	}
	if after := len(r.out.tools); after > before {
		at := before
		if after > before+1 || !ok {
			at = -1
		}
		r.note(&r.out.calls, call, at)
	}
}

// table reads a constructor that describes a tool.
func (r *registering) table(x found) {
	t := r.t
	l := constants{r: r, env: x.env}
	if r.wrapped(x, &l) {
		return
	}
	table := l.table(x.n, 1)
	l.stored(x, table)
	s, ok := catalog.ReadSpec(table)
	if !ok {
		if name, _, given := l.field(x.n, "name"); !given || t.Kind(name) != syntax.Missing {
			r.out.computed = true
		}
		return
	}
	at := len(r.out.tools)
	own := ownTool{spec: s}
	if name, _, ok := l.field(x.n, "name"); ok {
		if name, _ = l.constant(name, x.env); t.Kind(name) == syntax.String {
			q, _ := t.Quote(name)
			own.start, own.end = q.Start, q.End
			r.note(&r.out.at, name, at)
		}
	}
	if list, env, ok := l.field(x.n, "aliases"); ok {
		list, env = l.constant(list, env)
		for f := range t.Children(list) {
			if alias, _ := l.constant(t.First(f), env); t.Kind(f) == syntax.PosField && t.Kind(alias) == syntax.String {
				r.note(&r.out.at, alias, at)
			}
		}
	}
	if fn, env, ok := l.execute(x); ok {
		if fn, _ = l.constant(fn, env); t.Kind(fn) == syntax.Function {
			fn = t.First(fn)
		}
		if t.Kind(fn) == syntax.FuncBody {
			own.execute = fn
			r.note(&r.out.handlers, fn, at)
		}
	}
	for _, key := range [...]string{"parameters", "schema"} {
		if n, env, ok := l.field(x.n, key); ok {
			own.parameters = l.parameterNames(n, env)
			for _, name := range own.parameters {
				r.note(&r.out.params, name, at)
			}
		}
	}
	r.out.tools = append(r.out.tools, own)
}

// wrapped reads a constructor whose name is a parameter, once for each call of its
// function; false if the name is none.
func (r *registering) wrapped(x found, l *constants) bool {
	name, env, ok := l.field(x.n, "name")
	if !ok || x.env != nil {
		return false
	}
	if name, _ = l.constant(name, env); r.t.Kind(name) != syntax.Name {
		return false
	}
	v := r.f.Vars().Var(name)
	if v == scope.NoVar || r.f.Vars().Vars[v].Kind != scope.Param || written(&r.f.Vars().Vars[v]) {
		return false
	}
	function := r.f.Vars().Vars[v].Function
	calls, all := r.calls(function, 0)
	if !all {
		r.out.computed = true
	}
	for _, call := range calls {
		r.table(found{x.n, r.bind(function, call), x.v})
	}
	return true
}

// note notes what a node is, the first time.
func (r *registering) note(m *map[syntax.Node]int, n syntax.Node, at int) {
	if *m == nil {
		*m = map[syntax.Node]int{}
	}
	if _, ok := (*m)[n]; !ok {
		(*m)[n] = at
	}
}

// key is the name that an index looks up.
func (r *registering) key(n syntax.Node) (string, bool) {
	t := r.t
	switch t.Kind(n) {
	case syntax.Index, syntax.Method:
		return t.NameOf(t.Child(n, 1)), true
	case syntax.IndexKey:
		return t.String(t.Child(n, 1))
	}
	return "", false
}
