package mcp

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/llmspell/llmspell/tools"
)

// client connects the SDK's own client to a server of ours, in memory.
func client(t *testing.T, s *sdk.Server, version string, opt *sdk.ClientOptions) *sdk.ClientSession {
	t.Helper()
	here, there := sdk.NewInMemoryTransports()
	if _, err := s.Connect(context.Background(), there, nil); err != nil {
		t.Fatal(err)
	}
	c, err := sdk.NewClient(&sdk.Implementation{Name: "test", Version: "1"}, opt).Connect(context.Background(), here, &sdk.ClientSessionOptions{ProtocolVersion: version})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func offered(t *testing.T, ctx context.Context) (*sdk.Server, *probes) {
	t.Helper()
	reg, inv, p := local(t)
	return NewServer(ctx, inv, ServerOptions{Version: "1.2.3", Tools: reg.List(tools.Filter{})}), p
}

func TestServerListsTools(t *testing.T) {
	s, _ := offered(t, context.Background())
	c := client(t, s, "", nil)
	list, err := c.ListTools(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := asJSON(t, c.InitializeResult().Capabilities); got != `{"tools":{"listChanged":true}}` {
		t.Errorf("capabilities %s", got)
	}
	if len(list.Tools) != 3 {
		t.Fatalf("%d tools", len(list.Tools))
	}
	echo, waiter := list.Tools[0], list.Tools[2]
	if echo.Name != "echo" || echo.Description != "Says it again" {
		t.Errorf("got %s: %s", echo.Name, echo.Description)
	}
	want := `{"additionalProperties":false,"properties":{"times":{"default":1,"description":"How often","maximum":9,"minimum":1,"type":"integer"},` +
		`"word":{"description":"A word","maxLength":5,"type":"string"}},"required":["word"],"type":"object"}`
	if got := asJSON(t, echo.InputSchema); got != want {
		t.Errorf("schema %s", got)
	}
	if echo.OutputSchema == nil || list.Tools[1].OutputSchema != nil {
		t.Error("an object's schema is offered, and no other")
	}
	if got := asJSON(t, echo.Annotations); got != `{"destructiveHint":false,"idempotentHint":true,"openWorldHint":false,"readOnlyHint":true}` {
		t.Errorf("hints of echo: %s", got)
	}
	if got := asJSON(t, waiter.Annotations); got != `{"destructiveHint":true,"idempotentHint":false,"openWorldHint":true,"readOnlyHint":false}` {
		t.Errorf("hints of waiter: %s", got)
	}
}

// versions are those that a client may speak: with sessions and without.
var versions = []string{"", "2025-06-18"}

func TestServerCalls(t *testing.T) {
	for _, version := range versions {
		s, _ := offered(t, context.Background())
		c := client(t, s, version, nil)
		for _, tt := range []struct{ tool, args, structured, text string }{
			{"echo", `{"word":"ja","times":2}`, `{"words":["ja","ja"]}`, `{"words":["ja","ja"]}`},
			{"echo", `{"word":"lengthy"}`, `{"code":"validation_error","details":{"expected":"a string of at most 5 characters","field":"word","got":"7 characters"}`, `echo: parameter "word" is wrong`},
			{"echo", `{"wrod":"ja"}`, `"suggestion":"word"`, `did you mean "word"?`},
			{"echo", `{"word":"ja","times":1e999}`, `"field":"times"`, `too large`},
			{"echo", ``, `"field":"word"`, `parameter "word" is missing`},
			{"reader", `{"path":"/etc/passwd"}`, `"flag":"--allow-read=/etc/passwd"`, `allow it with --allow-read=/etc/passwd`},
			{"reader", `{"path":"nothing"}`, `"code":"resource_not_found"`, `no such file`},
		} {
			res, err := c.CallTool(context.Background(), &sdk.CallToolParams{Name: tt.tool, Arguments: rawArguments(tt.args)})
			if err != nil {
				t.Fatal(err)
			}
			failed := !strings.HasPrefix(tt.structured, `{"words"`)
			text, structured := res.Content[0].(*sdk.TextContent).Text, res.StructuredContent
			if failed {
				structured = res.Meta[ErrorKey]
			}
			if got := asJSON(t, structured); res.IsError != failed || !strings.Contains(got, tt.structured) || !strings.Contains(text, tt.text) {
				t.Errorf("%s %s: error %v\n%s\n%s", tt.tool, tt.args, res.IsError, got, text)
			}
		}
		if res, err := c.CallTool(context.Background(), &sdk.CallToolParams{Name: "ECHO", Arguments: rawArguments(`{"word":"ja"}`)}); err != nil || res.IsError {
			t.Errorf("another spelling: %v %v", res, err)
		}
		for name, want := range map[string]string{"ecko": `did you mean "echo"?`, "mcp:x/y": `there is no tool named "mcp:x/y"`} {
			if _, err := c.CallTool(context.Background(), &sdk.CallToolParams{Name: name}); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v; want %s", name, err, want)
			}
		}
		for _, args := range []string{`[1]`, `"x"`, `5`} {
			res, err := c.CallTool(context.Background(), &sdk.CallToolParams{Name: "echo", Arguments: rawArguments(args)})
			if err != nil || !res.IsError || !strings.Contains(asJSON(t, res.Content), "expected a JSON object, got ") || strings.Contains(asJSON(t, res.Content), "Go value") {
				t.Errorf("arguments %s: %v %v", args, res, err)
			}
		}
		if _, err := c.CallTool(context.Background(), &sdk.CallToolParams{Name: "nothing"}); err == nil || !strings.Contains(err.Error(), "nothing") {
			t.Errorf("an unknown tool: %v", err)
		}
	}
}

// rawArguments sends the text as it is.
func rawArguments(text string) any {
	if text == "" {
		return nil
	}
	return rawJSON(text)
}

type rawJSON string

func (r rawJSON) MarshalJSON() ([]byte, error) { return []byte(r), nil }

func TestServerReportsProgressAndStops(t *testing.T) {
	for _, version := range versions {
		var mu sync.Mutex
		var seen []string
		told := make(chan struct{}, 10)
		s, p := offered(t, context.Background())
		c := client(t, s, version, &sdk.ClientOptions{ProgressNotificationHandler: func(_ context.Context, r *sdk.ProgressNotificationClientRequest) {
			mu.Lock()
			defer mu.Unlock()
			seen = append(seen, r.Params.Message)
			told <- struct{}{}
		}})
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan error)
		go func() {
			params := &sdk.CallToolParams{Name: "waiter"}
			params.SetProgressToken("p")
			_, err := c.CallTool(ctx, params)
			done <- err
		}()
		p.wait(t)
		<-told
		<-told
		cancel()
		if err := <-done; err == nil {
			t.Error("the call was not cancelled")
		}
		p.stopped(t)
		if mu.Lock(); strings.Join(seen, " ") != "one three" {
			t.Errorf("progress %q", seen)
		}
		mu.Unlock()
	}
}

func TestServerEndsItsCalls(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	s, p := offered(t, ctx)
	c := client(t, s, "", nil)
	done := make(chan *sdk.CallToolResult)
	go func() {
		res, _ := c.CallTool(context.Background(), &sdk.CallToolParams{Name: "waiter"})
		done <- res
	}()
	p.wait(t)
	cancel()
	p.stopped(t)
	select {
	case res := <-done:
		if res == nil || !res.IsError || !strings.Contains(asJSON(t, res.Meta), "cancelled") {
			t.Errorf("got %v", asJSON(t, res))
		}
	case <-time.After(time.Minute):
		t.Fatal("the client was not answered")
	}
}
