// Package analysis understands Lua files: what each name means, what type each
// expression has, what a string names. It knows neither the protocol nor the
// network: the language server, `llmspell check` and tests use it alike.
//
// A Snapshot is an immutable view of all files, the configuration and the
// catalogue. What it has computed it keeps, behind locks of its own, so that many
// requests can use it at once. A new text makes a new Snapshot which shares all
// files that did not change.
package analysis

import (
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// Member is what can follow a dot or colon, or be a key in a table constructor.
type Member struct {
	*types.Field
	// Owner is the name of the class or tool that has it, or "".
	Owner string
	// Method: the member is a function that takes the object as its first argument.
	Method bool
}

// Slot says that a string names something.
type Slot struct {
	// Kind is the provider: "tool", "agent", "model", "template", "event", "hook",
	// "state", "scope", "session", "file", "require", "enum", "field", and "key" for
	// the key of a constructor.
	Kind string
	Node syntax.Node // the String, in completion possibly a BadString or Missing
	// Start and End are the bytes of the text between the quotes.
	Start, End int
	// Value is the string's value as far as it is written.
	Value string
	// Arg narrows the provider: for "state" the scope, for "enum" nothing.
	Arg string
	// Expected is the type that is wanted there, for "enum" and "field"; for "key" that
	// of the constructor.
	Expected types.Type
	// Later: the string is in a variable which is given to what wants the name.
	Later bool
}

// Call says what is called around a place.
type Call struct {
	Node   syntax.Node // the Call
	Func   *types.Func // what is called; nil if not known
	Callee syntax.Node // the expression that Func is: of pcall(f, …) f
	Colon  bool        // called as a:b(), so that the object is not among the arguments
	Object bool        // the first of Func.Params is what stands before the colon: s:rep(3)
	Active int         // the number of the parameter in Func.Params; len(Params) in the varargs
	// Argument is the number of the argument at the place, among those that Func gets.
	Argument int
	// Table is the Table argument around the place, None if there is none, and
	// Params its type: the parameters of a tool, named options.
	Table  syntax.Node
	Params *types.Object
	// Keys are the fields that Table already has.
	Keys []string
}

// Symbol is what a name means: two names are the same thing if their Symbols are
// equal. The zero Symbol is nothing that is known.
type Symbol struct {
	Kind SymbolKind
	// Name of the global, field, label, tool, event, …
	Name string
	// URI and Decl tell locals, labels and fields apart: the file and the node (or
	// the place of the owner's declaration) that they come from.
	URI  string
	Decl int
	// Slot is the kind of the slot for names in strings.
	Slot string
	// Arg is what narrows the slot: the same state key of another scope is another thing.
	Arg string
}

// SymbolKind is a kind of Symbol.
type SymbolKind uint8

// The kinds of symbols.
const (
	NoSymbol SymbolKind = iota
	LocalSymbol
	GlobalSymbol
	FieldSymbol // of a class, a module or a table constructor, Decl being that table's
	LabelSymbol
	StringSymbol // what a string names: an event, a state key
	ModuleSymbol // a file, named by require
	TypeSymbol   // a class or alias of annotations
)

// Reference is a place where a symbol is named.
type Reference struct {
	types.Location
	Write       bool
	Declaration bool
}
