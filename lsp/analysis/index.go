package analysis

import (
	"slices"
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis/luacats"
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
	e := &Entry{URI: f.URI, Path: f.Path, own: f.ownIndex()}
	e.named = slices.Clone(f.named())
	for i := range e.named {
		e.named[i].value = syntax.None // of a tree that is not kept
	}
	e.names = namesOf(f)
	for name, uses := range f.Vars().Globals {
		for _, u := range uses {
			if u.Write {
				e.globals = append(e.globals, strings.Clone(name))
				break
			}
		}
	}
	slices.Sort(e.globals)
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
	for n := syntax.Node(1); int(n) < t.Len(); n++ {
		switch t.Kind(n) {
		case syntax.FuncStat, syntax.LocalFunc:
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
