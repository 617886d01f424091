package refactor

import (
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/runtime/syntax"
)

const titleFunction = "Extract to local function"

// region is code that becomes a function: an expression, or statements of one block.
type region struct {
	*place
	expression  syntax.Node // None: statements
	first, last syntax.Node
	start, end  int
	function    syntax.Node // that it stands in
	top         syntax.Node // the statement of the file before which the new function stands
	params      []scope.Var // variables that it is given
	declared    []scope.Var // variables that it declares and that are used behind it
	assigned    []scope.Var // variables of the function around that it assigns
	vararg      bool
	returns     bool // it returns from the function around
}

// extractFunction offers to make a function of what is selected.
func (p *place) extractFunction() {
	if p.start == p.end {
		return
	}
	r := &region{place: p}
	if n := p.selected(); n != syntax.None && p.isValue(n) {
		if k := p.Kind(n); k < syntax.Call {
			return // a name or a constant: nobody wants a function of it
		}
		r.expression, r.first, r.last = n, n, n
	} else if !r.statements() {
		return
	}
	r.start, r.end = p.Start(r.first), p.End(r.last)
	r.function = p.function(r.first)
	r.top = r.first
	for p.Parent(p.Parent(r.top)) != p.Root() {
		r.top = p.Parent(r.top)
	}
	reason := r.check()
	if reason != "" {
		p.refuse(ExtractFunction, titleFunction, reason)
		return
	}
	p.offer(ExtractFunction, titleFunction, r.change())
}

// statements finds the statements that are selected: all that the selection touches must
// be in it.
func (r *region) statements() bool {
	i := r.firstToken(r.place.start)
	if i >= len(r.Tokens()) || int(r.Tokens()[i].Start) >= r.place.end {
		return false
	}
	for r.TokenKind(i) == syntax.Comment && int(r.Tokens()[i].End) < r.place.end {
		i++
	}
	at := int(r.Tokens()[i].Start)
	for n := r.statement(r.NodeAt(at)); n != syntax.None; n = r.statement(r.Parent(n)) {
		if r.Start(n) != at {
			continue
		}
		for last := n; last != syntax.None && r.End(last) <= r.place.end; last = r.Next(last) {
			next := r.Next(last)
			if next == syntax.None || r.Start(next) >= r.place.end {
				// Comments and semicolons may follow.
				for j := r.firstToken(r.End(last)); j < len(r.Tokens()) && int(r.Tokens()[j].Start) < r.place.end; j++ {
					if k := r.TokenKind(j); k != syntax.Comment && k != syntax.Semicolon {
						return false
					}
				}
				r.first, r.last = n, last
				return true
			}
		}
	}
	return false
}

// within tells whether a node is in the region.
func (r *region) within(n syntax.Node) bool { return n >= r.first && n < r.after(r.last) }

// change makes the function and the call.
func (r *region) change() *change {
	name := r.free("extracted")
	c := &change{fresh: []string{name}, means: map[string]scope.Var{}, rebound: map[scope.Var]bool{}}
	var params, given []string
	for _, v := range r.params {
		x := r.vars.Vars[v].Name
		if r.vars.Vars[v].Kind == scope.Self {
			x = "self"
		}
		params, given = append(params, x), append(given, x)
		c.means[x], c.rebound[v] = v, true
		c.fresh = append(c.fresh, x)
	}
	if r.vararg {
		params, given = append(params, "..."), append(given, "...")
	}
	var results, news []string
	for _, v := range r.declared {
		x := r.vars.Vars[v].Name
		results, news = append(results, x), append(news, x)
		c.rebound[v] = true
		c.fresh = append(c.fresh, x)
		c.means[x] = v
	}
	for _, v := range r.assigned {
		results = append(results, r.vars.Vars[v].Name)
	}
	eol, unit := r.eol(), r.unit()
	base := r.indentation(r.Start(r.top))
	call := name + "(" + strings.Join(given, ", ") + ")"
	head := words("local function " + name + "(" + strings.Join(params, ", ") + ")" + eol)
	var body code
	switch {
	case r.expression != syntax.None:
		body = join(words(base+unit+"return "), r.copy(r.expression), words(eol))
		r.replaceBy(c, r.expression, words(call))
	default:
		body = join(words(base+unit), r.indented(r.start, r.bodyEnd(), base+unit), words(eol))
		if len(results) > 0 {
			body = join(body, words(base+unit+"return "+strings.Join(results, ", ")+eol))
		}
		switch {
		case r.returns:
			call = "return " + call
		case len(news) == len(results) && len(results) > 0:
			call = "local " + strings.Join(results, ", ") + " = " + call
		case len(news) == 0 && len(results) > 0:
			call = strings.Join(results, ", ") + " = " + call
		case len(results) > 0:
			call = "local " + strings.Join(news, ", ") + eol + r.indentation(r.start) + strings.Join(results, ", ") + " = " + call
		}
		c.replace(r.start, r.bodyEnd(), words(call))
	}
	r.insertBefore(c, r.top, head, body, words(base+"end"+eol))
	return c
}

// bodyEnd is where the region ends, with the semicolon of its last statement and a comment
// in its line that is selected.
func (r *region) bodyEnd() int {
	end := r.end
	for i := r.firstToken(end); i < len(r.Tokens()); i++ {
		tok := r.Tokens()[i]
		if int(tok.End) > r.place.end || tok.Kind != syntax.Semicolon && tok.Kind != syntax.Comment {
			break
		}
		end = int(tok.End)
	}
	return max(end, r.end)
}

// indented copies the bytes from to to with the indentation of their lines changed so that the
// first has the one given. What is in strings and comments of several lines stays.
func (p *place) indented(from, to int, indent string) (out code) {
	old := p.indentation(from)
	at := from
	previous := from // where the token before begins: of a long line each byte is looked at once
	for i := p.firstToken(from); i < len(p.Tokens()) && int(p.Tokens()[i].Start) < to && !p.ended(i); i++ {
		start := int(p.Tokens()[i].Start)
		gap := previous
		previous = start
		line := strings.LastIndexAny(p.text[gap:start], "\r\n") + 1
		if line == 0 || strings.Trim(p.text[gap+line:start], " \t") != "" {
			continue // it is not the first in its line
		}
		line += gap
		out = append(out, piece{from: at, to: line})
		now := indent + strings.TrimPrefix(p.text[line:start], old)
		if !strings.HasPrefix(p.text[line:start], old) {
			now = p.text[line:start]
		}
		out = append(out, piece{words: now})
		at = start
	}
	return append(out, piece{from: at, to: to})
}
