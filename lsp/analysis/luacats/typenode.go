package luacats

// Span is the bytes Start to End of the file's text.
type Span struct{ Start, End int }

// Pos returns the span.
func (s Span) Pos() Span { return s }

// Word is a name in an annotation. Its Text is "" where it is missing.
type Word struct {
	Span
	Text string
}

// Type is a type expression: *NameType, *LiteralType, *UnionType, *OptionalType,
// *ArrayType, *TupleType, *TableType, *FuncType, *CaptureType, *VariadicType or
// *BadType.
type Type interface{ Pos() Span }

// NameType is a basic type, a class, an alias or a type parameter: its Name is
// the span of the name alone, without Args.
type NameType struct {
	Span
	Name Word
	Args []Type // Foo<A, B>
}

// LiteralType is one value: Value is a string, float64 or bool.
type LiteralType struct {
	Span
	Value any
}

// UnionType is any of several types.
type UnionType struct {
	Span
	Of []Type
	// Docs are the texts after # of alternatives on lines of their own, one for
	// each of Of; nil if there are none.
	Docs []string
}

// OptionalType is T?.
type OptionalType struct {
	Span
	Of Type
}

// ArrayType is T[].
type ArrayType struct {
	Span
	Elem Type
}

// TupleType is [A, B].
type TupleType struct {
	Span
	Elems []Type
}

// TableType is {a: T, [K]: V}.
type TableType struct {
	Span
	Fields []TableField
}

// TableField is a field of a TableType. It has a Name, or a Key, or neither for an
// element: {string, number}.
type TableField struct {
	Name     Word
	Key      Type
	Optional bool
	Type     Type
}

// FuncType is fun(a: T, ...): R.
type FuncType struct {
	Span
	Async    bool
	Generics []TypeParam
	Params   []FuncParam
	Results  []FuncResult
}

// FuncParam is a parameter of a FuncType; its name is "..." for varargs. Type is
// nil if there is none.
type FuncParam struct {
	Name     Word
	Optional bool
	Type     Type
}

// FuncResult is a result of a FuncType.
type FuncResult struct {
	Name Word // Text "" if it has none
	Type Type
}

// CaptureType is `T`: the class that a string argument names.
type CaptureType struct {
	Span
	Name Word
}

// VariadicType is T..., ...T or ...: any number of values. Of is nil for the
// last.
type VariadicType struct {
	Span
	Of Type
}

// BadType stands where a type is required and none is there.
type BadType struct{ Span }

// TypeParam is a type parameter of a generic class, alias or function. Bound is
// nil if there is none.
type TypeParam struct {
	Name  Word
	Bound Type
}

// Walk calls f for t and the types in it, from outside in; f returns whether to
// go on into the one it was given. t may be nil.
func Walk(t Type, f func(Type) bool) {
	if t == nil || !f(t) {
		return
	}
	switch t := t.(type) {
	case *NameType:
		walkAll(t.Args, f)
	case *UnionType:
		walkAll(t.Of, f)
	case *OptionalType:
		Walk(t.Of, f)
	case *ArrayType:
		Walk(t.Elem, f)
	case *TupleType:
		walkAll(t.Elems, f)
	case *TableType:
		for i := range t.Fields {
			Walk(t.Fields[i].Key, f)
			Walk(t.Fields[i].Type, f)
		}
	case *FuncType:
		walkParams(t.Generics, f)
		for i := range t.Params {
			Walk(t.Params[i].Type, f)
		}
		for i := range t.Results {
			Walk(t.Results[i].Type, f)
		}
	case *VariadicType:
		Walk(t.Of, f)
	}
}

func walkAll(ts []Type, f func(Type) bool) {
	for _, t := range ts {
		Walk(t, f)
	}
}

func walkParams(ps []TypeParam, f func(Type) bool) {
	for i := range ps {
		Walk(ps[i].Bound, f)
	}
}
