package analysis

import (
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// elementsOf returns the types of the elements of a constructor one by one, nil if
// the table is more than a constructor.
func (c *checker) elementsOf(t *types.Object) []types.Type {
	o, ok := t.Origin.(*object)
	if !ok || len(o.parts) != 1 || o.parts[0].f != nil || len(o.parts[0].tables) != 1 {
		return nil
	}
	u := o.parts[0].u
	var list []types.Type
	for f := u.tree.First(o.parts[0].tables[0]); f != syntax.None; f = u.tree.Next(f) {
		if u.tree.Kind(f) != syntax.PosField || len(list) == maxElements {
			return nil
		}
		list = append(list, widened(u.typeOf(u.tree.First(f))))
	}
	return list
}

// metaPairs is what a table's own iterator gives, nil if it has none.
func (c *checker) metaPairs(*types.Object) *values { return nil }

// index is the type of a.b, a["b"], a[i] and of the callee of a:b().
func (u *unit) index(n syntax.Node) types.Type {
	t := u.tree
	object := u.typeOf(t.First(n))
	guessed := u.c.guessing
	if name, ok := u.keyName(n); ok {
		if t := u.ofGlobals(n, name); t != types.Unknown {
			return u.narrowed(n, t)
		}
		if f := u.c.field(object, name); f != nil && f.Type != nil {
			of := u.c.resolved(f.Type)
			if _, one := of.(*types.Literal); one && guessed {
				of = simple(of) // other tables have other values
			}
			if u.isTarget(n) {
				return of
			}
			return u.narrowed(n, of)
		}
		if t.Kind(n) != syntax.Method {
			_, key, value := u.c.entriesOf(object)
			if key != nil && assignable(types.String, key, 0) {
				return u.narrowed(n, u.c.resolved(value))
			}
		}
		// What is known of it is only how it was tested.
		return u.narrowed(n, types.Unknown)
	}
	if t.Kind(n) != syntax.IndexKey {
		return types.Unknown
	}
	key := u.typeOf(t.Child(n, 1))
	if l, ok := key.(*types.Literal); ok {
		switch v := l.Value.(type) {
		case string:
			if f := u.c.field(object, v); f != nil && f.Type != nil {
				return u.c.resolved(f.Type)
			}
		case float64:
			if tuple, ok := object.(*types.Tuple); ok && v >= 1 && int(v) <= len(tuple.Elems) {
				return tuple.Elems[int(v)-1]
			}
			if o, ok := object.(*types.Object); ok {
				if list := u.c.elementsOf(o); list != nil && v >= 1 && int(v) <= len(list) {
					return list[int(v)-1]
				}
			}
		}
	}
	elem, k, value := u.c.entriesOf(object)
	switch {
	case k == nil && types.Without(key, types.Nil) == types.String:
		return u.anyField(object)
	case elem != nil && (key == types.Unknown || typeName(key) == "number"):
		return u.c.resolved(elem)
	case k != nil && assignable(key, k, 0):
		return u.c.resolved(value)
	}
	return types.Unknown
}

// anyField is the type of t[key] with a string that is not known: of all fields that the
// table has, if they are of one kind. That is a guess: there may be no such field.
func (u *unit) anyField(t types.Type) types.Type {
	o, ok := t.(*types.Object)
	if !ok || o.Role != types.NoRole {
		return types.Unknown
	}
	from, ok := o.Origin.(*object)
	if !ok || from.class != nil || len(from.parents().list) > 0 {
		return types.Unknown
	}
	names := from.names()
	if len(names) > maxElements {
		names = names[:maxElements]
	}
	var found []types.Type
	for _, name := range names {
		if f := from.own(name); f != nil && f.Type != types.Unknown && f.Type != types.Any {
			found = append(found, simple(f.Type))
		}
	}
	r := types.Join(found...)
	if un, ok := r.(*types.Union); ok {
		for i, a := range un.Of {
			for _, b := range un.Of[:i] {
				if typeName(a) != typeName(b) {
					return types.Unknown
				}
			}
		}
	}
	u.c.guessing = u.c.guessing || r != types.Unknown
	return r
}

// isTarget tells whether an expression is assigned to.
func (u *unit) isTarget(n syntax.Node) bool { return isTarget(u.tree, n) }
