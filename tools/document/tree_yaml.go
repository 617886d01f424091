package document

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/llmspell/llmspell/tools/tool"
)

// fromYAML reads a YAML stream: its document, or an array of them when there
// are several. References are followed, and count as often as they are.
func (b *builder) fromYAML(text string) (any, error) {
	dec := yaml.NewDecoder(tool.Reader(b.ctx, strings.NewReader(text)))
	var docs []any
	for {
		var n yaml.Node
		err := dec.Decode(&n)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			if e := b.ctx.Err(); e != nil {
				return nil, e
			}
			return nil, errors.New(strings.TrimPrefix(err.Error(), "yaml: "))
		}
		v, err := b.yamlValue(&n, 0, nil)
		if err != nil {
			return nil, err
		}
		docs = append(docs, v)
	}
	switch len(docs) {
	case 0:
		return nil, nil
	case 1:
		return docs[0], nil
	}
	b.lost["that the YAML was several documents: they become an array"] = true
	return docs, nil
}

func (b *builder) yamlValue(n *yaml.Node, depth int, within []*yaml.Node) (any, error) {
	if err := b.node(depth); err != nil {
		return nil, err
	}
	if n.HeadComment != "" || n.LineComment != "" || n.FootComment != "" {
		b.lost["comments"] = true
	}
	switch n.Kind {
	case yaml.DocumentNode:
		if len(n.Content) == 0 {
			return nil, nil
		}
		return b.yamlValue(n.Content[0], depth, within)
	case yaml.AliasNode:
		for _, w := range within {
			if w == n.Alias {
				return nil, fmt.Errorf("line %d: the reference *%s is inside of what it refers to", n.Line, n.Value)
			}
		}
		b.lost["anchors and references: what they refer to is repeated"] = true
		return b.yamlValue(n.Alias, depth+1, within)
	case yaml.SequenceNode:
		within = append(within[:len(within):len(within)], n)
		out := make([]any, 0, min(len(n.Content), 1024))
		for _, c := range n.Content {
			v, err := b.yamlValue(c, depth+1, within)
			if err != nil {
				return nil, err
			}
			out = append(out, v)
		}
		return out, nil
	case yaml.MappingNode:
		return b.yamlMapping(n, depth, append(within[:len(within):len(within)], n))
	}
	return b.yamlScalar(n)
}

func (b *builder) yamlMapping(n *yaml.Node, depth int, within []*yaml.Node) (any, error) {
	o, index := &object{}, map[string]int{}
	var merges []any
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := n.Content[i]
		for k.Kind == yaml.AliasNode {
			k = k.Alias
		}
		if k.HeadComment != "" || k.LineComment != "" || k.FootComment != "" {
			b.lost["comments"] = true
		}
		v, err := b.yamlValue(n.Content[i+1], depth+1, within)
		if err != nil {
			return nil, err
		}
		if k.Kind != yaml.ScalarNode {
			return nil, fmt.Errorf("line %d: a key is a list or a mapping, which no other format has", k.Line)
		}
		if k.ShortTag() == "!!merge" {
			merges = append(merges, v)
			continue
		}
		if _, double := index[k.Value]; double {
			return nil, fmt.Errorf("line %d: the key %q is there twice", k.Line, k.Value)
		}
		o.set(index, k.Value, v)
	}
	// What is merged in never overrides, and the first of a list goes first.
	for _, m := range merges {
		list, ok := m.([]any)
		if !ok {
			list = []any{m}
		}
		for _, e := range list {
			from, ok := e.(*object)
			if !ok {
				return nil, fmt.Errorf("line %d: << merges something that is no mapping", n.Line)
			}
			for _, m := range from.members {
				if err := b.node(depth); err != nil {
					return nil, err
				}
				if _, has := index[m.key]; !has {
					o.set(index, m.key, m.value)
				}
			}
		}
	}
	return o, nil
}

func (b *builder) yamlScalar(n *yaml.Node) (any, error) {
	switch n.ShortTag() {
	case "!!null":
		return nil, nil
	case "!!bool":
		return strings.EqualFold(n.Value, "true") || strings.EqualFold(n.Value, "yes") || strings.EqualFold(n.Value, "on"), nil
	case "!!int":
		if v, ok := wholeNumber(n.Value); ok {
			return v, nil
		}
		return nil, fmt.Errorf("line %d: %.100q is no whole number of %d digits at most", n.Line, n.Value, maxDigits)
	case "!!float":
		return yamlFloat(n)
	case "!!timestamp":
		return stamp(n.Value), nil
	case "!!str", "!!binary":
	default:
		b.lost["the tags of values, such as "+n.Tag] = true
	}
	return n.Value, nil
}

func yamlFloat(n *yaml.Node) (any, error) {
	s := strings.ToLower(strings.TrimPrefix(strings.ReplaceAll(n.Value, "_", ""), "+"))
	switch s {
	case ".inf":
		return number("inf"), nil
	case "-.inf":
		return number("-inf"), nil
	case ".nan":
		return number("nan"), nil
	}
	if !strings.ContainsAny(s, ".e") { // one of more than 64 bits
		if v, ok := wholeNumber(s); ok {
			return v, nil
		}
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return nil, fmt.Errorf("line %d: %.100q is no number", n.Line, n.Value)
	}
	return withFraction(f), nil
}

// withFraction writes a float that says that it is one: 3.0.
func withFraction(f float64) number {
	s := strconv.FormatFloat(f, 'g', -1, 64)
	if !strings.ContainsAny(s, ".eEIN") && !math.IsInf(f, 0) {
		s += ".0"
	}
	if math.IsInf(f, 0) || math.IsNaN(f) {
		return floatNumber(f)
	}
	return number(s)
}

func (b *builder) toYAML(t any, indent int) (string, error) {
	var out bytes.Buffer
	enc := yaml.NewEncoder(&out)
	enc.SetIndent(max(indent, 2))
	err := enc.Encode(yamlNode(t))
	if err == nil {
		err = enc.Close()
	}
	return out.String(), err
}

func yamlNode(t any) *yaml.Node {
	scalar := func(tag, value string) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: value} }
	switch t := t.(type) {
	case *object:
		n := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
		for _, m := range t.members {
			n.Content = append(n.Content, yamlText(m.key), yamlNode(m.value))
		}
		return n
	case []any:
		n := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
		for _, e := range t {
			n.Content = append(n.Content, yamlNode(e))
		}
		return n
	case string:
		return yamlText(t)
	case stamp:
		return scalar("!!timestamp", string(t))
	case number:
		switch {
		case t == "nan":
			return scalar("!!float", ".nan")
		case !t.finite():
			return scalar("!!float", strings.Replace(string(t), "inf", ".inf", 1))
		case t.whole():
			return scalar("!!int", string(t))
		}
		return scalar("!!float", string(t))
	case bool:
		return scalar("!!bool", strconv.FormatBool(t))
	}
	return scalar("!!null", "null")
}

// yamlText is a text that cannot be taken for anything else.
func yamlText(s string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s}
	plain := &yaml.Node{Kind: yaml.ScalarNode, Value: s}
	if plain.ShortTag() != "!!str" || s == "<<" || isOldScalar(s) {
		n.Style = yaml.DoubleQuotedStyle
	}
	return n
}

// isOldScalar tells whether readers of YAML 1.1, which are many, take a text for
// a truth value or a number: no, on, 1_000, and 12:30, a number to the base 60.
func isOldScalar(s string) bool {
	switch strings.ToLower(s) {
	case "yes", "no", "on", "off", "=":
		return true
	}
	digits := strings.Trim(s, "+-0123456789_:.")
	return digits == "" && strings.ContainsAny(s, "0123456789") && strings.ContainsAny(s, "_:")
}
