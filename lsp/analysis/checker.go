package analysis

import (
	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/lsp/catalog"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// checker infers types for one snapshot, or for the library, whose types all
// snapshots share. Everything is worked out when it is first asked for, and kept.
// All its methods need shared.mu.
type checker struct {
	shared *shared
	snap   *Snapshot // nil for the library
	// libraryFiles are the library's files by URI, librarySorted in the order of these.
	// Only its own checker has them. They never change: no lock guards them.
	libraryFiles  map[string]*File
	librarySorted []*File

	units   map[*File]*unit
	marked  []*File // of units: those with a marker, the oldest first
	globals map[string]*lazy[types.Type]
	classes map[string]types.Type
	modules map[moduleKey]*File
	// likely are answers of moduleElsewhere: folder is the path of the file that asks.
	likely map[moduleKey]likelyFile

	catalogs   map[*File]*catalog.Catalog // with the tools of scripts
	toolTables map[*catalog.Catalog]types.Type
	others     *[]otherTool
	answers    map[answerKey]*types.Object
	requiredBy map[string][]reachedFile // see findRequirers

	unionFields  map[unionKey]answer[*types.Field]
	unionEntries map[*types.Union]answer[entries]

	// depth is how many evaluations are under way, cut the least depth of one that was
	// asked for while it was under way itself, and knot what rests on such a one; bases
	// are how long knot was when those under way began.
	depth, cut int
	knot       []member
	bases      []int
	// aliasing is the alias that is being converted, if one is.
	aliasing string
	// guessing: what was worked out rests on a guess of a parameter's type.
	guessing bool
	// lacking: what was worked out rests on something that had no value yet.
	lacking bool
	// moved: what was asked for while it was under way has another value than in the
	// round before.
	moved bool
}

// maxDepth is how many evaluations may be under way, a few kilobytes of stack each. Deeper
// down nothing is known. What needs that is kept all the same: to find it again and again from
// each place above would take the square of the time. So it is deeper than what people write
// leads to: there, answers depend on what was asked before.
const maxDepth = 20000

func newChecker(s *Snapshot) *checker {
	return &checker{
		shared:  s.shared,
		snap:    s,
		units:   map[*File]*unit{},
		globals: map[string]*lazy[types.Type]{},
		classes: map[string]types.Type{},
		modules: map[moduleKey]*File{}, likely: map[moduleKey]likelyFile{},

		catalogs:   map[*File]*catalog.Catalog{},
		toolTables: map[*catalog.Catalog]types.Type{},
		answers:    map[answerKey]*types.Object{},

		unionFields:  map[unionKey]answer[*types.Field]{},
		unionEntries: map[*types.Union]answer[entries]{},

		cut: noCut,
	}
}

// unit is a file as one checker sees it.
type unit struct {
	c    *checker
	file *File
	tree *syntax.Tree

	pages  []*page // by node
	multis map[syntax.Node]values

	// What stores finds.
	scanned    bool
	roots      map[root]*fields          // those that were asked for; nil: nothing is stored there
	owners     map[scope.Var]syntax.Node // by self: the object of the method
	selves     map[root][]scope.Var      // by what their owners begin with
	instanceOf map[scope.Var]*fields     // variables that hold instances of a class

	tables   map[syntax.Node]map[string]store // large constructors
	lists    map[syntax.Node]listCursor       // long lists: the place that was asked for last
	objectOf map[syntax.Node]*object
	overlays map[overlayKey]*overlay
	adoptees map[adoptedKey]*object
	funcOf   map[syntax.Node]*types.Func
	returns  map[syntax.Node][]syntax.Node // by FuncBody or Chunk
	generics map[syntax.Node]map[string]*types.Param
	declares map[scope.Var]*lazy[types.Type]
	wants    map[syntax.Node]*lazy[types.Type] // by constructor
	later    map[root]*lazy[types.Type]        // see wantedLater
	assigns  map[scope.Var][]syntax.Node
	globals  map[string]*lazy[types.Type]
	guarded  map[root]*guardList
	folds    folds
	targets  map[root]*targets
	spotsOf  map[scope.Var][]spot
	storing  map[storesKey][]int
	around   map[syntax.Node]syntax.Node // by Block: the function that it is in
	lasts    []syntax.Node               // see lastOf
	giving   map[root][]syntax.Node      // see givenLater
	selfOf   map[syntax.Node]scope.Var   // by FuncBody: its hidden self
	casts    map[scope.Var][]cast

	calls       *callIndex
	guesses     map[scope.Var]*lazy[types.Type]
	methodNames map[string]bool
	paid        *payloads
}

// page is what is kept of some nodes in a row. It is small: a question needs few
// nodes of a function, but perhaps of many functions.
type page [1 << pageBits]lazy[types.Type]

const pageBits = 4

// unit returns f as c sees it. Files of the library are the library's.
func (c *checker) unit(f *File) *unit {
	if f.library && c.snap != nil {
		return c.shared.library.unit(f)
	}
	u := c.units[f]
	if u == nil {
		tree := f.Tree()
		u = &unit{
			c: c, file: f, tree: tree,
			pages:      make([]*page, tree.Len()>>pageBits+1),
			multis:     map[syntax.Node]values{},
			roots:      map[root]*fields{},
			instanceOf: map[scope.Var]*fields{},
			objectOf:   map[syntax.Node]*object{},
			overlays:   map[overlayKey]*overlay{},
			funcOf:     map[syntax.Node]*types.Func{},
			generics:   map[syntax.Node]map[string]*types.Param{},
			declares:   map[scope.Var]*lazy[types.Type]{},
			wants:      map[syntax.Node]*lazy[types.Type]{},
			later:      map[root]*lazy[types.Type]{},
			globals:    map[string]*lazy[types.Type]{},
		}
		c.units[f] = u
		c.forgetMarked(f)
	}
	return u
}

// keptMarked is how many marked texts are kept: each completion has one, and may be asked for
// again and again between two edits.
const keptMarked = 2

// forgetMarked notes a file that has a unit now, and forgets the oldest marked one.
func (c *checker) forgetMarked(f *File) {
	if !f.marked {
		return
	}
	if c.marked = append(c.marked, f); len(c.marked) > keptMarked {
		delete(c.units, c.marked[0])
		delete(c.catalogs, c.marked[0])
		c.marked = c.marked[1:]
	}
}

func (u *unit) cell(n syntax.Node) *lazy[types.Type] {
	p := &u.pages[n>>pageBits]
	if *p == nil {
		*p = new(page)
	}
	return &(*p)[n&(1<<pageBits-1)]
}

// typeOf returns the type of an expression, or of a Name. It is never nil.
func (u *unit) typeOf(n syntax.Node) types.Type {
	if n == syntax.None {
		return types.Unknown
	}
	return work(u.c, u.cell(n), u, n, types.Type(types.Unknown), sameType, func() types.Type { return u.infer(n) })
}

// values are the results of an expression that may have several.
type values struct {
	list []types.Type
	more types.Type // of all further ones; nil: there are none
}

// at returns value number i, nil beyond the last.
func (v values) at(i int) types.Type {
	switch {
	case i < len(v.list):
		return v.list[i]
	case v.more != nil:
		return v.more
	}
	return types.Nil
}

// unknown are values of which nothing is known.
var unknown = values{more: types.Unknown}

// valuesOf returns all values of an expression.
func (u *unit) valuesOf(n syntax.Node) values {
	switch u.tree.Kind(n) {
	case syntax.Call:
	case syntax.Vararg:
		return values{more: u.typeOf(n)}
	default:
		return values{list: []types.Type{u.typeOf(n)}}
	}
	if _, ok := u.as(n); ok {
		return values{list: []types.Type{u.typeOf(n)}}
	}
	t := u.typeOf(n) // guards against recursion, and fills multis
	if v, ok := u.multis[n]; ok {
		return v
	}
	return values{list: []types.Type{t}, more: types.Unknown}
}

// valueAt returns value number i of a list of expressions: the last one may have
// several.
func (u *unit) valueAt(list syntax.Node, i int) types.Type {
	n := u.tree.First(list)
	for at := 0; n != syntax.None; at++ {
		next := u.tree.Next(n)
		switch {
		case at == i && next != syntax.None:
			return u.typeOf(n)
		case next == syntax.None:
			if at == i {
				return u.typeOf(n)
			}
			if k := u.tree.Kind(n); k == syntax.Call || k == syntax.Vararg {
				return u.valuesOf(n).at(i - at)
			}
			return types.Nil
		}
		n = next
	}
	return types.Nil
}
