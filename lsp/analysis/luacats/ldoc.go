package luacats

import "strings"

// ldocNames are the short names of types that LDoc has besides Lua's.
func ldocName(name string) string {
	switch name {
	case "tab":
		return "table"
	case "func":
		return "function"
	case "bool":
		return "boolean"
	case "int":
		return "integer"
	case "num":
		return "number"
	case "str":
		return "string"
	}
	return name
}

// typedParam reads LDoc's @tparam[opt=D] T name text. What is not like that says nothing, such
// as the fields of a parameter, args.name.
func (r *blockReader) typedParam(h Head) Tag {
	back := r.attempt()
	t := &ParamTag{Head: h}
	m := r.modifiers()
	var optional bool
	t.Type, optional = r.ldocType()
	name := r.peek()
	if name.kind != kName && name.kind != kDots || strings.Contains(name.text, ".") && name.kind == kName || len(r.errors) > back.errors {
		return r.giveBack(back, h)
	}
	t.Name, _ = r.paramName()
	t.Optional, t.Default = optional || m.optional, m.byDefault
	return t
}

// typedReturn reads LDoc's @treturn[1] T text. The text begins with a word that names nothing.
func (r *blockReader) typedReturn(h Head) Tag {
	back := r.attempt()
	if m := r.modifiers(); m.there {
		return r.giveBack(back, h) // one of several groups of results
	}
	t, optional := r.ldocType()
	if len(r.errors) > back.errors {
		return r.giveBack(back, h)
	}
	if optional {
		t = &OptionalType{t.Pos(), t}
	}
	return &ReturnTag{h, []FuncResult{{Type: t}}}
}

// ldocType reads a type, or ?T, or ?|T|U: one that may be nil. What LDoc writes in braces is none
// of ours.
func (r *blockReader) ldocType() (t Type, optional bool) {
	if r.peek().is('?') {
		r.next()
		optional = true
		if r.peek().is('|') {
			r.next()
		}
	}
	if brace := r.peek(); brace.is('{') {
		r.fail(brace.Span, "expected a type")
		return &BadType{Span{r.end, r.end}}, optional
	}
	t = r.typ(atTop)
	shortNames(t)
	return t, optional
}

// shortNames gives the types of a union Lua's names.
func shortNames(t Type) {
	switch t := t.(type) {
	case *NameType:
		t.Name.Text = ldocName(t.Name.Text)
	case *UnionType:
		for _, of := range t.Of {
			shortNames(of)
		}
	}
}

// attempt is where a tag began to be read.
type attempt struct {
	place
	errors int
}

func (r *blockReader) attempt() attempt { return attempt{r.place, len(r.errors)} }

// giveBack makes a tag of no meaning of what was read since an attempt.
func (r *blockReader) giveBack(a attempt, h Head) Tag {
	r.place, r.errors, r.lost, r.peeked = a.place, r.errors[:a.errors], false, false
	return &UnknownTag{h}
}
