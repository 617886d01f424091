package cli

import (
	"encoding/json"
	"fmt"
	"io"

	"go.yaml.in/yaml/v4"
)

// writeAs prints a value as JSON or YAML. Both have the names that JSON gives.
func writeAs(w io.Writer, format string, v any) error {
	if format == "json" {
		return writeJSON(w, v, true)
	}
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	// JSON is YAML: so all names and omissions are the same, and in the same order.
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return fmt.Errorf("print as YAML: %w", err)
	}
	block(&doc)
	e := yaml.NewEncoder(w)
	e.SetIndent(2)
	if err := e.Encode(&doc); err != nil {
		return fmt.Errorf("print as YAML: %w", err)
	}
	return e.Close()
}

// block takes JSON's braces and quotes away where YAML needs none.
func block(n *yaml.Node) {
	if len(n.Content) > 0 {
		n.Style &^= yaml.FlowStyle
	}
	if n.Kind == yaml.ScalarNode && n.Tag == "!!str" {
		n.Style = 0
	}
	for _, c := range n.Content {
		block(c)
	}
}
