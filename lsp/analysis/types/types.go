// Package types describes the values of Lua programs: what the language server
// knows of an expression, a parameter or a table's field. It knows neither syntax
// nor the protocol. Types are built once and then immutable, but for Object and
// Func while the analysis of their file fills them in, and may be recursive.
package types

// Type is a type: Basic, *Literal, *Union, *Array, *Map, *Tuple, *Object, *Func
// or *Param.
type Type interface {
	// String is the type in LuaCATS notation, short enough for a label.
	String() string
}

// Basic is a type without parts.
type Basic uint8

// The basic types. Unknown is what nothing is known of; nothing is ever
// reported about it. Any is declared so.
const (
	Unknown Basic = iota
	Any
	Nil
	Boolean
	Number
	Integer // a number that is whole
	String
	TableType
	FunctionType
	Thread
	Userdata
	Never // no value: a branch that cannot be reached
)

// Literal is one string, number or boolean: Value is string, float64 or bool.
type Literal struct{ Value any }

// Union is any of two or more types, none of which is a Union.
type Union struct{ Of []Type }

// Array is a table with the keys 1 to n.
type Array struct{ Elem Type }

// Map is a table with keys of one type and values of one type.
type Map struct{ Key, Value Type }

// Tuple is a table of which the first elements are known one by one.
type Tuple struct{ Elems []Type }

// Param is a type parameter of a generic function or class.
type Param struct {
	Name  string
	Bound Type // nil: any
}

// Object is a table with named fields: a table constructor, a class, a module, a
// table of parameters that a schema describes.
type Object struct {
	// Name of the class, or "" for a table without one. For tools such as
	// "tool calculator".
	Name string
	Doc  string // Markdown
	Decl Location
	// Parents are looked in for fields that Fields lacks: base classes, and the
	// __index of a metatable. Read them with Bases, the next three with Entries,
	// and Call with Callable: the analysis works them out when they are needed.
	Parents []Type
	// Elem and Key, Value describe entries that Fields does not name; nil if
	// there are none that are known of.
	Elem       Type
	Key, Value Type
	// Call is what calling the table does (a __call metamethod), or nil.
	Call Type
	// Closed: other fields than these are a mistake (a schema says so, or
	// ---@class (exact)).
	Closed bool
	// Args are the types that a generic class was given, for String.
	Args []Type
	// Tool is the canonical name of the tool that the object is, of whose
	// parameters, or of whose result it is, with Role saying which.
	Tool string
	Role Role
	// Origin belongs to who made the object; nobody else looks at it.
	Origin any

	fields  []*Field // in the order of declaration
	index   map[string]*Field
	aliases map[string]*Field // by other spellings, which are accepted and not offered
	lazy    *lazy
}

// Role is what an Object is to its Tool.
type Role uint8

// The roles of objects.
const (
	NoRole     Role = iota
	ToolItself      // what Tool.get returns
	ToolParams      // the table that execute takes
	ToolResult      // the table that execute returns
)

// Field is a named field of an Object.
type Field struct {
	Name string
	Type Type
	Doc  string // Markdown
	Decl Location
	// Optional fields may be absent where a table is to be given; Default is what
	// then counts, nil for none, else as encoding/json decodes it.
	Optional   bool
	Default    any
	Deprecated string // what to use instead, or "yes"
	Private    bool
	// Source says where the field is known from if not from the file's own code:
	// "live · kernel 9555".
	Source string
	// Detail is one more thing to show: "1 to 20", a pattern, a format.
	Detail string
	// Slot is the provider of what a string given here names, as in Parameter.
	Slot string
}

// Func is a function.
type Func struct {
	Name     string // as it is called, for labels; may be ""
	Doc      string // Markdown
	Decl     Location
	Generics []*Param
	// Params are the declared parameters; self is not among them.
	Params []Parameter
	// Vararg is the type of what follows Params, nil if nothing may.
	Vararg Type
	// Self: the function takes an object as its first argument: it is called with
	// a colon, or with the object in front.
	Self bool
	// Receiver is what annotations say that this object is, nil if they say nothing.
	Receiver Type
	// Results are read with Returns, VarResult too: the analysis infers them when
	// they are needed.
	Results []Result
	// VarResult is the type of further results, nil for none.
	VarResult Type
	// Overloads are further ways to call it, without overloads of their own. They
	// are tried in order before the function itself.
	Overloads  []*Func
	Deprecated string
	NoDiscard  bool
	// Special names what the analysis knows of the function beyond its type:
	// "require", "setmetatable", "Tool.get", "pcall". "" for nearly all.
	Special string
	// Origin belongs to who made the function; nobody else looks at it.
	Origin any

	lazy *lazy
}

// Parameter of a Func.
type Parameter struct {
	Name     string
	Type     Type
	Doc      string
	Optional bool
	// Slot is the provider of what a string given here names (see
	// analysis.Slot): "tool", "event", "file"; "" for none.
	Slot string
}

// Result of a Func.
type Result struct {
	Name string // may be ""
	Type Type
	Doc  string
}

// Location is a place in a file: bytes Start to End. The zero Location is none.
type Location struct {
	URI        string
	Start, End int
}

// own is Field without working anything out, and without aliases.
func (o *Object) own(name string) *Field {
	if o.index != nil {
		return o.index[name]
	}
	for _, f := range o.fields {
		if f.Name == name {
			return f
		}
	}
	return nil
}

// Alias makes Field find the field of a name under another spelling too. Fields
// does not list it.
func (o *Object) Alias(spelling, name string) {
	f := o.own(name)
	if f == nil {
		return
	}
	if o.aliases == nil {
		o.aliases = map[string]*Field{}
	}
	o.aliases[spelling] = f
}

// Add adds a field, or puts it in the place of the one of its name.
func (o *Object) Add(f *Field) {
	if old := o.own(f.Name); old != nil {
		*old = *f
		return
	}
	o.fields = append(o.fields, f)
	switch {
	case o.index != nil:
		o.index[f.Name] = f
	case len(o.fields) > 8:
		o.index = make(map[string]*Field, 2*len(o.fields))
		for _, f := range o.fields {
			o.index[f.Name] = f
		}
	}
}
