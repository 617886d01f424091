package data

import (
	"context"
	"fmt"

	"github.com/llmspell/llmspell/tools/data/internal/graph"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

func graphDefinition() tool.Definition {
	id := &schema.Schema{Types: []schema.Type{schema.String, schema.Integer}, Description: "A node's id"}
	about := func(s *schema.Schema, description string) *schema.Schema {
		c := *s
		c.Description = description
		return &c
	}
	nodes := schema.List("Nodes: ids, or {id, label, properties}", &schema.Schema{Types: []schema.Type{schema.String, schema.Integer, schema.Object}})
	edges := schema.List("Edges: {from, to, weight, label}, or [from, to] or [from, to, weight]", &schema.Schema{Types: []schema.Type{schema.Object, schema.Array}})
	example := map[string]any{"type": "directed", "nodes": []any{map[string]any{"id": "a"}, map[string]any{"id": "b"}, map[string]any{"id": "c"}},
		"edges": []any{map[string]any{"from": "a", "to": "b"}, map[string]any{"from": "b", "to": "c"}}}
	return tool.Definition{
		Descriptor: &tool.Descriptor{
			Name: "graph-builder", Aliases: []string{"graph"}, Category: "data", Version: "1.0.0", Security: tool.Safe,
			Tags: []string{"graph", "network", "nodes", "edges", "path", "cycle", "pagerank", "dot", "mermaid"},
			Description: "Builds graphs and analyzes them: degrees, components, cycles, topological order, shortest paths, centrality; exports JSON, DOT, GraphML and Mermaid. " +
				"A graph is a value that is given in and out",
			Parameters: schema.Map("",
				schema.Required("operation", schema.Choice("What to do", "create_graph", "add_node", "add_edge", "analyze", "shortest_path", "export_json", "export", "import_json").
					WithAliases(map[string]string{"create": "create_graph", "import": "import_json", "path": "shortest_path", "analyse": "analyze"})),
				schema.Optional("graph", &schema.Schema{Types: []schema.Type{schema.Object, schema.String}, Description: "The graph {type, nodes, edges}, or its JSON text"}),
				schema.Optional("input", &schema.Schema{Types: []schema.Type{schema.Object, schema.String}, Description: "The graph too: as JSON text {type, nodes, edges}, also with links, source and target (import_json)"}),
				schema.Optional("graph_type", schema.Choice("Whether edges have a direction (create_graph; directed)", "directed", "undirected"), "type"),
				schema.Optional("nodes", nodes), schema.Optional("edges", edges),
				schema.Optional("node_id", id, "id", "node"),
				schema.Optional("label", schema.Text("The label of the node or edge (add_node, add_edge)")),
				schema.Optional("properties", schema.Map("Further members of the node (add_node)"), "data"),
				schema.Optional("from", about(id, "The node where the edge or path begins"), "source"),
				schema.Optional("to", about(id, "The node where it ends"), "target"),
				schema.Optional("weight", schema.Num("The weight of the edge (add_edge; 1)")),
				schema.Optional("format", schema.Choice("What to export", "json", "dot", "graphml", "mermaid").WithDefault("json"))),
			Result: schema.Map("create_graph, add_node, add_edge, import_json {graph, node_count, edge_count}; analyze {node_count, edge_count, density, components, is_connected, has_cycle, cycle?, " +
				"topological_order?, diameter?, nodes: [{id, degree, in_degree, out_degree, pagerank, betweenness?, closeness?}], strongly_connected?, self_loops, isolated}; " +
				"shortest_path {found, path, distance}; export {format, output}; export_json {graph, output}"),
			Examples: []tool.Example{
				{Description: "Create a graph", Params: map[string]any{"operation": "create_graph", "graph_type": "undirected", "nodes": []any{"a", "b"}, "edges": []any{[]any{"a", "b"}}},
					Want: map[string]any{"node_count": 2, "edge_count": 1}},
				{Description: "Add a node", Params: map[string]any{"operation": "add_node", "graph": example, "node_id": "d"}, Want: map[string]any{"node_count": 4}},
				{Description: "Add an edge", Params: map[string]any{"operation": "add_edge", "graph": example, "from": "c", "to": "a", "weight": 2.5}, Want: map[string]any{"edge_count": 3}},
				{Description: "Analyze", Params: map[string]any{"operation": "analyze", "graph": example},
					Want: map[string]any{"has_cycle": false, "is_connected": true, "topological_order": []any{"a", "b", "c"}}},
				{Description: "Find the shortest path", Params: map[string]any{"operation": "shortest_path", "graph": example, "from": "a", "to": "c"},
					Want: map[string]any{"found": true, "path": []any{"a", "b", "c"}, "distance": 2.0}},
				{Description: "Export for Graphviz", Params: map[string]any{"operation": "export", "graph": example, "format": "dot"},
					Want: map[string]any{"output": "digraph {\n  \"a\";\n  \"b\";\n  \"c\";\n  \"a\" -> \"b\";\n  \"b\" -> \"c\";\n}\n"}},
				{Description: "Import JSON", Params: map[string]any{"operation": "import_json", "input": `{"nodes":[{"id":1},{"id":2}],"links":[{"source":1,"target":2}]}`},
					Want: map[string]any{"node_count": 2, "edge_count": 1}},
				{Description: "Export JSON", Params: map[string]any{"operation": "export_json", "graph": map[string]any{"nodes": []any{"a"}}},
					Want: map[string]any{"output": `{"edges":[],"nodes":[{"id":"a"}],"type":"directed"}`}},
			},
		},
		New: func() (tool.Tool, error) { return tool.Func(runGraph), nil },
	}
}

func runGraph(ctx context.Context, call *tool.Call) (*tool.Result, error) {
	g, err := callGraph(ctx, call)
	if err != nil {
		return nil, err
	}
	switch call.Operation {
	case "add_node":
		id, err := nodeID(call, "node_id")
		if err != nil {
			return nil, err
		}
		if g.Index(id) >= 0 {
			return nil, &schema.FieldError{Path: "node_id", Problem: fmt.Sprintf("names the node %q, which the graph has already", id)}
		}
		err = g.AddNode(graph.Node{ID: id, Label: call.Params.String("label"), Properties: call.Params.Map("properties")})
		if err != nil {
			return nil, err
		}
	case "add_edge":
		weight := 1.0
		if call.Params.Has("weight") {
			weight = call.Params.Float("weight")
		}
		from, to, err := ends(call, g)
		if err != nil {
			return nil, err
		}
		if err := g.AddEdge(graph.Edge{From: from, To: to, Weight: weight, Label: call.Params.String("label")}); err != nil {
			return nil, err
		}
	case "shortest_path":
		return shortestPath(ctx, call, g)
	case "analyze":
		report, err := g.Analyze(ctx)
		if err != nil {
			return nil, err
		}
		return tool.Value(report), nil
	case "export", "export_json":
		return exportGraph(call, g)
	}
	return &tool.Result{Message: fmt.Sprintf("a graph of %d nodes and %d edges", len(g.Nodes), len(g.Edges)),
		Value: map[string]any{"graph": g.Value(), "node_count": len(g.Nodes), "edge_count": len(g.Edges)}}, nil
}

// callGraph is the graph of a call, which may come in parts.
func callGraph(ctx context.Context, call *tool.Call) (*graph.Graph, error) {
	field := "graph"
	given, ok := call.Params["graph"]
	if !ok {
		field = "input"
		given, ok = call.Params["input"]
	}
	if text, isText := given.(string); isText {
		value, err := decodeJSON(ctx, text)
		if err != nil {
			return nil, &schema.FieldError{Path: field, Problem: "is not JSON: " + err.Error()}
		}
		given = value
	}
	if !ok && call.Operation != "create_graph" {
		return nil, call.Missing("graph", "input")
	}
	whole, isMap := given.(map[string]any)
	if ok && !isMap {
		return nil, &schema.FieldError{Path: field, Expected: "an object {type, nodes, edges}", Value: given}
	}
	if !ok {
		whole = map[string]any{}
	}
	g, err := graph.Read(field, whole, call.Params.String("graph_type"))
	if err != nil {
		return nil, err
	}
	if call.Operation == "create_graph" {
		nodes, _ := call.Params["nodes"].([]any)
		edges, _ := call.Params["edges"].([]any)
		return g, g.Extend("", nodes, edges)
	}
	return g, nil
}

func nodeID(call *tool.Call, name string) (string, error) {
	v, ok := call.Params[name]
	if !ok {
		return "", call.Missing(name)
	}
	id, ok := graph.ID(v)
	if !ok {
		return "", &schema.FieldError{Path: name, Expected: "a text that is not empty, or a whole number", Value: v}
	}
	return id, nil
}

func ends(call *tool.Call, g *graph.Graph) (from, to int, err error) {
	var at [2]int
	for i, name := range []string{"from", "to"} {
		id, err := nodeID(call, name)
		if err != nil {
			return 0, 0, err
		}
		if at[i] = g.Index(id); at[i] < 0 {
			return 0, 0, &schema.FieldError{Path: name, Problem: fmt.Sprintf("names the node %q, which the graph does not have", id), Help: "add it with add_node first"}
		}
	}
	return at[0], at[1], nil
}

func shortestPath(ctx context.Context, call *tool.Call, g *graph.Graph) (*tool.Result, error) {
	from, to, err := ends(call, g)
	if err != nil {
		return nil, err
	}
	path, distance, err := g.ShortestPath(ctx, from, to)
	if err != nil {
		return nil, err
	}
	if path == nil {
		return &tool.Result{Message: "there is no path", Value: map[string]any{"found": false, "path": []any{}, "distance": nil}}, nil
	}
	return tool.Value(map[string]any{"found": true, "path": g.IDs(path), "distance": distance}), nil
}

func exportGraph(call *tool.Call, g *graph.Graph) (*tool.Result, error) {
	format := call.Params.String("format")
	if call.Operation == "export_json" {
		format = "json"
	}
	text, err := g.Export(format)
	if err != nil {
		return nil, err
	}
	value := map[string]any{"format": format, "output": text}
	if format == "json" {
		value["graph"] = g.Value()
	}
	return &tool.Result{Text: &text, Value: value}, nil
}
