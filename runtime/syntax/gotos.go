package syntax

import "sort"

// checkGotos finds gotos without a label that they can reach, and labels that are
// there twice, in a tree without other errors.
func checkGotos(t *Tree) []Error {
	c := &gotoChecker{Tree: t, lines: luaLines(t.text)}
	c.function(t.Root(), c.First(t.Root()))
	sort.SliceStable(c.errors, func(i, j int) bool { return c.errors[i].Start < c.errors[j].Start })
	return c.errors
}

// gotoChecker goes through one function after the other, as runtime/compile does.
type gotoChecker struct {
	*Tree
	lines  []int32
	errors []Error
	jumpScope
}

// jumpScope is what matters of one function: the names of its locals that are in scope, its
// labels that are visible, and its gotos that have found none yet.
type jumpScope struct {
	active []Node
	labels []jump
	gotos  []jump
}

// jump is a goto or label, and how many locals are in scope there.
type jump struct {
	name   Node
	active int
}

func (c *gotoChecker) lineOf(n Node) string { return itoa(lineOf(c.lines, int32(c.Start(n)))) }

func (c *gotoChecker) fail(name Node, message string) {
	c.errors = append(c.errors, Error{Start: c.Start(name), End: c.End(name), Message: message})
}

// function checks a Chunk or FuncBody.
func (c *gotoChecker) function(n, block Node) {
	outer := c.jumpScope
	c.jumpScope = jumpScope{}
	if c.Kind(n) == FuncBody {
		c.declare(c.First(n))
	}
	c.block(block, 0, None)
	for _, g := range c.gotos {
		c.fail(g.name, "no visible label '"+c.Source(g.name)+"' for <goto> at line "+c.lineOf(g.name))
	}
	c.jumpScope = outer
}

// declare puts the names that n is or has in scope.
func (c *gotoChecker) declare(n Node) {
	if c.Kind(n) == Name {
		c.active = append(c.active, n)
		return
	}
	for x := range c.Children(n) {
		if c.Kind(x) == Name {
			c.active = append(c.active, x)
		}
	}
}

// block checks the statements of a block, at whose end the locals from level on go
// out of scope. until is the condition of the loop that it is the body of.
func (c *gotoChecker) block(n Node, level int, until Node) {
	firstLabel, firstGoto := len(c.labels), len(c.gotos)
	for s := c.First(n); s != None; s = c.Next(s) {
		switch c.Kind(s) {
		case LabelStat:
			c.label(s, firstLabel, firstGoto, level, until != None)
		case GotoStat:
			c.jump(c.First(s))
		default:
			c.statement(s)
		}
	}
	if until != None {
		c.inside(until)
	}
	c.active = c.active[:level]
	c.labels = c.labels[:firstLabel]
	for i := firstGoto; i < len(c.gotos); i++ {
		c.gotos[i].active = min(c.gotos[i].active, level)
	}
}

// label defines a label. One with only labels behind it lies outside the scope of
// the block's locals, except in a repeat, whose condition sees them.
func (c *gotoChecker) label(s Node, firstLabel, firstGoto, level int, repeat bool) {
	l := jump{name: c.First(s), active: len(c.active)}
	name := c.Source(l.name)
	for _, other := range c.labels[firstLabel:] {
		if c.Source(other.name) == name {
			c.fail(l.name, "label '"+name+"' already defined on line "+c.lineOf(other.name))
		}
	}
	rest := c.Next(s)
	for rest != None && c.Kind(rest) == LabelStat {
		rest = c.Next(rest)
	}
	if rest == None && !repeat {
		l.active = level
	}
	c.labels = append(c.labels, l)
	kept := c.gotos[:firstGoto]
	for _, g := range c.gotos[firstGoto:] {
		if c.Source(g.name) == name {
			c.land(g, l)
		} else {
			kept = append(kept, g)
		}
	}
	c.gotos = kept
}

// jump notes a goto, unless its label stands before it.
func (c *gotoChecker) jump(name Node) {
	text := c.Source(name)
	for i := len(c.labels) - 1; i >= 0; i-- {
		if c.Source(c.labels[i].name) == text {
			return
		}
	}
	c.gotos = append(c.gotos, jump{name: name, active: len(c.active)})
}

// land reports a goto that jumps over the declaration of a local which is in scope
// at the label.
func (c *gotoChecker) land(g, l jump) {
	if g.active < l.active {
		c.fail(g.name, "<goto "+c.Source(g.name)+"> at line "+c.lineOf(g.name)+" jumps into the scope of local '"+c.Source(c.active[g.active])+"'")
	}
}

// statement checks what is in a statement, and declares its locals.
func (c *gotoChecker) statement(s Node) {
	level := len(c.active)
	switch c.Kind(s) {
	case LocalStat:
		c.inside(c.Next(c.First(s)))
		c.declare(c.First(s))
	case LocalFunc:
		c.declare(c.First(s))
		c.inside(c.Child(s, 1))
	case RepeatStat:
		c.block(c.First(s), level, c.Child(s, 1))
	case NumericFor, GenericFor:
		var body Node
		for x := range c.Children(s) {
			if c.Kind(x) == Block {
				body = x
			} else {
				c.inside(x)
			}
		}
		c.declare(c.First(s))
		c.block(body, level, None)
	default:
		c.inside(s)
	}
}

// inside checks the blocks and functions in a node, without going into itself for
// those found.
func (c *gotoChecker) inside(n Node) {
	if n == None {
		return
	}
	for x, end := n, c.after(n); x < end; {
		switch c.Kind(x) {
		case FuncBody:
			c.function(x, c.Child(x, 1))
			x = c.after(x)
		case Block:
			c.block(x, len(c.active), None)
			x = c.after(x)
		default:
			x++
		}
	}
}

// after returns the node behind all nodes in n.
func (t *Tree) after(n Node) Node {
	for n != None {
		if next := t.Next(n); next != None {
			return next
		}
		n = t.Parent(n)
	}
	return Node(t.Len())
}
