package analysis

import (
	"context"
	"maps"
	"slices"

	"github.com/llmspell/llmspell/lsp/analysis/luacats"
	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/runtime/syntax"
	"github.com/llmspell/llmspell/tools/spec"
)

// References returns all places of the workspace that name a symbol, its declaration
// included, in the order of URIs and of the text. It ends early, with what it has,
// when ctx is done.
func (s *Snapshot) References(ctx context.Context, sym Symbol) []Reference {
	if sym.Kind == GlobalSymbol && sym.URI != "" {
		if list, ok := s.sharedGlobal(ctx, sym); ok {
			return list
		}
	}
	var list []Reference
	for _, uri := range s.candidates(sym) {
		if ctx.Err() != nil {
			break
		}
		if f := s.File(uri); f != nil {
			list = append(list, s.ReferencesIn(f, sym)...)
		}
		s.release(uri)
	}
	return list
}

// sharedGlobal returns the places that name a global of scripts: in the files that one
// program loads, whichever of them assigns it. Not ok: only the symbol's own file names it.
func (s *Snapshot) sharedGlobal(ctx context.Context, sym Symbol) (list []Reference, ok bool) {
	f := s.File(sym.URI)
	if f == nil || !s.mentionedElsewhere(sym) {
		return nil, false
	}
	for _, f := range s.sharing(ctx, f, sym.Name) {
		list = append(list, in(s, f, func(u *unit) []Reference {
			refs := u.globalReferences(sym.Name)
			slices.SortStableFunc(refs, func(a, b Reference) int { return a.Start - b.Start })
			return refs
		})...)
		s.release(f.URI)
	}
	return list, true
}

// mentionedElsewhere tells whether a file besides the symbol's own may name it.
func (s *Snapshot) mentionedElsewhere(sym Symbol) bool {
	for uri, f := range s.open {
		if uri != sym.URI && f.Entry().mentions(sym.Name) {
			return true
		}
	}
	for uri, e := range s.disk.entries {
		if uri != sym.URI && s.open[uri] == nil && e.mentions(sym.Name) {
			return true
		}
	}
	return false
}

// candidates returns the URIs of the files that may name a symbol, sorted.
func (s *Snapshot) candidates(sym Symbol) []string {
	switch sym.Kind {
	case NoSymbol:
		return nil
	case LocalSymbol, LabelSymbol:
		return []string{sym.URI}
	}
	uris := slices.Collect(maps.Keys(s.open))
	name := sym.Name
	if sym.Kind == ModuleSymbol {
		name = "require"
	}
	for uri, e := range s.disk.entries {
		if s.open[uri] == nil && (sym.Kind == TypeSymbol || sym.Slot != "" || e.mentions(name)) {
			uris = append(uris, uri)
		}
	}
	slices.Sort(uris)
	return uris
}

// release forgets what was inferred about a file that is not open, so that a search
// over the workspace does not hold all of it.
func (s *Snapshot) release(uri string) {
	if s.open[uri] != nil {
		return
	}
	s.shared.mu.Lock()
	defer s.shared.mu.Unlock()
	const keep = 32
	if len(s.checker.units) > keep {
		for f := range s.checker.units {
			if f.URI == uri {
				delete(s.checker.units, f)
			}
		}
	}
}

// ReferencesIn returns the places of one file that name a symbol, in order.
func (s *Snapshot) ReferencesIn(f *File, sym Symbol) []Reference {
	list := in(s, f, func(u *unit) []Reference {
		switch sym.Kind {
		case LocalSymbol:
			return u.localReferences(sym)
		case GlobalSymbol:
			if u.globalSymbol(sym.Name) != sym {
				return nil
			}
			return u.globalReferences(sym.Name)
		case LabelSymbol:
			return u.labelReferences(sym)
		case TypeSymbol:
			return u.typeReferences(sym.Name)
		case FieldSymbol:
			return u.fieldReferences(sym)
		case StringSymbol, ModuleSymbol:
			return u.stringReferences(sym)
		}
		return nil
	})
	slices.SortStableFunc(list, func(a, b Reference) int { return a.Start - b.Start })
	return slices.CompactFunc(list, func(a, b Reference) bool { return a.Location == b.Location })
}

func (u *unit) localReferences(sym Symbol) []Reference {
	vars := u.file.Vars()
	for v := range vars.Vars {
		x := &vars.Vars[v]
		if x.Name != sym.Name || u.localSymbol(scope.Var(v)) != sym {
			continue
		}
		var list []Reference
		if x.Kind != scope.Self {
			list = append(list, Reference{Location: u.location(x.Decl), Write: true, Declaration: true})
		}
		for _, use := range x.Uses {
			list = append(list, Reference{Location: u.location(use.Node), Write: use.Write})
		}
		if x.Kind == scope.Param {
			if tag := paramTag(u.functionNote(x.Function), x.Name); tag != nil {
				at := types.Location{URI: u.file.URI, Start: tag.Name.Start, End: tag.Name.End}
				list = append(list, Reference{Location: at})
			}
		}
		return list
	}
	return nil
}

func (u *unit) labelReferences(sym Symbol) []Reference {
	var list []Reference
	for _, l := range u.file.Vars().Labels {
		if l.Name != sym.Name || u.tree.Start(l.Decl) != sym.Decl {
			continue
		}
		list = append(list, Reference{Location: u.location(l.Decl), Declaration: true})
		for _, use := range l.Uses {
			list = append(list, Reference{Location: u.location(use)})
		}
	}
	return list
}

// isDeclaration tells whether a write is a function statement, or the first
// assignment.
func (u *unit) isDeclaration(n syntax.Node) bool {
	if u.tree.Kind(u.tree.Parent(n)) == syntax.FuncStat {
		return true
	}
	for _, use := range u.file.Vars().Globals[u.tree.Source(n)] {
		if use.Write {
			return use.Node == n
		}
	}
	return false
}

func (u *unit) fieldReferences(sym Symbol) []Reference {
	t := u.tree
	var list []Reference
	for n := syntax.Node(1); int(n) < t.Len(); n++ {
		switch t.Kind(n) {
		case syntax.Name:
			if t.Source(n) != sym.Name {
				continue
			}
			parent := t.Parent(n)
			switch t.Kind(parent) {
			case syntax.Index, syntax.Method:
				if t.First(parent) == n || u.symbol(n) != sym {
					continue
				}
				list = append(list, Reference{Location: u.location(n), Write: u.isTarget(parent), Declaration: t.Start(n) == sym.Decl && u.file.URI == sym.URI})
			case syntax.NameField:
				if t.First(parent) == n && u.symbol(n) == sym {
					list = append(list, Reference{Location: u.location(n), Write: true, Declaration: t.Start(n) == sym.Decl && u.file.URI == sym.URI})
				}
			}
		case syntax.String:
			if value, ok := t.String(n); ok && value == sym.Name && u.stringSymbol(n) == sym {
				q, _ := t.Quote(n)
				list = append(list, Reference{Location: types.Location{URI: u.file.URI, Start: q.Start, End: q.End}, Write: u.isTarget(t.Parent(n))})
			}
		}
	}
	for _, b := range u.file.Notes().Blocks {
		for _, tag := range b.Tags {
			if f, ok := tag.(*luacats.FieldTag); ok && f.Name.Text == sym.Name && f.Name.Start == sym.Decl && u.file.URI == sym.URI {
				at := types.Location{URI: u.file.URI, Start: f.Name.Start, End: f.Name.End}
				list = append(list, Reference{Location: at, Declaration: true})
			}
		}
	}
	return list
}

func (u *unit) stringReferences(sym Symbol) []Reference {
	t := u.tree
	var list []Reference
	for n := syntax.Node(1); int(n) < t.Len(); n++ {
		if sym.Slot == "tool" && t.Kind(n) == syntax.Name && u.namesTool(n, sym) { // Tool.calculator
			list = append(list, Reference{Location: u.location(n)})
			continue
		}
		if t.Kind(n) != syntax.String {
			continue
		}
		got := u.stringSymbol(n)
		if sym.Kind == ModuleSymbol {
			got.Name = sym.Name // the same file under another name
		}
		if got == sym {
			q, _ := t.Quote(n)
			_, declares := u.file.registered().at[n]
			list = append(list, Reference{Location: types.Location{URI: u.file.URI, Start: q.Start, End: q.End}, Declaration: declares})
		}
	}
	return list
}

// namesTool tells whether a Name is that of a tool, as a field of the global Tool.
func (u *unit) namesTool(n syntax.Node, sym Symbol) bool {
	index := u.tree.Parent(n)
	if k := u.tree.Kind(index); k != syntax.Index && k != syntax.Method || u.tree.First(index) == n {
		return false
	}
	return spec.Canonical(u.tree.Source(n)) == sym.Name && u.symbol(n) == sym
}

func (u *unit) typeReferences(name string) []Reference {
	var list []Reference
	for _, b := range u.file.Notes().Blocks {
		declared := map[int]bool{}
		for _, tag := range b.Tags {
			switch tag := tag.(type) {
			case *luacats.ClassTag:
				declared[tag.Name.Start] = true
			case *luacats.AliasTag:
				declared[tag.Name.Start] = true
			case *luacats.EnumTag:
				declared[tag.Name.Start] = true
			}
		}
		for _, w := range typeWords(b) {
			if w.Text == name {
				at := types.Location{URI: u.file.URI, Start: w.Start, End: w.End}
				list = append(list, Reference{Location: at, Declaration: declared[w.Start]})
			}
		}
	}
	for _, as := range u.file.Notes().As {
		luacats.Walk(as.Type, func(t luacats.Type) bool {
			if n, ok := t.(*luacats.NameType); ok && n.Name.Text == name {
				at := types.Location{URI: u.file.URI, Start: n.Name.Start, End: n.Name.End}
				list = append(list, Reference{Location: at})
			}
			return true
		})
	}
	return list
}

// Implementation returns where a method or field is defined by the classes that
// inherit from its own, and by its own.
func (s *Snapshot) Implementation(sym Symbol) []types.Location {
	if sym.Kind != FieldSymbol {
		return s.Definition(sym)
	}
	list := s.Definition(sym)
	for _, uri := range s.candidates(sym) {
		f := s.File(uri)
		if f == nil {
			continue
		}
		list = append(list, in(s, f, func(u *unit) []types.Location { return u.overrides(sym) })...)
		s.release(uri)
	}
	return list
}

// overrides returns the functions of the file that take the place of a field.
func (u *unit) overrides(sym Symbol) []types.Location {
	t := u.tree
	var list []types.Location
	for n := syntax.Node(1); int(n) < t.Len(); n++ {
		if t.Kind(n) != syntax.FuncStat {
			continue
		}
		target := t.First(n)
		if name, ok := u.keyName(target); !ok || name != sym.Name || u.symbol(t.Child(target, 1)) == sym {
			continue
		}
		o, ok := u.typeOf(t.First(target)).(*types.Object)
		if !ok {
			continue
		}
		from, ok := o.Origin.(*object)
		if !ok {
			continue
		}
		for _, p := range from.parents() {
			if u.fieldSymbol(p, sym.Name) == sym {
				list = append(list, u.location(t.Child(target, 1)))
				break
			}
		}
	}
	return list
}
