package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

// What a description may come to once its references are resolved. YAML's
// own references count as often as they are used.
const (
	maxNodes = 1_000_000
	maxDepth = 100
)

// readDescription decodes JSON or YAML. field is the parameter that it came by.
func readDescription(ctx context.Context, field, text string) (doc map[string]any, err error) {
	defer func() {
		if v := recover(); v != nil { // of the YAML library
			err = &schema.FieldError{Path: field, Problem: fmt.Sprintf("cannot be read as YAML: %v", v)}
		}
	}()
	text = strings.TrimPrefix(text, "\uFEFF")
	var v any
	if strings.HasPrefix(strings.TrimLeft(text, " \t\r\n"), "{") && json.Unmarshal([]byte(text), &v) == nil {
		doc, _ = v.(map[string]any)
		return doc, nil
	}
	var n yaml.Node
	if err := yaml.NewDecoder(tool.Reader(ctx, strings.NewReader(text))).Decode(&n); err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, &schema.FieldError{Path: field, Problem: "is neither JSON nor YAML: " + clip(strings.TrimPrefix(err.Error(), "yaml: "), 200)}
	}
	r := yamlReader{ctx: ctx}
	if v, err = r.value(&n, 0); err != nil {
		return nil, err
	}
	doc, ok := v.(map[string]any)
	if !ok {
		return nil, &schema.FieldError{Path: field, Expected: "a description of an API", Found: "something that is no object"}
	}
	return doc, nil
}

// yamlReader makes JSON-like values of YAML, up to the limits.
type yamlReader struct {
	ctx   context.Context
	nodes int
}

func (r *yamlReader) value(n *yaml.Node, depth int) (any, error) {
	if r.nodes++; r.nodes > maxNodes || depth > maxDepth {
		return nil, tool.Errorf(tool.LimitExceeded, "the description has more than %d values or %d levels", maxNodes, maxDepth)
	}
	if r.nodes%1024 == 0 && r.ctx.Err() != nil {
		return nil, r.ctx.Err()
	}
	switch n.Kind {
	case yaml.DocumentNode:
		if len(n.Content) == 1 {
			return r.value(n.Content[0], depth)
		}
		return nil, nil
	case yaml.AliasNode:
		if n.Alias == nil {
			return nil, errors.New("the description refers to something that is not there")
		}
		return r.value(n.Alias, depth+1)
	case yaml.SequenceNode:
		out := make([]any, 0, min(len(n.Content), 1024))
		for _, c := range n.Content {
			v, err := r.value(c, depth+1)
			if err != nil {
				return nil, err
			}
			out = append(out, v)
		}
		return out, nil
	case yaml.MappingNode:
		return r.object(n, depth)
	}
	var v any
	if err := n.Decode(&v); err != nil {
		return n.Value, nil
	}
	switch v := v.(type) {
	case nil, bool, string, float64, int:
		return v, nil
	}
	return n.Value, nil // dates and the like are texts in JSON
}

func (r *yamlReader) object(n *yaml.Node, depth int) (any, error) {
	out := make(map[string]any, min(len(n.Content)/2, 1024))
	for i := 0; i+1 < len(n.Content); i += 2 {
		v, err := r.value(n.Content[i+1], depth+1)
		if err != nil {
			return nil, err
		}
		key := n.Content[i]
		if m, ok := v.(map[string]any); ok && key.Value == "<<" { // what is merged in never overrides
			for k, v := range m {
				if _, there := out[k]; !there {
					out[k] = v
				}
			}
			continue
		}
		out[key.Value] = v // 200: is the key "200"
	}
	return out, nil
}
