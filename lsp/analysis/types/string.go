package types

import (
	"slices"
	"strconv"
	"strings"
)

var basicNames = [...]string{"unknown", "any", "nil", "boolean", "number", "integer", "string", "table", "function", "thread", "userdata", "never"}

func (b Basic) String() string { return basicNames[b] }

func (l *Literal) String() string {
	switch v := l.Value.(type) {
	case string:
		return strconv.Quote(v)
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	default:
		if v == true {
			return "true"
		}
		return "false"
	}
}

func (p *Param) String() string { return p.Name }
func (a *Array) String() string { return a.text(0) }
func (m *Map) String() string   { return m.text(0) }
func (t *Tuple) String() string { return t.text(0) }
func (u *Union) String() string { return u.text(0) }

// maxDepth is how deep types in types are written out: they may hold themselves.
const maxDepth = 4

func (a *Array) text(depth int) string { return element(a.Elem, depth) + "[]" }
func (m *Map) text(depth int) string {
	return "table<" + shallow(m.Key, depth+1) + ", " + shallow(m.Value, depth+1) + ">"
}
func (t *Tuple) text(depth int) string { return "[" + list(t.Elems, depth) + "]" }

func (u *Union) text(depth int) string {
	var parts []string
	var last Type
	optional := false
	for _, t := range u.Of {
		if t == Nil {
			optional = true
			continue
		}
		// Several tables are all "table" in a label.
		if part := element(t, depth); !slices.Contains(parts, part) {
			parts = append(parts, part)
			last = t
		}
	}
	if !optional {
		if len(parts) == 1 {
			return shallow(last, depth+1)
		}
		return strings.Join(parts, "|")
	}
	if len(parts) > 1 {
		return strings.Join(parts, "|") + "|nil"
	}
	return strings.Join(parts, "") + "?"
}

func (o *Object) String() string { return o.text(0) }

func (o *Object) text(depth int) string {
	if o.Name != "" {
		if len(o.Args) > 0 {
			return o.Name + "<" + list(o.Args, depth) + ">"
		}
		return o.Name
	}
	if depth > maxDepth {
		return "table"
	}
	if o.lazy.force(); len(o.fields) == 0 {
		switch {
		case o.Elem != nil:
			return element(o.Elem, depth) + "[]"
		case o.Key != nil:
			return "table<" + shallow(o.Key, depth+1) + ", " + shallow(o.Value, depth+1) + ">"
		}
		return "table"
	}
	const most = 4
	var parts []string
	for i, f := range o.fields {
		if i == most {
			parts = append(parts, "…")
			break
		}
		name, of := f.Name, f.Type
		if f.Optional { // which says that it may be nil
			name, of = name+"?", withoutNil(of)
		}
		parts = append(parts, name+": "+shallow(of, depth+1))
	}
	return "{ " + strings.Join(parts, ", ") + " }"
}

func (f *Func) String() string { return "fun" + f.Signature() }

// Signature is the parameters in parentheses, and the results: (a: number, ...): string.
func (f *Func) Signature() string {
	var b strings.Builder
	b.WriteString(f.Head())
	f.results(&b)
	return b.String()
}

// Head is the parameters in parentheses. Unlike Signature it works nothing out, and
// fits lists of many functions.
func (f *Func) Head() string {
	var b strings.Builder
	b.WriteByte('(')
	for i, p := range f.Params {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(p.Label())
	}
	if f.Vararg != nil {
		if len(f.Params) > 0 {
			b.WriteString(", ")
		}
		b.WriteString("...")
		if f.Vararg != Unknown && f.Vararg != Any {
			b.WriteString(": " + shallow(f.Vararg, 0))
		}
	}
	b.WriteByte(')')
	return b.String()
}

func (f *Func) results(b *strings.Builder) {
	results, more := f.Returns()
	for i, r := range results {
		if i == 0 {
			b.WriteString(": ")
		} else {
			b.WriteString(", ")
		}
		b.WriteString(shallow(r.Type, 0))
	}
	if more != nil {
		if len(results) == 0 {
			b.WriteString(": ")
		} else {
			b.WriteString(", ")
		}
		b.WriteString("...")
	}
}

// Label is the parameter as signatures show it: name?: type.
func (p Parameter) Label() string {
	s := p.Name
	if p.Optional {
		s += "?"
	}
	if p.Type == nil || p.Type == Unknown {
		return s
	}
	of := p.Type
	if p.Optional { // which says that it may be nil
		of = withoutNil(of)
	}
	return s + ": " + shallow(of, 0)
}

// withoutNil is what is left of a type without nil; nil if that is all.
func withoutNil(t Type) Type {
	if of := Without(t, Nil); of != Never {
		return of
	}
	return Nil
}

// shallow is a type without the fields of the tables in it, which keeps labels
// short and ends where types are recursive.
func shallow(t Type, depth int) string {
	if depth > maxDepth {
		switch t.(type) {
		case nil:
			return "unknown"
		case *Array, *Map, *Tuple:
			return "table"
		case *Union:
			return "any"
		}
	}
	switch t := t.(type) {
	case nil:
		return "unknown"
	case *Object:
		if t.Name == "" && len(t.Fields()) > 0 {
			return "table"
		}
		return t.text(depth)
	case *Func:
		return "function"
	case *Array:
		return t.text(depth)
	case *Map:
		return t.text(depth)
	case *Tuple:
		return t.text(depth)
	case *Union:
		flat := &Union{Of: make([]Type, len(t.Of))}
		for i, of := range t.Of {
			flat.Of[i] = label(shallow(of, depth+1))
			if of == Nil {
				flat.Of[i] = Nil
			}
		}
		return flat.String()
	default:
		return t.String()
	}
}

// label is a type that is only its text.
type label string

func (l label) String() string { return string(l) }

// element is a type where a suffix or a bar follows.
func element(t Type, depth int) string {
	switch t.(type) {
	case *Union, *Func:
		return "(" + shallow(t, depth+1) + ")"
	}
	return shallow(t, depth+1)
}

func list(ts []Type, depth int) string {
	parts := make([]string, len(ts))
	for i, t := range ts {
		parts[i] = shallow(t, depth+1)
	}
	return strings.Join(parts, ", ")
}
