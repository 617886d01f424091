package analysis

import (
	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// in runs f with the unit of a file, alone.
func in[T any](s *Snapshot, f *File, ask func(u *unit) T) T {
	s.shared.mu.Lock()
	defer s.shared.mu.Unlock()
	return ask(s.checker.unit(f))
}

// Marked returns f with syntax.Marker at an offset, and the node that has it: a Name,
// a String, or what is around a comment. Completion asks about it. The file has
// its own positions: what is behind the offset is moved by the marker's length.
func (s *Snapshot) Marked(f *File, offset int) (*File, syntax.Node) {
	offset = max(0, min(offset, len(f.text)))
	var tree *syntax.Tree
	var n syntax.Node
	last := f.before.Load()
	if last != nil && f.read.Load() == nil && !last.tree.Shares() {
		// Both would have to be parsed: the file's own tree is not asked for yet.
		tree, n = syntax.ParseAt(f.text, offset)
		last = nil
	} else {
		tree, n = f.Tree().Mark(offset)
		last = &before{f.tree, f.base}
	}
	m := &File{URI: f.URI, Path: f.Path, Version: f.Version, text: tree.Text(), library: f.library, marked: true, tree: tree}
	m.before.Store(last)
	return m, n
}

// TypeOf returns the type of an expression or Name, Unknown for all other nodes. It
// is never nil.
func (s *Snapshot) TypeOf(f *File, n syntax.Node) types.Type {
	return in(s, f, func(u *unit) types.Type { return public(u.typeOf(n)) })
}

// ValuesOf returns the types of all values of an expression, and that of any number
// of further ones, nil for none.
func (s *Snapshot) ValuesOf(f *File, n syntax.Node) (list []types.Type, more types.Type) {
	v := in(s, f, func(u *unit) values { return u.valuesOf(n) })
	return v.list, v.more
}

// public is a type without what only the analysis knows.
func public(t types.Type) types.Type {
	if t == nil {
		return types.Unknown
	}
	return t
}

// Expected returns the type that the place of n wants: the parameter's that an
// argument is for, the field's that a value in a table is for, the declared type
// of what is assigned or returned. It is Unknown where anything will do.
func (s *Snapshot) Expected(f *File, n syntax.Node) types.Type {
	return in(s, f, func(u *unit) types.Type { return u.expected(n) })
}

// Members returns all fields of a type, own ones before inherited ones, in the order
// of declaration; the functions of the string library for strings.
func (s *Snapshot) Members(t types.Type) []Member {
	s.shared.mu.Lock()
	defer s.shared.mu.Unlock()
	return s.checker.members(t)
}

// Field returns the field of a type by its name, inherited or not, nil if none is
// known of.
func (s *Snapshot) Field(t types.Type, name string) *types.Field {
	s.shared.mu.Lock()
	defer s.shared.mu.Unlock()
	return s.checker.field(t, name)
}

// Complete tells whether all fields of a type are known, so that another name is a
// mistake. It is false wherever anything is in doubt: for what a function was given
// without annotations, tables with computed keys, __index functions.
func (s *Snapshot) Complete(t types.Type) bool {
	s.shared.mu.Lock()
	defer s.shared.mu.Unlock()
	var seen ascent
	return s.checker.complete(t, &seen)
}

func (c *checker) complete(t types.Type, seen *ascent) bool {
	switch t := t.(type) {
	case *types.Object:
		if !seen.visit(t) {
			return true // it counts where it was met first
		}
		if t.Name == "Tool" || t.Name == anyParams {
			return false // tools come and go
		}
		o, ok := t.Origin.(*object)
		if !ok {
			_, key, _ := t.Entries()
			if key != nil {
				return false
			}
			if t.Closed || t.Role != types.NoRole {
				return true
			}
			bases := t.Bases() // of a handle, whose methods say more than its class
			for _, p := range bases {
				if !c.complete(p, seen) {
					return false
				}
			}
			return len(bases) > 0
		}
		parents := o.parents()
		e := o.entries()
		if parents.open || e.open || e.key != nil {
			return false
		}
		for _, p := range parents.list {
			if p != types.Type(types.Userdata) && !c.complete(p, seen) {
				return false
			}
		}
		return true
	case *types.Union:
		for _, of := range t.Of {
			if of != types.Nil && !c.complete(of, seen) {
				return false
			}
		}
		return true
	case *types.Literal:
		_, ok := t.Value.(string)
		return ok
	case types.Basic:
		return t == types.String
	}
	return false
}

// Assignable tells whether a value of one type may be given where another is
// wanted. It is true wherever that is not known.
func (s *Snapshot) Assignable(got, want types.Type) bool {
	s.shared.mu.Lock()
	defer s.shared.mu.Unlock()
	return assignable(got, want, 0)
}

// KnownGlobal tells whether anything defines a global: the file, another file, the
// library, the configuration.
func (s *Snapshot) KnownGlobal(f *File, name string) bool {
	return in(s, f, func(u *unit) bool { return s.checker.knownGlobal(u, name) })
}

// Globals returns the library's global variables and those that open files and the
// index define, in no order. f, which may be nil, stands for the open file of its
// URI: it may be one that Marked has made.
func (s *Snapshot) Globals(f *File) []string {
	seen := map[string]bool{}
	var names []string
	add := func(name string) {
		if !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
	}
	files := append(s.Open(), s.shared.library.librarySorted...)
	for _, file := range files {
		if f != nil && file.URI == f.URI {
			file = f
		}
		for name, uses := range file.Vars().Globals {
			for _, use := range uses {
				if use.Write {
					add(name)
					break
				}
			}
		}
	}
	for name := range s.disk.globals {
		add(name)
	}
	return names
}

// GlobalType returns the type of a global as a file sees it.
func (s *Snapshot) GlobalType(f *File, name string) types.Type {
	return in(s, f, func(u *unit) types.Type {
		return u.globalType(name)
	})
}

// VarType returns the type that a local variable has at its declaration.
func (s *Snapshot) VarType(f *File, v scope.Var) types.Type {
	return in(s, f, func(u *unit) types.Type { return u.begins(v) })
}

// CallAt says what is called around an offset, for signature help and completion in
// tables; not ok if nothing is.
func (s *Snapshot) CallAt(f *File, offset int) (*Call, bool) {
	c := in(s, f, func(u *unit) *Call { return u.callAt(offset) })
	return c, c != nil
}

// CalledFunc returns the function that a Call node calls, with the overload that its
// arguments choose, nil if it is not known.
func (s *Snapshot) CalledFunc(f *File, call syntax.Node) *types.Func {
	return in(s, f, func(u *unit) *types.Func {
		if u.tree.Kind(call) != syntax.Call {
			return nil
		}
		site := u.site(call)
		fn := u.calledFunc(u.typeOf(site.callee))
		if fn == nil {
			return nil
		}
		return u.choose(site, fn)
	})
}

// ParameterOf returns the parameter that an argument is given to, and the function;
// not ok if it is not known. An argument in the varargs has a parameter named "...".
func (s *Snapshot) ParameterOf(f *File, arg syntax.Node) (types.Parameter, *types.Func, bool) {
	type answer struct {
		p  types.Parameter
		f  *types.Func
		ok bool
	}
	a := in(s, f, func(u *unit) (a answer) {
		if u.tree.Kind(u.tree.Parent(arg)) != syntax.Args {
			return a
		}
		fn, site, at := u.calledAt(u.argumentSite(arg))
		if fn == nil || at < 0 {
			return a
		}
		switch i := at + site.shift(fn); {
		case i < 0:
		case i < len(fn.Params):
			a = answer{fn.Params[i], fn, true}
		case fn.Vararg != nil:
			a = answer{types.Parameter{Name: "...", Type: fn.Vararg}, fn, true}
		}
		return a
	})
	return a.p, a.f, a.ok
}

// LibraryGlobal returns the type of a global that the library defines, nil for all
// others.
func (s *Snapshot) LibraryGlobal(name string) types.Type {
	s.shared.mu.Lock()
	defer s.shared.mu.Unlock()
	if !s.checker.libraryDefines(name) {
		return nil
	}
	return s.shared.library.global(name)
}

// TypeNamed returns the class, alias or enum of a name, Unknown if there is none.
func (s *Snapshot) TypeNamed(name string) types.Type {
	s.shared.mu.Lock()
	defer s.shared.mu.Unlock()
	return s.checker.typeNamed(name)
}

// Parents returns what a type inherits from: base classes, and the __index of its
// metatable.
func (s *Snapshot) Parents(t types.Type) []types.Type {
	s.shared.mu.Lock()
	defer s.shared.mu.Unlock()
	o, ok := t.(*types.Object)
	if !ok {
		return nil
	}
	if from, ok := o.Origin.(*object); ok {
		return from.parents().list
	}
	return o.Bases()
}
