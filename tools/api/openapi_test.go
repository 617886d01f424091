package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/internal/nettest"
	"github.com/llmspell/llmspell/tools/sandbox"
	"github.com/llmspell/llmspell/tools/tool"
)

const petsYAML = `
openapi: "3.0.3"
info: {title: Pets, version: "1", description: All about pets}
servers: [{url: "https://{env}.pets.example/v2", variables: {env: {default: api}}}]
tags: [{name: pets}]
security: [{key: []}]
paths:
  /pets:
    parameters: [{$ref: "#/components/parameters/Limit"}, {name: X-Trace, in: header, required: true, schema: {type: string, default: t}}]
    get:
      operationId: listPets
      summary: List pets
      tags: [pets]
      parameters: [{name: kind, in: query, required: true, schema: {type: string, enum: [cat, dog]}}]
      responses:
        200: {description: Pets, content: {application/json: {schema: {type: array, items: {$ref: "#/components/schemas/Pet"}}}}}
        default: {$ref: "#/components/responses/Bad"}
    post:
      operationId: addPet
      deprecated: true
      security: []
      requestBody: {required: true, content: {text/plain: {schema: {type: string}}, application/json: {schema: {$ref: "#/components/schemas/Pet"}}}}
      responses: {201: {description: Added}}
  /pets/{id}:
    delete:
      summary: Remove a pet
      parameters: [{name: id, in: path, required: true, schema: {type: integer}, example: a/b}]
      responses: {204: {description: Gone}}
components:
  parameters:
    Limit: {name: limit, in: query, schema: {type: integer, maximum: 100}}
  responses:
    Bad: {description: Bad, content: {application/json: {schema: {type: object}}}}
  schemas:
    Pet:
      type: object
      required: [name]
      properties: {name: {type: string, example: Tom}, parent: {$ref: "#/components/schemas/Pet"}, tags: {type: array, items: {type: string}}}
    Both: {allOf: [{$ref: "#/components/schemas/Pet"}, {type: object, properties: {age: {type: integer}}}]}
  securitySchemes:
    key: {type: apiKey, in: header, name: X-Key}
`

const petsSwagger = `{"swagger":"2.0","info":{"title":"Old","version":"0"},"host":"old.example","basePath":"/v1","schemes":["http"],"paths":{
"/a":{"post":{"operationId":"a","parameters":[{"in":"body","name":"b","required":true,"schema":{"$ref":"#/definitions/B"}},{"in":"query","name":"n","type":"integer","required":true}],"responses":{"200":{"description":"ok","schema":{"$ref":"#/definitions/B"}}}}}},
"definitions":{"B":{"type":"object","properties":{"x":{"type":"boolean"}}}},"securityDefinitions":{"o":{"type":"oauth2"}}}`

func TestOpenAPI(t *testing.T) {
	base := nettest.HTTP(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/pets.yaml" || r.Header.Get("Authorization") != "Bearer tt" {
			w.WriteHeader(404)
		}
		io.WriteString(w, petsYAML)
	})
	r := runner(t)
	write(t, r, "pets.yaml", petsYAML)
	for _, test := range []struct {
		params map[string]any
		want   map[string]any
	}{
		{map[string]any{"file": "pets.yaml"}, map[string]any{"title": "Pets", "version": "1", "specification": "3.0.3", "servers[0]": "https://api.pets.example/v2", "operations": 3.0, "paths": 2.0,
			"schemas[1]": "Pet", "tags[0]": "pets", "security.key": "apiKey header X-Key"}},
		{map[string]any{"url": base + "/pets.yaml", "auth": map[string]any{"token": "tt"}, "operation": "list"}, map[string]any{"count": 3.0, "total": 3.0, "operations[0].operation_id": "listPets", "operations[1].deprecated": true}},
		{map[string]any{"input": petsYAML, "operation": "operations", "method": "delete"}, map[string]any{"count": 1.0, "operations[0].path": "/pets/{id}"}},
		{map[string]any{"input": petsYAML, "operation": "operations", "search": "REMOVE"}, map[string]any{"count": 1.0}},
		{map[string]any{"input": petsYAML, "operation": "operations", "tag": "pets"}, map[string]any{"count": 1.0}},
		{map[string]any{"input": petsYAML, "operation": "operations", "path": "/pets/"}, map[string]any{"count": 1.0}},
		{map[string]any{"input": petsYAML, "operation": "operations", "limit": 1}, map[string]any{"count": 1.0, "total": 3.0}},
		{map[string]any{"input": petsYAML, "operation": "operation", "operation_id": "listPets"}, map[string]any{"parameters[0].name": "limit", "parameters[0].schema.maximum": 100.0, "parameters[2].required": true,
			`responses["200"].schema.items.properties.name.type`: "string", "responses.default.description": "Bad", "request.input": "https://api.pets.example/v2/pets", "request.query.kind": "cat",
			"request.headers.X-Trace": "t", "security[0].key": []any{}}},
		{map[string]any{"input": petsYAML, "operation": "operation", "path": "/pets", "method": "POST"}, map[string]any{"request_body.content_type": "application/json", "request_body.required": true,
			"request.body.name": "Tom", "request.method": "POST"}},
		{map[string]any{"input": petsYAML, "operation": "operation", "path": "/pets/{id}"}, map[string]any{"request.input": "https://api.pets.example/v2/pets/a%2Fb", "method": "DELETE"}},
		{map[string]any{"input": petsYAML, "operation": "schema", "name": "Pet", "max_depth": 1}, map[string]any{"schema.properties.parent.properties.parent.$ref": "#/components/schemas/Pet", "name": "Pet"}},
		{map[string]any{"input": petsYAML, "operation": "schema", "name": "Both"}, map[string]any{"schema.allOf[0].properties.name.type": "string"}},
		{map[string]any{"input": petsSwagger}, map[string]any{"specification": "2.0", "servers[0]": "http://old.example/v1", "schemas[0]": "B", "security.o": "oauth2"}},
		{map[string]any{"input": petsSwagger, "operation": "operation", "operation_id": "a"}, map[string]any{"request_body.schema.properties.x.type": "boolean", "parameters[0].schema.type": "integer",
			`responses["200"].schema.type`: "object", "request.query.n": 1.0, "request.body.x": true}},
	} {
		v, err := call(t, r, "openapi-inspector", test.params)
		if err != nil {
			t.Errorf("%.200v: %v", test.params, err)
			continue
		}
		for path, want := range test.want {
			if got := field(t, v, path); fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%.80v: %s is %v; want %v", test.params["operation"], path, got, want)
			}
		}
	}
}

func TestOpenAPIRefusals(t *testing.T) {
	r := runner(t)
	linkOut(t, r, "link")
	m := map[string]any{"input": petsYAML}
	bomb := "openapi: 3.0.0\nx: &a [" + strings.Repeat("1,", 50) + "]\n"
	for i := range 8 {
		bomb += fmt.Sprintf("x%d: &%c [%s]\n", i, 'b'+i, strings.Repeat("*"+string(rune('a'+i))+",", 20))
	}
	wide := `{"openapi":"3.0.0","components":{"schemas":{`
	for i := range 10 {
		wide += fmt.Sprintf(`"S%d":{"allOf":[%s{"type":"object"}]},`, i, strings.Repeat(fmt.Sprintf(`{"$ref":"#/components/schemas/S%d"},`, i+1), 10))
	}
	wide += `"S10":{}}}}`
	for _, test := range []struct {
		params map[string]any
		says   string
		code   tool.Code
	}{
		{map[string]any{}, `"input" is missing`, tool.InvalidParameters},
		{with(m, "file", "x"), "pass one of them", tool.InvalidParameters},
		{map[string]any{"input": "hello"}, "something that is no object", tool.InvalidParameters},
		{map[string]any{"input": "a: [b"}, "neither JSON nor YAML", tool.InvalidParameters},
		{map[string]any{"input": "{}"}, "openapi: 3.x or swagger: 2.0", tool.InvalidParameters},
		{map[string]any{"input": "swagger: 1.2"}, "openapi: 3.x", tool.InvalidParameters},
		{map[string]any{"input": strings.Repeat("#", maxDescription+1)}, "at most 10 MB", tool.InvalidParameters},
		{map[string]any{"input": bomb}, "more than 1000000 values", tool.LimitExceeded},
		{map[string]any{"input": "openapi: 3.0.0\nx: &a [*a]"}, "", ""},
		{map[string]any{"input": wide, "operation": "schema", "name": "S0", "max_depth": 10}, "smaller max_depth", tool.LimitExceeded},
		{map[string]any{"file": "/etc/passwd"}, "outside the allowed folders", tool.PermissionDenied},
		{map[string]any{"file": "link"}, "leads out", tool.PermissionDenied},
		{map[string]any{"file": "none"}, "no such file", tool.ResourceNotFound},
		{map[string]any{"url": "x"}, `"url" is wrong`, tool.InvalidParameters},
		{map[string]any{"url": "http://10.0.0.1"}, "denied", tool.PermissionDenied},
		{map[string]any{"url": "http://127.0.0.1:1", "headers": map[string]any{"Host": "x"}}, "cannot be set", tool.InvalidParameters},
		{map[string]any{"url": "http://127.0.0.1:1", "auth": map[string]any{}}, `"auth" is wrong`, tool.InvalidParameters},
		{with(m, "operation", "delete"), `"operation" is wrong`, tool.InvalidParameters},
		{with(m, "operation", "operation"), `"operation_id" is missing`, tool.InvalidParameters},
		{with(m, "operation", "operation", "operation_id", "listPet"), `did you mean "listPets"?`, tool.InvalidParameters},
		{with(m, "operation", "operation", "path", "/pet"), `did you mean "/pets"?`, tool.InvalidParameters},
		{with(m, "operation", "operation", "path", "/pets", "method", "BREW"), `"method" is wrong`, tool.InvalidParameters},
		{with(m, "operation", "schema"), `"name" is missing`, tool.InvalidParameters},
		{with(m, "operation", "schema", "name", "Pat"), `did you mean "Pet"?`, tool.InvalidParameters},
		{with(m, "max_depth", 11), `"max_depth" is wrong`, tool.InvalidParameters},
		{with(m, "limit", 0), `"limit" is wrong`, tool.InvalidParameters},
		{with(m, "timeout", 0), `"timeout" is wrong`, tool.InvalidParameters},
		{with(m, "tag", 5), `"tag" is wrong`, tool.InvalidParameters},
		{with(m, "search", 5), `"search" is wrong`, tool.InvalidParameters},
		{with(m, "insecure", 5), `"insecure" is wrong`, tool.InvalidParameters},
	} {
		_, err := call(t, r, "openapi-inspector", test.params)
		if err == nil || test.code != "" && err.Code != test.code || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%.100v: %v; want %s: %s", test.params, err, test.code, test.says)
		}
	}
	denied := r.Allow(t, func(p *sandbox.Policy) { p.Net = sandbox.Rule{} })
	if _, err := call(t, denied, "openapi-inspector", map[string]any{"url": "http://127.0.0.1:1"}); err == nil || err.Code != tool.PermissionDenied {
		t.Errorf("without permission: %v", err)
	}
	stuck := nettest.Raw(t, func(c net.Conn) { io.Copy(io.Discard, c) })
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := callContext(t, ctx, r, "openapi-inspector", map[string]any{"url": stuck}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("cancelled: %v", err)
	}
}

func FuzzReadDescription(f *testing.F) {
	// Small seeds: a long one is minimised for a minute before the next is tried.
	f.Add("openapi: 3.0.0\npaths: {/a: {get: {parameters: [{name: i, in: path}], responses: {200: {$ref: '#/x'}}}}}\nx: {content: {j: {schema: {$ref: '#/x'}}}}")
	f.Add(`{"swagger":"2.0","paths":{"/a":{"post":{"parameters":[{"in":"body","schema":{"$ref":"#/definitions/B"}}]}}},"definitions":{"B":{"allOf":[{"$ref":"#/definitions/B"}]}}}`)
	f.Add("openapi: 3.0.0\nx: &a [*a]\n<<: *a")
	f.Fuzz(func(t *testing.T, text string) {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		doc, err := readDescription(ctx, "input", text)
		if err != nil {
			return
		}
		d, err := newDescription(ctx, "input", doc, 5)
		if err != nil {
			return
		}
		d.summary()
		for _, o := range d.operations() {
			_, _ = d.describe(tool.Params{"path": o.path, "method": o.method})
		}
	})
}
