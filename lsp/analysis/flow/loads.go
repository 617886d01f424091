package flow

import "github.com/llmspell/llmspell/runtime/syntax"

// Loads returns the numbers of the files that a file may load.
func Loads(p *Program, file int) []int {
	f := &p.Files[file]
	t := f.Tree
	seen := map[int]bool{}
	var list []int
	add := func(i int) {
		if i >= 0 && !seen[i] {
			seen[i] = true
			list = append(list, i)
		}
	}
	for _, loader := range []string{"require", "dofile", "loadfile"} {
		for _, use := range f.Vars.Globals[loader] {
			arg := syntax.None
			switch parent := t.Parent(use.Node); {
			case t.Kind(parent) == syntax.Call && t.First(parent) == use.Node:
				arg = t.First(t.Child(parent, 1))
			case t.Kind(parent) == syntax.Args: // pcall(require, "a")
				arg = t.Next(use.Node)
			}
			if name, ok := t.String(arg); ok {
				add(f.Module(name, loader != "require"))
				continue
			}
			before, behind := ends(t, arg)
			for k := range p.Files {
				if loader != "require" || mayMean(p.Files[k].Modules, before, behind) {
					add(k)
				}
			}
		}
	}
	return list
}
