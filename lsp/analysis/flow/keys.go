package flow

import (
	"cmp"
	"slices"
	"strings"
)

// Place is where a key is named: the bytes Start to End, without quotes.
type Place struct {
	URI        string
	Start, End int
}

// Key is a name in tables that can be the same.
type Key struct {
	Name   string
	Places []Place
	// Unknown is why there may be other places; nil if these are all.
	Unknown *Reason
	// Made: some of the tables are made by the program, or it sets the global.
	Made bool
	// Global: it is the name of a global variable.
	Global bool

	of int32
}

// Keys are the places of all keys of a program, and what is known of their tables. They are
// all that is left of a Graph, and hold no text and no tree of its files.
type Keys struct {
	uris   []string // sorted
	names  []string
	places []keyPlace // by URI and offset
	tables []keyTable
	global int32           // the table of the globals
	texts  map[string]bool // what all strings have
}

// keyPlace is a place: numbers of a file, a name and a table.
type keyPlace struct{ file, start, end, name, of int32 }

// keyTable is what is known of tables that can be the same.
type keyTable struct {
	unknown, dynamic *Reason
	flags            flags
	keys             int32 // how many names of fields there are
}

// manyKeys are more than tables have that are the same to their author.
const manyKeys = 300

// Keys returns the places of all keys; Program.Places says that they are wanted.
func (g *Graph) Keys() *Keys {
	s := g.s
	k := &Keys{names: make([]string, len(s.names)), places: make([]keyPlace, 0, len(s.places)), texts: map[string]bool{}}
	for name, i := range s.names {
		k.names[i] = name
	}
	for i := range s.program.Files {
		k.uris = append(k.uris, s.program.Files[i].URI)
	}
	slices.Sort(k.uris)
	files := make([]int32, len(k.uris))
	for i := range files {
		at, _ := slices.BinarySearch(k.uris, s.program.Files[i].URI)
		files[i] = int32(at)
	}
	tables := map[id]int32{}
	table := func(n id) int32 {
		n = s.find(n)
		i, ok := tables[n]
		if !ok {
			i = int32(len(k.tables))
			tables[n] = i
			k.tables = append(k.tables, keyTable{unknown: s.nodes[n].unknown, dynamic: s.nodes[n].dynamic, flags: s.nodes[n].flags})
		}
		return i
	}
	k.global = table(s.globals)
	for name, n := range s.globalNames {
		if s.written[name] {
			k.tables[table(n)].flags |= made
		}
	}
	seen := map[[2]int32]bool{}
	for i := range s.places {
		p := &s.places[i]
		of := table(p.of)
		k.places = append(k.places, keyPlace{files[p.file], p.start, p.end, p.name, of})
		if name := [2]int32{of, p.name}; !seen[name] {
			seen[name] = true
			k.tables[of].keys++
		}
	}
	slices.SortStableFunc(k.places, func(a, b keyPlace) int { return cmp.Or(cmp.Compare(a.file, b.file), cmp.Compare(a.start, b.start)) })
	k.places = slices.Clip(slices.Compact(k.places))
	for name := range s.shapeOf(s.global(0, "string")).fields {
		k.texts[strings.Clone(name)] = true
	}
	return k
}

// Len returns how many places there are.
func (k *Keys) Len() int { return len(k.places) }

// Of tells whether a file is one of the program.
func (k *Keys) Of(uri string) bool {
	_, ok := slices.BinarySearch(k.uris, uri)
	return ok
}

// At returns the key that is named by the name, or the text of a string, that begins at an
// offset; not ok if it is no field and no global.
func (k *Keys) At(uri string, offset int) (Key, bool) {
	file, ok := slices.BinarySearch(k.uris, uri)
	if !ok {
		return Key{}, false
	}
	i, ok := slices.BinarySearchFunc(k.places, offset, func(p keyPlace, offset int) int {
		return cmp.Or(cmp.Compare(p.file, int32(file)), cmp.Compare(int(p.start), offset))
	})
	if !ok {
		return Key{}, false
	}
	return k.key(&k.places[i]), true
}

func (k *Keys) key(p *keyPlace) Key {
	t := &k.tables[p.of]
	key := Key{Name: k.names[p.name], of: p.of, Made: t.flags&made != 0}
	if p.of == k.global || t.flags&global != 0 {
		key.Global, key.Made = true, key.Made || p.of == k.global
		t = &k.tables[k.global]
	}
	key.Places = k.Others(key, key.Name)
	switch why := cmp.Or(t.unknown, t.dynamic); {
	case why != nil && !key.Global && t.keys > manyKeys:
		key.Unknown = &Reason{URI: why.URI, Offset: why.Offset, Text: "its table cannot be told apart from many others, and what is known of one of these is that " + why.Text}
	case why != nil:
		key.Unknown = why
	case t.flags&text != 0 && k.texts[key.Name]:
		key.Unknown = &Reason{Text: "it may be looked up in a text too, where it is a function of the library"}
	case t.flags&library != 0:
		key.Unknown = &Reason{Text: "its table is one of Lua's own libraries"}
	}
	return key
}

// Others returns the places where the tables of a key are asked for another name, in the
// order of URIs and of the text; for a global those of all globals of that name.
func (k *Keys) Others(key Key, name string) []Place {
	number := int32(slices.Index(k.names, name))
	var list []Place
	for i := range k.places {
		p := &k.places[i]
		if p.name != number {
			continue
		}
		switch {
		case p.of == key.of, key.Global && p.of == k.global:
		case key.Global && name != key.Name && k.tables[p.of].flags&global != 0:
		default:
			continue
		}
		list = append(list, Place{URI: k.uris[p.file], Start: int(p.start), End: int(p.end)})
	}
	return slices.CompactFunc(list, func(a, b Place) bool { return a.URI == b.URI && a.Start == b.Start })
}
