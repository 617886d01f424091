package scope

import "github.com/llmspell/llmspell/runtime/syntax"

// Resolve finds out what each name in the tree means. It goes once over the
// nodes, in their order, without recursion: expressions may be nested as deep as
// the text is long.
func Resolve(t *syntax.Tree) *Info {
	// Sizes that most scripts do not exceed: a variable for 12 nodes, a use for 4. To
	// grow costs more than what is left over.
	vars := t.Len()/12 + 1
	r := &resolver{
		tree:  t,
		info:  &Info{of: make([]int32, t.Len()), Vars: make([]Variable, 0, vars), outer: make([]Var, 0, vars)},
		ids:   make(map[string]int32, 256),
		uses:  make([]use, 0, t.Len()/4),
		block: -1,
		last:  NoVar,

		varIDs:   make([]int32, 0, vars),
		shadowed: make([]Var, 0, vars),
	}
	r.run(1, syntax.Node(t.Len()))
	r.labels()
	r.distribute()
	return r.info
}

type resolver struct {
	tree *syntax.Tree
	info *Info

	ids     map[string]int32 // names to numbers
	names   []string         // numbers to names
	current []Var            // by number: the variable that the name means now

	// The nodes from and the variables from first on are found out.
	from  syntax.Node
	first Var

	varIDs   []int32 // by Var, from first: the number of its name
	shadowed []Var   // likewise: what the name meant before

	last  Var // the innermost variable
	block int32
	// blocks are all that were entered, for labels.
	blocks []blockInfo
	open   []openNode
	uses   []use
	gotos  []gotoUse
	label  map[labelKey]int32 // to an index into Info.Labels
}

type blockInfo struct {
	parent   int32
	function syntax.Node
}

// openNode is a node whose subtree ends before the node end.
type openNode struct {
	node syntax.Node
	end  syntax.Node
	// A scope: what to go back to.
	scope bool
	last  Var
	block int32
}

type use struct {
	node  syntax.Node
	id    int32
	of    Var // NoVar: a global
	write bool
}

type gotoUse struct {
	node  syntax.Node
	block int32
}

type labelKey struct {
	block int32
	name  string
}

// run goes over the nodes from to end-1.
func (r *resolver) run(from, end syntax.Node) {
	for n := from; n < end; {
		for len(r.open) > 0 && r.open[len(r.open)-1].end <= n {
			r.close()
		}
		n = r.visit(n)
	}
	for len(r.open) > 0 {
		r.close()
	}
}

// visit handles one node and returns the next one.
func (r *resolver) visit(n syntax.Node) syntax.Node {
	t := r.tree
	switch t.Kind(n) {
	case syntax.Chunk:
		r.enter(n, n)
	case syntax.FuncBody:
		r.enter(n, n)
		if stat := t.Parent(n); t.Kind(stat) == syntax.FuncStat {
			if m := t.First(stat); t.Kind(m) == syntax.Method {
				r.declare(selfName, Self, t.Child(m, 1), int32(t.Start(n)), false)
			}
		}
	case syntax.RepeatStat:
		r.enter(n, syntax.None)
	case syntax.Block:
		switch parent := t.Parent(n); t.Kind(parent) {
		case syntax.Chunk, syntax.FuncBody, syntax.RepeatStat:
		case syntax.NumericFor:
			r.enter(n, syntax.None)
			r.declareName(t.First(parent), LoopVar, r.behindDo(n))
		case syntax.GenericFor:
			r.enter(n, syntax.None)
			r.declareNames(t.First(parent), LoopVar, r.behindDo(n))
		default:
			r.enter(n, syntax.None)
		}
	case syntax.LocalStat:
		r.open = append(r.open, openNode{node: n, end: r.after(n)})
	case syntax.LocalFunc:
		name := t.First(n)
		r.declareName(name, LocalFunction, int32(t.End(name)))
	case syntax.Params:
		r.declareNames(n, Param, int32(t.End(n)))
		return r.after(n)
	case syntax.NameList:
		return r.after(n)
	case syntax.LabelStat:
		r.newLabel(t.First(n))
	case syntax.GotoStat:
		if name := t.First(n); t.Kind(name) == syntax.Name {
			r.gotos = append(r.gotos, gotoUse{name, r.block})
		}
	case syntax.Name:
		r.name(n)
	}
	return n + 1
}

// name notes a use of a variable or global.
func (r *resolver) name(n syntax.Node) {
	t := r.tree
	write := false
	switch parent := t.Parent(n); t.Kind(parent) {
	case syntax.Index, syntax.Method:
		if t.First(parent) != n {
			return // the name of a field
		}
	case syntax.NameField:
		if t.First(parent) == n {
			return
		}
	case syntax.LocalFunc, syntax.NumericFor:
		if t.First(parent) == n {
			return // declared, not used
		}
	case syntax.LabelStat, syntax.GotoStat:
		return
	case syntax.FuncStat:
		write = true
	case syntax.ExprList:
		stat := t.Parent(parent)
		write = t.Kind(stat) == syntax.AssignStat && t.First(stat) == parent
	}
	id := r.id(t.Source(n))
	v := r.current[id]
	r.uses = append(r.uses, use{n, id, v, write})
	if v == NoVar {
		return
	}
	r.info.of[n-r.from] = int32(v) + 1
	if x := &r.info.Vars[v]; x.Function != r.blocks[r.block].function {
		x.Captured = true
	}
}

// id returns the number of a name.
func (r *resolver) id(name string) int32 {
	id, ok := r.ids[name]
	if !ok {
		id = int32(len(r.names))
		r.ids[name] = id
		r.names = append(r.names, name)
		r.current = append(r.current, NoVar)
	}
	return id
}

// enter opens the scope of node n; function is n where that is a function or the
// chunk.
func (r *resolver) enter(n, function syntax.Node) {
	r.open = append(r.open, openNode{node: n, end: r.after(n), scope: true, last: r.last, block: r.block})
	if function == syntax.None {
		function = r.blocks[r.block].function
	}
	r.blocks = append(r.blocks, blockInfo{r.block, function})
	r.block = int32(len(r.blocks) - 1)
}

func (r *resolver) close() {
	o := r.open[len(r.open)-1]
	r.open = r.open[:len(r.open)-1]
	if !o.scope {
		// What follows the names of a LocalStat does not see them: they are
		// declared at its end.
		r.declareNames(r.tree.First(o.node), Local, int32(r.tree.End(o.node))+1)
		return
	}
	to := r.blockEnd(o.node)
	for v := r.last; v != o.last; {
		x := &r.info.Vars[v]
		x.To = int32(to)
		r.current[r.varIDs[v-r.first]] = r.shadowed[v-r.first]
		v = r.info.outer[v]
	}
	r.last = o.last
	r.block = o.block
}

// behindDo is where the block of a for statement begins: behind its do, whatever its first
// statement is.
func (r *resolver) behindDo(block syntax.Node) int32 {
	t := r.tree
	at, _ := t.Range(block)
	for at--; t.TokenKind(at) == syntax.Comment; at-- {
	}
	_, end := t.TokenSpan(at)
	return int32(end)
}

// blockEnd returns up to which byte the variables of a scope are visible: the
// keyword that ends it.
func (r *resolver) blockEnd(n syntax.Node) int {
	t := r.tree
	switch t.Kind(n) {
	case syntax.Chunk:
		return len(t.Text())
	case syntax.FuncBody:
		if b := t.Child(n, 1); b != syntax.None {
			n = b
		}
	case syntax.RepeatStat:
		return t.End(n)
	}
	count := t.TokenCount()
	_, at := t.Range(n)
	for at < count && t.TokenKind(at) == syntax.Comment {
		at++
	}
	if at >= count {
		return len(t.Text())
	}
	start, _ := t.TokenSpan(at)
	return start
}

func (r *resolver) declareNames(list syntax.Node, kind Kind, from int32) {
	for n := r.tree.First(list); n != syntax.None; n = r.tree.Next(n) {
		r.declareName(n, kind, from)
	}
}

func (r *resolver) declareName(n syntax.Node, kind Kind, from int32) {
	if r.tree.Kind(n) == syntax.Name {
		r.declare(r.tree.Source(n), kind, n, from, true)
	}
}

func (r *resolver) declare(name string, kind Kind, decl syntax.Node, from int32, named bool) {
	id := r.id(name)
	v := Var(len(r.info.Vars))
	r.info.Vars = append(r.info.Vars, Variable{
		Name: name, Kind: kind, Decl: decl, From: from,
		Function: r.blocks[r.block].function,
	})
	r.info.outer = append(r.info.outer, r.last)
	if named {
		r.info.of[decl-r.from] = int32(v) + 1
	}
	r.varIDs = append(r.varIDs, id)
	r.shadowed = append(r.shadowed, r.current[id])
	r.current[id] = v
	r.last = v
}

// after returns the node that follows the subtree of n.
func (r *resolver) after(n syntax.Node) syntax.Node {
	t := r.tree
	for n != syntax.None {
		if next := t.Next(n); next != syntax.None {
			return next
		}
		n = t.Parent(n)
	}
	return syntax.Node(t.Len())
}
