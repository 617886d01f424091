package analysis

import (
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis/luacats"
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
			return u.fieldSymbol(u.typeOf(t.First(parent)), name)
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

func (c *checker) libraryDefines(name string) bool {
	for _, f := range c.shared.library.librarySorted {
		if f.assigns(name) {
			return true
		}
	}
	return false
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

func (u *unit) stringSymbol(n syntax.Node) Symbol {
	t := u.tree
	parent := t.Parent(n)
	value, ok := t.String(n)
	if !ok {
		return Symbol{}
	}
	if global := u.globalNamed(n); global != "" {
		return u.globalSymbol(global)
	}
	if sym := u.registeredSymbol(n); sym.Kind != NoSymbol {
		return sym
	}
	switch t.Kind(parent) {
	case syntax.KeyField:
		if t.First(parent) == n {
			return u.keySymbol(t.Parent(parent), value)
		}
	case syntax.IndexKey:
		if t.First(parent) != n {
			if sym := u.fieldSymbol(u.typeOf(t.First(parent)), value); sym.Kind != NoSymbol {
				return sym
			}
		}
	}
	slot, ok := u.slotOf(n)
	if !ok {
		return Symbol{}
	}
	switch slot.Kind {
	case "enum", "field", "key", "scope":
		return Symbol{}
	case "state", "event":
		if slot.Later && !u.namesOnly(n) { // the variable may have other uses
			return Symbol{}
		}
	case "require":
		if f := u.c.module(u.file, value); f != nil {
			return Symbol{Kind: ModuleSymbol, Name: value, URI: f.URI}
		}
	case "file":
		if f := u.c.relative(u.file, value); f != nil && u.c.snap != nil {
			return Symbol{Kind: ModuleSymbol, Name: value, URI: f.URI}
		}
	case "tool":
		if cat := u.catalog(); cat != nil {
			if tool := cat.Tool(value); tool != nil {
				value = tool.Name
			}
		}
	}
	return Symbol{Kind: StringSymbol, Name: value, Slot: slot.Kind, Arg: slot.Arg}
}

// namesOnly tells whether a string is that of a local variable whose uses all name the same.
func (u *unit) namesOnly(n syntax.Node) bool {
	t, stat := u.tree, n
	for t.Kind(stat) == syntax.String || t.Kind(stat) == syntax.Paren || t.Kind(stat) == syntax.ExprList {
		stat = t.Parent(stat)
	}
	if t.Kind(stat) != syntax.LocalStat {
		return false
	}
	for name := range t.Children(t.First(stat)) {
		if text, _, _ := u.onlySlot(u.file.Vars().Var(name)); text == n {
			return true
		}
	}
	return false
}

// annotationSymbol is what a name in an annotation means: a class, or a parameter.
func (u *unit) annotationSymbol(offset int) (Symbol, types.Location) {
	for _, b := range u.file.Notes().Blocks {
		if offset < b.Start || offset > b.End {
			continue
		}
		for _, tag := range b.Tags {
			if p, ok := tag.(*luacats.ParamTag); ok && touches(p.Name, offset) {
				return u.paramSymbol(b, p.Name)
			}
		}
		for _, w := range typeWords(b) {
			if touches(w, offset) && basics[w.Text] == nil && w.Text != "" {
				return Symbol{Kind: TypeSymbol, Name: w.Text}, types.Location{URI: u.file.URI, Start: w.Start, End: w.End}
			}
		}
		for _, tag := range b.Tags {
			f, ok := tag.(*luacats.FieldTag)
			if !ok || !touches(f.Name, offset) {
				continue
			}
			at := types.Location{URI: u.file.URI, Start: f.Name.Start, End: f.Name.End}
			return Symbol{Kind: FieldSymbol, Name: f.Name.Text, URI: u.file.URI, Decl: f.Name.Start}, at
		}
	}
	return Symbol{}, types.Location{}
}

func touches(w luacats.Word, offset int) bool {
	return w.Start <= offset && offset <= w.End && w.Text != ""
}

// paramSymbol is the parameter that a @param speaks of.
func (u *unit) paramSymbol(b *luacats.Block, name luacats.Word) (Symbol, types.Location) {
	vars := u.file.Vars()
	for v := range vars.Vars {
		x := &vars.Vars[v]
		if x.Name == name.Text && x.Kind == scope.Param && u.functionNote(x.Function) == b {
			return u.localSymbol(scope.Var(v)), types.Location{URI: u.file.URI, Start: name.Start, End: name.End}
		}
	}
	return Symbol{}, types.Location{}
}

// typeWords returns the names of types in a block, where they are declared and where
// they are used.
func typeWords(b *luacats.Block) []luacats.Word {
	var list []luacats.Word
	for _, tag := range b.Tags {
		switch tag := tag.(type) {
		case *luacats.ClassTag:
			list = append(list, tag.Name)
		case *luacats.AliasTag:
			list = append(list, tag.Name)
		case *luacats.EnumTag:
			list = append(list, tag.Name)
		}
		luacats.TypesOf(tag, func(t luacats.Type) {
			luacats.Walk(t, func(t luacats.Type) bool {
				if n, ok := t.(*luacats.NameType); ok {
					list = append(list, n.Name)
				}
				return true
			})
		})
	}
	return list
}

// Definition returns where a symbol is defined, the most important place first; none
// for what has no place in a file.
func (s *Snapshot) Definition(sym Symbol) []types.Location {
	switch sym.Kind {
	case LocalSymbol:
		if sym.Decl < 0 {
			sym.Decl, sym.Name = -sym.Decl-1, ""
		}
		return s.namedAt(sym)
	case FieldSymbol, LabelSymbol:
		if tool, ok := strings.CutPrefix(sym.URI, SchemaScheme+":"); ok {
			if list := s.RegisteredParameter(nil, tool, sym.Name); len(list) > 0 {
				return list
			}
		}
		return s.namedAt(sym)
	case ModuleSymbol:
		return []types.Location{{URI: sym.URI}}
	case GlobalSymbol:
		return s.globalDefinitions(sym)
	case TypeSymbol:
		return s.typeDefinitions(sym.Name)
	case StringSymbol:
		if sym.Slot == "tool" {
			if list := s.Registrations(nil, sym.Name); len(list) > 0 {
				return list
			}
		}
		if sym.Slot == "tool" && s.catalog != nil && s.catalog.Tool(sym.Name) != nil {
			return []types.Location{{URI: SchemaScheme + ":" + sym.Name}}
		}
	}
	return nil
}

// Declaration returns where a symbol is declared: for locals the same as Definition.
func (s *Snapshot) Declaration(sym Symbol) []types.Location {
	all := s.Definition(sym)
	if len(all) > 1 {
		return all[:1]
	}
	return all
}

// namedAt returns the place of the name at a symbol's Decl.
func (s *Snapshot) namedAt(sym Symbol) []types.Location {
	f := s.File(sym.URI)
	if f == nil {
		if sym.Kind == FieldSymbol && sym.Decl == 0 && sym.URI != "" {
			return []types.Location{{URI: sym.URI}}
		}
		return nil
	}
	n := f.Tree().NodeAt(sym.Decl)
	if k := f.Tree().Kind(n); (k == syntax.Name || k == syntax.String) && f.Tree().Start(n) == sym.Decl {
		return []types.Location{{URI: f.URI, Start: sym.Decl, End: f.Tree().End(n)}}
	}
	// A @field.
	if end := sym.Decl + len(sym.Name); end <= len(f.text) {
		return []types.Location{{URI: f.URI, Start: sym.Decl, End: end}}
	}
	return nil
}

func (s *Snapshot) globalDefinitions(sym Symbol) []types.Location {
	var files []*File
	if sym.URI != "" {
		if f := s.File(sym.URI); f != nil {
			files = append(files, f)
		}
	} else {
		files = s.shared.library.librarySorted
	}
	var list []types.Location
	for _, f := range files {
		for _, use := range f.Vars().Globals[sym.Name] {
			if use.Write {
				list = append(list, types.Location{URI: f.URI, Start: f.Tree().Start(use.Node), End: f.Tree().End(use.Node)})
				break
			}
		}
		if len(list) > 0 {
			continue
		}
		for _, g := range f.globalFields() {
			if g.write && g.name == sym.Name {
				list = append(list, types.Location{URI: f.URI, Start: f.Tree().Start(g.node), End: f.Tree().End(g.node)})
				break
			}
		}
	}
	return list
}

func (s *Snapshot) typeDefinitions(name string) []types.Location {
	s.shared.mu.Lock()
	defer s.shared.mu.Unlock()
	var list []types.Location
	files := s.checker.typeFiles(name)
	if len(files) == 0 {
		files = s.shared.library.typeFiles(name)
	}
	for _, f := range files {
		for _, b := range f.typeNames()[name] {
			for _, tag := range b.Tags {
				var w luacats.Word
				switch tag := tag.(type) {
				case *luacats.ClassTag:
					w = tag.Name
				case *luacats.AliasTag:
					w = tag.Name
				case *luacats.EnumTag:
					w = tag.Name
				}
				if w.Text == name {
					list = append(list, types.Location{URI: f.URI, Start: w.Start, End: w.End})
				}
			}
		}
	}
	return list
}

// TypeDefinition returns where a type is declared: its class, the constructor of the
// table, the function; the schema of a tool.
func (s *Snapshot) TypeDefinition(t types.Type) []types.Location {
	switch t := t.(type) {
	case *types.Object:
		if t.Tool != "" {
			if list := s.Registrations(nil, t.Tool); len(list) > 0 {
				return list
			}
			return []types.Location{{URI: SchemaScheme + ":" + t.Tool}}
		}
		if t.Decl != (types.Location{}) {
			return []types.Location{t.Decl}
		}
	case *types.Func:
		if t.Decl != (types.Location{}) {
			return []types.Location{t.Decl}
		}
	case *coroutine:
		return s.TypeDefinition(t.f)
	case *types.Array:
		return s.TypeDefinition(t.Elem)
	case *types.Map:
		return s.TypeDefinition(t.Value)
	case *types.Union:
		var list []types.Location
		for _, of := range t.Of {
			list = append(list, s.TypeDefinition(of)...)
		}
		return list
	case *types.Literal, types.Basic:
		if typeName(t) == "string" {
			return s.globalDefinitions(Symbol{Kind: GlobalSymbol, Name: "string"})
		}
	}
	return nil
}
