// Package scope says for each name in a file what it is: which local variable, or
// a global. It is one pass over the tree.
package scope

import (
	"sort"
	"sync"

	"github.com/llmspell/llmspell/runtime/syntax"
)

// Var is a local variable, parameter or loop variable: an index into Info.Vars.
// NoVar is none: the name is a global.
type Var int32

// NoVar is no variable.
const NoVar Var = -1

// Kind is how a variable comes to be.
type Kind uint8

// The kinds of variables.
const (
	Local         Kind = iota // local x
	LocalFunction             // local function f
	Param                     // function (x)
	Self                      // the parameter that function a:b() has
	LoopVar                   // for x = …, for x in …
)

// Variable is what is known of a Var. It is small: each edit of a file copies all of them.
type Variable struct {
	Name string
	// Uses are the Name nodes that read or write it, in the order of the text,
	// without Decl.
	Uses []Use
	// Decl is the Name node that declares it; for Self the Name of the method.
	Decl syntax.Node
	// Function is the FuncBody, or the Chunk, whose variable it is.
	Function syntax.Node
	// The variable is visible in the bytes From to To.
	From, To int32
	Kind     Kind
	// Captured: a function inside uses it.
	Captured bool
}

// Use is a name that reads or writes a variable or global.
type Use struct {
	Node  syntax.Node
	Write bool
}

// selfName is the parameter that function a:b() has without saying so.
const selfName = "self"

// Label is a goto label.
type Label struct {
	Name     string
	Decl     syntax.Node // Name in the LabelStat
	Function syntax.Node
	Uses     []syntax.Node // Names in GotoStats
}

// Info is what the pass finds. It is immutable.
type Info struct {
	Vars   []Variable
	Labels []Label
	// Globals are all uses of each global name, in the order of the text.
	Globals map[string][]Use

	of    []int32 // by node: Var+1 of a Name that is a local; 0 for all else
	outer []Var   // by Var: the variable that was the innermost before it
	patch *patch  // of an Info that Update has made

	headsOnce sync.Once
	headsList []head
}

// head says that from the byte at on, last is the innermost variable.
type head struct {
	at   int32
	last Var
}

// Var returns the variable that a Name declares or uses; NoVar for globals, field
// names and all other nodes.
func (i *Info) Var(n syntax.Node) Var {
	if i.patch != nil {
		return i.patch.lookup(i.of, n)
	}
	if int(n) >= len(i.of) {
		return NoVar
	}
	return Var(i.of[n] - 1)
}

// heads are the places where the innermost variable is another one, in the order of
// the text.
func (i *Info) heads() []head {
	i.headsOnce.Do(func() {
		list := make([]head, 0, 2*len(i.Vars))
		add := func(at int, last Var) {
			if n := len(list); n > 0 && int(list[n-1].at) >= at {
				list[n-1].last = last
				return
			}
			list = append(list, head{int32(at), last})
		}
		last := NoVar
		leave := func(until Var) {
			for ; last != until; last = i.outer[last] {
				add(int(i.Vars[last].To)+1, i.outer[last])
			}
		}
		for v := range i.Vars {
			leave(i.outer[v])
			last = Var(v)
			add(int(i.Vars[v].From), last)
		}
		leave(NoVar)
		i.headsList = list
	})
	return i.headsList
}

// Visible yields the variables that a name at the offset could mean, the innermost
// first, without those that are shadowed.
func (i *Info) Visible(offset int) func(yield func(Var) bool) {
	return func(yield func(Var) bool) {
		heads := i.heads()
		at := sort.Search(len(heads), func(k int) bool { return int(heads[k].at) > offset })
		if at == 0 {
			return
		}
		seen := map[string]bool{}
		for v := heads[at-1].last; v != NoVar; v = i.outer[v] {
			if name := i.Vars[v].Name; !seen[name] {
				seen[name] = true
				if !yield(v) {
					return
				}
			}
		}
	}
}

// Lookup returns the variable that a name at the offset means, NoVar for a global.
func (i *Info) Lookup(name string, offset int) Var {
	heads := i.heads()
	at := sort.Search(len(heads), func(k int) bool { return int(heads[k].at) > offset })
	if at == 0 {
		return NoVar
	}
	v := heads[at-1].last
	for v != NoVar && i.Vars[v].Name != name {
		v = i.outer[v]
	}
	return v
}
