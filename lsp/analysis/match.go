package analysis

import (
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// match is how well a value fits a type, worst first.
type match uint8

const (
	matchNone match = iota
	// matchSoFar: what is there fits, but fields are missing.
	matchSoFar
	// matchLoose: it has fields that the type does not name.
	matchLoose
	matchFull
)

// matchValue tells how well an expression fits a type. Constructors of tables are compared
// entry by entry.
func (u *unit) matchValue(n syntax.Node, want types.Type, depth int) match {
	t := u.tree
	for t.Kind(n) == syntax.Paren {
		n = t.First(n)
	}
	if _, as := u.as(n); as || t.Kind(n) != syntax.Table {
		return u.c.matchType(u.argument(n), want, depth)
	}
	switch w := want.(type) {
	case *types.Union:
		best := matchNone
		if depth <= maxTypeDepth {
			for _, of := range w.Of {
				best = max(best, u.matchValue(n, of, depth+1))
			}
		}
		return best
	case *types.Object, *types.Array, *types.Map, *types.Tuple:
		if depth <= maxTypeDepth {
			return u.matchEntries(n, want, depth)
		}
	}
	return u.c.matchType(types.TableType, want, depth)
}

// matchEntries is matchValue for a constructor, and a type of tables.
func (u *unit) matchEntries(n syntax.Node, want types.Type, depth int) match {
	t := u.tree
	var seen ascent
	elem, _, value := u.c.entriesOf(want)
	_, object := want.(*types.Object)
	closed := !object || u.c.complete(want, &seen)
	how, has, computed := matchFull, map[string]bool{}, false
	for field := range t.Children(n) {
		var of types.Type
		entry := t.First(field)
		if t.Kind(field) == syntax.PosField {
			if of = u.elementField(want, u.listPlace(n, field)); of == nil {
				of = elem
			}
		} else {
			entry = t.Child(field, 1)
			name, ok := u.fieldName(field)
			if !ok {
				computed = true
				continue
			}
			of = value
			if f := u.c.field(want, name); f != nil {
				of = f.Type
				if f.Optional && t.Kind(entry) == syntax.Nil {
					continue
				}
			}
			has[name] = t.Kind(entry) != syntax.Nil
		}
		switch {
		case of != nil:
			how = min(how, u.matchValue(entry, of, depth+1))
		case closed:
			how = min(how, matchLoose)
		}
	}
	if o, ok := want.(*types.Object); ok && !computed && how > matchSoFar {
		for _, name := range u.c.requiredFields(o, 0) {
			if !has[name] {
				return matchSoFar
			}
		}
	}
	return how
}

// matchType tells how well a value of a type fits another type. Where nothing is known of it,
// it fits.
func (c *checker) matchType(got, want types.Type, depth int) match {
	if !assignable(got, want, 0) {
		return matchNone
	}
	if depth > maxTypeDepth || got == want {
		return matchFull
	}
	if union, ok := want.(*types.Union); ok {
		best := matchNone
		for _, of := range union.Of {
			best = max(best, c.matchType(got, of, depth+1))
		}
		return best
	}
	o, ok := want.(*types.Object)
	if !ok {
		return matchFull
	}
	switch got := got.(type) {
	case *types.Array:
		if len(c.requiredFields(o, 0)) > 0 {
			return matchSoFar
		}
	case *types.Object:
		var seen ascent
		if got.Name != "" && o.Name != "" { // one class is the other, or inherits from it
			return matchFull
		}
		complete, how := c.complete(got, &seen), matchFull
		for _, name := range c.requiredFields(o, 0) {
			if c.field(got, name) == nil && complete {
				return matchSoFar
			}
		}
		for _, f := range c.members(got) {
			if of := c.field(o, f.Name); of != nil {
				how = min(how, c.matchType(f.Type, of.Type, depth+1))
			}
		}
		return how
	}
	return matchFull
}

// requiredFields are the names of the fields that annotations say a table must have.
func (c *checker) requiredFields(o *types.Object, depth int) (names []string) {
	need := func(f *types.Field) {
		if f != nil && !f.Optional && !f.Private && f.Type != types.Unknown && f.Type != types.Any && !hasNil(f.Type) {
			names = append(names, f.Name)
		}
	}
	origin, ok := o.Origin.(*object)
	if !ok {
		if o.Name == "" && o.Role == types.NoRole { // {x: number}
			for _, f := range o.Fields() {
				need(f)
			}
		}
		return names
	}
	class := origin.class
	if class == nil && origin.generic != nil {
		class = origin.generic.class
	}
	if class == nil || depth > maxTypeDepth {
		return nil
	}
	for _, d := range class.fieldTags() {
		if name := d.tag.Name.Text; name != "" {
			if f := c.field(o, name); f != nil && typeName(f.Type) != "function" { // methods come with the class
				need(f)
			}
		}
	}
	for _, parent := range class.parents() {
		if of, ok := parent.(*types.Object); ok {
			names = append(names, c.requiredFields(of, depth+1)...)
		}
	}
	return names
}
