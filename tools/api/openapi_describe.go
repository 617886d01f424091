package api

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/llmspell/llmspell/internal/httpx"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

// description is an API's description, of Swagger 2.0 or OpenAPI 3.
type description struct {
	ctx    context.Context
	doc    map[string]any
	v2     bool
	depth  int // of references within references
	nodes  int // made so far
	failed error
}

func newDescription(ctx context.Context, field string, doc map[string]any, depth int) (*description, error) {
	d := &description{ctx: ctx, doc: doc, depth: depth}
	three, _ := httpx.ScalarText(doc["openapi"])
	two, _ := httpx.ScalarText(doc["swagger"])
	switch {
	case strings.HasPrefix(three, "3."):
	case two == "2.0" || two == "2":
		d.v2 = true
	default:
		return nil, &schema.FieldError{Path: field, Expected: "a description that begins with openapi: 3.x or swagger: 2.0", Found: "one that does not"}
	}
	return d, nil
}

// operationOf is one operation where it stands in the description.
type operationOf struct {
	method, path string
	item, op     map[string]any
}

func (d *description) operations() []operationOf {
	paths, _ := d.doc["paths"].(map[string]any)
	var out []operationOf
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		item, _ := d.follow(paths[path]).(map[string]any)
		for _, method := range []string{"get", "head", "post", "put", "patch", "delete", "options", "trace"} {
			if op, ok := item[method].(map[string]any); ok {
				out = append(out, operationOf{strings.ToUpper(method), path, item, op})
			}
		}
	}
	return out
}

func text(v any, name string) string { s, _ := httpx.ScalarText(member(v, name)); return s }

func list(v any, name string) []any {
	l, _ := member(v, name).([]any)
	if l == nil {
		l = []any{}
	}
	return l
}

func (d *description) servers() []any {
	out := []any{}
	if !d.v2 {
		for _, s := range list(d.doc, "servers") {
			address := text(s, "url")
			variables, _ := member(s, "variables").(map[string]any)
			for name, v := range variables {
				address = strings.ReplaceAll(address, "{"+name+"}", text(v, "default"))
			}
			out = append(out, address)
		}
		return out
	}
	host := text(d.doc, "host")
	for _, s := range list(d.doc, "schemes") {
		out = append(out, fmt.Sprint(s)+"://"+host+text(d.doc, "basePath"))
	}
	if len(out) == 0 && host != "" {
		out = append(out, "https://"+host+text(d.doc, "basePath"))
	}
	return out
}

// named returns the schemas or other parts that have names.
func (d *description) named(v3, v2 string) map[string]any {
	where := any(d.doc)
	if d.v2 {
		v3 = v2
	} else {
		where = d.doc["components"]
	}
	m, _ := member(where, v3).(map[string]any)
	return m
}

func names(m map[string]any) []any {
	out := []any{}
	for _, n := range slices.Sorted(maps.Keys(m)) {
		out = append(out, n)
	}
	return out
}

func (d *description) summary() map[string]any {
	tags := []any{}
	for _, t := range list(d.doc, "tags") {
		tags = append(tags, text(t, "name"))
	}
	security := map[string]any{}
	for name, s := range d.named("securitySchemes", "securityDefinitions") {
		s = d.follow(s)
		security[name] = strings.TrimSpace(text(s, "type") + " " + text(s, "scheme") + text(s, "in") + " " + text(s, "name"))
	}
	info := d.doc["info"]
	paths, _ := d.doc["paths"].(map[string]any)
	return map[string]any{"title": text(info, "title"), "version": text(info, "version"), "description": text(info, "description"),
		"specification": text(d.doc, "openapi") + text(d.doc, "swagger"), "servers": d.servers(), "tags": tags, "operations": len(d.operations()), "paths": len(paths),
		"schemas": names(d.named("schemas", "definitions")), "security": security}
}

// head is what tells operations apart.
func (o *operationOf) head() map[string]any {
	out := map[string]any{"method": o.method, "path": o.path}
	for from, to := range map[string]string{"operationId": "operation_id", "summary": "summary"} {
		if s := text(o.op, from); s != "" {
			out[to] = s
		}
	}
	if tags := list(o.op, "tags"); len(tags) > 0 {
		out["tags"] = tags
	}
	if o.op["deprecated"] == true {
		out["deprecated"] = true
	}
	return out
}

func (d *description) list(p tool.Params) map[string]any {
	search, found, total := strings.ToLower(p.String("search")), []any{}, 0
	for _, o := range d.operations() {
		words := strings.ToLower(strings.Join([]string{o.path, text(o.op, "operationId"), text(o.op, "summary"), text(o.op, "description")}, " "))
		if p.Has("method") && o.method != p.String("method") || !strings.HasPrefix(o.path, p.String("path")) ||
			p.Has("tag") && !slices.Contains(list(o.op, "tags"), any(p.String("tag"))) || !strings.Contains(words, search) {
			continue
		}
		if total++; total <= p.Int("limit") {
			found = append(found, o.head())
		}
	}
	return map[string]any{"operations": found, "count": len(found), "total": total}
}

// find finds the operation that the parameters name.
func (d *description) find(p tool.Params) (*operationOf, error) {
	id, path := p.String("operation_id"), p.String("path")
	if id == "" && path == "" {
		return nil, &schema.FieldError{Path: "operation_id", Problem: "is missing", Help: "name the operation by its id, or by method and path"}
	}
	var known []string
	for _, o := range d.operations() {
		name := text(o.op, "operationId")
		if (id == "" || name == id) && (path == "" || o.path == path) && (!p.Has("method") || o.method == p.String("method")) {
			return &o, nil
		}
		if id != "" {
			known = append(known, name)
		} else {
			known = append(known, o.path)
		}
	}
	e := &schema.FieldError{Path: "operation_id", Problem: "names no operation of this API", Suggestion: schema.Nearest(id, known), Help: "the operation operations lists them"}
	if id == "" {
		e.Path, e.Suggestion = "path", schema.Nearest(path, known)
	}
	return nil, e
}

func (d *description) schema(name string) (map[string]any, error) {
	if name == "" {
		return nil, &schema.FieldError{Path: "name", Problem: "is missing", Help: `the operation "schema" needs it`}
	}
	all := d.named("schemas", "definitions")
	s, ok := all[name]
	if !ok {
		return nil, &schema.FieldError{Path: "name", Problem: "names no schema of this API", Suggestion: schema.Nearest(name, slices.Sorted(maps.Keys(all)))}
	}
	return map[string]any{"name": name, "schema": d.resolve(s, 0, 0)}, nil
}

// follow follows references within the description; one that leads elsewhere stays.
func (d *description) follow(v any) any {
	for range 20 {
		ref, ok := member(v, "$ref").(string)
		if !ok || !strings.HasPrefix(ref, "#/") {
			return v
		}
		to, found, err := lookup(d.doc, ref[1:])
		if err != nil || !found {
			return v
		}
		v = to
	}
	return v
}

// resolve copies a value with what its references refer to in their place. A
// reference that is too deep, such as one to itself, stays a reference.
func (d *description) resolve(v any, level, refs int) any {
	if d.nodes++; d.nodes > maxNodes/10 || level > maxDepth {
		d.failed = tool.Errorf(tool.LimitExceeded, "what was asked for has more than %d values once its references are resolved; pass a smaller max_depth", maxNodes/10)
	}
	if d.nodes%1024 == 0 && d.ctx.Err() != nil {
		d.failed = d.ctx.Err()
	}
	if d.failed != nil {
		return nil
	}
	switch v := v.(type) {
	case map[string]any:
		if _, isRef := v["$ref"].(string); isRef {
			to := d.follow(v)
			if m, ok := to.(map[string]any); refs >= d.depth || ok && m["$ref"] != nil {
				return map[string]any{"$ref": v["$ref"]}
			}
			return d.resolve(to, level+1, refs+1)
		}
		out := make(map[string]any, len(v))
		for k, item := range v {
			out[k] = d.resolve(item, level+1, refs)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = d.resolve(item, level+1, refs)
		}
		return out
	}
	return v
}
