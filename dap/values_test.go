package dap_test

import (
	"context"
	"maps"
	"net"
	"path/filepath"
	"testing"

	"github.com/llmspell/llmspell/dap"
	"github.com/llmspell/llmspell/dap/daptest"
)

const valuesScript = `local shop = {stock = {apples = 3}}
setmetatable(shop, {__index = function() error("an index that runs code") end})
local function sell(n)
  local left = shop.stock.apples - n
  print(left)
  return left
end
sell(2)
print("end")
`

// Another part of the process sees the values that a client's frame has, and only while it
// has stopped there.
func TestValues(t *testing.T) {
	checkLeaks(t)
	server := dap.NewServer(dap.Options{})
	ctx, cancel := context.WithCancel(context.Background())
	ln, err := dap.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(ctx, ln) }()
	t.Cleanup(func() {
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	path := script(t, valuesScript)
	stop := func() (*client, int) {
		conn, err := net.Dial("tcp", ln.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		c := daptest.New(t, conn)
		c.Start(map[string]any{"program": path}, 5)
		c.ExpectStoppedAt("breakpoint", 5)
		return c, c.Top(1).Id
	}
	ask := func(path string, line, frame int, expressions ...string) map[string]string {
		return server.Values(context.Background(), path, line, frame, expressions)
	}
	c, frame := stop()
	want := map[string]string{"n": "2", "left": "1", "shop.stock.apples": "3"}
	if got := ask(path, 5, frame, "n", "left", "shop.stock.apples", "shop.none", "left..", "nowhere.x"); !maps.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	caller := c.StackTrace(1)[1]
	if got := ask(path, 8, caller.Id, "left", "shop.stock.apples"); !maps.Equal(got, map[string]string{"left": "nil", "shop.stock.apples": "3"}) {
		t.Errorf("the caller's: %q", got)
	}
	for name, got := range map[string]map[string]string{
		"another file":  ask(filepath.Join(t.TempDir(), "other.lua"), 5, frame, "n"),
		"another line":  ask(path, 4, frame, "n"),
		"another frame": ask(path, 5, frame+1000, "n"),
		"no frame":      ask(path, 5, 0, "n"),
		"no path":       ask("", 5, frame, "n"),
	} {
		if got != nil {
			t.Errorf("%s: %q", name, got)
		}
	}

	// Two sessions that number a frame alike cannot be told apart.
	other, same := stop()
	if same != frame {
		t.Fatalf("frames %d and %d: this test needs equal ones", frame, same)
	}
	if got := ask(path, 5, frame, "n"); got != nil {
		t.Errorf("two frames of one number: %q", got)
	}
	other.Disconnect()
	other.ExpectClosed()
	eventually(t, "one session", func() bool { return ask(path, 5, frame, "n")["n"] == "2" })

	c.Continue(1)
	c.ExpectTerminated()
	if got := ask(path, 5, frame, "n"); got != nil {
		t.Errorf("of a script that has ended: %q", got)
	}
	c.Disconnect()
}

// Who asks is not held up by a session that is busy.
func TestValuesWhileBusy(t *testing.T) {
	checkLeaks(t)
	server := dap.NewServer(dap.Options{})
	conn, there := tcpPair(t)
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = server.ServeConn(context.Background(), there)
	}()
	t.Cleanup(func() { conn.Close(); <-served })
	path := script(t, valuesScript)
	c := daptest.New(t, conn)
	c.Start(map[string]any{"program": path}, 5)
	c.ExpectStoppedAt("breakpoint", 5)
	frame := c.Top(1).Id
	seq := c.Send("evaluate", map[string]any{"expression": "print('on') while true do end", "context": "repl", "frameId": frame})
	c.ExpectOutput("stdout", "on")
	ctx, cancel := context.WithCancel(context.Background())
	asked := make(chan map[string]string, 1)
	go func() { asked <- server.Values(ctx, path, 5, frame, []string{"n"}) }()
	cancel()
	if got := <-asked; got != nil {
		t.Errorf("%q", got)
	}
	c.Call("cancel", map[string]any{"requestId": seq}, nil)
	c.Fails(seq)
	if got := server.Values(context.Background(), path, 5, frame, []string{"n"}); got["n"] != "2" {
		t.Errorf("after it: %q", got)
	}
	c.Disconnect()
}
