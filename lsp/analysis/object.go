package analysis

import (
	"github.com/llmspell/llmspell/lsp/analysis/luacats"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// object is what is known of a table: from its constructors, from what is stored in
// it, from annotations. It is the Origin of its type.
type object struct {
	t     *types.Object
	c     *checker
	parts []part
	class *class
	// over is the type that fields are added to, for a variable that holds a table
	// made elsewhere.
	over types.Type
	// args are what a generic class was given.
	generic *object
	args    map[*types.Param]types.Type

	fields map[string]*lazy[*types.Field]
	// what other files add
	addedParts  []part
	addedFields map[string]*lazy[*types.Field]
	askedAdded  bool

	based   lazy[bases]
	entered lazy[entries]
}

// part is what one file says of an object.
type part struct {
	u      *unit
	f      *fields // may be nil
	tables []syntax.Node
}

func (c *checker) newObject(name string, decl types.Location) *object {
	o := &object{c: c, fields: map[string]*lazy[*types.Field]{}, addedFields: map[string]*lazy[*types.Field]{}}
	o.t = types.NewLazy(name, func(t *types.Object) {
		c.shared.mu.Lock()
		defer c.shared.mu.Unlock()
		o.fill(t)
	})
	o.t.Decl = decl
	o.t.Origin = o
	return o
}

// fill works everything out, for who looks at the type from outside.
func (o *object) fill(t *types.Object) {
	for _, name := range o.names() {
		if f := o.own(name); f != nil {
			t.Add(f)
		}
	}
	t.Parents = o.parents().list
	e := o.entries()
	t.Elem, t.Key, t.Value = e.elem, e.key, e.value
	t.Call = o.callable()
}

// table is the type of a constructor.
func (u *unit) table(n syntax.Node) types.Type {
	if t := u.annotatedTable(n); t != nil {
		return t
	}
	f := u.home(n)
	if f != nil {
		if f.class { // an instance's fields are those that annotations give the class
			return u.objectType(f)
		}
		return u.objectAt(f).t
	}
	if o := u.objectOf[n]; o != nil {
		return o.t
	}
	o := u.c.newObject("", u.location(n))
	o.parts = []part{{u: u, tables: []syntax.Node{n}}}
	u.objectOf[n] = o
	return o.t
}

// objectAt returns the table at a path.
func (u *unit) objectAt(f *fields) *object {
	if f.object != nil {
		return f.object
	}
	tables := u.assigned(f)
	var decl types.Location
	switch {
	case len(tables) > 0:
		decl = u.location(tables[0])
	case len(f.order) > 0:
		decl = u.location(f.named[f.order[0]][0].name)
	}
	name := ""
	if f.u.isClass(f) {
		name = f.pathName()
	}
	o := u.c.newObject(name, decl)
	o.parts = []part{{u: u, f: f, tables: tables}}
	f.object = o
	return o
}

// pathName is the path as it is written.
func (f *fields) pathName() string {
	if f.parent != nil {
		return f.parent.pathName() + "." + f.name
	}
	if f.root.global != "" {
		return f.root.global
	}
	return f.u.file.Vars().Vars[f.root.v].Name
}

func (u *unit) location(n syntax.Node) types.Location {
	return types.Location{URI: u.file.URI, Start: u.tree.Start(n), End: u.tree.End(n)}
}

// names returns the names of the object's own fields in order.
func (o *object) names() []string {
	seen := map[string]bool{}
	var list []string
	add := func(name string) {
		if !seen[name] {
			seen[name] = true
			list = append(list, name)
		}
	}
	if o.generic != nil {
		return o.generic.names()
	}
	if o.class != nil {
		for _, tag := range o.class.fieldTags() {
			if tag.tag.Name.Text != "" {
				add(tag.tag.Name.Text)
			}
		}
	}
	for _, p := range o.parts {
		for _, table := range p.tables {
			for f := p.u.tree.First(table); f != syntax.None; f = p.u.tree.Next(f) {
				if name, ok := p.u.fieldName(f); ok {
					add(name)
				}
			}
		}
		if p.f != nil {
			for _, name := range p.f.order {
				add(name)
			}
		}
	}
	for _, name := range o.libraryNames() {
		add(name)
	}
	return list
}

// own returns the object's own field of a name, or nil.
func (o *object) own(name string) *types.Field {
	f := once(o.c, o.fields, name, nil, sameField, func() *types.Field { return o.find(name) })
	if l := o.fields[name]; f == nil && l.depth > 0 && !l.has {
		return &types.Field{Name: name, Type: types.Unknown} // nobody knows yet whether there is one
	}
	return f
}

func sameField(a, b *types.Field) bool {
	return a == b || a != nil && b != nil && sameType(a.Type, b.Type)
}

func (o *object) find(name string) *types.Field {
	if o.generic != nil {
		f := o.generic.own(name)
		if f == nil {
			return nil
		}
		copied := *f
		copied.Type = substitute(f.Type, o.args)
		return &copied
	}
	if o.class != nil {
		if f := o.class.field(name); f != nil {
			return o.sharpened(f, name)
		}
	}
	stores := o.stores(name)
	if len(stores) == 0 {
		return o.libraryField(name)
	}
	return o.inferred(name, stores)
}

// sharpened is a declared field, with the type of what is stored in it if its own is a
// class that there is not.
func (o *object) sharpened(f *types.Field, name string) *types.Field {
	if f.Type != types.Unknown {
		return f
	}
	stores := o.stores(name)
	if len(stores) == 0 {
		return f
	}
	copied := *f
	copied.Type = o.inferred(name, stores).Type
	return &copied
}

// place is a store with its file.
type place struct {
	u *unit
	store
}

func (o *object) stores(name string) []place {
	var list []place
	for _, p := range o.parts {
		for _, table := range p.tables {
			if s, ok := p.u.constructed(table, name); ok {
				list = append(list, place{p.u, s})
			}
		}
		if p.f != nil {
			for _, s := range p.f.named[name] {
				list = append(list, place{p.u, s})
			}
		}
	}
	return list
}

// maxStores is how many values of one field are looked at.
const maxStores = 32

// inferred is a field whose type is what is stored in it.
func (o *object) inferred(name string, stores []place) *types.Field {
	f := &types.Field{Name: name, Decl: stores[0].u.location(stores[0].name)}
	var found []types.Type
	nothing, doubtful := false, false
	for i, s := range stores {
		if i == maxStores {
			break
		}
		if b := s.u.note(s.name); b != nil {
			if f.Doc == "" {
				f.Doc = s.u.docOf(b)
			}
			if tag := luacats.First[*luacats.TypeTag](b); tag != nil && len(tag.Types) > 0 {
				f.Type = s.u.convert(tag.Types[0], nil)
				return f
			}
			f.Deprecated, f.Private = s.u.flags(b)
		}
		t := s.u.stored(s.store)
		if t == types.Nil {
			nothing = true
			continue
		}
		if t == types.Unknown {
			doubtful = true
			continue
		}
		found = append(found, widened(t))
	}
	f.Type = types.Join(found...)
	if doubtful { // it is hardly always that one string
		f.Type = simple(f.Type)
	}
	if len(found) == 0 && nothing {
		f.Type = types.Unknown // nil now, something later that nobody sees
	}
	if f.Type == types.Unknown || f.Type == types.Any {
		if t := o.filled(name); t != nil {
			f.Type = t
		}
	}
	return f
}

// filled is a table that a field holds and nobody sees made, as far as the code is seen
// to store something in it; nil if it does not.
func (o *object) filled(name string) types.Type {
	for _, p := range o.parts {
		if p.f == nil {
			continue
		}
		if sub := p.f.sub[name]; !sub.empty() {
			o.c.guessing = true
			return p.u.objectAt(sub).t
		}
	}
	return nil
}

// stored is the type of what a store stores.
func (u *unit) stored(s store) types.Type {
	if s.list != syntax.None {
		return u.valueAt(s.list, s.index)
	}
	return u.typeOf(s.value)
}
