package luagen

import (
	"fmt"
	"strings"
)

// within writes the body of a function and returns what it costs to call it.
// Declared variables are those that params names.
func (g *generator) within(f *function, params []string, inCo bool, body func()) int {
	f.outer, f.cost = g.fn, 2
	saved, loops, weight, co := g.fn, g.loops, g.weight, g.inCo
	g.fn, g.loops, g.weight, g.inCo = f, 0, 1, inCo
	g.indent++
	g.push()
	for _, p := range params {
		g.declare(p, number)
	}
	body()
	g.pop()
	g.indent--
	g.fn, g.loops, g.weight, g.inCo = saved, loops, weight, co
	return f.cost
}

// functionDecl declares a local function, in one of the ways to write one.
func (g *generator) functionDecl() {
	f := &function{name: g.unique("f"), params: g.pick(4), results: 1 + g.pick(3)}
	f.varargs = g.opts.Varargs && g.pick(3) == 2
	params := make([]string, f.params)
	for i := range params {
		params[i] = g.unique("p")
	}
	list := params
	if f.varargs {
		list = append(list[:len(list):len(list)], "...")
	}
	if g.pick(4) == 3 {
		// Called by its field: g.x(…).
		table := g.unique("m")
		g.line("local ", table, " = {}")
		f.name = table + "." + "run"
		g.line("function ", f.name, "(", strings.Join(list, ", "), ")")
	} else {
		g.line("local function ", f.name, "(", strings.Join(list, ", "), ")")
	}
	g.within(f, params, false, func() {
		g.body(1 + g.pick(5))
		g.finish(f)
	})
	g.line("end")
	s := g.scopes[len(g.scopes)-1]
	s.funcs = append(s.funcs, f)
	g.fn.locals++
}

// finish returns from a function: with values, with all of another call's
// results, by a tail call, or by a bounded call of itself.
func (g *generator) finish(f *function) {
	switch g.pick(4) {
	case 1:
		if callee := g.callee(f.results); callee != nil {
			g.line("return ", g.call(callee, 2))
			return
		}
	case 2:
		if callee := g.callee(max(1, f.results-1)); callee != nil {
			g.line("return ", g.bare([]string{g.bounded(2), g.call(callee, 2)}))
			return
		}
	case 3:
		if f.params > 0 && !strings.Contains(f.name, ".") && g.charge(f.cost*4) {
			p := g.unique("again")
			results := []string{"sum % 997 + 0"}
			for len(results) < f.results {
				results = append(results, g.literal().text)
			}
			g.line("local ", p, " = (", g.bounded(1), ") % 4 + 0")
			g.line("local function ", p, "_loop(n, sum)")
			g.line("  if n <= 0 then return ", strings.Join(results, ", "), " end")
			g.line("  return ", p, "_loop(n - 1, sum + n)")
			g.line("end")
			g.line("return ", p, "_loop(", p, ", ", g.bounded(1), ")")
			return
		}
	}
	g.line("return ", g.bare(g.numbers(f.results, 2)))
}

// closures writes functions that share a variable, or one for each turn of a
// loop, and calls them after the block that made them has ended.
func (g *generator) closures() {
	if !g.charge(20) {
		return
	}
	switch g.pick(3) {
	case 0:
		up, get := g.unique("up"), g.unique("get")
		g.line("local ", up, ", ", get)
		g.block("do", "end", func() {
			shared := g.fresh("n")
			g.line("local ", shared, " = ", g.bounded(2))
			g.line(up, " = function(x) ", shared, " = (", shared, " + x) % 997 + 0 return ", shared, " end")
			g.line(get, " = function() return ", shared, " end")
			g.declare(shared, number)
			g.body(1 + g.pick(3))
		})
		g.line("print(", up, "(", g.bounded(1), "), ", get, "(), ", up, "(1), ", get, "())")
		g.declare(up, callable).cost = 3
	case 1:
		all := g.unique("all")
		g.line("local ", all, " = {}")
		g.loop(3, "for i = 1, 3 do", "end", func() {
			v := g.fresh("n")
			g.line("local ", v, " = i * ", g.literal().text)
			g.declare(v, number)
			g.line(all, "[i] = function(x) ", v, " = (", v, " + x + i) % 997 + 0 return ", v, " end")
		})
		// A break may have left the list short.
		g.line("for i, f in ipairs(", all, ") do print(i, f(1), f(", g.bounded(1), ")) end")
	default:
		count := g.unique("count")
		g.line("local function ", count, "(from)")
		g.line("  local n = from % 50 + 0")
		g.line("  return function() n = n + 1 return n end, function(x) n = x return n end")
		g.line("end")
		a, b := g.unique("next"), g.unique("set")
		g.line("local ", a, ", ", b, " = ", count, "(", g.bounded(2), ")")
		g.line("print(", a, "(), ", b, "(", g.bounded(1), "), ", a, "(), (", count, "(3))())")
		g.declare(b, callable).cost = 2
	}
}

// protected writes a pcall or xpcall around a function that may fail.
func (g *generator) protected() {
	ok, result := g.unique("ok"), g.unique("result")
	f := &function{results: 1}
	p := g.unique("p")
	handler := g.pick(4) == 3
	head := "local " + ok + ", " + result + " = pcall(function(" + p + ")"
	if handler {
		head = "local " + ok + ", " + result + " = xpcall(function()"
	}
	g.line(head)
	var params []string
	if !handler {
		params = []string{p}
	}
	argument := ""
	cost := g.within(f, params, false, func() {
		g.body(1 + g.pick(4))
		if g.pick(4) > 0 {
			g.line("if ", g.boolean(2), " then ", g.failure(), " end")
			g.body(g.pick(3))
		}
		g.finish(f)
	})
	if handler {
		argument = `function(m) return "handled " .. brief(m) end`
	} else {
		argument = g.bounded(2)
	}
	g.line("end, ", argument, ")")
	if !g.charge(cost) {
		// It has been written; what it costs is bounded by one function's share.
		g.fn.cost += cost
	}
	g.line("print(", ok, ", ", ok, " and ", result, " or brief(", result, "))")
}

// failure raises an error of some kind.
func (g *generator) failure() string {
	switch g.pick(6) {
	case 1:
		return fmt.Sprintf("error({ code = %s })", g.bounded(1))
	case 2:
		return fmt.Sprintf("error(%s, 0)", g.stringOperand(1))
	case 3:
		return "error(" + g.stringOperand(1) + " .. \"!\", 2)"
	case 4:
		return "local nothing; nothing = pcall(error, 1, 0) and 1 error(\"after an inner error\")"
	case 5:
		return fmt.Sprintf("assert(%s, \"asserted %d\")", "false", g.pick(90))
	}
	return "error(\"plain\")"
}

// yield gives a value out of a coroutine, and may take one in.
func (g *generator) yield() {
	switch g.pick(3) {
	case 0:
		g.line("coroutine.yield(", g.bounded(2), ")")
	case 1:
		if v := g.any(number, true); v != nil {
			g.line(v.name, " = ((coroutine.yield(", g.bounded(1), ") or ", g.literal().text, ") + ", v.name, ") % 997 + 0")
			return
		}
		g.line("coroutine.yield(0)")
	case 2:
		if g.crowded() {
			g.line("coroutine.yield(1)")
			return
		}
		a := g.fresh("n")
		g.line("local ", a, " = coroutine.yield(", g.list(g.numbers(1+g.pick(3), 2)), ") or ", g.literal().text)
		g.declare(a, number)
	}
}

// coroutine writes a coroutine and what drives it.
func (g *generator) coroutine() {
	f := &function{}
	co := g.unique("co")
	form := g.pick(3)
	maker := "coroutine.wrap"
	if form == 0 {
		maker = "coroutine.create"
	}
	param := g.unique("p")
	g.line("local ", co, " = ", maker, "(function(", param, ")")
	cost := g.within(f, nil, true, func() {
		g.line(param, " = ", param, " or 0")
		g.declare(param, number)
		g.body(1 + g.pick(3))
		g.yield()
		g.body(g.pick(4))
		if form == 2 {
			g.line("while true do coroutine.yield(", g.bounded(2), ") end")
		} else if form == 0 {
			g.line("return ", g.bounded(2))
		}
	})
	g.line("end)")
	g.fn.cost += max(g.weight, 1) * cost * 2
	switch form {
	case 0:
		i := g.unique("turn")
		g.line("local ", i, " = 0")
		g.line("while coroutine.status(", co, ") ~= \"dead\" do")
		g.line("  ", i, " = ", i, " + 1")
		g.line("  print(\"", co, "\", coroutine.resume(", co, ", ", i, "))")
		g.line("end")
	case 1:
		g.line("for a, b in ", co, " do print(\"", co, "\", a, b) end")
	case 2:
		g.line("print(\"", co, "\", (", co, "(1)), (", co, "(2)), (", co, "()))")
	}
}
