package bib

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// ParseYAML reads entries by key, as Hayagriva writes them: authors as "Last,
// First", a parent for the journal or book, date, page-range, serial-number.
func ParseYAML(src string) (entries []*Entry, err error) {
	defer func() { // a parser of other people's files must not end the process
		if v := recover(); v != nil {
			entries, err = nil, fmt.Errorf("the YAML cannot be read: %v", v)
		}
	}()
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(src), &doc); err != nil {
		return nil, fmt.Errorf("the YAML cannot be read: %w", err)
	}
	if len(doc.Content) == 0 {
		return nil, nil
	}
	root := doc.Content[0]
	if root.Kind != yaml.MappingNode {
		return nil, fmt.Errorf("line %d: expected entries by key, such as smith2020: {type: article, …}", root.Line)
	}
	if len(root.Content) > 2*MaxEntries {
		return nil, fmt.Errorf("there are more than %d entries", MaxEntries)
	}
	for i := 0; i+1 < len(root.Content); i += 2 {
		key, node := root.Content[i], root.Content[i+1]
		var m map[string]any
		if err := node.Decode(&m); err != nil {
			return nil, fmt.Errorf("line %d: the entry %q is no mapping of fields: %w", key.Line, key.Value, err)
		}
		e := &Entry{Key: key.Value, Line: key.Line, Type: "misc", Fields: map[string]string{}, Names: map[string][]Name{}}
		e.fields(m, 0)
		entries = append(entries, e)
	}
	return entries, nil
}

func (e *Entry) fields(m map[string]any, depth int) {
	parent := map[string]any{}
	for name, v := range m {
		if v == nil {
			continue
		}
		switch name = strings.ToLower(name); name {
		case "type":
			e.Type = strings.ToLower(scalar(v))
		case "author", "editor", "translator":
			e.Names[name] = yamlNames(v)
		case "parent":
			if l, ok := v.([]any); ok && len(l) > 0 {
				v = l[0]
			}
			parent, _ = v.(map[string]any)
		case "date", "year", "issued":
			date := scalar(v)
			if t, _, ok := strings.Cut(date, " 00:00:00"); ok {
				date = t
			}
			e.Fields["date"] = date
			if name == "year" {
				e.Fields["year"] = date
			}
		case "page-range", "page_range", "pages":
			e.Fields["pages"] = scalar(v)
		case "issue", "number":
			e.Fields["number"] = scalar(v)
		case "publisher", "organization", "url", "serial-number", "container-title":
			e.nested(name, v)
		case "location":
			e.Fields["address"] = scalar(v)
		default:
			e.Fields[strings.ReplaceAll(name, "-", "")] = scalar(v)
		}
	}
	kind := strings.ToLower(scalar(parent["type"]))
	if title := scalar(parent["title"]); title != "" && depth == 0 {
		field := "booktitle"
		if slices.Contains([]string{"periodical", "newspaper", "magazine", "journal", "blog"}, kind) || kind == "" && e.Type == "article" {
			field = "journal"
		} else if kind == "proceedings" || kind == "conference" {
			e.Type = "inproceedings"
		}
		title, typ := e.Fields["title"], e.Type
		outer := &Entry{Type: "misc", Fields: map[string]string{}, Names: map[string][]Name{}}
		outer.fields(parent, 1)
		for f, v := range outer.Fields {
			if e.Fields[f] == "" {
				e.Fields[f] = v
			}
		}
		if len(outer.Names["author"])+len(outer.Names["editor"]) > 0 && len(e.Names["editor"]) == 0 {
			e.Names["editor"] = append(outer.Names["author"], outer.Names["editor"]...)
		}
		e.Fields["title"], e.Type = title, typ
		e.Fields[field] = outer.Fields["title"]
	}
	if to, ok := types[e.Type]; ok && depth == 0 {
		e.Type = to
	}
}

func (e *Entry) nested(name string, v any) {
	m, ok := v.(map[string]any)
	if !ok {
		switch name {
		case "serial-number":
			name = "isbn"
		case "container-title":
			name = "journal"
		}
		e.Fields[name] = scalar(v)
		return
	}
	for k, w := range m {
		switch {
		case name == "serial-number": // doi, isbn, issn
			e.Fields[strings.ToLower(k)] = scalar(w)
		case k == "name" || k == "value":
			e.Fields[name] = scalar(w)
		case k == "location":
			e.Fields["address"] = scalar(w)
		case name == "url" && k == "date":
			e.Fields["urldate"] = scalar(w)
		}
	}
}

func scalar(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return strings.Join(strings.Fields(v), " ")
	case map[string]any:
		return scalar(v["value"])
	case []any:
		var parts []string
		for _, e := range v {
			parts = append(parts, scalar(e))
		}
		return strings.Join(parts, ", ")
	}
	return fmt.Sprint(v)
}

func yamlNames(v any) []Name {
	switch v := v.(type) {
	case string:
		return parseNames(v)
	case map[string]any:
		n := Name{First: scalar(v["given-name"]), Last: scalar(v["name"]), Von: scalar(v["prefix"]), Suffix: scalar(v["suffix"])}
		if n.Last == "" {
			n.Last, n.First = scalar(v["last"]), scalar(v["first"])
		}
		return []Name{n}
	case []any:
		var out []Name
		for _, e := range v {
			if s, ok := e.(string); ok {
				out = append(out, parseName(strings.TrimSpace(s)))
			} else if m, ok := e.(map[string]any); ok {
				out = append(out, yamlNames(m)...)
			}
		}
		return out
	}
	return nil
}
