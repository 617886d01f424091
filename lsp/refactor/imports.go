package refactor

import (
	"cmp"
	"slices"

	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// imported is a statement local NAME = require("MODULE") with the lines that belong to it.
type imported struct {
	stat         syntax.Node
	name, module string
	start, end   int // whole lines, with the comments above
}

// organizeImports offers to sort the requires at the top level: each group that stands
// together, without an empty line or other code between, so that no module is loaded before
// code that stands above it. Modules that may do more than define what they return keep their
// places, and no other is moved past them. A second require of the same module under the same
// name goes.
func (p *place) organizeImports() {
	var groups [][]imported
	var group []imported
	for stat := p.First(p.First(p.Root())); stat != syntax.None; stat = p.Next(stat) {
		x, ok := p.imported(stat)
		if len(group) > 0 && (!ok || group[len(group)-1].end != x.start) {
			groups = append(groups, group)
			group = nil
		}
		if ok {
			group = append(group, x)
		}
	}
	if len(group) > 0 {
		groups = append(groups, group)
	}
	c := &change{instead: map[scope.Var]scope.Var{}}
	for _, group := range groups {
		p.sortGroup(c, group)
	}
	if len(c.parts) > 0 {
		p.offer(OrganizeImports, "Organize require declarations", c)
	}
}

// imported reads a statement.
func (p *place) imported(stat syntax.Node) (x imported, ok bool) {
	names, values := p.First(stat), p.Child(stat, 1)
	call := p.First(values)
	args := p.Child(call, 1)
	if p.Kind(stat) != syntax.LocalStat || p.count(names) != 1 || p.count(values) != 1 || p.Kind(call) != syntax.Call ||
		p.Source(p.First(call)) != "require" || !p.libraryGlobal(p.First(call)) || p.count(args) != 1 {
		return x, false
	}
	module, ok := p.String(p.First(args))
	if !ok || !p.beginsLine(p.Start(stat)) || p.comments(p.Start(stat), p.End(stat)) {
		return x, false
	}
	x = imported{stat: stat, name: p.Source(p.First(names)), module: module}
	x.start = p.Start(stat)
	if first, end := p.CommentsAbove(stat); first < end && first > 0 && int(p.Tokens()[first].Start) < x.start {
		x.start = int(p.Tokens()[first].Start) // the file's first comment belongs to the file
	}
	x.start = p.lineStart(x.start)
	end := p.End(stat)
	i := p.firstToken(end)
	if p.TokenKind(i) == syntax.Semicolon {
		end = int(p.Tokens()[i].End)
	}
	if j := p.CommentBehind(stat); j >= 0 {
		end = int(p.Tokens()[j].End)
	}
	for end < len(p.text) && (p.text[end] == ' ' || p.text[end] == '\t' || p.text[end] == '\r') {
		end++
	}
	if end >= len(p.text) || p.text[end] != '\n' {
		return x, false
	}
	x.end = end + 1
	return x, true
}

// sortGroup sorts the lines of a group by module.
func (p *place) sortGroup(c *change, group []imported) {
	kept := slices.Clone(group)
	for i := 0; i < len(kept); i++ {
		for j := i + 1; j < len(kept); j++ {
			first, again := p.vars.Var(p.First(p.First(kept[i].stat))), p.vars.Var(p.First(p.First(kept[j].stat)))
			switch {
			case kept[i].name != kept[j].name:
			case kept[i].module != kept[j].module || p.written(first) || p.written(again) || len(p.vars.Vars[first].Uses) > 0 ||
				p.comments(kept[j].start, kept[j].end):
				return // the order decides what the name means
			default:
				c.instead[again] = first
				kept = slices.Delete(kept, j, j+1)
				j--
			}
		}
	}
	for from := 0; from < len(kept); {
		to := from
		for to < len(kept) && p.definesOnly(kept[to].module, p.file, map[string]bool{}) {
			to++
		}
		slices.SortStableFunc(kept[from:to], func(a, b imported) int { return cmp.Or(cmp.Compare(a.module, b.module), cmp.Compare(a.name, b.name)) })
		from = to + 1
	}
	if slices.Equal(kept, group) {
		return
	}
	var out code
	for _, x := range kept {
		out = join(out, cut(x.start, x.end))
	}
	c.replace(group[0].start, group[len(group)-1].end, out)
}
