package dap_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	godap "github.com/google/go-dap"

	"github.com/llmspell/llmspell/dap"
	"github.com/llmspell/llmspell/dap/daptest"
)

// A read-only server stays read-only when another one does the debugging.
func TestBridgeReadOnly(t *testing.T) {
	g := newGame(t, dap.Options{}, dap.TargetOptions{})
	path := script(t, "local n = 1", "print(n)", "done = n")
	c := connect(t, dap.Options{ReadOnly: true})
	c.Initialize()
	seq := c.Send("attach", map[string]any{"connect": g.address()})
	c.SetBreakpoints(path, 2)
	c.ConfigurationDone()
	c.Succeeds(seq, nil)
	g.run(path)
	c.ExpectStoppedAt("breakpoint", 2)
	frame := c.Top(1).Id
	for command, args := range map[string]any{
		"evaluate":         map[string]any{"expression": "os.exit()", "frameId": frame, "context": "repl"},
		"setVariable":      map[string]any{"variablesReference": c.Scope(frame, "Locals").VariablesReference, "name": "n", "value": "2"},
		"terminateThreads": map[string]any{"threadIds": []int{1}},
		"setBreakpoints": map[string]any{
			"source": map[string]any{"path": path}, "breakpoints": []any{map[string]any{"line": 3, "condition": "os.exit()"}},
		},
	} {
		contains(t, c.CallError(command, args), "read-only")
	}
	for _, m := range c.Received("capabilities") {
		for _, name := range []string{"supportsSetVariable", "supportsEvaluateForHovers", "supportsConditionalBreakpoints"} {
			if strings.Contains(string(m.Body), `"`+name+`":true`) {
				t.Errorf("the client is told of %s: %s", name, m.Body)
			}
		}
	}
	equal(t, "n", c.Locals(1)["n"], "1")
	c.Disconnect()
	if err := g.ended(); err != nil {
		t.Error(err)
	}
}

// address is where the game can be attached to.
func (g *game) address() string { return g.ln.Addr().String() }

func TestBridge(t *testing.T) {
	g := newGame(t, dap.Options{}, dap.TargetOptions{Program: "/games/space"})
	path := script(t,
		"local total = 0",
		"local function add(by)",
		"  total = total + by",
		"  return total",
		"end",
		"for i = 1, 3 do",
		"  add(i)",
		"end",
		"local ok = pcall(error, 'caught')",
		"done = total")
	c := connect(t, dap.Options{})
	c.InitializeWith(initializeArguments("supportsProgressReporting", true))
	seq := c.Send("attach", map[string]any{"connect": g.address()})
	other := c.SetBreakpoints(script(t, "x = 1"), 1) // takes an id
	first := c.SetBreakpoints(path, 1, 7)
	set := c.SetSourceBreakpoints(godap.Source{Path: path}, godap.SourceBreakpoint{Line: 7, Condition: "i == 2"}, godap.SourceBreakpoint{Line: 3, LogMessage: "by {by}"})
	c.SetExceptionBreakpoints("caught")
	c.ConfigurationDone()
	c.Succeeds(seq, nil)
	if set[0].ID != first[1].ID || set[1].ID == other[0].ID {
		t.Fatalf("ids %v, %v, %v", other, first, set)
	}
	var process struct{ StartMethod, Name string }
	c.ExpectEvent("process", &process)
	equal(t, "process", process.StartMethod+" "+process.Name, "attach /games/space")

	g.run(path)
	stop := c.ExpectStoppedAt("breakpoint", 7)
	if len(stop.HitBreakpointIds) != 1 || stop.HitBreakpointIds[0] != set[0].ID {
		t.Errorf("hit %v, want %d", stop.HitBreakpointIds, set[0].ID)
	}
	c.ExpectOutput("console", "by 1\n")
	equal(t, "i", c.Locals(1)["i"], "2")
	c.SetVariable(c.Scope(c.Top(1).Id, "Locals").VariablesReference, "total", "100")
	// A breakpoint that is kept has its id, a new one an id of its own.
	again := c.SetBreakpoints(path, 7, 4)
	if again[0].ID != set[0].ID || again[1].ID <= max(set[0].ID, set[1].ID, other[0].ID) {
		t.Errorf("ids %v, before %v", again, set)
	}
	c.StepIn(1)
	c.ExpectStoppedAt("step", 3)
	c.Continue(1)
	stop = c.ExpectStoppedAt("breakpoint", 4)
	equal(t, "hit", stop.HitBreakpointIds[0], again[1].ID)
	c.SetBreakpoints(path)
	c.Continue(1)
	c.ExpectStopped("exception")
	contains(t, c.ExceptionInfo(1).Description, "caught")
	contains(t, c.CallError("sesame", nil), "unknown command")
	contains(t, c.CallError("initialize", daptest.InitializeArguments()), "already initialized")

	// An evaluation that does not end is cancelled by the number that it has here.
	endless := c.Send("evaluate", map[string]any{"expression": "while true do end", "context": "repl", "frameId": c.Top(1).Id})
	c.Call("cancel", map[string]any{"requestId": endless}, nil)
	equal(t, "cancelled", c.Fails(endless), "cancelled")
	c.Disconnect()
	if err := g.ended(); err != nil {
		t.Error(err)
	}
	// The other server is free for the next.
	c = g.client()
	attach(c, nil, path)
	c.Disconnect()
}

func TestBridgeEnds(t *testing.T) {
	path := script(t, "local x = 1", "x = 2", "x = 3")
	begin := func(t *testing.T) (*game, *client) {
		g := newGame(t, dap.Options{}, dap.TargetOptions{})
		c := connect(t, dap.Options{})
		attach(c, map[string]any{"connect": map[string]any{"host": "127.0.0.1", "port": g.ln.Addr().(*net.TCPAddr).Port}}, path, 2)
		g.run(path)
		c.ExpectStoppedAt("breakpoint", 2)
		return g, c
	}
	t.Run("the client vanishes", func(t *testing.T) {
		g, c := begin(t)
		c.Close()
		if err := g.ended(); err != nil {
			t.Error(err)
		}
	})
	t.Run("the client terminates", func(t *testing.T) {
		g, c := begin(t)
		c.Terminate()
		c.ExpectTerminated()
		if err := g.ended(); err == nil {
			t.Error("the script ran on")
		}
		c.Disconnect()
	})
	t.Run("the client leaves it suspended", func(t *testing.T) {
		g, c := begin(t)
		c.Call("disconnect", map[string]any{"suspendDebuggee": true}, nil)
		c.ExpectClosed()
		c = connect(t, dap.Options{})
		attach(c, map[string]any{"connect": g.address()}, path)
		c.ExpectStoppedAt("breakpoint", 2)
		c.Disconnect()
		if err := g.ended(); err != nil {
			t.Error(err)
		}
	})
	t.Run("the target goes", func(t *testing.T) {
		g, c := begin(t)
		g.target.Exit(4)
		c.ExpectExited(4)
		c.ExpectTerminated()
		c.Disconnect()
	})
}

func TestBridgeErrors(t *testing.T) {
	open := newGame(t, dap.Options{}, dap.TargetOptions{})
	closed := newGame(t, dap.Options{Token: token}, dap.TargetOptions{})
	// The port of a connection is taken, and nobody listens there.
	deaf, err := net.Dial("tcp", open.address())
	if err != nil {
		t.Fatal(err)
	}
	defer deaf.Close()
	tests := []struct {
		name string
		args map[string]any
		text string
	}{
		{"nobody there", map[string]any{"connect": deaf.LocalAddr().String()}, "connect to 127.0.0.1"},
		{"no socket", map[string]any{"connect": "unix:/nonexistent/s"}, "connect to unix:"},
		{"another machine", map[string]any{"connect": "192.0.2.1:80"}, "refused to connect"},
		{"nonsense", map[string]any{"connect": "nonsense"}, "connect must be an address"},
		{"no port", map[string]any{"connect": map[string]any{"host": "localhost"}}, "connect must be an address"},
		{"no such target", map[string]any{"connect": open.address(), "target": "x"}, `this server has "game"`},
		{"wrong token", map[string]any{"connect": closed.address(), "token": "x"}, "wrong token"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := connect(t, dap.Options{})
			c.Initialize()
			seq := c.Send("attach", tt.args)
			c.ConfigurationDone()
			contains(t, c.Fails(seq), tt.text)
			c.Disconnect()
		})
	}
	eventually(t, "the right token is let in", func() bool {
		c := connect(t, dap.Options{})
		c.Initialize()
		host, port, _ := net.SplitHostPort(closed.address())
		seq := c.Send("attach", map[string]any{"connect": map[string]any{"host": host, "port": port, "token": token}})
		c.ConfigurationDone()
		ok := c.Response(seq).Success
		c.Disconnect()
		return ok
	})
}

// scripted is another debug server, whose answers the test gives.
type scripted struct {
	t    *testing.T
	conn net.Conn
	in   *bufio.Reader
	seq  int
}

func (s *scripted) read() map[string]any {
	s.t.Helper()
	line, err := s.in.ReadString('\n')
	if err != nil {
		s.t.Fatal(err)
	}
	n, err := strconv.Atoi(strings.TrimSpace(strings.TrimPrefix(line, "Content-Length:")))
	if err != nil {
		s.t.Fatal(err)
	}
	body := make([]byte, n+2)
	if _, err := io.ReadFull(s.in, body); err != nil {
		s.t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(body[2:], &m); err != nil {
		s.t.Fatal(err)
	}
	return m
}

func (s *scripted) send(kind string, rest string) {
	s.t.Helper()
	s.seq++
	body := fmt.Sprintf(`{"seq":%d,"type":%q,%s}`, s.seq, kind, rest)
	if _, err := s.conn.Write(daptest.Frame([]byte(body))); err != nil {
		s.t.Fatal(err)
	}
}

// answer reads a request and answers it.
func (s *scripted) answer(command, body string) {
	s.t.Helper()
	m := s.read()
	if m["command"] != command {
		s.t.Fatalf("got %v, want %s", m, command)
	}
	s.send("response", fmt.Sprintf(`"request_seq":%v,"success":true,"command":%q,"body":%s`, m["seq"], command, body))
}

// bridged is a session that is attached to a scripted server, which invites
// the client after attach, as some adapters do.
func bridged(t *testing.T, flags ...string) (*client, *scripted) {
	t.Helper()
	return bridgedThen(t, func(*scripted) {}, flags...)
}

// bridgedThen is bridged, and then does something when the server has answered attach
// and the client has not heard of it yet.
func bridgedThen(t *testing.T, then func(*scripted), flags ...string) (*client, *scripted) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	c := connect(t, dap.Options{})
	args := daptest.InitializeArguments()
	for _, flag := range flags {
		args[flag] = true
	}
	c.InitializeWith(args)
	seq := c.Send("attach", map[string]any{"connect": ln.Addr().String(), "extra": 1})
	c.SetBreakpoints(script(t, "x = 1"), 1)
	done := c.Send("configurationDone", nil)
	conn, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	s := &scripted{t: t, conn: conn, in: bufio.NewReader(conn)}
	s.answer("initialize", `{"supportsConfigurationDoneRequest":true,"supportsStepBack":true}`)
	attach := s.read()
	if attach["command"] != "attach" || fmt.Sprint(attach["arguments"]) != "map[extra:1]" {
		t.Fatalf("attach is %v", attach)
	}
	s.send("event", `"event":"initialized"`)
	s.send("event", `"event":"process","body":{"name":"p"}`)
	s.answer("setBreakpoints", `{"breakpoints":[{"id":70,"verified":true,"line":9}]}`)
	s.answer("configurationDone", `{}`)
	s.send("response", fmt.Sprintf(`"request_seq":%v,"success":true,"command":"attach"`, attach["seq"]))
	then(s)
	c.Succeeds(done, nil)
	c.Succeeds(seq, nil)
	return c, s
}

func TestBridgeToOtherServers(t *testing.T) {
	c, s := bridged(t, "supportsRunInTerminalRequest")
	var capabilities struct{ Capabilities map[string]bool }
	c.ExpectEvent("capabilities", &capabilities)
	if !capabilities.Capabilities["supportsStepBack"] || capabilities.Capabilities["supportsEvaluateForHovers"] {
		t.Errorf("capabilities %v", capabilities)
	}
	var changed struct {
		Reason     string
		Breakpoint daptest.Breakpoint
	}
	for _, m := range c.Received("breakpoint") {
		if err := json.Unmarshal(m.Body, &changed); err != nil {
			t.Fatal(err)
		}
	}
	equal(t, "breakpoint", fmt.Sprint(changed.Reason, changed.Breakpoint.ID, changed.Breakpoint.Line), "changed1 9")
	c.ExpectEvent("process", nil)

	// Requests of the server reach the client, and its answers the server.
	s.send("request", `"command":"runInTerminal","arguments":{"cwd":"/","args":["x"]}`)
	c.Reply(c.ExpectRequest("runInTerminal", nil), map[string]any{"processId": 7})
	if m := s.read(); m["request_seq"] != float64(s.seq) || fmt.Sprint(m["body"]) != "map[processId:7]" {
		t.Errorf("answer %v to request %d", m, s.seq)
	}
	s.send("request", `"command":"runInTerminal","arguments":{"cwd":"/","args":["x"]}`)
	c.Refuse(c.ExpectRequest("runInTerminal", nil), "no")
	if m := s.read(); m["success"] != false || !strings.Contains(fmt.Sprint(m["message"]), "no") {
		t.Errorf("answer %v", m)
	}
	s.send("event", `"event":"breakpoint","body":{"reason":"changed","breakpoint":{"id":70,"verified":false}}`)
	c.ExpectEvent("breakpoint", &changed)
	equal(t, "id", changed.Breakpoint.ID, 1)

	// A server that goes leaves the session with an end and errors.
	seq := c.Send("threads", nil)
	s.read()
	s.conn.Close()
	contains(t, c.Fails(seq), "has gone")
	c.ExpectTerminated()
	contains(t, c.CallError("threads", nil), "has gone")
	c.Disconnect()
}

// A server that accepts and says nothing does not hold the client.
func TestBridgeToSilentServer(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	server := dap.NewServer(dap.Options{})
	server.SetHandshakeTimeout(time.Hour)
	c := connectTo(t, server, func(conn net.Conn) io.ReadWriteCloser { return conn })
	c.Initialize()
	seq := c.Send("attach", map[string]any{"connect": ln.Addr().String()})
	c.Send("configurationDone", nil)
	conn, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	c.Send("disconnect", nil)
	c.Fails(seq)
	c.ExpectClosed()
}

// A server that goes just when it has let the session begin leaves no session that never
// ends.
func TestBridgeServerGoesAtOnce(t *testing.T) {
	for range 20 {
		c, _ := bridgedThen(t, func(s *scripted) { s.conn.Close() })
		c.ExpectTerminated()
		c.Disconnect()
		c.ExpectClosed()
		if n := len(c.Received("terminated")); n != 1 {
			t.Errorf("%d terminated events", n)
		}
	}
}
