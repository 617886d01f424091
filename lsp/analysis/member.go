package analysis

import (
	"slices"

	"github.com/llmspell/llmspell/lsp/analysis/types"
)

// maxParents bounds how far up fields are looked for.
const maxParents = 32

// ascent are the tables that a search through parents has been to: classes may
// inherit from each other in circles, and on many ways.
type ascent []*types.Object

func (a *ascent) visit(t *types.Object) bool {
	if len(*a) > 4*maxParents || slices.Contains(*a, t) {
		return false
	}
	*a = append(*a, t)
	return true
}

// field returns a field of a type by its name, nil if none is known of.
func (c *checker) field(t types.Type, name string) *types.Field {
	if u, ok := t.(*types.Union); ok {
		return c.unionField(u, name)
	}
	var seen ascent
	return c.fieldAt(t, name, &seen)
}

func (c *checker) fieldAt(t types.Type, name string, seen *ascent) *types.Field {
	switch t := t.(type) {
	case *types.Object:
		return c.objectField(t, name, seen)
	case *types.Union:
		var found *types.Field
		var all []types.Type
		for _, of := range t.Of {
			f := c.fieldAt(of, name, seen)
			switch {
			case f == nil:
			case found == nil:
				found = f
			case f != found:
				all = append(all, f.Type)
			}
		}
		if len(all) == 0 {
			return found
		}
		joined := *found
		joined.Type = joinKnown(append([]types.Type{found.Type}, all...))
		return &joined
	case *types.Literal:
		if _, ok := t.Value.(string); ok {
			return c.fieldAt(types.String, name, seen)
		}
	case types.Basic:
		if t == types.String {
			return c.fieldAt(c.global("string"), name, seen)
		}
	case *types.Param:
		if t.Bound != nil && t.Bound != types.Type(t) {
			if _, param := t.Bound.(*types.Param); !param {
				return c.fieldAt(t.Bound, name, seen)
			}
		}
	}
	return nil
}

func (c *checker) objectField(t *types.Object, name string, seen *ascent) *types.Field {
	if !seen.visit(t) {
		return nil
	}
	o, ok := t.Origin.(*object)
	if !ok {
		if f := t.Field(name); f != nil {
			return f
		}
		for _, p := range t.Bases() {
			if f := c.fieldAt(p, name, seen); f != nil {
				return f
			}
		}
		return nil
	}
	if f := o.own(name); f != nil {
		return f
	}
	for _, p := range o.parents().list {
		if f := c.fieldAt(p, name, seen); f != nil {
			return f
		}
	}
	return o.addedField(name)
}

// fieldType is the type of a field, Unknown if none is known of.
func (c *checker) fieldType(t types.Type, name string) types.Type {
	if f := c.field(t, name); f != nil && f.Type != nil {
		return f.Type
	}
	return types.Unknown
}

// fieldsOf returns the own fields of an object in order.
func (c *checker) fieldsOf(t *types.Object) []*types.Field {
	o, ok := t.Origin.(*object)
	if !ok {
		return t.Fields()
	}
	var list []*types.Field
	for _, name := range o.names() {
		if f := o.own(name); f != nil {
			list = append(list, f)
		}
	}
	return list
}

// entriesOf returns the types of the entries without names; each may be nil.
func (c *checker) entriesOf(t types.Type) (elem, key, value types.Type) {
	var seen ascent
	return c.entriesAt(t, &seen)
}

func (c *checker) entriesAt(t types.Type, seen *ascent) (elem, key, value types.Type) {
	switch t := t.(type) {
	case *types.Array:
		return t.Elem, nil, nil
	case *types.Map:
		if t.Key == types.Type(types.Integer) || t.Key == types.Type(types.Number) {
			return t.Value, nil, nil
		}
		return nil, t.Key, t.Value
	case *types.Tuple:
		return types.Join(t.Elems...), nil, nil
	case *types.Object:
		if !seen.visit(t) {
			return nil, nil, nil
		}
		if o, ok := t.Origin.(*object); ok {
			e := o.entries()
			elem, key, value = e.elem, e.key, e.value
			if elem != nil || key != nil {
				return elem, key, value
			}
			for _, p := range o.parents().list {
				if elem, key, value = c.entriesAt(p, seen); elem != nil || key != nil {
					return elem, key, value
				}
			}
			return nil, nil, nil
		}
		return t.Entries()
	case *types.Union:
		for _, of := range t.Of {
			e, k, v := c.entriesAt(of, seen)
			if e != nil {
				elem = types.Join(elem, e)
			}
			if k != nil {
				key, value = types.Join(key, k), types.Join(value, v)
			}
		}
	}
	return elem, key, value
}

// pairsOf is what pairs gives for a table.
func (c *checker) pairsOf(t types.Type) (key, value types.Type) {
	elem, k, v := c.entriesOf(t)
	var keys, values []types.Type
	if elem != nil {
		keys, values = append(keys, types.Integer), append(values, elem)
	}
	if k != nil {
		keys, values = append(keys, k), append(values, v)
	}
	if o, ok := t.(*types.Object); ok {
		for _, f := range c.fieldsOf(o) {
			keys, values = append(keys, types.String), append(values, f.Type)
			if len(keys) > maxElements {
				break
			}
		}
	}
	return types.Join(keys...), types.Join(values...)
}

// members returns all fields of a type, inherited ones after its own.
func (c *checker) members(t types.Type) []Member {
	var list []Member
	seen := map[string]bool{}
	visited := map[*types.Object]bool{}
	var add func(t types.Type, depth int)
	add = func(t types.Type, depth int) {
		if depth > maxParents {
			return
		}
		switch t := t.(type) {
		case *types.Object:
			if visited[t] {
				return
			}
			visited[t] = true
			for _, f := range c.fieldsOf(t) {
				if seen[f.Name] {
					continue
				}
				seen[f.Name] = true
				fn, isFunc := f.Type.(*types.Func)
				list = append(list, Member{Field: f, Owner: t.Name, Method: isFunc && fn.Self})
			}
			if o, ok := t.Origin.(*object); ok {
				for _, name := range o.addedNames() {
					if f := o.addedField(name); f != nil && !seen[name] {
						seen[name] = true
						fn, isFunc := f.Type.(*types.Func)
						list = append(list, Member{Field: f, Owner: t.Name, Method: isFunc && fn.Self})
					}
				}
				for _, p := range o.parents().list {
					add(p, depth+1)
				}
				return
			}
			for _, p := range t.Bases() {
				add(p, depth+1)
			}
		case *types.Union:
			// What is a table or a string is looked into as a table: the string is the
			// message of an error, which nobody has asked for yet.
			object := slices.ContainsFunc(t.Of, func(of types.Type) bool { _, ok := of.(*types.Object); return ok })
			for _, of := range t.Of {
				if !object || typeName(of) != "string" {
					add(of, depth+1)
				}
			}
		case *types.Literal:
			if _, ok := t.Value.(string); ok {
				add(types.String, depth)
			}
		case types.Basic:
			if t == types.String {
				at := len(list)
				add(c.global("string"), depth+1)
				for i := at; i < len(list); i++ {
					fn, ok := list[i].Type.(*types.Func)
					list[i].Method = ok && (fn.Self || len(fn.Params) > 0 && takesString(fn.Params[0].Type))
				}
				list = slices.DeleteFunc(list, func(m Member) bool { return m.Owner == "string" && !m.Method })
			}
		case *types.Param:
			if t.Bound != nil {
				add(t.Bound, depth+1)
			}
		}
	}
	add(t, 0)
	return list
}

func takesString(t types.Type) bool { return assignable(types.String, t, 0) && t != types.Unknown }
