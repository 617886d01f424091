package lint

import (
	"github.com/llmspell/llmspell/lsp/catalog"
	"github.com/llmspell/llmspell/runtime/syntax"
	"github.com/llmspell/llmspell/tools/schema"
)

// history goes through the other uses of a variable that holds a table, for what the table
// holds at one use.
type history struct {
	p    *pass
	use  syntax.Node
	from int         // where the variable is declared
	body syntax.Node // its function
	far  bool        // the use is in a function inside: it may run at any time
	loop int         // the end of the outermost loop around the use but not the variable; 0: none
}

// apply changes b by what another use does. It is false if what the table holds is not
// known any more.
func (h *history) apply(b *built, n syntax.Node, depth int) bool {
	p, t := h.p, h.p.tree
	inside := p.functionAround(n) != h.body
	before := t.Start(n) < t.Start(h.use)
	again := !before && (h.far || h.loop > 0 && t.Start(n) < h.loop) // it may have happened before all the same
	parent := t.Parent(n)
	index := t.Kind(parent) == syntax.Index || t.Kind(parent) == syntax.IndexKey
	if index && t.First(parent) == n {
		chain := p.chainOf(parent)
		switch {
		case !p.written(chain):
			return h.read(b, parent, chain)
		case inside || h.far:
			return false // a function that does it may be called at any time
		case !before && !again:
			return true
		case chain != parent: // of a part of it
			return h.poison(b, parent)
		}
		return h.store(b, parent, again || !h.dominates(parent), depth)
	}
	if t.Kind(parent) == syntax.Unary || p.onlyCompared(n) {
		return true
	}
	if p.isList(n) && t.Kind(parent) == syntax.Args && !inside && !h.far {
		if t.Child(parent, 0) == n && (before || again) {
			return h.insert(b, parent, again || !h.dominates(parent), depth)
		}
		return true
	}
	if p.onlyRead(n) {
		return h.read(b, syntax.None, n)
	}
	if list := t.Parent(parent); t.Kind(parent) == syntax.ExprList && t.Kind(list) == syntax.ReturnStat && !inside && !h.far {
		return true // what is behind does not happen then
	}
	// Somebody else has it from here on.
	return !before && !again && !inside && !h.far
}

// dominates tells whether what stands in a statement has certainly happened at the use.
func (h *history) dominates(n syntax.Node) bool {
	t := h.p.tree
	for t.Kind(t.Parent(n)) != syntax.Block && t.Parent(n) != syntax.None {
		n = t.Parent(n)
	}
	block := t.Parent(n)
	return block != syntax.None && h.p.within(h.use, block)
}

// within tells whether a node lies in another one.
func (p *pass) within(n, outer syntax.Node) bool {
	for ; n != syntax.None; n = p.tree.Parent(n) {
		if n == outer {
			return true
		}
	}
	return false
}

// chainOf is the longest chain of indices that begins with one.
func (p *pass) chainOf(n syntax.Node) syntax.Node {
	for {
		parent := p.tree.Parent(n)
		if k := p.tree.Kind(parent); k != syntax.Index && k != syntax.IndexKey && k != syntax.Method || p.tree.First(parent) != n {
			return n
		}
		n = parent
	}
}

// keyOf is the key of an index, nil if it is not known.
func (p *pass) keyOf(index syntax.Node) any {
	key := p.tree.Child(index, 1)
	if p.tree.Kind(index) == syntax.Index {
		return p.tree.NameOf(key)
	}
	switch v, _ := p.valueAt(key, maxBuilt-1); v := v.(type) {
	case string, float64, bool:
		return v
	}
	return nil
}

// read is a look at a part: who has it may change it, if it is a table. index is None for
// a look at all of them.
func (h *history) read(b *built, index, n syntax.Node) bool {
	p := h.p
	if index != syntax.None {
		if key := p.keyOf(index); key != nil {
			if i := b.at(key); i >= 0 && b.parts[i].inner != nil && !p.onlyCompared(n) && !p.onlyRead(n) {
				b.table.Fields[i].Value, b.parts[i].inner = schema.Unknown{}, nil
			}
			return true
		}
	}
	if !p.handsOut(n) {
		return true
	}
	for i := range b.parts {
		if b.parts[i].inner != nil {
			b.table.Fields[i].Value, b.parts[i].inner = schema.Unknown{}, nil
		}
	}
	return true
}

// poison is a store into a part.
func (h *history) poison(b *built, index syntax.Node) bool {
	key := h.p.keyOf(index)
	if key == nil {
		b.forget()
		return true
	}
	if i := b.at(key); i >= 0 {
		b.table.Fields[i].Value, b.parts[i].inner = schema.Unknown{}, nil
	}
	return true
}

// store is an assignment to an entry. maybe: it may not have happened.
func (h *history) store(b *built, index syntax.Node, maybe bool, depth int) bool {
	p, t := h.p, h.p.tree
	key := p.keyOf(index)
	x := part{key: t.Child(index, 1), value: syntax.None}
	var value any = schema.Unknown{}
	list := t.Parent(index)
	switch t.Kind(list) {
	case syntax.FuncStat:
		value = catalog.LuaType("function")
	case syntax.ExprList:
		at := 0
		for c := t.First(list); c != index; c = t.Next(c) {
			at++
		}
		if x.value = t.Child(t.Next(list), at); x.value != syntax.None {
			value, x.inner = p.valueAt(x.value, depth+1)
		}
	}
	if key == nil && p.isNextOf(index) {
		if b.table.Open = b.table.Open || maybe; !maybe {
			x.key = syntax.None
			b.add(catalog.LiteralField{Value: value}, x)
		}
		return true
	}
	i := -1
	if key == nil {
		b.forget()
		return true
	}
	i = b.at(key)
	switch {
	case maybe && value == nil: // it may be gone
		if i >= 0 {
			b.remove(i)
		}
		b.table.Open = true
	case maybe && i >= 0:
		b.table.Fields[i].Value, b.parts[i].inner = schema.Unknown{}, nil
	case maybe:
		b.add(catalog.LiteralField{Key: key, Value: schema.Unknown{}}, part{key: x.key, value: x.value})
	default:
		if i >= 0 {
			b.remove(i)
		}
		if value != nil {
			b.add(catalog.LiteralField{Key: key, Value: value}, x)
		}
	}
	return true
}

// isNextOf tells whether an index is the element behind the last: t[#t + 1].
func (p *pass) isNextOf(index syntax.Node) bool {
	t := p.tree
	key := t.Child(index, 1)
	if t.Kind(index) != syntax.IndexKey || t.Kind(key) != syntax.Binary || t.TokenKind(t.Token(key)) != syntax.Plus {
		return false
	}
	length, one := t.First(key), t.Child(key, 1)
	if t.Kind(length) != syntax.Unary || t.TokenKind(t.Token(length)) != syntax.Hash {
		return false
	}
	n, ok := t.Number(one)
	return ok && n == 1 && t.Source(t.First(length)) == t.Source(t.First(index))
}

// isList tells whether a node is the list that table.insert adds to.
func (p *pass) isList(n syntax.Node) bool {
	args := p.tree.Parent(n)
	return p.tree.Kind(args) == syntax.Args && p.tree.First(args) == n && p.tree.Source(p.tree.First(p.tree.Parent(args))) == "table.insert"
}

// insert is a call of table.insert.
func (h *history) insert(b *built, args syntax.Node, maybe bool, depth int) bool {
	t := h.p.tree
	item := t.Child(args, 1)
	if item == syntax.None || t.Next(item) != syntax.None || maybe || b.hasNames() {
		b.forget()
		return true
	}
	x := part{value: item}
	var value any
	value, x.inner = h.p.valueAt(item, depth+1)
	b.add(catalog.LiteralField{Value: value}, x)
	return true
}

// hasNames tells whether a table has entries with keys.
func (b *built) hasNames() bool {
	for i := range b.table.Fields {
		if b.table.Fields[i].Key != nil {
			return true
		}
	}
	return false
}

// onlyCompared tells whether an expression is only looked at: as a condition, or compared.
func (p *pass) onlyCompared(n syntax.Node) bool {
	t := p.tree
	parent := t.Parent(n)
	switch t.Kind(parent) {
	case syntax.Unary, syntax.IfClause, syntax.ElseIfClause, syntax.WhileStat, syntax.RepeatStat:
		return true
	case syntax.Binary:
		switch t.TokenKind(t.Token(parent)) {
		case syntax.And, syntax.Or:
			return false
		}
		return true
	}
	return false
}

// onlyRead tells whether an expression is an argument of a function that changes nothing
// and keeps nothing, maybe within a table that is one.
func (p *pass) onlyRead(n syntax.Node) bool {
	for depth := 0; depth < maxBuilt; depth++ {
		parent := p.tree.Parent(n)
		switch p.tree.Kind(parent) {
		case syntax.Args:
			return p.snap.ReadsOnly(p.file, n)
		case syntax.PosField, syntax.NameField, syntax.KeyField:
			n = p.tree.Parent(parent)
		default:
			return false
		}
	}
	return false
}

// handsOut tells whether a function that a table is given to returns what is in it.
func (p *pass) handsOut(n syntax.Node) bool {
	args := p.tree.Parent(n)
	if p.tree.Kind(args) != syntax.Args {
		return true
	}
	switch p.tree.Source(p.tree.First(p.tree.Parent(args))) {
	case "pairs", "ipairs", "next", "select", "unpack", "table.unpack", "rawget":
		return true
	}
	return false
}
