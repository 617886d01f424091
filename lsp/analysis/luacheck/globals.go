package luacheck

import (
	"slices"
	"strings"
)

// fields are names of globals, or of fields of one.
type fields struct {
	names []string          // each with any fields: "a", and in lists "a.b"
	defs  map[string]*field // by name
}

// field says what a name has.
type field struct {
	readOnly, otherFields *bool // nil: not said
	fields                *fields
}

// node is a global or field in the sum of all layers.
type node struct {
	readOnly *bool
	other    bool // it may have any fields
	fields   map[string]*node
}

func (n *node) child(name string) *node {
	if n.fields == nil {
		n.fields = map[string]*node{}
	}
	c := n.fields[name]
	if c == nil {
		c = &node{}
		n.fields[name] = c
	}
	return c
}

// settle makes the sum of what the layers say of globals.
func (s *Stack) settle() {
	for _, c := range s.standards() {
		s.root.add(c.globals, false, false)
		s.root.add(c.readGlobals, true, false)
	}
	lastNew, lastNewRead := 0, 0
	for i, o := range s.layers {
		if o.newGlobals != nil {
			lastNew = i
		}
		if o.newReadGlobals != nil {
			lastNewRead = i
		}
	}
	for i, o := range s.layers {
		var globals, reads *fields
		if i >= lastNew {
			globals = pick(o.newGlobals, o.globals)
		}
		if i >= lastNewRead {
			reads = pick(o.newReadGlobals, o.readGlobals)
		}
		s.listed(globals, reads)
		s.root.add(keyed(globals), false, true)
		s.root.add(keyed(reads), true, true)
		for _, name := range o.notGlobals {
			s.root.remove(strings.Split(name, "."))
			s.gone[name] = true
		}
	}
}

func pick(a, b *fields) *fields {
	if a != nil {
		return a
	}
	return b
}

// keyed is f without the names of its list, which settle has added before.
func keyed(f *fields) *fields {
	if f == nil {
		return nil
	}
	return &fields{defs: f.defs}
}

// listed adds what lists name: those of the fewest parts first, so that a.b stays what it
// is beside a.
func (s *Stack) listed(globals, reads *fields) {
	type named struct {
		path     []string
		readOnly bool
	}
	var all []named
	for i, f := range []*fields{globals, reads} {
		if f == nil {
			continue
		}
		for _, name := range f.names {
			all = append(all, named{strings.Split(name, "."), i == 1})
		}
		for name := range f.defs {
			s.returns(name)
		}
	}
	slices.SortStableFunc(all, func(a, b named) int { return slices.Compare(a.path, b.path) })
	for _, x := range all {
		n := s.root
		for _, part := range x.path {
			_, had := n.fields[part]
			if n = n.child(part); !had {
				n.readOnly = &x.readOnly
			}
		}
		*n = node{readOnly: &x.readOnly, other: true}
		s.returns(strings.Join(x.path, "."))
	}
}

// returns: a name that not_globals named is there again, and all its fields.
func (s *Stack) returns(name string) {
	for have := range s.gone {
		if have == name || strings.HasPrefix(have, name+".") {
			delete(s.gone, have)
		}
	}
}

// add adds definitions. What they say of a name takes the place of what was said, with over;
// else the more lenient counts.
func (n *node) add(f *fields, readOnly, over bool) { n.addFields(f, &readOnly, over) }

func (n *node) addFields(f *fields, readOnly *bool, over bool) {
	if f == nil {
		return
	}
	for _, name := range f.names {
		c := n.child(name)
		c.permit(readOnly, over)
		c.other = true
	}
	for name, def := range f.defs {
		c := n.child(name)
		if def.readOnly != nil {
			c.permit(def.readOnly, over)
		} else {
			c.permit(readOnly, over)
		}
		if def.otherFields != nil && (over || *def.otherFields) {
			c.other = *def.otherFields
		}
		c.addFields(def.fields, nil, over)
	}
}

func (n *node) permit(readOnly *bool, over bool) {
	if readOnly != nil && (over || !*readOnly) {
		n.readOnly = readOnly
	}
}

func (n *node) remove(path []string) {
	for _, part := range path[:len(path)-1] {
		if n = n.fields[part]; n == nil {
			return
		}
	}
	delete(n.fields, path[len(path)-1])
}

// standards are the standards that are in use beside those of Lua itself.
func (s *Stack) standards() (list []*custom) {
	for i := len(s.layers) - 1; i >= 0; i-- {
		o := s.layers[i].std
		if o == nil {
			continue
		}
		if o.table != nil {
			return append(list, o.table)
		}
		for _, name := range o.names {
			if c := s.stds[name]; c != nil {
				list = append(list, c)
			} else if c := builtin(name); c != nil {
				list = append(list, c)
			}
		}
		if !o.added {
			return list
		}
	}
	return list
}

// Use is what is known of a global or a field of one.
type Use uint8

// The kinds of Use.
const (
	// Unsaid: the settings do not speak of it.
	Unsaid Use = iota
	// Known: it may be read and set.
	Known
	// ReadOnly: it may be read.
	ReadOnly
	// Undefined: the global is there, and has no such field.
	Undefined
	// Gone: not_globals names it.
	Gone
)

// Of says what the settings say of a global, path[0], and its fields; "" is one whose name
// nobody knows. at is the part of the path that it is about.
func (s *Stack) Of(path ...string) (use Use, at int) {
	if s == nil || len(path) == 0 {
		return Unsaid, 0
	}
	for i := range path {
		if s.gone[strings.Join(path[:i+1], ".")] {
			return Gone, i
		}
	}
	n, readOnly := s.root, true
	for i, part := range path {
		c := n.fields[part]
		switch {
		case part == "" && i > 0:
			return Known, i // whichever it is
		case c != nil:
			if n = c; c.readOnly != nil {
				readOnly = *c.readOnly
			}
		case i == 0:
			return Unsaid, 0
		case !n.other:
			return Undefined, i
		default:
			return status(readOnly), i
		}
	}
	return status(readOnly), len(path) - 1
}

func status(readOnly bool) Use {
	if readOnly {
		return ReadOnly
	}
	return Known
}

// Globals are the names of all globals that the settings define, sorted.
func (s *Stack) Globals() []string {
	if s == nil {
		return nil
	}
	out := make([]string, 0, len(s.root.fields))
	for name := range s.root.fields {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}
