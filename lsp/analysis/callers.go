package analysis

import (
	"maps"
	"slices"
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// maxCallers is how many calls of a function are looked at.
const maxCallers = 24

// callers returns the calls of a function in the file that it is in, but for those in
// the function itself. Each is a site whose callee is the function.
func (u *unit) callers(body syntax.Node) []site {
	var found []site
	f, ok := u.typeOf(body).(*types.Func)
	if !ok {
		return nil
	}
	add := func(s site) {
		if len(found) < maxCallers && !(s.u == u && u.inside(s.node, body)) {
			found = append(found, s)
		}
	}
	t := u.tree
	uses := func(v scope.Var, global string) {
		list := u.file.Vars().Globals[global]
		if v != scope.NoVar {
			list = u.file.Vars().Vars[v].Uses
		}
		for _, use := range list {
			if !use.Write {
				u.callerAt(use.Node, add)
			}
		}
	}
	field := func(target syntax.Node, table string) {
		name, ok := u.keyName(target)
		if !ok && t.Kind(target) != syntax.NameField && t.Kind(target) != syntax.KeyField {
			return
		}
		if !ok {
			name, _ = u.fieldName(target)
		}
		u.eachOf(f, u.callIndex().named[name], add)
		u.eachOf(f, u.callIndex().picked[table], add)
	}
	target := func(n syntax.Node) {
		switch t.Kind(n) {
		case syntax.Name:
			uses(u.file.Vars().Var(n), t.Source(n))
		case syntax.Index, syntax.Method, syntax.IndexKey:
			field(n, t.Source(t.First(n)))
		}
	}
	switch n := t.Parent(body); t.Kind(n) {
	case syntax.LocalFunc, syntax.FuncStat:
		target(t.First(n))
	case syntax.Function:
		switch list := t.Parent(n); t.Kind(list) {
		case syntax.NameField, syntax.KeyField:
			field(list, t.Source(u.holder(t.Parent(list))))
		case syntax.PosField:
			u.eachOf(f, u.callIndex().picked[t.Source(u.holder(t.Parent(list)))], add)
		case syntax.ExprList:
			stat := t.Parent(list)
			if k := t.Kind(stat); (k == syntax.LocalStat || k == syntax.AssignStat) && t.First(stat) != list {
				at := 0
				for c := t.First(list); c != n; c = t.Next(c) {
					at++
				}
				target(t.Child(t.First(stat), at))
			}
		case syntax.Args:
			u.callerAt(n, add)
		}
	}
	if len(found) == 0 { // it is returned, perhaps, and called by whom it is given to
		u.eachOf(f, u.callIndex().made, add)
	}
	return found
}

// eachOf visits the calls that can be those of a function.
func (u *unit) eachOf(f *types.Func, calls []callRef, visit func(site)) {
	for i, r := range calls {
		if i == maxCalls {
			return
		}
		s := u.siteOf(r)
		if u.isOneOf(f, u.typeOf(s.callee)) {
			visit(s)
		}
	}
}

// eachKept visits the calls of a function that a parameter is given, and that is kept in
// a field or in a list.
func (u *unit) eachKept(f *types.Func, x *scope.Variable, visit func(site)) {
	t, index := u.tree, u.callIndex()
	for _, use := range x.Uses {
		name := ""
		switch parent := t.Parent(use.Node); t.Kind(parent) {
		case syntax.NameField:
			name, _ = u.fieldName(parent)
		case syntax.ExprList:
			at := 0
			for c := t.First(parent); c != use.Node; c = t.Next(c) {
				at++
			}
			if stat := t.Parent(parent); t.Kind(stat) == syntax.AssignStat && t.First(stat) != parent {
				name, _ = u.keyName(t.Child(t.First(stat), at))
			}
		}
		if name != "" {
			u.eachOf(f, index.named[name], visit)
		}
	}
	for _, table := range slices.Sorted(maps.Keys(index.picked)) {
		u.eachOf(f, index.picked[table], visit)
	}
}

// isOneOf tells whether a function is among the alternatives of a type.
func (u *unit) isOneOf(f *types.Func, t types.Type) bool {
	switch t := t.(type) {
	case *types.Func:
		return t.Origin == f.Origin
	case *types.Union:
		for _, of := range t.Of {
			if g, ok := of.(*types.Func); ok && g.Origin == f.Origin {
				return true
			}
		}
	}
	return false
}

// holder returns the variable or path that a constructor is assigned to, or None.
func (u *unit) holder(table syntax.Node) syntax.Node {
	t := u.tree
	n := table
	if args := t.Parent(n); t.Kind(args) == syntax.Args && t.First(args) == n && strings.HasPrefix(t.Source(t.Parent(args)), "setmetatable") {
		n = t.Parent(args)
	}
	list := t.Parent(n)
	stat := t.Parent(list)
	if k := t.Kind(stat); t.Kind(list) != syntax.ExprList || k != syntax.LocalStat && k != syntax.AssignStat || t.First(stat) == list {
		return syntax.None
	}
	at := 0
	for c := t.First(list); c != n; c = t.Next(c) {
		at++
	}
	return t.Child(t.First(stat), at)
}

// callerAt adds the calls that a place makes of the function that stands there: it is
// called itself, given to pcall, or given to a function that calls its parameter.
func (u *unit) callerAt(n syntax.Node, add func(site)) {
	t := u.tree
	parent := t.Parent(n)
	switch t.Kind(parent) {
	case syntax.Call:
		if t.First(parent) == n {
			add(u.site(parent))
		}
	case syntax.Args:
		s := u.site(t.Parent(parent))
		at := 0
		for at < len(s.args) && s.args[at] != n {
			at++
		}
		callee := u.typeOf(s.callee)
		switch name := u.specialCall(s, callee); name {
		case "pcall", "xpcall":
			if at == 0 {
				inner, _ := u.passedOn(s, name == "xpcall")
				add(inner)
			}
			return
		}
		if want, ok := onlyFunc(u.expected(n)); ok {
			add(site{u: u, node: s.node, indirect: true, want: want})
			return
		}
		g, ok := onlyFunc(callee)
		if !ok {
			return
		}
		fn, ok := g.Origin.(*function)
		if !ok || fn.u.file.library {
			return
		}
		x := fn.param(at + s.shift(g))
		if x == nil {
			return
		}
		called := false
		for _, use := range x.Uses {
			if call := fn.u.tree.Parent(use.Node); !use.Write && fn.u.tree.Kind(call) == syntax.Call && fn.u.tree.First(call) == use.Node {
				called = true
				add(fn.u.site(call))
			}
		}
		if f, ok := onlyFunc(u.typeOf(n)); ok && !called { // it is kept, and called later
			fn.u.eachKept(f, x, add)
		}
	}
}

// param returns the variable of parameter number i of Params, nil if there is none.
func (fn *function) param(i int) *scope.Variable {
	t := fn.u.tree
	if i < 0 || i >= len(fn.t.Params) {
		return nil
	}
	for n := t.First(t.First(fn.body)); n != syntax.None; n = t.Next(n) {
		if t.Kind(n) == syntax.Name && t.Source(n) == fn.t.Params[i].Name {
			if v := fn.u.file.Vars().Var(n); v != scope.NoVar {
				return &fn.u.file.Vars().Vars[v]
			}
		}
	}
	return nil
}
