package lsp

import (
	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/analysis/luacats"
	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// marked returns the names, where they are declared or assigned, of classes and of what
// is deprecated: annotations say so, and X.__index = X makes X a class.
func marked(f *analysis.File) (classes, deprecated map[syntax.Node]bool) {
	classes, deprecated = map[syntax.Node]bool{}, map[syntax.Node]bool{}
	t := f.Tree()
	for _, b := range f.Notes().Blocks {
		class, old := luacats.First[*luacats.ClassTag](b) != nil, false
		for _, tag := range b.Tags {
			old = old || tag.Keyword().Text == "deprecated"
		}
		if !class && !old || b.Last+1 >= t.TokenCount() {
			continue
		}
		at, _ := t.TokenSpan(b.Last + 1)
		stat := t.NodeAt(at)
		for stat != syntax.None && !isDeclaring(t.Kind(stat)) {
			stat = t.Parent(stat)
		}
		if stat == syntax.None || t.Start(stat) != at {
			continue
		}
		name := t.First(stat)
		if k := t.Kind(name); k == syntax.NameList || k == syntax.ExprList {
			name = t.First(name)
		}
		if class {
			classes[name] = true
		}
		if old {
			deprecated[name] = true
		}
	}
	for n := range f.NodesOf(syntax.AssignStat) {
		markIndex(f, n, classes)
	}
	return classes, deprecated
}

// markIndex marks X if a statement is X.__index = X.
func markIndex(f *analysis.File, stat syntax.Node, classes map[syntax.Node]bool) {
	t := f.Tree()
	target, value := t.First(t.First(stat)), t.First(t.Next(t.First(stat)))
	object := t.First(target)
	if t.Kind(target) != syntax.Index || t.Kind(value) != syntax.Name || t.Kind(object) != syntax.Name ||
		t.Source(t.Next(object)) != "__index" || t.Source(object) != t.Source(value) {
		return
	}
	vars := f.Vars()
	if v := vars.Var(value); v != scope.NoVar {
		if vars.Vars[v].Kind != scope.Self {
			classes[vars.Vars[v].Decl] = true
		}
		return
	}
	for _, use := range vars.Globals[t.Source(value)] {
		if use.Write {
			classes[use.Node] = true
			return
		}
	}
}

func isDeclaring(k syntax.Kind) bool {
	return k == syntax.LocalStat || k == syntax.LocalFunc || k == syntax.FuncStat || k == syntax.AssignStat
}
