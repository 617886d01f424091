package scope

import "github.com/llmspell/llmspell/runtime/syntax"

// distribute hands each variable and global its uses. All of them lie in one
// slice, which costs one allocation instead of one for each name.
func (r *resolver) distribute() {
	vars := r.info.Vars
	ofVar := make([]int32, len(vars))
	ofGlobal := make([]int32, len(r.names))
	globals := 0
	for _, u := range r.uses {
		if u.of != NoVar {
			ofVar[u.of]++
			continue
		}
		if ofGlobal[u.id] == 0 {
			globals++
		}
		ofGlobal[u.id]++
	}
	arena := make([]Use, len(r.uses))
	cut := func(n int32) []Use {
		part := arena[:0:n]
		arena = arena[n:]
		return part
	}
	for v := range vars {
		if n := ofVar[v]; n > 0 {
			vars[v].Uses = cut(n)
		}
	}
	of := make([][]Use, len(r.names))
	for id, n := range ofGlobal {
		if n > 0 {
			of[id] = cut(n)
		}
	}
	for _, u := range r.uses {
		if u.of != NoVar {
			vars[u.of].Uses = append(vars[u.of].Uses, Use{u.node, u.write})
		} else {
			of[u.id] = append(of[u.id], Use{u.node, u.write})
		}
	}
	r.info.Globals = make(map[string][]Use, globals)
	for id, uses := range of {
		if uses != nil {
			r.info.Globals[r.names[id]] = uses
		}
	}
}

func (r *resolver) newLabel(name syntax.Node) {
	if r.tree.Kind(name) != syntax.Name {
		return
	}
	if r.label == nil {
		r.label = map[labelKey]int32{}
	}
	text := r.tree.Source(name)
	key := labelKey{r.block, text}
	if _, again := r.label[key]; !again {
		r.label[key] = int32(len(r.info.Labels))
	}
	r.info.Labels = append(r.info.Labels, Label{Name: text, Decl: name, Function: r.blocks[r.block].function})
}

// labels finds the label of each goto: in its block, or one around it in the same
// function. It comes last, because a goto may stand before its label.
func (r *resolver) labels() {
	for _, g := range r.gotos {
		name := r.tree.Source(g.node)
		function := r.blocks[g.block].function
		for b := g.block; b >= 0 && r.blocks[b].function == function; b = r.blocks[b].parent {
			if at, ok := r.label[labelKey{b, name}]; ok {
				l := &r.info.Labels[at]
				l.Uses = append(l.Uses, g.node)
				break
			}
		}
	}
}
