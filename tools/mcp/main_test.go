package mcp

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/llmspell/llmspell/tools"
	"github.com/llmspell/llmspell/tools/sandbox"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

// asServer makes the test program an MCP server on its standard streams: how it
// behaves is the variable's value.
const asServer = "LLMSPELL_TEST_MCP_SERVER"

func TestMain(m *testing.M) {
	switch mode := os.Getenv(asServer); mode {
	case "":
		os.Exit(m.Run())
	case "silent": // reads, and never answers
		buf := make([]byte, 1024)
		for {
			if _, err := os.Stdin.Read(buf); err != nil {
				os.Exit(0)
			}
		}
	case "deaf": // does not even end when its input does
		fmt.Fprintln(os.Stderr, "nobody is listening")
		time.Sleep(time.Hour)
	case "chatty": // prints where it must not, and answers more than is taken
		chatty()
	case "broken":
		fmt.Fprintln(os.Stderr, "cannot start: the key sk-secret-123 is wrong")
		os.Exit(3)
	default:
		_ = remoteServer(mode).Run(context.Background(), &sdk.StdioTransport{})
		os.Exit(0)
	}
}

// chatty is a server as many are: it writes what it has to say between messages.
func chatty() {
	fmt.Println("Welcome! {\"this\": \"is no message\"}")
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		var m struct {
			ID     json.RawMessage
			Method string
			Params struct{ Name string }
		}
		_ = json.Unmarshal(in.Bytes(), &m)
		answer := func(result string) { fmt.Printf("{\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":%s}\n", m.ID, result) }
		fmt.Printf("[info] got %s\n\n42\n", m.Method)
		switch {
		case m.Method == "initialize":
			answer(`{"protocolVersion":"2025-06-18","capabilities":{"tools":{}},"serverInfo":{"name":"chatty","version":"1"}}`)
		case m.Method == "tools/list":
			answer(`{"tools":[{"name":"talk","inputSchema":{"type":"object"}},{"name":"novel","inputSchema":{"type":"object"}},{"name":"riddle","inputSchema":{"type":"object"}}]}`)
		case m.Params.Name == "talk":
			answer(`{"content":[{"type":"text","text":"hello"}]}`)
		case m.Params.Name == "novel":
			answer(`{"content":[{"type":"text","text":"` + strings.Repeat("x", maxFrame) + `"}]}`)
		case m.Params.Name == "riddle":
			answer(`{"content":[{"type":"of a later version"}]}`)
		case m.ID != nil:
			fmt.Printf("{\"jsonrpc\":\"2.0\",\"id\":%s,\"error\":{\"code\":-32601,\"message\":\"no\"}}\n", m.ID)
		}
	}
	os.Exit(0)
}

// remoteServer is a server made with the SDK alone, as anybody's.
func remoteServer(mode string) *sdk.Server {
	s := sdk.NewServer(&sdk.Implementation{Name: "remote", Version: "2.5"}, nil)
	type sum struct {
		A int `json:"a"`
		B int `json:"b"`
	}
	type total struct {
		Total int    `json:"total"`
		Env   string `json:"env,omitempty"`
		Dir   string `json:"dir,omitempty"`
	}
	sdk.AddTool(s, &sdk.Tool{Name: "add_up", Description: "Adds two numbers"}, func(_ context.Context, _ *sdk.CallToolRequest, in sum) (*sdk.CallToolResult, total, error) {
		dir, _ := os.Getwd()
		return nil, total{in.A + in.B, os.Getenv("REMOTE_COLOR") + os.Getenv("REMOTE_SECRET"), dir}, nil
	})
	plain := func(name string, run func(ctx context.Context, r *sdk.CallToolRequest) (*sdk.CallToolResult, error)) {
		s.AddTool(&sdk.Tool{Name: name, InputSchema: map[string]any{"type": "object"}}, run)
	}
	plain("picture", func(context.Context, *sdk.CallToolRequest) (*sdk.CallToolResult, error) {
		return &sdk.CallToolResult{Content: []sdk.Content{
			&sdk.TextContent{Text: "a dot"}, &sdk.ImageContent{Data: []byte{1, 2, 3}, MIMEType: "image/png"},
			&sdk.AudioContent{Data: []byte("beep"), MIMEType: "audio/wav"},
			&sdk.ResourceLink{URI: "file:///dot", Name: "dot"},
			&sdk.EmbeddedResource{Resource: &sdk.ResourceContents{URI: "mem:1", MIMEType: "text/plain", Text: "inside"}},
		}}, nil
	})
	plain("refuse", func(context.Context, *sdk.CallToolRequest) (*sdk.CallToolResult, error) {
		return &sdk.CallToolResult{IsError: true, Content: []sdk.Content{&sdk.TextContent{Text: "not today"}}}, nil
	})
	plain("protocol-error", func(context.Context, *sdk.CallToolRequest) (*sdk.CallToolResult, error) {
		return nil, fmt.Errorf("the database said %s", "no")
	})
	plain("crash", func(context.Context, *sdk.CallToolRequest) (*sdk.CallToolResult, error) {
		fmt.Fprintln(os.Stderr, "panic: on fire")
		os.Exit(7)
		return nil, nil
	})
	plain("slow", func(ctx context.Context, r *sdk.CallToolRequest) (*sdk.CallToolResult, error) {
		if token := r.Params.GetProgressToken(); token != nil {
			_ = r.Session.NotifyProgress(ctx, &sdk.ProgressNotificationParams{ProgressToken: token, Progress: 1, Total: 4, Message: "warming up"})
		}
		<-ctx.Done()
		if path := os.Getenv("REMOTE_CANCELLED"); path != "" {
			_ = os.WriteFile(path, []byte("cancelled"), 0o600)
		}
		return nil, ctx.Err()
	})
	plain("grow", func(context.Context, *sdk.CallToolRequest) (*sdk.CallToolResult, error) {
		plain("grown", func(context.Context, *sdk.CallToolRequest) (*sdk.CallToolResult, error) {
			return &sdk.CallToolResult{Content: []sdk.Content{&sdk.TextContent{Text: "here"}}}, nil
		})
		s.RemoveTools("picture")
		return &sdk.CallToolResult{}, nil
	})
	return s
}

// local makes tools to offer, and an Invoker.
func local(t *testing.T) (*tools.Registry, *tools.Invoker, *probes) {
	t.Helper()
	p := &probes{started: make(chan struct{}, 100), ended: make(chan error, 100)}
	reg := tools.NewRegistry()
	word := schema.Text("A word")
	word.MaxLength = schema.Ptr(5)
	err := reg.Register(
		tool.Static(&tool.Descriptor{
			Name: "echo", Category: "utility", Description: "Says it again", Security: tool.Safe,
			Parameters: schema.Map("", schema.Required("word", word), schema.Optional("times", schema.Int("How often", 1, 9).WithDefault(1))),
			Result:     schema.Map("", schema.Required("words", schema.List("The words", schema.Text("")))),
		}, func(_ context.Context, call *tool.Call) (*tool.Result, error) {
			words := []any{}
			for range call.Params.Int("times") {
				words = append(words, call.Params.String("word"))
			}
			return tool.Value(map[string]any{"words": words}), nil
		}),
		tool.Static(&tool.Descriptor{
			Name: "reader", Category: "filesystem", Description: "Reads a file", Security: tool.Restricted, Needs: []tool.Need{tool.Files},
			Parameters: schema.Map("", schema.Required("path", schema.Text("The file"))),
		}, func(ctx context.Context, call *tool.Call) (*tool.Result, error) {
			data, err := call.Sandbox.ReadFile(ctx, call.Params.String("path"))
			text := string(data)
			return &tool.Result{Text: &text, Value: text}, err
		}),
		tool.Static(&tool.Descriptor{
			Name: "waiter", Category: "utility", Description: "Waits", Security: tool.Privileged, SideEffects: true, Needs: []tool.Need{tool.Network},
			Parameters: schema.Map("", schema.Optional("x", schema.Text("Nothing"))),
		}, func(ctx context.Context, call *tool.Call) (*tool.Result, error) {
			call.Report(1, 3, "one")
			call.Report(0.5, 3, "backwards")
			call.Report(3, 3, "three")
			p.started <- struct{}{}
			<-ctx.Done()
			p.ended <- ctx.Err()
			return nil, ctx.Err()
		}),
	)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	box, err := sandbox.New(dir, sandbox.Folders(dir))
	if err != nil {
		t.Fatal(err)
	}
	return reg, tools.NewInvoker(reg, tools.Options{Sandbox: box}), p
}

// probes tell when the tool "waiter" began and ended.
type probes struct {
	started chan struct{}
	ended   chan error
}

func (p *probes) wait(t *testing.T) {
	t.Helper()
	select {
	case <-p.started:
	case <-time.After(time.Minute):
		t.Fatal("the tool did not start")
	}
}

func (p *probes) stopped(t *testing.T) {
	t.Helper()
	select {
	case <-p.ended:
	case <-time.After(time.Minute):
		t.Fatal("the tool was not stopped")
	}
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
