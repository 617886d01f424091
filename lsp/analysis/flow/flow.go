// Package flow tells which tables of a program can be the same, so that all places
// are known that name one of their fields. It is what makes a renaming safe: types
// are the best guess of what a name means, this is all that it may mean.
//
// Each expression has a node, and nodes whose values may be the same become one: by
// assignments, arguments, results, metatables, annotations. What is left apart cannot
// meet while the program runs. A table that code outside of the program gets, or whose
// keys the program itself looks up by names that it computes, is marked with the reason.
package flow

import (
	"cmp"
	"slices"
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis/luacats"
	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// File is a file of a program.
type File struct {
	URI   string
	Tree  *syntax.Tree
	Vars  *scope.Info
	Notes *luacats.Notes
	// Module returns the number of the file in Program.Files that a name loads, -1 if
	// there is none: of require, or with path set of dofile and loadfile.
	Module func(name string, path bool) int
	// Modules are the names that require may know the file by, for names that are
	// computed: the longest one, with dots.
	Modules string
	// Alone says that files outside of the program may load this one.
	Alone bool
}

// Program are the files that can see each other's values.
type Program struct {
	Files []File
	// Names are the keys whose places are wanted.
	Names []string
	// Class tells whether a name is a type that files of the workspace declare.
	Class func(name string) bool
	// Scope numbers the programs that a global belongs to: files with the same number
	// mean the same variable. nil: all do.
	Scope func(file int, global string) int
	// Library tells whether a global is defined by something else than the files.
	Library func(global string) bool
	// Kernel tells whether such a global is the kernel's own, whose functions are declared:
	// they keep no table that they are given, and store nothing in it. nil: none is.
	Kernel func(global string) bool
	// Closed: fields that nothing stores are not there, and never will be. Else somebody
	// may still write them, such as the methods of an abstract class.
	Closed bool
}

// Place is where a key is named: the bytes Start to End, without quotes.
type Place struct {
	URI        string
	Start, End int
	Write      bool
	// Node is the Name or String, None in an annotation.
	Node syntax.Node
}

// Reason says why not all is known of a table.
type Reason struct {
	URI    string
	Offset int
	// Text is a sentence about the name, without a full stop: "its table is given to f".
	// The URI is "" if no place can be told.
	Text string
}

// Key is a name in tables that can be the same.
type Key struct {
	Name   string
	Places []Place
	// Unknown is why there may be other places; nil if these are all.
	Unknown *Reason
	// Made: some of the tables are made by the program.
	Made bool
	// Global: it is the name of a global variable.
	Global bool

	root id
}

// Graph is what is known of a program.
type Graph struct {
	s *solver
	// reached is what shared finds, made what origins does.
	reached map[id]bool
	made    *origins
}

// Solve works out which tables of a program can be the same.
func Solve(p Program) *Graph {
	s := newSolver(p)
	for i := range p.Files {
		s.collect(i)
	}
	s.solve()
	return &Graph{s: s}
}

// KeyAt returns the key that is named by the place that begins at an offset; not ok
// if none of the program's names is there.
func (g *Graph) KeyAt(uri string, offset int) (Key, bool) {
	for i := range g.s.places {
		o := &g.s.places[i]
		if o.start == int32(offset) && g.s.program.Files[o.file].URI == uri {
			return g.key(g.s.find(o.of), g.s.program.Names[o.name]), true
		}
	}
	return Key{}, false
}

// Global returns the key that a global variable of a file is.
func (g *Graph) Global(file int, name string) Key {
	return g.key(g.s.find(g.s.globalName(int32(file), name)), name)
}

func (g *Graph) key(root id, name string) Key {
	s := g.s
	n := &s.nodes[root]
	k := Key{Name: name, root: root, Made: n.flags&made != 0}
	if g := s.find(s.globals); root == g || n.flags&global != 0 {
		k.Global, k.Made = true, true
		n = &s.nodes[g]
	}
	k.Places = g.Others(k, name)
	switch {
	case n.unknown != nil:
		k.Unknown = n.unknown
	case n.dynamic != nil:
		k.Unknown = n.dynamic
	case n.flags&text != 0 && g.ofStrings(name):
		k.Unknown = &Reason{Text: "it may be looked up in a text too, where it is a function of the library"}
	case n.flags&library != 0:
		k.Unknown = &Reason{Text: "its table is one of Lua's own libraries"}
	}
	return k
}

// ofStrings tells whether all strings have a field.
func (g *Graph) ofStrings(name string) bool {
	_, ok := g.s.has(g.s.global(0, "string"), name)
	return ok
}

// Others returns the places where the tables of a key are asked for another name, in the
// order of URIs and of the text; for a global those of all globals of that name.
func (g *Graph) Others(k Key, name string) []Place {
	s := g.s
	var list []Place
	all := s.find(s.globals)
	for i := range s.places {
		o := &s.places[i]
		if s.program.Names[o.name] != name {
			continue
		}
		of := s.find(o.of)
		switch {
		case of == k.root, k.Global && of == all:
		case k.Global && name != k.Name && s.nodes[of].flags&global != 0:
		default:
			continue
		}
		list = append(list, Place{URI: s.program.Files[o.file].URI, Start: int(o.start), End: int(o.end), Write: o.write, Node: o.node})
	}
	slices.SortStableFunc(list, func(a, b Place) int { return cmp.Or(strings.Compare(a.URI, b.URI), a.Start-b.Start) })
	return slices.CompactFunc(list, func(a, b Place) bool { return a.URI == b.URI && a.Start == b.Start })
}
