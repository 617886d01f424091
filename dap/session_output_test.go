package dap_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	godap "github.com/google/go-dap"

	"github.com/llmspell/llmspell/dap"
)

// Output carries its category and where in the script it was written.
func TestOutputLocation(t *testing.T) {
	dir := t.TempDir()
	path := scriptIn(t, dir, "main.lua",
		"print('from main')",
		"io.stderr:write('to stderr\\n')",
		"local lib = require('lib')",
		"io.write('no ', 'newline')")
	lib := scriptIn(t, dir, "lib.lua", "-- a comment", "print('from lib')")
	c := connect(t, dap.Options{})
	c.Start(program(path))
	c.ExpectTerminated()
	got := map[string]godap.OutputEventBody{}
	for _, m := range c.Received("output") {
		var body godap.OutputEventBody
		if err := json.Unmarshal(m.Body, &body); err != nil {
			t.Fatal(err)
		}
		got[body.Output] = body
	}
	for text, want := range map[string]string{
		"from main\n": "stdout " + path + ":1",
		"to stderr\n": "stderr " + path + ":2",
		"from lib\n":  "stdout " + lib + ":2",
	} {
		out := got[text]
		if out.Source == nil {
			t.Errorf("%q has no source: %+v", text, out)
			continue
		}
		equal(t, text, fmt.Sprintf("%s %s:%d", out.Category, out.Source.Path, out.Line), want)
	}
	equal(t, "stdout", c.Output("stdout"), "from main\nfrom lib\nno newline")
	c.Disconnect()
}

// All output comes before exited, and exited before terminated.
func TestOutputOrder(t *testing.T) {
	c := connect(t, dap.Options{})
	c.Start(program(script(t, "for i = 1, 20000 do print(i) end", "error('last words')")))
	c.ExpectExited(1)
	lines := strings.Split(strings.TrimSuffix(c.Output("stdout"), "\n"), "\n")
	equal(t, "lines", len(lines), 20000)
	equal(t, "last line", lines[len(lines)-1], "20000")
	contains(t, c.Output("stderr"), "last words")
	c.ExpectTerminated()
	events := c.Events()
	equal(t, "last events", strings.Join(events[len(events)-3:], " "), "output exited terminated")
	c.Disconnect()
}

// Output that is not UTF-8 still makes valid messages.
func TestOutputBytes(t *testing.T) {
	c := connect(t, dap.Options{})
	c.Start(program(script(t,
		"for b in ('h\\195\\169llo \\226\\130\\172'):gmatch('.') do io.write(b) end",
		"print()", "print('\\255\\0x')")))
	c.ExpectTerminated()
	equal(t, "output", c.Output("stdout"), "héllo €\n\ufffd\x00x\n")
	c.Disconnect()
}

// A client that does not read does not keep the script from running, nor from
// being ended, and learns what it has missed.
func TestClientThatDoesNotRead(t *testing.T) {
	path := script(t,
		"local line = ('x'):rep(999)",
		"for i = 1, 100000 do print(line) end", // 100 MB
		"local f = io.open(arg[1], 'w')", "f:write('done')", "f:close()")
	flag := t.TempDir() + "/done"
	conn := &pausable{}
	c := connectOver(t, dap.Options{}, func(inner net.Conn) io.ReadWriteCloser {
		conn.Conn = inner
		return conn
	})
	c.Initialize()
	launch := c.Launch(with(path, "args", []string{flag}))
	c.ConfigurationDone()
	c.Succeeds(launch, nil)
	conn.mu.Lock() // comes through as soon as a Read returns
	for end := time.Now().Add(5 * time.Minute); ; time.Sleep(5 * time.Millisecond) {
		if _, err := os.Stat(flag); err == nil {
			break
		}
		if time.Now().After(end) {
			conn.mu.Unlock()
			t.Fatal("the script is kept from ending")
		}
	}
	conn.mu.Unlock()
	c.ExpectExited(0)
	c.ExpectTerminated()
	arrived := strings.Count(c.Output("stdout"), "\n")
	dropped := 0
	for _, marker := range strings.Split(strings.TrimSpace(c.Output("console")), "\n") {
		var n int
		if _, err := fmt.Sscanf(marker, "… %d lines dropped", &n); err != nil {
			t.Fatalf("marker %q: %v", marker, err)
		}
		dropped += n
	}
	equal(t, "lines that arrived and that were dropped", arrived+dropped, 100000)
	if dropped == 0 {
		t.Error("nothing was dropped: the test does not test")
	}
	c.Disconnect()
}

// pausable is a connection whose client can stop reading.
type pausable struct {
	net.Conn
	mu sync.Mutex
}

func (p *pausable) Read(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.Conn.Read(b)
}
