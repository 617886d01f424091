package analysis

import (
	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// targets is what a file assigns to a variable, or to fields of what it holds. A module
// has thousands of functions, of each of which somebody asks whether it is the only one:
// its uses are gone through once.
type targets struct {
	whole    bool           // the variable itself
	computed bool           // x[k] = …, or t[x] = …
	named    map[string]int // x.name = …: how many times
}

// targetsOf returns what a file assigns at a root.
func (u *unit) targetsOf(r root) *targets {
	if known := u.targets[r]; known != nil {
		return known
	}
	vars, t := u.file.Vars(), u.tree
	uses := vars.Globals[r.global]
	if r.v != scope.NoVar {
		uses = vars.Vars[r.v].Uses
	}
	found := &targets{}
	for _, use := range uses {
		found.whole = found.whole || use.Write
		at := t.Parent(use.Node)
		switch t.Kind(at) {
		case syntax.Index, syntax.Method:
			if t.First(at) == use.Node && u.isTarget(at) {
				if found.named == nil {
					found.named = map[string]int{}
				}
				found.named[t.NameOf(t.Child(at, 1))]++
			}
		case syntax.IndexKey:
			found.computed = found.computed || u.isTarget(at)
		}
	}
	if u.targets == nil {
		u.targets = map[root]*targets{}
	}
	u.targets[r] = found
	return found
}
