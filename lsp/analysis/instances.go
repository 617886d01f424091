package analysis

import (
	"slices"

	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// instances finds the classes of the file, which are tables whose __index is
// themselves, and adds to their fields those of their instances: the variables and
// constructors that setmetatable gives such a class.
func (u *unit) instances(vars *scope.Info) {
	t := u.tree
	classes := map[*fields]bool{}
	for _, use := range vars.Globals["setmetatable"] {
		call := t.Parent(use.Node)
		if t.Kind(call) != syntax.Call || t.First(call) != use.Node {
			continue
		}
		first := t.First(t.Child(call, 1))
		class := u.metaClass(t.Next(first))
		if class == nil || u.derives(class, first, call) {
			continue
		}
		if t.Kind(first) == syntax.Table {
			class.hold(first)
		}
		u.adopt(class, first, call)
		classes[class] = true
	}
	for class := range classes {
		class.sort()
	}
}

// sort orders fields by where they are first stored.
func (f *fields) sort() {
	for _, s := range f.named {
		slices.SortStableFunc(s, func(a, b store) int { return int(a.name - b.name) })
	}
	slices.SortStableFunc(f.order, func(a, b string) int { return int(f.named[a][0].name - f.named[b][0].name) })
}

// metaClass returns the class that a metatable is, or nil.
func (u *unit) metaClass(meta syntax.Node) *fields {
	if k := u.tree.Kind(meta); k != syntax.Name && k != syntax.Index {
		return nil
	}
	if f := u.path(meta, false); f != nil && u.isClass(f) {
		return f
	}
	return nil
}

// isClass tells whether the __index of a table is itself, and notes it.
func (u *unit) isClass(f *fields) bool {
	if !f.class {
		for _, s := range f.named["__index"] {
			if s.value != syntax.None && u.path(s.value, false) == f {
				f.class = true
			}
		}
	}
	return f.class || u.madeAt(f) != nil
}

// adopt makes the variable that is, or gets, an instance one of the class's.
func (u *unit) adopt(class *fields, first, call syntax.Node) {
	t := u.tree
	if t.Kind(first) == syntax.Name {
		u.redirect(class, first)
	}
	switch list := t.Parent(call); t.Kind(list) {
	case syntax.ExprList:
		at := 0
		for c := t.First(list); c != call; c = t.Next(c) {
			at++
		}
		stat := t.Parent(list)
		if k := t.Kind(stat); k != syntax.LocalStat && k != syntax.AssignStat || t.First(stat) == list {
			return
		}
		if target := t.Child(t.First(stat), at); t.Kind(target) == syntax.Name {
			u.redirect(class, target)
		}
	}
}

// redirect makes a local variable's fields those of its class.
func (u *unit) redirect(class *fields, name syntax.Node) {
	v := u.file.Vars().Var(name)
	if v == scope.NoVar {
		return
	}
	if _, self := u.owners[v]; self {
		return
	}
	r := root{v: v}
	old := u.storedAt(r)
	if old == class {
		return
	}
	if old != nil {
		if old.class {
			return // a class that has a metatable is not its instance
		}
		class.merge(old)
	}
	u.roots[r] = class
	u.instanceOf[v] = class
	// o = o or {}: the constructor's fields are the instance's too.
	for _, table := range u.tablesOfVar(v) {
		class.hold(table)
	}
}

// hold adds a constructor whose fields are the path's.
func (f *fields) hold(table syntax.Node) {
	if !slices.Contains(f.tables, table) {
		f.tables = append(f.tables, table)
	}
}

// assigned returns the constructors that are assigned to a path.
func (u *unit) assigned(f *fields) []syntax.Node {
	var found []syntax.Node
	switch {
	case f.parent != nil && f.name == anyKey:
		for _, s := range f.parent.keyed {
			if table := u.tableIn(s.value); table != syntax.None {
				found = append(found, table)
			}
		}
	case f.parent != nil:
		for _, s := range f.parent.named[f.name] {
			if table := u.tableIn(s.value); table != syntax.None {
				found = append(found, table)
			}
		}
		for _, outer := range u.assigned(f.parent) {
			if s, ok := u.constructed(outer, f.name); ok {
				if table := u.tableIn(s.value); table != syntax.None {
					found = append(found, table)
				}
			}
		}
	case f.root.v != scope.NoVar:
		found = u.tablesOfVar(f.root.v)
	default:
		for _, use := range u.file.Vars().Globals[f.root.global] {
			if use.Write {
				if table := u.tableIn(u.writtenValue(use.Node)); table != syntax.None {
					found = append(found, table)
				}
			}
		}
	}
	return append(found, f.tables...)
}

// tablesOfVar returns the constructors that a variable is given.
func (u *unit) tablesOfVar(v scope.Var) []syntax.Node {
	x := &u.file.Vars().Vars[v]
	var found []syntax.Node
	if x.Kind == scope.Local {
		if table := u.tableIn(u.initial(x)); table != syntax.None {
			found = append(found, table)
		}
	}
	for _, use := range x.Uses {
		if use.Write {
			if table := u.tableIn(u.writtenValue(use.Node)); table != syntax.None {
				found = append(found, table)
			}
		}
	}
	return found
}

// initial returns the expression that a local variable begins with, or None.
func (u *unit) initial(x *scope.Variable) syntax.Node {
	t := u.tree
	names := t.Parent(x.Decl)
	at := 0
	for c := t.First(names); c != x.Decl && c != syntax.None; c = t.Next(c) {
		at++
	}
	return t.Child(t.Next(names), at)
}

// writtenValue returns the expression that a Name is assigned, or None.
func (u *unit) writtenValue(name syntax.Node) syntax.Node {
	t := u.tree
	list := t.Parent(name)
	if t.Kind(list) != syntax.ExprList {
		return syntax.None
	}
	at := 0
	for c := t.First(list); c != name; c = t.Next(c) {
		at++
	}
	return t.Child(t.Next(list), at)
}

// tableIn returns the constructor that an expression gives: {}, (x or {}),
// setmetatable({}, …).
func (u *unit) tableIn(n syntax.Node) syntax.Node {
	t := u.tree
	for {
		switch t.Kind(n) {
		case syntax.Table:
			return n
		case syntax.Paren:
			n = t.First(n)
		case syntax.Binary:
			if op := t.TokenKind(t.Token(n)); op != syntax.Or && op != syntax.And {
				return syntax.None
			}
			n = t.Child(n, 1)
		case syntax.Call:
			if callee := t.First(n); t.Kind(callee) != syntax.Name || t.Source(callee) != "setmetatable" {
				return syntax.None
			}
			n = t.First(t.Child(n, 1))
		default:
			return syntax.None
		}
	}
}

// constructed returns what a constructor gives a field of a name.
func (u *unit) constructed(table syntax.Node, name string) (store, bool) {
	t := u.tree
	if index, ok := u.tables[table]; ok {
		s, ok := index[name]
		return s, ok
	}
	count := 0
	for f := t.First(table); f != syntax.None; f = t.Next(f) {
		if have, ok := u.fieldName(f); ok && have == name {
			return store{name: t.First(f), value: t.Child(f, 1)}, true
		}
		if count++; count > maxScanned {
			u.indexTable(table)
			return u.constructed(table, name)
		}
	}
	return store{}, false
}

// maxScanned is how many fields of a constructor are gone through one by one.
const maxScanned = 32

// indexTable notes the fields of a large constructor by their names.
func (u *unit) indexTable(table syntax.Node) {
	t := u.tree
	index := map[string]store{}
	for f := t.First(table); f != syntax.None; f = t.Next(f) {
		if name, ok := u.fieldName(f); ok {
			if _, again := index[name]; !again {
				index[name] = store{name: t.First(f), value: t.Child(f, 1)}
			}
		}
	}
	if u.tables == nil {
		u.tables = map[syntax.Node]map[string]store{}
	}
	u.tables[table] = index
}

// fieldName returns the name that a NameField, or a KeyField with a string, has.
func (u *unit) fieldName(f syntax.Node) (string, bool) {
	t := u.tree
	switch t.Kind(f) {
	case syntax.NameField:
		if name := t.First(f); t.Kind(name) == syntax.Name {
			return t.Source(name), true
		}
	case syntax.KeyField:
		return t.String(t.First(f))
	}
	return "", false
}

// home returns the fields of the path that a constructor is assigned to, or nil.
func (u *unit) home(table syntax.Node) *fields {
	u.stores()
	t := u.tree
	n := table
	for {
		parent := t.Parent(n)
		switch t.Kind(parent) {
		case syntax.Paren:
		case syntax.Binary:
			if op := t.TokenKind(t.Token(parent)); (op != syntax.Or && op != syntax.And) || t.First(parent) == n {
				return nil
			}
		case syntax.Args:
			call := t.Parent(parent)
			if callee := t.First(call); t.First(parent) != n || t.Kind(callee) != syntax.Name || t.Source(callee) != "setmetatable" {
				return nil
			}
			if class := u.metaClass(t.Next(n)); class != nil && !u.derives(class, n, call) {
				return class
			}
			parent = call
		case syntax.NameField, syntax.KeyField:
			name, ok := u.fieldName(parent)
			if !ok || t.Child(parent, 1) != n {
				return nil
			}
			if f := u.home(t.Parent(parent)); f != nil {
				return f.sub[name]
			}
			return nil
		case syntax.ExprList:
			return u.targetOf(parent, n)
		default:
			return nil
		}
		n = parent
	}
}

// targetOf returns the fields of what value n of a list is assigned to.
func (u *unit) targetOf(list, n syntax.Node) *fields {
	t := u.tree
	stat := t.Parent(list)
	if k := t.Kind(stat); k != syntax.LocalStat && k != syntax.AssignStat || t.First(stat) == list {
		return nil
	}
	target := t.First(t.First(stat))
	for c := t.First(list); c != n; c = t.Next(c) {
		target = t.Next(target)
	}
	if target == syntax.None {
		return nil
	}
	return u.path(target, false)
}
