package live

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/internal/frame"
	"github.com/llmspell/llmspell/kernel/rpc"
	"github.com/llmspell/llmspell/lsp/catalog"
	"github.com/llmspell/llmspell/tools"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

// impostor is a program that is no kernel, though it may begin like one.
type impostor struct {
	accepted chan struct{}
	dial     func(context.Context) (*rpc.Client, error)
}

// pretend serves connections with answers of its own: answer returns the result of a
// method as JSON, or "" for none at all.
func pretend(t *testing.T, answer func(method string) string) *impostor {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	i := &impostor{accepted: make(chan struct{}, 100)}
	i.dial = func(ctx context.Context) (*rpc.Client, error) {
		return rpc.Dial(ctx, ln.Addr().String(), rpc.ClientOptions{MaxMessage: maxMessage, Env: []string{}})
	}
	served := make(chan struct{})
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		defer close(served)
		var conns []chan struct{}
		for {
			conn, err := ln.Accept()
			if err != nil {
				for _, done := range conns {
					<-done
				}
				return
			}
			done := make(chan struct{})
			conns = append(conns, done)
			select {
			case i.accepted <- struct{}{}:
			default:
			}
			go func() {
				defer close(done)
				defer context.AfterFunc(ctx, func() { conn.Close() })()
				defer conn.Close()
				talk(conn, answer)
			}()
		}
	}()
	t.Cleanup(func() {
		cancel()
		ln.Close()
		<-served
	})
	return i
}

func talk(conn net.Conn, answer func(method string) string) {
	in := frame.NewReader(conn, 1<<20)
	for {
		body, err := in.Next()
		if err != nil {
			return
		}
		var m struct {
			ID     json.RawMessage `json:"id"`
			Method string          `json:"method"`
		}
		if json.Unmarshal(body, &m) != nil || m.ID == nil {
			continue
		}
		result := answer(m.Method)
		if result == "" {
			continue
		}
		text := fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"result":%s}`, m.ID, result)
		if strings.HasPrefix(result, "!") {
			text = result[1:]
		}
		if _, err := io.WriteString(conn, fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(text), text)); err != nil {
			return
		}
	}
}

const greeting = `{"version":1,"kernel":"fake","server":"1","pid":1,"max_message_bytes":1000,"methods":[]}`

// TestImpostors follows programs that hang and say nonsense. The catalogue is there
// all the time, and Close ends everything.
func TestImpostors(t *testing.T) {
	deep := strings.Repeat(`{"type":"object","properties":{"a":`, 200) + "{}" + strings.Repeat("}}", 200)
	for name, answer := range map[string]func(method string) string{
		"says nothing": func(string) string { return "" },
		"greets and hangs": func(method string) string {
			if method == "kernel.hello" {
				return greeting
			}
			return ""
		},
		"no JSON": func(string) string { return "!{{{" },
		"wrong types": func(method string) string {
			if method == "kernel.hello" {
				return greeting
			}
			return `[1, "x", null]`
		},
		"wrong from the start": func(string) string { return `{"version":"one"}` },
		"nasty names": func(method string) string {
			switch method {
			case "kernel.hello":
				return strings.Replace(greeting, "fake", strings.Repeat(`\u0007`, 500), 1)
			case "session.list":
				return `{"sessions":[{"id":"a\nb"},{"id":""},{"id":"ok","name":"\u001b[31m"}]}`
			case "exec.variables":
				return `{"variables":[{"name":"\u0000"},{"name":"v","value":"` + strings.Repeat("x", 100_000) + `"}]}`
			case "state.scopes":
				return `{"scopes":[{"scope":"global"},{"scope":"` + strings.Repeat("s", 5000) + `"}]}`
			case "state.list":
				return `{"entries":[{"key":"` + strings.Repeat("k", 5000) + `"},{"key":"k","size":1}]}`
			case "state.get":
				return `{"found":true}`
			case "events.history":
				return `{"events":[{"event_type":"\u0001","sequence":18446744073709551615},{"event_type":"e","sequence":1}]}`
			case "tool.list":
				return `{"tools":[{"name":"A Tool","needs":["x"]},{"name":"calculator"},{"name":"deep"},{"name":"list"},{"name":"dup"},{"name":"dup"},{"name":"other","aliases":["dup","hash-calculator"]}]}`
			case "tool.info":
				return `{"parameters":` + deep + `,"result":{"type":"nothing"}}`
			}
			return `{}`
		},
	} {
		t.Run(name, func(t *testing.T) {
			noneLeft(t)
			i := pretend(t, answer)
			l := Follow(Options{Base: catalog.Builtin(), Dial: i.dial, Every: time.Millisecond})
			<-i.accepted
			eventually(t, "it was asked, or given up", func() bool {
				began := time.Now()
				c := l.Catalog()
				if c.Tool("calculator") == nil || len(c.Tools()) < 57 {
					t.Fatal("the base is gone")
				}
				for _, slot := range []string{"tool", "hook", "event", "state", "variable", "session"} {
					for _, e := range c.Entries(slot) {
						if len(e.Name) > maxName || strings.ContainsAny(e.Name+e.Detail+e.Value, "\x00\x01\x07\x1b\n") || len(e.Detail)+len(e.Value) > 2000 {
							t.Fatalf("%s: %+v", slot, e)
						}
					}
				}
				if took := time.Since(began); took > deadline {
					t.Fatalf("it took %v", took)
				}
				select {
				case <-l.First():
					return true
				default:
					return false
				}
			})
			began := time.Now()
			l.Close()
			if took := time.Since(began); took > deadline {
				t.Errorf("it took %v to end", took)
			}
		})
	}
}

// FuzzDescription reads what a kernel says of a tool, and uses it in all ways.
func FuzzDescription(f *testing.F) {
	f.Add([]byte(`{"name":"a","parameters":{"type":"object","properties":{"x":{"type":"integer","minimum":1}},"required":["x"]},"result":{"type":"array"}}`), "x", 1.5)
	f.Add([]byte(`{"name":"mcp:s/T","parameters":{"anyOf":[{"properties":{"a":{"enum":[1,"b",null,[2]]}}},{"required":["c"]}]},"examples":[{"params":{"a":[{}]}}]}`), "a", 0.0)
	f.Add([]byte(`{"name":"b","aliases":["a","","\u0000"],"parameters":{"type":"object","not":{},"additionalProperties":{"type":["null","object"],"deprecated":true}}}`), "", -1.0)
	base := catalog.Builtin()
	f.Fuzz(func(t *testing.T, text []byte, key string, n float64) {
		var d tools.Description
		if json.Unmarshal(text, &d) != nil || !usable(d.Name) {
			return
		}
		c := catalog.New(catalog.Content{Base: base, Version: 2, Live: true, Tools: []*catalog.Tool{catalog.NewTool(descriptor(d.Summary, d), "live")}})
		live := c.Tool(d.Name)
		if live == nil {
			return // its name is taken or cannot be
		}
		_ = c.Entries("tool")
		_ = catalog.ToolDoc(c, live.Name)
		_ = catalog.ParamDoc(c, live.Name, key, "")
		_, _ = catalog.SchemaText(c, live.Name)
		_, _ = catalog.Snippet(c, live.Name, key)
		_ = catalog.ToolType(c, live.Name).String()
		_ = catalog.ResultType(c, live.Name, key).Field("result").Type.String()
		for _, v := range []any{n, key, true, nil, schema.Unknown{}, &catalog.LiteralTable{Open: true}, &catalog.LiteralTable{Fields: []catalog.LiteralField{{Value: n}, {Key: key, Value: n}}}} {
			table := &catalog.LiteralTable{Fields: []catalog.LiteralField{{Key: key, Value: v}}}
			problems := catalog.CheckCall(live, table)
			table.Open = true
			if open := catalog.CheckCall(live, table); len(problems) == 0 && len(open) > 0 {
				t.Fatalf("%s %q: more is wrong where less is known: %+v", text, key, open)
			}
		}
	})
}

// TestToolsOfManyPrograms: tools that take each other's names, or cannot be, are left
// out, and the others are there.
func TestToolsOfManyPrograms(t *testing.T) {
	var list []*catalog.Tool
	for i := range 2000 {
		d := &tool.Descriptor{Name: fmt.Sprintf("mcp:s/t%d", i), Parameters: schema.Map("")}
		switch i % 100 {
		case 7:
			d.Aliases = []string{"calculator"}
		case 9:
			d.Name = "Not A Name"
		}
		list = append(list, catalog.NewTool(d, "live"))
	}
	c := catalog.New(catalog.Content{Base: catalog.Builtin(), Version: 2, Tools: list})
	if n := len(c.Tools()); c.Tool("mcp:s/t1999") != list[1999] || c.Tool("mcp:s/t9") != nil || n != 2000-40+57 {
		t.Errorf("%d tools are left", n)
	}
	if c.Tool("calculator").Source != "" {
		t.Error("another one has taken the name calculator")
	}
}
