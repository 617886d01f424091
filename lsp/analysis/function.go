package analysis

import (
	"slices"
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis/luacats"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// function is the type of a FuncBody. Its results are inferred when they are asked
// for, unless annotations tell them.
type function struct {
	u    *unit
	body syntax.Node
	t    *types.Func
	// told: annotations say what it returns.
	told bool
	// gaps are the numbers of the results that they say to be of a class that there is
	// not: these are inferred.
	gaps []int
	// v is what annotations say that it returns, found what is inferred.
	v     values
	found lazy[values]
	env   env
	// single and self are what onlyField and readsSelf say: 0 not asked yet, 1 yes, -1 no.
	single, self int8
	passes       map[int]*lazy[handover] // by the number of the parameter
	adoption     adoption
	handback     handback
}

func (u *unit) function(body syntax.Node) types.Type {
	if f := u.funcOf[body]; f != nil {
		return f
	}
	fn := &function{u: u, body: body}
	f := types.NewLazyFunc(func(f *types.Func) {
		u.c.shared.mu.Lock()
		defer u.c.shared.mu.Unlock()
		v := fn.results()
		f.VarResult = v.more
		if fn.told {
			for _, i := range fn.gaps {
				f.Results[i].Type = v.at(i)
			}
			return
		}
		for _, t := range v.list {
			f.Results = append(f.Results, types.Result{Type: t})
		}
	})
	fn.t = f
	f.Origin = fn
	u.funcOf[body] = f
	f.Decl = u.nameOfFunction(body, f)
	b := u.functionNote(body)
	fn.env = u.outerEnv(body)
	u.generics[body] = fn.env
	if b != nil {
		fn.annotate(b)
	}
	fn.parameters(b)
	if u.file.library {
		f.Special = specials[f.Name]
	}
	return f
}

// nameOfFunction sets the name that a function is called by, and whether it is a
// method, and returns the place of the name.
func (u *unit) nameOfFunction(body syntax.Node, f *types.Func) types.Location {
	t := u.tree
	n := t.Parent(body)
	switch t.Kind(n) {
	case syntax.LocalFunc:
		name := t.First(n)
		f.Name = t.Source(name)
		return u.location(name)
	case syntax.FuncStat:
		target := t.First(n)
		f.Name = t.Source(target)
		f.Self = t.Kind(target) == syntax.Method
		if k := t.Kind(target); k == syntax.Method || k == syntax.Index {
			return u.location(t.Child(target, 1))
		}
		return u.location(target)
	case syntax.Function:
		switch list := t.Parent(n); t.Kind(list) {
		case syntax.NameField:
			f.Name = t.Source(t.First(list))
			return u.location(t.First(list))
		case syntax.ExprList:
			stat := t.Parent(list)
			if t.First(stat) == list {
				break
			}
			target := t.First(t.First(stat))
			for c := t.First(list); c != n && target != syntax.None; c = t.Next(c) {
				target = t.Next(target)
			}
			if target == syntax.None || t.Kind(stat) == syntax.ReturnStat || t.Kind(stat) == syntax.GenericFor {
				break
			}
			f.Name = t.Source(target)
			if t.Kind(target) == syntax.Index {
				target = t.Child(target, 1)
			}
			return u.location(target)
		}
	}
	return u.location(body)
}

// outerEnv returns the type parameters of the functions and the class around one.
func (u *unit) outerEnv(body syntax.Node) env {
	t := u.tree
	var in env
	for n := t.Parent(body); n != syntax.None; n = t.Parent(n) {
		if t.Kind(n) == syntax.FuncBody {
			u.function(n)
			in = u.generics[n]
			break
		}
	}
	stat := t.Parent(body)
	if t.Kind(stat) != syntax.FuncStat || len(u.file.Notes().Blocks) == 0 {
		return in
	}
	target := t.First(stat)
	if t.Kind(target) == syntax.Name {
		return in
	}
	o, ok := u.typeOf(t.First(target)).(*types.Object)
	if !ok {
		return in
	}
	from, ok := o.Origin.(*object)
	if !ok || from.class == nil || len(from.class.params) == 0 {
		return in
	}
	out := env{}
	for name, p := range in {
		out[name] = p
	}
	for _, p := range from.class.params {
		out[p.Name] = p
	}
	return out
}

// annotate takes over what annotations say.
func (fn *function) annotate(b *luacats.Block) {
	f, u := fn.t, fn.u
	f.Doc = b.Doc
	f.Deprecated, _ = u.flags(b)
	for _, tag := range b.Tags {
		switch tag := tag.(type) {
		case *luacats.GenericTag:
			var list []*types.Param
			fn.env, list = u.withGenerics(tag.Params, fn.env)
			f.Generics = append(f.Generics, list...)
		case *luacats.ReturnTag:
			fn.told = true
			for _, r := range tag.Results {
				if v, ok := r.Type.(*luacats.VariadicType); ok {
					fn.v.more = u.convert(v, fn.env)
					continue
				}
				if r.Name.Text == "..." {
					fn.v.more = u.convert(r.Type, fn.env)
					continue
				}
				if u.undeclared(r.Type, fn.env) {
					fn.gaps = append(fn.gaps, len(fn.v.list))
				}
				fn.v.list = append(fn.v.list, u.convert(r.Type, fn.env))
				f.Results = append(f.Results, types.Result{
					Name: r.Name.Text, Type: fn.v.list[len(fn.v.list)-1], Doc: tag.Text,
				})
			}
		case *luacats.TypeTag:
			if len(tag.Types) == 0 {
				continue
			}
			if of, ok := u.convert(tag.Types[0], fn.env).(*types.Func); ok {
				fn.told = true
				fn.v = listed(of)
				fn.gaps = nil
				f.Results, f.Params, f.Vararg = of.Results, of.Params, of.Vararg
			}
		case *luacats.FlagTag:
			if tag.Word.Text == "nodiscard" {
				f.NoDiscard = true
			}
		}
	}
	u.generics[fn.body] = fn.env
	for _, tag := range b.Tags {
		if tag, ok := tag.(*luacats.OverloadTag); ok && tag.Func != nil {
			over := u.funcType(tag.Func, fn.env).(*types.Func)
			over.Name, over.Decl = f.Name, f.Decl
			over.Generics = append(over.Generics, f.Generics...)
			over.Self = over.Self || f.Self
			f.Overloads = append(f.Overloads, over)
		}
	}
}

// parameters adds the parameters with the types that annotations tell.
func (fn *function) parameters(b *luacats.Block) {
	f, u := fn.t, fn.u
	t := u.tree
	if len(f.Params) > 0 { // @type fun(…) says them
		return
	}
	if tag := paramTag(b, selfName); tag != nil && tag.Type != nil {
		f.Receiver = u.convert(tag.Type, fn.env)
	}
	for n := t.First(t.First(fn.body)); n != syntax.None; n = t.Next(n) {
		name := t.Source(n)
		tag := paramTag(b, name)
		p := types.Parameter{Name: name, Type: types.Unknown}
		if tag != nil {
			p.Doc = describedParam(tag)
			if tag.Type != nil {
				p.Type = u.convert(tag.Type, fn.env)
				p.Optional = hasNil(p.Type)
				p.Slot = slotOfType(tag.Type)
			}
			p.Optional = p.Optional || tag.Optional
		}
		switch {
		case t.Kind(n) == syntax.Vararg:
			f.Vararg = p.Type
			if v := luacats.First[*luacats.VarargTag](b); v != nil && v.Type != nil {
				f.Vararg = u.convert(v.Type, fn.env)
			}
		case t.Kind(n) != syntax.Name:
		case name == selfName && n == t.First(t.First(fn.body)) && !f.Self && t.Kind(t.Parent(fn.body)) != syntax.LocalFunc:
			f.Self = true
		default:
			f.Params = append(f.Params, p)
		}
	}
}

// describedParam is what a tag says of a parameter, with what counts where nothing is given.
func describedParam(tag *luacats.ParamTag) string {
	if tag.Default == "" {
		return tag.Text
	}
	return strings.TrimSpace(tag.Text + " (default `" + tag.Default + "`)")
}

func paramTag(b *luacats.Block, name string) *luacats.ParamTag {
	if b == nil {
		return nil
	}
	for _, tag := range b.Tags {
		if p, ok := tag.(*luacats.ParamTag); ok && p.Name.Text == name {
			return p
		}
	}
	return nil
}

// results returns what the function returns.
func (fn *function) results() values {
	if fn.told && len(fn.gaps) == 0 {
		return fn.v
	}
	nothing := unknown
	if fn.told {
		nothing = fn.v
	}
	return work(fn.u.c, &fn.found, nil, syntax.None, nothing, sameValues, func() values {
		v := fn.u.returned(fn.body)
		if !fn.told {
			return v
		}
		filled := values{list: slices.Clone(fn.v.list), more: fn.v.more}
		for _, i := range fn.gaps {
			if t := v.at(i); t != types.Unknown && t != types.Nil {
				filled.list[i] = t
			}
		}
		return filled
	})
}

func sameValues(a, b values) bool {
	return sameTypes(a.list, b.list) && sameType(a.more, b.more)
}
