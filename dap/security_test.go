package dap_test

import (
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/dap"
	"github.com/llmspell/llmspell/dap/daptest"
)

const token = "5f0c1e9a7b3d48628f1e2d3c4b5a6978"

func initializeArguments(key string, value any) map[string]any {
	args := daptest.InitializeArguments()
	args[key] = value
	return args
}

func TestToken(t *testing.T) {
	path := script(t, "print('hello')")
	finish := func(c *client, launch int) {
		c.ConfigurationDone()
		c.Succeeds(launch, nil)
		c.ExpectTerminated()
		c.ExpectOutput("stdout", "hello\n")
		c.Disconnect()
	}
	t.Run("with initialize", func(t *testing.T) {
		c := connect(t, dap.Options{Token: token})
		c.InitializeWith(initializeArguments("token", token))
		finish(c, c.Launch(program(path)))
	})
	t.Run("with launch", func(t *testing.T) {
		c := connect(t, dap.Options{Token: token})
		c.Call("initialize", daptest.InitializeArguments(), nil)
		launch := c.Launch(with(path, "token", token))
		c.ExpectEvent("initialized", nil) // not before
		finish(c, launch)
	})
	t.Run("not asked for", func(t *testing.T) {
		c := connect(t, dap.Options{})
		c.InitializeWith(initializeArguments("token", "any"))
		finish(c, c.Launch(program(path)))
	})
	refused := []struct {
		name, command string
		args          any
		text          string
	}{
		{"wrong with initialize", "initialize", initializeArguments("token", token[:31]+"0"), "wrong token"},
		{"wrong with launch", "launch", with(path, "token", "x"), "wrong token"},
		{"none with launch", "launch", program(path), "wants a token"},
		{"none with attach", "attach", map[string]any{}, "wants a token"},
		{"not a string", "launch", with(path, "token", 5), "wants a token"},
		{"too early", "setBreakpoints", map[string]any{"source": map[string]any{"path": path}}, "wants a token"},
		{"a token where none belongs", "threads", map[string]any{"token": token}, "wants a token"},
		{"unknown command", "sesame", nil, "wants a token"},
	}
	for _, tt := range refused {
		t.Run(tt.name, func(t *testing.T) {
			c := connect(t, dap.Options{Token: token})
			if tt.command != "initialize" {
				c.Call("initialize", daptest.InitializeArguments(), nil)
			}
			contains(t, c.CallError(tt.command, tt.args), tt.text)
			c.ExpectClosed()
			equal(t, "events", len(c.Events()), 0)
		})
	}
	t.Run("going is always allowed", func(t *testing.T) {
		c := connect(t, dap.Options{Token: token})
		c.Disconnect()
	})
}

func TestReadOnly(t *testing.T) {
	path := script(t, "local n = 1", "print(n)")
	c := connect(t, dap.Options{ReadOnly: true})
	caps := c.Initialize()
	if caps.SupportsEvaluateForHovers || caps.SupportsSetVariable || caps.SupportsSetExpression || caps.SupportsWriteMemoryRequest ||
		caps.SupportsGotoTargetsRequest || caps.SupportsRestartFrame || caps.SupportsConditionalBreakpoints || caps.SupportsLogPoints ||
		caps.SupportsTerminateThreadsRequest {
		t.Errorf("capabilities %+v", caps)
	}
	launch := c.Launch(program(path))
	c.SetBreakpoints(path, 2)
	contains(t, c.CallError("setBreakpoints", map[string]any{
		"source": map[string]any{"path": path}, "breakpoints": []any{map[string]any{"line": 2, "condition": "os.exit()"}},
	}), "read-only")
	contains(t, c.CallError("setBreakpoints", map[string]any{
		"source": map[string]any{"path": path}, "Breakpoints": []any{map[string]any{"line": 2, "Condition": "os.exit()"}},
	}), "read-only")
	c.ConfigurationDone()
	c.Succeeds(launch, nil)
	c.ExpectStoppedAt("breakpoint", 2)
	equal(t, "n", c.Locals(1)["n"], "1")
	frame := c.Top(1).Id
	contains(t, c.CallError("evaluate", map[string]any{"expression": "n", "frameId": frame, "context": "hover"}), "read-only")
	contains(t, c.CallError("setVariable", map[string]any{"variablesReference": 1, "name": "n", "value": "2"}), "read-only")
	c.Continue(1)
	c.ExpectTerminated()
	c.ExpectOutput("stdout", "1\n")
	c.Disconnect()
}

// Without a token nobody serves other machines, however the listener was made.
func TestServeRemoteNeedsToken(t *testing.T) {
	ln, err := dap.ListenRemote("0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	err = dap.NewServer(dap.Options{}).Serve(t.Context(), ln)
	if err == nil || !strings.Contains(err.Error(), "without a token") {
		t.Errorf("Serve = %v", err)
	}
	if _, err := ln.Accept(); err == nil {
		t.Error("the listener is still open")
	}
}

// A web page can make a browser send this to a debug server. It launches
// nothing, and the server serves others meanwhile and afterwards.
func TestCrossOriginPost(t *testing.T) {
	addr, stop := serve(t, ":0")
	mark := filepath.Join(t.TempDir(), "mark")
	path := script(t, fmt.Sprintf("io.open(%q, 'w'):close()", mark))
	var body strings.Builder
	for i, message := range []string{
		`"command":"initialize","arguments":{"adapterID":"x"}`,
		fmt.Sprintf(`"command":"launch","arguments":{"program":%q}`, path),
		`"command":"configurationDone"`,
	} {
		body.Write(daptest.Frame([]byte(fmt.Sprintf(`{"seq":%d,"type":"request",%s}`, i+1, message))))
	}
	post := body.String()
	for _, request := range []string{
		"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: http://example.com\r\nContent-Type: text/plain\r\nContent-Length: " + fmt.Sprint(len(post)) + "\r\n\r\n" + post,
		"Content-Type: text/plain\r\nHost: 127.0.0.1\r\n\r\n" + post,
		"\r\n" + post,
	} {
		conn, err := net.Dial("tcp", addr.String())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(conn, request); err != nil {
			t.Logf("write: %v", err) // closed already
		}
		if err := conn.SetReadDeadline(time.Now().Add(daptest.DefaultTimeout)); err != nil {
			t.Fatal(err)
		}
		answer, err := io.ReadAll(conn)
		if len(answer) > 0 || err != nil && strings.Contains(err.Error(), "timeout") {
			t.Errorf("answer %q, %v, to %q", answer, err, request)
		}
		conn.Close()
	}
	c := dialClient(t, addr)
	c.Start(program(script(t, "print('hello')")))
	c.ExpectTerminated()
	c.Disconnect()
	if _, err := os.Stat(mark); err == nil {
		t.Error("a script was launched")
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

// The client of a read-only server learns nothing of files that are not the
// script's: not even what a syntax error in one says.
func TestReadOnlyVerifiesOnlyTheWorkspace(t *testing.T) {
	path := script(t, "local n = 1", "print(n)")
	elsewhere := script(t, "hunter2 = = 1")
	beside := filepath.Join(filepath.Dir(path), "beside.lua")
	if err := os.WriteFile(beside, []byte("print(1)\nprint(2)\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := connect(t, dap.Options{ReadOnly: true})
	c.Initialize()
	verify := func(path string) (verified bool, message string) {
		var body struct {
			Breakpoints []struct {
				Verified bool
				Message  string
			}
		}
		c.Call("setBreakpoints", map[string]any{
			"source": map[string]any{"path": path}, "breakpoints": []any{map[string]any{"line": 1}},
		}, &body)
		return body.Breakpoints[0].Verified, body.Breakpoints[0].Message
	}
	if ok, message := verify(elsewhere); ok || strings.Contains(message, "hunter2") || message == "" {
		t.Errorf("before the launch: %v, %q", ok, message)
	}
	launch := c.Launch(map[string]any{"program": path, "cwd": filepath.Dir(path), "stopOnEntry": true})
	c.ConfigurationDone()
	c.Succeeds(launch, nil)
	c.ExpectStopped("entry")
	if ok, message := verify(elsewhere); ok || strings.Contains(message, "=") || message == "" {
		t.Errorf("another folder: %v, %q", ok, message)
	}
	if ok, message := verify(beside); !ok {
		t.Errorf("the script's folder: %v, %q", ok, message)
	}
	if text := c.CallError("breakpointLocations", map[string]any{"source": map[string]any{"path": elsewhere}, "line": 1}); strings.Contains(text, "near") {
		t.Errorf("breakpointLocations: %q", text)
	}
	c.Disconnect()
}
