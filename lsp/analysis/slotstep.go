package analysis

import (
	"github.com/llmspell/llmspell/lsp/analysis/luacats"
	"github.com/llmspell/llmspell/lsp/analysis/types"
)

// classStep is what a class says of a field, or of entry number at.
func classStep(o *types.Object, name string, at, depth int) saying {
	from, ok := o.Origin.(*object)
	if !ok || from.class == nil || depth == 0 {
		return saying{}
	}
	var some saying
	for _, d := range from.class.fieldTags() {
		p := saying{note: d.tag.Type, in: d.u}
		switch key := d.tag.Key.(type) {
		case nil:
			if name != "" && d.tag.Name.Text == name {
				return p
			}
		case *luacats.LiteralType:
			if at > 0 && key.Value == float64(at) || key.Value == name {
				return p
			}
		case *luacats.NameType:
			switch key.Name.Text {
			case "integer", "number":
				if at > 0 {
					some = p
				}
			default:
				if at == 0 {
					some = p
				}
			}
		}
	}
	if some.note != nil {
		return some
	}
	for _, parent := range from.class.parents() {
		if base, ok := parent.(*types.Object); ok {
			if p := classStep(base, name, at, depth-1); p.note != nil {
				return p
			}
		}
	}
	return saying{}
}

// step goes into a table: to the field of a name, or if at is not 0 to entry number at.
func (p saying) step(name string, at, depth int) saying {
	if depth == 0 {
		return saying{}
	}
	in := func(t luacats.Type) saying { return saying{note: t, in: p.in} }
	switch t := p.note.(type) {
	case *luacats.OptionalType:
		return in(t.Of).step(name, at, depth-1)
	case *luacats.VariadicType:
		return in(t.Of).step(name, at, depth-1)
	case *luacats.UnionType:
		for _, of := range t.Of {
			if q := in(of).step(name, at, depth-1); q.note != nil {
				return q
			}
		}
	case *luacats.ArrayType:
		if at > 0 {
			return in(t.Elem)
		}
	case *luacats.TupleType:
		if at > 0 && at <= len(t.Elems) {
			return in(t.Elems[at-1])
		}
	case *luacats.TableType:
		for _, f := range t.Fields {
			switch {
			case f.Name.Text != "" && f.Name.Text == name, f.Key == nil && f.Name.Text == "" && at > 0:
				return in(f.Type)
			case f.Key != nil:
				key, _ := f.Key.(*luacats.NameType)
				if counts := key != nil && (key.Name.Text == "integer" || key.Name.Text == "number"); counts == (at > 0) {
					return in(f.Type)
				}
			}
		}
	case *luacats.NameType:
		if t.Name.Text == "table" {
			switch {
			case len(t.Args) == 2:
				return in(t.Args[1])
			case len(t.Args) == 1 && at > 0:
				return in(t.Args[0])
			}
			return saying{}
		}
		if alias := p.in.c.aliasOf(t.Name.Text); alias.note != nil {
			return alias.step(name, at, depth-1)
		}
		if o, ok := p.in.c.typeNamed(t.Name.Text).(*types.Object); ok {
			return classStep(o, name, at, depth-1)
		}
	}
	return saying{}
}

// slot is the provider of a string at the place.
func (p saying) slot(depth int) string {
	if depth == 0 {
		return ""
	}
	switch t := p.note.(type) {
	case *luacats.OptionalType:
		return saying{note: t.Of, in: p.in}.slot(depth - 1)
	case *luacats.VariadicType:
		return saying{note: t.Of, in: p.in}.slot(depth - 1)
	case *luacats.UnionType:
		for _, of := range t.Of {
			if k := (saying{note: of, in: p.in}).slot(depth - 1); k != "" {
				return k
			}
		}
	case *luacats.NameType:
		if k := slotKinds()[t.Name.Text]; k != "" {
			return k
		}
		if alias := p.in.c.aliasOf(t.Name.Text); alias.note != nil {
			return alias.slot(depth - 1)
		}
	}
	return ""
}

// aliasOf is what an alias stands for, nothing if there is none of that name.
func (c *checker) aliasOf(name string) saying {
	if basics[name] != nil {
		return saying{}
	}
	for _, f := range c.typeFiles(name) {
		for _, b := range f.typeNames()[name] {
			for _, tag := range b.Tags {
				if tag, ok := tag.(*luacats.AliasTag); ok && tag.Name.Text == name && len(tag.Params) == 0 {
					return saying{note: tag.Type, in: c.unit(f)}
				}
			}
		}
	}
	if c.snap != nil {
		return c.shared.library.aliasOf(name)
	}
	return saying{}
}
