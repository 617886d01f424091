package api

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/llmspell/llmspell/internal/httpx"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

// What a GraphQL document may come to; the parser recurses over its nesting.
const (
	maxDocument = 1 << 20
	maxTokens   = 20_000
)

func graphqlDefinition() tool.Definition {
	return tool.Static(&tool.Descriptor{
		Name: "graphql-query", Aliases: []string{"graphql"}, Category: "api", Version: "1.0.0", Security: tool.Privileged,
		SideEffects: true, Timeout: longest + margin, Needs: []tool.Need{tool.Network},
		Tags: []string{"graphql", "query", "mutation", "subscription", "introspection"},
		Description: "Sends a GraphQL query or mutation, collects the events of a subscription, or reads a server's schema. The document is checked before it is sent. " +
			"An answer with data and errors is a result that has both; one without data is an error",
		Parameters: schema.Map("",
			schema.Optional("operation", schema.Choice("What to do; the default is what the document does", "query", "mutation", "subscription", "introspection").
				WithAliases(map[string]string{"introspect": "introspection", "subscribe": "subscription", "mutate": "mutation"})),
			schema.Required("endpoint", schema.Text("The server's address: http:// or https://; for subscriptions also ws:// or wss://"), "url"),
			schema.Optional("input", schema.Text("The GraphQL document; at most 1 MB"), "query", "document", "mutation", "subscription"),
			schema.Optional("variables", schema.Map("The values of the document's variables"), "vars"),
			schema.Optional("operation_name", schema.Text("Which of several operations of the document to run"), "operationName"),
			headersParameter(), authParameter(),
			timeoutParameter("How long to wait for the answer, or to collect events", 30),
			schema.Optional("max_retries", schema.Int("How often to try again (query, introspection; a mutation only when the server cannot have acted on it)", 0, 10).WithDefault(int64(2))),
			schema.Optional("max_bytes", schema.Int("The largest answer, in bytes; of a subscription all events together", 1, maxAnswer).WithDefault(int64(httpx.DefaultMaxBytes))),
			schema.Optional("max_events", schema.Int("How many events to collect (subscription)", 1, 10_000).WithDefault(int64(10))),
			schema.Optional("transport", schema.Choice("How events come (subscription): websocket (graphql-transport-ws) or sse (graphql-sse, distinct connections)", "websocket", "sse").
				WithDefault("websocket").WithAliases(map[string]string{"ws": "websocket"})),
			schema.Optional("connection_params", schema.Map("What to tell the server when the connection begins, such as a token (subscription over websocket)"), "connectionParams"),
			httpx.InsecureParameter()),
		Result: &schema.Schema{Types: []schema.Type{schema.Object}, Properties: []schema.Property{
			schema.Optional("data", &schema.Schema{Description: "What was asked for (query, mutation)"}),
			schema.Optional("errors", schema.List("The errors that the server reports: {message, path?, locations?, extensions?}", nil)),
			schema.Optional("has_errors", schema.Flag("Whether there are errors")),
			schema.Optional("extensions", schema.Map("What the server adds")),
			schema.Optional("events", schema.List("The events: {data, errors?} (subscription)", nil)),
			schema.Optional("count", schema.Int("How many events came (subscription)", 0, 10_000)),
			schema.Optional("ended_by", schema.Choice("What ended the collection (subscription)", "complete", "max_events", "max_bytes", "timeout")),
			schema.Optional("schema", schema.Map("The schema as the server describes it (introspection)")),
			schema.Optional("types", schema.List("The schema's own types: {name, kind, description?} (introspection)", nil)),
			schema.Optional("queries", schema.List("What can be asked: {name, type, args: {name: type}, description?} (introspection)", nil)),
			schema.Optional("mutations", schema.List("What can be changed, like queries (introspection)", nil)),
			schema.Optional("subscriptions", schema.List("What can be subscribed to, like queries (introspection)", nil)),
		}},
		Settings: []tool.Setting{httpx.CAFileSetting()},
		Examples: graphqlExamples(),
	}, graphqlRun)
}

func graphqlRun(ctx context.Context, call *tool.Call) (*tool.Result, error) {
	p := call.Params
	operation, document := call.Operation, p.String("input")
	if operation == "introspection" {
		document = introspectionQuery
	} else {
		if document == "" {
			return nil, &schema.FieldError{Path: "input", Problem: "is missing", Expected: "a GraphQL document"}
		}
		kind, err := checkDocument(document, p.String("operation_name"))
		if err != nil {
			return nil, err
		}
		if operation != "" && operation != kind {
			return nil, &schema.FieldError{Path: "input", Problem: fmt.Sprintf("is a %s; pass operation %q if that is meant", kind, kind)}
		}
		operation = kind
	}
	schemes := []string{"http", "https"}
	if operation == "subscription" {
		schemes = []string{"ws", "wss", "http", "https"}
	}
	u, err := httpx.ParseURLScheme("endpoint", p.String("endpoint"), schemes...)
	if err != nil {
		return nil, err
	}
	r := &httpx.Request{Method: http.MethodPost, URL: u, Timeout: seconds(p.Float("timeout")), MaxBytes: int64(p.Float("max_bytes"))}
	if r.Header, err = httpx.ParseHeaders("headers", p.Map("headers")); err != nil {
		return nil, err
	}
	if r.Secrets, err = login("auth", p.Map("auth"), r.Header, u); err != nil {
		return nil, err
	}
	message := map[string]any{"query": document}
	if v := p.Map("variables"); len(v) > 0 {
		message["variables"] = v
	}
	if name := p.String("operation_name"); name != "" && operation != "introspection" {
		message["operationName"] = name
	}
	if r.Body, err = jsonBody("variables", message); err != nil {
		return nil, err
	}
	client, err := httpx.FromCall(call)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	if operation == "subscription" {
		return subscribe(ctx, call, client, r, message)
	}
	r.Retry = httpx.Retry{Max: p.Int("max_retries"), Any: operation != "mutation"}
	return askGraphQL(ctx, call, client, r, operation)
}

// checkDocument parses a document and returns what kind of operation of it will run.
func checkDocument(document, name string) (kind string, err error) {
	if len(document) > maxDocument {
		return "", &schema.FieldError{Path: "input", Expected: fmt.Sprintf("at most %d KB", maxDocument>>10), Found: fmt.Sprintf("%d bytes", len(document))}
	}
	doc, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: document}, maxTokens)
	if err != nil {
		return "", &schema.FieldError{Path: "input", Problem: "is not a GraphQL document: " + strings.TrimPrefix(err.Error(), "input:")}
	}
	var names []string
	for _, op := range doc.Operations {
		if name == "" && len(doc.Operations) == 1 || op.Name == name && name != "" {
			return string(op.Operation), nil
		}
		names = append(names, op.Name)
	}
	switch {
	case len(names) == 0:
		return "", &schema.FieldError{Path: "input", Problem: "holds no operation"}
	case name == "":
		return "", &schema.FieldError{Path: "operation_name", Problem: "is missing", Help: "the document has several operations: " + strings.Join(names, ", ")}
	}
	return "", &schema.FieldError{Path: "operation_name", Expected: "one of the document's operations: " + strings.Join(names, ", "), Value: name}
}

func askGraphQL(ctx context.Context, call *tool.Call, client *httpx.Client, r *httpx.Request, operation string) (*tool.Result, error) {
	if r.Header.Get("Accept") == "" {
		r.Header.Set("Accept", "application/graphql-response+json, application/json;q=0.9")
	}
	resp, err := client.Do(ctx, r)
	if err != nil {
		return nil, err
	}
	var reply graphqlReply
	if err := json.Unmarshal(resp.Body, &reply); err != nil || !reply.any() {
		if failed := resp.Failed(); failed != nil {
			return nil, failed
		}
		return nil, tool.Errorf(tool.RemoteFailed, "%s: the answer (%d %s) is not that of a GraphQL server; check the address", httpx.Redact(resp.URL), resp.Status, resp.StatusText)
	}
	if reply.Data == nil && len(reply.Errors) > 0 {
		e := tool.Errorf(tool.RemoteFailed, "the server refused the %s: %s", operation, reply.summary())
		e.Details = map[string]any{"errors": reply.Errors, "status": resp.Status}
		return nil, e
	}
	result := &tool.Result{Value: reply.value(), Metadata: resp.Metadata(), Message: insecureNote(call, "the server answered the "+operation)}
	if len(reply.Errors) > 0 {
		result.Message = insecureNote(call, "the server answered in part: "+reply.summary())
	}
	if operation == "introspection" {
		result.Value, err = summarizeSchema(reply)
	}
	return result, err
}

// graphqlReply is what a server answers.
type graphqlReply struct {
	Data       any            `json:"data"`
	Errors     []any          `json:"errors"`
	Extensions map[string]any `json:"extensions"`
}

// any tells whether it is an answer at all.
func (r graphqlReply) any() bool { return r.Data != nil || len(r.Errors) > 0 }

func (r graphqlReply) value() map[string]any {
	v := map[string]any{"data": r.Data, "has_errors": len(r.Errors) > 0}
	if len(r.Errors) > 0 {
		v["errors"] = r.Errors
	}
	if r.Extensions != nil {
		v["extensions"] = r.Extensions
	}
	return v
}

// summary is the first error, and how many more there are.
func (r graphqlReply) summary() string {
	first := "an error without a message"
	if m, ok := r.Errors[0].(map[string]any); ok {
		if text, ok := m["message"].(string); ok {
			first = clip(text, 300)
		}
	}
	if n := len(r.Errors) - 1; n > 0 {
		return fmt.Sprintf("%s (and %d more)", first, n)
	}
	return first
}

func clip(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

func graphqlExamples() []tool.Example {
	serve := httpx.Loopback(func() http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			var ask struct {
				Query     string
				Variables map[string]any
			}
			if err := json.NewDecoder(io.LimitReader(r.Body, 1<<20)).Decode(&ask); err != nil {
				http.Error(w, "no JSON", http.StatusBadRequest)
				return
			}
			w.Header().Set("Content-Type", "application/graphql-response+json")
			switch {
			case strings.Contains(ask.Query, "__schema"):
				io.WriteString(w, `{"data":{"__schema":{"queryType":{"name":"Query"},"mutationType":null,"subscriptionType":null,"types":[`+
					`{"kind":"OBJECT","name":"Query","fields":[{"name":"user","args":[{"name":"id","type":{"kind":"NON_NULL","ofType":{"kind":"SCALAR","name":"ID"}}}],`+
					`"type":{"kind":"OBJECT","name":"User"}}]},{"kind":"OBJECT","name":"User","fields":[]}]}}}`)
			case strings.HasPrefix(ask.Query, "mutation"):
				io.WriteString(w, `{"data":{"rename":{"name":"Grace"}}}`)
			default:
				fmt.Fprintf(w, `{"data":{"user":{"id":%q,"name":"Ada"}}}`, ask.Variables["id"])
			}
		})
	})
	return []tool.Example{
		{Description: "Ask for a user", Setup: serve, Params: map[string]any{"operation": "query", "endpoint": "{url}/graphql",
			"input": "query User($id: ID!) { user(id: $id) { id name } }", "variables": map[string]any{"id": "7"}},
			Want: map[string]any{"data": map[string]any{"user": map[string]any{"id": "7", "name": "Ada"}}, "has_errors": false}},
		{Description: "Change a name", Setup: serve, Params: map[string]any{"operation": "mutation", "endpoint": "{url}/graphql",
			"input": `mutation { rename(id: 7, name: "Grace") { name } }`}, Want: map[string]any{"data": map[string]any{"rename": map[string]any{"name": "Grace"}}}},
		{Description: "What the server can do", Setup: serve, Params: map[string]any{"operation": "introspection", "endpoint": "{url}/graphql"},
			Want: map[string]any{"queries": []any{map[string]any{"name": "user", "type": "User", "args": map[string]any{"id": "ID!"}}}}},
		{Description: "Collect two events", Setup: serveSubscription, Params: map[string]any{"operation": "subscription", "endpoint": "{url}/graphql",
			"input": "subscription { tick }", "max_events": 2},
			Want: map[string]any{"count": 2, "ended_by": "max_events", "events": []any{map[string]any{"data": map[string]any{"tick": 1}}, map[string]any{"data": map[string]any{"tick": 2}}}}},
	}
}
