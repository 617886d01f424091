package analysis

import (
	"slices"

	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// expected is the type that the place of an expression wants, Unknown if it takes
// anything.
func (u *unit) expected(n syntax.Node) types.Type {
	end, ok := u.c.begin()
	if !ok {
		return types.Unknown
	}
	defer end()
	if t := u.wanted(n); t != nil {
		return t
	}
	return types.Unknown
}

func (u *unit) wanted(n syntax.Node) types.Type {
	t := u.tree
	parent := t.Parent(n)
	switch t.Kind(parent) {
	case syntax.Paren:
		return u.expected(parent)
	case syntax.Args:
		return u.wantedArgument(parent, n)
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
func (u *unit) wantedArgument(args, n syntax.Node) types.Type {
	s := u.site(u.tree.Parent(args))
	at := 0
	for at < len(s.args) && s.args[at] != n {
		at++
	}
	f, s, at := u.calledAt(s, at)
	if f == nil || at < 0 {
		return nil
	}
	i := at + s.shift(f)
	var want types.Type
	switch {
	case i < 0:
		return nil
	case i < len(f.Params):
		want = f.Params[i].Type
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

// specialArgument is the type of parameter number i where it depends on the values of
// other arguments, else nil.
func (u *unit) specialArgument(s site, f *types.Func, i int) types.Type {
	if f.Special == "string.gsub" && i == 2 {
		if of, ok := u.replacer(s); ok {
			return types.Join(of, types.String, types.Number, types.TableType)
		}
	}
	if i != 1 || len(s.args) == 0 || f.Special != "Event.on" && f.Special != "Hook.register" {
		return nil
	}
	handler, ok := onlyFunc(f.Params[i].Type)
	if !ok || len(handler.Params) == 0 {
		return nil
	}
	copied := *handler
	copied.Params = slices.Clone(handler.Params)
	if p := &copied.Params[0]; f.Special == "Event.on" {
		p.Type = u.eventFor(s.args[0], p.Type)
	} else {
		p.Type = u.contextFor(s.args[0], p.Type)
	}
	return &copied
}

// calledAt returns the function that takes argument number at, seen through pcall
// and xpcall; the site and number are then those of the inner call.
func (u *unit) calledAt(s site, at int) (*types.Func, site, int) {
	t := u.typeOf(s.callee)
	switch name := u.specialCall(s, t); name {
	case "pcall", "xpcall":
		skip := 1
		if name == "xpcall" {
			skip = 2
		}
		if at < skip {
			if f, ok := onlyFunc(t); ok {
				return f, s, at
			}
			return nil, s, -1
		}
		inner, _ := u.passedOn(s, name == "xpcall")
		return u.calledAt(inner, at-skip)
	case "coroutine.resume":
		if at == 0 || len(s.args) == 0 {
			break
		}
		if co, ok := u.typeOf(s.args[0]).(*coroutine); ok {
			inner, _ := u.passedOn(s, false)
			return u.chooseUpTo(inner, co.f, at-1), inner, at - 1
		}
	}
	f := u.calledFunc(t)
	if f == nil {
		return nil, s, -1
	}
	return u.chooseUpTo(s, f, at), s, at
}

// calledFunc returns the function that a value of a type is when it is called, nil
// if there is none, or more than one.
func (u *unit) calledFunc(t types.Type) *types.Func {
	if f, ok := onlyFunc(t); ok {
		return f
	}
	switch t := t.(type) {
	case *types.Object:
		if f, ok := u.c.callableOf(t).(*types.Func); ok {
			return f
		}
	case *types.Union:
		for _, of := range t.Of {
			if o, ok := of.(*types.Object); ok {
				if f, ok := u.c.callableOf(o).(*types.Func); ok {
					return f
				}
			}
		}
	}
	return nil
}

// chooseUpTo returns the first way to call a function that fits the arguments
// before number at, and has a parameter for it.
func (u *unit) chooseUpTo(s site, f *types.Func, at int) *types.Func {
	for _, o := range f.Overloads {
		shift := s.shift(o)
		if at+shift >= len(o.Params) && o.Vararg == nil {
			continue
		}
		fit := true
		for i := 0; i < at && i < len(s.args); i++ {
			if p := i + shift; p >= 0 && p < len(o.Params) && !assignable(u.argument(s.args[i]), o.Params[p].Type, 0) {
				fit = false
				break
			}
		}
		if fit {
			return o
		}
	}
	return f
}

// concrete replaces the type parameters in a parameter's type by what the other
// arguments say, and the library's classes by those of the tool.
func (u *unit) concrete(s site, f *types.Func, want types.Type) types.Type {
	if hasParam(want, 0) {
		bound := u.bindings(s, f, false)
		if recv := s.receiver(); recv != nil {
			bound[selfType] = recv
		}
		for _, g := range f.Generics {
			if _, ok := bound[g]; !ok {
				bound[g] = u.c.resolved(g)
			}
		}
		want = substitute(want, bound)
	}
	if u.c.snap != nil && mentionsTool(want) {
		if tool := u.toolOf(s, f); tool != "" {
			want = u.forTool(want, tool, "")
		}
	}
	return want
}

// wantedField is the type of the field that a value in a constructor is for.
func (u *unit) wantedField(field, n syntax.Node) types.Type {
	t := u.tree
	table := t.Parent(field)
	want := u.expected(table)
	if want == types.Unknown {
		return nil
	}
	if t.Kind(field) != syntax.PosField && t.First(field) == n {
		return nil // the name
	}
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
		at := 1
		for c := t.First(table); c != field; c = t.Next(c) {
			if t.Kind(c) == syntax.PosField {
				at++
			}
		}
		if f := u.elementField(want, at); f != nil {
			if tool := u.toolBeside(want, table, f); tool != nil {
				return tool
			}
			return f
		}
	}
	elem, key, value := u.c.entriesOf(want)
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
			return u.wantedLater(u.file.Vars().Vars[v].Uses)
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
					return u.wantedLater(u.file.Vars().Vars[v].Uses)
				}
				return nil
			}
			if t.Kind(n) == syntax.Table {
				return u.wantedLater(u.file.Vars().Globals[t.Source(target)])
			}
		case syntax.Index, syntax.IndexKey:
			return u.declaredField(target)
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

// maxLater is how many uses of a table are looked at.
const maxLater = 12

// wantedLater is what the calls want that a table is later given to.
func (u *unit) wantedLater(uses []scope.Use) types.Type {
	for i, use := range uses {
		if i == maxLater {
			break
		}
		if use.Write || u.tree.Kind(u.tree.Parent(use.Node)) != syntax.Args {
			continue
		}
		want := u.expected(use.Node)
		if o, ok := want.(*types.Object); ok {
			return o
		}
		if un, ok := want.(*types.Union); ok {
			return un
		}
	}
	return nil
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
