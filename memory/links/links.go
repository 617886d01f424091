package links

import (
	"math"
	"slices"
)

// Link leads from one node to another, from Begin up to End, which is no part of its time. The greatest integer is for ever.
type Link struct {
	From, To   int64
	Name       string
	Begin, End int64
}

// link is a Link as the arrays hold it: nodes and names by their numbers.
type link struct {
	begin, end     int64
	from, to, name int32
}

// gone is where a link begins that is there no more.
const gone = -1

// Graph holds links. The zero value is empty.
type Graph struct {
	nodes numbered[int64]
	names numbered[string]

	// The first links are packed: those from node n are packed from starts[n] up to starts[n+1], and those to
	// node n are the ones that into names from ends[n] up to ends[n+1].
	links        []link
	packed       int
	starts, ends []int32
	into         []int32

	// The others, by nodes.
	out, in map[int32][]int32

	dropped int // links that are gone
}

// most is how many links there can be, as they are counted by int32.
const most = math.MaxInt32

// Len is how many links there are.
func (g *Graph) Len() int { return len(g.links) - g.dropped }

// Add puts a link in, and tells whether there was room for it.
func (g *Graph) Add(l Link) bool {
	if len(g.links) == most {
		return false
	}
	n := int32(len(g.links))
	k := link{l.Begin, l.End, g.nodes.number(l.From), g.nodes.number(l.To), g.names.number(l.Name)}
	g.links = append(g.links, k)
	if g.starts == nil {
		return true // it is found when all are packed
	}
	g.out[k.from] = append(g.out[k.from], n)
	g.in[k.to] = append(g.in[k.to], n)
	g.tidy()
	return true
}

// Remove takes a link out, and tells whether it was there.
func (g *Graph) Remove(l Link) bool {
	g.Ready()
	from, known := g.nodes.numbers[l.From]
	name, known2 := g.names.numbers[l.Name]
	to, known3 := g.nodes.numbers[l.To]
	if !known || !known2 || !known3 {
		return false
	}
	want := link{l.Begin, l.End, from, to, name}
	found := false
	g.each(from, false, func(k *link) bool {
		if found = *k == want; found {
			k.from = gone
			g.dropped++
		}
		return !found
	})
	g.tidy()
	return found
}

// Ready packs what was added to a new graph. It is to be called before the graph is read.
func (g *Graph) Ready() {
	if g.starts == nil {
		g.pack()
	}
}

// Each calls fn for the links from a node, or, back, to it, that hold at an instant, until it returns false. It tells whether it never did.
func (g *Graph) Each(id int64, at int64, back bool, fn func(from, to int64, name string) bool) bool {
	n, ok := g.nodes.numbers[id]
	if !ok {
		return true
	}
	return g.each(n, back, func(k *link) bool {
		if k.from == gone || at < k.begin || at >= k.end {
			return true
		}
		return fn(g.nodes.values[k.from], g.nodes.values[k.to], g.names.values[k.name])
	})
}

// each calls fn for the links of a node, also for those that are gone, until it returns false.
func (g *Graph) each(n int32, back bool, fn func(*link) bool) bool {
	more := g.out
	if back {
		more = g.in
	}
	if int(n)+1 < len(g.starts) { // else the node is younger than what was packed
		if back {
			for _, i := range g.into[g.ends[n]:g.ends[n+1]] {
				if !fn(&g.links[i]) {
					return false
				}
			}
		} else {
			for i := g.starts[n]; i < g.starts[n+1]; i++ {
				if !fn(&g.links[i]) {
					return false
				}
			}
		}
	}
	for _, i := range more[n] {
		if !fn(&g.links[i]) {
			return false
		}
	}
	return true
}

// numbered gives values numbers from 0, in the order in which they come.
type numbered[V comparable] struct {
	values  []V
	numbers map[V]int32
}

func (n *numbered[V]) number(v V) int32 {
	i, ok := n.numbers[v]
	if !ok {
		if n.numbers == nil {
			n.numbers = map[V]int32{}
		}
		i = int32(len(n.values))
		n.numbers[v] = i
		n.values = append(n.values, v)
	}
	return i
}

// slack is how many links that are not packed, or gone, are borne at least.
const slack = 1024

// tidy packs the links when a fourth of them are not packed, or gone.
func (g *Graph) tidy() {
	if loose := len(g.links) - g.packed + g.dropped; loose > slack+g.packed/4 {
		g.pack()
	}
}

// pack orders the links by where they begin, without those that are gone. It takes two passes over them for each direction.
func (g *Graph) pack() {
	g.links = slices.DeleteFunc(g.links, func(k link) bool { return k.from == gone })
	g.dropped, g.out, g.in = 0, map[int32][]int32{}, map[int32][]int32{}
	g.packed = len(g.links)
	var order []int32
	g.starts, order = sorted(g.links, len(g.nodes.values), func(k *link) int32 { return k.from })
	ordered := make([]link, len(g.links))
	for at, i := range order {
		ordered[at] = g.links[i]
	}
	g.links = ordered
	g.ends, g.into = sorted(g.links, len(g.nodes.values), func(k *link) int32 { return k.to })
}

// sorted lists the numbers of links by a node of theirs, and says where those of each node begin.
func sorted(list []link, nodes int, of func(*link) int32) (starts, order []int32) {
	starts = make([]int32, nodes+1)
	for i := range list {
		starts[of(&list[i])+1]++
	}
	for n := range nodes {
		starts[n+1] += starts[n]
	}
	order, next := make([]int32, len(list)), slices.Clone(starts)
	for i := range list {
		n := of(&list[i])
		order[next[n]] = int32(i)
		next[n]++
	}
	return starts, order
}
