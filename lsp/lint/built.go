package lint

import (
	"slices"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/lsp/catalog"
	"github.com/llmspell/llmspell/runtime/syntax"
	"github.com/llmspell/llmspell/tools/schema"
)

// built is a table as far as the text says what is in it at some place: of its constructor,
// and of what is stored in it before.
type built struct {
	node  syntax.Node // the constructor
	table *catalog.LiteralTable
	parts []part // where the entries of table come from
}

// part is where an entry stands.
type part struct {
	key   syntax.Node // the Name, or the key in brackets; None for an entry without a key
	field syntax.Node // the entry of the constructor; None for what is stored later
	value syntax.Node
	inner *built // the table that the value is
}

func (b *built) add(f catalog.LiteralField, x part) {
	b.table.Fields, b.parts = append(b.table.Fields, f), append(b.parts, x)
}

// at is the entry of a key, -1 if there is none.
func (b *built) at(key any) int {
	for i := len(b.parts) - 1; i >= 0; i-- {
		if b.table.Fields[i].Key == key {
			return i
		}
	}
	return -1
}

func (b *built) remove(i int) {
	b.table.Fields, b.parts = slices.Delete(b.table.Fields, i, i+1), slices.Delete(b.parts, i, i+1)
}

// forget leaves open what a table holds.
func (b *built) forget() {
	b.table.Fields, b.parts, b.table.Open = nil, nil, true
}

// maxBuilt is how deep tables in variables are followed.
const maxBuilt = 4

// tableAt is the table that an expression gives where it stands, nil if that is not known.
func (p *pass) tableAt(n syntax.Node, depth int) *built {
	switch p.tree.Kind(n) {
	case syntax.Paren:
		return p.tableAt(p.tree.First(n), depth)
	case syntax.Table:
		return p.constructor(n, depth)
	case syntax.Name:
		return p.tableIn(n, depth)
	}
	return nil
}

// constructor is a table as its constructor makes it.
func (p *pass) constructor(n syntax.Node, depth int) *built {
	t := p.tree
	b := &built{node: n, table: &catalog.LiteralTable{}}
	for f := range t.Children(n) {
		x := part{field: f, value: p.valueOf(f)}
		field := catalog.LiteralField{}
		field.Value, x.inner = p.valueAt(x.value, depth)
		switch t.Kind(f) {
		case syntax.NameField:
			x.key, field.Key = t.First(f), t.NameOf(t.First(f))
		case syntax.KeyField:
			x.key, field.Key = t.First(f), p.literalKey(t.First(f))
			if field.Key == nil {
				b.table.Open = true
				field.Key, field.Value = "\x00"+t.Source(t.First(f)), nil // an entry of no table: nil is nothing
			}
		case syntax.PosField:
			if k := t.Kind(x.value); t.Next(f) == syntax.None && (k == syntax.Call || k == syntax.Vararg) {
				b.table.Open = true
			}
		}
		b.add(field, x)
	}
	return b
}

func (p *pass) literalKey(n syntax.Node) any {
	switch v, _ := p.valueAt(n, maxBuilt); v := v.(type) {
	case string, float64, bool:
		return v
	}
	return nil
}

// valueAt is the value of an expression where it stands, schema.Unknown if the text does
// not say it, and the table that it is.
func (p *pass) valueAt(n syntax.Node, depth int) (any, *built) {
	t := p.tree
	operand := func(n syntax.Node) any {
		v, _ := p.valueAt(n, depth)
		return v
	}
	if v, ok := analysis.LiteralValue(t, n, operand); ok {
		return v, nil
	}
	switch t.Kind(n) {
	case syntax.Paren:
		return p.valueAt(t.First(n), depth)
	case syntax.Function:
		return catalog.LuaType("function"), nil
	case syntax.Table:
		b := p.constructor(n, depth)
		return b.table, b
	case syntax.Name:
		if p.isLibraryFunction(n) {
			return catalog.LuaType("function"), nil
		}
		if depth < maxBuilt {
			return p.valueIn(n, depth)
		}
	case syntax.Index:
		if p.isLibraryFunction(n) {
			return catalog.LuaType("function"), nil
		}
	}
	return schema.Unknown{}, nil
}

// isLibraryFunction tells whether an expression certainly is a function of a library: print, string.upper.
func (p *pass) isLibraryFunction(n syntax.Node) bool {
	if p.tree.Kind(n) == syntax.Name && p.vars.Var(n) != scope.NoVar {
		return false
	}
	f, ok := p.snap.TypeOf(p.file, n).(*types.Func)
	return ok && fromLibrary(f.Decl) && p.snap.Certain(p.file, n)
}

// valueIn is the value of a local variable that is assigned once.
func (p *pass) valueIn(n syntax.Node, depth int) (any, *built) {
	value := p.onlyValue(n)
	switch p.tree.Kind(value) {
	case syntax.String, syntax.Number, syntax.True, syntax.False, syntax.Unary, syntax.Name:
		v, _ := p.valueAt(value, depth+1)
		if _, isTable := v.(*catalog.LiteralTable); !isTable {
			return v, nil
		}
	case syntax.Function, syntax.FuncBody:
		return catalog.LuaType("function"), nil
	case syntax.Table:
		if b := p.tableIn(n, depth+1); b != nil {
			return b.table, b
		}
	}
	return schema.Unknown{}, nil
}

// onlyValue is the expression that a local variable holds all the time, None if it may hold
// something else. Of a local function it is the FuncBody.
func (p *pass) onlyValue(n syntax.Node) syntax.Node {
	v := p.vars.Var(n)
	if p.tree.Kind(n) != syntax.Name || v == scope.NoVar {
		return syntax.None
	}
	x := &p.vars.Vars[v]
	if slices.ContainsFunc(x.Uses, func(u scope.Use) bool { return u.Write }) {
		return syntax.None
	}
	switch x.Kind {
	case scope.LocalFunction:
		return p.tree.Next(x.Decl)
	case scope.Local:
		return p.initial(x)
	}
	return syntax.None
}

// initial is the expression that a local variable begins with, or None.
func (p *pass) initial(x *scope.Variable) syntax.Node {
	names := p.tree.Parent(x.Decl)
	value := p.tree.First(p.tree.Next(names))
	for c := p.tree.First(names); c != x.Decl; c = p.tree.Next(c) {
		value = p.tree.Next(value)
	}
	return value
}

// tableIn is the table that a local variable holds at a use of it: its constructor, with
// what is stored before. It is nil if other code may see the table before, or that is not
// known.
func (p *pass) tableIn(use syntax.Node, depth int) *built {
	made := p.onlyValue(use)
	if p.tree.Kind(made) != syntax.Table || depth >= maxBuilt || p.jumps(use) {
		return nil
	}
	x := &p.vars.Vars[p.vars.Var(use)]
	h := history{p: p, use: use, from: p.tree.Start(x.Decl), body: p.functionAround(x.Decl)}
	h.far = p.functionAround(use) != h.body
	for loop := p.tree.Parent(use); loop != syntax.None && p.tree.Start(loop) > h.from; loop = p.tree.Parent(loop) {
		switch p.tree.Kind(loop) {
		case syntax.WhileStat, syntax.RepeatStat, syntax.NumericFor, syntax.GenericFor:
			h.loop = p.tree.End(loop)
		}
	}
	b := p.constructor(made, depth+1)
	for _, u := range x.Uses {
		if u.Node != use && !h.apply(b, u.Node, depth) {
			return nil
		}
	}
	return b
}

// jumps tells whether the function around a node has labels.
func (p *pass) jumps(n syntax.Node) bool {
	for i := range p.vars.Labels {
		if p.vars.Labels[i].Function == p.functionAround(n) {
			return true
		}
	}
	return false
}
