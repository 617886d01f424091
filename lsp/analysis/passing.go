package analysis

import (
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/lsp/library"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// handover is what becomes of a parameter that a function of the user's gives to another
// one as it is: local function run(name, params) return Tool.execute(name, params) end.
type handover struct {
	// slot is the provider of the parameter that it is given to, want the table that this
	// one takes, nil for none.
	slot string
	want types.Type
	// sure: each call of the function passes it on, as it was given, to what refuses a wrong
	// one.
	sure bool
}

// passedParam returns what becomes of parameter number i of a function; nil if that is not
// one of the user's, has annotations that say what it takes, or keeps the parameter.
func (u *unit) passedParam(f *types.Func, i int) *handover {
	fn, ok := f.Origin.(*function)
	if !ok || fn.u.file.library || i < 0 || i >= len(f.Params) || f.Params[i].Slot != "" || fn.t != f {
		return nil
	}
	switch f.Params[i].Type {
	case types.Unknown, types.Any, types.TableType, types.String:
	default:
		return nil
	}
	x := fn.parameterNamed(f.Params[i].Name)
	if x == nil {
		return nil
	}
	if fn.passes == nil {
		fn.passes = map[int]*lazy[handover]{}
	}
	same := func(a, b handover) bool { return a.slot == b.slot && a.sure == b.sure && sameType(a.want, b.want) }
	p := once(fn.u.c, fn.passes, i, handover{}, same, func() handover { return fn.follow(x) })
	if p.slot == "" && p.want == nil {
		return nil
	}
	return &p
}

// parameterNamed is the variable of a parameter of a name, nil if there is none.
func (fn *function) parameterNamed(name string) *scope.Variable {
	t := fn.u.tree
	for n := t.First(t.First(fn.body)); n != syntax.None; n = t.Next(n) {
		if t.Kind(n) == syntax.Name && t.NameOf(n) == name {
			if v := fn.u.file.Vars().Var(n); v != scope.NoVar {
				return &fn.u.file.Vars().Vars[v]
			}
		}
	}
	return nil
}

// follow finds the first call that a parameter is given to which says what it is.
func (fn *function) follow(x *scope.Variable) (p handover) {
	u := fn.u
	for i, use := range x.Uses {
		if i == maxUses || use.Write && !fn.isDefault(x, use.Node) {
			return p // it is another value from here on
		}
		args := u.tree.Parent(use.Node)
		if use.Write || u.tree.Kind(args) != syntax.Args {
			continue
		}
		s := u.site(u.tree.Parent(args))
		at := 0
		for at < len(s.args) && s.args[at] != use.Node {
			at++
		}
		f, inner, at := u.calledAt(s, at)
		if f == nil || at < 0 {
			continue
		}
		at += inner.shift(f)
		if at < 0 || at >= len(f.Params) {
			continue
		}
		slot := u.paramSlot(f, at)
		switch slot {
		case "tool", "event", "hook", "state", "scope", "agent", "model", "template":
			p.slot = slot
		case "":
			if want := u.wantedArgument(use.Node); isKernelTable(want) {
				p.want = want
			}
		}
		if p.slot == "" && p.want == nil {
			continue
		}
		p.sure = fn.always(x, use.Node) && !inner.indirect && u.refuses(inner, f, at, slot)
		return p
	}
	return p
}

// paramSlot is the provider of parameter number i: what annotations say, or what it is
// passed on to.
func (u *unit) paramSlot(f *types.Func, i int) string {
	if f.Params[i].Slot != "" {
		return f.Params[i].Slot
	}
	if p := u.passedParam(f, i); p != nil {
		return p.slot
	}
	return ""
}

// refuses tells whether a function raises an error for what parameter number i cannot be.
func (u *unit) refuses(s site, f *types.Func, i int, slot string) bool {
	if !fromLibrary(f) {
		p := u.passedParam(f, i)
		return p != nil && p.sure && u.declaredOnce(s.callee, f)
	}
	if slot == "tool" {
		switch f.Name {
		case "Tool.execute", "Tool.invoke", "Tool.start":
		default:
			return false
		}
	}
	return u.certain(s.callee, maxCertain)
}

// isDefault tells whether a write of a parameter keeps what is given: x = x or {}.
func (fn *function) isDefault(x *scope.Variable, n syntax.Node) bool {
	t, vars := fn.u.tree, fn.u.file.Vars()
	targets := t.Parent(n)
	stat := t.Parent(targets)
	if t.Kind(stat) != syntax.AssignStat || t.First(stat) != targets || t.Next(t.First(targets)) != syntax.None {
		return false
	}
	value := t.First(t.Next(targets))
	if t.Kind(value) != syntax.Binary || t.TokenKind(t.Token(value)) != syntax.Or || t.Next(value) != syntax.None {
		return false
	}
	left := t.First(value)
	if t.Kind(left) != syntax.Name {
		return false
	}
	v := vars.Var(left)
	return v != scope.NoVar && vars.Vars[v].Decl == x.Decl
}

// always tells whether each call of the function comes to a use of a parameter, and finds
// there what was given: it stands in a statement of the function's own block that no other
// one can leave before, and nothing could change a table before.
func (fn *function) always(x *scope.Variable, use syntax.Node) bool {
	u, t := fn.u, fn.u.tree
	for _, other := range x.Uses {
		if other.Node == use {
			break
		}
		switch parent := t.Parent(other.Node); t.Kind(parent) {
		case syntax.Unary, syntax.IfClause, syntax.ElseIfClause:
		case syntax.Binary:
			if k := t.TokenKind(t.Token(parent)); k == syntax.And || k == syntax.Or {
				if !other.Write && !fn.isDefault(x, t.First(t.First(t.Parent(t.Parent(parent))))) {
					return false
				}
			}
		case syntax.Index, syntax.IndexKey:
			if t.First(parent) != other.Node || isWritten(t, whole(t, parent)) {
				return false
			}
		case syntax.Args:
			if f := u.calledFunc(u.typeOf(t.First(t.Parent(parent)))); f == nil || !readsOnly(f) {
				return false
			}
		case syntax.ExprList:
			if !other.Write {
				return false
			}
		default:
			return false
		}
	}
	n := use
	for t.Kind(t.Parent(n)) != syntax.Block {
		parent := t.Parent(n)
		switch t.Kind(parent) {
		case syntax.Paren, syntax.Args, syntax.Call, syntax.ExprList, syntax.LocalStat, syntax.AssignStat, syntax.CallStat, syntax.ReturnStat, syntax.Index, syntax.Method:
		case syntax.Binary:
			if k := t.TokenKind(t.Token(parent)); (k == syntax.And || k == syntax.Or) && t.First(parent) != n {
				return false
			}
		default:
			return false
		}
		n = parent
	}
	block := t.Parent(n)
	if t.Parent(block) != fn.body {
		return false
	}
	for stat := t.First(block); stat != n; stat = t.Next(stat) {
		if leaves(t, stat, 0) {
			return false
		}
	}
	return true
}

// leaves tells whether a statement may go elsewhere than to the next one, errors aside.
func leaves(t *syntax.Tree, n syntax.Node, depth int) bool {
	switch t.Kind(n) {
	case syntax.ReturnStat, syntax.GotoStat, syntax.LabelStat, syntax.BadStat:
		return true
	case syntax.FuncBody:
		return false
	}
	if depth > maxPlaceDepth {
		return true
	}
	for c := t.First(n); c != syntax.None; c = t.Next(c) {
		if leaves(t, c, depth+1) {
			return true
		}
	}
	return false
}

// isKernelTable tells whether a type is a table that the kernel describes: parameters of a
// tool, or options.
func isKernelTable(t types.Type) bool {
	o := paramsOf(t)
	return o != nil && (o.Role == types.ToolParams || strings.HasPrefix(o.Name, "llmspell.") && strings.HasPrefix(o.Decl.URI, library.Scheme+":"))
}

// readsOnly tells whether a function neither changes a table that it is given nor keeps
// it: those of the kernel copy what they take.
func readsOnly(f *types.Func) bool {
	if !fromLibrary(f) {
		return false
	}
	name, _, _ := strings.Cut(f.Name, ".")
	switch f.Name {
	case "JSON.array":
		return false
	case "print", "type", "tostring", "tonumber", "pairs", "ipairs", "next", "rawequal", "table.concat", "string.format", "table.getn", "table.maxn", "select", "unpack", "table.unpack", "rawget":
		return true
	}
	switch name {
	case "Tool", "State", "Session", "Event", "Hook", "JSON", "Debug", "Artifact", "Memory", "RAG", "Context", "Replay", "Utils":
		return true
	}
	return f.Special == "tool.execute"
}

// ReadsOnly tells whether the function that an argument is given to neither changes nor
// keeps a table: the kernel's functions copy what they take. It is false where the function
// is not known.
func (s *Snapshot) ReadsOnly(f *File, arg syntax.Node) bool {
	return in(s, f, func(u *unit) bool {
		called, _, ok := u.takerOf(arg)
		return ok && readsOnly(called)
	})
}

// takerOf is the function that an argument is given to, and the number of its parameter.
func (u *unit) takerOf(arg syntax.Node) (f *types.Func, i int, ok bool) {
	args := u.tree.Parent(arg)
	if u.tree.Kind(args) != syntax.Args {
		return nil, 0, false
	}
	s := u.site(u.tree.Parent(args))
	at := 0
	for at < len(s.args) && s.args[at] != arg {
		at++
	}
	f, inner, at := u.calledAt(s, at)
	if f == nil || at < 0 {
		return nil, 0, false
	}
	return f, at + inner.shift(f), true
}

// Reaches tells whether what stands as an argument certainly comes, as it is, to the
// function of the library that Expected and SlotOf speak of: that is called there itself,
// or each call of the user's function passes the argument on to it.
func (s *Snapshot) Reaches(f *File, arg syntax.Node) bool {
	return in(s, f, func(u *unit) bool {
		called, i, ok := u.takerOf(arg)
		if !ok || i < 0 || i >= len(called.Params) {
			return ok && fromLibrary(called)
		}
		p := u.passedParam(called, i)
		if p == nil {
			return true // its own parameter is declared so
		}
		callee := u.tree.First(u.tree.Parent(u.tree.Parent(arg)))
		return p.sure && u.declaredOnce(callee, called)
	})
}

// SlotOfArgument is the provider of the strings that an argument wants, as SlotOf has it for
// strings; not ok if n is none, or wants no name.
func (s *Snapshot) SlotOfArgument(f *File, n syntax.Node) (kind string, ok bool) {
	kind = in(s, f, func(u *unit) string {
		kind, _ := u.slotKind(n)
		return kind
	})
	return kind, kind != ""
}
