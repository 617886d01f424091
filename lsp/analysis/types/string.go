package types

import (
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
func (a *Array) String() string { return element(a.Elem) + "[]" }
func (m *Map) String() string   { return "table<" + m.Key.String() + ", " + m.Value.String() + ">" }
func (t *Tuple) String() string { return "[" + list(t.Elems) + "]" }

func (u *Union) String() string {
	var b strings.Builder
	optional := false
	for _, t := range u.Of {
		if t == Nil {
			optional = true
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('|')
		}
		b.WriteString(element(t))
	}
	if !optional {
		return b.String()
	}
	if len(u.Of) > 2 {
		return b.String() + "|nil"
	}
	return b.String() + "?"
}

func (o *Object) String() string {
	if o.Name != "" {
		if len(o.Args) > 0 {
			return o.Name + "<" + list(o.Args) + ">"
		}
		return o.Name
	}
	if o.lazy.force(); len(o.fields) == 0 {
		switch {
		case o.Elem != nil:
			return element(o.Elem) + "[]"
		case o.Key != nil:
			return "table<" + o.Key.String() + ", " + o.Value.String() + ">"
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
		name, text := f.Name, shallow(f.Type)
		if f.Optional {
			name += "?"
		}
		parts = append(parts, name+": "+text)
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
			b.WriteString(": " + shallow(f.Vararg))
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
		b.WriteString(shallow(r.Type))
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
	return s + ": " + shallow(p.Type)
}

// shallow is a type without the fields of the tables in it, which keeps labels
// short and ends where types are recursive.
func shallow(t Type) string {
	switch t := t.(type) {
	case nil:
		return "unknown"
	case *Object:
		if t.Name == "" && len(t.Fields()) > 0 {
			return "table"
		}
		return t.String()
	case *Func:
		return "function"
	case *Union:
		flat := &Union{Of: make([]Type, len(t.Of))}
		for i, of := range t.Of {
			flat.Of[i] = label(shallow(of))
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
func element(t Type) string {
	switch t.(type) {
	case *Union, *Func:
		return "(" + shallow(t) + ")"
	}
	return shallow(t)
}

func list(ts []Type) string {
	parts := make([]string, len(ts))
	for i, t := range ts {
		parts[i] = shallow(t)
	}
	return strings.Join(parts, ", ")
}
