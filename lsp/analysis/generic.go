package analysis

import "github.com/llmspell/llmspell/lsp/analysis/types"

// substitute replaces type parameters. Tables are shared unless they are generic.
func substitute(t types.Type, bound map[*types.Param]types.Type) types.Type {
	if t == nil || len(bound) == 0 {
		return t
	}
	return substituteAt(t, bound, 0)
}

// maxTypeDepth bounds how deep types in types are looked into.
const maxTypeDepth = 12

func substituteAt(t types.Type, bound map[*types.Param]types.Type, depth int) types.Type {
	if depth > maxTypeDepth {
		return types.Unknown
	}
	sub := func(t types.Type) types.Type {
		if t == nil {
			return nil
		}
		return substituteAt(t, bound, depth+1)
	}
	switch t := t.(type) {
	case *types.Param:
		if to, ok := bound[t]; ok {
			return to
		}
	case *capture:
		return types.String
	case *types.Union:
		of := make([]types.Type, len(t.Of))
		for i := range t.Of {
			of[i] = sub(t.Of[i])
		}
		return joinKnown(of)
	case *types.Array:
		return &types.Array{Elem: sub(t.Elem)}
	case *types.Map:
		return &types.Map{Key: sub(t.Key), Value: sub(t.Value)}
	case *types.Tuple:
		el := make([]types.Type, len(t.Elems))
		for i := range t.Elems {
			el[i] = sub(t.Elems[i])
		}
		return &types.Tuple{Elems: el}
	case *types.Func:
		return substituteFunc(t, bound, depth)
	case *types.Object:
		return substituteObject(t, bound, depth)
	}
	return t
}

func substituteFunc(t *types.Func, bound map[*types.Param]types.Type, depth int) types.Type {
	fn, inferred := t.Origin.(*function)
	if inferred && !fn.told {
		return t
	}
	n := &types.Func{
		Name: t.Name, Doc: t.Doc, Decl: t.Decl, Generics: t.Generics, Self: t.Self,
		Deprecated: t.Deprecated, NoDiscard: t.NoDiscard, Special: t.Special,
	}
	if t.Receiver != nil {
		n.Receiver = substituteAt(t.Receiver, bound, depth+1)
	}
	for _, p := range t.Params {
		p.Type = substituteAt(p.Type, bound, depth+1)
		n.Params = append(n.Params, p)
	}
	v := listed(t)
	for i, r := range v.list {
		res := types.Result{Type: substituteAt(r, bound, depth+1)}
		if i < len(t.Results) {
			res.Name, res.Doc = t.Results[i].Name, t.Results[i].Doc
		}
		n.Results = append(n.Results, res)
	}
	if t.Vararg != nil {
		n.Vararg = substituteAt(t.Vararg, bound, depth+1)
	}
	if v.more != nil {
		n.VarResult = substituteAt(v.more, bound, depth+1)
	}
	for _, o := range t.Overloads {
		if of, ok := substituteFunc(o, bound, depth+1).(*types.Func); ok {
			n.Overloads = append(n.Overloads, of)
		}
	}
	return n
}

func substituteObject(t *types.Object, bound map[*types.Param]types.Type, depth int) types.Type {
	if o, ok := t.Origin.(*object); ok {
		if o.class == nil || len(o.class.params) == 0 {
			return t
		}
		// Foo<T> with T replaced; inside Foo itself, plain Foo is Foo<T>.
		args := make([]types.Type, len(o.class.params))
		now := map[*types.Param]types.Type{}
		for i, p := range o.class.params {
			args[i] = p
			if i < len(t.Args) {
				args[i] = t.Args[i]
			}
			args[i] = substituteAt(args[i], bound, depth+1)
			now[p] = args[i]
		}
		base := o
		if o.generic != nil {
			base = o.generic
		}
		return o.c.apply(base, now, args)
	}
	if t.Name != "" {
		return t
	}
	// A table that an annotation describes.
	n := &types.Object{Doc: t.Doc, Decl: t.Decl, Closed: t.Closed}
	for _, f := range t.Fields() {
		copied := *f
		copied.Type = substituteAt(f.Type, bound, depth+1)
		n.Add(&copied)
	}
	if t.Elem != nil {
		n.Elem = substituteAt(t.Elem, bound, depth+1)
	}
	if t.Key != nil {
		n.Key, n.Value = substituteAt(t.Key, bound, depth+1), substituteAt(t.Value, bound, depth+1)
	}
	return n
}

// listed are the results that a function type says it has.
func listed(f *types.Func) values {
	if fn, ok := f.Origin.(*function); ok {
		return fn.results()
	}
	var v values
	for _, r := range f.Results {
		v.list = append(v.list, r.Type)
	}
	v.more = f.VarResult
	return v
}

// resultsOf returns what a function returns.
func (c *checker) resultsOf(f *types.Func) values { return listed(f) }

// unify finds what type parameters stand for, given an argument's type.
func (c *checker) unify(want, got types.Type, bound map[*types.Param]types.Type, depth int) {
	if want == nil || got == nil || got == types.Unknown || depth > maxTypeDepth {
		return
	}
	switch want := want.(type) {
	case *types.Param:
		if want == selfType {
			return
		}
		if have, ok := bound[want]; ok && have != types.Unknown {
			bound[want] = types.Join(have, widened(got))
			return
		}
		bound[want] = widened(got)
	case *capture:
		if l, ok := got.(*types.Literal); ok {
			if name, ok := l.Value.(string); ok {
				bound[want.p] = c.typeNamedAny(name)
			}
		}
	case *types.Union:
		// T|nil takes what is not nil.
		for _, of := range want.Of {
			got = types.Without(got, of)
		}
		for _, of := range want.Of {
			c.unify(of, got, bound, depth+1)
		}
	case *types.Array:
		elem, _, _ := c.entriesOf(got)
		c.unify(want.Elem, elem, bound, depth+1)
	case *types.Map:
		elem, key, value := c.entriesOf(got)
		if key == nil && elem != nil {
			key, value = types.Integer, elem
		}
		if o, ok := got.(*types.Object); ok && key == nil {
			var all []types.Type
			for _, f := range c.fieldsOf(o) {
				all = append(all, f.Type)
			}
			if len(all) > 0 {
				key, value = types.String, types.Join(all...)
			}
		}
		c.unify(want.Key, key, bound, depth+1)
		c.unify(want.Value, value, bound, depth+1)
	case *types.Func:
		f, ok := onlyFunc(got)
		if !ok {
			return
		}
		for i, p := range want.Params {
			if i < len(f.Params) {
				c.unify(p.Type, f.Params[i].Type, bound, depth+1)
			}
		}
		v := listed(f)
		for i, r := range want.Results {
			if i < len(v.list) || v.more != nil {
				c.unify(r.Type, v.at(i), bound, depth+1)
			}
		}
	case *types.Object:
		c.unifyObject(want, got, bound, depth)
	}
}

func (c *checker) unifyObject(want *types.Object, got types.Type, bound map[*types.Param]types.Type, depth int) {
	have, ok := got.(*types.Object)
	if !ok || want == have {
		return
	}
	if len(want.Args) > 0 {
		for i, a := range want.Args {
			if have.Name == want.Name && i < len(have.Args) {
				c.unify(a, have.Args[i], bound, depth+1)
			}
		}
		return
	}
	if want.Name != "" {
		return
	}
	for _, f := range want.Fields() {
		if g := c.field(have, f.Name); g != nil {
			c.unify(f.Type, g.Type, bound, depth+1)
		}
	}
}

// resolved is a type without free type parameters.
func (c *checker) resolved(t types.Type) types.Type {
	switch t := t.(type) {
	case *types.Param:
		if t.Bound != nil && t != selfType {
			return t.Bound
		}
		return types.Unknown
	case *capture:
		return types.String
	case nil:
		return types.Unknown
	case *types.Union:
		return mapUnion(t, c.resolved)
	}
	return t
}

// typeNamedAny returns the basic type, class or alias of a name.
func (c *checker) typeNamedAny(name string) types.Type {
	if b, ok := basics[name]; ok {
		return b
	}
	return c.typeNamed(name)
}
