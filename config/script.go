package config

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// CheckProvider checks the table of a provider that a script gives, as those of
// files are checked, and returns it complete, secrets masked.
func CheckProvider(name string, values map[string]any) (map[string]any, error) {
	d := &decoder{origin: Origin{Layer: LayerFlag, Source: "provider"}, origins: map[string]Origin{}, seen: map[string]*node{}}
	n, err := fromPlain(values)
	if err != nil {
		return nil, err
	}
	c := Default()
	providers := &node{keys: []string{name}, table: map[string]*node{name: n}}
	root := &node{keys: []string{"providers"}, table: map[string]*node{"providers": providers}}
	d.value(reflect.ValueOf(c).Elem(), schema(), root, "")
	if len(d.problems) > 0 {
		p := d.problems[0]
		return nil, fmt.Errorf("%s: %s", strings.TrimPrefix(p.Key, "providers."), p.Message)
	}
	l := &Loaded{Config: c, origins: d.origins}
	out, _ := l.Tree("providers." + quoteKey(name)).(map[string]any)
	return out, nil
}

// fromPlain makes a node of what Go has for JSON.
func fromPlain(v any) (*node, error) {
	switch x := v.(type) {
	case map[string]any:
		n := &node{table: map[string]*node{}, keys: slices.Sorted(maps.Keys(x))}
		for k, e := range x {
			child, err := fromPlain(e)
			if err != nil {
				return nil, err
			}
			n.table[k] = child
		}
		return n, nil
	case []any:
		n := &node{kind: kindArray}
		for _, e := range x {
			child, err := fromPlain(e)
			if err != nil {
				return nil, err
			}
			n.items = append(n.items, child)
		}
		return n, nil
	case string:
		return &node{kind: kindString, text: x}, nil
	case bool:
		return &node{kind: kindBool, boolean: x}, nil
	case int64:
		return &node{kind: kindInt, integer: x}, nil
	case float64:
		return &node{kind: kindFloat, float: x}, nil
	}
	return nil, fmt.Errorf("a %T cannot stand in a configuration", v)
}

// JSON writes a value of Tree as JSON.
func JSON(v any, pretty bool) (string, error) {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if pretty {
		e.SetIndent("", "  ")
	}
	if err := e.Encode(v); err != nil {
		return "", fmt.Errorf("write JSON: %w", err)
	}
	return strings.TrimSuffix(b.String(), "\n"), nil
}
