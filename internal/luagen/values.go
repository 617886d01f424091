package luagen

import (
	"fmt"
	"strconv"
)

// boolean returns an expression that is true or false.
func (g *generator) boolean(depth int) string {
	switch g.pick(8) {
	case 1:
		if v := g.any(boolean, false); v != nil {
			return v.name
		}
	case 2:
		if depth > 0 {
			return "not " + g.boolOperand(depth-1)
		}
	case 3, 4:
		if depth > 0 {
			word := []string{"and", "or"}[g.pick(2)]
			return "(" + g.boolOperand(depth-1) + g.sep() + word + " " + g.boolOperand(depth-1) + ")"
		}
	case 5:
		if g.opts.Strings {
			op := []string{"==", "~=", "<", "<=", ">", ">="}[g.pick(6)]
			return "(" + g.stringOperand(depth-1) + " " + op + g.sep() + g.stringOperand(depth-1) + ")"
		}
	case 6:
		a, b := g.any(object, false), g.any(object, false)
		if a != nil && b != nil && g.charge(4) {
			op := []string{"==", "~=", "<", "<=", ">", ">="}[g.pick(6)]
			return "(" + a.name + " " + op + " " + b.name + ")"
		}
	}
	op := []string{"<", "<=", ">", ">=", "==", "~="}[g.pick(6)]
	return "(" + g.number(depth-1).text + " " + op + g.sep() + g.number(depth-1).text + ")"
}

// boolOperand is a boolean that and, or and not can be applied to.
func (g *generator) boolOperand(depth int) string {
	if g.pick(4) == 3 {
		return []string{"true", "false"}[g.pick(2)]
	}
	return g.boolean(depth)
}

var literals = [...]string{
	`"a"`, `"hello"`, `"one two"`, `'it is "so"'`, `""`, `"tab\tnl\n"`, `"\65\066c"`, `[[long]]`,
	"[==[a ]] b]==]", `"9"`, `"zebra"`, `"x" --[[ inside ]]`, "[[\nfirst\nsecond]]",
}

// stringOperand is a string that can be indexed and compared.
func (g *generator) stringOperand(depth int) string {
	return "(" + g.str(depth) + ")"
}

// str returns an expression whose value is a string.
func (g *generator) str(depth int) string {
	n := 3
	if g.opts.Strings && depth > 0 {
		n = 12
	}
	switch g.pick(n) {
	case 1:
		if v := g.any(text, false); v != nil {
			return v.name
		}
	case 2:
		if depth > 0 {
			return g.stringOperand(depth-1) + " .." + g.sep() + g.number(depth-1).operand()
		}
	case 3:
		return "tostring(" + g.number(depth-1).text + ")"
	case 4:
		return g.stringOperand(depth-1) + ":" + []string{"upper", "lower", "reverse"}[g.pick(3)] + "()"
	case 5:
		return fmt.Sprintf("%s:sub(%d, %d)", g.stringOperand(depth-1), g.pick(5)-2, g.pick(9)-2)
	case 6:
		return g.stringOperand(depth-1) + ":rep(" + strconv.Itoa(g.pick(4)) + ")"
	case 7:
		format := []string{`"%d"`, `"<%5d>"`, `"%-4d|"`, `"%03d"`, `"%s!"`}[g.pick(5)]
		return "string.format(" + g.list([]string{format, g.bounded(depth - 1)}) + ")"
	case 8:
		replacement := []string{`"%0%0"`, `""`, `{ a = "A", e = 1 }`, `function(c) return c:upper() end`, `string.byte`}[g.pick(5)]
		return "(" + g.stringOperand(depth-1) + `:gsub("[aeiou]", ` + replacement + "))"
	case 9:
		if v := g.any(list, false); v != nil {
			return "table.concat(" + v.name + `, ",", 1, math.min(#` + v.name + ", 5))"
		}
	case 10:
		return "(" + g.boolean(depth-1) + " and" + g.sep() + g.stringOperand(depth-1) + " or " + g.stringOperand(depth-1) + ")"
	case 11:
		if v := g.any(object, false); v != nil && g.charge(4) {
			return v.name + " .. " + g.stringOperand(depth-1)
		}
	}
	return literals[g.pick(len(literals))]
}

// table returns a constructor of a list with at least one item.
func (g *generator) table(depth int) string {
	items := g.numbers(1+g.pick(5), depth-1)
	switch g.pick(6) {
	case 1:
		if g.opts.Varargs && g.fn.varargs {
			items = append(items, "...")
		}
	case 2:
		if v := g.any(list, false); v != nil {
			items = append(items, "unpack("+v.name+", 1, math.min(#"+v.name+", 9))")
		}
	case 3:
		if f := g.callee(1); f != nil {
			items = append(items, g.call(f, depth))
		}
	case 4:
		items = append(items, "key = "+g.bounded(depth-1), `["a key"] = `+g.boolean(depth-1))
	}
	return "{ " + g.list(items) + " }"
}

// closure returns a function of one number, and the steps of a call.
func (g *generator) closure() (string, int) {
	// The body charges to a function of its own.
	saved, weight, inCo := g.fn, g.weight, g.inCo
	g.fn, g.weight, g.inCo = &function{outer: saved, cost: 2}, 1, false
	g.push()
	g.declare("x", number)
	body := ""
	if v := g.any(number, true); g.opts.Closures && v != nil && v.name != "x" && g.pick(3) > 0 {
		body = fmt.Sprintf("%s = %s%s", v.name, g.reduce(expr{v.name + " + x", 2 * bound, false}, 997).text, g.sep())
	}
	body += "return " + g.bounded(2)
	g.pop()
	cost := g.fn.cost
	g.fn, g.weight, g.inCo = saved, weight, inCo
	return "function(x)" + g.sep() + body + " end", cost
}

// object returns an expression that makes an object.
func (g *generator) object(depth int) string {
	if g.pick(3) > 0 {
		a, b := g.any(object, false), g.any(object, false)
		if a != nil && g.charge(5) {
			switch g.pick(4) {
			case 0:
				return a.name + " + " + b.name
			case 1:
				return "-" + a.name
			case 2:
				return a.name + " + (" + g.bounded(depth-1) + ")"
			case 3:
				return a.name + ":add(" + g.bounded(depth-1) + "):copy()"
			}
		}
	}
	return []string{"Box", "Tall"}[g.pick(2)] + ".new(" + g.bounded(depth-1) + ")"
}
