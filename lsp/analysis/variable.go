package analysis

import (
	"github.com/llmspell/llmspell/lsp/analysis/luacats"
	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// variable is the type of a variable or global where a Name reads, writes or
// declares it.
func (u *unit) variable(n syntax.Node) types.Type {
	v := u.file.Vars().Var(n)
	if v == scope.NoVar {
		return u.narrowed(n, u.overlaid(root{v: v, global: u.tree.Source(n)}, u.global(n)))
	}
	x := &u.file.Vars().Vars[v]
	if x.Decl == n {
		t := u.begins(v)
		if t == types.Nil && x.Kind == scope.Local && u.declaredVar(v) == nil {
			t = u.anywhere(v, u.writes(v)) // what it is declared for
			if t == types.Unknown {
				t = types.Nil
			}
		}
		return u.overlaid(root{v: v}, t)
	}
	u.stores()
	if owner, ok := u.owners[v]; ok && len(u.writes(v)) == 0 {
		return u.receiver(owner, v)
	}
	if class := u.instanceOf[v]; class != nil {
		return u.objectType(class)
	}
	if t := u.declaredVar(v); t != nil {
		if u.isTarget(n) {
			return t
		}
		return u.narrowed(n, u.cast(v, n, t))
	}
	if (u.writtenValue(n) != syntax.None || u.tree.Kind(u.tree.Parent(n)) == syntax.FuncStat) && u.isTarget(n) {
		return u.overlaid(root{v: v}, u.written(n))
	}
	return u.narrowed(n, u.cast(v, n, u.overlaid(root{v: v}, u.correlated(v, n, u.reaching(v, n)))))
}

// receiver is the type of self in a method of owner.
func (u *unit) receiver(owner syntax.Node, v scope.Var) types.Type {
	if t := u.declaredVar(v); t != nil {
		return t
	}
	t := u.typeOf(owner)
	if t != types.Unknown {
		return t
	}
	if f := u.path(owner, false); f != nil && !f.empty() {
		return u.objectType(f)
	}
	return t
}

// objectType is the table at a path, or the class that annotations say it is.
func (u *unit) objectType(f *fields) types.Type {
	if f.parent == nil && f.root.v != scope.NoVar {
		if t := u.declaredVar(f.root.v); t != nil {
			return t
		}
	}
	if tables := u.assigned(f); len(tables) > 0 {
		if t := u.annotatedTable(tables[0]); t != nil {
			return t
		}
	}
	return u.objectAt(f).t
}

// written is the type that a Name is assigned.
func (u *unit) written(n syntax.Node) types.Type {
	t := u.tree
	parent := t.Parent(n)
	if t.Kind(parent) == syntax.FuncStat {
		return u.typeOf(t.Child(parent, 1))
	}
	at := 0
	for c := t.First(parent); c != n; c = t.Next(c) {
		at++
	}
	return u.valueAt(t.Next(parent), at)
}

// declaredVar returns the type that annotations give a variable, or nil.
func (u *unit) declaredVar(v scope.Var) types.Type {
	if len(u.file.Notes().Blocks) == 0 {
		return nil
	}
	return once(u.c, u.declares, v, nil, sameType, func() types.Type { return u.findDeclared(v) })
}

func (u *unit) findDeclared(v scope.Var) types.Type {
	t := u.tree
	x := &u.file.Vars().Vars[v]
	switch x.Kind {
	case scope.Local:
		list := t.Parent(x.Decl)
		b := u.note(list)
		if b == nil {
			return nil
		}
		at := 0
		for c := t.First(list); c != x.Decl && c != syntax.None; c = t.Next(c) {
			at++
		}
		if tag := luacats.First[*luacats.TypeTag](b); tag != nil && at < len(tag.Types) {
			if u.undeclared(tag.Types[at], u.envAt(x.Decl)) {
				return nil
			}
			return u.convert(tag.Types[at], u.envAt(x.Decl))
		}
		if at > 0 {
			return nil
		}
		if class := u.classAbove(b); class != nil {
			return class
		}
		if tag := luacats.First[*luacats.ModuleTag](b); tag != nil {
			return u.c.moduleType(u, tag.Name.Text)
		}
		if tag := luacats.First[*luacats.EnumTag](b); tag != nil {
			return nil
		}
	case scope.Param, scope.Self:
		if x.Kind == scope.Self {
			return nil
		}
		b := u.functionNote(x.Function)
		tag := paramTag(b, x.Name)
		if tag == nil || tag.Type == nil {
			return nil
		}
		u.typeOf(x.Function)
		if u.undeclared(tag.Type, u.generics[x.Function]) {
			return nil
		}
		pt := u.convert(tag.Type, u.generics[x.Function])
		if tag.Optional {
			pt = optional(pt)
		}
		return pt
	case scope.LoopVar:
		b := u.note(x.Decl)
		if tag := paramTag(b, x.Name); tag != nil && tag.Type != nil {
			return u.convert(tag.Type, u.envAt(x.Decl))
		}
		if tag := luacats.First[*luacats.TypeTag](b); tag != nil && len(tag.Types) > 0 {
			return u.convert(tag.Types[0], u.envAt(x.Decl))
		}
	}
	return nil
}

// begins is the type that a variable has where it is declared.
func (u *unit) begins(v scope.Var) types.Type {
	if t := u.declaredVar(v); t != nil {
		return t
	}
	u.stores()
	if class := u.instanceOf[v]; class != nil {
		return u.objectType(class)
	}
	t := u.tree
	x := &u.file.Vars().Vars[v]
	switch x.Kind {
	case scope.Local:
		list := t.Parent(x.Decl)
		at := 0
		for c := t.First(list); c != x.Decl && c != syntax.None; c = t.Next(c) {
			at++
		}
		return u.attributed(u.valueAt(t.Next(list), at), v)
	case scope.LocalFunction:
		return u.typeOf(t.Child(t.Parent(x.Decl), 1))
	case scope.Self:
		return u.receiver(u.owners[v], v)
	case scope.Param:
		if owner, ok := u.owners[v]; ok {
			return u.receiver(owner, v)
		}
		if t := u.parameter(x); t != types.Unknown {
			return t
		}
		if t := u.storedSelf(x); t != types.Unknown {
			return t
		}
		return u.guessed(x)
	case scope.LoopVar:
		return u.loopVar(x)
	}
	return types.Unknown
}

// attributed is t for a variable: the values of numbers and booleans count only if
// it never changes.
func (u *unit) attributed(t types.Type, v scope.Var) types.Type {
	if len(u.writes(v)) > 0 {
		return widened(t)
	}
	return t
}

// overlaid adds to a table made elsewhere what is stored in it through a variable.
func (u *unit) overlaid(r root, t types.Type) types.Type {
	o, ok := t.(*types.Object)
	if !ok {
		return t
	}
	u.stores()
	f := u.storedAt(r)
	if f == nil || len(f.order) == 0 || f.object != nil && f.object.t == o {
		return t
	}
	if origin, ok := o.Origin.(*object); ok {
		for _, p := range origin.parts {
			if p.f == f {
				return t
			}
		}
		if origin.class != nil && r.v != scope.NoVar && u.declaredVar(r.v) != nil {
			return t
		}
	}
	key := overlayKey{f, o}
	over := u.overlays[key]
	if over == nil {
		over = &overlay{}
		u.overlays[key] = over
	}
	if !work(u.c, &over.adds, nil, syntax.None, false, func(a, b bool) bool { return a == b }, func() bool { return u.lacksOf(o, f) }) {
		return t
	}
	if over.object == nil {
		n := u.c.newObject(o.Name, o.Decl)
		n.over = o
		n.t.Doc, n.t.Tool, n.t.Role = o.Doc, o.Tool, o.Role
		n.parts = []part{{u: u, f: f}}
		over.object = n
	}
	return over.object.t
}

// lacksOf tells whether a table lacks a field that is stored, or has another function there.
func (u *unit) lacksOf(o *types.Object, f *fields) bool {
	lacks := false
	for _, name := range f.order { // all: what one field rests on must not depend on the others
		if have := u.c.field(o, name); have == nil || f.isFunction(name) || isAdded(o, have) {
			lacks = true
		}
	}
	return lacks
}

// isAdded tells whether a field is one that files add to a table which another one makes.
func isAdded(t *types.Object, f *types.Field) bool {
	o, ok := t.Origin.(*object)
	return ok && o.own(f.Name) == nil && o.addedField(f.Name) == f
}

// overlay is a table made elsewhere with what is stored in it through a variable.
type overlay struct {
	adds   lazy[bool] // something is stored that the table does not have itself, or that replaces a function
	object *object    // made when it is first needed
}

type overlayKey struct {
	f *fields
	o *types.Object
}
