package rpc

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/internal/socket"
	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/tools/sandbox"
)

// eval runs code and returns the texts, or the error's message.
func eval(t testing.TB, c *Client, p RunParams) string {
	t.Helper()
	res, err := c.Run(background, p, RunHandlers{})
	if err != nil {
		t.Fatal(err)
	}
	if res.Error != nil {
		return string(res.Error.Message)
	}
	return fmt.Sprint(res.Texts)
}

func TestSessionsLife(t *testing.T) {
	r := newRig(t, Options{})
	c, other := r.dial(ClientOptions{Name: "one"}), r.dial(ClientOptions{})
	must[SessionInfo](t)(c.CreateSession(background, SessionParams{ID: "named", Name: "a name"}))
	must[SessionInfo](t)(c.CreateSession(background, SessionParams{ID: "brief", Ephemeral: true}))
	if _, err := other.CreateSession(background, SessionParams{ID: "named"}); !IsCode(err, CodeExists) {
		t.Errorf("a second of that id: %v", err)
	}
	eval(t, c, RunParams{Session: "named", Code: "kept = 1"})
	eval(t, c, RunParams{Code: "return 1"}) // the connection's own
	if list := must[[]SessionInfo](t)(other.Sessions(background)); len(list) != 3 || list[0].ID != "named" || list[0].Executions != 1 || !list[1].Ephemeral {
		t.Errorf("%+v", list)
	}
	c.Close()
	within(t, patience, "the client's sessions end", func() bool { return len(r.kernel.Sessions()) == 1 })
	if got := eval(t, other, RunParams{Session: "named", Code: "return kept"}); got != "[1]" {
		t.Errorf("the named session has lost %s", got)
	}
	if err := other.CloseSession(background, "named"); err != nil {
		t.Error(err)
	}
	if _, err := other.Session(background, "named"); !IsCode(err, CodeNotFound) {
		t.Errorf("closed: %v", err)
	}
	if _, err := other.CreateSession(background, SessionParams{ID: "no/slash"}); err == nil {
		t.Error("a bad id was taken")
	}
}

// A kernel runs scripts in the folder and environment of the client, not its own.
func TestClientsWorld(t *testing.T) {
	t.Setenv("RPC_KERNELS", "kernel")
	t.Setenv("LANG", "kernel")
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "f.txt"), []byte("content"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "s.lua"), []byte("return ..., io.open('f.txt'):read()"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := newRig(t, Options{}).dial(ClientOptions{Cwd: dir, Env: []string{"LANG=client", "SECRET=x", "HOME=/h"}})
	for code, want := range map[string]string{
		"return io.open('f.txt'):read()": "[content]",
		"return os.getenv('LANG')":       "[client]",
		"return os.getenv('USER')":       "[nil]", // it is the kernel's, and not the client's
	} {
		if got := eval(t, c, RunParams{Code: Text(code)}); got != want {
			t.Errorf("%s: %s, want %s", code, got, want)
		}
	}
	// What the client has is not what its scripts may see.
	if got := eval(t, c, RunParams{Code: "return os.getenv('SECRET')"}); !strings.Contains(got, "denied") {
		t.Errorf("SECRET: %s", got)
	}
	if got := eval(t, c, RunParams{Code: "return os.getenv('RPC_KERNELS')"}); strings.Contains(got, "kernel]") {
		t.Errorf("RPC_KERNELS: %s", got)
	}
	value := "given"
	if got := eval(t, c, RunParams{Code: "return os.getenv('SECRET'), os.getenv('LANG')", Env: map[string]*string{"SECRET": &value, "LANG": nil}}); got != "[given nil]" {
		t.Errorf("laid over: %s", got)
	}
	if got := eval(t, c, RunParams{File: "s.lua", Args: []Text{"argument"}}); got != "[argument content]" {
		t.Errorf("file: %s", got)
	}
	if got := eval(t, c, RunParams{File: Text(filepath.Join(dir, "s.lua")), Cwd: "/", Args: []Text{"a"}}); !strings.Contains(got, "f.txt") && !strings.Contains(got, "nil value") {
		t.Errorf("file of another folder: %s", got)
	}
	res := must[ToolResponse](t)(c.InvokeTool(background, InvokeParams{Name: "file-operations", Params: map[string]any{"operation": "read", "path": "f.txt"}}))
	if !res.Success || !strings.Contains(string(res.Result)+fmt.Sprint(res.Text), "content") {
		t.Errorf("tool: %+v %s", res, res.Result)
	}
}

func TestPermissions(t *testing.T) {
	dir, outside := t.TempDir(), "/etc"
	c := newRig(t, Options{}).dial(ClientOptions{Cwd: dir})
	read := "local f, e = io.open('/etc/passwd'); return f and 'open' or 'denied'"
	for want, p := range map[string]*Permissions{
		"[denied]": {Profile: "restricted"},
		"[open]":   {Profile: "restricted", Allow: map[string]PermissionList{"read": {Entries: []string{outside}}}},
	} {
		if got := eval(t, c, RunParams{Code: Text(read), Permissions: p}); got != want && !(want == "[denied]" && strings.Contains(got, "denied")) {
			t.Errorf("%+v: %s, want %s", p, got, want)
		}
	}
	if got := eval(t, c, RunParams{Code: Text(read), Permissions: &Permissions{Profile: "trusted", Deny: map[string]PermissionList{"read": {All: true}}}}); !strings.Contains(got, "denied") {
		t.Errorf("deny wins: %s", got)
	}
	for _, p := range []*Permissions{{Profile: "all"}, {Allow: map[string]PermissionList{"fly": {All: true}}}} {
		if _, err := c.Run(background, RunParams{Code: "x", Permissions: p}, RunHandlers{}); !IsCode(err, CodeInvalidParams) {
			t.Errorf("%+v: %v", p, err)
		}
	}
}

// What the operator does not allow, no client gets.
func TestCeiling(t *testing.T) {
	dir := t.TempDir()
	r := newRig(t, Options{Policy: func(folder string) (sandbox.Policy, error) {
		return sandbox.Folders(dir), nil
	}})
	c := r.dial(ClientOptions{Cwd: dir})
	if got := eval(t, c, RunParams{Code: "return io.open('x', 'w') ~= nil"}); got != "[true]" {
		t.Errorf("what is allowed: %s", got)
	}
	for _, p := range []*Permissions{
		{Profile: "trusted"},
		{Profile: "safe", Allow: map[string]PermissionList{"read": {Entries: []string{"/"}}}},
		{Profile: "safe", Allow: map[string]PermissionList{"net": {All: true}}},
		{Profile: "safe", Allow: map[string]PermissionList{"run": {Entries: []string{"ls"}}}},
	} {
		if _, err := c.CreateSession(background, SessionParams{Permissions: p}); !IsCode(err, CodeDenied) {
			t.Errorf("%+v: %v", p, err)
		}
	}
	preload := "/tmp/x.so"
	if _, err := c.CreateSession(background, SessionParams{Env: map[string]*string{"LD_PRELOAD": &preload}}); !IsCode(err, CodeDenied) {
		t.Errorf("LD_PRELOAD: %v", err)
	}
	if _, err := Dial(background, r.address, ClientOptions{Permissions: &Permissions{Profile: "trusted"}}); !IsCode(err, CodeDenied) {
		t.Errorf("hello: %v", err)
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink("/etc", link); err != nil {
		t.Fatal(err)
	}
	if _, err := c.CreateSession(background, SessionParams{Permissions: &Permissions{Profile: "safe", Allow: map[string]PermissionList{"read": {Entries: []string{link}}}}}); !IsCode(err, CodeDenied) {
		t.Errorf("a link: %v", err)
	}
}

func TestEvents(t *testing.T) {
	r := newRig(t, Options{})
	c, other := r.dial(ClientOptions{}), r.dial(ClientOptions{})
	must[PublishResult](t)(other.Publish(background, PublishParams{Type: "news.old", Data: 0}))
	s := must[*Subscription](t)(c.Subscribe(background, SubscribeParams{Patterns: []string{"news.*"}, History: 10}))
	for i := range 500 {
		must[PublishResult](t)(other.Publish(background, PublishParams{Type: "news.item", Data: i, Meta: EventMeta{Tags: []string{"t"}}}))
		must[PublishResult](t)(other.Publish(background, PublishParams{Type: "other", Data: i}))
	}
	for i := -1; i < 500; i++ {
		e, dropped, err := s.Receive(background)
		want := fmt.Sprint(max(i, 0))
		if err != nil || dropped != 0 || string(e.Data) != want || i >= 0 && (e.Type != "news.item" || len(e.Meta.Tags) != 1) {
			t.Fatalf("event %d: %+v, %d dropped, %v", i, e, dropped, err)
		}
	}
	if list := must[[]Event](t)(c.Events(background, HistoryParams{Pattern: "other", Limit: 3})); len(list) != 3 || string(list[2].Data) != "499" {
		t.Errorf("%+v", list)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if _, _, err := s.Receive(background); err != io.EOF {
		t.Errorf("after Close: %v", err)
	}
	if _, err := c.Subscribe(background, SubscribeParams{}); !IsCode(err, CodeInvalidParams) {
		t.Errorf("no pattern: %v", err)
	}
	if _, err := c.Hooks(background, HooksParams{Point: "no_such_point"}); !IsCode(err, CodeInvalidParams) {
		t.Errorf("hooks: %v", err)
	}
}

// After debug.attach the connection is another protocol's, both ways.
func TestAttach(t *testing.T) {
	got := make(chan string, 1)
	r := newRig(t, Options{Debug: func(_ context.Context, conn io.ReadWriteCloser, s *kernel.Hosted) error {
		defer conn.Close()
		if _, err := io.WriteString(conn, "from the debugger"); err != nil {
			return err
		}
		data, err := io.ReadAll(conn)
		got <- s.ID() + " " + string(data)
		return err
	}})
	c := r.dial(ClientOptions{})
	must[SessionInfo](t)(c.CreateSession(background, SessionParams{ID: "s"}))
	if _, err := c.Attach(background, "nope"); !IsCode(err, CodeNotFound) {
		t.Errorf("no session: %v", err)
	}
	sub := must[*Subscription](t)(c.Subscribe(background, SubscribeParams{Patterns: []string{"*"}}))
	if _, err := c.Attach(background, "s"); !IsCode(err, CodeConflict) {
		t.Errorf("with a subscription: %v", err)
	}
	if err := sub.Close(); err != nil {
		t.Error(err)
	}
	conn, err := c.Attach(background, "s")
	if err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, len("from the debugger"))
	if _, err := io.ReadFull(conn, buf); err != nil || string(buf) != "from the debugger" {
		t.Errorf("%q, %v", buf, err)
	}
	if _, err := io.WriteString(conn, "from the client"); err != nil {
		t.Error(err)
	}
	conn.Close()
	if s := <-got; s != "s from the client" {
		t.Errorf("%q", s)
	}
	if err := c.Ping(background); !errors.Is(err, ErrUnreachable) {
		t.Errorf("afterwards: %v", err)
	}
}

func TestMaxClients(t *testing.T) {
	r := newRig(t, Options{MaxClients: 1})
	c := r.dial(ClientOptions{})
	_, err := Dial(background, r.address, ClientOptions{})
	if !errors.Is(err, ErrUnreachable) && !IsCode(err, CodeBusy) || !IsCode(err, CodeBusy) || !strings.Contains(err.Error(), "max-clients") {
		t.Errorf("a second client: %v", err)
	}
	c.Close()
	within(t, patience, "room", func() bool {
		c, err := Dial(background, r.address, ClientOptions{})
		if err == nil {
			c.Close()
		}
		return err == nil
	})
	within(t, patience, "idle", func() bool { return r.server.Idle() > 0 })
}

// A kernel that is full can still be looked after over its socket, but not be worked
// with so.
func TestFullKernelIsControlled(t *testing.T) {
	r := newRig(t, Options{MaxClients: 1})
	r.dial(ClientOptions{})
	c, err := Dial(background, r.address, ClientOptions{Control: true})
	if err != nil {
		t.Fatal(err)
	}
	if s, err := c.Status(background); err != nil || s.Clients != 2 {
		t.Errorf("status: %+v, %v", s, err)
	}
	if _, err := c.Sessions(background); err != nil {
		t.Errorf("sessions: %v", err)
	}
	if _, err := c.Run(background, RunParams{Code: "return 1"}, RunHandlers{}); !IsCode(err, CodeBusy) {
		t.Errorf("work: %v", err)
	}
	var more []*Client
	for range maxSpare - 1 {
		one, err := Dial(background, r.address, ClientOptions{Control: true})
		if err != nil {
			t.Fatal(err)
		}
		more = append(more, one)
	}
	if _, err := Dial(background, r.address, ClientOptions{Control: true}); !IsCode(err, CodeBusy) {
		t.Errorf("one more than there is room for: %v", err)
	}
	more[0].Close()
	within(t, patience, "room again", func() bool {
		one, err := Dial(background, r.address, ClientOptions{Control: true})
		if err == nil {
			one.Close()
		}
		return err == nil
	})
}

// Connections over TCP that show no token keep nobody out.
func TestStrangersKeepNobodyOut(t *testing.T) {
	token := strings.Repeat("0123456789abcdef", 4)
	r := newRig(t, Options{Token: token, MaxClients: 2})
	stop := r.serve("127.0.0.1:0")
	defer stop()
	for range 3 * socket.MaxStrangers {
		conn, err := net.Dial("tcp", r.address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
	}
	for range 2 {
		c, err := Dial(background, r.address, ClientOptions{Token: token})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
	}
	if _, err := Dial(background, r.address, ClientOptions{Token: token}); !IsCode(err, CodeBusy) {
		t.Errorf("more than there is room for: %v", err)
	}
}

// A client that reads nothing is dropped; what it has begun ends, others go on.
func TestSlowClient(t *testing.T) {
	r := newRig(t, Options{SlowTimeout: 200 * time.Millisecond})
	conn := r.raw()
	if _, err := io.WriteString(conn, framed(greeting)+framed(`{"jsonrpc":"2.0","id":1,"method":"exec.run","params":{"code":"while true do print(('x'):rep(1000)) end"}}`)); err != nil {
		t.Fatal(err)
	}
	other := r.dial(ClientOptions{})
	within(t, patience, "the script runs", func() bool { return r.kernel.Counts().Running == 1 })
	for r.server.Clients() == 2 {
		if got := eval(t, other, RunParams{Code: "return 1"}); got != "[1]" {
			t.Fatal(got)
		}
	}
	within(t, patience, "its script ends", func() bool { return r.kernel.Counts().Running == 0 && len(r.kernel.Sessions()) == 1 })
}

// A script whose output nobody reads can be interrupted.
func TestInterruptSlowOutput(t *testing.T) {
	r := newRig(t, Options{SlowTimeout: time.Minute})
	conn := r.raw()
	if _, err := io.WriteString(conn, framed(greeting)+framed(`{"jsonrpc":"2.0","id":1,"method":"exec.run","params":{"execution":"x","code":"while true do print(('x'):rep(1000)) end"}}`)); err != nil {
		t.Fatal(err)
	}
	c := r.dial(ClientOptions{})
	within(t, patience, "the script runs", func() bool { return r.kernel.Counts().Running == 1 })
	within(t, patience, "its output is held up", r.heldUp)
	if n, err := c.Interrupt(background, InterruptParams{Execution: "x"}); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	within(t, patience, "the script ends", func() bool { return r.kernel.Counts().Running == 0 })
}

// heldUp reports whether a script waits for a client to read its output.
func (r *rig) heldUp() bool {
	r.server.mu.Lock()
	defer r.server.mu.Unlock()
	for p := range r.server.peers {
		p.out.mu.Lock()
		dirty := slices.Clone(p.out.dirty)
		p.out.mu.Unlock()
		for _, s := range dirty {
			s.mu.Lock()
			waits := s.room != nil
			s.mu.Unlock()
			if waits {
				return true
			}
		}
	}
	return false
}

// A client that goes in the middle of a call leaves nothing behind.
func TestVanish(t *testing.T) {
	r := newRig(t, Options{})
	for range 10 {
		c := r.dial(ClientOptions{})
		running := make(chan struct{})
		done := make(chan error, 1)
		go func() {
			_, err := c.Run(background, RunParams{Code: "print(1); while true do end"}, RunHandlers{Output: func(string, []byte) { close(running) }})
			done <- err
		}()
		<-running
		c.Close()
		if err := <-done; !errors.Is(err, ErrUnreachable) {
			t.Errorf("the call ends with %v", err)
		}
	}
	within(t, patience, "all ends", func() bool {
		return r.kernel.Counts().Running == 0 && len(r.kernel.Sessions()) == 0 && r.server.Clients() == 0
	})
}

// Drain answers what was begun, and refuses the rest.
func TestDrain(t *testing.T) {
	r := newRig(t, Options{})
	c := r.dial(ClientOptions{})
	running := make(chan struct{})
	res := make(chan *RunResult, 1)
	release := make(chan struct{})
	go func() {
		in, out := io.Pipe()
		go func() {
			<-release
			out.Close()
		}()
		got, err := c.Run(background, RunParams{Code: "print(1); io.read(); return 'done'"}, RunHandlers{Stdin: in, Output: func(string, []byte) { close(running) }})
		if err != nil {
			t.Error(err)
		}
		res <- got
	}()
	<-running
	drained := make(chan struct{})
	go func() {
		r.server.Drain(background)
		close(drained)
	}()
	within(t, patience, "it drains", func() bool {
		_, err := c.CreateSession(background, SessionParams{})
		return IsCode(err, CodeShutdown)
	})
	if s := must[StatusResult](t)(c.Status(background)); !s.ShuttingDown || s.Running != 1 {
		t.Errorf("%+v", s)
	}
	if _, err := Dial(background, r.address, ClientOptions{}); !IsCode(err, CodeShutdown) {
		t.Errorf("a new client: %v", err)
	}
	close(release)
	if got := <-res; got == nil || fmt.Sprint(got.Texts) != "[done]" {
		t.Errorf("%+v", got)
	}
	<-drained
	<-c.Done()
}

func TestUnreachable(t *testing.T) {
	for _, address := range []string{filepath.Join(t.TempDir(), "none"), "127.0.0.1:1"} {
		if _, err := Dial(background, address, ClientOptions{}); !errors.Is(err, ErrUnreachable) {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// A script, its arguments and its environment hold any bytes.
func TestBytesThatAreNoText(t *testing.T) {
	r := newRig(t, Options{})
	c := r.dial(ClientOptions{Env: []string{"RAW=v\xff"}, Permissions: &Permissions{Profile: "trusted"}})
	res := must[*RunResult](t)(c.Run(background, RunParams{
		Code: "return '\xfe', (...), os.getenv('RAW'), select(2, ...)", Args: []Text{"a\xff", "é"},
	}, RunHandlers{}))
	if want := []Text{"\xfe", "a\xff", "v\xff", "é"}; !slices.Equal(res.Texts, want) {
		t.Errorf("got %q, want %q", res.Texts, want)
	}
	dir := filepath.Join(t.TempDir(), "d\xff")
	if err := os.Mkdir(dir, 0o700); err != nil { // as on macOS
		return
	}
	if err := os.WriteFile(filepath.Join(dir, "s\xff.lua"), []byte("return 7"), 0o600); err != nil {
		t.Fatal(err)
	}
	c = r.dial(ClientOptions{Cwd: dir})
	if got := eval(t, c, RunParams{File: "s\xff.lua"}); got != "[7]" {
		t.Errorf("a script in a folder whose name is no text: %s", got)
	}
}

// Names of sessions and of variables that nothing can have are parameters that are
// wrong.
func TestNoNames(t *testing.T) {
	c := newRig(t, Options{}).dial(ClientOptions{})
	text := "x"
	for _, tt := range []struct {
		params SessionParams
		field  string
	}{
		{SessionParams{ID: "../x"}, "id"},
		{SessionParams{ID: strings.Repeat("a", 129)}, "id"},
		{SessionParams{Env: map[string]*string{"": &text}}, "env"},
		{SessionParams{Env: map[string]*string{"A=B": &text}}, "env"},
		{SessionParams{Env: map[string]*string{"A\x00B": nil}}, "env"},
	} {
		_, err := c.CreateSession(background, tt.params)
		if e, ok := errors.AsType[*Error](err); !ok || e.Code != CodeInvalidParams || e.Data == nil || e.Data.Field != tt.field {
			t.Errorf("%+v: %v", tt.params, err)
		}
	}
}

// Once the shutdown is answered no work is taken, even if the process has not come to
// Drain yet.
func TestShutdownRefusesWork(t *testing.T) {
	r := newRig(t, Options{Shutdown: func(ShutdownParams) error { return nil }})
	c := r.dial(ClientOptions{})
	if err := c.Call(background, "kernel.shutdown", ShutdownParams{Drain: true}, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Run(background, RunParams{Code: "return 1"}, RunHandlers{}); !IsCode(err, CodeShutdown) {
		t.Errorf("work after the shutdown: %v", err)
	}
	if s := must[StatusResult](t)(status(c)); !s.ShuttingDown {
		t.Errorf("%+v", s)
	}
}

func status(c *Client) (s StatusResult, err error) {
	err = c.Call(background, "kernel.status", nil, &s)
	return s, err
}
