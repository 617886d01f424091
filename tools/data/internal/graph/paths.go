package graph

import (
	"container/heap"
	"context"
	"math"
	"slices"

	"github.com/llmspell/llmspell/tools/tool"
)

// ShortestPath finds the path with the least sum of weights (Dijkstra): its
// nodes, or nil when there is none.
func (g *Graph) ShortestPath(ctx context.Context, from, to int) ([]int, float64, error) {
	for _, e := range g.Edges {
		if e.Weight < 0 || math.IsNaN(e.Weight) {
			return nil, 0, tool.Errorf(tool.Unsupported, "shortest paths need weights that are not negative; the edge from %q to %q has %v",
				g.Nodes[e.From].ID, g.Nodes[e.To].ID, e.Weight)
		}
	}
	g.link()
	distance, before := make([]float64, len(g.Nodes)), make([]int, len(g.Nodes))
	for i := range distance {
		distance[i], before[i] = math.Inf(1), -1
	}
	distance[from] = 0
	q := &queue{{from, 0}}
	for steps := 0; q.Len() > 0; steps++ {
		if steps&1023 == 0 && ctx.Err() != nil {
			return nil, 0, ctx.Err()
		}
		at := heap.Pop(q).(reached)
		if at.distance > distance[at.node] {
			continue // a better way was found since
		}
		if at.node == to {
			break
		}
		g.next(at.node, func(edge, next int) {
			if d := at.distance + g.Edges[edge].Weight; d < distance[next] {
				distance[next], before[next] = d, at.node
				heap.Push(q, reached{next, d})
			}
		})
	}
	if math.IsInf(distance[to], 1) {
		return nil, 0, nil
	}
	path := []int{to}
	for node := to; node != from; {
		node = before[node]
		path = append(path, node)
	}
	slices.Reverse(path)
	return path, distance[to], nil
}

type reached struct {
	node     int
	distance float64
}

type queue []reached

func (q queue) Len() int           { return len(q) }
func (q queue) Less(i, j int) bool { return q[i].distance < q[j].distance }
func (q queue) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(v any)        { *q = append(*q, v.(reached)) }

// Pop takes the last element.
func (q *queue) Pop() any {
	v := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	return v
}

// allPairs is what looking from every node tells. Steps are counted; weights
// do not matter.
type allPairs struct {
	diameter    int
	complete    bool // every node reaches every other
	closeness   []float64
	betweenness []float64
}

// allPairs searches from every node in breadth (Brandes 2001).
func (g *Graph) allPairs(ctx context.Context) (*allPairs, error) {
	n := len(g.Nodes)
	out := &allPairs{complete: true, closeness: make([]float64, n), betweenness: make([]float64, n)}
	distance, paths, share := make([]int, n), make([]float64, n), make([]float64, n)
	before := make([][]int, n)
	for s := range n {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		for i := range distance {
			distance[i], paths[i], share[i] = -1, 0, 0
			before[i] = before[i][:0]
		}
		distance[s], paths[s] = 0, 1
		order := append(make([]int, 0, n), s)
		sum := 0
		for at := 0; at < len(order); at++ {
			node := order[at]
			sum += distance[node]
			g.next(node, func(_, to int) {
				if distance[to] < 0 {
					distance[to] = distance[node] + 1
					order = append(order, to)
				}
				if distance[to] == distance[node]+1 {
					paths[to] += paths[node]
					before[to] = append(before[to], node)
				}
			})
		}
		out.diameter = max(out.diameter, distance[order[len(order)-1]])
		out.complete = out.complete && len(order) == n
		if sum > 0 { // of those that it reaches, and by how many they are
			out.closeness[s] = float64(len(order)-1) / float64(sum) * float64(len(order)-1) / float64(n-1)
		}
		for _, node := range slices.Backward(order) {
			for _, b := range before[node] {
				share[b] += paths[b] / paths[node] * (1 + share[node])
			}
			if node != s {
				out.betweenness[node] += share[node]
			}
		}
	}
	if !g.Directed { // each pair was seen from both ends
		for i := range out.betweenness {
			out.betweenness[i] /= 2
		}
	}
	return out, nil
}
