package analysis

import (
	"slices"

	"github.com/llmspell/llmspell/lsp/analysis/luacats"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// class is a class that annotations declare, perhaps in several places.
type class struct {
	c      *checker
	o      *object
	name   string
	params []*types.Param
	decls  []classDecl
	// instances are the generic class with arguments.
	instances []*object
}

type classDecl struct {
	u     *unit
	block *luacats.Block
	tag   *luacats.ClassTag
	env   env
}

type fieldDecl struct {
	classDecl
	tag *luacats.FieldTag
}

// typeNames are the classes, aliases and enums that the file's annotations declare,
// each with the blocks that do.
func (f *File) typeNames() map[string][]*luacats.Block {
	f.typesOnce.Do(func() {
		for _, b := range f.Notes().Blocks {
			for _, tag := range b.Tags {
				name := ""
				switch tag := tag.(type) {
				case *luacats.ClassTag:
					name = tag.Name.Text
				case *luacats.AliasTag:
					name = tag.Name.Text
				case *luacats.EnumTag:
					name = tag.Name.Text
				}
				if name == "" {
					continue
				}
				if f.typesMap == nil {
					f.typesMap = map[string][]*luacats.Block{}
				}
				f.typesMap[name] = append(f.typesMap[name], b)
			}
		}
	})
	return f.typesMap
}

// typeFiles returns the files that declare a type, in a fixed order.
func (c *checker) typeFiles(name string) []*File {
	var files []*File
	if c.snap == nil {
		for _, f := range c.librarySorted {
			if len(f.typeNames()[name]) > 0 {
				files = append(files, f)
			}
		}
		return files
	}
	for _, f := range c.snap.Open() {
		if len(f.typeNames()[name]) > 0 {
			files = append(files, f)
		}
	}
	for _, uri := range c.snap.disk.types[name] {
		if c.snap.open[uri] == nil {
			if f := c.snap.File(uri); f != nil {
				files = append(files, f)
			}
		}
	}
	return files
}

// instantiate returns the type of a name that annotations declare, with its
// arguments; Unknown if there is none.
func (c *checker) instantiate(name string, args []types.Type) types.Type {
	t := c.typeNamed(name)
	if len(args) == 0 {
		return t
	}
	switch t := t.(type) {
	case *types.Object:
		o, ok := t.Origin.(*object)
		if !ok || o.class == nil || len(o.class.params) == 0 {
			return t
		}
		bound := map[*types.Param]types.Type{}
		for i, p := range o.class.params {
			if i < len(args) {
				bound[p] = args[i]
			}
		}
		return c.apply(o, bound, args)
	case *generic:
		bound := map[*types.Param]types.Type{}
		for i, p := range t.params {
			if i < len(args) {
				bound[p] = args[i]
			}
		}
		return substitute(t.of, bound)
	}
	return t
}

// generic is an alias with parameters.
type generic struct {
	params []*types.Param
	of     types.Type
}

func (g *generic) String() string { return g.of.String() }

// apply returns a generic class with its parameters replaced.
func (c *checker) apply(o *object, bound map[*types.Param]types.Type, args []types.Type) types.Type {
	for _, have := range o.class.instances {
		if slices.EqualFunc(have.t.Args, args, types.Same) {
			return have.t
		}
	}
	n := o.c.newObject(o.t.Name, o.t.Decl)
	n.t.Args = slices.Clone(args)
	n.generic, n.args, n.class = o, bound, o.class
	if len(o.class.instances) < maxInstances {
		o.class.instances = append(o.class.instances, n)
	}
	return n.t
}

// maxInstances bounds what is kept of one generic class: a recursive one could make
// ever larger arguments.
const maxInstances = 256

// typeNamed returns the class, alias or enum of a name; Unknown if there is none.
func (c *checker) typeNamed(name string) types.Type {
	if c.aliasing != "" && c.aliasLeads(name, c.aliasing) {
		return types.Unknown
	}
	if t, ok := c.classes[name]; ok {
		return t
	}
	files := c.typeFiles(name)
	if len(files) == 0 {
		t := types.Type(types.Unknown)
		if c.snap != nil {
			t = c.shared.library.typeNamed(name)
		}
		c.classes[name] = t
		return t
	}
	c.classes[name] = types.Unknown // while it is found out
	var cl *class
	var enums []types.Type // of one name: a value of each of them will do, as classes of one name are one
	for _, f := range files {
		u := c.unit(f)
		for _, b := range f.typeNames()[name] {
			for _, tag := range b.Tags {
				switch tag := tag.(type) {
				case *luacats.AliasTag:
					if tag.Name.Text == name && cl == nil && len(enums) == 0 {
						return c.alias(u, tag, name)
					}
				case *luacats.EnumTag:
					if tag.Name.Text == name && cl == nil {
						enums = append(enums, u.enum(b, tag))
					}
				case *luacats.ClassTag:
					if tag.Name.Text == name && len(enums) == 0 {
						cl = c.declare(cl, classDecl{u: u, block: b, tag: tag})
					}
				}
			}
		}
	}
	switch {
	case cl != nil:
		return cl.o.t
	case len(enums) > 0:
		c.classes[name] = types.Join(enums...)
		return c.classes[name]
	}
	return types.Unknown
}

// declare adds a declaration to a class, which it makes if there is none yet.
func (c *checker) declare(cl *class, d classDecl) *class {
	in, params := d.u.withGenerics(d.tag.Params, nil)
	if cl == nil {
		decl := types.Location{URI: d.u.file.URI, Start: d.tag.Name.Start, End: d.tag.Name.End}
		o := c.newObject(d.tag.Name.Text, decl)
		cl = &class{c: c, o: o, name: d.tag.Name.Text, params: params}
		o.class = cl
		o.t.Doc = d.tag.Text
		c.classes[cl.name] = o.t
	} else if len(params) == len(cl.params) {
		for i, p := range params {
			in[p.Name] = cl.params[i]
		}
	}
	if cl.o.t.Doc == "" {
		cl.o.t.Doc = d.block.Doc
	}
	d.env = in
	cl.decls = append(cl.decls, d)
	cl.o.t.Closed = cl.o.t.Closed || d.tag.Exact
	if f := d.u.declaredTable(d.block); f != nil {
		cl.o.parts = append(cl.o.parts, *f)
	}
	return cl
}

// declaredTable returns what is stored in the variable or field that a class is
// written above.
func (u *unit) declaredTable(b *luacats.Block) *part {
	u.stores()
	n := u.statementAfter(b)
	t := u.tree
	var target syntax.Node
	switch t.Kind(n) {
	case syntax.LocalStat, syntax.AssignStat:
		target = t.First(t.First(n))
	default:
		return nil
	}
	f := u.path(target, true)
	if f == nil {
		return nil
	}
	return &part{u: u, f: f, tables: u.assigned(f)}
}

// statementAfter returns the statement that a block belongs to, or None.
func (u *unit) statementAfter(b *luacats.Block) syntax.Node {
	count := u.tree.TokenCount()
	at := b.Last + 1
	for at < count && u.tree.TokenKind(at) == syntax.Comment {
		at++
	}
	if at >= count {
		return syntax.None
	}
	start, _ := u.tree.TokenSpan(at)
	if u.file.Notes().Before(start) != b {
		return syntax.None
	}
	n := u.tree.NodeAt(start)
	for n != syntax.None {
		switch u.tree.Kind(n) {
		case syntax.LocalStat, syntax.AssignStat, syntax.LocalFunc, syntax.FuncStat, syntax.ReturnStat, syntax.CallStat:
			if u.tree.Start(n) == start {
				return n
			}
			return syntax.None
		}
		n = u.tree.Parent(n)
	}
	return syntax.None
}

// classOf returns the class that is declared above the statement that gives a
// variable or path its value, nil if there is none.
func (u *unit) classAbove(b *luacats.Block) types.Type {
	tag := luacats.First[*luacats.ClassTag](b)
	if tag == nil || tag.Name.Text == "" {
		return nil
	}
	if t, ok := u.c.typeNamed(tag.Name.Text).(*types.Object); ok {
		return t
	}
	return nil
}

// annotatedTable is the class that a constructor is the value of, by @class or
// @type above its statement, nil if there is none.
func (u *unit) annotatedTable(n syntax.Node) types.Type {
	if len(u.file.Notes().Blocks) == 0 {
		return nil
	}
	t := u.tree
	list := t.Parent(n)
	if t.Kind(list) == syntax.Args && t.First(list) == n { // setmetatable({}, …)
		n = t.Parent(list)
		list = t.Parent(n)
	}
	if t.Kind(list) != syntax.ExprList || t.First(list) != n {
		return nil
	}
	if k := t.Kind(t.Parent(list)); k != syntax.LocalStat && k != syntax.AssignStat {
		return nil
	}
	return u.classAbove(u.note(list))
}
