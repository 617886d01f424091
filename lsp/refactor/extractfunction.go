package refactor

import (
	"slices"
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
	p.offer(ExtractFunction, titleFunction, r.change)
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

// check finds out what the function takes and returns, and why it cannot be.
func (r *region) check() string {
	if why := r.environments(); why != "" {
		return why
	}
	if why := r.jumps(); why != "" {
		return why
	}
	if why := r.late(r.first, r.after(r.last), r.function); why != "" {
		return why
	}
	return r.variables()
}

// jumps tells why the region cannot be left as it is.
func (r *region) jumps() string {
	for n := r.first; n < r.after(r.last); n++ {
		switch r.Kind(n) {
		case syntax.Name:
			if why := r.looksAtStack(n); why != "" {
				return why
			}
		case syntax.Vararg:
			r.vararg = r.vararg || r.place.function(n) == r.function
		case syntax.ReturnStat:
			r.returns = r.returns || r.place.function(n) == r.function
		case syntax.BreakStat:
			loop := r.Parent(n)
			for ; loop != syntax.None; loop = r.Parent(loop) {
				if k := r.Kind(loop); k == syntax.WhileStat || k == syntax.RepeatStat || k == syntax.NumericFor || k == syntax.GenericFor {
					break
				}
			}
			if !r.within(loop) {
				return "it breaks out of a loop that is not selected"
			}
		}
	}
	for _, l := range r.vars.Labels {
		for _, use := range l.Uses {
			if r.within(use) != r.within(l.Decl) {
				return "a goto leads out of it or into it"
			}
		}
	}
	if r.returns {
		block := r.Parent(r.last)
		if r.Next(r.last) != syntax.None {
			return "it returns, and code follows that would run all the same"
		}
		if r.Parent(block) != r.function && !r.leaves(r.last) {
			return "it returns on some ways only, and what follows would run all the same"
		}
	}
	return ""
}

// leaves tells whether a statement always returns.
func (r *region) leaves(n syntax.Node) bool {
	switch r.Kind(n) {
	case syntax.ReturnStat:
		return true
	case syntax.DoStat:
		last := r.place.last(r.First(n))
		return last != syntax.None && r.leaves(last)
	case syntax.IfStat:
		whole := false
		for c := range r.Children(n) {
			last := r.place.last(r.place.last(c))
			if last == syntax.None || !r.leaves(last) {
				return false
			}
			whole = whole || r.Kind(c) == syntax.ElseClause
		}
		return whole
	}
	return false
}

// environments tells whether functions may have globals of their own, so that code means
// something else in another function.
func (p *place) environments() string {
	for _, name := range []string{"setfenv", "module"} {
		if len(p.vars.Globals[name]) > 0 {
			return "the file uses " + name + ": functions can have other globals"
		}
	}
	return ""
}

// looksAtStack tells whether a name is one with which programs look at who calls them.
func (p *place) looksAtStack(n syntax.Node) string {
	if p.vars.Var(n) != scope.NoVar || isField(p.Tree, n) {
		return ""
	}
	switch name := p.Source(n); name {
	case "debug", "getfenv", "setfenv", "Debug":
		return "it uses " + name + ", which can tell functions apart"
	case "arg":
		return "functions with varargs have a table arg of their own"
	case "error":
		call := p.Parent(n)
		if p.Kind(call) == syntax.Call && p.First(call) == n {
			if level := p.Child(p.Child(call, 1), 1); level == syntax.None || p.Source(level) == "1" || p.Source(level) == "0" {
				return ""
			}
		}
		return "it raises an error in the name of another function"
	}
	return ""
}

// variables finds the variables that cross the borders of the region.
func (r *region) variables() string {
	for i := range r.vars.Vars {
		v, x := scope.Var(i), &r.vars.Vars[i]
		inside := r.within(x.Decl) && !(x.Kind == scope.Self && !r.within(r.Parent(x.Decl)))
		// What is before in the text may run later, in a loop, and the region again.
		used, sets, behind := false, false, !inside && len(x.Uses) > 0 && r.loops(x)
		for _, u := range x.Uses {
			if r.within(u.Node) {
				used = true
				sets = sets || u.Write
			} else {
				behind = behind || r.Start(u.Node) >= r.end
			}
		}
		switch {
		case inside && !behind:
			continue
		case inside:
			if x.Captured && r.written(v) {
				return "a function in it keeps " + x.Name + ", which is assigned again"
			}
			r.declared = append(r.declared, v)
			continue
		case !used || r.visibleAtTop(x):
			continue
		}
		if x.Captured && r.written(v) {
			return "a function keeps " + x.Name + ", which is assigned again"
		}
		r.params = append(r.params, v)
		if sets && behind {
			r.assigned = append(r.assigned, v)
		}
	}
	names := map[string]bool{}
	for _, v := range slices.Concat(r.declared, r.assigned) {
		if names[r.vars.Vars[v].Name] {
			return "two variables " + r.vars.Vars[v].Name + " are used behind it"
		}
		names[r.vars.Vars[v].Name] = true
	}
	clear(names)
	for _, v := range r.params {
		if names[r.vars.Vars[v].Name] {
			return "it uses two variables " + r.vars.Vars[v].Name
		}
		names[r.vars.Vars[v].Name] = true
	}
	switch {
	case r.returns && len(r.declared) > 0:
		return "it returns, and variables of it are used behind it"
	case len(r.params) > maxParams || len(r.declared)+len(r.assigned) > maxParams:
		return "it needs too many variables of the function around"
	}
	if r.returns {
		r.assigned = nil // nothing runs behind it
	}
	return ""
}

// maxParams is how many parameters or results an extracted function may have.
const maxParams = 20

// loops tells whether a loop, or a goto, could bring the region to run again while a
// variable that is declared outside of it lives.
func (r *region) loops(x *scope.Variable) bool {
	for n := r.Parent(r.first); n != syntax.None && n != r.function; n = r.Parent(n) {
		switch r.Kind(n) {
		case syntax.WhileStat, syntax.RepeatStat, syntax.NumericFor, syntax.GenericFor:
			if r.Start(n) > r.Start(x.Decl) || r.Kind(n) == syntax.RepeatStat {
				return true
			}
		}
	}
	for _, l := range r.vars.Labels {
		if l.Function == r.function {
			return true
		}
	}
	return false
}

// visibleAtTop tells whether a variable can be used by a function that is defined before the
// statement of the file that the region is in.
func (r *region) visibleAtTop(x *scope.Variable) bool {
	return !r.inside(x.Decl, r.top) && x.From <= r.Start(r.top) && r.Start(r.top) <= x.To
}

// change makes the function and the call.
func (r *region) change() (*change, error) {
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
	return c, nil
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
	for i := p.firstToken(from); i < len(p.Tokens()) && int(p.Tokens()[i].Start) < to; i++ {
		start := int(p.Tokens()[i].Start)
		line := p.lineStart(start)
		if line <= from || line < at || !p.beginsLine(start) {
			continue
		}
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
