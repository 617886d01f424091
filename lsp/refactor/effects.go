package refactor

import (
	"slices"

	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// effects says what it means to run a piece of code.
type effects struct {
	calls  bool // code that may do anything
	heap   bool // reads fields, globals, or uses operators of metatables
	writes bool // fields or globals
	fails  bool // may raise an error
	fresh  bool // makes a table or function, another one each time
	vararg bool // reads the varargs of its function
	// reads are the local variables that are read and not always the same; sets those
	// that are assigned.
	reads, sets []scope.Var
}

// fixed tells whether an expression has the same value wherever it stands.
func (e *effects) fixed() bool {
	return !e.calls && !e.heap && !e.fails && !e.fresh && !e.vararg && len(e.reads) == 0 && len(e.sets) == 0
}

// shared tells whether closures could change one of the variables.
func (p *place) shared(list []scope.Var) bool {
	return slices.ContainsFunc(list, func(v scope.Var) bool { return p.vars.Vars[v].Captured })
}

// conflict tells whether an expression cannot be moved past other code: why, or "".
func (p *place) conflict(moved, past *effects) string {
	touches := slices.ContainsFunc(past.sets, func(v scope.Var) bool { return slices.Contains(moved.reads, v) })
	switch {
	case past.calls && (moved.calls || moved.heap || moved.fails || p.shared(moved.reads)):
		return "calls are made in between"
	case past.writes && (moved.calls || moved.heap || moved.fails), touches:
		return "something is assigned in between"
	case moved.calls && (past.heap || past.fails || p.shared(past.reads) || p.shared(past.sets)):
		return "it calls a function, which could change what is read in between"
	case moved.fails && p.shared(past.sets):
		return "something is assigned in between"
	}
	return ""
}

// changes tells whether code can change the value of an expression.
func (p *place) changes(past, value *effects) bool {
	return past.calls && (value.heap || p.shared(value.reads)) || past.writes && value.heap ||
		slices.ContainsFunc(past.sets, func(v scope.Var) bool { return slices.Contains(value.reads, v) })
}

// add joins the effects of two pieces of code.
func (e *effects) add(o *effects) {
	e.calls, e.heap, e.writes, e.fails = e.calls || o.calls, e.heap || o.heap, e.writes || o.writes, e.fails || o.fails
	e.fresh, e.vararg = e.fresh || o.fresh, e.vararg || o.vararg
	e.reads = append(e.reads, o.reads...)
	e.sets = append(e.sets, o.sets...)
}

// effectsOf returns the effects of a node and all in it, but for the bodies of functions,
// which are not run where they stand.
func (p *place) effectsOf(n syntax.Node) *effects {
	e := &effects{}
	p.collect(e, n, p.after(n), len(p.text)+1)
	if k := p.Kind(n); (k == syntax.Index || k == syntax.IndexKey) && p.knownCallee(n) {
		// Which function it is is known, and not since when: the field may be set in between.
		e.heap, e.fails = true, true
	}
	return e
}

// collect adds the effects of the nodes from to to-1 that are over before the byte end.
func (p *place) collect(e *effects, from, to syntax.Node, end int) {
	for i, n := 0, from; n < to && p.Start(n) < end && !p.ended(i); i++ {
		next := n + 1
		switch k := p.Kind(n); k {
		case syntax.Function, syntax.LocalFunc:
			e.fresh = true
			next = p.after(n)
		case syntax.FuncStat:
			if p.End(n) <= end {
				e.fresh = true
				p.assigned(e, p.First(n))
			}
			next = p.after(n)
		case syntax.Name:
			if !isField(p.Tree, n) && p.End(n) <= end {
				p.read(e, n)
			}
		case syntax.Index, syntax.IndexKey, syntax.Method:
			switch {
			case p.library(n):
				next = p.after(n)
			case p.End(n) > end || p.knownCallee(n):
			default:
				e.heap, e.fails = true, true
			}
		case syntax.Call:
			if p.End(n) > end {
				break
			}
			if p.harmless(n) {
				e.heap, e.fails = true, true
			} else {
				e.calls, e.fresh = true, true
			}
		case syntax.Table:
			e.fresh = true
		case syntax.Vararg:
			e.vararg = true
		case syntax.Binary, syntax.Unary:
			if p.End(n) <= end {
				p.operator(e, n)
			}
		case syntax.AssignStat:
			if p.End(n) <= end {
				for c := range p.Children(p.First(n)) {
					p.assigned(e, c)
				}
			}
		case syntax.GenericFor:
			e.calls = e.calls || !p.plainLoop(n)
		}
		n = next
	}
}

// knownCallee tells whether an expression is the function that a call calls, and it is known
// which: who calls obj:method(f()) does not mean f to replace the method.
func (p *place) knownCallee(n syntax.Node) bool {
	up := p.Parent(n)
	if p.Kind(up) != syntax.Call || p.First(up) != n {
		return false
	}
	_, ok := p.snap.TypeOf(p.file, n).(*types.Func)
	return ok
}

// read notes that a variable is read.
func (p *place) read(e *effects, n syntax.Node) {
	parent := p.Parent(n)
	if k := p.Kind(parent); k == syntax.NameList || k == syntax.Params || k == syntax.NumericFor && p.First(parent) == n {
		return // declared
	}
	v := p.vars.Var(n)
	switch {
	case v == scope.NoVar:
		if !p.libraryGlobal(n) {
			e.heap = true
		}
	case p.written(v):
		e.reads = append(e.reads, v)
	}
}

// assigned notes that a variable or field is assigned.
func (p *place) assigned(e *effects, target syntax.Node) {
	if v := p.vars.Var(target); p.Kind(target) == syntax.Name && v != scope.NoVar {
		e.sets = append(e.sets, v)
		return
	}
	e.writes = true
	if p.Kind(target) != syntax.Name {
		e.fails = true
	}
}

// written tells whether a variable is assigned after its declaration. The variable of a
// loop is another one in each turn.
func (p *place) written(v scope.Var) bool {
	return known(&p.known.written, v, func() bool {
		return slices.ContainsFunc(p.vars.Vars[v].Uses, func(u scope.Use) bool { return u.Write })
	})
}

// harmless tells whether a call changes nothing that others see, whatever it is given: it
// reads its arguments, or raises an error.
func (p *place) harmless(call syntax.Node) bool {
	callee := p.First(call)
	switch p.Kind(callee) {
	case syntax.Name:
		if !p.libraryGlobal(callee) {
			return false
		}
		switch p.Source(callee) {
		case "type", "tonumber", "select", "rawget", "rawequal", "rawlen", "ipairs", "unpack":
			return true
		}
	case syntax.Index:
		if !p.library(callee) {
			return false
		}
		name := p.Source(p.Child(callee, 1))
		switch p.Source(p.First(callee)) {
		case "math":
			return name != "random" && name != "randomseed"
		case "string":
			return name != "gsub" && name != "format" && name != "gmatch"
		case "bit32", "utf8":
			return name != "codes"
		}
	}
	return false
}

// plainLoop tells whether a generic for runs no code of others to go on.
func (p *place) plainLoop(n syntax.Node) bool {
	list := p.Child(n, 1)
	call := p.First(list)
	callee := p.First(call)
	if p.Kind(call) != syntax.Call || p.Next(call) != syntax.None || !p.libraryGlobal(callee) {
		return false
	}
	name := p.Source(callee)
	return name == "ipairs" || name == "pairs"
}

// late tells whether code reads a variable of a function after a call that stands behind it in
// the text, as operators do and assignments to fields: a name of the function's own is read
// when the operator runs, one of a function around when it stands there. So such code is not
// moved from one to the other.
func (p *place) late(from, to, function syntax.Node) string {
	calls := func(n syntax.Node) bool { return n != syntax.None && p.effectsOf(n).calls }
	for n := from; n < to && !p.ended(int(n)); n++ {
		operand, behind := p.First(n), false
		switch p.Kind(n) {
		case syntax.Binary:
			behind = calls(p.Next(operand))
		case syntax.IndexKey:
			behind = calls(p.Next(operand)) || p.assignedTo(n)
		case syntax.Index:
			behind = p.assignedTo(n)
		default:
			continue
		}
		if p.assignedTo(n) {
			behind = calls(p.Parent(p.Parent(n)))
		}
		for ; behind && operand != syntax.None; operand = p.Next(operand) {
			if v := p.vars.Var(operand); v != scope.NoVar && p.Kind(operand) == syntax.Name && p.vars.Vars[v].Function == function && p.vars.Vars[v].Captured && p.written(v) {
				return "it reads " + p.vars.Vars[v].Name + " after a call that may assign it"
			}
		}
	}
	return ""
}
