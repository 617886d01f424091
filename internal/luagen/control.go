package luagen

import (
	"fmt"
	"strings"
)

func (g *generator) ifStatement() {
	g.line("if ", g.boolean(2), " then")
	g.branch()
	for range g.pick(3) {
		g.line("elseif ", g.boolean(2), " then")
		g.branch()
	}
	if g.pick(2) == 1 {
		g.line("else")
		g.branch()
	}
	g.line("end")
}

// branch writes the block after a then, else or do.
func (g *generator) branch() {
	g.indent++
	g.push()
	g.body(1 + g.pick(3))
	g.pop()
	g.indent--
}

// loop writes the body of a loop of so many turns, with declare run inside the
// loop's scope first. It says false, and writes nothing, if that is too much
// work at this place.
func (g *generator) loop(turns int, head, tail string, declare func()) bool {
	weight := max(g.weight, 1) * turns
	if weight > maxWeight || !g.charge(2*turns) {
		return false
	}
	saved := g.weight
	g.weight = weight
	g.loops++
	g.block(head, tail, func() {
		if declare != nil {
			declare()
		}
		g.body(1 + g.pick(4))
	})
	g.loops--
	g.weight = saved
	return true
}

// constant declares a variable that the program only reads.
func (g *generator) constant(name string) {
	g.declare(name, number).constant = true
}

func (g *generator) numericFor() {
	name := g.fresh("n")
	turns := 1 + g.pick(5)
	var head string
	switch g.pick(4) {
	case 1:
		head = fmt.Sprintf("for %s = %d, 1, -1 do", name, turns)
	case 2:
		head = fmt.Sprintf("for %s = -2, %d, 3 do", name, 3*turns-5)
	case 3:
		if v := g.any(number, false); v != nil {
			head = fmt.Sprintf("for %s = %s, %s + %d do", name, v.name, v.name, turns-1)
			break
		}
		fallthrough
	default:
		head = fmt.Sprintf("for %s = 1, %d do", name, turns)
	}
	// Half of the time the program may change its copy of the variable.
	if !g.loop(turns, head, "end", func() {
		if g.pick(2) == 0 {
			g.constant(name)
			return
		}
		// The variable may be one past the bound here.
		g.line(name, " = ", name, " % 9973 + 0")
		g.declare(name, number)
	}) {
		g.assign()
	}
}

func (g *generator) genericFor() {
	index, item := g.fresh("n"), g.fresh("n")
	if item == index {
		item = g.unique("n")
	}
	n := 1 + g.pick(5)
	source := "{ " + g.list(g.numbers(n, 2)) + " }"
	if v := g.any(list, false); v != nil && g.pick(2) == 1 {
		source = "{ unpack(" + v.name + ", 1, " + fmt.Sprint(n) + ") }"
	}
	head := fmt.Sprintf("for %s, %s in %s(%s) do", index, item, g.pickText("ipairs", "pairs"), source)
	if !g.loop(n, head, "end", func() {
		g.constant(index)
		g.declare(item, number)
	}) {
		g.update()
	}
}

func (g *generator) while() {
	counter := g.unique("w")
	turns := 1 + g.pick(5)
	condition := fmt.Sprintf("%s < %d", counter, turns)
	if g.pick(3) == 2 {
		condition = condition + g.sep() + "and not (" + g.boolean(1) + ")"
	}
	g.line("local ", counter, " = 0")
	if g.loop(turns, "while "+condition+" do", "end", func() {
		g.line(counter, " = ", counter, " + 1")
		g.constant(counter)
	}) {
		g.constant(counter)
	}
}

func (g *generator) repeatUntil() {
	counter, done := g.unique("r"), g.unique("done")
	turns := 1 + g.pick(4)
	g.line("local ", counter, " = 0")
	if g.loop(turns, "repeat", "", func() {
		g.line(counter, " = ", counter, " + 1")
		g.constant(counter)
		g.line("local ", done, " = ", counter, fmt.Sprintf(" >= %d", turns))
	}) {
		g.line("until ", done, g.pickText("", " or "+counter+" > 9", " and true"))
		g.constant(counter)
	}
}

func (g *generator) do() {
	g.block("do", "end", func() { g.body(1 + g.pick(3)) })
}

// oneLine writes a whole block on one line.
func (g *generator) oneLine() {
	v := g.any(number, true)
	if v == nil {
		g.localDecl()
		return
	}
	grow := v.name + " = " + g.reduce(expr{v.name + " + " + g.literal().text, 2 * bound, false}, 997).text
	switch g.pick(5) {
	case 0:
		g.line("if ", g.boolean(1), " then ", grow, " end")
	case 1:
		g.line("for i = 1, 3 do ", grow, " end")
	case 2:
		g.line("do local x = ", v.name, " ", grow, " print(x, ", v.name, ") end")
	case 3:
		g.line("if ", g.boolean(1), " then ", grow, " else print(", v.name, ") end ", grow)
	case 4:
		g.line(grow, "; print(", v.name, ") repeat local x = true until x")
	}
}

// leave ends the loop or the function early, or says that it cannot.
func (g *generator) leave() {
	switch {
	case g.loops > 0 && g.pick(2) == 0:
		g.line("if ", g.boolean(2), " then break end")
	case g.fn.outer != nil && g.fn.results > 0:
		g.line("if ", g.boolean(2), " then return ", strings.Join(g.numbers(g.fn.results, 2), ", "), " end")
	default:
		g.assign()
	}
}
