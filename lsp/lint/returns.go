package lint

import (
	"fmt"
	"strings"

	"github.com/llmspell/llmspell/internal/plural"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/lsp/library"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// returned compares a return statement with @return.
func (p *pass) returned(n, list syntax.Node) {
	t := p.tree
	values := p.count(list)
	open := false
	for i, value := range values {
		if k := t.Kind(value); i == len(values)-1 && (k == syntax.Call || k == syntax.Vararg) {
			open = true
		} else if m, wrong := p.snap.Mismatch(p.file, value); wrong {
			p.at("return-type", value, fmt.Sprintf("result %d is %s, but %s is returned", i+1, m.Want, given(m.Got)))
		}
	}
	least, most, ok := p.snap.ReturnCount(p.file, n)
	switch {
	case !ok:
	case len(values) > 0 && (t.Kind(values[0]) == syntax.Nil || t.Kind(values[0]) == syntax.False):
		// return nil, message: annotations often leave that out.
	case !open && len(values) < least && len(values) > 0:
		p.at("return-count", n, fmt.Sprintf("the annotations say %s, but the function returns %d here", plural.Of(least, "result"), len(values)))
	case most >= 0 && len(values) > most:
		p.report("return-count", t.Start(values[most]), t.End(values[len(values)-1]), fmt.Sprintf("the annotations say %s, but the function returns %d here", plural.Of(most, "result"), len(values)))
	}
}

// missingReturn reports a function that annotations promise a value of and whose end is
// certainly reached on some way. A function without code is one that others replace.
func (p *pass) missingReturn(body syntax.Node) {
	t := p.tree
	if !p.on("missing-return") || len(t.Errors()) > 0 {
		return
	}
	block := syntax.None
	for c := range t.Children(body) {
		block = c
	}
	if t.Kind(block) != syntax.Block || t.First(block) == syntax.None {
		return
	}
	least, _, ok := p.snap.ReturnCount(p.file, t.First(block))
	if !ok || least == 0 {
		return
	}
	returns := 0
	for n := body + 1; int(n) < t.Len() && p.inside(n, body); n++ {
		switch t.Kind(n) {
		case syntax.GotoStat, syntax.LabelStat:
			return // it is not known what follows what
		case syntax.ReturnStat:
			if p.functionAround(n) != body {
				continue
			}
			if t.First(t.First(n)) == syntax.None {
				return // it gives none on purpose
			}
			returns++
		}
	}
	if !p.runsOff(block, returns) {
		return
	}
	end := t.End(body)
	x := p.report("missing-return", end-len("end"), end, fmt.Sprintf("the annotations say %s, but the end of the function is reached", plural.Of(least, "result")))
	if x.Unfinished != nil {
		x.Unfinished.Start = t.Start(body)
	}
}

// runsOff tells whether the end of a block is certainly reached on some way. returns is how
// many statements of the function give values.
func (p *pass) runsOff(block syntax.Node, returns int) bool {
	t := p.tree
	last := syntax.None
	for n := t.First(block); n != syntax.None; n = t.Next(n) {
		if p.leaves(n) {
			return false
		}
		last = n
	}
	switch t.Kind(last) {
	case syntax.Invalid, syntax.LocalStat, syntax.AssignStat, syntax.LocalFunc, syntax.FuncStat:
		return true
	case syntax.CallStat:
		return p.returnsToCaller(t.First(last))
	case syntax.DoStat:
		return p.runsOff(t.First(last), returns)
	case syntax.IfStat:
		clauses, otherwise := 0, false
		for c := t.First(last); c != syntax.None; c = t.Next(c) {
			clauses++
			b := t.Child(c, 1)
			if t.Kind(c) == syntax.ElseClause {
				b, otherwise = t.First(c), true
			}
			if p.runsOff(b, returns) {
				return true
			}
		}
		// The conditions may be all that there are: if x then return 1 elseif not x then …
		return !otherwise && clauses == 1 && returns < 2
	case syntax.WhileStat, syntax.RepeatStat, syntax.NumericFor, syntax.GenericFor:
		return !p.endless(last) && !p.leftBy(last, syntax.ReturnStat)
	}
	return false
}

// returnsToCaller tells whether a call certainly goes on: that of a function of the library.
// One of the program's may raise an error each time, and so may assert and require.
func (p *pass) returnsToCaller(call syntax.Node) bool {
	f := p.snap.CalledFunc(p.file, call)
	if f == nil || !p.snap.Certain(p.file, p.tree.First(call)) || !isLibraryFunc(f) {
		return false
	}
	switch f.Special {
	case "assert", "error", "require", "pcall", "xpcall", "dofile":
		return false
	}
	return p.tree.Source(p.tree.First(call)) != "coroutine.yield"
}

func isLibraryFunc(f *types.Func) bool { return strings.HasPrefix(f.Decl.URI, library.Scheme+":") }
