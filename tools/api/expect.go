package api

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/llmspell/llmspell/tools/tool"
)

// expectations writes the expect parameter as assertions.
func expectations(p tool.Params) []assertion {
	var out []assertion
	if v, ok := p["status"]; ok {
		a := assertion{target: "status", op: "equals", value: v}
		switch v := v.(type) {
		case []any:
			a.op = "in"
		case string:
			if class, isClass := strings.CutSuffix(strings.ToLower(v), "xx"); isClass {
				a.op, a.value = "matches", "^"+class+"[0-9][0-9]$"
			}
		}
		out = append(out, a)
	}
	headers := p.Map("headers")
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		a := assertion{target: "header", name: name, op: "equals", value: headers[name]}
		if there, ok := headers[name].(bool); ok {
			a.op = map[bool]string{true: "exists", false: "not_exists"}[there]
		}
		if text, ok := headers[name].(string); ok {
			a.op, a.value = "matches", "(?i)^"+regexp.QuoteMeta(text)+"$"
		}
		out = append(out, a)
	}
	values := p.Map("json")
	for _, path := range slices.Sorted(maps.Keys(values)) {
		out = append(out, assertion{target: "json", path: path, op: "equals", value: values[path]})
	}
	texts, ok := p["body_contains"].([]any)
	if !ok && p.Has("body_contains") {
		texts = []any{p["body_contains"]}
	}
	for _, text := range texts {
		out = append(out, assertion{target: "body", op: "contains", value: text})
	}
	if p.Has("body_matches") {
		out = append(out, assertion{target: "body", op: "matches", value: p["body_matches"]})
	}
	if p.Has("schema") {
		out = append(out, assertion{target: "json", op: "schema", value: p["schema"]})
	}
	if p.Has("max_time_ms") {
		out = append(out, assertion{target: "time", op: "less_than", value: p["max_time_ms"]})
	}
	return out
}
