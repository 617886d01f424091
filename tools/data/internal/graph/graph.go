// Package graph holds graphs of up to a hundred thousand nodes, reads them from
// values of JSON, analyzes and exports them.
package graph

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"

	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

// Limits of a graph.
const (
	MaxNodes = 100_000
	MaxEdges = 500_000
)

// Node is a node of a graph.
type Node struct {
	ID, Label  string
	Properties map[string]any
}

// Edge joins two nodes, by their places in Nodes.
type Edge struct {
	From, To int
	Weight   float64
	Label    string
}

// Graph is a graph. Loops and several edges between two nodes are allowed.
type Graph struct {
	Directed bool
	Nodes    []Node
	Edges    []Edge
	index    map[string]int
	out, in  [][]int // edges by node, made when an analysis needs them
}

// ID makes a node's id of a value: a text, or a whole number.
func ID(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, v != "" && len(v) <= 1000
	case int:
		return strconv.Itoa(v), true
	case int64:
		return strconv.FormatInt(v, 10), true
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), v == math.Trunc(v) && math.Abs(v) < 1<<53
	}
	return "", false
}

// Read makes a graph of {type, nodes, edges}, and of what other libraries write:
// directed, links, source and target. kind overrides the type.
func Read(field string, v map[string]any, kind string) (*Graph, error) {
	g := &Graph{Directed: true, index: map[string]int{}}
	if kind == "" {
		for _, name := range []string{"type", "graph_type"} {
			if s, ok := v[name].(string); ok {
				kind = s
			}
		}
		if d, ok := v["directed"].(bool); ok && !d {
			kind = "undirected"
		}
	}
	switch kind {
	case "", "directed":
	case "undirected":
		g.Directed = false
	default:
		return nil, &schema.FieldError{Path: field + ".type", Expected: `"directed" or "undirected"`, Value: kind}
	}
	lists := map[string][]any{}
	for _, name := range []string{"nodes", "edges", "links"} {
		switch list := v[name].(type) {
		case nil:
		case []any:
			lists[name] = list
		case map[string]any:
			if len(list) == 0 { // an empty Lua table
				continue
			}
			return nil, &schema.FieldError{Path: field + "." + name, Expected: "an array", Value: list}
		default:
			return nil, &schema.FieldError{Path: field + "." + name, Expected: "an array", Value: list}
		}
	}
	edges := lists["edges"]
	if edges == nil {
		edges = lists["links"]
	}
	return g, g.Extend(field+".", lists["nodes"], edges)
}

// Extend adds nodes and edges as callers write them. Nodes that only edges name
// are made.
func (g *Graph) Extend(prefix string, nodes, edges []any) error {
	for i, v := range nodes {
		path := fmt.Sprintf("%snodes[%d]", prefix, i+1)
		n, err := readNode(path, v)
		if err != nil {
			return err
		}
		if g.Index(n.ID) >= 0 {
			return &schema.FieldError{Path: path, Problem: fmt.Sprintf("has the id %q, which another node has", n.ID)}
		}
		if err := g.AddNode(n); err != nil {
			return err
		}
	}
	for i, v := range edges {
		if err := g.extendEdge(fmt.Sprintf("%sedges[%d]", prefix, i+1), v); err != nil {
			return err
		}
	}
	return nil
}

func readNode(path string, v any) (Node, error) {
	m, ok := v.(map[string]any)
	if !ok {
		m = map[string]any{"id": v}
	}
	id, ok := ID(m["id"])
	if !ok {
		return Node{}, &schema.FieldError{Path: path, Expected: "an id: a text that is not empty, or a whole number; or an object with one", Value: v}
	}
	n := Node{ID: id, Properties: map[string]any{}}
	for k, p := range m {
		switch k {
		case "id":
		case "label":
			n.Label, _ = p.(string)
		case "properties":
			if more, ok := p.(map[string]any); ok {
				for k, v := range more {
					n.Properties[k] = v
				}
			}
		default:
			n.Properties[k] = p
		}
	}
	return n, nil
}

func (g *Graph) extendEdge(path string, v any) error {
	var from, to any
	e := Edge{Weight: 1}
	switch v := v.(type) {
	case []any:
		if len(v) < 2 || len(v) > 3 {
			return &schema.FieldError{Path: path, Expected: "[from, to] or [from, to, weight]", Value: v}
		}
		from, to = v[0], v[1]
		if len(v) == 3 {
			v := map[string]any{"weight": v[2]}
			if err := e.readWeight(path, v); err != nil {
				return err
			}
		}
	case map[string]any:
		from, to = first(v, "from", "source"), first(v, "to", "target")
		e.Label, _ = v["label"].(string)
		if err := e.readWeight(path, v); err != nil {
			return err
		}
	default:
		return &schema.FieldError{Path: path, Expected: "{from, to} or [from, to]", Value: v}
	}
	for _, end := range []struct {
		name  string
		value any
		at    *int
	}{{"from", from, &e.From}, {"to", to, &e.To}} {
		id, ok := ID(end.value)
		if !ok {
			return &schema.FieldError{Path: path + "." + end.name, Expected: "the id of a node", Value: end.value}
		}
		if *end.at = g.Index(id); *end.at < 0 {
			if err := g.AddNode(Node{ID: id}); err != nil {
				return err
			}
			*end.at = len(g.Nodes) - 1
		}
	}
	return g.AddEdge(e)
}

func first(m map[string]any, names ...string) any {
	for _, n := range names {
		if v, ok := m[n]; ok {
			return v
		}
	}
	return nil
}

func (e *Edge) readWeight(path string, m map[string]any) error {
	switch w := m["weight"].(type) {
	case nil:
	case float64:
		e.Weight = w
	case int64:
		e.Weight = float64(w)
	case int:
		e.Weight = float64(w)
	default:
		return &schema.FieldError{Path: path + ".weight", Expected: "a number", Value: w}
	}
	return nil
}

// Index finds a node by its id; -1 when there is none.
func (g *Graph) Index(id string) int {
	if i, ok := g.index[id]; ok {
		return i
	}
	return -1
}

// AddNode adds a node whose id is new.
func (g *Graph) AddNode(n Node) error {
	if len(g.Nodes) == MaxNodes {
		return tool.Errorf(tool.LimitExceeded, "a graph has %d nodes at most", MaxNodes)
	}
	g.index[n.ID] = len(g.Nodes)
	g.Nodes = append(g.Nodes, n)
	return nil
}

// AddEdge adds an edge.
func (g *Graph) AddEdge(e Edge) error {
	if len(g.Edges) == MaxEdges {
		return tool.Errorf(tool.LimitExceeded, "a graph has %d edges at most", MaxEdges)
	}
	g.Edges = append(g.Edges, e)
	return nil
}

// Value is the graph as a value that Read reads.
func (g *Graph) Value() map[string]any {
	nodes, edges := make([]any, len(g.Nodes)), make([]any, len(g.Edges))
	for i, n := range g.Nodes {
		m := map[string]any{"id": n.ID}
		if n.Label != "" {
			m["label"] = n.Label
		}
		if len(n.Properties) > 0 {
			m["properties"] = n.Properties
		}
		nodes[i] = m
	}
	for i, e := range g.Edges {
		m := map[string]any{"from": g.Nodes[e.From].ID, "to": g.Nodes[e.To].ID}
		if e.Weight != 1 {
			m["weight"] = e.Weight
		}
		if e.Label != "" {
			m["label"] = e.Label
		}
		edges[i] = m
	}
	kind := "directed"
	if !g.Directed {
		kind = "undirected"
	}
	return map[string]any{"type": kind, "nodes": nodes, "edges": edges}
}

// IDs gives the ids of nodes.
func (g *Graph) IDs(nodes []int) []any {
	out := make([]any, len(nodes))
	for i, n := range nodes {
		out[i] = g.Nodes[n].ID
	}
	return out
}

func (g *Graph) json() (string, error) {
	b, err := json.Marshal(g.Value())
	return string(b), err
}
