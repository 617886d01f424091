package analysis

import (
	"sort"

	"github.com/llmspell/llmspell/runtime/syntax"
)

// calls are the calls in a tree, in the order of the text, by what is called.
type calls struct {
	named map[string][]syntax.Node // a.name(…) and a:name(…)
	of    []syntax.Node            // name(…) and t[key](…)
}

// readCalls reads the nodes from to end-1.
func readCalls(t *syntax.Tree, from, end syntax.Node) *calls {
	c := &calls{named: map[string][]syntax.Node{}}
	for n := from; n < end; n++ {
		if t.Kind(n) != syntax.Call {
			continue
		}
		callee := t.First(n)
		switch t.Kind(callee) {
		case syntax.Index, syntax.Method:
			name := t.NameOf(t.Child(callee, 1))
			c.named[name] = append(c.named[name], n)
		case syntax.Name, syntax.IndexKey:
			c.of = append(c.of, n)
		}
	}
	return c
}

// callsNamed returns the calls of a.name(…) and a:name(…), in the order of the text.
func (f *File) callsNamed(name string) []syntax.Node {
	base, own := f.calls()
	return f.joined(base.named[name], own.named[name])
}

// callsOfVariables returns the calls of name(…) and t[key](…), in the order of the text.
func (f *File) callsOfVariables() []syntax.Node {
	base, own := f.calls()
	return f.joined(base.of, own.of)
}

// calls returns those of the file's base, and those of the place that the file does not
// share with it.
func (f *File) calls() (base, own *calls) {
	t := f.Tree()
	b := f.base
	b.callsOnce.Do(func() { b.calls = readCalls(b.tree, 1, syntax.Node(b.tree.Len())) })
	f.callsOnce.Do(func() {
		_, cut, _, end := t.Base()
		f.ownCalls = readCalls(t, cut, end)
	})
	return b.calls, f.ownCalls
}

// joined returns nodes of the base, as they are numbered in the file, with those of its
// own place among them.
func (f *File) joined(base, own []syntax.Node) []syntax.Node {
	of, cut, baseEnd, end := f.tree.Base()
	if of == f.tree {
		return base
	}
	i := sort.Search(len(base), func(i int) bool { return base[i] >= cut })
	j := i + sort.Search(len(base)-i, func(k int) bool { return base[i+k] >= baseEnd })
	list := make([]syntax.Node, 0, i+len(own)+len(base)-j)
	list = append(append(list, base[:i]...), own...)
	for _, n := range base[j:] {
		list = append(list, n+end-baseEnd)
	}
	return list
}
