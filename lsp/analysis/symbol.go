package analysis

import (
	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// SymbolAt returns what is named at an offset, and the place of the name; not ok if
// nothing is, or it is not known what.
func (s *Snapshot) SymbolAt(f *File, offset int) (Symbol, types.Location, bool) {
	type answer struct {
		sym Symbol
		at  types.Location
	}
	a := in(s, f, func(u *unit) answer {
		n := u.tree.NodeAt(offset)
		switch u.tree.Kind(n) {
		case syntax.Name:
			return answer{u.symbol(n), u.location(n)}
		case syntax.String:
			sym := u.stringSymbol(n)
			at := u.location(n)
			if q, ok := u.tree.Quote(n); ok {
				at.Start, at.End = q.Start, q.End
			}
			return answer{sym, at}
		}
		sym, at := u.annotationSymbol(offset)
		return answer{sym, at}
	})
	return a.sym, a.at, a.sym.Kind != NoSymbol
}

// SymbolOf returns what a Name or a String means, the zero Symbol if that is not
// known.
func (s *Snapshot) SymbolOf(f *File, n syntax.Node) Symbol {
	return in(s, f, func(u *unit) Symbol {
		if u.tree.Kind(n) == syntax.String {
			return u.stringSymbol(n)
		}
		return u.symbol(n)
	})
}

func (u *unit) symbol(n syntax.Node) Symbol {
	t := u.tree
	if t.Kind(n) != syntax.Name {
		return Symbol{}
	}
	if sym := u.registeredSymbol(n); sym.Kind != NoSymbol {
		return sym
	}
	name := t.Source(n)
	parent := t.Parent(n)
	switch t.Kind(parent) {
	case syntax.Index, syntax.Method:
		if t.First(parent) != n {
			if global := u.globalNamed(n); global != "" {
				return u.globalSymbol(global)
			}
			return u.memberSymbol(t.First(parent), name)
		}
	case syntax.NameField:
		if t.First(parent) == n {
			return u.keySymbol(t.Parent(parent), name)
		}
	case syntax.LabelStat, syntax.GotoStat:
		for _, l := range u.file.Vars().Labels {
			if l.Decl == n {
				return Symbol{Kind: LabelSymbol, Name: name, URI: u.file.URI, Decl: t.Start(l.Decl)}
			}
			for _, use := range l.Uses {
				if use == n {
					return Symbol{Kind: LabelSymbol, Name: name, URI: u.file.URI, Decl: t.Start(l.Decl)}
				}
			}
		}
		return Symbol{}
	}
	if v := u.file.Vars().Var(n); v != scope.NoVar {
		return u.localSymbol(v)
	}
	return u.globalSymbol(name)
}

func (u *unit) localSymbol(v scope.Var) Symbol {
	x := &u.file.Vars().Vars[v]
	sym := Symbol{Kind: LocalSymbol, Name: x.Name, URI: u.file.URI, Decl: u.tree.Start(x.Decl)}
	if x.Kind == scope.Self {
		sym.Decl = -sym.Decl - 1 // its Decl is the name of the method
	}
	return sym
}

// globalSymbol is a global as this file means it: a script that assigns one means
// its own.
func (u *unit) globalSymbol(name string) Symbol {
	sym := Symbol{Kind: GlobalSymbol, Name: name}
	switch {
	case u.c.snap == nil || u.c.libraryDefines(name):
	case u.file.assigns(name):
		sym.URI = u.file.URI
	default:
		if files := u.c.filesDefining(name); len(files) > 0 {
			sym.URI = files[0].URI
		}
	}
	return sym
}

// memberSymbol is the field of a name in the table that an expression is. Of a table that comes from
// where it is not known, as C = require("elsewhere"):extend(), it is what the file stores in it, as
// self in the methods that it declares.
func (u *unit) memberSymbol(object syntax.Node, name string) Symbol {
	of := u.typeOf(object)
	if of == types.Unknown {
		u.stores()
		if f := u.path(object, false); f != nil && len(f.named[name]) > 0 {
			of = u.objectType(f)
		}
	}
	return u.fieldSymbol(of, name)
}

// fieldSymbol is the field of a type: it is known by the place where its own table
// first has it.
func (u *unit) fieldSymbol(t types.Type, name string) Symbol {
	f := u.c.field(t, name)
	if f == nil {
		return Symbol{}
	}
	if f.Decl != (types.Location{}) {
		return Symbol{Kind: FieldSymbol, Name: f.Name, URI: f.Decl.URI, Decl: f.Decl.Start}
	}
	if of, ok := f.Type.(*types.Object); ok && of.Role == types.ToolItself && ownerOf(t) != nil && ownerOf(t).Name == toolGlobal {
		return Symbol{Kind: StringSymbol, Name: of.Tool, Slot: "tool"}
	}
	if o := ownerOf(t); o != nil && o.Tool != "" {
		return Symbol{Kind: FieldSymbol, Name: f.Name, URI: SchemaScheme + ":" + o.Tool}
	}
	return Symbol{}
}

// SchemaScheme is that of the URIs of documents that show the schema of a tool.
const SchemaScheme = "llmspell-schema"

func ownerOf(t types.Type) *types.Object {
	o, _ := t.(*types.Object)
	return o
}

// keySymbol is a key in a constructor: of what the table is wanted as, else of the
// table itself.
func (u *unit) keySymbol(table syntax.Node, name string) Symbol {
	if want := u.expected(table); want != types.Unknown {
		if sym := u.fieldSymbol(want, name); sym.Kind != NoSymbol {
			return sym
		}
	}
	if object := u.given(table); object != syntax.None {
		if sym := u.fieldSymbol(u.typeOf(object), name); sym.Kind != NoSymbol {
			return sym // of the class whose instance the table becomes
		}
	}
	return u.fieldSymbol(u.typeOf(table), name)
}

// given returns the call of setmetatable whose first argument a table is, or None.
func (u *unit) given(table syntax.Node) syntax.Node {
	t := u.tree
	args := t.Parent(table)
	if t.Kind(args) != syntax.Args || t.First(args) != table {
		return syntax.None
	}
	call := t.Parent(args)
	if callee := t.First(call); t.Kind(callee) != syntax.Name || t.Source(callee) != "setmetatable" || u.file.Vars().Var(callee) != scope.NoVar {
		return syntax.None
	}
	return call
}
