package analysis

import (
	"slices"
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis/luacats"
	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// Entry is what is kept of a file that is not open: enough to know whether it is
// worth reading again. It holds no part of the text.
type Entry struct {
	URI, Path string
	// Symbols are what the file declares for others, in the order of the text.
	Symbols []Outline

	names   []uint32 // hashes of all names and of short strings, sorted
	globals []string // global variables that it assigns, sorted
	types   []string // classes, aliases and enums of its annotations, sorted
	own     *ownIndex
	named   []Named
	// loads are the last parts of the names that it gives require, dofile and loadfile,
	// sorted: "b" of "a.b" and of "a/b.lua". "*" is a name that is computed.
	loads   []string
	modules []string // the names of the modules that it loads, sorted
	reads   []uint32 // hashes of the globals that it uses and does not assign, sorted
	stores  []uint32 // hashes of the fields that it stores, sorted
	extends bool     // see extendsLibraries
	// overloads: see MayOverload
	overloads bool
	// meta: the file declares, and is never run
	meta bool
}

// Outline is a declaration that a search over the workspace can find.
type Outline struct {
	Name string
	// Container is the table or class that it is in, "" for none.
	Container string
	Kind      OutlineKind
	// Start and End are the bytes of the name.
	Start, End int
}

// OutlineKind is what an Outline declares.
type OutlineKind uint8

// The kinds of outlines.
const (
	FunctionOutline OutlineKind = iota
	MethodOutline
	VariableOutline // a global
	ClassOutline    // a class, alias or enum of annotations
	TableOutline    // a local table that is the class of others, without annotations
)

// Entry returns what an index keeps of the file.
func (f *File) Entry() *Entry {
	f.indexOnce.Do(func() { f.index = indexOf(f) })
	return f.index
}

// Mentions tells whether the file may have a name somewhere; it is never false if it has.
func (e *Entry) Mentions(name string) bool { return e.mentions(name) }

// mentions tells whether the file may have a name somewhere.
func (e *Entry) mentions(name string) bool {
	_, ok := slices.BinarySearch(e.names, hash(name))
	return ok
}

func hash(s string) uint32 {
	h := uint32(2166136261)
	for i := 0; i < len(s); i++ {
		h = (h ^ uint32(s[i])) * 16777619
	}
	return h
}

// maxIndexedString is how long a string may be that counts as a name.
const maxIndexedString = 64

func indexOf(f *File) *Entry {
	e := &Entry{URI: f.URI, Path: f.Path, own: f.ownIndex(), meta: f.Notes().Meta}
	e.named = slices.Clone(f.named())
	for i := range e.named {
		e.named[i].value = syntax.None // of a tree that is not kept
	}
	e.names = namesOf(f)
	e.stores, e.extends = storesOf(f), extendsLibraries(f)
	e.overloads = overloads(f)
	e.loads, e.modules = loadsOf(f), modulesOf(f)
	for name, uses := range f.Vars().Globals {
		if slices.ContainsFunc(uses, func(u scope.Use) bool { return u.Write }) {
			e.globals = append(e.globals, strings.Clone(name))
		} else {
			e.reads = append(e.reads, hash(name))
		}
	}
	for _, g := range f.globalFields() {
		if g.write {
			e.globals = append(e.globals, strings.Clone(g.name))
		} else {
			e.reads = append(e.reads, hash(g.name))
		}
	}
	slices.Sort(e.globals)
	e.globals = slices.Compact(e.globals)
	slices.Sort(e.reads)
	e.reads = slices.Clip(e.reads)
	e.outline(f)
	e.annotated(f)
	slices.SortStableFunc(e.Symbols, func(a, b Outline) int { return a.Start - b.Start })
	e.Symbols = slices.Clip(e.Symbols)
	return e
}

func namesOf(f *File) []uint32 {
	seen := map[uint32]struct{}{}
	t := f.Tree()
	for i, tok := range t.Tokens() {
		switch tok.Kind {
		case syntax.Ident:
			seen[hash(t.TokenText(i))] = struct{}{}
		case syntax.StringToken:
			if s := t.TokenText(i); len(s) <= maxIndexedString+2 && len(s) >= 2 && s[0] != '[' {
				seen[hash(s[1:len(s)-1])] = struct{}{}
			}
		}
	}
	for _, b := range f.Notes().Blocks {
		for _, w := range typeWords(b) {
			seen[hash(w.Text)] = struct{}{}
		}
	}
	for _, as := range f.Notes().As {
		luacats.Walk(as.Type, func(t luacats.Type) bool {
			if n, ok := t.(*luacats.NameType); ok {
				seen[hash(n.Name.Text)] = struct{}{}
			}
			return true
		})
	}
	names := make([]uint32, 0, len(seen))
	for h := range seen {
		names = append(names, h)
	}
	slices.Sort(names)
	return names
}

// outline adds the functions of the file that have names, and its globals.
func (e *Entry) outline(f *File) {
	t := f.Tree()
	for n := range f.NodesOf(syntax.FuncStat, syntax.LocalFunc) {
		target := t.First(n)
		o := Outline{Kind: FunctionOutline, Start: t.Start(target), End: t.End(target)}
		if t.Kind(target) == syntax.Index || t.Kind(target) == syntax.Method {
			if t.Kind(target) == syntax.Method {
				o.Kind = MethodOutline
			}
			name := t.Child(target, 1)
			o.Container = strings.Clone(t.Source(t.First(target)))
			o.Start, o.End = t.Start(name), t.End(name)
		}
		if o.Name = strings.Clone(f.text[o.Start:o.End]); o.Name != "" {
			e.Symbols = append(e.Symbols, o)
		}
	}
	for n := range f.NodesOf(syntax.AssignStat) {
		if x := classTable(f, n); x != nil {
			e.Symbols = append(e.Symbols, Outline{Name: strings.Clone(x.Name), Kind: TableOutline, Start: t.Start(x.Decl), End: t.End(x.Decl)})
		}
	}
	for name, uses := range f.Vars().Globals {
		for _, u := range uses {
			if u.Write && t.Kind(t.Parent(u.Node)) != syntax.FuncStat {
				e.Symbols = append(e.Symbols, Outline{
					Name: strings.Clone(name), Kind: VariableOutline,
					Start: t.Start(u.Node), End: t.End(u.Node),
				})
				break
			}
		}
	}
}

// classTable returns the local variable X of the file itself if a statement is X.__index = X,
// and no annotation declares a class of its name: so its methods have a table to be found in.
func classTable(f *File, stat syntax.Node) *scope.Variable {
	t := f.Tree()
	target, value := t.First(t.First(stat)), t.First(t.Next(t.First(stat)))
	if t.Kind(target) != syntax.Index || t.Kind(value) != syntax.Name || t.NameOf(t.Child(target, 1)) != "__index" {
		return nil
	}
	vars := f.Vars()
	v := vars.Var(value)
	if v == scope.NoVar || vars.Var(t.First(target)) != v || vars.Vars[v].Function != t.Root() || vars.Vars[v].Kind != scope.Local || len(f.typeNames()[vars.Vars[v].Name]) > 0 {
		return nil
	}
	return &vars.Vars[v]
}

// annotated adds the types that annotations declare.
func (e *Entry) annotated(f *File) {
	for _, b := range f.Notes().Blocks {
		for _, tag := range b.Tags {
			var name luacats.Word
			switch tag := tag.(type) {
			case *luacats.ClassTag:
				name = tag.Name
			case *luacats.AliasTag:
				name = tag.Name
			case *luacats.EnumTag:
				name = tag.Name
			default:
				continue
			}
			if name.Text == "" {
				continue
			}
			text := strings.Clone(name.Text)
			e.types = append(e.types, text)
			e.Symbols = append(e.Symbols, Outline{Name: text, Kind: ClassOutline, Start: name.Start, End: name.End})
		}
	}
	slices.Sort(e.types)
	e.types = slices.Compact(e.types)
}
