package analysis

import (
	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// bases are where fields are looked for that an object lacks.
type bases struct {
	list []types.Type
	open bool       // it may have fields that nobody can name
	call types.Type // what calling the object does, or nil
}

func sameBases(a, b bases) bool {
	return a.open == b.open && sameType(a.call, b.call) && sameTypes(a.list, b.list)
}

// parents returns the bases of the object.
func (o *object) parents() bases {
	return work(o.c, &o.based, nil, syntax.None, bases{}, sameBases, o.findParents)
}

func (o *object) findParents() (b bases) {
	if o.generic != nil {
		of := o.generic.parents()
		for _, t := range of.list {
			b.list = append(b.list, substitute(t, o.args))
		}
		return b
	}
	if o.over != nil {
		b.list = append(b.list, o.over)
	}
	if o.class != nil {
		b.list = append(b.list, o.class.parents()...)
	}
	if _, made := o.made(); made != nil {
		b.open = true
		if base := o.super(); base != nil {
			b.list = append(b.list, base)
		}
	}
	for _, m := range o.metas() {
		switch t := m.u.metaField(m.n, "__index").(type) {
		case *types.Object:
			if t != o.t {
				b.list = append(b.list, t)
			}
		case *types.Func:
			b.open = true
			for _, in := range lookedUpIn(t) {
				if in != o.t {
					b.list = append(b.list, in)
				}
			}
		case types.Basic:
			b.open = true
		}
		if t := m.u.metaField(m.n, "__call"); t != nil {
			b.call = withoutFirst(t)
		}
	}
	return b
}

// lookedUpIn are the tables in which an __index function looks for what it is asked for:
// function(t, k) return methods[k] end.
func lookedUpIn(f *types.Func) (tables []*types.Object) {
	fn, ok := f.Origin.(*function)
	if !ok {
		return nil
	}
	u, t, vars := fn.u, fn.u.tree, fn.u.file.Vars()
	key := vars.Var(t.Child(t.First(fn.body), 1))
	if key == scope.NoVar || written(&vars.Vars[key]) {
		return nil
	}
	var look func(n syntax.Node)
	look = func(n syntax.Node) {
		switch t.Kind(n) {
		case syntax.Binary: // methods[k] or fields[k]
			if t.TokenKind(t.Token(n)) == syntax.Or {
				look(t.First(n))
				look(t.Next(t.First(n)))
			}
		case syntax.IndexKey:
			of, by := t.First(n), t.Child(n, 1)
			if t.Kind(of) == syntax.Name && t.Kind(by) == syntax.Name && vars.Var(by) == key {
				if o, ok := u.typeOf(of).(*types.Object); ok {
					tables = append(tables, o)
				}
			}
		}
	}
	for _, stat := range u.returnsOf(fn.body) {
		look(t.First(t.First(stat)))
	}
	return tables
}

type metatable struct {
	u *unit
	n syntax.Node
}

// metas returns the metatables of the object.
func (o *object) metas() []metatable {
	var list []metatable
	for _, p := range o.parts {
		if p.f != nil {
			for _, m := range p.f.metas {
				list = append(list, metatable{p.u, m})
			}
		}
		for _, table := range p.tables {
			args := p.u.tree.Parent(table)
			if p.u.tree.Kind(args) != syntax.Args || p.u.tree.First(args) != table {
				continue
			}
			callee := p.u.tree.First(p.u.tree.Parent(args))
			if p.u.tree.Source(callee) == "setmetatable" {
				if m := p.u.tree.Next(table); m != syntax.None {
					list = append(list, metatable{p.u, m})
				}
			}
		}
	}
	return list
}

// metaField returns the type of a metatable's field, or nil.
func (u *unit) metaField(meta syntax.Node, name string) types.Type {
	if u.tree.Kind(meta) == syntax.Table {
		if s, ok := u.constructed(meta, name); ok {
			return u.typeOf(s.value)
		}
		return nil
	}
	o, ok := u.typeOf(meta).(*types.Object)
	if !ok {
		return nil
	}
	if f := u.c.field(o, name); f != nil {
		return f.Type
	}
	return nil
}

// operator returns what a metamethod of the object gives, or nil.
func (o *object) operator(name, event string) types.Type {
	if o.class != nil {
		if t := o.class.operator(name); t != nil {
			return t
		}
	}
	check := func(t types.Type) types.Type {
		if f, ok := t.(*types.Func); ok {
			return first(o.c.resultsOf(f))
		}
		return nil
	}
	if f := o.own(event); f != nil {
		return check(f.Type)
	}
	for _, m := range o.metas() {
		if t := m.u.metaField(m.n, event); t != nil {
			return check(t)
		}
	}
	return nil
}

// callable returns what calling the object does, or nil.
func (o *object) callable() types.Type {
	var seen ascent
	return o.callableAt(&seen)
}

func (o *object) callableAt(seen *ascent) types.Type {
	if !seen.visit(o.t) {
		return nil
	}
	if o.generic != nil {
		return substitute(o.generic.callableAt(seen), o.args)
	}
	parents := o.parents()
	if parents.call != nil {
		return parents.call
	}
	if _, made := o.made(); made != nil {
		return o.maker()
	}
	if o.class == nil {
		return nil // __call is looked for in the metatable alone
	}
	if t := o.class.callable(); t != nil {
		return t
	}
	for _, p := range parents.list {
		base, ok := p.(*types.Object)
		if !ok {
			continue
		}
		if from, ok := base.Origin.(*object); ok && from.class != nil {
			if t := from.callableAt(seen); t != nil {
				return t
			}
		}
	}
	return nil
}
