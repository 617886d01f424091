package flow

import (
	"github.com/llmspell/llmspell/runtime/syntax"
)

// libraries are the functions of Lua's libraries that are known, by their tables.
var libraries = map[string]string{
	"string":    "byte char dump find format gmatch gsub len lower match rep reverse sub upper",
	"table":     "insert remove concat sort unpack getn maxn foreach foreachi move",
	"math":      "abs acos asin atan atan2 ceil cos cosh deg exp floor fmod frexp ldexp log log10 max min modf pow rad random randomseed sin sinh sqrt tan tanh tointeger type ult huge pi maxinteger mininteger",
	"os":        "clock difftime getenv remove rename tmpname setlocale execute",
	"coroutine": "create wrap resume yield status running isyieldable close",
	"io":        "write read lines",
	"utf8":      "char codepoint len offset codes",
	"bit32":     "arshift band bnot bor btest bxor extract replace lrotate lshift rrotate rshift",
}

// effect is what a function does with call number i.
type effect func(s *solver, i int, c call)

// builtins are what functions of Lua do with tables. nil stands for none of the kind:
// what they give is no table.
var builtins = map[string]effect{
	"type": nothing, "tostring": nothing, "tonumber": nothing, "print": nothing, "rawequal": nothing, "rawlen": nothing,
	"collectgarbage": nothing,
	"pairs":          iterator("next"), "ipairs": iterator("(inext)"),
	"next": nextEffect, "(inext)": inextEffect,
	"setmetatable": setmetatable, "getmetatable": getmetatable, "rawget": rawget, "rawset": rawset,
	"pcall": protected(1), "xpcall": protected(2), "error": raise, "assert": assert, "select": selectEffect, "unpack": unpack,
	"require": load("require"), "dofile": load("dofile"), "loadfile": load("loadfile"),
	"table.insert": insert, "table.remove": remove, "table.sort": sortEffect, "table.unpack": unpack,
	"table.foreach": foreach, "table.foreachi": foreachi, "table.move": move,
	"string.gsub": gsub, "string.gmatch": iterates, "io.lines": iterates, "utf8.codes": iterates, "(iterate)": nothing,
	"coroutine.create": thread, "coroutine.wrap": thread, "coroutine.resume": protected(1), "coroutine.yield": yield,
}

// builtin does what a library function does, of that number.
func (s *solver) builtin(i int, number int) {
	if effect := effects[number]; effect != nil {
		effect(s, i, s.calls[i])
	}
	if c := &s.calls[i]; givesText[number] && len(c.results.list) > 0 && c.results.list[0] != 0 {
		s.nodes[s.find(c.results.list[0])].flags |= text
	}
}

func nothing(*solver, int, call) {}

func (c *call) arg(i int) id {
	if i < len(c.args.list) {
		return c.args.list[i]
	}
	return c.args.rest
}

func (c *call) result(i int) id {
	if i < len(c.results.list) {
		return c.results.list[i]
	}
	return c.results.rest
}

// first is the first value of a row, 0 if there is none.
func (t *tuple) first() id {
	if len(t.list) > 0 {
		return t.list[0]
	}
	return t.rest
}

// written is argument number i as it is written, None where that is not to be seen.
func (s *solver) argument(c *call, i int) syntax.Node {
	t := s.program.Files[c.file].Tree
	if t.Kind(c.node) != syntax.Call || c.depth > 0 {
		return syntax.None
	}
	n := t.Child(t.Child(c.node, 1), i)
	for t.Kind(n) == syntax.Paren {
		n = t.First(n)
	}
	return n
}

func (s *solver) reasonAt(c *call, text string) *Reason {
	f := &s.program.Files[c.file]
	return &Reason{URI: f.URI, Offset: f.Tree.Start(c.node), Text: text}
}

// iterator gives a function that steps, and the table.
func iterator(step string) effect {
	return func(s *solver, i int, c call) {
		s.shapeOf(c.result(0)).builtins.add(step)
		s.unify(c.result(1), c.arg(0))
	}
}

// iterates gives a function whose results are no tables.
func iterates(s *solver, i int, c call) { s.shapeOf(c.result(0)).builtins.add("(iterate)") }

func nextEffect(s *solver, i int, c call) {
	s.unify(c.result(0), s.keys(c.arg(0)))
	s.unify(c.result(1), s.elem(c.arg(0)))
	if s.asksOnly(&c) {
		return
	}
	s.markDynamic(c.arg(0), s.reasonAt(&c, s.nameOfLoop(&c)+" goes over the keys of its table"))
}

// asksOnly tells whether a call of next tells only whether a table is empty.
func (s *solver) asksOnly(c *call) bool {
	t := s.program.Files[c.file].Tree
	if t.Kind(c.node) != syntax.Call {
		return false
	}
	switch parent := t.Parent(c.node); t.Kind(parent) {
	case syntax.Binary:
		op := t.TokenKind(t.Token(parent))
		return op == syntax.Equal || op == syntax.NotEqual
	case syntax.Unary:
		return t.TokenKind(t.Token(parent)) == syntax.Not
	case syntax.IfClause, syntax.ElseIfClause, syntax.WhileStat:
		return true
	}
	return false
}

func (s *solver) nameOfLoop(c *call) string {
	t := s.program.Files[c.file].Tree
	n := c.node
	if t.Kind(n) == syntax.Call {
		n = t.First(n)
	} else if first := t.First(n); t.Kind(first) == syntax.Call {
		n = t.First(first)
	} else {
		n = first
	}
	return short(t.Source(n))
}

func inextEffect(s *solver, i int, c call) { s.unify(c.result(1), s.elem(c.arg(0))) }

func setmetatable(s *solver, i int, c call) {
	of, meta := c.arg(0), c.arg(1)
	s.unify(c.result(0), of)
	if of == 0 || meta == 0 {
		return
	}
	s.unify(s.meta(of), meta)
	s.metas = append(s.metas, metatable{of, meta, s.reasonAt(&c, "a function of the metatable looks up the fields of its table")})
}

func getmetatable(s *solver, i int, c call) { s.unify(c.result(0), s.meta(c.arg(0))) }

func rawget(s *solver, i int, c call) { s.raw(&c, c.result(0), false) }

func rawset(s *solver, i int, c call) {
	s.unify(c.result(0), c.arg(0))
	s.raw(&c, c.arg(2), true)
}

// raw unifies a value with the field that argument 1 names.
func (s *solver) raw(c *call, value id, write bool) {
	of := c.arg(0)
	if of == 0 {
		return
	}
	key := s.argument(c, 1)
	t := s.program.Files[c.file].Tree
	if name, ok := t.String(key); ok {
		f := s.field(of, name)
		if write {
			s.give(of, name)
			if s.find(of) == s.find(s.globals) {
				s.written[s.scoped(c.file, name)] = true
			}
		}
		q, _ := t.Quote(key)
		s.place(of, c.file, name, q.Start, q.End)
		s.unify(f, value)
		return
	}
	if t.Kind(key) != syntax.Number {
		if write {
			s.markStores(of)
			s.unify(s.keys(of), c.arg(1))
		}
		s.markDynamic(of, s.reasonAt(c, "the fields of its table are looked up by a key that is computed"))
	}
	s.unify(s.elem(of), value)
}

// protected are pcall and the like: the arguments before number skip are the function
// and, of xpcall, the handler.
func protected(skip int) effect {
	return func(s *solver, i int, c call) {
		var results tuple
		if len(c.results.list) > 1 {
			results.list = c.results.list[1:]
			s.caught = append(s.caught, c.results.list[1])
		}
		results.rest = c.results.rest
		f := c.arg(0)
		if skip == 2 {
			s.inner(i, c.arg(1), tuple{list: []id{s.thrown}}, tuple{})
			s.unify(s.result(c.arg(1), 0), c.result(1))
		}
		args := tuple{rest: c.args.rest}
		if len(c.args.list) > skip {
			args.list = c.args.list[skip:]
		}
		s.inner(i, f, args, results)
	}
}

func raise(s *solver, i int, c call) { s.unify(s.thrown, c.arg(0)) }

func assert(s *solver, i int, c call) {
	for k := range c.results.list {
		s.unify(c.results.list[k], c.arg(k))
	}
	s.unify(c.results.rest, c.args.rest)
	for k := len(c.results.list); k < len(c.args.list); k++ {
		s.unify(c.results.rest, c.args.list[k])
	}
	s.unify(s.thrown, c.arg(1))
}

// selectEffect tells the arguments apart by nothing: their number is computed.
func selectEffect(s *solver, i int, c call) {
	t := s.program.Files[c.file].Tree
	if name, ok := t.String(s.argument(&c, 0)); ok && name == "#" {
		return
	}
	all := s.fresh()
	for k := 1; k < len(c.args.list); k++ {
		s.unify(all, c.args.list[k])
	}
	s.unify(all, c.args.rest)
	s.all(&c, all)
}

// all makes all results one value.
func (s *solver) all(c *call, value id) {
	for _, r := range c.results.list {
		s.unify(r, value)
	}
	s.unify(c.results.rest, value)
}

func unpack(s *solver, i int, c call) { s.all(&c, s.elem(c.arg(0))) }

func insert(s *solver, i int, c call) {
	for k := 1; k < len(c.args.list); k++ {
		if k == 2 || len(c.args.list) == 2 || c.args.rest != 0 {
			s.unify(s.elem(c.arg(0)), c.args.list[k])
		}
	}
	s.unify(s.elem(c.arg(0)), c.args.rest)
}

func remove(s *solver, i int, c call) { s.unify(c.result(0), s.elem(c.arg(0))) }

func sortEffect(s *solver, i int, c call) {
	if e := s.elem(c.arg(0)); len(c.args.list) > 1 {
		s.inner(i, c.arg(1), tuple{list: []id{e, e}}, tuple{})
	}
}

func foreach(s *solver, i int, c call) {
	s.markDynamic(c.arg(0), s.reasonAt(&c, "table.foreach goes over the keys of its table"))
	s.inner(i, c.arg(1), tuple{list: []id{s.keys(c.arg(0)), s.elem(c.arg(0))}}, tuple{list: []id{c.result(0)}})
}

func foreachi(s *solver, i int, c call) {
	s.inner(i, c.arg(1), tuple{list: []id{0, s.elem(c.arg(0))}}, tuple{list: []id{c.result(0)}})
}

func move(s *solver, i int, c call) {
	s.unify(s.elem(c.arg(0)), s.elem(c.arg(4)))
	s.unify(c.result(0), c.arg(4))
	s.unify(c.result(0), c.arg(0))
}

func gsub(s *solver, i int, c call) {
	with := c.arg(2)
	if with == 0 {
		return
	}
	s.replace = append(s.replace, replacement{with, s.reasonAt(&c, "string.gsub looks up the fields of its table")})
	s.inner(i, with, tuple{}, tuple{})
}

func thread(s *solver, i int, c call) {
	s.unify(c.result(0), c.arg(0))
	if c.arg(0) != 0 {
		s.threads = append(s.threads, c.arg(0))
	}
}

func yield(s *solver, i int, c call) {
	s.yields = true
	for _, a := range c.args.list {
		s.unify(s.passed, a)
	}
	s.unify(s.passed, c.args.rest)
	s.all(&c, s.passed)
}
