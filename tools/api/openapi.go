package api

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/llmspell/llmspell/internal/httpx"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

// maxDescription is the largest OpenAPI document, in bytes.
const maxDescription = 10 << 20

func openapiDefinition() tool.Definition {
	return tool.Static(&tool.Descriptor{
		Name: "openapi-inspector", Aliases: []string{"openapi", "swagger", "openapi-reader"}, Category: "api", Version: "1.0.0", Security: tool.Restricted,
		CacheFor: time.Minute, Timeout: longest + margin, Needs: []tool.Need{tool.Network, tool.Files},
		Tags: []string{"openapi", "swagger", "api", "schema", "documentation", "rest"},
		Description: "Reads the OpenAPI (3.x) or Swagger (2.0) description of an API, in JSON or YAML: what it offers, the parameters and answers of an operation with references resolved, " +
			"and parameters for http-requester that call it",
		Parameters: schema.Map("",
			schema.Optional("operation", schema.Choice("What to tell: summary (of the API), operations (a list), operation (one, by operation_id or method and path) or schema (one, by name)",
				"summary", "operations", "operation", "schema").WithDefault("summary").WithAliases(map[string]string{"info": "summary", "list": "operations", "describe": "operation"})),
			schema.Optional("input", schema.Text("The description itself, in JSON or YAML; at most 10 MB"), "content", "text"),
			schema.Optional("url", schema.Text("Where to fetch it: http:// or https://"), "endpoint"),
			schema.Optional("file", schema.Text("The path of the file that holds it"), "path_to_file", "file_path"),
			schema.Optional("operation_id", schema.Text("The operation's id (operation)"), "operationId", "id"),
			methodChoice("The operation's method (operation), or only operations of it (operations)"),
			schema.Optional("path", schema.Text("The operation's path, such as /users/{id} (operation), or only operations whose path begins so (operations)")),
			schema.Optional("tag", schema.Text("Only operations with this tag (operations)")),
			schema.Optional("search", schema.Text("Only operations whose id, path, summary or description contains this (operations)"), "query"),
			schema.Optional("name", schema.Text("The schema's name (schema)"), "schema_name"),
			schema.Optional("max_depth", schema.Int("How deep to resolve references within references", 0, 10).WithDefault(int64(5))),
			schema.Optional("limit", schema.Int("How many operations to list (operations)", 1, 5000).WithDefault(int64(200))),
			headersParameter(), authParameter(),
			timeoutParameter("How long the fetching may take", 30),
			httpx.InsecureParameter()),
		Result: &schema.Schema{Types: []schema.Type{schema.Object}, Description: "summary {title, version, specification, description, servers, tags, operations, paths, schemas, security}; " +
			"operations {operations: [{operation_id?, method, path, summary?, tags?, deprecated?}], count, total}; operation {operation_id?, method, path, summary?, description?, tags?, deprecated?, " +
			"parameters: [{name, in, required, description?, schema}], request_body? {required, content_type, schema}, responses: {code: {description, content_type?, schema?}}, security, request: parameters for http-requester}; " +
			"schema {name, schema}"},
		Settings: []tool.Setting{httpx.CAFileSetting()},
		Examples: openapiExamples(),
	}, inspectOpenAPI)
}

// methodChoice is an optional method without a default.
func methodChoice(description string) schema.Property {
	p := methodParameter("", "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
	p.Schema.Default, p.Schema.Description = nil, description
	return p
}

func inspectOpenAPI(ctx context.Context, call *tool.Call) (*tool.Result, error) {
	field, text, err := openapiText(ctx, call)
	if err != nil {
		return nil, err
	}
	doc, err := readDescription(ctx, field, text)
	if err != nil {
		return nil, err
	}
	d, err := newDescription(ctx, field, doc, call.Params.Int("max_depth"))
	if err != nil {
		return nil, err
	}
	p := call.Params
	var value map[string]any
	switch call.Operation {
	case "operations":
		value = d.list(p)
	case "operation":
		value, err = d.describe(p)
	case "schema":
		value, err = d.schema(p.String("name"))
	default:
		value = d.summary()
	}
	if err != nil {
		return nil, err
	}
	if d.failed != nil {
		return nil, d.failed
	}
	// A file may change at any moment.
	return &tool.Result{Value: value, NoStore: field == "file"}, nil
}

// openapiText finds the description where the parameters say that it is: given
// is the name of the one that does.
func openapiText(ctx context.Context, call *tool.Call) (given, text string, err error) {
	p := call.Params
	for _, name := range []string{"input", "url", "file"} {
		if p.Has(name) {
			if given != "" {
				return "", "", &schema.FieldError{Path: name, Problem: fmt.Sprintf("and %q are two descriptions; pass one of them", given)}
			}
			given = name
		}
	}
	switch given {
	case "input":
		text := p.String("input")
		if len(text) > maxDescription {
			return "", "", &schema.FieldError{Path: "input", Expected: fmt.Sprintf("at most %d MB", maxDescription>>20), Found: fmt.Sprintf("%d bytes", len(text))}
		}
		return given, text, nil
	case "file":
		data, err := call.Sandbox.ReadFile(ctx, p.String("file"))
		if err == nil && len(data) > maxDescription {
			err = tool.Errorf(tool.LimitExceeded, "the file is larger than %d MB", maxDescription>>20)
		}
		return given, string(data), err
	case "url":
		text, err = fetchDescription(ctx, call)
		return given, text, err
	}
	return "", "", call.Missing("input", "url", "file")
}

func fetchDescription(ctx context.Context, call *tool.Call) (string, error) {
	p := call.Params
	u, err := httpx.ParseURL("url", p.String("url"))
	if err != nil {
		return "", err
	}
	r := &httpx.Request{URL: u, Timeout: seconds(p.Float("timeout")), MaxBytes: maxDescription, Retry: httpx.Retry{Max: 2}}
	if r.Header, err = httpx.ParseHeaders("headers", p.Map("headers")); err != nil {
		return "", err
	}
	if r.Secrets, err = login("auth", p.Map("auth"), r.Header, u); err != nil {
		return "", err
	}
	client, err := httpx.FromCall(call)
	if err != nil {
		return "", err
	}
	defer client.Close()
	resp, err := client.Do(ctx, r)
	if err != nil {
		return "", err
	}
	if failed := resp.Failed(); failed != nil {
		return "", failed
	}
	return resp.Text()
}

func openapiExamples() []tool.Example {
	doc := strings.TrimLeft(`
openapi: 3.1.0
info: {title: Shop, version: 1.2.0}
servers: [{url: "https://shop.example/v1"}]
paths:
  /items/{id}:
    get:
      operationId: getItem
      summary: One item
      tags: [items]
      parameters:
        - {name: id, in: path, required: true, schema: {type: integer, example: 7}}
      responses:
        200: {description: The item, content: {application/json: {schema: {$ref: "#/components/schemas/Item"}}}}
components:
  schemas:
    Item: {type: object, properties: {id: {type: integer}, name: {type: string}}}
`, "\n")
	return []tool.Example{
		{Description: "What an API offers", Params: map[string]any{"operation": "summary", "input": doc},
			Want: map[string]any{"title": "Shop", "version": "1.2.0", "operations": 1, "schemas": []any{"Item"}, "servers": []any{"https://shop.example/v1"}}},
		{Description: "List its operations", Files: map[string]string{"shop.yaml": doc}, Params: map[string]any{"operation": "operations", "file": "shop.yaml", "tag": "items"},
			Want: map[string]any{"count": 1, "operations": []any{map[string]any{"operation_id": "getItem", "method": "GET", "path": "/items/{id}", "summary": "One item", "tags": []any{"items"}}}}},
		{Description: "How to call one", Params: map[string]any{"operation": "operation", "input": doc, "operation_id": "getItem"},
			Want: map[string]any{"method": "GET", "request": map[string]any{"input": "https://shop.example/v1/items/7", "method": "GET"}}},
		{Description: "One schema", Params: map[string]any{"operation": "schema", "input": doc, "name": "Item"}, Want: map[string]any{"name": "Item"}},
	}
}
