package lint

import (
	"slices"
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// unused reports variables that are never read, and labels that nothing names.
func (p *pass) unused() {
	if len(p.tree.Errors()) > 0 || p.notes.Meta {
		return // what is missing may be what uses it; declarations are never run
	}
	for i := range p.vars.Vars {
		if p.ctx.Err() != nil {
			return
		}
		v := &p.vars.Vars[i]
		if v.Kind == scope.Self || strings.HasPrefix(v.Name, "_") || v.Name == "" || v.Name == "arg" && v.Kind == scope.Param || p.read(v) {
			continue
		}
		code, message := "unused-local", "the variable "+v.Name+" is never used"
		switch {
		case v.Kind == scope.LocalFunction:
			code, message = "unused-function", "the function "+v.Name+" is never used"
		case v.Kind == scope.Param:
			code, message = "unused-parameter", "the parameter "+v.Name+" is never used"
		case v.Kind == scope.LoopVar:
			code, message = "unused-loop-variable", "the loop variable "+v.Name+" is never used"
		case len(v.Uses) > 0:
			message = "the variable " + v.Name + " is assigned, but never read"
		}
		if !p.on(code) {
			continue
		}
		number := ""
		if code == "unused-local" {
			if number = "211"; len(v.Uses) > 0 {
				number = "231"
			}
			if !p.options(p.tree.Start(v.Decl)).Flag("unused_secondaries", true) && p.secondary(v) {
				continue
			}
		}
		x := p.numbered(number).at(code, v.Decl, message, v.Name)
		x.Unnecessary = true
		p.unusedFixes(x, v)
	}
	p.unusedVarargs()
	for i := range p.vars.Labels {
		if l := &p.vars.Labels[i]; len(l.Uses) == 0 {
			x := p.at("unused-label", l.Decl, "no goto names the label "+l.Name, l.Name)
			x.Unnecessary = true
			first, end := p.tree.Range(p.tree.Parent(l.Decl))
			x.edit("Remove the label", true, p.removal(first, end))
		}
	}
}

// unusedVarargs reports functions that take any number of arguments, and do nothing with
// them.
func (p *pass) unusedVarargs() {
	if !p.on("unused-parameter") {
		return
	}
	used := map[syntax.Node]bool{}
	for n := range p.nodes(syntax.Vararg) {
		if p.tree.Kind(p.tree.Parent(n)) != syntax.Params {
			used[p.functionAround(n)] = true
		}
	}
	for n := range p.nodes(syntax.Vararg) {
		if params := p.tree.Parent(n); p.tree.Kind(params) == syntax.Params && !used[p.tree.Parent(params)] && !p.usesArg(p.tree.Parent(params)) {
			p.at("unused-parameter", n, "the further arguments are never used", "...").Unnecessary = true
		}
	}
}

// usesArg tells whether a function uses the table arg, which Lua 5.1 has the further
// arguments in.
func (p *pass) usesArg(function syntax.Node) bool {
	for _, u := range p.vars.Globals["arg"] {
		if p.functionAround(u.Node) == function {
			return true
		}
	}
	for i := range p.vars.Vars {
		if v := &p.vars.Vars[i]; v.Name == "arg" && v.Function == function && len(v.Uses) > 0 {
			return true
		}
	}
	return false
}

// read tells whether anything reads a variable; a function that only calls itself is
// not used.
func (p *pass) read(v *scope.Variable) bool {
	own := syntax.None
	if v.Kind == scope.LocalFunction {
		own = p.tree.Parent(v.Decl)
	}
	return slices.ContainsFunc(v.Uses, func(u scope.Use) bool {
		return !u.Write && (own == syntax.None || !p.inside(u.Node, own))
	})
}

func (p *pass) unusedFixes(x *Finding, v *scope.Variable) {
	t := p.tree
	if len(v.Uses) == 0 {
		stat := t.Parent(v.Decl)
		if v.Kind == scope.Local {
			stat = t.Parent(stat)
		}
		// Only a statement without effects can go.
		alone := v.Kind == scope.LocalFunction || t.Kind(stat) == syntax.LocalStat && t.Next(t.First(t.First(stat))) == syntax.None && p.harmless(t.Child(stat, 1))
		if alone && p.commentFree(stat) {
			first, end := t.Range(stat)
			x.edit("Remove "+v.Name, false, p.removal(first, end))
		}
		if !p.names("_" + v.Name) { // it would hide that one
			x.fix("Rename to _"+v.Name, false, t.Start(v.Decl), t.End(v.Decl), "_"+v.Name)
		}
	}
}

// harmless tells whether working out a list of values does nothing else.
func (p *pass) harmless(list syntax.Node) bool {
	for n := range p.tree.Children(list) {
		switch p.tree.Kind(n) {
		case syntax.Nil, syntax.True, syntax.False, syntax.Number, syntax.String, syntax.Function, syntax.Name, syntax.Vararg:
		case syntax.Table:
			if p.tree.First(n) != syntax.None {
				return false
			}
		default:
			return false
		}
	}
	return true
}

func (p *pass) commentFree(n syntax.Node) bool {
	first, end := p.tree.Range(n)
	return !slices.ContainsFunc(p.tree.Tokens()[first:end], func(t syntax.Token) bool { return t.Kind == syntax.Comment })
}

// inside tells whether a node is in the subtree of another.
func (p *pass) inside(n, of syntax.Node) bool {
	for ; n != syntax.None && n >= of; n = p.tree.Parent(n) {
		if n == of {
			return true
		}
	}
	return false
}

// shadowed reports variables that hide others of the same name.
func (p *pass) shadowed() {
	if !p.on("shadowed-local") && !p.on("redefined-local") || p.notes.Meta {
		return
	}
	for i := range p.vars.Vars {
		if p.ctx.Err() != nil {
			return
		}
		v := &p.vars.Vars[i]
		if v.Kind == scope.Self || strings.HasPrefix(v.Name, "_") || v.Name == "" {
			continue
		}
		if twin := p.twin(v); twin != syntax.None {
			p.relate(p.numbered("41"+digitOf(v)).at("redefined-local", v.Decl, "the variable "+v.Name+" is declared twice at once", v.Name), twin, v.Name+" is declared here")
			continue
		}
		other := p.vars.Lookup(v.Name, p.tree.Start(v.Decl))
		if other == scope.NoVar || other == scope.Var(i) {
			continue
		}
		old := &p.vars.Vars[other]
		if old.Decl == v.Decl || old.Kind == scope.Self {
			continue
		}
		code, message := "shadowed-local", "the variable "+v.Name+" hides one of the same name"
		if old.Function == v.Function && p.block(old.Decl) == p.block(v.Decl) && old.Kind != scope.Param && v.Kind != scope.LoopVar {
			if p.read(old) {
				continue // the old value has served its purpose
			}
			code, message = "redefined-local", "the variable "+v.Name+" is declared again before it was ever read"
		} else if p.madeOf(v, other) {
			continue // local x = x, local x = x or 1: the new one goes on with the old
		}
		number := "42"
		switch {
		case code == "redefined-local":
			number = "41"
		case old.Function != v.Function:
			number = "43"
		}
		p.relate(p.numbered(number+digitOf(old)).at(code, v.Decl, message, v.Name), old.Decl, v.Name+" is declared here")
	}
}

// madeOf tells whether the value that a variable is declared with reads another one.
func (p *pass) madeOf(v *scope.Variable, other scope.Var) bool {
	t := p.tree
	stat := t.Parent(t.Parent(v.Decl))
	if v.Kind != scope.Local || t.Kind(stat) != syntax.LocalStat {
		return false
	}
	values := t.Child(stat, 1)
	return slices.ContainsFunc(p.vars.Vars[other].Uses, func(u scope.Use) bool {
		return !u.Write && values != syntax.None && p.inside(u.Node, values) && p.functionAround(u.Node) == v.Function
	})
}

// digitOf is the last digit of luacheck's warnings about a variable that is declared again.
func digitOf(v *scope.Variable) string {
	switch v.Kind {
	case scope.Param:
		return "2"
	case scope.LoopVar:
		return "3"
	}
	return "1"
}

// twin is an earlier name of the same declaration that is the same, None if there is none.
func (p *pass) twin(v *scope.Variable) syntax.Node {
	switch list := p.tree.Parent(v.Decl); p.tree.Kind(list) {
	case syntax.NameList, syntax.Params:
		for n := p.tree.First(list); n != v.Decl && n != syntax.None; n = p.tree.Next(n) {
			if p.tree.Kind(n) == syntax.Name && p.tree.NameOf(n) == v.Name {
				return n
			}
		}
	}
	return syntax.None
}

// block returns the block that a declaration is in.
func (p *pass) block(n syntax.Node) syntax.Node {
	for n != syntax.None && p.tree.Kind(n) != syntax.Block {
		n = p.tree.Parent(n)
	}
	return n
}
