package analysis

import (
	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// CertainCallee tells whether a Call calls the function that the type of what it calls says,
// whatever the program does.
func (s *Snapshot) CertainCallee(f *File, call syntax.Node) bool {
	return in(s, f, func(u *unit) bool {
		callee := u.tree.First(call)
		fn, ok := u.typeOf(callee).(*types.Func)
		return ok && u.calleeIsCertain(callee, fn)
	})
}

// calleeIsCertain tells whether what is called is that function, and not something else
// that a variable holds by then.
func (u *unit) calleeIsCertain(callee syntax.Node, f *types.Func) bool {
	t := u.tree
	if fn, ok := f.Origin.(*function); ok && !fn.u.file.library {
		return u.declaredOnce(callee, f)
	}
	if !u.certain(callee, maxCertain) {
		return false
	}
	if k := t.Kind(callee); k == syntax.Index || k == syntax.Method {
		root, name := t.First(callee), t.NameOf(t.Child(callee, 1))
		if isText(u.typeOf(root)) && !u.holderNeverWritten(holder{v: scope.NoVar, global: "string", field: name}) {
			return false // ("x"):rep() is what string.rep is
		}
		if t.Kind(root) == syntax.Name {
			return u.fieldNeverWritten(root, name)
		}
	}
	return true
}

// isText tells whether a type is that of strings, whose methods are the fields of string.
func isText(t types.Type) bool {
	switch t := t.(type) {
	case *types.Literal:
		return true
	case types.Basic:
		return t == types.String
	}
	return false
}

// holder is a variable, or a field of what it holds.
type holder struct {
	v             scope.Var // NoVar: of the global
	global, field string
}

// neverWritten tells whether a name is a local with one value, or a global that the file
// does not assign.
func (u *unit) neverWritten(name syntax.Node) bool { return u.fieldNeverWritten(name, "") }

// fieldNeverWritten tells whether the file assigns no field of that name to the table
// that a variable holds: string.trim = … makes another function of it. "" stands for the
// variable itself.
func (u *unit) fieldNeverWritten(root syntax.Node, name string) bool {
	h := holder{v: u.file.Vars().Var(root), field: name}
	if h.v == scope.NoVar {
		h.global = u.tree.NameOf(root)
	}
	return u.holderNeverWritten(h)
}

func (u *unit) holderNeverWritten(h holder) bool {
	r := root{v: h.v}
	if h.v == scope.NoVar {
		r.global = h.global
	}
	to := u.targetsOf(r)
	if h.field == "" {
		return !to.whole
	}
	return to.named[h.field] == 0
}

// declaredOnce tells whether a call names the one function that a statement declares:
// local function f as f, function M.f as M.f with an M that is never assigned again. What
// only may hold it, such as a parameter, an element or x or f, may hold another one.
func (u *unit) declaredOnce(callee syntax.Node, f *types.Func) bool {
	t := u.tree
	fn := f.Origin.(*function)
	stat := fn.u.tree.Parent(fn.body)
	switch fn.u.tree.Kind(stat) {
	case syntax.LocalFunc:
		if t.Kind(callee) != syntax.Name || fn.u.file.URI != u.file.URI {
			return false
		}
		v := u.file.Vars().Var(callee)
		return v != scope.NoVar && t.Parent(u.file.Vars().Vars[v].Decl) == stat && u.neverWritten(callee)
	case syntax.FuncStat:
		if k := t.Kind(callee); k != syntax.Index && k != syntax.Method {
			return false
		}
		target := fn.u.tree.First(stat)
		if t.NameOf(t.Child(callee, 1)) != fn.u.tree.NameOf(fn.u.tree.Child(target, 1)) || !u.heldForSure(t.First(callee)) {
			return false
		}
		if fn.single == 0 {
			fn.single = -1
			if fn.onlyField(stat) {
				fn.single = 1
			}
		}
		return fn.single > 0
	}
	return false
}

// heldForSure tells whether an object of the file is what its type says: a local that
// holds one value all the time, which is a table, a module or what a function returns, or a
// parameter with an annotation.
func (u *unit) heldForSure(n syntax.Node) bool {
	t := u.tree
	if u.certain(n, maxCertain) {
		return true
	}
	if t.Kind(n) != syntax.Name || !u.neverWritten(n) {
		return false
	}
	v := u.file.Vars().Var(n)
	if v == scope.NoVar || u.file.Vars().Vars[v].Kind != scope.Local {
		return false
	}
	return t.Kind(u.initial(&u.file.Vars().Vars[v])) == syntax.Call
}

// onlyField tells whether a function M.f is the only one that the file stores there, with
// an M that is a local and never assigned again, or that a file with @meta declares.
func (fn *function) onlyField(stat syntax.Node) bool {
	target := fn.u.tree.First(stat)
	if fn.u.tree.Kind(target) == syntax.Name {
		return false // a global, which other files may assign
	}
	object := fn.u.tree.First(target)
	if fn.u.tree.Kind(object) != syntax.Name {
		return false
	}
	vars := fn.u.file.Vars()
	r := root{v: vars.Var(object)}
	if r.v == scope.NoVar {
		r.global = fn.u.tree.NameOf(object)
	}
	meta := fn.u.file.Notes().Meta
	if r.v == scope.NoVar && !meta {
		return false // other files may assign it
	}
	to := fn.u.targetsOf(r)
	return (meta || !to.whole) && !to.computed && to.named[fn.u.tree.NameOf(fn.u.tree.Child(target, 1))] == 1
}

// certainType is the type that an expression has whatever the program does.
func (u *unit) certainType(n syntax.Node) (types.Type, bool) { return u.certainWithin(n, 8) }

func (u *unit) certainWithin(n syntax.Node, depth int) (types.Type, bool) {
	t := u.tree
	if depth == 0 {
		return nil, false
	}
	switch t.Kind(n) {
	case syntax.Nil, syntax.True, syntax.False, syntax.Number, syntax.String:
		return u.typeOf(n), true
	case syntax.Table:
		return types.TableType, true
	case syntax.Function:
		return types.FunctionType, true
	case syntax.Paren:
		return u.certainWithin(t.First(n), depth-1)
	case syntax.Unary:
		switch t.TokenKind(t.Token(n)) {
		case syntax.Not:
			return types.Boolean, true
		case syntax.Minus:
			of, ok := u.certainWithin(t.First(n), depth-1)
			return types.Number, ok && typeName(of) == "number"
		}
	case syntax.Binary:
		switch t.TokenKind(t.Token(n)) {
		case syntax.Equal, syntax.NotEqual, syntax.Less, syntax.LessEqual, syntax.Greater, syntax.GreaterEqual:
			return types.Boolean, true
		case syntax.Concat:
			for c := range t.Children(n) {
				if of, ok := u.certainWithin(c, depth-1); !ok || typeName(of) != "string" && typeName(of) != "number" {
					return nil, false // a metamethod may give anything
				}
			}
			return types.String, true
		}
	case syntax.Name:
		v := u.file.Vars().Var(n)
		if v == scope.NoVar || !u.neverWritten(n) {
			return nil, false
		}
		x := &u.file.Vars().Vars[v]
		switch x.Kind {
		case scope.LocalFunction:
			return types.FunctionType, true
		case scope.Local:
			if value := u.initial(x); value != syntax.None {
				return u.certainWithin(value, depth-1)
			}
		}
	}
	return nil, false
}

// CalledBody returns the FuncBody of the function of the file's own that a Call certainly calls; None
// if it is another one, or not certain.
func (s *Snapshot) CalledBody(f *File, call syntax.Node) syntax.Node {
	return in(s, f, func(u *unit) syntax.Node {
		callee := u.tree.First(call)
		t, ok := u.typeOf(callee).(*types.Func)
		if !ok {
			return syntax.None
		}
		fn, ok := t.Origin.(*function)
		if !ok || fn.u.file != f || !u.calleeIsCertain(callee, t) {
			return syntax.None
		}
		return fn.body
	})
}
