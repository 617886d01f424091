package lint

import (
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// unusedValues reports values that a variable is given and that nothing reads, because it
// is given another one first, or goes. Variables that functions inside use are passed
// over, as it is not known when they run; so are functions with goto.
func (p *pass) unusedValues() {
	if !p.on("unused-value") || len(p.tree.Errors()) > 0 || p.notes.Meta {
		return
	}
	jumps := map[syntax.Node]bool{} // functions with goto
	for i := range p.vars.Labels {
		if l := &p.vars.Labels[i]; len(l.Uses) > 0 {
			jumps[l.Function] = true
		}
	}
	of := map[syntax.Node][]scope.Var{}
	for i := range p.vars.Vars {
		v := &p.vars.Vars[i]
		if v.Captured || v.Kind == scope.Self || v.Kind == scope.LocalFunction || v.Name == "" || v.Name[0] == '_' || !p.read(v) || jumps[v.Function] {
			continue
		}
		written := false
		for _, u := range v.Uses {
			written = written || u.Write
		}
		if written {
			of[v.Function] = append(of[v.Function], scope.Var(i))
		}
	}
	for n := range p.nodes(syntax.Chunk, syntax.FuncBody) {
		if vars := of[n]; len(vars) > 0 {
			l := &liveness{p: p, number: make(map[scope.Var]int, len(vars)), words: (len(vars) + 63) / 64}
			for i, v := range vars {
				l.number[v] = i
			}
			l.function(n)
		}
	}
}

// liveness finds, from the end of a function to its beginning, which variables are read
// later on.
type liveness struct {
	p      *pass
	number map[scope.Var]int
	words  int
	// breaks is what is live after the loop around.
	breaks live
	// quiet: a loop is gone through to find what is live at its end; nothing is reported.
	// inLoop is how many loops are around what is reported.
	quiet, inLoop int
	bodies        map[syntax.Node]*through // of loops in loops
}

// live is a set of variables by their numbers.
type live []uint64

func (l live) has(i int) bool { return l[i/64]&(1<<(i%64)) != 0 }
func (l live) add(i int)      { l[i/64] |= 1 << (i % 64) }
func (l live) drop(i int)     { l[i/64] &^= 1 << (i % 64) }
func (l live) clone() live    { return append(live(nil), l...) }

// join adds what is in other.
func (l live) join(other live) {
	for i := range l {
		l[i] |= other[i]
	}
}

func (l *liveness) function(n syntax.Node) {
	t := l.p.tree
	body := t.First(n)
	if t.Kind(n) == syntax.FuncBody {
		body = t.Child(n, 1)
	}
	out := make(live, l.words)
	l.breaks = make(live, l.words)
	l.block(body, out)
	if t.Kind(n) == syntax.FuncBody {
		for name := range t.Children(t.First(n)) {
			l.gives(name, out, "the value that is passed for %s is never read")
		}
	}
}

// block goes through statements from the last to the first, and makes of what is live
// after them what is live before.
func (l *liveness) block(n syntax.Node, at live) {
	t := l.p.tree
	var stats []syntax.Node
	for s := range t.Children(n) {
		stats = append(stats, s)
	}
	for i := len(stats) - 1; i >= 0; i-- {
		l.statement(stats[i], at)
	}
}

func (l *liveness) statement(n syntax.Node, at live) {
	t := l.p.tree
	switch t.Kind(n) {
	case syntax.LocalStat:
		values := t.Child(n, 1)
		first := t.First(values)
		for name := range t.Children(t.First(n)) {
			// nil, or nothing, says only that there is no value yet.
			if k := t.Kind(first); first != syntax.None && k != syntax.Nil {
				l.gives(name, at, "the value of %s is never read")
			} else {
				l.ends(name, at)
			}
			// Only a call and ... have values for more than one name.
			if next, k := t.Next(first), t.Kind(first); next != syntax.None || k != syntax.Call && k != syntax.Vararg {
				first = next
			}
		}
		l.reads(values, at)
	case syntax.AssignStat:
		for target := range t.Children(t.First(n)) {
			if t.Kind(target) == syntax.Name {
				l.gives(target, at, "the value that %s is given here is never read")
			}
		}
		for target := range t.Children(t.First(n)) {
			if t.Kind(target) != syntax.Name {
				l.reads(target, at)
			}
		}
		l.reads(t.Child(n, 1), at)
	case syntax.FuncStat:
		if target := t.First(n); t.Kind(target) == syntax.Name {
			l.gives(target, at, "the function that %s is given here is never called")
		} else {
			l.reads(target, at)
		}
	case syntax.DoStat:
		l.block(t.First(n), at)
	case syntax.WhileStat:
		cond, body := t.First(n), t.Child(n, 1)
		after := at.clone()
		if t.Kind(cond) == syntax.True {
			clear(at) // only break leads out
		}
		l.loop(n, at, after, func(end live) live {
			end = end.clone()
			l.block(body, end)
			return end
		}, func(head live) { l.reads(cond, head) })
	case syntax.RepeatStat:
		body, cond := t.First(n), t.Child(n, 1)
		after := at.clone()
		before := l.loop(n, at, after, func(end live) live {
			end = end.clone()
			l.reads(cond, end)
			l.block(body, end)
			return end
		}, func(live) {})
		copy(at, before)
	case syntax.NumericFor, syntax.GenericFor:
		l.forLoop(n, at)
	case syntax.IfStat:
		l.choice(n, at)
	case syntax.ReturnStat:
		clear(at)
		l.reads(t.First(n), at)
	case syntax.BreakStat:
		copy(at, l.breaks)
	default:
		l.reads(n, at)
	}
}

func (l *liveness) forLoop(n syntax.Node, at live) {
	t := l.p.tree
	var names, values []syntax.Node
	body := syntax.None
	if t.Kind(n) == syntax.NumericFor {
		for c := range t.Children(n) {
			switch {
			case len(names) == 0:
				names = append(names, c)
			case t.Kind(c) == syntax.Block:
				body = c
			default:
				values = append(values, c)
			}
		}
	} else {
		for c := range t.Children(t.First(n)) {
			names = append(names, c)
		}
		values, body = append(values, t.Child(n, 1)), t.Child(n, 2)
	}
	l.loop(n, at, at.clone(), func(end live) live {
		end = end.clone()
		l.block(body, end)
		for _, name := range names {
			l.ends(name, end)
		}
		return end
	}, func(live) {})
	for _, v := range values {
		l.reads(v, at)
	}
}

// choice goes through the branches of an if.
func (l *liveness) choice(n syntax.Node, at live) {
	t := l.p.tree
	after := at.clone()
	var clauses []syntax.Node
	for c := range t.Children(n) {
		clauses = append(clauses, c)
	}
	// at is what is live if none of the conditions so far holds.
	for i := len(clauses) - 1; i >= 0; i-- {
		c := clauses[i]
		branch := after.clone()
		if t.Kind(c) == syntax.ElseClause {
			l.block(t.First(c), branch)
			copy(at, branch)
			continue
		}
		l.block(t.Child(c, 1), branch)
		at.join(branch)
		l.reads(t.First(c), at)
	}
}

// gives takes a name that is given a value.
func (l *liveness) gives(name syntax.Node, at live, message string) {
	i, ok := l.number[l.p.vars.Var(name)]
	if !ok {
		return
	}
	if !at.has(i) && l.quiet == 0 {
		text := l.p.tree.NameOf(name)
		number := "311"
		if t := l.p.tree; t.Kind(t.Parent(name)) == syntax.Params {
			number = "312"
		}
		x := l.p.numbered(number).at("unused-value", name, strings.Replace(message, "%s", text, 1), text)
		x.Unnecessary = true
	}
	at.drop(i)
}

// ends takes a name that begins to exist.
func (l *liveness) ends(name syntax.Node, at live) {
	if i, ok := l.number[l.p.vars.Var(name)]; ok {
		at.drop(i)
	}
}

// reads adds the variables that an expression reads. Functions in it are passed over:
// what they use is captured.
func (l *liveness) reads(n syntax.Node, at live) {
	t := l.p.tree
	if n == syntax.None {
		return
	}
	switch t.Kind(n) {
	case syntax.Name:
		if i, ok := l.number[l.p.vars.Var(n)]; ok {
			at.add(i)
		}
		return
	case syntax.FuncBody:
		return
	}
	for c := range t.Children(n) {
		l.reads(c, at)
	}
}
