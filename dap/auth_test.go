package dap

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const goodToken = "5f0c1e9a7b3d48628f1e2d3c4b5a6978"

func TestCheckToken(t *testing.T) {
	tests := []struct{ token, err string }{
		{goodToken, ""},
		{NewToken(), ""},
		{"Zm9vYmFyYmF6cXV4MTIzNA", ""}, // 22 characters of base64
		{"Zm9vYmFyYmF6cXV4MTIz", "too weak"},
		{goodToken[:31], "too weak"},
		{strings.Repeat("ab", 40), "too weak"},
		{"", "too weak"},
		{goodToken + " x", "a space"},
		{goodToken + "é", "not ASCII"},
	}
	for _, tt := range tests {
		if err := CheckToken(tt.token); (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
			t.Errorf("CheckToken(%q) = %v, want %q", tt.token, err, tt.err)
		}
	}
	if one, other := NewToken(), NewToken(); one == other {
		t.Error("two tokens are the same")
	}
}

func TestReadToken(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte(goodToken+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	other := NewToken()
	t.Setenv(TokenVariable, other)
	for name, want := range map[string]string{file: goodToken, "": other} {
		if got, err := ReadToken(name); got != want || err != nil {
			t.Errorf("ReadToken(%q) = %q, %v, want %q", name, got, err, want)
		}
	}
	t.Setenv(TokenVariable, "")
	if got, err := ReadToken(""); got != "" || err != nil {
		t.Errorf("nothing given: %q, %v", got, err)
	}
	t.Setenv(TokenVariable, "weak")
	if _, err := ReadToken(""); err == nil {
		t.Error("a weak token in the environment was taken")
	}
}

func TestFailures(t *testing.T) {
	var f failures
	now := time.Now()
	if f.wait("a", now) != 0 {
		t.Error("a new peer must wait")
	}
	for i, want := range []time.Duration{1, 2, 4, 8, 16, 32, 60, 60} {
		f.add("a", now)
		if got := f.wait("a", now); got != want*time.Second {
			t.Errorf("after failure %d: wait %v, want %v", i+1, got, want*time.Second)
		}
	}
	if f.wait("b", now) != 0 || f.wait("a", now.Add(time.Minute)) != 0 {
		t.Error("the wait is not over, or another's")
	}
	f.wait("a", now.Add(time.Hour))
	f.add("a", now.Add(time.Hour))
	if got := f.wait("a", now.Add(time.Hour)); got != time.Second {
		t.Errorf("long after: wait %v", got)
	}
	for i := range 5 * maxFailures {
		f.add(fmt.Sprint(i), now)
	}
	if len(f.peers) > maxFailures {
		t.Errorf("%d peers are remembered", len(f.peers))
	}
}

// addressed is a connection from an address.
type addressed struct {
	net.Conn
	from net.Addr
}

func (a addressed) RemoteAddr() net.Addr { return a.from }

func TestPeerName(t *testing.T) {
	tcp := func(ip string) any { return addressed{from: &net.TCPAddr{IP: net.ParseIP(ip), Port: 5}} }
	for want, conn := range map[string]any{
		"192.0.2.7":         tcp("192.0.2.7"),
		"2001:db8:1:2::/64": tcp("2001:db8:1:2:3:4:5:6"),
		"unix":              addressed{from: &net.UnixAddr{Net: "unix", Name: "@"}},
		"":                  os.Stdin,
	} {
		if got := peerName(conn); got != want {
			t.Errorf("peerName = %q, want %q", got, want)
		}
	}
}

// A peer that says nothing, or too little, is not kept.
func TestAuthTimeout(t *testing.T) {
	server := NewServer(Options{Token: goodToken})
	server.authTimeout = 20 * time.Millisecond
	for _, text := range []string{"", "Content-", frame(`{"seq":1,"type":"request","command":"initialize","arguments":{"adapterID":"x"}}`)} {
		client, conn := net.Pipe()
		served := make(chan error, 1)
		go func() { served <- server.ServeConn(context.Background(), conn) }()
		go func() { _, _ = io.WriteString(client, text) }()
		go func() { _, _ = io.Copy(io.Discard, client) }()
		select {
		case <-served:
		case <-time.After(10 * time.Second):
			t.Errorf("after %q the connection is still there", text)
		}
		client.Close()
	}
}

func frame(body string) string { return fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body) }

func TestReadOnlyRequests(t *testing.T) {
	tests := []struct {
		command, arguments string
		refused            bool
	}{
		{"evaluate", `{"expression":"1"}`, true},
		{"setVariable", `{}`, true},
		{"setExpression", `{}`, true},
		{"writeMemory", `{}`, true},
		{"goto", `{}`, true},
		{"restartFrame", `{}`, true},
		{"terminateThreads", `{"threadIds":[2]}`, true},
		{"setBreakpoints", `{"breakpoints":[{"line":1}]}`, false},
		{"setBreakpoints", `{"breakpoints":[{"line":1,"hitCondition":"3"}]}`, false},
		{"setBreakpoints", `{"breakpoints":[{"line":1},{"line":2,"condition":"os.exit()"}]}`, true},
		{"setBreakpoints", `{"breakpoints":[{"line":1,"logMessage":"{os.exit()}"}]}`, true},
		{"setFunctionBreakpoints", `{"breakpoints":[{"name":"f","condition":"x"}]}`, true},
		{"setExceptionBreakpoints", `{"filters":["all"],"filterOptions":[{"filterId":"all"}]}`, false},
		{"setExceptionBreakpoints", `{"filters":[],"filterOptions":[{"filterId":"all","condition":"x"}]}`, true},
		{"launch", `{"program":"x","env":{"condition":"x"},"exceptionBreakpoints":["all"]}`, false},
		{"launch", `{"program":"x","exceptionBreakpoints":["all",{"filter":"error","condition":"x"}]}`, true},
		{"attach", `{"exceptionFilters":[{"filter":"error","condition":"x"}]}`, true},
		{"restart", `{"arguments":{"program":"x","exceptionBreakpoints":[{"filter":"error","condition":"x"}]}}`, true},
		{"variables", `{"variablesReference":1}`, false},
		{"setBreakpoints", `nonsense`, false},
		{"setBreakpoints", `{"breakpoints":[{"line":1,"condition":"","logMessage":null}]}`, false},
		// The decoder takes these, too.
		{"setBreakpoints", `{"Breakpoints":[{"line":1,"condition":"x"}]}`, true},
		{"setBreakpoints", `{"breakpoints":[{"line":1,"CONDITION":"x"}]}`, true},
		{"setBreakpoints", `{"breakpoints":[{"line":1,"condition":"x"}],"breakpoints":[{"line":1}]}`, true},
		{"setBreakpoints", `{"breakpoints":[{"line":1,"condition":"x","condition":""}]}`, true},
		{"launch", `{"program":"x","breakpoint\u017f":[],"exceptionFilter\u017f":[{"filter":"error","condition":"x"}]}`, true},
	}
	for _, tt := range tests {
		err := readOnly(&request{command: tt.command, arguments: []byte(tt.arguments)})
		if (err != nil) != tt.refused {
			t.Errorf("%s %s: %v", tt.command, tt.arguments, err)
		}
	}
}
