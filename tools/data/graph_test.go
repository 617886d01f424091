package data

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/tools/data/internal/graph"
	"github.com/llmspell/llmspell/tools/internal/tooltest"
	"github.com/llmspell/llmspell/tools/tool"
)

func TestGraphBuilder(t *testing.T) {
	abc := `"graph":{"type":"directed","nodes":["a","b","c"],"edges":[["a","b"],["b","c",2.5]]}`
	ring := `"graph":{"type":"undirected","edges":[["a","b"],["b","c"],["c","a"],["c","d"]],"nodes":["e"]}`
	op := func(operation string, more ...string) string {
		return `{"operation":"` + operation + `"` + strings.Join(append([]string{""}, more...), ",") + `}`
	}
	tooltest.New(t, Definitions()).Table(t, "graph-builder", []tooltest.Want{
		{Params: op("create_graph"), Field: "graph", Value: `{"edges":[],"nodes":[],"type":"directed"}`},
		{Params: op("create_graph", `"graph_type":"undirected"`, `"nodes":[1,{"id":"x","label":"X","colour":"red"}]`, `"edges":[{"source":1,"target":"y","weight":2}]`), Field: "graph",
			Value: `{"edges":[{"from":"1","to":"y","weight":2}],"nodes":[{"id":"1"},{"id":"x","label":"X","properties":{"colour":"red"}},{"id":"y"}],"type":"undirected"}`},
		{Params: op("add_node", abc, `"node_id":"d"`, `"label":"D"`, `"properties":{"k":1}`), Field: "node_count", Value: `4`},
		{Params: op("add_edge", abc, `"from":"c"`, `"to":"a"`, `"weight":0`, `"label":"back"`), Field: "edge_count", Value: `3`},
		{Params: op("import_json", `"input":"{\"directed\":false,\"nodes\":[{\"id\":0}],\"links\":[]}"`), Field: "graph", Value: `{"edges":[],"nodes":[{"id":"0"}],"type":"undirected"}`},
		{Params: op("import_json", `"input":{"nodes":{},"edges":{}}`), Field: "node_count", Value: `0`}, // empty Lua tables
		{Params: op("export_json", abc), Field: "output", Value: `"{\"edges\":[{\"from\":\"a\",\"to\":\"b\"},{\"from\":\"b\",\"to\":\"c\",\"weight\":2.5}],\"nodes\":[{\"id\":\"a\"},{\"id\":\"b\"},{\"id\":\"c\"}],\"type\":\"directed\"}"`},
		{Params: op("export", `"format":"dot"`, `"graph":{"type":"undirected","nodes":[{"id":"a\"b","label":"x\\\n"}],"edges":[{"from":"a\"b","to":"c","label":"l","weight":3}]}`), Field: "output",
			Value: `"graph {\n  \"a\\\"b\" [label=\"x\\\\\\n\"];\n  \"c\";\n  \"a\\\"b\" -- \"c\" [label=\"l\", weight=3];\n}\n"`},
		{Params: op("export", `"format":"mermaid"`, `"graph":{"nodes":[{"id":"a","label":"x\"]; click"}],"edges":[["a","b",2]]}`), Field: "output",
			Value: `"graph LR\n  n1[\"x#quot;]; click\"]\n  n2[\"b\"]\n  n1 --\u003e|\"2\"| n2\n"`},
		{Params: op("shortest_path", ring, `"from":"a"`, `"to":"d"`), Field: "path", Value: `["a","c","d"]`},
		{Params: op("shortest_path", abc, `"from":"a"`, `"to":"c"`), Field: "distance", Value: `3.5`},
		{Params: op("shortest_path", abc, `"from":"c"`, `"to":"a"`), Field: "found", Value: `false`},
		{Params: op("shortest_path", abc, `"from":"b"`, `"to":"b"`), Field: "distance", Value: `0`},
		{Params: op("shortest_path", `"graph":{"edges":[["a","b",10],["a","c",1],["c","d",1],["d","b",1]]}`, `"from":"a"`, `"to":"b"`), Field: "path", Value: `["a","c","d","b"]`},
		{Params: op("analyze", abc), Field: "topological_order", Value: `["a","b","c"]`},
		{Params: op("analyze", abc), Field: "has_cycle", Value: `false`},
		{Params: op("analyze", abc), Field: "strongly_connected", Value: `3`},
		{Params: op("analyze", abc), Field: "density", Value: `0.3333333333333333`},
		{Params: op("analyze", ring), Field: "cycle", Value: `["a","b","c","a"]`},
		{Params: op("analyze", ring), Field: "components", Value: `2`},
		{Params: op("analyze", ring), Field: "isolated", Value: `1`},
		{Params: op("analyze", `"graph":{"edges":[["a","b"],["b","c"],["c","a"],["c","d"]]}`), Field: "strongly_connected", Value: `2`},
		{Params: op("analyze", `"graph":{"type":"undirected","edges":[["a","b"],["b","c"],["c","d"]]}`), Field: "diameter", Value: `3`},
		{Params: op("analyze", `"graph":{"type":"undirected","edges":[["a","b"],["a","b"]]}`), Field: "cycle", Value: `["a","b","a"]`},
		{Params: op("analyze", `"graph":{"type":"undirected","edges":[["a","a"]]}`), Field: "cycle", Value: `["a","a"]`},
		{Params: op("analyze", `"graph":{"type":"undirected","edges":[["a","b"],["b","c"]]}`), Field: "has_cycle", Value: `false`},
		{Params: op("analyze", `"graph":{}`), Field: "node_count", Value: `0`},
		{Params: op("analyze", `"graph":{"type":"undirected","edges":[["a","b"],["b","c"]]}`), Field: "nodes",
			Value: `[{"betweenness":0,"closeness":0.6666666666666666,"component":1,"degree":1,"id":"a","pagerank":0.256756763},` +
				`{"betweenness":1,"closeness":1,"component":1,"degree":2,"id":"b","pagerank":0.486486473},` +
				`{"betweenness":0,"closeness":0.6666666666666666,"component":1,"degree":1,"id":"c","pagerank":0.256756763}]`},

		{Params: `{}`, Err: `"operation" is missing`},
		{Params: op("paint"), Err: `"operation" is wrong`},
		{Params: op("analyze"), Err: `"graph" is missing`, Code: tool.InvalidParameters},
		{Params: op("analyze", `"graph":5`), Err: `"graph" is wrong`},
		{Params: op("analyze", `"graph":"{"`), Err: `"graph" is not JSON`},
		{Params: op("import_json", `"input":"[1]"`), Err: `"input" is wrong: expected an object`},
		{Params: op("analyze", `"graph":{"type":"round"}`), Err: `"graph.type" is wrong`},
		{Params: op("analyze", `"graph":{"nodes":5}`), Err: `"graph.nodes" is wrong`},
		{Params: op("analyze", `"graph":{"nodes":[true]}`), Err: `"graph.nodes[1]" is wrong: expected an id`},
		{Params: op("analyze", `"graph":{"nodes":["a","a"]}`), Err: `"graph.nodes[2]" has the id "a", which another node has`},
		{Params: op("analyze", `"graph":{"edges":[["a"]]}`), Err: `"graph.edges[1]" is wrong`},
		{Params: op("analyze", `"graph":{"edges":[{"from":"a"}]}`), Err: `"graph.edges[1].to" is wrong`},
		{Params: op("analyze", `"graph":{"edges":[["a","b","x"]]}`), Err: `"graph.edges[1].weight" is wrong`},
		{Params: op("create_graph", `"nodes":5`), Err: `"nodes" is wrong`},
		{Params: op("create_graph", `"edges":[5]`), Err: `"edges[1]" is wrong`},
		{Params: op("create_graph", `"graph_type":"round"`), Err: `"graph_type" is wrong`},
		{Params: op("add_node", abc), Err: `"node_id" is missing`},
		{Params: op("add_node", abc, `"node_id":""`), Err: `"node_id" is wrong`},
		{Params: op("add_node", abc, `"node_id":"a"`), Err: `"node_id" names the node "a", which the graph has already`},
		{Params: op("add_node", abc, `"node_id":"z"`, `"properties":5`), Err: `"properties" is wrong`},
		{Params: op("add_node", abc, `"node_id":"z"`, `"label":5`), Err: `"label" is wrong`},
		{Params: op("add_edge", abc, `"from":"a"`), Err: `"to" is missing`},
		{Params: op("add_edge", abc, `"from":"z"`, `"to":"a"`), Err: `"from" names the node "z", which the graph does not have`},
		{Params: op("add_edge", abc, `"from":"a"`, `"to":"b"`, `"weight":"x"`), Err: `"weight" is wrong`},
		{Params: op("export", abc, `"format":"svg"`), Err: `"format" is wrong`},
		{Params: op("shortest_path", `"graph":{"edges":[["a","b",-1]]}`, `"from":"a"`, `"to":"b"`), Err: "weights that are not negative", Code: tool.Unsupported},
	})
}

func TestGraphMLIsXML(t *testing.T) {
	r := tooltest.New(t, Definitions())
	res, err := r.Call(t, context.Background(), "graph-builder", `{"operation":"export","format":"graphml","graph":{"nodes":[{"id":"a<","label":"&"}],"edges":[["a<","b",2]]}}`)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`<node id="a&lt;"><data key="label">&amp;</data></node>`, `<edge source="a&lt;" target="b"><data key="weight">2</data></edge>`} {
		if !strings.Contains(*res.Text, want) {
			t.Errorf("%s is not in %s", want, *res.Text)
		}
	}
}

// A long chain needs neither a deep stack nor long.
func TestLargeGraph(t *testing.T) {
	r := tooltest.New(t, Definitions())
	var edges []any
	for i := range graph.MaxNodes - 1 {
		edges = append(edges, []any{i, i + 1})
	}
	text, _ := json.Marshal(map[string]any{"operation": "analyze", "graph": map[string]any{"edges": edges}})
	res, err := r.Call(t, context.Background(), "graph-builder", string(text))
	if err != nil {
		t.Fatal(err)
	}
	if m := res.Value.(map[string]any); m["has_cycle"] != false || m["diameter"] != nil || m["strongly_connected"] != graph.MaxNodes {
		t.Errorf("%v %v %v", m["has_cycle"], m["diameter"], m["strongly_connected"])
	}
	edges = append(edges, []any{0, graph.MaxNodes})
	text, _ = json.Marshal(map[string]any{"operation": "analyze", "graph": map[string]any{"edges": edges}})
	if _, err := r.Call(t, context.Background(), "graph-builder", string(text)); err == nil || err.Code != tool.LimitExceeded {
		t.Errorf("too many nodes: %v", err)
	}
}

func TestGraphAnalysisIsCancelled(t *testing.T) {
	r := tooltest.New(t, Definitions())
	var edges []any
	for i := range 2000 {
		edges = append(edges, []any{fmt.Sprint(i), fmt.Sprint((i * 7) % 2000)}, []any{fmt.Sprint(i), fmt.Sprint((i + 1) % 2000)})
	}
	text, _ := json.Marshal(map[string]any{"operation": "analyze", "graph": map[string]any{"edges": edges}})
	for _, looks := range []int64{0, 1, 20, 500} { // the last while it looks for the shortest paths
		if _, err := r.Call(t, newCountdown(looks), "graph-builder", string(text)); err == nil || !errors.Is(err, context.Canceled) {
			t.Errorf("after %d looks: %v", looks, err)
		}
	}
}
