package api

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/llmspell/llmspell/internal/httpx"
	"github.com/llmspell/llmspell/tools/tool"
)

// describe tells all about one operation.
func (d *description) describe(p tool.Params) (map[string]any, error) {
	o, err := d.find(p)
	if err != nil {
		return nil, err
	}
	out := o.head()
	if s := text(o.op, "description"); s != "" {
		out["description"] = s
	}
	parameters, body := d.parameters(o)
	if !d.v2 {
		body = d.content(o.op["requestBody"])
	}
	out["parameters"] = parameters
	if body != nil {
		out["request_body"] = body
	}
	responses := map[string]any{}
	given, _ := o.op["responses"].(map[string]any)
	for code, r := range given {
		answer := map[string]any{"description": text(d.follow(r), "description")}
		if c := d.content(r); c != nil {
			answer["content_type"], answer["schema"] = c["content_type"], c["schema"]
		} else if s := member(d.follow(r), "schema"); s != nil {
			answer["schema"] = d.resolve(s, 0, 0)
		}
		responses[code] = answer
	}
	out["responses"] = responses
	security, ok := o.op["security"].([]any)
	if !ok {
		security = list(d.doc, "security")
	}
	out["security"] = security
	out["request"] = d.request(o, parameters, body)
	return out, nil
}

// parameters lists those of the path and of the operation, which override. In
// Swagger 2.0 the body is one of them.
func (d *description) parameters(o *operationOf) (out []any, body map[string]any) {
	byName := map[string]map[string]any{}
	var order []string
	for _, v := range slices.Concat(list(o.item, "parameters"), list(o.op, "parameters")) {
		v = d.follow(v)
		where, name := text(v, "in"), text(v, "name")
		if where == "body" {
			body = map[string]any{"required": member(v, "required") == true, "content_type": "application/json", "schema": d.resolve(member(v, "schema"), 0, 0)}
			continue
		}
		one := map[string]any{"name": name, "in": where, "required": member(v, "required") == true}
		if s := text(v, "description"); s != "" {
			one["description"] = s
		}
		if s := member(v, "schema"); s != nil {
			one["schema"] = d.resolve(s, 0, 0)
		} else if d.v2 {
			one["schema"] = d.resolve(simpleSchema(v), 0, 0)
		}
		if e := member(v, "example"); e != nil {
			one["example"] = e
		}
		key := where + " " + name
		if _, again := byName[key]; !again {
			order = append(order, key)
		}
		byName[key] = one
	}
	out = []any{}
	for _, key := range order {
		out = append(out, byName[key])
	}
	return out, body
}

// simpleSchema is what Swagger 2.0 writes into a parameter itself.
func simpleSchema(v any) map[string]any {
	out := map[string]any{}
	for _, k := range []string{"type", "format", "enum", "default", "items", "minimum", "maximum", "pattern"} {
		if x := member(v, k); x != nil {
			out[k] = x
		}
	}
	return out
}

// content tells the body of a request or answer of OpenAPI 3, JSON first; nil when there is none.
func (d *description) content(v any) map[string]any {
	v = d.follow(v)
	types, _ := member(v, "content").(map[string]any)
	if len(types) == 0 {
		return nil
	}
	kind := slices.Sorted(maps.Keys(types))[0]
	for _, k := range slices.Sorted(maps.Keys(types)) {
		if strings.Contains(k, "json") {
			kind = k
			break
		}
	}
	out := map[string]any{"required": member(v, "required") == true, "content_type": kind, "schema": d.resolve(member(types[kind], "schema"), 0, 0)}
	if e := member(types[kind], "example"); e != nil {
		out["example"] = e
	}
	return out
}

// request makes parameters for http-requester that call the operation: what is
// required, with examples or made-up values.
func (d *description) request(o *operationOf, parameters []any, body map[string]any) map[string]any {
	path, query, headers := o.path, map[string]any{}, map[string]any{}
	for _, v := range parameters {
		name, value := text(v, "name"), member(v, "example")
		if value == nil {
			value = sample(member(v, "schema"), 0)
		}
		switch member(v, "in") {
		case "path":
			plain, ok := httpx.ScalarText(value)
			if !ok {
				plain = show(value)
			}
			path = strings.ReplaceAll(path, "{"+name+"}", url.PathEscape(plain))
		case "query":
			if member(v, "required") == true {
				query[name] = value
			}
		case "header":
			if member(v, "required") == true {
				headers[name] = value
			}
		}
	}
	base := "https://example.com"
	if servers := d.servers(); len(servers) > 0 {
		base = strings.TrimSuffix(fmt.Sprint(servers[0]), "/")
	}
	out := map[string]any{"input": base + path, "method": o.method}
	if len(query) > 0 {
		out["query"] = query
	}
	if len(headers) > 0 {
		out["headers"] = headers
	}
	if body != nil {
		if out["body"] = body["example"]; out["body"] == nil {
			out["body"] = sample(body["schema"], 0)
		}
	}
	return out
}

// sample makes a value that fits a schema, as far as is easily told.
func sample(s any, depth int) any {
	for _, k := range []string{"example", "default", "const"} {
		if v := member(s, k); v != nil {
			return v
		}
	}
	for _, k := range []string{"enum", "examples"} {
		if l := list(s, k); len(l) > 0 {
			return l[0]
		}
	}
	if depth > 8 {
		return nil
	}
	for _, k := range []string{"oneOf", "anyOf"} {
		if l := list(s, k); len(l) > 0 {
			return sample(l[0], depth+1)
		}
	}
	kind := member(s, "type")
	if l, ok := kind.([]any); ok && len(l) > 0 { // of 3.1: ["string", "null"]
		kind = l[0]
	}
	properties, _ := member(s, "properties").(map[string]any)
	out := map[string]any{}
	for _, part := range list(s, "allOf") {
		if m, ok := sample(part, depth+1).(map[string]any); ok {
			maps.Copy(out, m)
		}
	}
	for name, p := range properties {
		out[name] = sample(p, depth+1)
	}
	switch kind {
	case "string":
		return "string"
	case "integer", "number":
		return 1
	case "boolean":
		return true
	case "array":
		return []any{sample(member(s, "items"), depth+1)}
	case "object":
		return out
	}
	if len(out) > 0 {
		return out
	}
	return "value"
}
