package dap_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/dap"
	"github.com/llmspell/llmspell/dap/daptest"
)

// passed is a session that Relay passes on to a server, whose end of the connection the
// test has.
type passed struct {
	*client
	server *scripted
	conn   net.Conn // the client's
	cancel context.CancelFunc
	ended  chan error // what Relay has returned
}

func pass(t *testing.T) *passed {
	t.Helper()
	checkLeaks(t)
	ctx, cancel := context.WithCancel(context.Background())
	conn, near := tcpPair(t)
	far, server := tcpPair(t)
	p := &passed{conn: conn, cancel: cancel, ended: make(chan error, 1)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		p.ended <- dap.Relay(ctx, near, far)
	}()
	t.Cleanup(func() {
		cancel()
		server.Close()
		conn.Close()
		<-done
	})
	p.client = daptest.New(t, conn)
	p.server = &scripted{t: t, conn: server, in: bufio.NewReader(server)}
	return p
}

// attached does all up to the answer to attach.
func (p *passed) attached() {
	p.server.t.Helper()
	seq := p.Send("initialize", daptest.InitializeArguments())
	p.server.answer("initialize", `{}`)
	p.Succeeds(seq, nil)
	seq = p.Send("attach", map[string]any{})
	p.server.answer("attach", `{}`)
	p.Succeeds(seq, nil)
}

// over is what Relay returns.
func (p *passed) over() error { return <-p.ended }

func (p *passed) terminated(want int) {
	p.server.t.Helper()
	if n := len(p.Received("terminated")); n != want {
		p.server.t.Errorf("%d terminated events, want %d", n, want)
	}
}

// A server that goes without a word leaves the client with answers and an end.
func TestRelayServerGoes(t *testing.T) {
	p := pass(t)
	p.attached()
	p.server.send("event", `"event":"stopped","body":{"reason":"pause","threadId":1,"allThreadsStopped":true}`)
	p.ExpectStopped("pause")
	first, second := p.Send("threads", nil), p.Send("evaluate", map[string]any{"expression": "x"})
	p.server.read()
	p.server.read()
	if _, err := io.WriteString(p.server.conn, "Content-Length: 100\r\n\r\n{"); err != nil { // and half a message
		t.Fatal(err)
	}
	p.server.conn.Close()
	contains(t, p.Fails(first), "has gone")
	contains(t, p.Fails(second), "has gone")
	p.ExpectOutput("console", "has gone")
	p.ExpectTerminated()
	contains(t, p.CallError("threads", nil), "has gone")
	p.Disconnect()
	p.ExpectClosed()
	p.terminated(1)
	if err := p.over(); err != nil {
		t.Error(err)
	}
}

// What the server has said itself is not said again.
func TestRelayServerEnds(t *testing.T) {
	p := pass(t)
	p.attached()
	p.server.send("event", `"event":"terminated"`)
	p.ExpectTerminated()
	p.server.conn.Close()
	p.Disconnect()
	p.ExpectClosed()
	p.terminated(1)
	if err := p.over(); err != nil {
		t.Error(err)
	}
}

// Who leaves need not be told of the end, and leaves also when the server does not
// answer any more.
func TestRelayDisconnect(t *testing.T) {
	for _, answers := range []bool{true, false} {
		p := pass(t)
		p.attached()
		seq := p.Send("disconnect", nil)
		if answers {
			p.server.answer("disconnect", `{}`)
		} else {
			p.server.read()
		}
		p.server.conn.Close()
		p.Succeeds(seq, nil)
		// The client keeps its side open, as editors do that wait for the process's end.
		select {
		case err := <-p.ended:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(dap.RelayPatience / 2):
			t.Errorf("answered by the server: %v: who has left is waited for", answers)
		}
		p.ExpectClosed()
		p.terminated(0)
	}
}

// A server that goes before anything is debugged ends nothing; attach is refused.
func TestRelayBeforeAttach(t *testing.T) {
	p := pass(t)
	seq := p.Send("initialize", daptest.InitializeArguments())
	p.server.answer("initialize", `{}`)
	p.Succeeds(seq, nil)
	seq = p.Send("attach", map[string]any{})
	p.server.read()
	p.server.conn.Close()
	contains(t, p.Fails(seq), "has gone")
	contains(t, p.CallError("attach", map[string]any{}), "has gone")
	p.Disconnect()
	p.ExpectClosed()
	p.terminated(0)
	if err := p.over(); err != nil {
		t.Error(err)
	}
}

// The server's requests and the client's answers pass, and so do large messages.
func TestRelayPasses(t *testing.T) {
	p := pass(t)
	p.attached()
	p.server.send("request", `"command":"runInTerminal","arguments":{"cwd":"/","args":["x"]}`)
	p.Reply(p.ExpectRequest("runInTerminal", nil), map[string]any{"processId": 7})
	if m := p.server.read(); fmt.Sprint(m["body"]) != "map[processId:7]" {
		t.Errorf("answer %v", m)
	}
	long := strings.Repeat("x", 20<<20)
	p.server.send("event", `"event":"output","body":{"category":"stdout","output":"`+long+`"}`)
	p.ExpectOutput("stdout", long)
	// An end of the client's requests is passed on too; what it has asked is answered.
	seq := p.Send("threads", nil)
	if err := p.conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	p.server.answer("threads", `{"threads":[]}`)
	if _, err := p.server.in.ReadByte(); err != io.EOF {
		t.Errorf("after the client's end: %v", err)
	}
	p.Succeeds(seq, nil)
	p.server.conn.Close()
	p.ExpectTerminated()
	p.ExpectClosed()
	if err := p.over(); err != nil {
		t.Error(err)
	}
}

// Garbage ends the session, and is told.
func TestRelayGarbage(t *testing.T) {
	for _, text := range []string{"GET / HTTP/1.1\r\n\r\n", "Content-Length: 2\r\n\r\n[]"} {
		p := pass(t)
		p.WriteRaw([]byte(text))
		if err := p.over(); err == nil || !strings.Contains(err.Error(), "not a Debug Adapter Protocol message") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// The end of the relay itself is an end for the client.
func TestRelayCancelled(t *testing.T) {
	p := pass(t)
	p.attached()
	p.cancel()
	p.ExpectTerminated()
	p.ExpectClosed()
	if err := p.over(); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// A server that ends tells its clients: what waits is answered, and the program that
// they are attached to is not debugged any more.
func TestServerEndsUnderClients(t *testing.T) {
	g := newGame(t, dap.Options{}, dap.TargetOptions{})
	path := script(t, "local n = 1", "n = 2", "done = n")
	c := g.client()
	attach(c, nil, path, 2)
	g.run(path)
	c.ExpectStoppedAt("breakpoint", 2)
	running := c.Send("evaluate", map[string]any{"expression": "while true do io.write('') end", "frameId": c.Top(1).Id, "context": "repl"})
	waiting := c.Send("threads", nil)
	idle := g.client()
	idle.Initialize()
	pending := idle.Send("attach", map[string]any{})
	idle.SetBreakpoints(path, 1)
	g.cancel()
	c.Fails(running)
	contains(t, c.Fails(waiting), "the debug session ends")
	c.ExpectTerminated()
	c.ExpectClosed()
	contains(t, idle.Fails(pending), "the server")
	idle.ExpectClosed()
	if n := len(c.Received("terminated")); n != 1 {
		t.Errorf("%d terminated events", n)
	}
	if err := g.ended(); err != nil {
		t.Errorf("the program does not run on: %v", err)
	}
}

// FuzzRelay: whatever the ends of a relay say, it ends when they do.
func FuzzRelay(f *testing.F) {
	f.Add([]byte("Content-Length: 40\r\n\r\n"+`{"seq":1,"type":"request","command":"x"}`), []byte("Content-Length: 2\r\n\r\n{}"))
	f.Add([]byte("Content-Length: 45\r\n\r\n"+`{"seq":1,"type":"request","command":"attach"}`),
		[]byte("Content-Length: 84\r\n\r\n"+`{"seq":1,"type":"response","request_seq":1,"success":true,"command":"attach"}       `))
	f.Add([]byte("Content-Length: x"), []byte("\r\n\r\n"))
	f.Fuzz(func(t *testing.T, asks, says []byte) {
		client, near := net.Pipe()
		far, server := net.Pipe()
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			_ = dap.Relay(context.Background(), near, far)
		}()
		for end, text := range map[net.Conn][]byte{client: asks, server: says} {
			go func() { _, _ = io.Copy(io.Discard, end) }()
			go func() {
				_, _ = end.Write(text)
				end.Close()
			}()
		}
		<-ended
	})
}
