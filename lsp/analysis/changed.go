package analysis

import (
	"slices"

	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// changes tells of each of many conditions whether what a path holds may have changed
// since it was tested. What does not depend on the condition is worked out once.
type changes struct {
	*unit
	root root
	path syntax.Node
	at   int // where the path is read

	function syntax.Node // around the path; None: not found out yet
	writes   []spot

	later      answered    // an assignment behind the path comes before it in the next turn of a loop
	loop, last syntax.Node // the innermost loop around the path: its nodes

	field  answered // the path is a field that has a table with stores
	stores []int    // where they are
}

// answered is a question that may not have been asked yet.
type answered uint8

const (
	notAsked answered = iota
	no
	yes
)

func answeredBy(is bool) answered {
	if is {
		return yes
	}
	return no
}

// spot is a place in the text where something is assigned.
type spot struct {
	node, function syntax.Node
	start          int
}

// since tells whether the path may have changed since the condition of g was tested.
func (c *changes) since(g *guard) bool {
	t := c.tree
	if c.function == syntax.None {
		c.function = c.functionAround(c.path)
		if c.root.v != scope.NoVar {
			c.writes = c.spots(c.root.v)
		}
	}
	if len(c.writes) > 0 {
		if c.function != g.function {
			return true
		}
		next, _ := slices.BinarySearchFunc(c.writes, g.start, func(w spot, start int) int {
			if w.start <= start {
				return -1
			}
			return 1
		})
		if next < len(c.writes) && c.writes[next].start < c.at {
			return true
		}
		if c.comesRound() && (g.condition < c.loop || g.condition > c.last) {
			return true
		}
	}
	if t.Kind(c.path) == syntax.Name {
		return false
	}
	if c.field == notAsked {
		f := c.unit.path(t.First(c.path), false)
		name, ok := c.keyName(c.path)
		switch {
		case !ok:
			c.field = no
		case f == nil:
			c.field = yes
		default:
			c.field = yes
			c.stores = c.storesIn(f, name, c.function)
		}
	}
	if c.field == no {
		return true
	}
	next, _ := slices.BinarySearch(c.stores, g.start+1)
	return next < len(c.stores) && c.stores[next] < c.at
}

// comesRound tells whether a loop that the variable is older than has an assignment behind
// the path.
func (c *changes) comesRound() bool {
	if c.later != notAsked {
		return c.later == yes
	}
	t := c.tree
	decl := c.file.Vars().Vars[c.root.v].Decl
	outermost := syntax.None
	c.loop = syntax.None
loops:
	for n := t.Parent(c.path); n != syntax.None; n = t.Parent(n) {
		switch t.Kind(n) {
		case syntax.WhileStat, syntax.RepeatStat, syntax.NumericFor, syntax.GenericFor:
			if c.loop == syntax.None {
				c.loop, c.last = n, lastIn(t, n)
			}
			if c.inside(decl, n) {
				break loops // so are those around it
			}
			outermost = n
		case syntax.FuncBody:
			break loops
		}
	}
	found := false
	if outermost != syntax.None {
		end := lastIn(t, outermost)
		for _, w := range c.writes {
			found = found || w.node > c.path && w.node <= end && w.function == c.function
		}
	}
	c.later = answeredBy(found)
	return found
}

// lastIn returns the last node of a subtree: it is nodes n to lastIn(n).
func lastIn(t *syntax.Tree, n syntax.Node) syntax.Node {
	for {
		last := syntax.None
		for c := range t.Children(n) {
			last = c
		}
		if last == syntax.None {
			return n
		}
		n = last
	}
}

// spots are the places of writes, in the order of the text.
func (u *unit) spots(v scope.Var) []spot {
	if known, ok := u.spotsOf[v]; ok {
		return known
	}
	writes := u.writes(v)
	list := make([]spot, len(writes))
	for i, w := range writes {
		list[i] = spot{w, u.functionAround(w), u.tree.Start(w)}
	}
	if u.spotsOf == nil {
		u.spotsOf = map[scope.Var][]spot{}
	}
	u.spotsOf[v] = list
	return list
}

// storesKey is a field, as far as one function stores it. The number of all its stores is
// part of it, as there may be more later.
type storesKey struct {
	f        *fields
	name     string
	function syntax.Node
	count    int
}

// storesIn returns where a function stores a field, in the order of the text.
func (u *unit) storesIn(f *fields, name string, function syntax.Node) []int {
	named := f.named[name]
	if len(named) == 0 {
		return nil
	}
	key := storesKey{f, name, function, len(named)}
	if known, ok := u.storing[key]; ok {
		return known
	}
	var list []int
	for _, s := range named {
		if u.functionAround(s.name) == function {
			list = append(list, u.tree.Start(s.name))
		}
	}
	slices.Sort(list)
	if u.storing == nil {
		u.storing = map[storesKey][]int{}
	}
	u.storing[key] = list
	return list
}
