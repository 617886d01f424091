package analysis

import (
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis/luacats"
	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// cast is a ---@cast of a variable.
type cast struct {
	at  int
	tag *luacats.CastTag
}

// findCasts finds the casts of the file's variables.
func (u *unit) findCasts() map[scope.Var][]cast {
	if u.casts != nil {
		return u.casts
	}
	u.casts = map[scope.Var][]cast{}
	for _, b := range u.file.Notes().Blocks {
		for _, tag := range b.Tags {
			c, ok := tag.(*luacats.CastTag)
			if !ok || c.Name.Text == "" || strings.Contains(c.Name.Text, ".") {
				continue
			}
			if v := u.file.Vars().Lookup(c.Name.Text, c.Start); v != scope.NoVar {
				u.casts[v] = append(u.casts[v], cast{b.End, c})
			}
		}
	}
	return u.casts
}

// cast applies the casts between the declaration of a variable and a place that are
// in a block around the place.
func (u *unit) cast(v scope.Var, n syntax.Node, t types.Type) types.Type {
	if len(u.file.Notes().Blocks) == 0 {
		return t
	}
	for _, c := range u.findCasts()[v] {
		if c.at > u.tree.Start(n) {
			continue
		}
		around := u.tree.NodeAt(c.at)
		if k := u.tree.Kind(around); k != syntax.Block && k != syntax.Chunk {
			around = u.block(around)
		}
		if u.tree.Kind(around) == syntax.Block && !u.inside(n, around) {
			continue
		}
		for _, change := range c.tag.Changes {
			to := u.convert(change.Type, u.envAt(n))
			switch change.Op {
			case '+':
				t = types.Join(t, to)
			case '-':
				t = mapUnion(t, func(of types.Type) types.Type {
					if types.Same(of, to) {
						return types.Never
					}
					return of
				})
			default:
				t = to
			}
		}
	}
	return t
}
