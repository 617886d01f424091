package analysis

import (
	"slices"
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis/luacats"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/runtime/syntax"
)

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

// FieldDefinitions returns where all the tables that an expression can be have the field that
// is named at an offset; none if it is one table.
func (s *Snapshot) FieldDefinitions(f *File, offset int) []types.Location {
	symbols := in(s, f, func(u *unit) (list []Symbol) {
		t := u.tree
		n := t.NodeAt(offset)
		parent := t.Parent(n)
		if k := t.Kind(parent); t.Kind(n) != syntax.Name || k != syntax.Index && k != syntax.Method || t.First(parent) == n {
			return nil
		}
		union, ok := u.typeOf(t.First(parent)).(*types.Union)
		if !ok {
			return nil
		}
		for _, of := range union.Of {
			if sym := u.fieldSymbol(of, t.NameOf(n)); sym.Kind == FieldSymbol && !slices.Contains(list, sym) {
				list = append(list, sym)
			}
		}
		return list
	})
	var list []types.Location
	for _, sym := range symbols {
		for _, l := range s.Definition(sym) {
			if !slices.Contains(list, l) {
				list = append(list, l)
			}
		}
	}
	return list
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
