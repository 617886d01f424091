package graph

import (
	"encoding/xml"
	"fmt"
	"strconv"
	"strings"
)

// Export writes the graph as json, dot (Graphviz), graphml or mermaid.
func (g *Graph) Export(format string) (string, error) {
	switch format {
	case "dot":
		return g.dot(), nil
	case "graphml":
		return g.graphML(), nil
	case "mermaid":
		return g.mermaid(), nil
	}
	return g.json()
}

func (g *Graph) dot() string {
	quote := func(s string) string {
		return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", "").Replace(s) + `"`
	}
	var b strings.Builder
	kind, arrow := "digraph", "->"
	if !g.Directed {
		kind, arrow = "graph", "--"
	}
	b.WriteString(kind + " {\n")
	for _, n := range g.Nodes {
		b.WriteString("  " + quote(n.ID))
		if n.Label != "" {
			b.WriteString(" [label=" + quote(n.Label) + "]")
		}
		b.WriteString(";\n")
	}
	for _, e := range g.Edges {
		fmt.Fprintf(&b, "  %s %s %s", quote(g.Nodes[e.From].ID), arrow, quote(g.Nodes[e.To].ID))
		var attributes []string
		if e.Label != "" {
			attributes = append(attributes, "label="+quote(e.Label))
		}
		if e.Weight != 1 {
			attributes = append(attributes, "weight="+weightText(e.Weight))
		}
		if attributes != nil {
			b.WriteString(" [" + strings.Join(attributes, ", ") + "]")
		}
		b.WriteString(";\n")
	}
	b.WriteString("}\n")
	return b.String()
}

func weightText(w float64) string { return strconv.FormatFloat(w, 'g', -1, 64) }

func (g *Graph) graphML() string {
	escape := func(s string) string {
		var b strings.Builder
		xml.EscapeText(&b, []byte(s)) // a strings.Builder never fails
		return b.String()
	}
	var b strings.Builder
	kind := "directed"
	if !g.Directed {
		kind = "undirected"
	}
	b.WriteString(xml.Header + `<graphml xmlns="http://graphml.graphdrawing.org/xmlns">` + "\n" +
		`  <key id="label" for="all" attr.name="label" attr.type="string"/>` + "\n" +
		`  <key id="weight" for="edge" attr.name="weight" attr.type="double"/>` + "\n" +
		`  <graph edgedefault="` + kind + `">` + "\n")
	data := func(key, text string) {
		if text != "" {
			b.WriteString(`<data key="` + key + `">` + escape(text) + `</data>`)
		}
	}
	for _, n := range g.Nodes {
		b.WriteString(`    <node id="` + escape(n.ID) + `">`)
		data("label", n.Label)
		b.WriteString("</node>\n")
	}
	for _, e := range g.Edges {
		b.WriteString(`    <edge source="` + escape(g.Nodes[e.From].ID) + `" target="` + escape(g.Nodes[e.To].ID) + `">`)
		data("label", e.Label)
		data("weight", weightText(e.Weight))
		b.WriteString("</edge>\n")
	}
	b.WriteString("  </graph>\n</graphml>\n")
	return b.String()
}

// mermaid gives nodes ids of its own: those of the graph may hold anything.
func (g *Graph) mermaid() string {
	escape := func(s string) string {
		return strings.NewReplacer("#", "#35;", `"`, "#quot;", "<", "#lt;", ">", "#gt;", "\n", " ", "\r", " ").Replace(s)
	}
	var b strings.Builder
	b.WriteString("graph LR\n")
	for i, n := range g.Nodes {
		label := n.Label
		if label == "" {
			label = n.ID
		}
		fmt.Fprintf(&b, "  n%d[\"%s\"]\n", i+1, escape(label))
	}
	arrow := "-->"
	if !g.Directed {
		arrow = "---"
	}
	for _, e := range g.Edges {
		label := e.Label
		if label == "" && e.Weight != 1 {
			label = weightText(e.Weight)
		}
		if label != "" {
			label = `|"` + escape(label) + `"|`
		}
		fmt.Fprintf(&b, "  n%d %s%s n%d\n", e.From+1, arrow, label, e.To+1)
	}
	return b.String()
}
