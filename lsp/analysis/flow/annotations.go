package flow

import (
	"github.com/llmspell/llmspell/lsp/analysis/luacats"
	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// class is the node of a class of annotations.
func (s *solver) class(name string) id {
	if n, ok := s.classes[name]; ok {
		return n
	}
	n := s.fresh()
	s.classes[name] = n
	return n
}

// basic are names of types that are no tables of the program.
var basic = map[string]bool{
	"any": true, "unknown": true, "nil": true, "void": true, "boolean": true, "bool": true, "number": true, "integer": true,
	"int": true, "float": true, "string": true, "table": true, "function": true, "fun": true, "thread": true, "userdata": true,
	"lightuserdata": true, "never": true, "object": true, "self": true, "true": true, "false": true,
}

// annotations adds what the comments of a file say.
func (c *collector) annotations() {
	for _, b := range c.file.Notes.Blocks {
		var class id
		for _, tag := range b.Tags {
			switch tag := tag.(type) {
			case *luacats.ClassTag:
				if tag.Name.Text == "" {
					continue
				}
				class = c.class(tag.Name.Text)
				c.nodes[c.find(class)].flags |= made
				for _, p := range tag.Parents {
					c.unify(class, c.typed(p))
				}
				if c.file.Notes.Meta {
					c.markUnknown(class, &Reason{URI: c.file.URI, Offset: tag.Name.Start, Text: "its class is declared in a file with ---@meta, for something that is elsewhere"})
				}
			case *luacats.FieldTag:
				if class == 0 || tag.Name.Text == "" {
					continue
				}
				c.word(class, tag.Name)
				c.unify(c.field(class, tag.Name.Text), c.typed(tag.Type))
			case *luacats.AliasTag:
				if tag.Name.Text != "" {
					c.unify(c.class(tag.Name.Text), c.typed(tag.Type))
				}
			case *luacats.EnumTag:
				if tag.Name.Text != "" {
					class = c.class(tag.Name.Text)
				}
			}
		}
	}
	t := c.t
	for n := syntax.Node(1); int(n) < t.Len() && c.step(); n++ {
		switch t.Kind(n) {
		case syntax.LocalStat, syntax.AssignStat:
			c.annotatedStat(n)
		case syntax.NameField, syntax.KeyField:
			if b := c.note(n); b != nil {
				if tag := luacats.First[*luacats.TypeTag](b); tag != nil && len(tag.Types) > 0 {
					c.unify(c.expr(t.Child(n, 1)), c.typed(tag.Types[0]))
				}
			}
		case syntax.FuncBody:
			c.annotatedFunction(n)
		case syntax.GenericFor:
			c.annotatedStat(n)
		}
	}
}

// word notes that an annotation names a key.
func (c *collector) word(of id, w luacats.Word) {
	c.give(of, w.Text)
	c.place(of, c.number, w.Text, w.Start, w.End)
}

// annotatedStat adds @type, @class and @enum above an assignment.
func (c *collector) annotatedStat(n syntax.Node) {
	b := c.note(n)
	if b == nil {
		return
	}
	t := c.t
	target := t.First(t.First(n))
	var values syntax.Node
	if t.Kind(n) != syntax.GenericFor {
		values = t.First(t.Next(t.First(n)))
	}
	to := func(target syntax.Node) id {
		if t.Kind(target) == syntax.Name {
			if v := c.file.Vars.Var(target); v != scope.NoVar {
				return c.vars[v]
			}
			if t.Source(target) == "_G" {
				return c.globals
			}
			return c.global(c.number, t.Source(target))
		}
		return c.expr(target)
	}
	for _, tag := range b.Tags {
		switch tag := tag.(type) {
		case *luacats.ClassTag:
			if tag.Name.Text != "" {
				c.unify(to(target), c.class(tag.Name.Text))
			}
		case *luacats.EnumTag:
			if tag.Name.Text == "" {
				continue
			}
			of := to(target)
			if tag.Key {
				c.markDynamic(of, c.reason(n, "the keys of its table are the values of the type "+tag.Name.Text))
			}
			c.unify(c.elem(of), c.class(tag.Name.Text))
		case *luacats.TypeTag:
			for i, typ := range tag.Types {
				if target := t.Child(t.First(n), i); target != syntax.None {
					c.unify(to(target), c.typed(typ))
				}
				if i == 0 && values != syntax.None {
					c.unify(c.expr(values), c.typed(typ))
				}
			}
		}
	}
}

// annotatedFunction adds @param, @return and @vararg above a function.
func (c *collector) annotatedFunction(body syntax.Node) {
	b := c.functionNote(body)
	if b == nil {
		return
	}
	f := c.body(body)
	results := 0
	for _, tag := range b.Tags {
		switch tag := tag.(type) {
		case *luacats.ParamTag:
			if tag.Type == nil {
				continue
			}
			if tag.Name.Text == "..." {
				if rest, ok := c.rests[body]; ok {
					c.unify(rest, c.typed(tag.Type))
				}
				continue
			}
			for p := range c.t.Children(c.t.First(body)) {
				if c.t.Kind(p) == syntax.Name && c.t.Source(p) == tag.Name.Text {
					c.unify(c.variable(p), c.typed(tag.Type))
				}
			}
		case *luacats.VarargTag:
			if rest, ok := c.rests[body]; ok {
				c.unify(rest, c.typed(tag.Type))
			}
		case *luacats.ReturnTag:
			for _, r := range tag.Results {
				if v, ok := r.Type.(*luacats.VariadicType); ok {
					c.rows(&c.shapeOf(f).results, tuple{list: make([]id, results), rest: c.typed(v.Of)})
					continue
				}
				c.unify(c.result(f, results), c.typed(r.Type))
				results++
			}
		case *luacats.OverloadTag:
			if tag.Func != nil {
				c.unify(f, c.typed(tag.Func))
			}
		}
	}
}

// cast adds --[[@as T]] behind an expression.
func (c *collector) cast(n syntax.Node, e id) {
	switch c.t.Kind(n) {
	case syntax.Name, syntax.Index, syntax.IndexKey, syntax.Call, syntax.Table, syntax.Paren:
		if tag := c.file.Notes.AsBehind(c.t.End(n)); tag != nil && tag.Type != nil {
			c.unify(e, c.typed(tag.Type))
		}
	}
}

// typed is a value of a type, 0 for types that are no tables or functions.
func (c *collector) typed(t luacats.Type) id {
	switch t := t.(type) {
	case *luacats.NameType:
		return c.namedType(t)
	case *luacats.UnionType:
		var all id
		for _, of := range t.Of {
			n := c.typed(of)
			if all == 0 {
				all = n
			}
			c.unify(all, n)
		}
		return all
	case *luacats.OptionalType:
		return c.typed(t.Of)
	case *luacats.VariadicType:
		return c.typed(t.Of)
	case *luacats.ArrayType:
		return c.listOf(c.typed(t.Elem))
	case *luacats.TupleType:
		n := c.fresh()
		for _, e := range t.Elems {
			c.unify(c.elem(n), c.typed(e))
		}
		return n
	case *luacats.TableType:
		n := c.fresh()
		for _, f := range t.Fields {
			if f.Name.Text != "" {
				c.word(n, f.Name)
				c.unify(c.field(n, f.Name.Text), c.typed(f.Type))
				continue
			}
			c.unify(c.elem(n), c.typed(f.Type))
		}
		return n
	case *luacats.FuncType:
		n := c.fresh()
		i := 0
		for _, p := range t.Params {
			if p.Name.Text == "..." {
				continue
			}
			c.unify(c.param(n, i), c.typed(p.Type))
			i++
		}
		for i, r := range t.Results {
			if _, ok := r.Type.(*luacats.VariadicType); !ok {
				c.unify(c.result(n, i), c.typed(r.Type))
			}
		}
		return n
	}
	return 0
}

func (c *collector) listOf(elem id) id {
	if elem == 0 {
		return 0
	}
	n := c.fresh()
	c.unify(c.elem(n), elem)
	return n
}

func (c *collector) namedType(t *luacats.NameType) id {
	name := t.Name.Text
	switch {
	case name == "table" && len(t.Args) == 2:
		n := c.fresh()
		c.unify(c.keys(n), c.typed(t.Args[0]))
		c.unify(c.elem(n), c.typed(t.Args[1]))
		return n
	case name == "" || basic[name]:
		return 0
	case c.program.Class != nil && !c.program.Class(name):
		return 0 // a type parameter, or of the library: what calls say of it is enough
	}
	n := c.class(name)
	for _, a := range t.Args {
		c.unify(c.elem(n), c.typed(a)) // what a generic class holds
	}
	return n
}

// note returns the annotations above a statement or field, or behind it, or nil.
func (c *collector) note(n syntax.Node) *luacats.Block {
	notes := c.file.Notes
	if len(notes.Blocks) == 0 {
		return nil
	}
	if b := notes.Before(c.t.Start(n)); b != nil {
		return b
	}
	switch c.t.Kind(n) {
	case syntax.LocalStat, syntax.AssignStat, syntax.NameField, syntax.KeyField, syntax.PosField:
		return notes.Behind(c.t.End(n))
	}
	return nil
}

// functionNote returns the annotations of a function, or nil.
func (c *collector) functionNote(body syntax.Node) *luacats.Block {
	if n := luacats.FunctionOwner(c.t, body); n != syntax.None {
		return c.note(n)
	}
	return nil
}
