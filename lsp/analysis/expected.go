package analysis

import (
	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// expected is the type that the place of an expression wants, Unknown if it takes
// anything.
func (u *unit) expected(n syntax.Node) types.Type {
	want := u.wanted
	if u.tree.Kind(n) == syntax.Table {
		want = u.wantedTable
	}
	return below(u.c, types.Type(types.Unknown), func() types.Type { return public(want(n)) })
}

func (u *unit) wanted(n syntax.Node) types.Type {
	t := u.tree
	parent := t.Parent(n)
	switch t.Kind(parent) {
	case syntax.Paren:
		return u.expected(parent)
	case syntax.Args:
		return u.wantedArgument(n)
	case syntax.PosField, syntax.NameField, syntax.KeyField:
		return u.wantedField(parent, n)
	case syntax.ExprList:
		return u.wantedValue(parent, n)
	case syntax.Binary:
		left := t.First(parent)
		other := left
		if left == n {
			other = t.Next(left)
		}
		switch t.TokenKind(t.Token(parent)) {
		case syntax.Equal, syntax.NotEqual:
			return u.typeOf(other)
		case syntax.And:
			if left != n {
				return u.expected(parent)
			}
		case syntax.Or:
			if want := u.expected(parent); want != types.Unknown || left == n {
				return want
			}
			return types.Without(u.typeOf(left), types.Nil)
		}
	}
	return nil
}

// wantedArgument is the type of the parameter that an argument is for.
func (u *unit) wantedArgument(n syntax.Node) types.Type {
	s, at := u.argumentSite(n)
	if at > 0 && at == len(s.args)-1 && u.addsTo(s.node) {
		if want := u.wantedOf(s.args[0]); want != nil {
			elem, _, _ := u.c.entriesOf(want)
			return elem
		}
	}
	f, s, at := u.calledAt(s, at)
	if f == nil || at < 0 {
		return nil
	}
	return u.wantedBy(s, f, at)
}

// argumentSite is the call that an argument is given to, and which one it is.
func (u *unit) argumentSite(n syntax.Node) (site, int) {
	s := u.site(u.tree.Parent(u.tree.Parent(n)))
	at := 0
	for at < len(s.args) && s.args[at] != n {
		at++
	}
	return s, at
}

// wantedBy is what a way to call a function takes as argument number at, nil if it takes none.
func (u *unit) wantedBy(s site, f *types.Func, at int) types.Type {
	i := at + s.shift(f)
	var want types.Type
	switch {
	case i < 0:
		return nil
	case i < len(f.Params):
		want = f.Params[i].Type
		if p := u.passedParam(f, i); p != nil && p.want != nil {
			want = p.want
		}
	case f.Vararg != nil:
		want = f.Vararg
	default:
		return nil
	}
	if of := u.specialArgument(s, f, i); of != nil {
		return of
	}
	return u.concrete(s, f, want)
}

// wantedField is the type of the field that a value in a constructor is for.
func (u *unit) wantedField(field, n syntax.Node) types.Type {
	t := u.tree
	want := u.expected(t.Parent(field))
	if want == types.Unknown || t.Kind(field) != syntax.PosField && t.First(field) == n { // the name
		return nil
	}
	return u.wantedEntry(want, field)
}

// wantedEntry is the type of an entry of a constructor that is wanted as a type.
func (u *unit) wantedEntry(want types.Type, field syntax.Node) types.Type {
	t := u.tree
	table := t.Parent(field)
	if name, ok := u.fieldName(field); ok {
		if f := u.c.field(want, name); f != nil {
			if tool := u.toolBeside(want, table, f.Type); tool != nil {
				return tool
			}
			return f.Type
		}
		if _, key, value := u.c.entriesOf(want); key != nil && assignable(types.String, key, 0) {
			return value
		}
		return nil
	}
	if t.Kind(field) == syntax.PosField {
		if f := u.elementField(want, u.listPlace(table, field)); f != nil {
			if tool := u.toolBeside(want, table, f); tool != nil {
				return tool
			}
			return f
		}
	}
	elem, key, value := u.c.wantedEntries(want)
	if elem == nil && key != nil && t.Kind(field) == syntax.PosField && !assignable(types.Integer, key, 0) {
		return nil // names only
	}
	if elem == nil {
		return value
	}
	return elem
}

// elementField is the type of entry number at, where a class says it: @field [1] T.
func (u *unit) elementField(want types.Type, at int) types.Type {
	switch want := want.(type) {
	case *types.Tuple:
		if at <= len(want.Elems) {
			return want.Elems[at-1]
		}
	case *types.Union:
		for _, of := range want.Of {
			if t := u.elementField(of, at); t != nil {
				return t
			}
		}
	case *types.Object:
		if o, ok := want.Origin.(*object); ok && o.class != nil {
			return o.class.element(at)
		}
	}
	return nil
}

// toolBeside is the type of the parameters in a table that also names the tool:
// {"calculator", {…}}, {tool = "calculator", parameters = {…}}. It is nil where no
// tool is meant.
func (u *unit) toolBeside(want types.Type, table syntax.Node, of types.Type) types.Type {
	if u.c.snap == nil || !mentionsTool(of) || u.catalog() == nil {
		return nil
	}
	t := u.tree
	for f := t.First(table); f != syntax.None; f = t.Next(f) {
		value := t.First(f)
		if t.Kind(f) != syntax.PosField {
			value = t.Next(value)
		}
		if t.Kind(value) == syntax.Table || t.Kind(value) == syntax.Function {
			continue
		}
		if u.slotOfField(f) != "tool" {
			continue
		}
		if tool := u.toolIn(u.typeOf(value)); tool != "" {
			return u.forTool(of, tool, "")
		}
	}
	return nil
}

// wantedValue is the type of what a value in a list is assigned to, or returned as.
func (u *unit) wantedValue(list, n syntax.Node) types.Type {
	t := u.tree
	at := 0
	for c := t.First(list); c != n && c != syntax.None; c = t.Next(c) {
		at++
	}
	stat := t.Parent(list)
	switch t.Kind(stat) {
	case syntax.LocalStat:
		name := t.Child(t.First(stat), at)
		if t.Kind(name) != syntax.Name {
			return nil
		}
		v := u.file.Vars().Var(name)
		if v == scope.NoVar {
			return nil
		}
		if d := u.declaredVar(v); d != nil {
			return d
		}
		if t.Kind(n) == syntax.Table {
			return u.wantedLater(root{v: v})
		}
	case syntax.AssignStat:
		if t.First(stat) == list {
			return nil
		}
		target := t.Child(t.First(stat), at)
		switch t.Kind(target) {
		case syntax.Name:
			v := u.file.Vars().Var(target)
			if v != scope.NoVar {
				if d := u.declaredVar(v); d != nil {
					return d
				}
				if t.Kind(n) == syntax.Table {
					return u.wantedLater(root{v: v})
				}
				return nil
			}
			if t.Kind(n) == syntax.Table {
				return u.wantedLater(root{v: v, global: t.Source(target)})
			}
		case syntax.Index, syntax.IndexKey:
			if d := u.declaredField(target); d != nil {
				return d
			}
			if d := u.declaredEntry(target); d != nil {
				return d
			}
			return u.wantedMember(target)
		}
	case syntax.ReturnStat:
		body := u.functionAround(stat)
		f, ok := u.typeOf(body).(*types.Func)
		if !ok {
			return nil
		}
		if fn, ok := f.Origin.(*function); ok && fn.told {
			return fn.v.at(at)
		}
		if fn := t.Parent(body); t.Kind(fn) == syntax.Function {
			if want, ok := onlyFunc(u.expected(fn)); ok {
				return u.c.resolved(listed(want).at(at))
			}
		}
	}
	return nil
}

// declaredField is the type that a class declares for the field that is assigned.
func (u *unit) declaredField(target syntax.Node) types.Type {
	name, ok := u.keyName(target)
	if !ok {
		return nil
	}
	o, ok := u.typeOf(u.tree.First(target)).(*types.Object)
	if !ok {
		return nil
	}
	origin, ok := o.Origin.(*object)
	if !ok {
		if f := u.c.field(o, name); f != nil {
			return f.Type
		}
		return nil
	}
	if origin.class != nil {
		if f := origin.class.field(name); f != nil {
			return f.Type
		}
	}
	return nil
}

// declaredEntry is the type that annotations say of the entries of the table in which a value is
// stored under some key: table<string, T>, T[], @field [string] T; nil if they say nothing.
func (u *unit) declaredEntry(target syntax.Node) types.Type {
	var elem, key, value types.Type
	switch of := u.typeOf(u.tree.First(target)).(type) {
	case *types.Array, *types.Map:
		elem, key, value = u.c.entriesOf(of)
	case *types.Object:
		if o, ok := of.Origin.(*object); ok && o.class != nil {
			elem, key, value = o.class.entries()
		}
	}
	given := types.Type(types.String)
	if _, named := u.keyName(target); !named {
		given = u.typeOf(u.tree.Child(target, 1))
	}
	switch {
	case elem != nil && typeName(given) == "number":
		return elem
	case key != nil && given != types.Unknown && assignable(given, key, 0):
		return value
	}
	return nil
}

// maxLater is how many calls are looked at that a table is given to.
const maxLater = 12

// wantedLater is what the calls want that a table is later given to.
func (u *unit) wantedLater(r root) types.Type {
	// Tables that hold each other lead from one to the next.
	return once(u.c, u.later, r, nil, sameType, func() types.Type {
		for _, n := range u.givenLater(r) {
			switch want := u.expected(n).(type) {
			case *types.Object, *types.Union, *types.Array:
				return want
			}
		}
		return nil
	})
}

// givenLater are the first maxLater places where what a variable holds is given away.
func (u *unit) givenLater(r root) []syntax.Node {
	if known, ok := u.giving[r]; ok {
		return known
	}
	uses := u.file.Vars().Globals[r.global]
	if r.v != scope.NoVar {
		uses = u.file.Vars().Vars[r.v].Uses
	}
	var list []syntax.Node
	for _, use := range uses {
		if !use.Write && u.givenWhole(use.Node) {
			if list = append(list, use.Node); len(list) == maxLater {
				break
			}
		}
	}
	if u.giving == nil {
		u.giving = map[root][]syntax.Node{}
	}
	u.giving[r] = list
	return list
}

// givenWhole tells whether a name is an argument, of another function than those that work
// on any list, or the value of a field.
func (u *unit) givenWhole(n syntax.Node) bool {
	t := u.tree
	parent := t.Parent(n)
	switch t.Kind(parent) {
	case syntax.Args:
		return !u.addsTo(t.Parent(parent))
	case syntax.NameField, syntax.PosField:
		return t.Kind(parent) == syntax.PosField || t.First(parent) != n
	}
	return false
}

// addsTo tells whether a call is one of table.insert.
func (u *unit) addsTo(call syntax.Node) bool {
	return u.tree.Source(u.tree.First(call)) == "table.insert"
}

// wantedMember is what a table that is given to a call later wants for one of its fields
// or elements: local p = {} p.input = …, calls[#calls + 1] = {…}.
func (u *unit) wantedMember(target syntax.Node) types.Type {
	want := u.wantedOf(u.tree.First(target))
	if want == nil {
		return nil
	}
	if name, ok := u.keyName(target); ok {
		if f := u.c.field(want, name); f != nil {
			return f.Type
		}
		return nil
	}
	elem, _, _ := u.c.entriesOf(want)
	return elem
}

// wantedOf is what the calls want that a local variable with a table of its own is given
// to; nil if it holds something else, or they want nothing.
func (u *unit) wantedOf(n syntax.Node) types.Type {
	if u.tree.Kind(n) != syntax.Name || u.c.snap == nil {
		return nil
	}
	v := u.file.Vars().Var(n)
	if v == scope.NoVar {
		return nil
	}
	x := &u.file.Vars().Vars[v]
	if x.Kind != scope.Local || u.tree.Kind(u.initial(x)) != syntax.Table {
		return nil
	}
	return u.wantedLater(root{v: v})
}

// paramsOf returns the table of named fields that a type wants, nil if it wants
// none.
func paramsOf(t types.Type) *types.Object {
	switch t := t.(type) {
	case *types.Object:
		return t
	case *types.Union:
		for _, of := range t.Of {
			if o := paramsOf(of); o != nil {
				return o
			}
		}
	}
	return nil
}
