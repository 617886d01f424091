package luacats

// Tag is one annotation: a pointer to one of the types whose names end in Tag. Its
// span begins at the @ and ends with its last word or type.
type Tag interface {
	Pos() Span
	// Keyword is the word after the @.
	Keyword() Word
}

// Head is what all tags have.
type Head struct {
	Span
	Word Word
	// Text is the description, Markdown.
	Text string
}

// Keyword returns the word after the @.
func (h *Head) Keyword() Word { return h.Word }

func (h *Head) head() *Head { return h }

// ParamTag is @param name? T text, or LDoc's @param[opt=D] name text, which has no type, or
// @tparam[opt=D] T name text. The name of varargs is "...".
type ParamTag struct {
	Head
	Name     Word
	Optional bool
	Type     Type
	Default  string // D: what counts where nothing is given, as it is written
}

// ReturnTag is @return T name, U name text: one or more results. LDoc's @treturn T text is one.
type ReturnTag struct {
	Head
	Results []FuncResult
}

// ClassTag is @class (exact) Name<T>: Parent, Parent.
type ClassTag struct {
	Head
	Exact   bool // no fields but those that are declared
	Name    Word
	Params  []TypeParam
	Parents []Type
}

// FieldTag is @field private name? T text, or @field [K] T. Fields follow the
// ClassTag that they belong to.
type FieldTag struct {
	Head
	Visibility string // "public", "private", "protected", "package", or ""
	Name       Word   // Text "" if Key says which
	Key        Type   // [K]; nil for a name. ["a b"] is a Name
	Optional   bool
	Type       Type
}

// TypeTag is @type T, U.
type TypeTag struct {
	Head
	Types []Type
}

// AliasTag is @alias Name<T> type, or a name with lines of alternatives.
type AliasTag struct {
	Head
	Name   Word
	Params []TypeParam
	Type   Type
}

// EnumTag is @enum (key) Name.
type EnumTag struct {
	Head
	Key  bool // the keys of the table are the values of the type
	Name Word
}

// OverloadTag is @overload fun(…): R. Func is nil if it is missing.
type OverloadTag struct {
	Head
	Func *FuncType
}

// GenericTag is @generic T: Bound, U.
type GenericTag struct {
	Head
	Params []TypeParam
}

// VarargTag is @vararg T, an older form of @param ... T.
type VarargTag struct {
	Head
	Type Type
}

// FlagTag is a tag that is only its keyword and a text: deprecated, nodiscard,
// async, private, protected, package, public, meta, and colon (of llmspell: see
// package library).
type FlagTag struct{ Head }

// CastTag is @cast name +T, -U, V.
type CastTag struct {
	Head
	Name    Word // may have dots
	Changes []CastChange
}

// CastChange is one part of a CastTag: Op is '+' to add a type, '-' to take it
// away, 0 to replace all.
type CastChange struct {
	Op   byte
	Type Type // for +? and -? the name nil
}

// AsTag is --[[@as T]] behind an expression.
type AsTag struct {
	Head
	Type Type
}

// OperatorTag is @operator add(T): U. Operand is nil if there is none.
type OperatorTag struct {
	Head
	Name    Word
	Operand Type
	Result  Type
}

// ModuleTag is @module "name".
type ModuleTag struct {
	Head
	Name Word // without the quotes
}

// SeeTag is @see name text.
type SeeTag struct {
	Head
	Name Word
}

// SourceTag is @source place: where a declaration really is.
type SourceTag struct {
	Head
	Place Word
}

// VersionTag is @version >5.1, JIT.
type VersionTag struct {
	Head
	Versions []Word // with the sign before each
}

// DiagnosticTag is @diagnostic disable-next-line: code, code.
type DiagnosticTag struct {
	Head
	Action Word   // disable, enable, disable-line, disable-next-line
	Codes  []Word // none: all
}

// UnknownTag is any other tag.
type UnknownTag struct{ Head }

// TypesOf calls f for each type expression of a tag, in the order of the text.
func TypesOf(tag Tag, f func(Type)) {
	one := func(t Type) {
		if t != nil {
			f(t)
		}
	}
	params := func(ps []TypeParam) {
		for i := range ps {
			one(ps[i].Bound)
		}
	}
	switch t := tag.(type) {
	case *ParamTag:
		one(t.Type)
	case *ReturnTag:
		for i := range t.Results {
			one(t.Results[i].Type)
		}
	case *ClassTag:
		params(t.Params)
		for _, p := range t.Parents {
			one(p)
		}
	case *FieldTag:
		one(t.Key)
		one(t.Type)
	case *TypeTag:
		for _, p := range t.Types {
			one(p)
		}
	case *AliasTag:
		params(t.Params)
		one(t.Type)
	case *OverloadTag:
		if t.Func != nil {
			f(t.Func)
		}
	case *GenericTag:
		params(t.Params)
	case *VarargTag:
		one(t.Type)
	case *CastTag:
		for i := range t.Changes {
			one(t.Changes[i].Type)
		}
	case *AsTag:
		one(t.Type)
	case *OperatorTag:
		one(t.Operand)
		one(t.Result)
	}
}
