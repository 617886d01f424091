package analysis

import (
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// site is one call as it is written.
type site struct {
	u      *unit
	node   syntax.Node // the Call
	callee syntax.Node
	args   []syntax.Node
	colon  bool
	// given are the functions that pcall and the like pass their arguments on to:
	// such a site's callee is an expression among the arguments.
	indirect bool
	// want is the type of the function that a place takes, for a call that it makes
	// some time with arguments of these types; nil for calls that there are.
	want *types.Func
}

func (u *unit) site(n syntax.Node) site {
	t := u.tree
	callee := t.First(n)
	s := site{u: u, node: n, callee: callee, colon: t.Kind(callee) == syntax.Method}
	for a := t.First(t.Next(callee)); a != syntax.None; a = t.Next(a) {
		s.args = append(s.args, a)
	}
	return s
}

// receiver is the type of what a method is called on, nil if there is nothing.
func (s site) receiver() types.Type {
	if k := s.u.tree.Kind(s.callee); k == syntax.Method || k == syntax.Index || k == syntax.IndexKey {
		return s.u.typeOf(s.u.tree.First(s.callee))
	}
	return nil
}

// shift is what the number of an argument differs from that of its parameter.
func (s site) shift(f *types.Func) int {
	library := fromLibrary(f)
	switch {
	case s.colon && !f.Self && (!library || typeName(s.receiver()) == "string"):
		return 1 // ("x"):rep(3) is string.rep("x", 3)
	case !s.colon && f.Self && len(s.args) > 0:
		// Methods of the kernel's objects can be called without the object.
		if library && !s.passesReceiver() {
			return 0
		}
		return -1
	}
	return 0
}

// passesReceiver tells whether the first argument is what stands before the dot.
func (s site) passesReceiver() bool {
	t := s.u.tree
	if k := t.Kind(s.callee); k != syntax.Index && k != syntax.IndexKey {
		return len(s.args) > 0 && t.Kind(s.args[0]) != syntax.Table
	}
	object := t.First(s.callee)
	return s.u.same(s.args[0], object)
}

// fromLibrary tells whether a function is the kernel's or Lua's own.
func fromLibrary(f *types.Func) bool {
	fn, ok := f.Origin.(*function)
	return !ok || fn.u.file.library
}

// call returns what a call returns.
func (u *unit) call(n syntax.Node) values {
	s := u.site(n)
	callee := u.typeOf(s.callee)
	if f := u.madeBy(n); f != nil && !told(callee) {
		u.c.guessing = true
		return values{list: []types.Type{u.objectType(f)}}
	}
	return u.apply(s, callee)
}

// apply returns what a call of a type returns.
func (u *unit) apply(s site, t types.Type) values {
	if name := u.specialCall(s, t); name != "" {
		if v, ok := u.special(s, name); ok {
			return v
		}
	}
	switch t := t.(type) {
	case *types.Func:
		f := u.choose(s, t)
		return u.forCall(s, f, u.adopted(s, f, u.handedBack(s, f, u.results(s, f))))
	case *types.Object:
		if f := u.c.callableOf(t); f != nil {
			return u.apply(s, f)
		}
	case *types.Union:
		var lists []values
		for _, of := range t.Of {
			switch of := of.(type) {
			case *types.Func, *types.Object:
				lists = append(lists, u.apply(s, of))
			}
		}
		return joinValues(lists)
	}
	return unknown
}

func joinValues(lists []values) values {
	if len(lists) == 0 {
		return unknown
	}
	width := 0
	for _, v := range lists {
		width = max(width, len(v.list))
	}
	var out values
	for i := range width {
		var ts []types.Type
		for _, v := range lists {
			ts = append(ts, v.at(i))
		}
		out.list = append(out.list, joinKnown(ts))
	}
	for _, v := range lists {
		if v.more != nil {
			out.more = types.Join(out.more, v.more)
		}
	}
	return out
}

// assignable tells whether a value of one type may be one of another. It is true
// wherever that is not known.
func assignable(got, want types.Type, depth int) bool {
	if got == want || depth > maxTypeDepth {
		return true
	}
	switch g := got.(type) {
	case types.Basic:
		if g == types.Unknown || g == types.Any || g == types.Never {
			return true
		}
	case *types.Param, *capture, nil:
		return true
	case *types.Union:
		for _, of := range g.Of {
			if assignable(of, want, depth+1) {
				return true
			}
		}
		return false
	}
	switch w := want.(type) {
	case types.Basic:
		switch w {
		case types.Unknown, types.Any:
			return true
		case types.TableType:
			return typeName(got) == "table" || got == types.Type(types.Userdata)
		case types.Integer:
			return got == types.Type(types.Number) || isInteger(got)
		case types.Number:
			return typeName(got) == "number"
		case types.Boolean, types.String, types.FunctionType, types.Thread, types.Userdata, types.Nil:
			name := typeName(got)
			return name == "" || name == w.String()
		}
		return false
	case *types.Literal:
		if l, ok := got.(*types.Literal); ok {
			return l.Value == w.Value
		}
		return got == types.Type(simple(w)) || got == types.Type(types.Number) && typeName(w) == "number"
	case *types.Union:
		for _, of := range w.Of {
			if assignable(got, of, depth+1) {
				return true
			}
		}
		return false
	case *types.Func:
		if got == types.Type(types.FunctionType) {
			return true
		}
		_, isFunc := got.(*types.Func)
		o, isObject := got.(*types.Object)
		return isFunc || isObject && o != nil
	case *types.Object:
		o, isObject := got.(*types.Object)
		if isObject && w.Name != "" && o.Name != "" && w.Name != o.Name {
			var seen ascent
			return inherits(o, w, &seen)
		}
		return typeName(got) == "table"
	case *types.Array, *types.Map, *types.Tuple:
		return typeName(got) == "table"
	}
	return true
}

// inherits tells whether a class is another, or has it among its parents.
func inherits(o, base *types.Object, seen *ascent) bool {
	if o == base || o.Name == base.Name {
		return true
	}
	from, ok := o.Origin.(*object)
	if !ok {
		return true // nothing is known of its parents
	}
	if !seen.visit(o) {
		return false
	}
	for _, p := range from.parents().list {
		if p, ok := p.(*types.Object); ok && inherits(p, base, seen) {
			return true
		}
	}
	return from.class == nil // a table without a class may fit by its fields
}
