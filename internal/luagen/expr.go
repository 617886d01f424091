package luagen

import (
	"fmt"
	"strconv"
	"strings"
)

// expr is the text of a number expression and the largest size of its value.
type expr struct {
	text string
	max  float64
	atom bool // needs no parentheses
}

// sep is a space, or sometimes a new line, inside an expression.
func (g *generator) sep() string {
	if g.opts.MultiLine && g.pick(5) == 4 {
		return "\n" + strings.Repeat("  ", g.indent+2)
	}
	return " "
}

// list joins expressions between brackets by commas, sometimes one to a line.
func (g *generator) list(items []string) string {
	if g.opts.MultiLine && len(items) > 0 && g.pick(5) == 4 {
		pad := "\n" + strings.Repeat("  ", g.indent+2)
		return pad + strings.Join(items, ","+pad) + "\n" + strings.Repeat("  ", g.indent+1)
	}
	return strings.Join(items, ", ")
}

// bare joins expressions that no bracket follows.
func (g *generator) bare(items []string) string {
	if g.opts.MultiLine && len(items) > 1 && g.pick(5) == 4 {
		return strings.Join(items, ",\n"+strings.Repeat("  ", g.indent+2))
	}
	return strings.Join(items, ", ")
}

// bounded returns a number expression that fits a variable.
func (g *generator) bounded(depth int) string {
	e := g.number(depth)
	if e.max <= bound {
		return e.text
	}
	return g.reduce(e, 9973).text
}

// reduce takes an expression modulo m. The sum with 0 makes 0 of the -0 that
// some implementations have there.
func (g *generator) reduce(e expr, m int) expr {
	return expr{text: fmt.Sprintf("%s %% %d + 0", e.operand(), m), max: float64(m)}
}

// operand is the expression in parentheses, if it needs them.
func (e expr) operand() string {
	if e.atom {
		return e.text
	}
	return "(" + e.text + ")"
}

func (g *generator) literal() expr {
	n := g.pick(60)
	return expr{strconv.Itoa(n), float64(n), true}
}

// number returns an expression whose value is a whole number.
func (g *generator) number(depth int) expr {
	if depth <= 0 {
		return g.simpleNumber()
	}
	switch g.pick(12) {
	case 0, 1, 2:
		return g.simpleNumber()
	case 3, 4:
		return g.chain(depth)
	case 5:
		return g.reduce(g.number(depth-1), 2+g.pick(97))
	case 6:
		e := g.number(depth - 1)
		return expr{fmt.Sprintf("math.floor(%s / %d)", e.operand(), 2+g.pick(8)), e.max + 1, true}
	case 7:
		a, b := g.number(depth-1), g.number(depth-1)
		name := []string{"math.max", "math.min"}[g.pick(2)]
		return expr{name + "(" + g.list([]string{a.text, b.text}) + ")", max(a.max, b.max), true}
	case 8:
		a, b := g.number(depth-1), g.number(depth-1)
		text := fmt.Sprintf("(%s and%s%s or%s%s)", g.boolean(depth-1), g.sep(), a.operand(), g.sep(), b.operand())
		return expr{text, max(a.max, b.max), true}
	case 9:
		return g.callNumber(depth)
	case 10:
		return g.libraryNumber(depth)
	default:
		return g.featureNumber(depth)
	}
}

func (g *generator) simpleNumber() expr {
	switch g.pick(4) {
	case 1, 2:
		if v := g.any(number, false); v != nil {
			return expr{v.name, bound, true}
		}
	case 3:
		if v := g.any(list, false); v != nil {
			if g.pick(3) == 0 {
				return expr{"#" + v.name, bound, true}
			}
			return expr{g.item(v), bound, true}
		}
	}
	return g.literal()
}

// pure is a sum that calls nothing. What is stored under an index that was
// computed before must not change the list, or holes could come into it.
func (g *generator) pure() string {
	e := g.simpleNumber()
	for range g.pick(3) {
		t := g.simpleNumber()
		e = expr{e.text + g.sep() + "+ " + t.text, e.max + t.max, false}
	}
	if e.max <= bound {
		return e.text
	}
	return g.reduce(e, 9973).text
}

// item is an item of a list that surely exists.
func (g *generator) item(v *variable) string {
	switch g.pick(3) {
	case 1:
		return v.name + "[#" + v.name + "]"
	case 2:
		if n := g.any(number, false); n != nil {
			return fmt.Sprintf("%s[%s %% #%s + 1]", v.name, n.name, v.name)
		}
	}
	return v.name + "[1]"
}

// chain is a sum of several terms.
func (g *generator) chain(depth int) expr {
	first := g.term(depth)
	text, largest := first.text, first.max
	for range 1 + g.pick(3) {
		t := g.term(depth)
		text += g.sep() + []string{"+ ", "- "}[g.pick(2)] + t.text
		largest += t.max
	}
	return expr{text, largest, false}
}

// term is an operand of a sum. Factors are positive constants, so that no
// product is -0.
func (g *generator) term(depth int) expr {
	e := g.number(depth - 2)
	if e.max > 1e5 {
		e = g.reduce(e, 997)
	}
	switch g.pick(4) {
	case 1:
		k := 2 + g.pick(9)
		return expr{e.operand() + " * " + strconv.Itoa(k), e.max * float64(k), false}
	case 2:
		return expr{fmt.Sprintf("-(%s %% 7 + 1)", e.operand()), 8, false}
	}
	return expr{e.operand(), e.max, e.atom}
}

// callNumber calls a function that can be called here, if the steps allow it.
func (g *generator) callNumber(depth int) expr {
	if g.pick(2) == 1 {
		if v := g.any(callable, false); v != nil && g.charge(v.cost) {
			return expr{v.name + "(" + g.bounded(depth-1) + ")", bound, true}
		}
	}
	if f := g.callee(1); f != nil {
		return expr{g.call(f, depth), bound, true}
	}
	return g.literal()
}

// callee chooses a function with so many results, and pays for one call.
func (g *generator) callee(results int) *function {
	var found []*function
	for i := len(g.scopes) - 1; i >= 0 && len(found) < 6; i-- {
		for _, f := range g.scopes[i].funcs {
			if f.results >= results {
				found = append(found, f)
			}
		}
	}
	if len(found) == 0 {
		return nil
	}
	f := found[g.pick(len(found))]
	if !g.charge(f.cost + 1) {
		return nil
	}
	return f
}

// call writes a call with as many arguments as the function needs, or more.
func (g *generator) call(f *function, depth int) string {
	n := f.params
	if f.varargs {
		n += g.pick(4)
	}
	return f.name + "(" + g.list(g.numbers(n, depth-1)) + ")"
}

// numbers returns n expressions that fit a variable.
func (g *generator) numbers(n, depth int) []string {
	items := make([]string, n)
	for i := range items {
		items[i] = g.bounded(depth)
	}
	return items
}

func (g *generator) libraryNumber(depth int) expr {
	if g.opts.Strings {
		switch g.pick(5) {
		case 1:
			return expr{"#" + g.stringOperand(depth-1), bound, true}
		case 2:
			return expr{"(" + g.stringOperand(depth-1) + ":byte() or 0)", 256, true}
		case 3:
			return expr{"(" + g.stringOperand(depth-1) + `:find("[aeo]") or 0)`, bound, true}
		case 4:
			return expr{fmt.Sprintf(`("%d" + %s)`, g.pick(90), g.bounded(depth-1)), 2 * bound, true}
		}
	}
	e := g.number(depth - 1)
	return expr{"math.abs(" + e.text + ")", e.max, true}
}

// featureNumber uses what the options allow.
func (g *generator) featureNumber(depth int) expr {
	switch g.pick(4) {
	case 1:
		if g.opts.Varargs && g.fn.varargs {
			if g.pick(2) == 0 {
				return expr{`select("#", ...)`, 100, true}
			}
			return expr{fmt.Sprintf("((select(%d, ...)) or %d)", 1+g.pick(3), g.pick(9)), bound, true}
		}
	case 2:
		if g.opts.Closures {
			return expr{fmt.Sprintf("(function(x)%sreturn x + %s end)(%s)", g.sep(), g.simpleNumber().text, g.bounded(depth-1)), 3 * bound, true}
		}
	case 3:
		if v := g.any(object, false); v != nil && g.charge(4) {
			switch g.pick(4) {
			case 0:
				return expr{v.name + ".value", 997, true}
			case 1:
				return expr{v.name + ":total(" + g.list(g.numbers(g.pick(3), depth-1)) + ")", bound, true}
			case 2:
				return expr{v.name + "(" + g.bounded(depth-1) + ")", bound, true}
			}
			return expr{v.name + g.chainSep() + ":add(" + g.bounded(depth-1) + ")" + g.chainSep() + ".value", 997, true}
		}
	}
	return g.simpleNumber()
}

// chainSep is what may stand between the parts of a chain of calls.
func (g *generator) chainSep() string {
	if s := g.sep(); s != " " {
		return s
	}
	return ""
}
