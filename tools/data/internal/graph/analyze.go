package graph

import (
	"context"
	"math"
	"slices"
)

// maxAllPairs bounds nodes times edges of what looks from every node: the
// diameter, closeness and betweenness. Beyond, they are left out.
const maxAllPairs = 20_000_000

// Analyze describes the graph. It returns the context's error when that ends.
func (g *Graph) Analyze(ctx context.Context) (map[string]any, error) {
	g.link()
	n, m := len(g.Nodes), len(g.Edges)
	loops, isolated := 0, 0
	inDegree, outDegree := make([]int, n), make([]int, n)
	for _, e := range g.Edges {
		if e.From == e.To {
			loops++
		}
		outDegree[e.From]++
		inDegree[e.To]++
	}
	report := map[string]any{"type": "directed", "node_count": n, "edge_count": m, "self_loops": loops, "density": g.density()}
	if !g.Directed {
		report["type"] = "undirected"
	}
	component, components := g.components()
	report["components"], report["is_connected"] = components, components <= 1
	if cycle := g.cycle(); cycle != nil {
		report["has_cycle"], report["cycle"] = true, g.IDs(cycle)
	} else {
		report["has_cycle"] = false
	}
	if g.Directed {
		if order := g.topological(); order != nil {
			report["topological_order"] = g.IDs(order)
		}
		report["strongly_connected"] = g.strongComponents()
	}
	rank, err := g.pageRank(ctx)
	if err != nil {
		return nil, err
	}
	var pairs *allPairs
	if n > 0 && n*(n+m) <= maxAllPairs {
		if pairs, err = g.allPairs(ctx); err != nil {
			return nil, err
		}
		if pairs.complete {
			report["diameter"] = pairs.diameter
		}
	}
	nodes := make([]any, n)
	for i := range nodes {
		degree := inDegree[i] + outDegree[i]
		if degree == 0 {
			isolated++
		}
		d := map[string]any{"id": g.Nodes[i].ID, "degree": degree, "component": component[i], "pagerank": math.Round(rank[i]*1e9) / 1e9}
		if g.Directed {
			d["in_degree"], d["out_degree"] = inDegree[i], outDegree[i]
		}
		if pairs != nil {
			d["betweenness"], d["closeness"] = pairs.betweenness[i], pairs.closeness[i]
		}
		nodes[i] = d
	}
	report["nodes"], report["isolated"] = nodes, isolated
	return report, nil
}

// link sorts the edges by node. An edge without direction goes both ways.
func (g *Graph) link() {
	g.out, g.in = make([][]int, len(g.Nodes)), make([][]int, len(g.Nodes))
	for i, e := range g.Edges {
		g.out[e.From] = append(g.out[e.From], i)
		g.in[e.To] = append(g.in[e.To], i)
	}
}

// next calls do with each edge that leads from a node, and where to.
func (g *Graph) next(node int, do func(edge, to int)) {
	for _, e := range g.out[node] {
		do(e, g.Edges[e].To)
	}
	if !g.Directed {
		for _, e := range g.in[node] {
			if g.Edges[e].From != g.Edges[e].To { // a loop is one step, not two
				do(e, g.Edges[e].From)
			}
		}
	}
}

func (g *Graph) density() float64 {
	n := float64(len(g.Nodes))
	if n < 2 {
		return 0
	}
	d := float64(len(g.Edges)) / (n * (n - 1))
	if !g.Directed {
		d *= 2
	}
	return d
}

// components numbers the parts of the graph from 1, directions aside.
func (g *Graph) components() (of []int, count int) {
	of = make([]int, len(g.Nodes))
	var stack []int
	for i := range g.Nodes {
		if of[i] != 0 {
			continue
		}
		count++
		of[i] = count
		stack = append(stack[:0], i)
		for len(stack) > 0 {
			node := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			visit := func(to int) {
				if of[to] == 0 {
					of[to] = count
					stack = append(stack, to)
				}
			}
			for _, e := range g.out[node] {
				visit(g.Edges[e].To)
			}
			for _, e := range g.in[node] {
				visit(g.Edges[e].From)
			}
		}
	}
	return of, count
}

// cycle finds one cycle: its nodes, the first of which stands at the end too.
// The search keeps its own stack, for paths may be as long as the graph is large.
func (g *Graph) cycle() []int {
	const fresh, open, done = 0, 1, 2
	state := make([]int, len(g.Nodes))
	type step struct {
		node, via int // via is the edge by which the node was reached
		edges     [][2]int
	}
	for start := range g.Nodes {
		if state[start] != fresh {
			continue
		}
		enter := func(node, via int) step {
			state[node] = open
			s := step{node: node, via: via}
			g.next(node, func(edge, to int) { s.edges = append(s.edges, [2]int{edge, to}) })
			return s
		}
		path := []step{enter(start, -1)}
		for len(path) > 0 {
			top := &path[len(path)-1]
			if len(top.edges) == 0 {
				state[top.node] = done
				path = path[:len(path)-1]
				continue
			}
			edge, to := top.edges[0][0], top.edges[0][1]
			top.edges = top.edges[1:]
			switch {
			case !g.Directed && edge == top.via: // back the way we came
			case state[to] == open:
				var cycle []int
				for _, s := range path {
					if s.node == to || cycle != nil {
						cycle = append(cycle, s.node)
					}
				}
				return append(cycle, to)
			case state[to] == fresh:
				path = append(path, enter(to, edge))
			}
		}
	}
	return nil
}

// topological orders the nodes so that edges lead forward (Kahn); nil when a
// cycle prevents it.
func (g *Graph) topological() []int {
	waits := make([]int, len(g.Nodes))
	for _, e := range g.Edges {
		waits[e.To]++
	}
	order := make([]int, 0, len(g.Nodes))
	for i, n := range waits {
		if n == 0 {
			order = append(order, i)
		}
	}
	for at := 0; at < len(order); at++ {
		for _, e := range g.out[order[at]] {
			to := g.Edges[e].To
			if waits[to]--; waits[to] == 0 {
				order = append(order, to)
			}
		}
	}
	if len(order) < len(g.Nodes) {
		return nil
	}
	return order
}

// strongComponents counts the strongly connected components (Kosaraju).
func (g *Graph) strongComponents() int {
	n := len(g.Nodes)
	seen := make([]bool, n)
	finished := make([]int, 0, n)
	type step struct{ node, edge int }
	var stack []step
	for i := range n {
		if seen[i] {
			continue
		}
		seen[i] = true
		stack = append(stack[:0], step{i, 0})
		for len(stack) > 0 {
			top := &stack[len(stack)-1]
			if top.edge == len(g.out[top.node]) {
				finished = append(finished, top.node)
				stack = stack[:len(stack)-1]
				continue
			}
			to := g.Edges[g.out[top.node][top.edge]].To
			top.edge++
			if !seen[to] {
				seen[to] = true
				stack = append(stack, step{to, 0})
			}
		}
	}
	clear(seen)
	count := 0
	var open []int
	for _, i := range slices.Backward(finished) {
		if seen[i] {
			continue
		}
		count++
		seen[i] = true
		open = append(open[:0], i)
		for len(open) > 0 {
			node := open[len(open)-1]
			open = open[:len(open)-1]
			for _, e := range g.in[node] {
				if from := g.Edges[e].From; !seen[from] {
					seen[from] = true
					open = append(open, from)
				}
			}
		}
	}
	return count
}

// pageRank is that of Brin and Page, with the damping 0.85; the ranks add up to 1.
func (g *Graph) pageRank(ctx context.Context) ([]float64, error) {
	n := len(g.Nodes)
	rank, nextRank := make([]float64, n), make([]float64, n)
	degree := make([]int, n)
	for i := range rank {
		rank[i] = 1 / float64(n)
		g.next(i, func(int, int) { degree[i]++ })
	}
	for range 100 {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		lost := 0.0
		for i := range rank {
			if degree[i] == 0 {
				lost += rank[i]
			}
		}
		base := (1-0.85)/float64(n) + 0.85*lost/float64(n)
		for i := range nextRank {
			nextRank[i] = base
		}
		for i := range rank {
			g.next(i, func(_, to int) { nextRank[to] += 0.85 * rank[i] / float64(degree[i]) })
		}
		change := 0.0
		for i := range rank {
			change += math.Abs(rank[i] - nextRank[i])
		}
		rank, nextRank = nextRank, rank
		if change < 1e-10 {
			break
		}
	}
	return rank, nil
}
