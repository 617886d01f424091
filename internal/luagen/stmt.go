package luagen

import (
	"fmt"
	"strings"
)

const maxIndent = 5

var prefixes = [...]string{number: "n", text: "s", boolean: "b", list: "t", callable: "c", object: "o"}

// statement writes one statement, small or large.
func (g *generator) statement() {
	g.left--
	if !g.charge(1) {
		return
	}
	type form struct {
		write func()
		ok    bool
	}
	room, deep := !g.crowded(), g.indent >= maxIndent
	forms := []form{
		{g.show, true},
		{g.localDecl, room}, {g.localDecl, room}, {g.localDecl, room},
		{g.assign, true}, {g.assign, true},
		{g.multiAssign, g.opts.Assignments}, {g.multiAssign, g.opts.Assignments}, {g.multiAssign, g.opts.Assignments},
		{g.update, true},
		{g.ifStatement, !deep}, {g.ifStatement, !deep},
		{g.numericFor, !deep}, {g.genericFor, !deep}, {g.while, !deep}, {g.repeatUntil, !deep},
		{g.do, !deep},
		{g.oneLine, true},
		{g.functionDecl, !deep && room}, {g.functionDecl, !deep && room},
		{g.callStatement, true},
		{g.leave, true},
		{g.closures, g.opts.Closures && !deep && room},
		{g.protected, g.opts.Errors && !deep && room}, {g.protected, g.opts.Errors && !deep && room},
		{g.coroutine, g.opts.Coroutines && !deep && room},
		{g.yield, g.inCo}, {g.yield, g.inCo}, {g.yield, g.inCo},
	}
	usable := forms[:0]
	for _, f := range forms {
		if f.ok {
			usable = append(usable, f)
		}
	}
	usable[g.pick(len(usable))].write()
}

// body writes up to n statements. They take at most a third of the statements
// that are left, so that no nest of blocks uses up the whole program.
func (g *generator) body(n int) {
	share := max(g.left/3, min(2, g.left))
	rest := g.left - share
	g.left = share
	for range n {
		if g.left <= 0 {
			break
		}
		g.statement()
	}
	g.left += rest
}

// show prints something.
func (g *generator) show() {
	if !g.charge(1) {
		return
	}
	items := []string{g.number(3).text}
	for range g.pick(3) {
		switch g.pick(3) {
		case 0:
			items = append(items, g.number(2).text)
		case 1:
			items = append(items, g.boolean(2))
		case 2:
			items = append(items, g.str(2))
		}
	}
	if g.fn.varargs && g.pick(3) == 2 {
		items = append(items, g.pickText("...", "..., \"end\"", `select("#", ...), ...`))
	}
	if o := g.any(object, false); o != nil && g.pick(5) == 4 {
		items = append(items, "tostring("+o.name+")")
	}
	g.line("print(", g.list(items), ")")
}

// showAll prints the variables at the end of the program.
func (g *generator) showAll() {
	for _, k := range []kind{number, text, boolean} {
		for _, v := range g.visible(k, false) {
			g.line("print(\"", v.name, "\", ", v.name, ")")
		}
	}
	for _, v := range g.visible(list, false) {
		g.line("print(\"", v.name, "\", table.concat(", v.name, ", \" \"))")
	}
}

// value returns an expression for a variable of a kind.
func (g *generator) value(k kind) (expression string, cost int) {
	switch k {
	case text:
		return g.stringOperand(2) + fmt.Sprintf(":sub(1, %d)", maxText), 0
	case boolean:
		return g.boolean(2), 0
	case list:
		return g.table(2), 0
	case callable:
		return g.closure()
	case object:
		return g.object(2), 0
	default:
		return g.bounded(3), 0
	}
}

// aKind chooses a kind that the options allow.
func (g *generator) aKind() kind {
	kinds := []kind{number, number, number, boolean, list, list, text}
	if g.opts.Closures {
		kinds = append(kinds, callable)
	}
	if g.opts.Metatables {
		kinds = append(kinds, object)
	}
	return kinds[g.pick(len(kinds))]
}

// declareOne declares one variable of a kind.
func (g *generator) declareOne(k kind) {
	name := g.fresh(prefixes[k])
	e, cost := g.value(k)
	g.line("local ", name, " = ", e)
	g.declare(name, k).cost = cost
}

func (g *generator) localDecl() {
	if g.pick(4) == 3 {
		if f := g.callee(2); f != nil {
			a, b := g.fresh("n"), g.fresh("n")
			g.line("local ", a, ", ", b, " = ", g.call(f, 2))
			g.declare(a, number)
			if b != a {
				g.declare(b, number)
			}
			return
		}
	}
	var names, values []string
	var vars []func()
	for range 1 + g.pick(3) {
		k := g.aKind()
		name := g.fresh(prefixes[k])
		e, cost := g.value(k)
		names, values = append(names, name), append(values, e)
		vars = append(vars, func() { g.declare(name, k).cost = cost })
	}
	// A name given twice in one statement is legal; the last one counts.
	g.line("local ", strings.Join(names, ", "), " = ", g.bare(values))
	for _, declare := range vars {
		declare()
	}
}

func (g *generator) assign() {
	k := []kind{number, number, text, boolean, list, object}[g.pick(6)]
	v := g.any(k, true)
	if v == nil {
		g.show()
		return
	}
	e, _ := g.value(k)
	g.line(v.name, " = ", e)
}

// multiAssign writes swaps, rotations, and assignments whose targets and values
// depend on each other.
func (g *generator) multiAssign() {
	vars := g.visible(number, true)
	t := g.any(list, false)
	if len(vars) == 0 {
		g.localDecl()
		return
	}
	v := func() string { return vars[g.pick(len(vars))].name }
	switch form := g.pick(6); {
	case form == 0 || t == nil && form < 4:
		a, b := v(), v()
		g.line(a, ", ", b, " = ", b, ", ", a)
	case form == 1:
		n := v()
		g.line(n, ", ", t.name, "[#", t.name, "] = ", g.bare([]string{g.pure(), n}))
	case form == 2:
		g.line(t.name, "[1], ", t.name, "[#", t.name, "] = ", t.name, "[#", t.name, "], ", t.name, "[1]")
	case form == 3:
		n := v()
		g.line(n, ", ", fmt.Sprintf("%s[%s %% #%s + 1]", t.name, n, t.name), " = ", g.bare([]string{g.pure(), g.pure()}))
	case form == 4:
		if f := g.callee(2); f != nil {
			g.line(v(), ", ", v(), " = ", g.call(f, 2))
			return
		}
		g.line(v(), ", ", v(), " = ", g.bare(g.numbers(3, 2)))
	default:
		a, b, c := v(), v(), v()
		g.line(a, ",", g.sep(), b, ", ", c, " =", g.sep(), g.bare([]string{c, a, b}))
	}
}

// update changes a list in place.
func (g *generator) update() {
	t := g.any(list, false)
	if t == nil {
		g.localDecl()
		return
	}
	switch g.pick(6) {
	case 0:
		g.line(g.item(t), " = ", g.pure())
	case 1:
		g.line(t.name, "[#", t.name, " + 1] = ", g.pure())
	case 2:
		// The parentheses keep a call to one result.
		g.line("table.insert(", g.list([]string{t.name, "(" + g.bounded(2) + ")"}), ")")
	case 3:
		g.line("if #", t.name, " > 1 then table.remove(", t.name, ") end")
	case 4:
		g.line("table.sort(", t.name, g.pickText("", ", function(a, b) return a > b end"), ")")
	case 5:
		g.line("table.insert(", t.name, ", 1, (", g.bounded(1), "))")
	}
}

func (g *generator) pickText(texts ...string) string { return texts[g.pick(len(texts))] }

// callStatement calls a function for what it does.
func (g *generator) callStatement() {
	f := g.callee(1)
	switch {
	case f == nil:
		g.show()
	case g.pick(2) == 0:
		g.line(g.call(f, 2))
	default:
		g.line("print(", g.call(f, 2), ")")
	}
}
