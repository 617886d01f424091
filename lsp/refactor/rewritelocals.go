package refactor

import (
	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// split offers a declaration for each variable.
func (p *place) split(stat syntax.Node) {
	names, values := p.First(stat), p.Child(stat, 1)
	count, given := p.count(names), p.count(values)
	if count < 2 || p.comments(p.Start(stat), p.End(stat)) {
		return
	}
	const title = "Split the declaration"
	if given > count || given > 0 && given < count && p.multiple(p.last(values)) {
		p.refuse(Rewrite, title, "there are not as many values as variables")
		return
	}
	if given > 0 && p.mentions(p.Next(p.First(values)), names) {
		p.refuse(Rewrite, title, "a value names a variable of the same name")
		return
	}
	sep := p.eol() + p.indentation(p.Start(stat))
	if !p.beginsLine(p.Start(stat)) {
		sep = " "
	}
	var out code
	value := p.First(values)
	for name := range p.Children(names) {
		if out != nil {
			out = join(out, words(sep))
		}
		out = join(out, words("local "), p.copy(name))
		if value != syntax.None {
			out = join(out, words(" = "), p.copy(value))
			value = p.Next(value)
		}
	}
	c := &change{}
	c.replace(p.Start(stat), p.End(stat), out)
	p.offer(Rewrite, title, c)
}

// mentions tells whether an expression, or one behind it in its list, names one of the names
// of a list.
func (p *place) mentions(value, names syntax.Node) bool {
	if value == syntax.None {
		return false
	}
	for m := value; m < p.after(p.Parent(value)); m++ {
		if p.Kind(m) != syntax.Name || isField(p.Tree, m) {
			continue
		}
		for name := range p.Children(names) {
			if p.Source(name) == p.Source(m) {
				return true
			}
		}
	}
	return false
}

// merge offers to make one declaration of two that follow each other.
func (p *place) merge(stat syntax.Node) {
	next := p.Next(stat)
	if p.Kind(next) != syntax.LocalStat || p.comments(p.Start(stat), p.End(next)) {
		return
	}
	names, values := p.First(stat), p.Child(stat, 1)
	names2, values2 := p.First(next), p.Child(next, 1)
	given, given2 := p.count(values), p.count(values2)
	if (given == 0) != (given2 == 0) || given > 0 && given != p.count(names) || given2 > p.count(names2) {
		return
	}
	for a := range p.Children(names) {
		for b := range p.Children(names2) {
			if p.Source(a) == p.Source(b) {
				return
			}
		}
	}
	if p.mentions(p.First(values2), names) {
		return
	}
	out := join(words("local "), p.copy(names), words(", "), p.copy(names2))
	if given > 0 {
		out = join(out, words(" = "), p.copy(values), words(", "), p.copy(values2))
	}
	c := &change{}
	c.replace(p.Start(stat), p.End(next), out)
	p.offer(Rewrite, "Merge with the next declaration", c)
}

// makeLocal offers to declare a global that only the file uses.
func (p *place) makeLocal(n, stat syntax.Node) {
	name := p.NameOf(n)
	function := p.Kind(stat) == syntax.FuncStat && p.First(stat) == n
	assigned := p.Kind(stat) == syntax.AssignStat && p.First(p.First(stat)) == n && p.Next(n) == syntax.None
	if p.Kind(n) != syntax.Name || !function && !assigned || p.vars.Var(n) != scope.NoVar || p.Parent(p.Parent(stat)) != p.Root() || p.snap.LibraryGlobal(name) != nil {
		return
	}
	if p.vars.Globals[name][0].Node != n {
		return // it is used before
	}
	title := "Declare " + name + " as local"
	for _, other := range []string{"_G", "getfenv", "setfenv", "module", "loadstring", "load", "dofile", "loadfile"} {
		if len(p.vars.Globals[other]) > 0 {
			p.refuse(Rewrite, title, "the file uses "+other+", which can reach globals by name")
			return
		}
	}
	if p.jumps(p.First(p.Root())) {
		return
	}
	for _, e := range p.snap.Files() {
		if e.URI != p.file.URI && e.Mentions(name) {
			p.refuse(Rewrite, title, "other files name "+name)
			return
		}
	}
	for arg := range p.snap.Requires(p.file) {
		if module, _ := p.String(arg); p.snap.Require(p.file, module) == nil {
			p.refuse(Rewrite, title, "the module "+module+", which is not in the workspace, could use it")
			return
		}
	}
	c := &change{local: name, localAt: p.Start(n)}
	c.replace(p.Start(stat), p.Start(stat), words("local "))
	p.offer(Rewrite, title, c)
}
