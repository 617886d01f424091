package analysis

import (
	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// root is what a path such as a.b.c begins with: a local variable, or a global.
type root struct {
	v      scope.Var // NoVar for a global
	global string
}

// store is one place that gives a field a value.
type store struct {
	// name is the node that names the field: a Name or a String; None for entries.
	name syntax.Node
	// value is the expression, or the FuncBody; in the values of an assignment it is
	// number index of list.
	value, list syntax.Node
	index       int
	key         syntax.Node // of t[key] = value
}

// fields is what one file stores at a path: in a table that a variable holds, or
// in a table in it.
type fields struct {
	u      *unit
	parent *fields // nil for a root
	root   root
	name   string
	order  []string
	named  map[string][]store
	elems  []store // t[#t+1] = v, table.insert(t, v)
	keyed  []store // t[k] = v
	looped []store // those of keyed whose key is a name that a loop goes over, once for each name
	sub    map[string]*fields
	// tables are constructors whose fields are the path's own, though they are not
	// assigned to it: setmetatable({x = 1}, Class).
	tables []syntax.Node
	// metas are the metatables that setmetatable gives it.
	metas []syntax.Node
	// class: its __index is itself, so that its instances have its fields, and
	// theirs are noted here.
	class bool
	// made is how a class library makes it, once that has been asked.
	made      *madeClass
	madeAsked bool

	object *object
}

func (f *fields) at(name string) *fields {
	s := f.sub[name]
	if s == nil {
		s = &fields{u: f.u, parent: f, name: name}
		if f.sub == nil {
			f.sub = map[string]*fields{}
		}
		f.sub[name] = s
	}
	return s
}

func (f *fields) add(name string, s store) {
	if f.named == nil {
		f.named = map[string][]store{}
	}
	if _, ok := f.named[name]; !ok {
		f.order = append(f.order, name)
	}
	f.named[name] = append(f.named[name], s)
}

func (f *fields) empty() bool {
	return f == nil || len(f.order)+len(f.elems)+len(f.keyed)+len(f.tables)+len(f.metas) == 0
}

// merge adds what g has, for an instance of the class f.
func (f *fields) merge(g *fields) {
	if g == nil || g == f {
		return
	}
	for _, name := range g.order {
		for _, s := range g.named[name] {
			f.add(name, s)
		}
	}
	f.elems = append(f.elems, g.elems...)
	f.keyed = append(f.keyed, g.keyed...)
	f.looped = append(f.looped, g.looped...)
	f.tables = append(f.tables, g.tables...)
	for name, s := range g.sub {
		f.at(name).merge(s)
	}
}

// stores finds whose each self is, and what is an instance of a class. What is
// stored at a root is looked for when it is first asked for: most variables of a
// file have nothing to do with a question.
func (u *unit) stores() {
	if u.scanned {
		return
	}
	u.scanned = true
	vars := u.file.Vars()
	u.methods(vars)
	u.instances(vars)
}

// methods notes of each self, hidden or written out, whose it is.
func (u *unit) methods(vars *scope.Info) {
	t := u.tree
	u.owners = map[scope.Var]syntax.Node{}
	u.selves = map[root][]scope.Var{}
	of := map[scope.Var]root{} // by self: the root of its owner
	for v := range vars.Vars {
		x := &vars.Vars[v]
		owner := syntax.None
		switch {
		case x.Kind == scope.Self:
			owner = t.First(t.Parent(x.Decl))
		case x.Kind == scope.Param && x.Name == selfName && t.First(t.Parent(x.Decl)) == x.Decl:
			stat := t.Parent(x.Function)
			if target := t.First(stat); t.Kind(stat) == syntax.FuncStat && t.Kind(target) == syntax.Index {
				owner = t.First(target)
			}
		}
		if owner == syntax.None {
			continue
		}
		u.owners[scope.Var(v)] = owner
		r, ok := u.rootAt(owner)
		if !ok {
			continue
		}
		if outer, nested := of[r.v]; nested { // function self.x:f()
			r = outer
		}
		of[scope.Var(v)] = r
		u.selves[r] = append(u.selves[r], scope.Var(v))
	}
}

// selfName is the parameter that methods have.
const selfName = "self"

// storedAt returns what the file stores at a root, nil if nothing.
func (u *unit) storedAt(r root) *fields {
	if _, done := u.roots[r]; done {
		return u.roots[r]
	}
	u.roots[r] = nil // nothing so far
	vars := u.file.Vars()
	scan := func(uses []scope.Use) {
		for _, use := range uses {
			u.scan(use.Node)
		}
	}
	if r.v != scope.NoVar {
		scan(vars.Vars[r.v].Uses)
	}
	for _, self := range u.selves[r] {
		scan(vars.Vars[self].Uses)
	}
	if r.v == scope.NoVar {
		scan(vars.Globals[r.global])
	}
	return u.roots[r]
}

// rootOf returns the fields of a root; it makes them if create is set.
func (u *unit) rootOf(r root, create bool) *fields {
	if r.v != scope.NoVar {
		if owner, ok := u.owners[r.v]; ok {
			return u.path(owner, create)
		}
	}
	f := u.storedAt(r)
	if f == nil && create {
		f = &fields{u: u, root: r}
		u.roots[r] = f
	}
	return f
}

// maxPath is how many names a path may have whose table is known.
const maxPath = 50

// anyKey stands in a path for a key that is worked out: groups[name].
const anyKey = "[]"

// path returns the fields of a path a.b.c, nil for other expressions.
func (u *unit) path(n syntax.Node, create bool) *fields {
	return u.pathWithin(n, create, maxPath)
}

func (u *unit) pathWithin(n syntax.Node, create bool, most int) *fields {
	t := u.tree
	if most == 0 {
		return nil
	}
	switch t.Kind(n) {
	case syntax.Name:
		v := u.file.Vars().Var(n)
		r := root{v: v}
		if v == scope.NoVar {
			r.global = t.Source(n)
		}
		return u.rootOf(r, create)
	case syntax.Index, syntax.Method, syntax.IndexKey:
		name, ok := u.keyName(n)
		if !ok {
			if t.Kind(n) != syntax.IndexKey {
				return nil
			}
			name = anyKey // all of them are one table
		}
		f := u.pathWithin(t.First(n), create, most-1)
		if f == nil {
			return nil
		}
		if create {
			return f.at(name)
		}
		return f.sub[name]
	}
	return nil
}

// keyName returns the name that an Index, a Method or an IndexKey with a string
// looks up.
func (u *unit) keyName(n syntax.Node) (string, bool) {
	key := u.tree.Child(n, 1)
	switch u.tree.Kind(key) {
	case syntax.Name:
		if u.tree.Kind(n) == syntax.IndexKey {
			return "", false
		}
		return u.tree.Source(key), true
	case syntax.String:
		return u.tree.String(key)
	}
	return "", false
}

// scan looks whether a use of a variable or global is part of a store.
func (u *unit) scan(n syntax.Node) {
	t := u.tree
	object, cur := syntax.None, n
	for {
		parent := t.Parent(cur)
		if k := t.Kind(parent); k != syntax.Index && k != syntax.Method && k != syntax.IndexKey || t.First(parent) != cur {
			break
		}
		object, cur = cur, parent
	}
	parent := t.Parent(cur)
	switch t.Kind(parent) {
	case syntax.FuncStat:
		if object != syntax.None {
			u.put(object, cur, store{value: t.Child(parent, 1)})
		}
	case syntax.ExprList:
		stat := t.Parent(parent)
		if object == syntax.None || t.Kind(stat) != syntax.AssignStat || t.First(stat) != parent {
			return
		}
		s := store{list: t.Child(stat, 1)}
		for c := t.First(parent); c != cur; c = t.Next(c) {
			s.index++
		}
		s.value = t.Child(s.list, s.index)
		u.put(object, cur, s)
	case syntax.Args:
		u.scanCall(t.Parent(parent), parent, cur)
	}
}

// scanCall looks whether a call stores something in its first argument.
func (u *unit) scanCall(call, args, arg syntax.Node) {
	t := u.tree
	if t.First(args) != arg {
		return
	}
	callee := t.First(call)
	switch t.Kind(callee) {
	case syntax.Index:
		if t.Source(callee) != "table.insert" {
			return
		}
		value := t.Next(arg)
		if second := t.Next(value); second != syntax.None {
			value = second
		}
		if f := u.path(arg, true); f != nil && value != syntax.None {
			f.elems = append(f.elems, store{value: value})
		}
	case syntax.Name:
		switch t.Source(callee) {
		case "rawset":
			key := t.Next(arg)
			if value := t.Next(key); value != syntax.None {
				if name, ok := t.String(key); ok {
					if f := u.path(arg, true); f != nil {
						f.add(name, store{name: key, value: value})
					}
				}
			}
		case "setmetatable":
			if meta := t.Next(arg); meta != syntax.None {
				if f := u.path(arg, true); f != nil {
					f.metas = append(f.metas, meta)
				}
			}
		}
	}
}

// put notes that target, a field of object, gets a value.
func (u *unit) put(object, target syntax.Node, s store) {
	t := u.tree
	f := u.path(object, true)
	if f == nil {
		return
	}
	if name, ok := u.keyName(target); ok {
		s.name = t.Child(target, 1)
		f.add(name, s)
		return
	}
	if t.Kind(target) != syntax.IndexKey {
		return
	}
	s.key = t.Child(target, 1)
	if u.isAppend(s.key) {
		f.elems = append(f.elems, s)
		return
	}
	f.keyed = append(f.keyed, s)
	for _, s.name = range u.loopNames(s.key) {
		f.looped = append(f.looped, s)
	}
}

// isAppend tells whether a key is #t + 1.
func (u *unit) isAppend(key syntax.Node) bool {
	t := u.tree
	if t.Kind(key) != syntax.Binary {
		return false
	}
	left := t.First(key)
	return t.Kind(left) == syntax.Unary && t.TokenKind(t.Token(left)) == syntax.Hash
}
