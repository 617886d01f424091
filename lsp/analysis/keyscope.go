package analysis

import (
	"slices"

	"github.com/llmspell/llmspell/lsp/analysis/flow"
)

// reach is which files of a program load which, directly or through others.
type reach struct {
	files  []flow.File
	loads  [][]int // by file: those that it loads, itself included
	scopes map[string][]int
}

// newReach works out what each file loads.
func newReach(p *flow.Program) *reach {
	r := &reach{files: p.Files, scopes: map[string][]int{}}
	direct := make([][]int, len(p.Files))
	for i := range p.Files {
		direct[i] = flow.Loads(p, i)
	}
	for i := range p.Files {
		seen := make([]bool, len(p.Files))
		list := []int{i}
		seen[i] = true
		for at := 0; at < len(list); at++ {
			for _, k := range direct[list[at]] {
				if !seen[k] {
					seen[k] = true
					list = append(list, k)
				}
			}
		}
		r.loads = append(r.loads, list)
	}
	return r
}

// scope numbers the programs that a global is a variable of. Scripts that no script loads
// both of mean each its own, whatever they call it. One that sets nothing means that of
// all others.
func (r *reach) scope(file int, name string) int {
	numbers, ok := r.scopes[name]
	if !ok {
		numbers = r.number(name)
		r.scopes[name] = numbers
	}
	return numbers[file]
}

func (r *reach) number(name string) []int {
	up := make([]int, len(r.files))
	for i := range up {
		up[i] = i
	}
	find := func(i int) int {
		for up[i] != i {
			up[i] = up[up[i]]
			i = up[i]
		}
		return i
	}
	uses := make([]bool, len(r.files))
	writes := make([]bool, len(r.files))
	for i := range r.files {
		list := r.files[i].Vars.Globals[name]
		// _G.name is a string or a field there.
		uses[i] = len(list) > 0 || len(r.files[i].Vars.Globals["_G"]) > 0
		for _, u := range list {
			writes[i] = writes[i] || u.Write
		}
		writes[i] = writes[i] || len(r.files[i].Vars.Globals["_G"]) > 0
	}
	for i := range r.loads {
		first := -1
		for _, k := range r.loads[i] {
			if !uses[k] {
				continue
			}
			if first >= 0 {
				up[find(k)] = find(first)
			}
			first = k
		}
	}
	// What only reads means what others set: with more than one of them it is not known
	// which, and all are one.
	for i := range uses {
		if !uses[i] || slices.ContainsFunc(seq(len(uses)), func(k int) bool { return writes[k] && find(k) == find(i) }) {
			continue
		}
		for k := range writes {
			if writes[k] {
				up[find(k)] = find(i)
			}
		}
	}
	numbers := make([]int, len(r.files))
	for i := range numbers {
		numbers[i] = find(i) + 1
	}
	return numbers
}

func seq(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}
