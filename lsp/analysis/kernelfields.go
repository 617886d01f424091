package analysis

import (
	"context"
	"slices"

	"github.com/llmspell/llmspell/lsp/analysis/flow"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// KernelLacks tells whether all tables that an expression of the file may be come from the
// kernel, or are made by the program, and none has a field of a name, whatever way they
// take: through variables, fields, results, pcall, callbacks. It is false if that is in
// doubt, or ctx is done. handed says that the kernel calls the functions whose parameters
// these tables come from.
func (s *Snapshot) KernelLacks(ctx context.Context, f *File, object syntax.Node, name string) (handed, lacks bool) {
	s.flows.mu.Lock()
	defer s.flows.mu.Unlock()
	g := s.graph(ctx, f)
	if g == nil {
		return false, false
	}
	lacks = in(s, f, func(u *unit) bool {
		k := kernelValues{c: u.c, graphOf: g}
		var list []kernelValue
		var ok bool
		if list, handed, ok = k.at(u, object, name, maxHanded); !ok {
			return false
		}
		tables := 0
		for _, v := range list {
			switch has, table := k.has(v, name); {
			case has:
				return false
			case table:
				tables++
			}
		}
		return tables > 0
	})
	return handed, lacks
}

// maxHanded is how many values a value is followed back through.
const maxHanded = 6

// kernelValues finds what the kernel hands to a program.
type kernelValues struct {
	c *checker
	*graphOf
}

// kernelValue is a value of the kernel.
type kernelValue struct {
	t types.Type
	// answer: it is a part of what a tool has answered, whose schema may allow more
	// fields than it names.
	answer bool
}

// at are the values of the kernel that an expression may be; not ok if there may be others
// that are not made by the program. handed says that all come by functions that the kernel
// calls.
func (k *kernelValues) at(u *unit, n syntax.Node, name string, depth int) (list []kernelValue, handed, ok bool) {
	file, known := k.graphOf.at[u.file.URI]
	if !known || depth == 0 {
		return nil, false, false
	}
	origins, ok := k.graph.Origins(file, n, name)
	handed = true
	for i := range origins {
		o := &origins[i]
		t, found := k.origin(u, o, depth)
		if !found {
			return nil, false, false
		}
		values, found := k.follow(t, o.Steps())
		if !found {
			return nil, false, false
		}
		list = append(list, values...)
		handed = handed && o.Handler != syntax.None
	}
	return list, handed, ok
}

// origin is the type of what the kernel hands over; not ok if that is a guess, or what
// scripts have given it.
func (k *kernelValues) origin(u *unit, o *flow.Origin, depth int) (types.Type, bool) {
	if o.Call == syntax.None {
		if o.Global == toolGlobal {
			return u.toolTable(), true
		}
		return k.c.global(o.Global), true
	}
	of := k.c.unit(k.files[o.File])
	s := of.site(o.Call)
	if o.Protected {
		inner, ok := of.passedOn(s, false)
		if !ok {
			return nil, false
		}
		s.callee = inner.callee
	}
	f, ok := of.typeOf(s.callee).(*types.Func)
	if !ok || !fromLibrary(f) || f.Special == "State.get" || !k.sure(of, s.callee, depth) {
		return nil, false
	}
	outer := k.c.guessing
	defer func() { k.c.guessing = outer }()
	k.c.guessing = false
	if steps := o.Steps(); len(steps) > 0 && steps[0] == "data" && !of.handsData(s, f) {
		return nil, false
	}
	var t types.Type
	switch {
	case o.Handler != syntax.None:
		want, ok := onlyFunc(of.expected(o.Handler))
		if !ok || o.Index >= len(want.Params) {
			return nil, false
		}
		t = want.Params[o.Index].Type
		if given := of.givenTo(o.Handler); given != nil && o.Index == 0 {
			t = given
			if of.sharesHandler(o.Handler) {
				return nil, false
			}
		}
		if hasParam(t, 0) {
			return nil, false
		}
	case len(f.Generics) > 0:
		return nil, false // what functions of the program give
	case o.Protected:
		t = of.valuesOf(o.Call).at(o.Index + 1)
	default:
		t = of.valuesOf(o.Call).at(o.Index)
	}
	return t, !k.c.guessing || givesData(f)
}

// givesData tells whether a function hands over events, or what hooks get: of these only
// the data may be a guess.
func givesData(f *types.Func) bool {
	return receives(f) || f.Special == "Event.on" || f.Special == "Hook.register"
}

// receives tells whether a function gives the events of a subscription.
func receives(f *types.Func) bool {
	return f.Special == "Event.receive" || f.Special == "Event.receive_batch"
}

// handsData tells whether the data of the event, or hook, that a call is about is what
// the library declares.
func (u *unit) handsData(s site, f *types.Func) bool {
	if !givesData(f) {
		return true
	}
	pattern, class := syntax.None, eventDataClass
	switch {
	case receives(f):
		pattern = u.subscribedTo(s)
	case len(s.args) > 0:
		pattern = s.args[0]
	}
	if f.Special == "Hook.register" {
		class = hookDataClass
	}
	if pattern == syntax.None {
		return false
	}
	u.namesIn(pattern)
	return !u.c.guessing && u.dataDeclared(pattern, class)
}

// sure tells whether a callee is the function that its type says: its object may be no
// other thing.
func (k *kernelValues) sure(u *unit, callee syntax.Node, depth int) bool {
	if u.certain(callee, maxCertain) {
		return true
	}
	if kind := u.tree.Kind(callee); kind != syntax.Index && kind != syntax.Method {
		return false
	}
	object := u.tree.First(callee)
	list, _, ok := k.at(u, object, u.tree.NameOf(u.tree.Child(callee, 1)), depth-1)
	if !ok {
		return false
	}
	seen := types.Alternatives(u.typeOf(object))
	for _, v := range list {
		o, table := v.t.(*types.Object)
		if table && !slices.ContainsFunc(seen, func(t types.Type) bool { return sameObject(t, o) }) {
			return false
		}
	}
	return true
}

// sameObject tells whether a type is a table of the kernel, though it may have been worked
// out again.
func sameObject(t types.Type, o *types.Object) bool {
	of, ok := t.(*types.Object)
	return ok && (of == o || o.Name != "" && of.Name == o.Name && of.Tool == o.Tool && of.Role == o.Role && of.Decl == o.Decl)
}

// follow goes through the fields that lead from a value to a part of it; not ok if it is
// not known what one of them holds.
func (k *kernelValues) follow(t types.Type, steps []string) ([]kernelValue, bool) {
	var list []kernelValue
	for _, of := range types.Alternatives(t) {
		list = append(list, kernelValue{of, isAnswer(of)})
	}
	for _, name := range steps {
		var next []kernelValue
		for _, v := range list {
			part, ok := k.part(v, name)
			if !ok {
				return nil, false
			}
			for _, of := range types.Alternatives(part) {
				next = append(next, kernelValue{of, v.answer || isAnswer(of)})
			}
		}
		if len(next) > 4*maxElements {
			return nil, false
		}
		list = next
	}
	return list, true
}

// part is what a value has in a field: Nil if it has none.
func (k *kernelValues) part(v kernelValue, name string) (types.Type, bool) {
	elem, key, value := k.c.entriesOf(v.t)
	if name == flow.Element {
		switch {
		case plain(v.t):
			return types.Nil, true
		case elem != nil && key == nil:
			return elem, elem != types.Unknown && elem != types.Any
		}
		return nil, false
	}
	f := k.c.field(v.t, name)
	switch {
	case f != nil:
		return f.Type, f.Type != nil && f.Type != types.Unknown && f.Type != types.Any && f.Type != types.Type(types.TableType)
	case value == nil && (plain(v.t) || k.fixed(v.t)):
		return types.Nil, true
	}
	return nil, false
}

// has tells whether a value may have a field, and whether it is a table.
func (k *kernelValues) has(v kernelValue, name string) (has, table bool) {
	if k.c.field(v.t, name) != nil {
		return true, true
	}
	if plain(v.t) {
		return false, false
	}
	o, ok := v.t.(*types.Object)
	if !ok {
		return true, true
	}
	return !k.fixed(o) && !(v.answer && len(k.c.fieldsOf(o)) > 0), true
}

// fixed tells whether a type has no other fields than those that are declared.
func (k *kernelValues) fixed(t types.Type) bool {
	var seen ascent
	return k.c.complete(t, &seen) && k.c.fieldsKind(t) == FixedFields
}

// plain tells whether values of a type have no fields of their own.
func plain(t types.Type) bool {
	switch typeName(t) {
	case "nil", "boolean", "number", "string":
		return true
	}
	return false
}

func isAnswer(t types.Type) bool {
	o, ok := t.(*types.Object)
	return ok && o.Role == types.ToolResult
}
