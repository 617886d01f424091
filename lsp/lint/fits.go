package lint

import (
	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// Bounds within which the compiler finds nothing that the parser does not: well below its
// own, as what a function needs is only estimated, and never too low.
const (
	fitRegisters = 220    // of 250
	fitLocals    = 190    // of 200
	fitUpvalues  = 240    // of 250
	fitNodes     = 20_000 // a jump leads over 131,071 instructions
	fitDepth     = 180    // of 200 levels
	// fitList is how many values of a constructor are worked out before they are stored.
	fitList = 50
	// levelsOfNode is how many levels of nesting a node is to the compiler at most.
	levelsOfNode = 3
)

// fits tells whether it is certain that the compiler takes a text without syntax errors:
// nothing comes near its limits, and no goto is in it. Compiling takes several times as
// long.
func fits(t *syntax.Tree, vars *scope.Info) bool {
	if len(vars.Labels) > 0 {
		return false
	}
	f := &fitter{t: t, locals: map[syntax.Node]int{}, captured: map[syntax.Node]int{}, ok: true}
	for i := range vars.Vars {
		v := &vars.Vars[i]
		f.locals[v.Function]++
		if v.Captured {
			f.captured[v.Function]++
		}
	}
	f.function(t.Root(), t.First(t.Root()), 0, 0)
	return f.ok
}

// fitter estimates what functions need.
type fitter struct {
	t                *syntax.Tree
	locals, captured map[syntax.Node]int // by function
	ok               bool

	// Of the function around: its nodes, without those of functions in it; its loops; and
	// the upvalues that it and functions in it can have.
	nodes, loops, upvalues int
	most                   int // registers that one statement needs
}

func (f *fitter) function(n, body syntax.Node, upvalues, depth int) {
	outer := *f
	f.nodes, f.loops, f.most, f.upvalues = 0, 0, 0, upvalues
	f.most = f.registers(body, depth)
	inner := *f
	*f = outer
	locals := f.locals[n] + 3*inner.loops // a loop has three of its own
	f.ok = inner.ok && inner.nodes <= fitNodes && upvalues <= fitUpvalues && locals <= fitLocals && locals+inner.most <= fitRegisters
	if n != f.t.Root() {
		f.nodes++
	}
}

// registers estimates how many registers the parts of a node need at once, without those
// of the variables: what was worked out of the nodes around it, and not used yet.
func (f *fitter) registers(n syntax.Node, depth int) int {
	t := f.t
	f.nodes++
	each := 1
	switch t.Kind(n) {
	case syntax.FuncBody:
		fn := n
		for c := t.First(n); c != syntax.None; c = t.Next(c) {
			n = c // the block
		}
		if f.ok {
			f.function(fn, n, f.upvalues+f.capturedAround(fn), depth+1)
		}
		return 1
	case syntax.GotoStat, syntax.LabelStat:
		f.ok = false
	case syntax.NumericFor, syntax.GenericFor:
		f.loops++
	case syntax.ExprList:
		if up := t.Parent(n); t.Kind(up) == syntax.AssignStat && t.First(up) == n {
			each = 3 // a target holds an object and a key, or a copy of a variable
		}
	case syntax.AssignStat:
		targets := 0
		for c := t.First(t.First(n)); c != syntax.None; c = t.Next(c) {
			targets++
		}
		f.ok = f.ok && (targets < 2 || levelsOfNode*depth+targets <= fitDepth)
	}
	parts, most := 0, 0
	for c := t.First(n); c != syntax.None && f.ok; c = t.Next(c) {
		parts += each
		most = max(most, f.registers(c, depth+1))
	}
	switch t.Kind(n) {
	case syntax.Block, syntax.Chunk:
		parts = 0 // statements leave nothing behind
	case syntax.Table:
		parts = min(parts, fitList)
	}
	return 2 + parts + most
}

// capturedAround is how many variables of the function around one are used in functions.
func (f *fitter) capturedAround(fn syntax.Node) int {
	t := f.t
	n := t.Parent(fn)
	for k := t.Kind(n); k != syntax.FuncBody && k != syntax.Chunk; k = t.Kind(n) {
		n = t.Parent(n)
	}
	return f.captured[n]
}
