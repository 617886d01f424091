package analysis

import (
	"slices"
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// Class libraries make classes by code that no types can follow: they copy methods and make
// metatables as they go. They are known by how they are used, which is the same for all:
//
//	local Dog = class("Dog", Animal)      -- middleclass, and many a program's own function
//	local Dog = Animal:subclass("Dog")    -- middleclass
//	local Dog = Animal:extend()           -- classic, 30log
//	function Dog:bark() … end
//
// Such a class has the fields of its base, which is its super, and calling it, or its new where
// that is not the constructor, makes an instance. Mixins and the library may add anything: no
// field is a mistake, and all that comes of such a class is a guess.

// deriving are the methods of a class that make another one of it.
func deriving() []string { return []string{"extend", "subclass", "derive", "inherit"} }

// constructing are the methods that class libraries call with the arguments for an instance.
func constructing() []string { return []string{"initialize", "init", "_init", "new"} }

// madeClass is how a class library makes a class.
type madeClass struct {
	call syntax.Node
	base syntax.Node // the class that it is made of, or None
	// named: it is given a name, as by the libraries whose instances know their class.
	named bool
}

// madeAt returns how a class library makes the table at a path, nil if none does.
func (u *unit) madeAt(f *fields) *madeClass {
	if !f.madeAsked {
		f.madeAsked = true
		if f.hasMethods() {
			f.made = u.madeClass(u.onlyValue(f))
		}
		if f.made != nil {
			f.class = true
			for _, a := range u.site(f.made.call).args {
				if u.tree.Kind(a) == syntax.Table {
					f.hold(a) // fields that the class begins with
				}
			}
		}
	}
	return f.made
}

// hasMethods tells whether the file says function X:name() or function X.name() of a path.
func (f *fields) hasMethods() bool {
	for _, stores := range f.named {
		for _, s := range stores {
			if f.u.tree.Kind(s.value) == syntax.FuncBody {
				return true
			}
		}
	}
	return false
}

// onlyValue is the expression that a path is given, None if there are several, or none.
func (u *unit) onlyValue(f *fields) syntax.Node {
	switch {
	case f.parent != nil:
		if s := f.parent.named[f.name]; len(s) == 1 {
			return s[0].value
		}
	case f.root.v != scope.NoVar:
		if x := &u.file.Vars().Vars[f.root.v]; x.Kind == scope.Local && len(u.writes(f.root.v)) == 0 {
			return u.initial(x)
		}
	default:
		value := syntax.None
		for _, use := range u.file.Vars().Globals[f.root.global] {
			if !use.Write {
				continue
			}
			if value != syntax.None {
				return syntax.None
			}
			value = u.writtenValue(use.Node)
		}
		return value
	}
	return syntax.None
}

// madeClass returns how a class library makes a class by a call, nil if the node is no such
// call.
func (u *unit) madeClass(n syntax.Node) *madeClass {
	t := u.tree
	if t.Kind(n) != syntax.Call {
		return nil
	}
	s := u.site(n)
	if s.colon {
		if !slices.Contains(deriving(), t.Source(t.Child(s.callee, 1))) {
			return nil
		}
		return &madeClass{call: n, base: t.First(s.callee), named: len(s.args) > 0 && t.Kind(s.args[0]) == syntax.String}
	}
	if !u.namesLibrary(s.callee) {
		return nil
	}
	m := &madeClass{call: n}
	for _, a := range s.args {
		switch t.Kind(a) {
		case syntax.Name, syntax.Index:
			if m.base == syntax.None {
				m.base = a
			}
		case syntax.String:
			m.named = true
		case syntax.Table:
			if s, ok := u.constructed(a, "__includes"); ok && t.Kind(s.value) != syntax.Table {
				m.base = s.value
			}
		}
	}
	return m
}

// namesLibrary tells whether a function is called class, or is what a module gives that is
// named like a class library.
func (u *unit) namesLibrary(callee syntax.Node) bool {
	t := u.tree
	name := callee
	if t.Kind(callee) == syntax.Index {
		name = t.Child(callee, 1)
	}
	if t.Kind(name) != syntax.Name {
		return false
	}
	if strings.EqualFold(t.Source(name), "class") {
		return true
	}
	v := u.file.Vars().Var(callee)
	if v < 0 || u.file.Vars().Vars[v].Kind != scope.Local {
		return false
	}
	call := u.initial(&u.file.Vars().Vars[v])
	if t.Kind(call) != syntax.Call || t.Source(t.First(call)) != "require" {
		return false
	}
	args := u.site(call).args
	if len(args) != 1 {
		return false
	}
	module, _ := t.String(args[0])
	module = module[strings.LastIndexAny(module, "./")+1:]
	return slices.Contains([]string{"class", "middleclass", "30log"}, strings.ToLower(module))
}

// madeBy returns the class that a class library makes by a call, nil if it makes none.
func (u *unit) madeBy(call syntax.Node) *fields {
	t := u.tree
	list := t.Parent(call)
	if t.Kind(list) != syntax.ExprList || u.madeClass(call) == nil {
		return nil
	}
	u.stores()
	f := u.targetOf(list, call)
	if f == nil {
		return nil
	}
	if m := u.madeAt(f); m == nil || m.call != call {
		return nil
	}
	return f
}

// told tells whether annotations say what a function returns.
func told(t types.Type) bool {
	f, ok := t.(*types.Func)
	if !ok {
		return false
	}
	fn, ok := f.Origin.(*function)
	return ok && fn.told
}

// made is how a class library makes the object, with its file; nil if none does.
func (o *object) made() (*unit, *madeClass) {
	for _, p := range o.parts {
		if p.f == nil {
			continue
		}
		if m := p.u.madeAt(p.f); m != nil {
			return p.u, m
		}
	}
	return nil, nil
}

// super is the class that a class library has made the object of, or nil.
func (o *object) super() *types.Object {
	u, m := o.made()
	if m == nil || m.base == syntax.None {
		return nil
	}
	base, _ := u.typeOf(m.base).(*types.Object)
	if base == o.t {
		return nil
	}
	return base
}

// libraryField is a field that a class library gives a class: its super, the class of instances,
// and new, unless that is its constructor.
func (o *object) libraryField(name string) *types.Field {
	u, m := o.made()
	if m == nil {
		return nil
	}
	switch name {
	case "super":
		if base := o.super(); base != nil {
			return &types.Field{Name: name, Type: base, Decl: u.location(m.base)}
		}
	case "class":
		if m.named {
			return &types.Field{Name: name, Type: o.t, Decl: o.t.Decl}
		}
	case "new":
		if as, f := o.constructor(); f != nil && as != "new" {
			maker := o.maker()
			maker.Self = true
			return &types.Field{Name: name, Type: maker, Decl: maker.Decl}
		}
	}
	return nil
}

// libraryNames are the names of the fields that a class library gives the object.
func (o *object) libraryNames() []string {
	var list []string
	for _, name := range []string{"new", "class", "super"} {
		if o.libraryField(name) != nil {
			list = append(list, name)
		}
	}
	return list
}

// constructor is the method that gets the arguments for an instance, of the class or its
// bases, and its name; nil if nobody knows.
func (o *object) constructor() (string, *types.Func) {
	at := o
	for range maxParents {
		for _, name := range constructing() {
			if stores := at.stores(name); len(stores) > 0 {
				if f, ok := at.inferred(name, stores).Type.(*types.Func); ok {
					return name, f
				}
			}
		}
		base := at.super()
		if base == nil {
			break
		}
		next, ok := base.Origin.(*object)
		if !ok {
			break
		}
		at = next
	}
	return "", nil
}

// maker is the function that makes an instance of a class of a class library.
func (o *object) maker() *types.Func {
	maker := &types.Func{Name: o.t.Name, Decl: o.t.Decl, Vararg: types.Any, Results: []types.Result{{Type: o.t}}}
	if _, f := o.constructor(); f != nil {
		maker.Doc, maker.Decl = f.Doc, f.Decl
		maker.Params, maker.Vararg = f.Params, f.Vararg
	}
	return maker
}
