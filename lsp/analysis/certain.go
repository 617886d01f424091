package analysis

import (
	"github.com/llmspell/llmspell/lsp/analysis/luacats"
	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/lsp/library"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// Certain tells whether an expression has the type that TypeOf says, and nothing else
// besides. Most types are what some of the code says, which leaves out what nobody knows:
// that is good for completion, and not for saying that something is wrong. Nor is a type
// that rests on a guess of what parameters without annotations are.
func (s *Snapshot) Certain(f *File, n syntax.Node) bool {
	return in(s, f, func(u *unit) bool {
		if !u.certain(n, maxCertain) {
			return false
		}
		u.c.guessing = false
		u.typeOf(n)
		return !u.c.guessing
	})
}

// maxCertain is how far an expression is followed.
const maxCertain = 12

func (u *unit) certain(n syntax.Node, depth int) bool {
	t := u.tree
	if depth == 0 {
		return false
	}
	switch t.Kind(n) {
	case syntax.String, syntax.Number, syntax.True, syntax.False, syntax.Nil, syntax.Table, syntax.Function:
		return true
	case syntax.Paren:
		return u.certain(t.First(n), depth-1)
	case syntax.Name:
		return u.certainName(n, depth)
	case syntax.Binary:
		_, known := u.certainType(n)
		return known
	case syntax.Index, syntax.Method:
		of := t.First(n)
		// What may be nil has its field of the other alternative, or is an error.
		return u.certain(of, depth-1) && u.declaredFields(types.Without(u.typeOf(of), types.Nil))
	case syntax.IndexKey: // an element of a list
		of := t.First(n)
		_, list := u.typeOf(of).(*types.Array)
		return list && u.certain(of, depth-1)
	case syntax.Call:
		callee := t.First(n)
		if !u.certain(callee, depth-1) {
			return false
		}
		f, ok := u.typeOf(callee).(*types.Func)
		if !ok {
			return false
		}
		switch f.Special {
		case "require":
			return true
		case "assert":
			first := t.First(t.Child(n, 1))
			return first != syntax.None && u.certain(first, depth-1)
		case "pcall", "xpcall", "rawget", "select", "unpack", "next", "table.remove", "setmetatable", "getmetatable", "dofile",
			"coroutine.create", "coroutine.wrap", "coroutine.resume", "State.get", "Event.receive", "Event.receive_batch":
			return false // what they give is what others have stored
		}
		fn, ok := f.Origin.(*function)
		return !ok || fn.told && len(fn.gaps) == 0
	}
	return false
}

func (u *unit) certainName(n syntax.Node, depth int) bool {
	v := u.file.Vars().Var(n)
	if !u.neverWritten(n) {
		return false
	}
	if v == scope.NoVar {
		name := u.tree.NameOf(n)
		return u.c.snap == nil || u.c.libraryDefines(name) || u.c.onlyDeclared(name)
	}
	x := &u.file.Vars().Vars[v]
	switch x.Kind {
	case scope.LocalFunction:
		return true
	case scope.Self:
		// That of a method which scripts add to string or table is a text or any table.
		o, ok := u.typeOf(n).(*types.Object)
		return !ok || !library.Standard(o.Decl.URI)
	case scope.Param:
		return u.declaredVar(v) != nil
	case scope.LoopVar:
		return u.certainElement(x, depth)
	case scope.Local:
		if tag := luacats.First[*luacats.TypeTag](u.note(u.tree.Parent(x.Decl))); tag != nil && u.declaredVar(v) != nil {
			return true
		}
		if value := u.initial(x); value != syntax.None {
			return u.certain(value, depth-1)
		}
	}
	return false
}

// certainElement tells whether a loop's variable is an element of a list of which that is
// certain.
func (u *unit) certainElement(x *scope.Variable, depth int) bool {
	t := u.tree
	names := t.Parent(x.Decl)
	if t.Kind(t.Parent(names)) != syntax.GenericFor || t.Child(names, 1) != x.Decl {
		return false
	}
	iterator := t.First(t.Next(names))
	if t.Kind(iterator) != syntax.Call || t.Source(t.First(iterator)) != "ipairs" || !u.neverWritten(t.First(iterator)) || u.file.Vars().Var(t.First(iterator)) != scope.NoVar {
		return false
	}
	of := t.First(t.Child(iterator, 1))
	if of == syntax.None || t.Kind(of) == syntax.Table {
		return false
	}
	_, list := u.typeOf(of).(*types.Array)
	return list && u.certain(of, depth-1)
}

// declaredFields tells whether the fields of a type are what declarations say, not what
// code was seen to store.
func (u *unit) declaredFields(t types.Type) bool {
	switch t := t.(type) {
	case *types.Literal: // of a text: functions of string
		return true
	case types.Basic:
		return t == types.String
	}
	o, ok := t.(*types.Object)
	if !ok {
		return false
	}
	if o.Role != types.NoRole {
		return true
	}
	var seen ascent
	return u.c.complete(o, &seen) && u.c.fieldsKind(o) != InferredFields || o.Name == "Tool"
}
