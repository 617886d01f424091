package analysis

import (
	"slices"

	"github.com/llmspell/llmspell/lsp/analysis/types"
)

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
// and xpcall, in the way that is meant; the site and number are then those of the inner call.
func (u *unit) calledAt(s site, at int) (*types.Func, site, int) {
	f, s, at := u.takerAt(s, at)
	if f == nil {
		return nil, s, -1
	}
	return u.wayOf(s, f, at), s, at
}

// takerAt is calledAt whatever way is meant.
func (u *unit) takerAt(s site, at int) (*types.Func, site, int) {
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
		return u.takerAt(inner, at-skip)
	case "coroutine.resume":
		if at == 0 || len(s.args) == 0 {
			break
		}
		if co, ok := u.typeOf(s.args[0]).(*coroutine); ok {
			inner, _ := u.passedOn(s, false)
			return co.f, inner, at - 1
		}
	}
	f := u.calledFunc(t)
	if f == nil {
		return nil, s, -1
	}
	return f, s, at
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
