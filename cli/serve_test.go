package cli

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/dap/daptest"
	"github.com/llmspell/llmspell/internal/socket"
)

func TestClientAddr(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	p := start(t, "", nil, "dap", "--client-addr", ln.Addr().String())
	conn, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	path := script(t, "print('hello')")
	c := daptest.New(t, conn)
	c.Start(map[string]any{"program": path})
	c.ExpectTerminated()
	c.Disconnect()
	if code := p.exit(); code != 0 {
		t.Errorf("exit %d, %s", code, p.stderr)
	}
}

func TestServeFlags(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good := file("good", "0123456789abcdef0123456789abcdef\n", 0o600)
	tests := []struct {
		args []string
		want string
	}{
		{[]string{"dap", "--listen", ":0", "--client-addr", ":1"}, "exclude each other"},
		{[]string{"dap", "--allow-remote"}, "need --listen or --client-addr"},
		{[]string{"dap", "--listen", "0.0.0.0:0"}, "refused to listen"},
		{[]string{"dap", "--listen", "0.0.0.0:0", "--token-file", good}, "refused to listen"},
		{[]string{"dap", "--listen", "0.0.0.0:0", "--allow-remote"}, "needs a token"},
		{[]string{"dap", "--client-addr", "192.0.2.1:80"}, "refused to connect"},
		{[]string{"dap", "--client-addr", "nonsense"}, "want 127.0.0.1:PORT"},
		{[]string{"dap", "--listen", ":0", "--token-file", file("open", "0123456789abcdef0123456789abcdef", 0o644)}, "open to other users"},
		{[]string{"dap", "--listen", ":0", "--token-file", file("weak", "secret", 0o600)}, "too weak"},
		{[]string{"dap", "--listen", ":0", "--token-file", file("empty", "", 0o600)}, "is empty"},
		{[]string{"dap", "--listen", ":0", "--token-file", filepath.Join(dir, "none")}, "read the token"},
		{[]string{"run", "--debug-wait", "x.lua"}, "--debug-wait needs --debug-listen"},
		{[]string{"run", "--debug-listen", "0.0.0.0:0", "x.lua"}, "refused to listen"},
		{[]string{"run", "--debug-listen", ":0", "--debug-connect", ":1", "x.lua"}, "exclude each other"},
		{[]string{"run", "--debug-listen", ":0", "--coverage", "lcov:x", "x.lua"}, "cannot be had while debugging"},
	}
	for _, tt := range tests {
		if code, _, errs := call(t, "", tt.args...); code != exitUsage || !strings.Contains(errs, tt.want) {
			t.Errorf("%v: exit %d, stderr %q, want %q", tt.args, code, errs, tt.want)
		}
	}
}

// A server for other machines serves those who know the token.
func TestAllowRemote(t *testing.T) {
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte(strings.Repeat("0123456789abcdef", 4)), 0o600); err != nil {
		t.Fatal(err)
	}
	p := start(t, "", nil, "dap", "--listen", "0.0.0.0:0", "--allow-remote", "--token-file", token)
	_, port, err := net.SplitHostPort(address(t, p.stdout))
	if err != nil {
		t.Fatal(err)
	}
	path := script(t, "print('hello')")
	c := dial(t, "127.0.0.1:"+port)
	c.Call("initialize", daptest.InitializeArguments(), nil)
	begin := time.Now()
	if text := c.CallError("launch", map[string]any{"program": path, "token": "wrong"}); !strings.Contains(text, "wrong token") {
		t.Errorf("error %q", text)
	}
	if took := time.Since(begin); took < socket.WrongTokenDelay {
		t.Errorf("a wrong token is refused after %v: it can be guessed", took)
	}
	c.ExpectClosed()
	if out := c.Events(); len(out) != 0 {
		t.Errorf("events for a client that is not let in: %v", out)
	}
	// Only that connection has waited: others are heard at once.
	args := daptest.InitializeArguments()
	args["token"] = strings.Repeat("0123456789abcdef", 4)
	c = dial(t, "127.0.0.1:"+port)
	c.InitializeWith(args)
	launch := c.Launch(map[string]any{"program": path})
	c.ConfigurationDone()
	c.Succeeds(launch, nil)
	c.ExpectOutput("stdout", "hello\n")
	c.ExpectTerminated()
	c.Disconnect()
}
