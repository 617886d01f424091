package analysis

import (
	"github.com/llmspell/llmspell/lsp/analysis/types"
)

// Fields says how a type's fields came to be known.
type Fields uint8

// The kinds of Fields.
const (
	// InferredFields are those that code was seen to store: other code may store more.
	InferredFields Fields = iota
	// ClassFields are those of a class that the user's annotations declare.
	ClassFields
	// FixedFields are all that there are: those of a library, a schema, an exact class.
	FixedFields
)

// FieldsOf says how the fields of a type are known, if all of them are (see Complete);
// not ok if another name may be a field too.
func (s *Snapshot) FieldsOf(t types.Type) (kind Fields, ok bool) {
	s.shared.mu.Lock()
	defer s.shared.mu.Unlock()
	var seen ascent
	if t == types.Nil || !s.checker.complete(t, &seen) {
		return InferredFields, false
	}
	return s.checker.fieldsKind(t), true
}

func (c *checker) fieldsKind(t types.Type) Fields {
	switch t := t.(type) {
	case *types.Object:
		if t.Closed || t.Role != types.NoRole {
			return FixedFields
		}
		o, ok := t.Origin.(*object)
		if !ok {
			least := InferredFields
			for i, p := range t.Bases() {
				if kind := c.fieldsKind(p); i == 0 || kind < least {
					least = kind
				}
			}
			return least
		}
		if o.class == nil {
			for _, p := range o.parts {
				if p.u.file.library { // what a file adds is in the other parts
					return FixedFields
				}
			}
			if o.over != nil {
				return c.fieldsKind(o.over)
			}
			return InferredFields
		}
		for _, d := range o.class.decls {
			if !d.u.file.library {
				return ClassFields
			}
		}
		return FixedFields
	case *types.Union:
		least := FixedFields
		for _, of := range t.Of {
			if of != types.Nil {
				least = min(least, c.fieldsKind(of))
			}
		}
		return least
	case types.Basic, *types.Literal: // of strings
		return FixedFields
	}
	return InferredFields
}
