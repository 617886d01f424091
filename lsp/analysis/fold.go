package analysis

import (
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// fold is what the conditions before a place made of a path, one after the other. In a long
// chain of elseif, or after many early returns, the next place is behind the same
// conditions and one more: each is gone through once, not once for each place behind it.
type fold struct {
	steps []foldStep
	used  int  // how many steps the place at hand shares
	ended bool // what comes now is not kept
}

// foldStep is one condition, and the type before and after it.
type foldStep struct {
	guard         *guard
	before, after types.Type
}

// folds are those of variables, and of the fields asked for last: each is as long as the list
// of conditions, and a file may have as many fields as conditions.
type folds struct {
	ofRoot  map[root]*fold
	ofField [4]fieldFold
	oldest  int
}

// fieldFold is the fold of a path as the text has it: all with the same text and root are the
// same path.
type fieldFold struct {
	root root
	path string
	fold *fold
}

// foldOf returns what the place asked for last made of a path, nil for one with few
// conditions. It is nobody else's until keepFold: one question may lead to another one
// about the same path.
func (u *unit) foldOf(r root, path syntax.Node, guards int) *fold {
	if guards <= leafGuards {
		return nil
	}
	var f *fold
	if u.tree.Kind(path) == syntax.Name {
		f = u.folds.ofRoot[r]
		delete(u.folds.ofRoot, r)
	} else {
		text := u.tree.Source(path)
		for i := range u.folds.ofField {
			if have := &u.folds.ofField[i]; have.fold != nil && have.root == r && have.path == text {
				f, have.fold = have.fold, nil
			}
		}
	}
	if f == nil {
		return &fold{}
	}
	f.used, f.ended = 0, false
	return f
}

func (u *unit) keepFold(r root, path syntax.Node, f *fold) {
	switch {
	case f == nil:
	case u.tree.Kind(path) == syntax.Name:
		if u.folds.ofRoot == nil {
			u.folds.ofRoot = map[root]*fold{}
		}
		u.folds.ofRoot[r] = f
	default:
		u.folds.ofField[u.folds.oldest] = fieldFold{r, u.tree.Source(path), f}
		u.folds.oldest = (u.folds.oldest + 1) % len(u.folds.ofField)
	}
}

// step is narrowedBy, or what it was the last time. What is provisional, or rests on a
// guess, is not kept.
func (f *fold) step(u *unit, g *guard, path syntax.Node, t types.Type) types.Type {
	if f == nil || f.ended {
		return u.narrowedBy(g, path, t)
	}
	if f.used < len(f.steps) {
		if s := &f.steps[f.used]; s.guard == g && s.before == t {
			f.used++
			return s.after
		}
		f.steps = f.steps[:f.used]
	}
	c := u.c
	cut, guessing := c.cut, c.guessing
	c.cut, c.guessing = noCut, false
	after := u.narrowedBy(g, path, t)
	if c.cut != noCut || c.guessing {
		f.ended = true
	} else {
		f.steps = append(f.steps, foldStep{g, t, after})
		f.used++
	}
	c.cut, c.guessing = min(c.cut, cut), c.guessing || guessing
	return after
}
