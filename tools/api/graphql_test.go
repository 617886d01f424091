package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/llmspell/llmspell/internal/nettest"
	"github.com/llmspell/llmspell/tools/sandbox"
	"github.com/llmspell/llmspell/tools/tool"
)

func TestGraphQL(t *testing.T) {
	var busy atomic.Int32
	base := nettest.HTTP(t, func(w http.ResponseWriter, r *http.Request) {
		var ask struct {
			Query, OperationName string
			Variables            map[string]any
		}
		if err := json.NewDecoder(r.Body).Decode(&ask); err != nil || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("the request is not JSON: %v", err)
		}
		w.Header().Set("Content-Type", "application/json")
		switch {
		case strings.Contains(ask.Query, "busy") && busy.Add(1) < 3:
			w.WriteHeader(502)
		case strings.Contains(ask.Query, "partial"):
			io.WriteString(w, `{"data":{"a":1,"b":null},"errors":[{"message":"b is broken","path":["b"]}],"extensions":{"cost":3}}`)
		case strings.Contains(ask.Query, "refused"):
			w.WriteHeader(400)
			io.WriteString(w, `{"errors":[{"message":"no such field"},{"message":"two"}]}`)
		case strings.Contains(ask.Query, "html"):
			w.WriteHeader(503)
			io.WriteString(w, `<html>down</html>`)
		case strings.Contains(ask.Query, "nonsense"):
			io.WriteString(w, `{"hello":1}`)
		case strings.Contains(ask.Query, "__schema"):
			io.WriteString(w, `{"data":{"__schema":{"queryType":{"name":"Q"},"mutationType":{"name":"M"},"types":[{"name":"__Type","kind":"OBJECT"},`+
				`{"name":"Q","kind":"OBJECT","description":"root","fields":[{"name":"users","description":"all","args":[{"name":"ids","type":{"kind":"LIST","ofType":{"kind":"NON_NULL","ofType":{"name":"ID"}}}}],`+
				`"type":{"kind":"NON_NULL","ofType":{"kind":"LIST","ofType":{"name":"User"}}}}]},{"name":"M","kind":"OBJECT","fields":null}]}}}`)
		default:
			json.NewEncoder(w).Encode(map[string]any{"data": map[string]any{"name": ask.OperationName, "vars": ask.Variables, "auth": r.Header.Get("Authorization")}})
		}
	})
	r := runner(t)
	ask := func(more ...any) (map[string]any, *tool.Error) {
		t.Helper()
		return call(t, r, "graphql-query", with(map[string]any{"endpoint": base}, more...))
	}
	v, err := ask("input", "query A($x: Int) { a } query B { b }", "operation_name", "A", "variables", map[string]any{"x": 5}, "auth", map[string]any{"token": "tt"})
	if err != nil || field(t, v, "data.name") != "A" || field(t, v, "data.vars.x") != 5.0 || field(t, v, "data.auth") != "Bearer tt" || v["has_errors"] != false {
		t.Errorf("query: %v, %v", v, err)
	}
	if v, err = ask("query", "mutation { a }", "operation", "mutation"); err != nil || v["data"] == nil {
		t.Errorf("mutation: %v, %v", v, err)
	}
	if v, err = ask("query", "{ busy }"); err != nil || busy.Load() != 3 {
		t.Errorf("a busy server: %v, %v after %d", v, err, busy.Load())
	}
	busy.Store(0)
	if _, err = ask("query", "mutation { busy }"); err == nil || busy.Load() != 1 {
		t.Errorf("a mutation was repeated: %v, %d", err, busy.Load())
	}
	v, err = ask("query", "{ partial }")
	if err != nil || v["has_errors"] != true || field(t, v, "data.a") != 1.0 || field(t, v, "errors[0].message") != "b is broken" || field(t, v, "extensions.cost") != 3.0 {
		t.Errorf("partial: %v, %v", v, err)
	}
	_, err = ask("query", "{ refused }")
	if err == nil || err.Code != tool.RemoteFailed || !strings.Contains(err.Message, "no such field (and 1 more)") || err.Details["errors"] == nil {
		t.Errorf("refused: %v", err)
	}
	if _, err = ask("query", "{ html }", "max_retries", 0); err == nil || !strings.Contains(err.Message, "503") {
		t.Errorf("html: %v", err)
	}
	if _, err = ask("query", "{ nonsense }"); err == nil || !strings.Contains(err.Message, "not that of a GraphQL server") {
		t.Errorf("nonsense: %v", err)
	}
	v, err = ask("operation", "introspection")
	if err != nil || field(t, v, "queries[0].type") != "[User]!" || field(t, v, "queries[0].args.ids") != "[ID!]" || field(t, v, "queries[0].description") != "all" ||
		len(v["types"].([]any)) != 2 || v["mutations"] == nil || v["schema"] == nil {
		t.Errorf("introspection: %v, %v", v, err)
	}
}

func TestGraphQLRefusals(t *testing.T) {
	r := runner(t)
	m := map[string]any{"endpoint": "http://127.0.0.1:1/", "input": "{ a }", "max_retries": 0}
	for _, test := range []struct {
		params map[string]any
		says   string
		code   tool.Code
	}{
		{map[string]any{"input": "{ a }"}, `"endpoint" is missing`, tool.InvalidParameters},
		{with(m, "endpoint", "ws://127.0.0.1"), `"endpoint" is wrong`, tool.InvalidParameters},
		{with(m, "endpoint", 5), `"endpoint" is wrong`, tool.InvalidParameters},
		{with(m, "operation", "delete"), `"operation" is wrong`, tool.InvalidParameters},
		{with(m, "operation", "query", "input", ""), `"input" is missing`, tool.InvalidParameters},
		{with(m, "input", "{ a "), `"input" is not a GraphQL document`, tool.InvalidParameters},
		{with(m, "input", "fragment F on T { a }"), "holds no operation", tool.InvalidParameters},
		{with(m, "input", strings.Repeat("{a", 500_000)), "not a GraphQL document", tool.InvalidParameters},
		{with(m, "input", strings.Repeat("#", maxDocument+1)), "at most 1024 KB", tool.InvalidParameters},
		{with(m, "input", "mutation { a }", "operation", "query"), `is a mutation; pass operation "mutation"`, tool.InvalidParameters},
		{with(m, "input", "query A { a } query B { b }"), `"operation_name" is missing`, tool.InvalidParameters},
		{with(m, "operation_name", "X"), `one of the document's operations`, tool.InvalidParameters},
		{with(m, "operation_name", 5), `"operation_name" is wrong`, tool.InvalidParameters},
		{with(m, "variables", "x"), `"variables" is wrong`, tool.InvalidParameters},
		{with(m, "headers", map[string]any{"X": "\n"}), `"headers.X" is wrong`, tool.InvalidParameters},
		{with(m, "auth", map[string]any{"token": ""}), `"auth.token" is missing`, tool.InvalidParameters},
		{with(m, "timeout", "x"), `"timeout" is wrong`, tool.InvalidParameters},
		{with(m, "max_retries", 11), `"max_retries" is wrong`, tool.InvalidParameters},
		{with(m, "max_bytes", 0), `"max_bytes" is wrong`, tool.InvalidParameters},
		{with(m, "max_events", 0), `"max_events" is wrong`, tool.InvalidParameters},
		{with(m, "transport", "pigeon"), `"transport" is wrong`, tool.InvalidParameters},
		{with(m, "connection_params", 1), `"connection_params" is wrong`, tool.InvalidParameters},
		{with(m, "insecure", 1), `"insecure" is wrong`, tool.InvalidParameters},
		{m, "refused", tool.RemoteFailed},
		{with(m, "input", "subscription { a }"), "refused", tool.RemoteFailed},
		{with(m, "input", "subscription { a }", "transport", "sse"), "refused", tool.RemoteFailed},
		{with(m, "endpoint", "http://10.1.2.3/"), "denied", tool.PermissionDenied},
		{with(m, "endpoint", "ws://10.1.2.3/", "input", "subscription { a }"), "denied", tool.PermissionDenied},
	} {
		_, err := call(t, r, "graphql-query", test.params)
		if err == nil || err.Code != test.code || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%.100v: %v; want %s: %s", test.params, err, test.code, test.says)
		}
	}
}

// subscriptions starts a server of graphql-transport-ws: serve gets the
// connection after the subscribe message.
func subscriptions(t *testing.T, serve func(ctx context.Context, conn *websocket.Conn, send func(string), params, subscribe wsMessage)) string {
	t.Helper()
	return nettest.HTTP(t, func(w http.ResponseWriter, r *http.Request) {
		conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{"graphql-transport-ws"}})
		if err != nil {
			return
		}
		defer conn.CloseNow()
		ctx := t.Context()
		send := func(text string) { _ = conn.Write(ctx, websocket.MessageText, []byte(text)) }
		read := func() (m wsMessage) {
			_, data, _ := conn.Read(ctx)
			_ = json.Unmarshal(data, &m)
			return m
		}
		params := read()
		send(`{"type":"connection_ack"}`)
		serve(ctx, conn, send, params, read())
	})
}

func TestSubscriptions(t *testing.T) {
	ticks := func(n int) func(context.Context, *websocket.Conn, func(string), wsMessage, wsMessage) {
		return func(ctx context.Context, conn *websocket.Conn, send func(string), params, subscribe wsMessage) {
			if string(params.Payload) != `{"token":"x"}` || !strings.Contains(string(subscribe.Payload), `"variables":{"a":1}`) {
				t.Errorf("the server got %s and %s", params.Payload, subscribe.Payload)
			}
			send(`{"type":"ping"}`)
			for i := range n {
				send(fmt.Sprintf(`{"id":"1","type":"next","payload":{"data":{"tick":%d}}}`, i))
			}
			send(`{"id":"1","type":"complete"}`)
			_, _, _ = conn.Read(ctx)
		}
	}
	r := runner(t)
	ask := func(endpoint string, more ...any) (map[string]any, *tool.Error) {
		t.Helper()
		return call(t, r, "graphql-query", with(map[string]any{"endpoint": endpoint, "input": "subscription S($a: Int) { tick }", "variables": map[string]any{"a": 1},
			"connection_params": map[string]any{"token": "x"}}, more...))
	}
	base := subscriptions(t, ticks(20))
	for _, endpoint := range []string{base, strings.Replace(base, "http", "ws", 1)} {
		v, err := ask(endpoint, "max_events", 3)
		if err != nil || v["count"] != 3.0 || v["ended_by"] != "max_events" || field(t, v, "events[2].data.tick") != 2.0 {
			t.Errorf("max_events: %v, %v", v, err)
		}
	}
	if v, err := ask(base, "max_events", 100); err != nil || v["count"] != 20.0 || v["ended_by"] != "complete" {
		t.Errorf("complete: %v, %v", v, err)
	}
	if v, err := ask(base, "max_events", 100, "max_bytes", 100); err != nil || v["count"] == 0.0 || v["ended_by"] != "max_bytes" {
		t.Errorf("max_bytes: %v, %v", v, err)
	}
	type serving = func(context.Context, *websocket.Conn, func(string), wsMessage, wsMessage)
	silent := func(say ...string) serving {
		return func(ctx context.Context, conn *websocket.Conn, send func(string), _, _ wsMessage) {
			for _, s := range say {
				send(s)
			}
			_, _, _ = conn.Read(ctx)
		}
	}
	v, err := ask(subscriptions(t, silent(`{"type":"next","payload":{"data":{"tick":1},"errors":[{"message":"late"}]}}`)), "timeout", 1)
	if err != nil || v["count"] != 1.0 || v["ended_by"] != "timeout" || field(t, v, "events[0].errors[0].message") != "late" {
		t.Errorf("timeout: %v, %v", v, err)
	}
	for name, test := range map[string]struct {
		serve serving
		says  string
		code  tool.Code
	}{
		"error":    {silent(`{"id":"1","type":"error","payload":[{"message":"not allowed"}]}`), "not allowed", tool.RemoteFailed},
		"not JSON": {silent(`hello`), "not JSON", tool.RemoteFailed},
		"huge":     {silent(`{"type":"next","payload":"` + strings.Repeat("x", 2000) + `"}`), "larger than max_bytes", tool.LimitExceeded},
		"closed": {func(_ context.Context, conn *websocket.Conn, _ func(string), _, _ wsMessage) {
			conn.Close(4401, "Unauthorized")
		},
			"closed the WebSocket (4401: Unauthorized)", tool.RemoteFailed},
		"gone": {func(_ context.Context, conn *websocket.Conn, _ func(string), _, _ wsMessage) { conn.CloseNow() }, "", tool.RemoteFailed},
	} {
		_, err := ask(subscriptions(t, test.serve), "max_bytes", 1000)
		if err == nil || err.Code != test.code || !strings.Contains(err.Message, test.says) {
			t.Errorf("%s: %v; want %s: %s", name, err, test.code, test.says)
		}
	}
	plain := nettest.HTTP(t, func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(403) })
	if _, err := ask(plain); err == nil || !strings.Contains(err.Message, "answered 403 Forbidden to the request for a WebSocket") {
		t.Errorf("no WebSocket: %v", err)
	}
	// The caller's end is an error, and prompt.
	ctx, cancel := context.WithCancel(t.Context())
	quiet := subscriptions(t, func(ctx context.Context, conn *websocket.Conn, _ func(string), _, _ wsMessage) {
		cancel()
		_, _, _ = conn.Read(ctx)
	})
	start := time.Now()
	_, err = callContext(t, ctx, r, "graphql-query", map[string]any{"endpoint": quiet, "input": "subscription { a }"})
	if !errors.Is(err, context.Canceled) || time.Since(start) > time.Minute {
		t.Errorf("cancelled: %v after %v", err, time.Since(start))
	}
	// A server that never says that the connection may begin.
	mute := nettest.HTTP(t, func(w http.ResponseWriter, r *http.Request) {
		if conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{"graphql-transport-ws"}}); err == nil {
			_, _, _ = conn.Read(t.Context())
			_, _, _ = conn.Read(t.Context())
			conn.CloseNow()
		}
	})
	if _, err = ask(mute, "timeout", 0.1); err == nil || err.Code != tool.Timeout {
		t.Errorf("no acknowledgement: %v", err)
	}
	other := nettest.HTTP(t, func(w http.ResponseWriter, r *http.Request) {
		if conn, err := websocket.Accept(w, r, nil); err == nil {
			_, _, _ = conn.Read(t.Context())
			conn.CloseNow()
		}
	})
	if _, err = ask(other); err == nil || !strings.Contains(err.Message, "does not speak graphql-transport-ws") {
		t.Errorf("another protocol: %v", err)
	}
	denied := r.Allow(t, func(p *sandbox.Policy) { p.Net = sandbox.Rule{} })
	if _, err := call(t, denied, "graphql-query", map[string]any{"endpoint": base, "input": "subscription { a }"}); err == nil || err.Code != tool.PermissionDenied {
		t.Errorf("without permission: %v", err)
	}
}

func TestSubscriptionsOverSSE(t *testing.T) {
	r := runner(t)
	serve := func(stream string, hang bool) string {
		return nettest.HTTP(t, func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Accept") != "text/event-stream" {
				t.Errorf("the client accepts %q", r.Header.Get("Accept"))
			}
			w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
			io.WriteString(w, stream)
			w.(http.Flusher).Flush()
			if hang {
				<-r.Context().Done()
			}
		})
	}
	two := ": hello\n\nevent: next\ndata: {\"data\":{\"n\":1}}\n\nevent: next\ndata: {\"data\":\ndata: {\"n\":2}}\n\n"
	for _, test := range []struct {
		stream string
		hang   bool
		max    int
		count  float64
		ended  string
	}{
		{two, false, 10, 2, "complete"},
		{two, true, 2, 2, "max_events"},
		{two, true, 1, 1, "max_events"},
		{two + "event: complete\n\n", true, 10, 2, "complete"},
		{two, true, 10, 2, "timeout"},
	} {
		v, err := call(t, r, "graphql-query", map[string]any{"endpoint": serve(test.stream, test.hang), "input": "subscription { n }", "transport": "sse", "max_events": test.max, "timeout": 1})
		if err != nil || v["count"] != test.count || v["ended_by"] != test.ended {
			t.Errorf("%+v: %v, %v", test, v, err)
		}
	}
	for stream, says := range map[string]string{"event: next\ndata: x\n\n": "not JSON", "data: " + strings.Repeat("x", 3000): "larger than"} {
		if _, err := call(t, r, "graphql-query", map[string]any{"endpoint": serve(stream, true), "input": "subscription { n }", "transport": "sse", "max_bytes": 2000}); err == nil || !strings.Contains(err.Message, says) {
			t.Errorf("%.30q: %v", stream, err)
		}
	}
	plain := nettest.HTTP(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "hello") })
	if _, err := call(t, r, "graphql-query", map[string]any{"endpoint": plain, "input": "subscription { n }", "transport": "sse"}); err == nil || !strings.Contains(err.Message, "instead of a stream of events") {
		t.Errorf("no stream: %v", err)
	}
}
