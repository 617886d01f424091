package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/lsp/lsptest"
	"github.com/llmspell/llmspell/lsp/protocol"
)

// pipes are the streams of a process as one connection.
type pipes struct {
	io.Reader
	io.WriteCloser
}

// language starts the language server on its streams.
func language(t testing.TB, args ...string) (*lsptest.Client, *exec.Cmd, *syncBuffer) {
	t.Helper()
	cmd := exec.Command(os.Args[0], append([]string{"lsp"}, args...)...)
	cmd.Env = environment()
	errs := &syncBuffer{}
	cmd.Stderr = errs
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if cmd.ProcessState == nil {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}
	})
	return lsptest.New(t, pipes{out, in}), cmd, errs
}

// exitOf waits for the end of a language server, and returns its exit code.
func exitOf(t *testing.T, c *lsptest.Client, cmd *exec.Cmd) int {
	t.Helper()
	c.Closed()
	_ = cmd.Wait() // the code says it
	return cmd.ProcessState.ExitCode()
}

func TestLanguageServer(t *testing.T) {
	c, cmd, errs := language(t)
	r := c.Initialize(nil)
	if r.ServerInfo.Name != "llmspell" {
		t.Errorf("%+v", r)
	}
	const uri = protocol.URI("file:///proj/a.lua")
	c.Open(uri, "function a() end")
	var list []protocol.DocumentSymbol
	c.Call("textDocument/documentSymbol", protocol.DocumentSymbolParams{DocumentParams: protocol.DocumentParams{TextDocument: lsptest.Document(uri)}}, &list)
	if len(list) != 1 || list[0].Name != "a" {
		t.Errorf("%+v", list)
	}
	c.Call("shutdown", nil, nil)
	c.Notify("exit", nil)
	if code := exitOf(t, c, cmd); code != 0 {
		t.Errorf("exit %d, %s", code, errs)
	}
}

// The exit code tells whether the client has said goodbye.
func TestLanguageServerExit(t *testing.T) {
	for name, do := range map[string]func(*lsptest.Client, *exec.Cmd){
		"exit only":     func(c *lsptest.Client, _ *exec.Cmd) { c.Initialize(nil); c.Notify("exit", nil) },
		"exit at first": func(c *lsptest.Client, _ *exec.Cmd) { c.Notify("exit", nil) },
		"no protocol":   func(c *lsptest.Client, _ *exec.Cmd) { c.Raw("hello\r\n\r\n"); c.Closed() },
	} {
		c, cmd, errs := language(t)
		do(c, cmd)
		if code := exitOf(t, c, cmd); code != 1 {
			t.Errorf("%s: exit %d, %s", name, code, errs)
		}
	}
	for _, input := range []string{"", "Content-Length: 50\r\n\r\n{"} {
		if code, out, _ := call(t, input, "lsp"); code != 1 || out != "" {
			t.Errorf("%q: exit %d, %q", input, code, out)
		}
	}
	all := lspMessage(`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"processId":null,"rootUri":null,"capabilities":{}}}`) +
		lspMessage(`{"jsonrpc":"2.0","id":2,"method":"shutdown"}`) + lspMessage(`{"jsonrpc":"2.0","method":"exit"}`)
	code, out, _ := call(t, all, "lsp", "--stdio")
	if code != 0 || !strings.Contains(out, `"id":1,"result":{"capabilities"`) || !strings.Contains(out, `{"jsonrpc":"2.0","id":2,"result":null}`) {
		t.Errorf("exit %d, %q", code, out)
	}
}

// noisy is a stdin whose reading makes the program print, as long as there is something to
// read: the server may still wait for more when it has ended.
type noisy struct{ *strings.Reader }

func (n noisy) Read(p []byte) (int, error) {
	if n.Len() > 0 {
		fmt.Print("noise")
	}
	return n.Reader.Read(p)
}

// What the program prints does not get among the messages.
func TestLanguageServerStdout(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	before := os.Stdout
	os.Stdout = w
	input := lspMessage(`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"processId":null,"rootUri":null,"capabilities":{}}}`) +
		lspMessage(`{"jsonrpc":"2.0","id":2,"method":"shutdown"}`) + lspMessage(`{"jsonrpc":"2.0","method":"exit"}`)
	code := Main([]string{"lsp"}, noisy{strings.NewReader(input)}, os.Stdout, io.Discard)
	restored := os.Stdout == w
	os.Stdout = before
	w.Close()
	out, err := io.ReadAll(r)
	if err != nil || code != 0 || !restored || strings.Contains(string(out), "noise") || !strings.Contains(string(out), `"id":2`) {
		t.Errorf("exit %d, %v, restored %v: %s", code, err, restored, out)
	}
}

func lspMessage(body string) string {
	return "Content-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body
}

func TestLanguageServerListens(t *testing.T) {
	dir := t.TempDir()
	token := filepath.Join(dir, "token")
	const secret = "0123456789abcdef0123456789abcdef"
	if err := os.WriteFile(token, []byte(secret), 0o600); err != nil {
		t.Fatal(err)
	}
	log := filepath.Join(dir, "lsp.log")
	for _, spec := range []string{"127.0.0.1:0", "unix:" + filepath.Join(dir, "run", "lsp.sock")} {
		p := start(t, "", nil, "lsp", "--listen", spec, "--token-file", token, "--log-file", log, "--profile", "heap:"+filepath.Join(dir, "heap"))
		at := listening(t, p)
		network := "tcp"
		if path, ok := strings.CutPrefix(at, "unix:"); ok {
			network, at = "unix", path
		}
		conn, err := net.Dial(network, at)
		if err != nil {
			t.Fatal(err)
		}
		c := lsptest.New(t, conn)
		c.Initialize(map[string]any{"initializationOptions": map[string]any{"token": secret}})
		c.Shutdown()
		if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
		if code := p.exit(); code != 0 {
			t.Errorf("exit %d, %s", code, p.stderr)
		}
		if text, err := os.ReadFile(log); err != nil || !strings.Contains(string(text), "a client is served") {
			t.Errorf("%v, %s", err, text)
		}
		if info, err := os.Stat(filepath.Join(dir, "heap")); err != nil || info.Size() == 0 {
			t.Errorf("no profile: %v", err)
		}
	}
}

// listening waits until a server says where it listens.
func listening(t *testing.T, p *process) string {
	t.Helper()
	for end := time.Now().Add(lsptest.Timeout); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if _, at, ok := strings.Cut(p.stdout.String(), "listening at: "); ok && strings.HasSuffix(at, "\n") {
			return strings.TrimSpace(at)
		}
	}
	t.Fatalf("it does not listen: %s %s", p.stdout, p.stderr)
	return ""
}

func TestLanguageServerFlags(t *testing.T) {
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"lsp", "--token-file", "x"}, "needs --listen"},
		{[]string{"lsp", "--listen", "0.0.0.0:0"}, "refused to listen"},
		{[]string{"lsp", "--listen", "nonsense"}, "want 127.0.0.1:PORT"},
		{[]string{"lsp", "--profile", "gpu:x"}, "want cpu:PATH, heap:PATH"},
		{[]string{"lsp", "file.lua"}, "unknown command"},
	} {
		if code, _, errs := call(t, "", tt.args...); code != exitUsage || !strings.Contains(errs, tt.want) {
			t.Errorf("%v: exit %d, stderr %q, want %q", tt.args, code, errs, tt.want)
		}
	}
}

// How long an editor waits for a server that it starts: from the start of the process
// to the answer to initialize.
func BenchmarkLanguageServerStart(b *testing.B) {
	for b.Loop() {
		c, cmd, _ := language(b)
		c.Initialize(nil)
		b.StopTimer()
		c.Call("shutdown", nil, nil)
		c.Notify("exit", nil)
		c.Closed()
		_ = cmd.Wait() // its code is not what is measured
		b.StartTimer()
	}
}

// TestLanguageServerRuns runs scripts as an editor has them, which may not be saved.
func TestLanguageServerRuns(t *testing.T) {
	t.Setenv(kernelVariable, "no-kernel-of-that-name") // it is followed, and runs no scripts of the editor's
	c, cmd, _ := language(t)
	dir := t.TempDir()
	c.Initialize(nil)
	uri := protocol.FileURI(filepath.Join(dir, "a.lua"))
	c.Open(uri, "print('hello', ...)\nlocal function test_it() error('oops') end\n")
	run := func(function string) (result struct {
		ExitCode int
		Output   string
	}) {
		c.Call("workspace/executeCommand", map[string]any{"command": "llmspell.run", "arguments": []any{map[string]any{"uri": uri, "function": function, "args": []string{"you"}}}}, &result)
		return result
	}
	if r := run(""); r.ExitCode != 0 || r.Output != "hello\tyou\n" {
		t.Errorf("%+v", r)
	}
	if r := run("test_it"); r.ExitCode != exitScript || !strings.Contains(r.Output, "a.lua:2: oops") {
		t.Errorf("%+v", r)
	}
	// What a script prints on its two streams is one text, as on a terminal.
	c.Change(uri, protocol.ContentChange{Text: strings.Repeat("print('out') io.stderr:write('err\\n') ", 3) + "error('end')"})
	if r := run(""); r.ExitCode != exitScript || !strings.HasPrefix(r.Output, "out\nerr\nout\nerr\nout\nerr\nllmspell: ") {
		t.Errorf("%q", r.Output)
	}
	c.Change(uri, protocol.ContentChange{Text: "print('begun') io.stdout:flush()\nwhile true do end\n"})
	p := c.Begin("workspace/executeCommand", map[string]any{"command": "llmspell.run", "arguments": []any{map[string]any{"uri": uri}}})
	c.Await("window/logMessage", func(p json.RawMessage) bool { return strings.Contains(string(p), "begun") })
	c.Call("workspace/executeCommand", map[string]any{"command": "llmspell.stop"}, nil)
	if err := p.Wait(nil); err == nil || !strings.Contains(err.Message, "was stopped") {
		t.Error(err)
	}
	c.Call("shutdown", nil, nil)
	c.Notify("exit", nil)
	if code := exitOf(t, c, cmd); code != 0 {
		t.Errorf("exit code %d", code)
	}
}
