package refactor

import (
	"slices"

	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// check finds out what the function takes and returns, and why it cannot be.
func (r *region) check() string {
	if why := r.environments(); why != "" {
		return why
	}
	if why := r.jumps(); why != "" {
		return why
	}
	if why := r.late(r.first, r.after(r.last), r.function); why != "" {
		return why
	}
	return r.variables()
}

// jumps tells why the region cannot be left as it is.
func (r *region) jumps() string {
	for n, end := r.first, r.after(r.last); n < end && !r.ended(int(n)); n++ {
		switch r.Kind(n) {
		case syntax.Name:
			if why := r.looksAtStack(n); why != "" {
				return why
			}
		case syntax.Vararg:
			r.vararg = r.vararg || r.place.function(n) == r.function
		case syntax.ReturnStat:
			r.returns = r.returns || r.place.function(n) == r.function
		case syntax.BreakStat:
			loop := r.Parent(n)
			for ; loop != syntax.None; loop = r.Parent(loop) {
				if k := r.Kind(loop); k == syntax.WhileStat || k == syntax.RepeatStat || k == syntax.NumericFor || k == syntax.GenericFor {
					break
				}
			}
			if !r.within(loop) {
				return "it breaks out of a loop that is not selected"
			}
		}
	}
	for _, l := range r.vars.Labels {
		for _, use := range l.Uses {
			if r.within(use) != r.within(l.Decl) {
				return "a goto leads out of it or into it"
			}
		}
	}
	if r.returns {
		block := r.Parent(r.last)
		if r.Next(r.last) != syntax.None {
			return "it returns, and code follows that would run all the same"
		}
		if r.Parent(block) != r.function && !r.leaves(r.last) {
			return "it returns on some ways only, and what follows would run all the same"
		}
	}
	return ""
}

// leaves tells whether a statement always returns.
func (r *region) leaves(n syntax.Node) bool {
	switch r.Kind(n) {
	case syntax.ReturnStat:
		return true
	case syntax.DoStat:
		last := r.place.last(r.First(n))
		return last != syntax.None && r.leaves(last)
	case syntax.IfStat:
		whole := false
		for c := range r.Children(n) {
			last := r.place.last(r.place.last(c))
			if last == syntax.None || !r.leaves(last) {
				return false
			}
			whole = whole || r.Kind(c) == syntax.ElseClause
		}
		return whole
	}
	return false
}

// environments tells whether functions may have globals of their own, so that code means
// something else in another function.
func (p *place) environments() string {
	for _, name := range []string{"setfenv", "module"} {
		if len(p.vars.Globals[name]) > 0 {
			return "the file uses " + name + ": functions can have other globals"
		}
	}
	return ""
}

// looksAtStack tells whether a name is one with which programs look at who calls them.
func (p *place) looksAtStack(n syntax.Node) string {
	if p.vars.Var(n) != scope.NoVar || isField(p.Tree, n) {
		return ""
	}
	switch name := p.Source(n); name {
	case "debug", "getfenv", "setfenv", "Debug":
		return "it uses " + name + ", which can tell functions apart"
	case "arg":
		return "functions with varargs have a table arg of their own"
	case "error":
		call := p.Parent(n)
		if p.Kind(call) == syntax.Call && p.First(call) == n {
			if level := p.Child(p.Child(call, 1), 1); level == syntax.None || p.Source(level) == "1" || p.Source(level) == "0" {
				return ""
			}
		}
		return "it raises an error in the name of another function"
	}
	return ""
}

// variables finds the variables that cross the borders of the region.
func (r *region) variables() string {
	for i := range r.vars.Vars {
		if r.ended(i) {
			break
		}
		v, x := scope.Var(i), &r.vars.Vars[i]
		inside := r.within(x.Decl) && !(x.Kind == scope.Self && !r.within(r.Parent(x.Decl)))
		// What is before in the text may run later, in a loop, and the region again.
		used, sets, behind := false, false, !inside && len(x.Uses) > 0 && r.loops(x)
		for _, u := range x.Uses {
			if r.within(u.Node) {
				used = true
				sets = sets || u.Write
			} else {
				behind = behind || r.Start(u.Node) >= r.end
			}
		}
		switch {
		case inside && !behind:
			continue
		case inside:
			if x.Captured && r.written(v) {
				return "a function in it keeps " + x.Name + ", which is assigned again"
			}
			r.declared = append(r.declared, v)
			continue
		case !used || r.visibleAtTop(x):
			continue
		}
		if x.Captured && r.written(v) {
			return "a function keeps " + x.Name + ", which is assigned again"
		}
		r.params = append(r.params, v)
		if sets && behind {
			r.assigned = append(r.assigned, v)
		}
	}
	names := map[string]bool{}
	for _, v := range slices.Concat(r.declared, r.assigned) {
		if names[r.vars.Vars[v].Name] {
			return "two variables " + r.vars.Vars[v].Name + " are used behind it"
		}
		names[r.vars.Vars[v].Name] = true
	}
	clear(names)
	for _, v := range r.params {
		if names[r.vars.Vars[v].Name] {
			return "it uses two variables " + r.vars.Vars[v].Name
		}
		names[r.vars.Vars[v].Name] = true
	}
	switch {
	case r.returns && len(r.declared) > 0:
		return "it returns, and variables of it are used behind it"
	case len(r.params) > maxParams || len(r.declared)+len(r.assigned) > maxParams:
		return "it needs too many variables of the function around"
	}
	if r.returns {
		r.assigned = nil // nothing runs behind it
	}
	return ""
}

// maxParams is how many parameters or results an extracted function may have.
const maxParams = 20

// loops tells whether a loop, or a goto, could bring the region to run again while a
// variable that is declared outside of it lives.
func (r *region) loops(x *scope.Variable) bool {
	for n := r.Parent(r.first); n != syntax.None && n != r.function; n = r.Parent(n) {
		switch r.Kind(n) {
		case syntax.WhileStat, syntax.RepeatStat, syntax.NumericFor, syntax.GenericFor:
			if r.Start(n) > r.Start(x.Decl) || r.Kind(n) == syntax.RepeatStat {
				return true
			}
		}
	}
	for _, l := range r.vars.Labels {
		if l.Function == r.function {
			return true
		}
	}
	return false
}

// visibleAtTop tells whether a variable can be used by a function that is defined before the
// statement of the file that the region is in.
func (r *region) visibleAtTop(x *scope.Variable) bool {
	return !r.inside(x.Decl, r.top) && int(x.From) <= r.Start(r.top) && r.Start(r.top) <= int(x.To)
}
