package analysis

import (
	"slices"

	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// MayExtend tells whether the file may give a library of Lua, or texts, a field of a
// name: it stores one of that name, in whatever table, or gives a library to code that
// stores names which are not known, and has the name somewhere.
func (e *Entry) MayExtend(name string) bool {
	if _, ok := slices.BinarySearch(e.stores, hash(name)); ok {
		return true
	}
	return e.extends && e.mentions(name)
}

// storesOf returns the hashes of the names that a file stores as fields, sorted.
func storesOf(f *File) []uint32 {
	t := f.Tree()
	var list []uint32
	for n := range f.NodesOf(syntax.Index, syntax.Method, syntax.IndexKey, syntax.Call) {
		switch t.Kind(n) {
		case syntax.Index, syntax.Method:
			if isTarget(t, n) {
				list = append(list, hash(t.NameOf(t.Child(n, 1))))
			}
		case syntax.IndexKey:
			if s, ok := t.String(t.Child(n, 1)); ok && isTarget(t, n) {
				list = append(list, hash(s))
			}
		case syntax.Call:
			if args := t.Child(n, 1); t.Source(t.First(n)) == "rawset" && t.Kind(args) == syntax.Args {
				if s, ok := t.String(t.Child(args, 1)); ok {
					list = append(list, hash(s))
				}
			}
		}
	}
	slices.Sort(list)
	return slices.Clip(slices.Compact(list))
}

// MayOverload tells whether the file may give numbers, nil or functions metatables, or that
// of texts operators: by debug.setmetatable, or getmetatable of a text.
func (e *Entry) MayOverload() bool { return e.overloads }

func overloads(f *File) bool {
	t := f.Tree()
	for _, use := range f.Vars().Globals["debug"] {
		at := t.Parent(use.Node)
		if t.Kind(at) != syntax.Index || t.NameOf(t.Child(at, 1)) == "setmetatable" {
			return true
		}
	}
	return metatableOfText(f, f.Vars().Globals["getmetatable"], maxRenamed)
}

// metatableOfText tells whether one of the uses of getmetatable is a call with a text, also by
// the name of a local variable: local getmetatable = getmetatable.
func metatableOfText(f *File, uses []scope.Use, depth int) bool {
	return slices.ContainsFunc(uses, func(u scope.Use) bool {
		if ofText(f.Tree(), u.Node) {
			return true
		}
		v := renamed(f, u.Node)
		return v != scope.NoVar && depth > 0 && metatableOfText(f, f.Vars().Vars[v].Uses, depth-1)
	})
}

// renamed is the local variable that begins with a value, NoVar if none does.
func renamed(f *File, value syntax.Node) scope.Var {
	t := f.Tree()
	list := t.Parent(value)
	stat := t.Parent(list)
	if t.Kind(list) != syntax.ExprList || t.Kind(stat) != syntax.LocalStat {
		return scope.NoVar
	}
	at := 0
	for c := t.First(list); c != value; c = t.Next(c) {
		at++
	}
	name := t.Child(t.First(stat), at)
	if name == syntax.None {
		return scope.NoVar
	}
	return f.Vars().Var(name)
}

// libraries are the globals that hold Lua's own libraries.
func libraries() []string {
	return []string{"string", "table", "math", "os", "io", "coroutine", "debug", "package", "bit32", "utf8"}
}

// extendsLibraries tells whether a file stores names that are not known in a library of
// Lua, or lets a function do it.
func extendsLibraries(f *File) bool {
	for name, uses := range f.Vars().Globals {
		switch {
		case name == "getmetatable":
			if metatableOfText(f, uses, maxRenamed) {
				return true
			}
		case slices.Contains(libraries(), name):
			if opens(f, uses, maxRenamed) {
				return true
			}
		}
	}
	return false
}

// maxRenamed is through how many variables a library is followed.
const maxRenamed = 4

// opens tells whether one of the uses of a library stores a name that is not known, or
// gives it to a function that could.
func opens(f *File, uses []scope.Use, depth int) bool {
	t := f.Tree()
	return slices.ContainsFunc(uses, func(u scope.Use) bool {
		parent := t.Parent(u.Node)
		switch t.Kind(parent) {
		case syntax.IndexKey:
			_, literal := t.String(t.Child(parent, 1))
			return t.First(parent) == u.Node && !literal && isTarget(t, parent)
		case syntax.Args:
			call := t.Parent(parent)
			switch t.Source(t.First(call)) {
			case "pairs", "ipairs", "next", "type", "print", "tostring", "rawget", "assert", "getmetatable":
				return false
			case "rawset":
				_, literal := t.String(t.Child(parent, 1))
				return !literal
			}
			return true
		case syntax.ExprList:
			v := renamed(f, u.Node)
			return v != scope.NoVar && depth > 0 && opens(f, f.Vars().Vars[v].Uses, depth-1)
		}
		return false
	})
}

// ofText tells whether a use of getmetatable is a call with a text: what it gives is the
// table that texts find their methods in.
func ofText(t *syntax.Tree, n syntax.Node) bool {
	call := t.Parent(n)
	if t.Kind(call) != syntax.Call || t.First(call) != n {
		return false
	}
	argument := t.Child(call, 1)
	if t.Kind(argument) == syntax.Args {
		argument = t.First(argument)
	}
	for t.Kind(argument) == syntax.Paren {
		argument = t.First(argument)
	}
	return t.Kind(argument) == syntax.String
}
