package jinja

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/llmspell/llmspell/tools/utility/internal/render"
)

// parser turns tokens into a document.
type parser struct {
	tokens []token
	pos    int
	depth  int
	doc    *document
	loops  int
}

func parse(src string) *document {
	if len(src) > render.MaxTemplate {
		render.Stopf("%w: its source is larger than %d MB", render.ErrLimit, render.MaxTemplate>>20)
	}
	p := &parser{tokens: lex(src), doc: &document{blocks: map[string][]stmt{}}}
	body, word := p.block()
	if word != "" {
		p.fail("{%% %s %%} closes nothing", word)
	}
	p.doc.body = body
	return p.doc
}

func (p *parser) peek() token { return p.tokens[p.pos] }

func (p *parser) next() token {
	t := p.tokens[p.pos]
	if t.kind != end {
		p.pos++
	}
	return t
}

func (p *parser) fail(format string, args ...any) {
	render.Stopf("line %d: %s", p.peek().line, fmt.Sprintf(format, args...))
}

func (p *parser) enter() {
	if p.depth++; p.depth > render.MaxDepth {
		render.Stopf("line %d: %w: it is nested more than %d deep", p.peek().line, render.ErrLimit, render.MaxDepth)
	}
}

func (p *parser) isOp(v string) bool   { t := p.peek(); return t.kind == op && t.val == v }
func (p *parser) isName(v string) bool { t := p.peek(); return t.kind == name && t.val == v }

func (p *parser) acceptOp(v string) bool {
	if p.isOp(v) {
		p.pos++
		return true
	}
	return false
}

func (p *parser) accept(v string) bool {
	if p.isName(v) {
		p.pos++
		return true
	}
	return false
}

func (p *parser) wantOp(v string) {
	if !p.acceptOp(v) {
		p.fail("expected %s, found %s", v, p.peek().show())
	}
}

func (p *parser) want(v string) {
	if !p.accept(v) {
		p.fail("expected %s, found %s", v, p.peek().show())
	}
}

func (p *parser) ident() string {
	t := p.peek()
	if t.kind != name {
		p.fail("expected a name, found %s", t.show())
	}
	p.pos++
	return t.val
}

func (t token) show() string {
	switch t.kind {
	case end:
		return "the end of the template"
	case str:
		return "the string " + strconv.Quote(t.val)
	case text:
		return "text"
	}
	return t.val
}

func (p *parser) close(v string) {
	if t := p.peek(); t.kind != closed || t.val != v {
		p.fail("expected %s, found %s", v, t.show())
	}
	p.pos++
}

// ends are the words that end a block: the parser of the statement before
// checks that the right one does.
var ends = []string{"endif", "elif", "else", "elseif", "endfor", "endset", "endwith", "endmacro", "endcall", "endfilter", "endautoescape", "endblock", "endset_global"}

// block reads statements up to a word that ends a block, which it returns, or
// the end. The word is consumed, the rest of its tag is not.
func (p *parser) block() ([]stmt, string) {
	p.enter()
	defer func() { p.depth-- }()
	var out []stmt
	for {
		t := p.next()
		switch {
		case t.kind == end:
			return out, ""
		case t.kind == text:
			out = append(out, &textStmt{t.val})
		case t.val == "{{":
			out = append(out, &printStmt{p.expression()})
			p.close("}}")
		default:
			word := p.ident()
			if slices.Contains(ends, word) {
				return out, word
			}
			if s := p.statement(word); s != nil {
				out = append(out, s)
			}
		}
	}
}

// body reads a block that word must end, with the rest of the tag.
func (p *parser) body(word string) []stmt {
	line := p.peek().line
	p.close("%}")
	out, got := p.block()
	p.wantEnd(got, line, word)
	if got == "endblock" || got == "endmacro" {
		if p.peek().kind == name {
			p.pos++ // the name once more
		}
	}
	p.close("%}")
	return out
}

func (p *parser) wantEnd(got string, line int, words ...string) {
	switch {
	case slices.Contains(words, got):
	case got == "":
		p.fail("the block that begins on line %d is never closed with {%% %s %%}", line, words[len(words)-1])
	default:
		p.fail("expected {%% %s %%} for the block that begins on line %d, found {%% %s %%}", words[len(words)-1], line, got)
	}
}

func (p *parser) statement(word string) stmt {
	line := p.peek().line
	switch word {
	case "if":
		return p.ifStatement(line)
	case "for":
		return p.forStatement(line)
	case "set", "set_global":
		return p.setStatement(word == "set_global", line)
	case "with":
		w := &withStmt{}
		for p.peek().kind == name {
			w.names = append(w.names, p.ident())
			p.wantOp("=")
			w.values = append(w.values, p.expression())
			if !p.acceptOp(",") {
				break
			}
		}
		w.body = p.body("endwith")
		return w
	case "macro":
		m := p.signature(p.ident())
		m.body = p.function("endmacro")
		if p.depth == 1 {
			p.doc.macros = append(p.doc.macros, m)
		}
		return &macroStmt{m}
	case "call":
		m := &macro{name: "caller"}
		if p.isOp("(") {
			m = p.signature("caller")
		}
		c, ok := p.expression().(*callExpr)
		if !ok {
			p.fail("{%% call %%} needs the call of a macro")
		}
		m.body = p.function("endcall")
		return &callStmt{c, m, line}
	case "filter":
		f := &filterStmt{filters: p.filters(nil, true)}
		f.body = p.body("endfilter")
		return f
	case "do":
		d := &doStmt{p.expression()}
		p.close("%}")
		return d
	case "break", "continue":
		if p.loops == 0 {
			p.fail("{%% %s %%} stands outside of a loop", word)
		}
		p.close("%}")
		if word == "break" {
			return &signalStmt{brk}
		}
		return &signalStmt{cont}
	case "autoescape":
		e := &escapeStmt{on: p.expression()}
		e.body = p.body("endautoescape")
		return e
	}
	return p.composition(word, line)
}

// function reads a body that loops outside of it do not reach.
func (p *parser) function(word string) []stmt {
	loops := p.loops
	p.loops = 0
	defer func() { p.loops = loops }()
	return p.body(word)
}

func (p *parser) ifStatement(line int) stmt {
	s := &ifStmt{conds: []expr{p.expression()}}
	p.close("%}")
	for {
		body, word := p.block()
		s.bodies = append(s.bodies, body)
		if len(s.bodies) > len(s.conds) { // this was the else
			p.wantEnd(word, line, "endif")
		}
		p.wantEnd(word, line, "elif", "elseif", "else", "endif")
		switch word {
		case "elif", "elseif":
			s.conds = append(s.conds, p.expression())
		case "else":
			if p.accept("if") {
				s.conds = append(s.conds, p.expression())
			}
		case "endif":
			p.close("%}")
			return s
		}
		p.close("%}")
	}
}

func (p *parser) forStatement(line int) stmt {
	s := &forStmt{names: []string{p.ident()}, line: line}
	for p.acceptOp(",") {
		s.names = append(s.names, p.ident())
	}
	p.want("in")
	s.in = p.or() // the condition after it is no inline if
	if p.accept("if") {
		s.cond = p.expression()
	}
	s.recursive = p.accept("recursive")
	p.close("%}")
	p.loops++
	body, word := p.block()
	p.loops--
	s.body = body
	p.wantEnd(word, line, "else", "endfor")
	if word == "else" {
		p.close("%}")
		s.empty, word = p.block()
		p.wantEnd(word, line, "endfor")
	}
	p.close("%}")
	return s
}

func (p *parser) setStatement(global bool, line int) stmt {
	s := &setStmt{global: global, line: line}
	for {
		t := target{name: p.ident()}
		if p.acceptOp(".") {
			t.attr = p.ident()
		}
		s.targets = append(s.targets, t)
		if !p.acceptOp(",") {
			break
		}
	}
	if p.acceptOp("=") {
		s.value = p.tuple()
		p.close("%}")
		return s
	}
	if len(s.targets) > 1 {
		p.fail("a set block sets one name")
	}
	if p.isOp("|") {
		s.filters = p.filters(nil, false)
	}
	word := "endset"
	if global {
		word = "endset_global"
	}
	s.body = p.body(word)
	return s
}

// signature reads the parameters of a macro.
func (p *parser) signature(called string) *macro {
	m := &macro{name: called}
	p.wantOp("(")
	for !p.acceptOp(")") {
		m.params = append(m.params, p.ident())
		var d expr
		if p.acceptOp("=") {
			d = p.expression()
		}
		m.defaults = append(m.defaults, d)
		if !p.isOp(")") {
			p.wantOp(",")
		}
	}
	return m
}

// composition reads the statements that name other templates.
func (p *parser) composition(word string, line int) stmt {
	switch word {
	case "extends":
		if p.doc.extends != nil || p.depth > 1 {
			p.fail("{%% extends %%} must stand once, outside of all blocks")
		}
		p.doc.extends, p.doc.line = p.expression(), line
		p.close("%}")
		return nil
	case "block":
		called := p.ident()
		if _, ok := p.doc.blocks[called]; ok {
			p.fail("the block %q is defined twice", called)
		}
		p.doc.blocks[called] = nil // a block inside must not take its name
		p.doc.blocks[called] = p.function("endblock")
		return &blockStmt{called}
	case "include":
		s := &includeStmt{name: p.expression(), line: line}
		if p.accept("ignore") {
			p.want("missing")
			s.missing = true
		}
		if p.accept("without") {
			p.want("context")
			s.without = true
		} else if p.accept("with") {
			p.want("context")
		}
		p.close("%}")
		return s
	case "import":
		s := &importStmt{name: p.expression(), line: line}
		p.want("as")
		s.as = p.ident()
		p.close("%}")
		return s
	case "from":
		s := &importStmt{name: p.expression(), line: line}
		p.want("import")
		for {
			n := p.ident()
			as := n
			if p.accept("as") {
				as = p.ident()
			}
			s.names = append(s.names, [2]string{n, as})
			if !p.acceptOp(",") {
				break
			}
		}
		p.close("%}")
		return s
	}
	p.pos--
	p.fail("there is no statement {%% %s %%}", word)
	return nil
}
