package analysis

import (
	"sort"

	"github.com/llmspell/llmspell/runtime/syntax"
)

// kindIndex are the nodes of a tree by their kind, in the order of the text.
type kindIndex [syntax.Missing + 1][]syntax.Node

// indexKinds goes through the nodes from to end-1 of a tree.
func indexKinds(t *syntax.Tree, from, end syntax.Node) *kindIndex {
	var counts [syntax.Missing + 1]int
	for n := from; n < end; n++ {
		counts[t.Kind(n)]++
	}
	arena := make([]syntax.Node, end-from)
	x := &kindIndex{}
	for k, count := range counts {
		x[k], arena = arena[:0:count], arena[count:]
	}
	for n := from; n < end; n++ {
		k := t.Kind(n)
		x[k] = append(x[k], n)
	}
	return x
}

// NodesOf yields the nodes of some kinds, in the order of the text. It costs no more than
// these nodes do, but for the first time; what texts of a file have in common is looked
// at once.
func (f *File) NodesOf(kinds ...syntax.Kind) func(yield func(syntax.Node) bool) {
	return f.nodesFrom(syntax.None, kinds...)
}

// nodesFrom yields those from a node on.
func (f *File) nodesFrom(from syntax.Node, kinds ...syntax.Kind) func(yield func(syntax.Node) bool) {
	return func(yield func(syntax.Node) bool) {
		lists := make([]nodeList, len(kinds))
		for i, k := range kinds {
			lists[i] = f.nodesOf(k)
			lists[i].seek(from)
		}
		for {
			best, next := -1, syntax.None
			for i := range lists {
				if n := lists[i].head(); n != syntax.None && (best < 0 || n < next) {
					best, next = i, n
				}
			}
			if best < 0 || !yield(next) {
				return
			}
			lists[best].drop()
		}
	}
}

func (f *File) nodesOf(k syntax.Kind) nodeList {
	t := f.Tree()
	b := f.base
	b.kindsOnce.Do(func() { b.kinds = indexKinds(b.tree, 1, syntax.Node(b.tree.Len())) })
	all := b.kinds[k]
	if b.tree == t {
		return nodeList{parts: [3][]syntax.Node{all}}
	}
	_, cut, baseEnd, end := t.Base()
	f.kindsOnce.Do(func() { f.kinds = indexKinds(t, cut, end) })
	i := sort.Search(len(all), func(i int) bool { return all[i] >= cut })
	j := i + sort.Search(len(all)-i, func(j int) bool { return all[i+j] >= baseEnd })
	return nodeList{parts: [3][]syntax.Node{all[:i], f.kinds[k], all[j:]}, moved: end - baseEnd}
}

// nodeList are nodes of one kind: in front of what differs from the base, there, and
// behind it, where they have other numbers than in the base.
type nodeList struct {
	parts [3][]syntax.Node
	moved syntax.Node
}

// head returns the first node, None if there is none.
func (l *nodeList) head() syntax.Node {
	switch {
	case len(l.parts[0]) > 0:
		return l.parts[0][0]
	case len(l.parts[1]) > 0:
		return l.parts[1][0]
	case len(l.parts[2]) > 0:
		return l.parts[2][0] + l.moved
	}
	return syntax.None
}

// seek takes the nodes in front of one away.
func (l *nodeList) seek(from syntax.Node) {
	for i := range l.parts {
		at := from
		if i == 2 {
			at -= l.moved
		}
		part := l.parts[i]
		l.parts[i] = part[sort.Search(len(part), func(i int) bool { return part[i] >= at }):]
	}
}

// drop takes the first node away.
func (l *nodeList) drop() {
	for i := range l.parts {
		if len(l.parts[i]) > 0 {
			l.parts[i] = l.parts[i][1:]
			return
		}
	}
}
