package lint

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// globals reports globals that nothing defines, and those that a function defines by
// accident.
func (p *pass) globals() {
	if p.notes.Meta {
		return
	}
	known, unsure := p.madeGlobals()
	if unsure {
		return
	}
	names := slices.Collect(maps.Keys(p.vars.Globals))
	slices.SortFunc(names, func(a, b string) int { return int(p.vars.Globals[a][0].Node - p.vars.Globals[b][0].Node) })
	for _, name := range names { // in the order of the text: the list may be cut
		uses := p.vars.Globals[name]
		if name == "" || name == "_ENV" || known[name] {
			continue
		}
		if !slices.ContainsFunc(uses, func(u scope.Use) bool { return u.Write }) {
			p.undefined(name, uses)
		} else {
			p.implicit(name, uses)
		}
	}
}

func (p *pass) undefined(name string, uses []scope.Use) {
	if !p.on("undefined-global") || p.snap.KnownGlobal(p.file, name) {
		return
	}
	var answers []asked
	for _, u := range uses {
		if a := p.askedFor(u.Node); a.is {
			answers = append(answers, a)
		}
	}
	uses = slices.DeleteFunc(slices.Clone(uses), func(u scope.Use) bool {
		return p.covered(u.Node, answers) || p.optionsDefine(u.Node, name) || p.misread(p.tree.Start(u.Node))
	})
	if len(uses) == 0 {
		return
	}
	if !slices.ContainsFunc(uses, func(u scope.Use) bool { return p.reports("undefined-global", p.tree.Start(u.Node), name) }) {
		return
	}
	near := p.nearest(name, p.tree.Start(uses[0].Node))
	say, put := foreignName(name)
	for _, u := range uses {
		message := "the global variable " + name + " is defined nowhere"
		put := put
		later := p.declaredLater(name, u.Node)
		switch {
		case later != syntax.None:
			message += fmt.Sprintf("; the local variable of this name begins in line %d: declare it before", p.lineOf(later))
			put = ""
		case say != "":
			message += "; " + say
		case near != "":
			message += "; did you mean " + near + "?"
			put = near
		}
		x := p.at("undefined-global", u.Node, message, name)
		if later != syntax.None {
			p.relate(x, later, "it is declared here")
		}
		if put != "" {
			x.fix("Change to "+put, false, p.tree.Start(u.Node), p.tree.End(u.Node), put)
		}
	}
}

// declaredLater is the declaration of a local variable of the same name behind a use, in a block
// around it; None if there is none.
func (p *pass) declaredLater(name string, use syntax.Node) syntax.Node {
	t := p.tree
	for i := range p.vars.Vars {
		v := &p.vars.Vars[i]
		if v.Name != name || v.Kind != scope.Local && v.Kind != scope.LocalFunction || v.Decl < use {
			continue
		}
		block := v.Decl
		for t.Kind(block) != syntax.Block && block != syntax.None {
			block = t.Parent(block)
		}
		if p.inside(use, block) {
			return v.Decl
		}
	}
	return syntax.None
}

// lineOf is the line in which a node begins, from 1.
func (p *pass) lineOf(n syntax.Node) int {
	line, _ := p.file.Lines().Position(p.tree.Start(n), syntax.UTF8)
	return line + 1
}

// implicit reports a global that only one function assigns and reads.
func (p *pass) implicit(name string, uses []scope.Use) {
	if !p.on("implicit-global") || name[0] >= 'A' && name[0] <= 'Z' || !uses[0].Write {
		return
	}
	first := uses[0].Node
	if p.optionsDefine(first, name) || p.options(p.tree.Start(first)).Flag("allow_defined", false) {
		return
	}
	function := p.functionAround(first)
	list := p.tree.Parent(first)
	if p.tree.Kind(list) != syntax.ExprList {
		return // a function: that is on purpose
	}
	if p.tree.Kind(function) != syntax.FuncBody {
		p.slip(name, uses)
		return
	}
	for _, u := range uses {
		if !p.inside(u.Node, function) {
			return
		}
	}
	if p.mentionedElsewhere(name) {
		return
	}
	p.at("implicit-global", first, "the function assigns the global variable "+name+", which nothing else uses: write local "+name+" if it is not meant to be global", name)
}

// slip reports globals that the main chunk assigns and nothing reads, if a variable of the
// file has nearly the same name: one of them is misspelt.
func (p *pass) slip(name string, uses []scope.Use) {
	if len(name) < minSlip || slices.ContainsFunc(uses, func(u scope.Use) bool { return !u.Write }) {
		return // a script's own global, which is on purpose
	}
	for _, u := range uses {
		near := ""
		for v := range p.vars.Visible(p.tree.Start(u.Node)) {
			if other := p.vars.Vars[v].Name; len(other) >= minSlip && distance(name, other, 1) == 1 {
				near = other
			}
		}
		if near == "" || p.mentionedElsewhere(name) {
			return
		}
		x := p.at("implicit-global", u.Node, "the global variable "+name+" is assigned, and nothing reads it; did you mean "+near+"?", name)
		x.fix("Change to "+near, false, p.tree.Start(u.Node), p.tree.End(u.Node), near)
	}
}

// minSlip is how many letters names have at least of which one may be the other misspelt.
const minSlip = 5

func (p *pass) functionAround(n syntax.Node) syntax.Node {
	for n = p.tree.Parent(n); n != syntax.None && p.tree.Kind(n) != syntax.FuncBody && p.tree.Kind(n) != syntax.Chunk; {
		n = p.tree.Parent(n)
	}
	return n
}

// madeGlobals are the names that are written through _G; unsure is true if the file defines globals whose names are not known.
func (p *pass) madeGlobals() (known map[string]bool, unsure bool) {
	known = map[string]bool{}
	for _, name := range []string{"setfenv", "module", "_ENV"} {
		if len(p.vars.Globals[name]) > 0 {
			return known, true
		}
	}
	for _, use := range p.vars.Globals["_G"] {
		parent := p.tree.Parent(use.Node)
		switch p.tree.Kind(parent) {
		case syntax.Index, syntax.IndexKey:
			if !p.written(parent) {
				continue
			}
			key := p.tree.Child(parent, 1)
			name := p.tree.NameOf(key)
			if p.tree.Kind(parent) == syntax.IndexKey {
				name, _ = p.tree.String(key)
			}
			if name == "" {
				return known, true
			}
			known[name] = true
		default:
			return known, true // setmetatable(_G, …), local g = _G
		}
	}
	return known, false
}

// nearest is a variable or global whose name is nearly the same, "" if there is none. Of
// those that are equally near the innermost variable counts, then a global that the file
// assigns, then the first of all others in the order of the alphabet.
func (p *pass) nearest(name string, at int) string {
	best, most := "", 1+len(name)/5
	try := func(other string) {
		if len(name) < 3 || other == name {
			return
		}
		if d := distance(strings.ToLower(name), strings.ToLower(other), most); d < most || d == most && best == "" {
			best, most = other, d
		}
	}
	for v := range p.vars.Visible(at) {
		try(p.vars.Vars[v].Name)
	}
	if p.globalNames == nil {
		p.globalNames = p.snap.Globals(p.file)
		slices.SortFunc(p.globalNames, func(a, b string) int {
			if own := p.assignsGlobal(a); own != p.assignsGlobal(b) {
				if own {
					return -1
				}
				return 1
			}
			return strings.Compare(a, b)
		})
	}
	for _, g := range p.globalNames {
		try(g)
	}
	return best
}

// assignsGlobal tells whether the file assigns a global by its plain name.
func (p *pass) assignsGlobal(name string) bool {
	return slices.ContainsFunc(p.vars.Globals[name], func(u scope.Use) bool { return u.Write })
}

// distance is how many letters differ: changed, missing, too many, or swapped; more than
// most if it is more.
func distance(a, b string, most int) int {
	if len(a)-len(b) > most || len(b)-len(a) > most {
		return most + 1
	}
	var room [3 * 32]int // for most names; it is asked for many pairs
	rows := room[:]
	width := len(b) + 1
	if 3*width > len(rows) {
		rows = make([]int, 3*width)
	}
	before, row, next := rows[:width], rows[width:2*width], rows[2*width:3*width]
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		next[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			next[j] = min(row[j]+1, next[j-1]+1, row[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				next[j] = min(next[j], before[j-2]+1)
			}
		}
		before, row, next = row, next, before
	}
	return row[len(b)]
}
