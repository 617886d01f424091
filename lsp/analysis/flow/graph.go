package flow

import (
	"context"
	"slices"
	"strings"

	"github.com/llmspell/llmspell/runtime/syntax"
)

// id is a node of the graph: values that may be the same. 0 is a value that is no
// table and no function: nothing is asked of it.
type id int32

type flags uint8

const (
	made     flags = 1 << iota // a constructor of the program, or a class of annotations
	function                   // a function of the program
	library                    // a table of the library
	global                     // the name of a global variable
	text                       // a string, which has the fields of the table string
	strange                    // code that is neither the program nor the kernel has it
	left                       // what a script returns to whoever runs it
)

// node is what is known of values that may be the same. Only the node that find
// returns counts.
type node struct {
	parent id
	rank   uint8
	flags  flags
	shape  *shape
	// unknown is why code outside of the program has it, dynamic why names of its
	// fields are not written.
	unknown, dynamic *Reason
	// stores: something is stored in it, or found in it, by names that are not written.
	stores bool
}

// shape is what tables and functions have.
type shape struct {
	fields          map[string]id
	given           map[string]struct{} // the names of the fields that are stored
	elem, meta      id
	keys, asked     id // computed keys that values are stored under, and looked up by
	params, results tuple
	builtins        functions // of the library
}

// tuple is a row of values: rest stands for all that follow list, 0 if none do.
type tuple struct {
	list []id
	rest id
}

// place is where a key of the table of is named.
type place struct {
	of         id
	file       int32
	start, end int32
	name       int32
}

// call is a call, or what a call makes of its arguments.
type call struct {
	callee  id
	args    tuple
	results tuple
	file    int32
	node    syntax.Node
	// applied: the callee's own parameters and results are the call's.
	applied  bool
	meta     bool      // the __call of a metatable was applied
	ofText   bool      // it was taken for a method of strings
	depth    int32     // of calls that calls make
	builtins functions // those that were applied
}

type solver struct {
	ctx     context.Context
	err     error // of ctx: nobody wants the result any more
	steps   int   // of the work, for step
	program Program
	nodes   []node
	todo    [][2]id // to be unified
	places  []place
	names   map[string]int32 // the numbers of the keys of places
	calls   []call
	// outers of the calls are written in the program, inners are made by others.
	outers, inners int
	lost           bool // nothing is certain
	globals        id
	// globalNames are what places of globals are places of: they have the names of
	// variables, not their values.
	globalNames map[string]id
	written     map[string]bool // globals that are set by _G.name
	kernels     map[id]string   // the values of the kernel's globals
	chunks      []id            // by file
	loaded      []bool          // by file: some file requires it
	classes     map[string]id
	metas       []metatable
	meanings    map[meaning]*meant // what loads of computed names give
	final       bool               // what is no table by now is something that the program does not show
	exprs       [][]id             // by file and node: the value + 1
	thrown      id                 // what error is given
	caught      []id               // what pcall gives as message
	passed      id                 // what yield and resume hand over
	threads     []id
	yields      bool
	replace     []replacement
	underscored []string        // the names of fields that may be those of metamethods, sorted; never changed in place
	events      map[string]bool // of operators that may be functions of the program
	changed     bool
}

// metatable is a call of setmetatable.
type metatable struct {
	of, meta id
	reason   *Reason
}

// replacement is what string.gsub puts in: a function or a table.
type replacement struct {
	with   id
	reason *Reason
}

func newSolver(ctx context.Context, p Program) *solver {
	s := &solver{ctx: ctx, program: p, nodes: make([]node, 1, 1024), meanings: map[meaning]*meant{}, names: map[string]int32{}, classes: map[string]id{}, written: map[string]bool{}, kernels: map[id]string{}, globalNames: map[string]id{}, loaded: make([]bool, len(p.Files))}
	s.globals, s.thrown, s.passed = s.fresh(), s.fresh(), s.fresh()
	s.nodes[s.globals].flags = made
	for range p.Files {
		s.chunks = append(s.chunks, s.fresh())
	}
	s.events = operatorEvents(p)
	return s
}

// stepsALook is how many steps are taken between two looks at the context: less than a
// millisecond's.
const stepsALook = 1024

// step counts a piece of work. It is false once nobody wants the result any more: then all
// that goes on ends.
func (s *solver) step() bool {
	if s.steps++; s.steps%stepsALook == 0 && s.err == nil {
		s.err = s.ctx.Err()
	}
	return s.err == nil
}

// place notes that a key of a table is named in a file, from start to end.
func (s *solver) place(of id, file int32, name string, start, end int) {
	if !s.program.Places || of == 0 {
		return
	}
	i, ok := s.names[name]
	if !ok {
		i = int32(len(s.names))
		s.names[strings.Clone(name)] = i // not a part of the file's text, which would stay with it
	}
	s.places = append(s.places, place{of: of, file: file, start: int32(start), end: int32(end), name: i})
}

func (s *solver) fresh() id {
	s.nodes = append(s.nodes, node{})
	return id(len(s.nodes) - 1)
}

// field returns the node of a field.
func (s *solver) field(of id, name string) id {
	if of == 0 {
		return 0
	}
	x := s.shapeOf(of)
	if f, ok := x.fields[name]; ok {
		return f
	}
	f := s.fresh()
	if x.fields == nil {
		x.fields = map[string]id{}
	}
	x.fields[name] = f
	if strings.HasPrefix(name, "__") {
		if i, ok := slices.BinarySearch(s.underscored, name); !ok {
			s.underscored = slices.Insert(slices.Clone(s.underscored), i, name)
		}
	}
	if s.nodes[s.find(of)].dynamic != nil {
		s.unify(f, x.elem)
	}
	return f
}

// has tells whether a field is known of.
func (s *solver) has(of id, name string) (id, bool) {
	if of == 0 || s.nodes[s.find(of)].shape == nil {
		return 0, false
	}
	f, ok := s.nodes[s.find(of)].shape.fields[name]
	return f, ok
}

// part returns the node of a part of a table, which it makes if there is none.
func (s *solver) part(of id, part func(x *shape) *id) id {
	if of == 0 {
		return 0
	}
	n := part(s.shapeOf(of))
	if *n == 0 {
		*n = s.fresh()
	}
	return *n
}

// elem returns the node of what is stored by numbers and computed keys.
func (s *solver) elem(of id) id { return s.part(of, func(x *shape) *id { return &x.elem }) }

// keys returns the node of the computed keys that values are stored under: what a loop
// over the table gives.
func (s *solver) keys(of id) id { return s.part(of, func(x *shape) *id { return &x.keys }) }

// asked returns the node of the computed keys that values are looked up by: what the
// function __index of a metatable is given.
func (s *solver) asked(of id) id { return s.part(of, func(x *shape) *id { return &x.asked }) }

// meta returns the node of its metatable.
func (s *solver) meta(of id) id { return s.part(of, func(x *shape) *id { return &x.meta }) }

// at returns value number i of a row, which grows as needed.
func (s *solver) at(t *tuple, i int) id {
	for len(t.list) <= i {
		if t.rest != 0 {
			return t.rest
		}
		t.list = append(t.list, s.fresh())
	}
	return t.list[i]
}

func (s *solver) param(f id, i int) id {
	if f == 0 {
		return 0
	}
	x := s.shapeOf(f)
	return s.at(&x.params, i)
}

func (s *solver) result(f id, i int) id {
	if f == 0 {
		return 0
	}
	x := s.shapeOf(f)
	return s.at(&x.results, i)
}

// markDynamic notes that names of a table's fields are computed.
func (s *solver) markDynamic(n id, why *Reason) {
	if n == 0 {
		return
	}
	n = s.find(n)
	if s.nodes[n].dynamic != nil {
		return
	}
	s.changed = true
	s.nodes[n].dynamic = why
	s.collapse(n, s.nodes[n].shape.values())
	s.flush()
}

// markStores notes that a table may have fields whose names are not written.
func (s *solver) markStores(n id) {
	if n != 0 {
		s.nodes[s.find(n)].stores = true
	}
}

// give notes that a field is stored in a table.
func (s *solver) give(of id, name string) {
	if of == 0 {
		return
	}
	x := s.shapeOf(of)
	if x.given == nil {
		x.given = map[string]struct{}{}
	}
	x.given[name] = struct{}{}
}

// markUnknown notes that code outside of the program has a value.
func (s *solver) markUnknown(n id, why *Reason) { s.markAs(n, strange, why) }

// markAs is markUnknown with who has it: strange, left, or 0 for the kernel.
func (s *solver) markAs(n id, who flags, why *Reason) {
	if n == 0 {
		return
	}
	n = s.find(n)
	s.nodes[n].flags |= who
	if s.nodes[n].unknown == nil {
		s.nodes[n].unknown = why
		s.changed = true
	}
}
