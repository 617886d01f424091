package analysis

import (
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// maxElements is how many elements of a constructor are looked at for their type.
const maxElements = 24

// entries are the types of the entries that have no names: those with the keys 1 to n, and
// the keys and values of others. They are nil if there are none.
type entries struct {
	elem, key, value types.Type
	open             bool // there are some whose keys nobody knows
}

func sameEntries(a, b entries) bool {
	return a.open == b.open && sameType(a.elem, b.elem) && sameType(a.key, b.key) && sameType(a.value, b.value)
}

// entries returns those of the object.
func (o *object) entries() entries {
	return work(o.c, &o.entered, nil, syntax.None, entries{}, sameEntries, o.findEntries)
}

func (o *object) findEntries() (e entries) {
	if o.generic != nil {
		of := o.generic.entries()
		return entries{elem: substitute(of.elem, o.args), key: substitute(of.key, o.args), value: substitute(of.value, o.args)}
	}
	if o.class != nil {
		if elem, key, value := o.class.entries(); elem != nil || key != nil {
			return entries{elem: elem, key: key, value: value}
		}
	}
	var elems, keys, values []types.Type
	appended := false
	keyed := func(u *unit, key syntax.Node, v types.Type) {
		switch k := u.typeOf(key); {
		case k == types.Integer || k == types.Number || isInteger(k):
			elems = append(elems, widened(v))
		case k == types.Unknown:
			e.open = true
			values = append(values, widened(v))
		default:
			keys = append(keys, simple(k))
			values = append(values, widened(v))
		}
	}
	for _, p := range o.parts {
		for _, table := range p.tables {
			p.positional(table, &elems, keyed)
		}
		if p.f == nil {
			continue
		}
		for i, s := range p.f.elems {
			appended = true // others than those that the constructor has
			if i < maxElements {
				elems = append(elems, widened(p.u.stored(s)))
			}
		}
		for i, s := range p.f.keyed {
			if i < maxElements {
				keyed(p.u, s.key, p.u.stored(s))
			}
		}
	}
	if len(elems) > 0 && appended {
		for i := range elems {
			elems[i] = simple(elems[i])
		}
	}
	if len(elems) > 0 {
		e.elem = held(elems)
	}
	if len(values) > 0 {
		e.key, e.value = types.Join(keys...), held(values)
		if len(keys) == 0 {
			e.key = types.Any
		}
	}
	return e
}

// held is the type of what a table holds in entries where that is stored: nil takes them away.
func held(stored []types.Type) types.Type {
	if t := types.Without(types.Join(stored...), types.Nil); t != types.Never {
		return t
	}
	return types.Unknown
}

// positional adds the elements of a constructor that have no names.
func (p part) positional(table syntax.Node, elems *[]types.Type, keyed func(*unit, syntax.Node, types.Type)) {
	t := p.u.tree
	count := 0
	for f := t.First(table); f != syntax.None; f = t.Next(f) {
		switch t.Kind(f) {
		case syntax.PosField:
			if count++; count > maxElements {
				continue
			}
			n := t.First(f)
			if t.Next(f) == syntax.None {
				v := p.u.valuesOf(n)
				for i := range v.list {
					*elems = append(*elems, widened(v.list[i]))
				}
				if v.more != nil {
					*elems = append(*elems, widened(v.more))
				}
				continue
			}
			*elems = append(*elems, widened(p.u.typeOf(n)))
		case syntax.KeyField:
			if _, named := p.u.fieldName(f); !named {
				if count++; count <= maxElements {
					keyed(p.u, t.First(f), p.u.typeOf(t.Child(f, 1)))
				}
			}
		}
	}
}

// simple is a type without literals.
func simple(t types.Type) types.Type {
	switch t := t.(type) {
	case *types.Literal:
		if _, ok := t.Value.(string); ok {
			return types.String
		}
		return widened(t)
	case *types.Union:
		of := make([]types.Type, len(t.Of))
		for i := range t.Of {
			of[i] = simple(t.Of[i])
		}
		return types.Join(of...)
	}
	return t
}
