package mcp

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/llmspell/llmspell/tools"
	"github.com/llmspell/llmspell/tools/sandbox"
	"github.com/llmspell/llmspell/tools/tool"
)

// self is a configuration that starts the test program as a server.
func self(name, mode string, env ...string) ServerConfig {
	c := ServerConfig{Name: name, Command: os.Args[0], Env: map[string]string{asServer: mode}}
	for i := 0; i < len(env); i += 2 {
		c.Env[env[i]] = env[i+1]
	}
	return c
}

// remote is a set of servers and what calls their tools.
type remote struct {
	*Servers
	reg *tools.Registry
	inv *tools.Invoker
	box *sandbox.Sandbox
}

func connectTo(t *testing.T, change func(*sandbox.Policy, *Options), configs ...ServerConfig) *remote {
	t.Helper()
	dir := t.TempDir()
	policy, opt := sandbox.Folders(dir), Options{Version: "1", ConnectTimeout: time.Minute}
	policy.Run.Allow, policy.Net.Allow = []string{os.Args[0]}, []string{"127.0.0.1"}
	if change != nil {
		change(&policy, &opt)
	}
	box, err := sandbox.New(dir, policy)
	if err != nil {
		t.Fatal(err)
	}
	opt.Sandbox = box
	reg := tools.NewRegistry()
	s := Connect(context.Background(), reg, configs, opt)
	t.Cleanup(s.Close)
	return &remote{s, reg, tools.NewInvoker(reg, tools.Options{Sandbox: box}), box}
}

func (r *remote) call(name string, params map[string]any) (*tools.Response, error) {
	return r.inv.Invoke(context.Background(), name, params, tools.CallOptions{})
}

func remoteError(t *testing.T, err error, code tool.Code, parts ...string) {
	t.Helper()
	var te *tool.Error
	if !errors.As(err, &te) || te.Code != code {
		t.Errorf("got %v; want %s", err, code)
		return
	}
	for _, part := range parts {
		if !strings.Contains(te.Error(), part) {
			t.Errorf("got %q; want %q in it", te.Error(), part)
		}
	}
}

func TestServersAreToolsOverStdio(t *testing.T) {
	r := connectTo(t, nil, self("Calc", "normal", "REMOTE_COLOR", "red"))
	if st := r.Status()[0]; st.State != NotConnected || len(st.Tools) != 0 {
		t.Errorf("before anybody asks: %+v", st)
	}
	list := r.reg.List(tools.Filter{})
	var names []string
	for _, d := range list {
		names = append(names, d.Name)
	}
	if !slices.Contains(names, "mcp:Calc/add_up") || len(names) != 7 {
		t.Fatalf("tools %q", names)
	}
	if st := r.Status()[0]; st.State != Connected || st.Server != "remote" || st.Version != "2.5" || len(st.Tools) != 7 || st.Err != nil {
		t.Errorf("status %+v", st)
	}
	for _, name := range []string{"mcp:Calc/add_up", "mcp:calc/add-up", "mcp:CALC/add_up"} {
		res, err := r.call(name, map[string]any{"a": 2, "b": 3})
		if err != nil || asJSON(t, res.Result) != `{"dir":"`+r.box.Dir()+`","env":"red","total":5}` {
			t.Errorf("%s: %v %v", name, res, err)
		}
	}
	_, err := r.call("mcp:Calc/add_up", map[string]any{"a": "x", "b": 3})
	remoteError(t, err, tool.InvalidParameters, `parameter "a"`)
	if hits := r.reg.Search("adds numbers", tools.Filter{}, 1); len(hits) != 1 || hits[0].Descriptor.Name != "mcp:Calc/add_up" {
		t.Errorf("search found %v", hits)
	}
	if got := r.reg.List(tools.Filter{Category: "mcp"}); len(got) != 7 {
		t.Errorf("%d tools in the category", len(got))
	}
}

func TestServersOverHTTP(t *testing.T) {
	handler := sdk.NewStreamableHTTPHandler(func(*http.Request) *sdk.Server { return remoteServer("normal") }, nil)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Key") != "sk-secret-123" {
			http.Error(w, "wrong key "+r.Header.Get("X-Key"), http.StatusUnauthorized)
			return
		}
		handler.ServeHTTP(w, r)
	}))
	defer web.Close()
	fine := ServerConfig{Name: "web", URL: web.URL, Headers: map[string]string{"X-Key": "sk-secret-123"}}
	bad := ServerConfig{Name: "bad", URL: web.URL, Headers: map[string]string{"X-Key": "sk-other-456"}}
	gone := ServerConfig{Name: "gone", URL: "http://127.0.0.1:1/mcp?key=sk-query-789"}
	r := connectTo(t, nil, fine, bad, gone)
	res, err := r.call("mcp:web/add_up", map[string]any{"a": 2, "b": 3})
	if err != nil || !strings.Contains(asJSON(t, res.Result), `"total":5`) {
		t.Errorf("%v %v", res, err)
	}
	for _, name := range []string{"mcp:bad/x", "mcp:gone/x"} {
		_, err = r.call(name, nil)
		remoteError(t, err, tool.RemoteFailed, "the MCP server", "cannot be reached")
		if err != nil && strings.Contains(err.Error(), "sk-") {
			t.Errorf("the error shows a secret: %v", err)
		}
	}
	r.Close()
}

// TestRedirectKeepsTheKey checks that headers are not taken to another host.
func TestRedirectKeepsTheKey(t *testing.T) {
	var leaked string
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { leaked = r.Header.Get("X-Key") }))
	defer other.Close()
	web := httptest.NewServer(http.RedirectHandler(other.URL, http.StatusTemporaryRedirect))
	defer web.Close()
	r := connectTo(t, nil, ServerConfig{Name: "web", URL: web.URL, Headers: map[string]string{"X-Key": "sk-secret-123"}})
	_, err := r.call("mcp:web/x", nil)
	remoteError(t, err, tool.RemoteFailed)
	if leaked != "" {
		t.Error("a redirect got the key")
	}
}

func TestResults(t *testing.T) {
	r := connectTo(t, nil, self("s", "normal"))
	res, err := r.call("mcp:s/picture", nil)
	want := `{"content":[{"text":"a dot","type":"text"},{"data":"AQID","mime_type":"image/png","type":"image"},` +
		`{"data":"YmVlcA==","mime_type":"audio/wav","type":"audio"},{"name":"dot","type":"resource_link","uri":"file:///dot"},` +
		`{"mime_type":"text/plain","text":"inside","type":"resource","uri":"mem:1"}]}`
	if err != nil || asJSON(t, res.Result) != want || res.Text == nil || *res.Text != "a dot" {
		t.Errorf("%v %s", err, asJSON(t, res.Result))
	}
	_, err = r.call("mcp:s/refuse", nil)
	remoteError(t, err, tool.RemoteFailed, `the MCP server "s" answered: not today`)
	_, err = r.call("mcp:s/protocol-error", nil)
	remoteError(t, err, tool.RemoteFailed, `the database said no`)
	_, err = r.call("mcp:s/nothing", nil)
	remoteError(t, err, tool.UnknownTool, "mcp:s/nothing")
	_, err = r.call("mcp:z/add_up", nil)
	remoteError(t, err, tool.UnknownTool, `no MCP server "z"`, "there are s")
}

func TestCrashAndReconnect(t *testing.T) {
	r := connectTo(t, nil, self("s", "normal"))
	for range 2 {
		_, err := r.call("mcp:s/crash", nil)
		remoteError(t, err, tool.RemoteFailed, "ended in the middle of the call", "panic: on fire")
		if res, err := r.call("mcp:s/add_up", map[string]any{"a": 1, "b": 1}); err != nil {
			t.Errorf("after the crash: %v %v", res, err)
		}
	}
}

func TestCancelReachesTheServer(t *testing.T) {
	mark := filepath.Join(t.TempDir(), "mark")
	r := connectTo(t, nil, self("s", "normal", "REMOTE_CANCELLED", mark))
	ctx, cancel := context.WithCancel(context.Background())
	told := make(chan tool.Progress, 10)
	done := make(chan error)
	go func() {
		_, err := r.inv.Invoke(ctx, "mcp:s/slow", nil, tools.CallOptions{Progress: func(p tool.Progress) { told <- p }})
		done <- err
	}()
	if p := <-told; p.Done != 1 || p.Total != 4 || p.Message != "warming up" {
		t.Errorf("progress %+v", p)
	}
	cancel()
	start := time.Now()
	remoteError(t, <-done, tool.Cancelled)
	if took := time.Since(start); took > time.Minute {
		t.Errorf("the caller waited %v", took)
	}
	for deadline := time.Now().Add(time.Minute); ; {
		if _, err := os.Stat(mark); err == nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the server was not told")
		}
		time.Sleep(10 * time.Millisecond)
	}
	_, err := r.inv.Invoke(context.Background(), "mcp:s/slow", nil, tools.CallOptions{Timeout: 50 * time.Millisecond})
	remoteError(t, err, tool.Timeout)
}

func TestListChanges(t *testing.T) {
	r := connectTo(t, nil, self("s", "normal"))
	if _, err := r.call("mcp:s/grow", nil); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		_, grown := r.reg.Get("mcp:s/grown")
		_, gone := r.reg.Get("mcp:s/picture")
		if grown && !gone {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the change was not noticed")
		}
	}
	if res, err := r.call("mcp:s/grown", nil); err != nil || *res.Text != "here" {
		t.Errorf("%v %v", res, err)
	}
}

// TestChattyServer checks that a server may print what is no message, and that an
// answer that cannot be read is an error and not the end of the connection.
func TestChattyServer(t *testing.T) {
	r := connectTo(t, nil, self("s", "chatty"))
	for range 2 {
		if res, err := r.call("mcp:s/talk", nil); err != nil || *res.Text != "hello" {
			t.Fatalf("%v %v", res, err)
		}
		_, err := r.call("mcp:s/novel", nil)
		remoteError(t, err, tool.RemoteFailed, "longer than")
		_, err = r.call("mcp:s/riddle", nil)
		remoteError(t, err, tool.RemoteFailed, "cannot be read")
	}
}

// TestCallersDoNotWaitLongerThanTheyWant checks the time of calls whose server
// must be connected first.
func TestCallersDoNotWaitLongerThanTheyWant(t *testing.T) {
	r := connectTo(t, nil, self("s", "silent"))
	call := func(ctx context.Context, timeout time.Duration, code tool.Code) {
		t.Helper()
		start := time.Now()
		_, err := r.inv.Invoke(ctx, "mcp:s/x", nil, tools.CallOptions{Timeout: timeout})
		remoteError(t, err, code)
		_, err = r.inv.Start(ctx, "mcp:s/x", nil, tools.CallOptions{Timeout: timeout})
		remoteError(t, err, code)
		if took := time.Since(start); took > 40*time.Second {
			t.Errorf("it took %v", took)
		}
	}
	call(context.Background(), 50*time.Millisecond, tool.Timeout)
	short, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	call(short, 0, tool.Timeout)
	gone, end := context.WithCancel(context.Background())
	end()
	call(gone, 0, tool.Cancelled)
	if st := r.Status()[0]; st.State != NotConnected {
		t.Errorf("%s: %v; that callers had no time is not the server's failure", st.State, st.Err)
	}
}

func TestBrokenServersDoNotHang(t *testing.T) {
	configs := []ServerConfig{
		self("fine", "normal"), self("silent", "silent"), self("deaf", "deaf"), self("broken", "broken", "KEY", "sk-secret-123"),
		{Name: "missing", Command: filepath.Join(t.TempDir(), "no-such-program")}, {Name: "off", Command: "x", Disabled: true},
		{Name: "wrong", Err: errors.New("it is wrong")},
	}
	var r *remote
	timeout := time.Second
	for ready := false; !ready; { // a busy machine may take longer to start one that works
		if timeout *= 2; timeout > time.Minute {
			t.Fatal("the servers are not ready within a minute")
		}
		r = connectTo(t, func(p *sandbox.Policy, o *Options) { p.Run.All = true; o.ConnectTimeout = timeout }, configs...)
		tools := len(r.reg.List(tools.Filter{}))
		ready = true
		for _, st := range r.Status() {
			if late := st.Err != nil && strings.Contains(st.Err.Error(), "did not answer"); late && (st.Name == "fine" || st.Name == "broken") {
				ready = false
			}
		}
		if ready && tools != 7 {
			t.Errorf("%d tools; want those of the server that works", tools)
		}
	}
	// To ask one again takes two seconds each time; the machine stalls only now and then.
	again := time.Hour
	for turn := 0; turn < 10 && again >= timeout; turn++ {
		start := time.Now()
		r.reg.List(tools.Filter{})
		again = min(again, time.Since(start))
	}
	if again >= timeout {
		t.Errorf("those that failed were asked again: %v", again)
	}
	want := map[string]struct {
		state State
		text  string
	}{
		"fine": {Connected, ""}, "silent": {Failed, "did not answer within " + timeout.String()}, "deaf": {Failed, "did not answer within " + timeout.String()},
		"broken": {Failed, "it said: cannot start: the key *** is wrong"}, "missing": {Failed, "no such file"},
		"off": {Disabled, ""}, "wrong": {Failed, "cannot be used: it is wrong"},
	}
	if _, err := r.call("mcp:silent/x", nil); err == nil {
		t.Error("a silent server has a tool")
	}
	for _, st := range r.Status() {
		w := want[st.Name]
		if st.State != w.state || (st.Err == nil) != (w.text == "") || st.Err != nil && !strings.Contains(st.Err.Error(), w.text) {
			t.Errorf("%s: %s: %v; want %s: %s", st.Name, st.State, st.Err, w.state, w.text)
		}
	}
	start := time.Now()
	r.Close()
	if took := time.Since(start); took > time.Minute {
		t.Errorf("the end took %v", took)
	}
}

func TestPermissions(t *testing.T) {
	web := httptest.NewServer(http.NotFoundHandler())
	defer web.Close()
	r := connectTo(t, func(p *sandbox.Policy, _ *Options) { p.Run, p.Net = sandbox.Rule{}, sandbox.Rule{} },
		self("s", "normal"), ServerConfig{Name: "web", URL: web.URL})
	_, err := r.call("mcp:s/add_up", nil)
	remoteError(t, err, tool.PermissionDenied, "--allow-run="+os.Args[0])
	_, err = r.call("mcp:web/x", nil)
	remoteError(t, err, tool.PermissionDenied, "--allow-net=127.0.0.1:")

	// A call whose own sandbox allows less than the process's.
	r = connectTo(t, nil, self("s", "normal"))
	safe, err := sandbox.New(t.TempDir(), sandbox.Safe())
	if err != nil {
		t.Fatal(err)
	}
	_, err = r.inv.Invoke(context.Background(), "mcp:s/add_up", map[string]any{"a": 1, "b": 2}, tools.CallOptions{Sandbox: safe})
	remoteError(t, err, tool.PermissionDenied, "--allow-run=")
}

// TestServersSeeNoSecrets checks that a server's process gets no variable that is
// not allowed.
func TestServersSeeNoSecrets(t *testing.T) {
	t.Setenv("REMOTE_SECRET", "sk-secret-123")
	r := connectTo(t, nil, self("s", "normal"))
	res, err := r.call("mcp:s/add_up", map[string]any{"a": 1, "b": 2})
	if err != nil || strings.Contains(asJSON(t, res.Result), "secret") {
		t.Errorf("%v %v", res, err)
	}
}
