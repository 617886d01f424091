package analysis

import (
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// handleFor is a handle of Tool.start whose methods give the answers of one tool.
func (u *unit) handleFor(t types.Type, tool string) types.Type {
	base, ok := t.(*types.Object)
	answer := u.answerOf(tool, "")
	if !ok || tool == "" || answer == nil {
		return t
	}
	o := &types.Object{Name: base.Name, Doc: base.Doc, Decl: base.Decl, Parents: []types.Type{base}}
	for _, name := range [...]string{"wait", "result"} {
		f := u.c.field(base, name)
		if f == nil {
			continue
		}
		method, ok := f.Type.(*types.Func)
		if !ok {
			continue
		}
		copied := &types.Func{Name: method.Name, Doc: method.Doc, Decl: method.Decl, Params: method.Params, Self: method.Self}
		for i, r := range listed(method).list {
			res := types.Result{Type: r}
			if i < len(method.Results) {
				res = method.Results[i]
			}
			if i == 0 {
				res.Type = optional(answer)
			}
			copied.Results = append(copied.Results, res)
		}
		field := *f
		field.Type = copied
		o.Add(&field)
	}
	return o
}

// parallel are the answers of Tool.parallel: one by one where the calls are a
// constructor, else of any of them. It is nil if a tool is not known.
func (u *unit) parallel(s site) types.Type {
	if len(s.args) == 0 || u.c.snap == nil {
		return nil
	}
	one := func(call syntax.Node) types.Type {
		if u.tree.Kind(call) != syntax.Table {
			return nil
		}
		if tool := u.toolNamedIn(call); tool != "" {
			if answer := u.answerOf(tool, ""); answer != nil {
				return answer
			}
		}
		return nil
	}
	list := u.tree.First(s.args[0])
	if u.tree.Kind(s.args[0]) != syntax.Table {
		return u.parallelLater(s, one)
	}
	var answers []types.Type
	same := true
	for f := list; f != syntax.None; f = u.tree.Next(f) {
		if u.tree.Kind(f) != syntax.PosField || len(answers) == maxElements {
			return nil
		}
		answer := one(u.tree.First(f))
		if answer == nil {
			return nil
		}
		answers = append(answers, answer)
		same = same && answer == answers[0]
	}
	if len(answers) == 0 {
		return nil
	}
	if same {
		return &types.Array{Elem: answers[0]}
	}
	return &types.Tuple{Elems: answers}
}

// parallelLater is parallel for a list that is made before.
func (u *unit) parallelLater(s site, one func(syntax.Node) types.Type) types.Type {
	o, ok := u.typeOf(s.args[0]).(*types.Object)
	if !ok {
		return nil
	}
	from, ok := o.Origin.(*object)
	if !ok || from.class != nil {
		return nil
	}
	var found []types.Type
	add := func(call syntax.Node) bool {
		answer := one(call)
		found = append(found, answer)
		return answer != nil
	}
	for _, p := range from.parts {
		if p.u != u {
			return nil
		}
		for _, table := range p.tables {
			for f := u.tree.First(table); f != syntax.None; f = u.tree.Next(f) {
				if u.tree.Kind(f) != syntax.PosField || !add(u.tree.First(f)) {
					return nil
				}
			}
		}
		if p.f == nil {
			continue
		}
		for _, store := range append(p.f.elems[:len(p.f.elems):len(p.f.elems)], p.f.keyed...) {
			if !add(store.value) {
				return nil
			}
		}
	}
	if len(found) == 0 {
		return nil
	}
	return &types.Array{Elem: types.Join(found...)}
}

// toolNamedIn is the tool that {"calculator", {…}} or {name = "calculator"} names, "" if
// that is not known.
func (u *unit) toolNamedIn(table syntax.Node) string {
	if field, ok := u.constructed(table, "name"); ok {
		return u.toolIn(u.typeOf(field.value))
	}
	if f := u.tree.First(table); u.tree.Kind(f) == syntax.PosField {
		return u.toolIn(u.typeOf(u.tree.First(f)))
	}
	return ""
}
