package luacats

import (
	"math"
	"strconv"
	"strings"
)

// maxNesting bounds types in types.
const maxNesting = 100

// where says what a type is part of: it decides what a comma after the results of a
// fun means.
type where uint8

const (
	atTop   where = iota // a comma goes on with the results
	inList               // in <…> or […]: a comma ends them
	inPairs              // in {…} or fun(…): a name with a colon ends them
)

// typ reads a type with its alternatives. It never returns nil.
func (r *reader) typ(in where) Type {
	if r.nesting >= maxNesting {
		t := r.peek()
		r.fail(t.Span, "type is nested too deeply")
		r.giveUp()
		return &BadType{Span{r.end, r.end}}
	}
	r.nesting++
	defer func() { r.nesting-- }()
	return r.alternatives(r.suffixed(in), in)
}

// alternatives reads what follows the first alternative of a type.
func (r *reader) alternatives(first Type, in where) Type {
	if !r.peek().is('|') {
		return first
	}
	u := &UnionType{Span: first.Pos(), Of: []Type{first}}
	for r.peek().is('|') {
		r.next()
		if t := r.peek(); t.is('|') { // two bars: said once, read on
			r.fail(t.Span, "expected a type after |")
			continue
		}
		u.Of = append(u.Of, r.suffixed(in))
	}
	u.End = u.Of[len(u.Of)-1].Pos().End
	return u
}

// suffixed reads one alternative with what follows it: T[]?...
func (r *reader) suffixed(in where) Type {
	start := r.peek().Start
	t := r.primary(in)
	if _, bad := t.(*BadType); bad {
		return t
	}
	return r.suffixes(start, t)
}

func (r *reader) suffixes(start int, t Type) Type {
	for {
		// A suffix touches its type; otherwise it is text.
		next := r.peek()
		if next.Start != r.end {
			return t
		}
		switch {
		case next.is('?'):
			r.next()
			t = &OptionalType{Span{start, next.End}, t}
		case next.is('['):
			at := r.place
			r.next()
			end := r.peek()
			if !end.is(']') {
				r.place = at
				return t
			}
			r.next()
			t = &ArrayType{Span{start, end.End}, t}
		case next.kind == kDots:
			r.next()
			return &VariadicType{Span{start, next.End}, t}
		default:
			return t
		}
	}
}

func (r *reader) primary(in where) Type {
	at := r.place
	t := r.next()
	switch {
	case t.kind == kName:
		return r.named(t, in)
	case t.kind == kString:
		return &LiteralType{t.Span, t.text}
	case t.kind == kNumber:
		return &LiteralType{t.Span, r.number(t)}
	case t.kind == kCapture:
		return &CaptureType{t.Span, Word{Span{t.Start + 1, t.Start + 1 + len(t.text)}, t.text}}
	case t.kind == kDots:
		if next := r.peek(); next.Start == t.End && (next.kind == kName || next.is('(')) {
			of := r.suffixed(in)
			return &VariadicType{Span{t.Start, of.Pos().End}, of}
		}
		return &VariadicType{t.Span, nil}
	case t.is('('):
		r.open++
		inner := r.typ(atTop)
		r.closing(')')
		r.open--
		return inner
	case t.is('{'):
		return r.table(t.Start)
	case t.is('['):
		r.open++
		tuple := &TupleType{}
		tuple.Elems = r.types(']')
		r.closing(']')
		r.open--
		tuple.Span = Span{t.Start, r.end}
		return tuple
	}
	r.place = at
	if t.kind != kEOL || !r.alternativesFollow() {
		r.fail(t.Span, "expected a type")
	}
	return &BadType{Span{r.end, r.end}}
}

// alternativesFollow tells whether the next line begins with |: then the type may
// be only there.
func (r *reader) alternativesFollow() bool {
	if r.line+1 == len(r.lines) {
		return false
	}
	next := r.lines[r.line+1]
	return strings.HasPrefix(strings.TrimLeft(r.text[next.Start:next.End], " \t"), "|")
}

// number is the value of a number, in Lua's notation.
func (r *reader) number(t token) float64 {
	s := strings.TrimPrefix(t.text, "-")
	v, err := strconv.ParseFloat(s, 64)
	if n, hexErr := strconv.ParseUint(strings.ToLower(s), 0, 64); err != nil && hexErr == nil {
		v, err = float64(n), nil
	}
	if err != nil && !math.IsInf(v, 0) {
		r.fail(t.Span, "malformed number "+t.text)
	}
	if s != t.text {
		v = -v
	}
	return v
}

func (r *reader) named(t token, in where) Type {
	switch t.text {
	case "true", "false":
		return &LiteralType{t.Span, t.text == "true"}
	case "async":
		if next := r.peek(); next.kind == kName && next.text == "fun" {
			r.next()
			f := r.function(t.Start, in)
			f.Async = true
			return f
		}
	case "fun":
		if next := r.peek(); next.is('(') || next.is('<') && next.Start == t.End {
			return r.function(t.Start, in)
		}
	}
	n := &NameType{Span: t.Span, Name: Word{t.Span, t.text}}
	if next := r.peek(); next.is('<') && next.Start == t.End {
		r.next()
		r.open++
		n.Args = r.types('>')
		r.closing('>')
		r.open--
		n.End = r.end
	}
	return n
}

// types reads types with commas up to a closing bracket, which stays.
func (r *reader) types(until byte) []Type {
	var list []Type
	for !r.peek().is(until) {
		t := r.typ(inList)
		list = append(list, t)
		if !r.comma() {
			break
		}
	}
	return list
}

func (r *reader) comma() bool {
	if t := r.peek(); t.is(',') || t.is(';') {
		r.next()
		return true
	}
	return false
}

// closing takes a closing bracket. If something else is there, that is a fault,
// and what is up to the bracket is passed over.
func (r *reader) closing(bracket byte) {
	t := r.peek()
	if t.is(bracket) {
		r.next()
		return
	}
	r.fail(t.Span, "expected "+string(bracket))
	start := r.place
	for depth := 0; ; {
		at := r.place
		t := r.next()
		switch {
		case t.kind == kEOL:
			r.place = start
			r.giveUp()
			return
		case t.is('(') || t.is('{') || t.is('[') || t.is('<'):
			depth++
		case depth == 0 && t.is(bracket):
			return
		case t.is(')') || t.is('}') || t.is(']') || t.is('>'):
			if depth--; depth < 0 { // of a bracket around this one
				r.place = at
				return
			}
		}
	}
}

func (r *reader) table(start int) Type {
	t := &TableType{}
	r.open++
	for !r.peek().is('}') {
		before := r.place
		t.Fields = append(t.Fields, r.tableField())
		if !r.comma() || r.place == before {
			break
		}
	}
	r.closing('}')
	r.open--
	t.Span = Span{start, r.end}
	return t
}

func (r *reader) tableField() TableField {
	var f TableField
	at := r.place
	t := r.next()
	switch {
	case t.kind == kName || t.kind == kString || t.kind == kNumber:
		name := Word{t.Span, t.text}
		if next := r.peek(); next.is('?') {
			r.next()
			f.Optional = true
		}
		if r.peek().is(':') {
			r.next()
			f.Name = name
			if t.kind == kNumber {
				f.Name, f.Key = Word{}, &LiteralType{t.Span, r.number(t)}
			}
			f.Type = r.typ(inPairs)
			return f
		}
	case t.is('['):
		r.open++
		keys := r.types(']')
		r.closing(']')
		r.open--
		tuple := Type(&TupleType{Span{t.Start, r.end}, keys})
		if r.peek().is('?') && len(keys) == 1 {
			r.next()
			f.Optional = true
		}
		if r.peek().is(':') && len(keys) == 1 {
			r.next()
			f.Key = keys[0]
			if l, ok := f.Key.(*LiteralType); ok {
				if s, ok := l.Value.(string); ok {
					f.Name, f.Key = Word{l.Span, s}, nil
				}
			}
			f.Type = r.typ(inPairs)
			return f
		}
		f.Type = r.alternatives(r.suffixes(t.Start, tuple), inPairs)
		return f
	}
	f.Optional = false
	r.place = at
	f.Type = r.typ(inPairs)
	return f
}

// function reads a fun type whose word fun was taken.
func (r *reader) function(start int, in where) *FuncType {
	f := &FuncType{}
	if r.peek().is('<') {
		f.Generics = r.typeParams()
	}
	if t := r.peek(); !t.is('(') {
		r.fail(t.Span, "expected (")
		f.Span = Span{start, r.end}
		return f
	}
	r.next()
	r.open++
	for !r.peek().is(')') {
		p, ok := r.param()
		if !ok {
			break
		}
		f.Params = append(f.Params, p)
		if !r.comma() {
			break
		}
	}
	r.closing(')')
	r.open--
	if r.peek().is(':') {
		r.next()
		f.Results = r.results(in)
	}
	f.Span = Span{start, r.end}
	return f
}

func (r *reader) param() (FuncParam, bool) {
	t := r.peek()
	if t.kind != kName && t.kind != kDots {
		r.fail(t.Span, "expected a parameter's name")
		return FuncParam{}, false
	}
	r.next()
	p := FuncParam{Name: Word{t.Span, t.text}}
	if r.peek().is('?') {
		r.next()
		p.Optional = true
	}
	if r.peek().is(':') {
		r.next()
		p.Type = r.typ(inPairs)
	}
	return p, true
}

// results reads what follows the colon of a fun: T, name: T, (T, U).
func (r *reader) results(in where) []FuncResult {
	t := r.peek()
	if !t.is('(') {
		return r.resultList(in)
	}
	r.next()
	r.open++
	list := r.resultList(atTop)
	r.closing(')')
	r.open--
	if len(list) == 1 && list[0].Name.Text == "" {
		// (T|U)[] is a type: what follows belongs to it.
		list[0].Type = r.alternatives(r.suffixes(t.Start, list[0].Type), in)
		list = append(list, r.moreResults(in)...)
	}
	return list
}

func (r *reader) resultList(in where) []FuncResult {
	if r.peek().is(')') {
		return nil
	}
	return append([]FuncResult{r.result(in)}, r.moreResults(in)...)
}

func (r *reader) result(in where) FuncResult {
	var res FuncResult
	at := r.place
	if t := r.next(); (t.kind == kName || t.kind == kDots) && r.peek().is(':') {
		r.next()
		res.Name = Word{t.Span, t.text}
	} else {
		r.place = at
	}
	res.Type = r.typ(in)
	return res
}

// moreResults reads the results after a comma.
func (r *reader) moreResults(in where) []FuncResult {
	var list []FuncResult
	for in != inList && r.peek().is(',') {
		at := r.place
		r.next()
		if in == inPairs && r.startsPair() {
			r.place = at
			break
		}
		list = append(list, r.result(in))
	}
	return list
}

// startsPair tells whether what follows is the next field or parameter, not one
// more result: a: T, b?: T, [K]: T, ..., or nothing.
func (r *reader) startsPair() bool {
	at := r.place
	defer func() { r.place = at }()
	t := r.next()
	switch {
	case t.is('[') || t.is('}') || t.is(')') || t.kind == kDots || t.kind == kEOL:
		return true
	case t.kind != kName && t.kind != kString:
		return false
	}
	next := r.next()
	return next.is(':') || next.is('?') && r.next().is(':')
}

// typeParams reads <T: Bound, U>.
func (r *reader) typeParams() []TypeParam {
	r.next()
	r.open++
	list := r.typeParamList(inList)
	r.closing('>')
	r.open--
	return list
}

func (r *reader) typeParamList(in where) []TypeParam {
	var list []TypeParam
	for {
		t := r.peek()
		if t.kind != kName {
			r.fail(t.Span, "expected the name of a type parameter")
			return list
		}
		r.next()
		if r.peek().kind == kDots {
			r.next()
		}
		p := TypeParam{Name: Word{t.Span, t.text}}
		if r.peek().is(':') {
			r.next()
			p.Bound = r.typ(in)
		}
		list = append(list, p)
		if !r.peek().is(',') {
			return list
		}
		r.next()
	}
}
