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

// A peer that says nothing, or too little, is not kept.
func TestAuthTimeout(t *testing.T) {
	server := NewServer(Options{Token: goodToken})
	server.authTimeout = 20 * time.Millisecond
	for _, text := range []string{"", "Content-", framed(`{"seq":1,"type":"request","command":"initialize","arguments":{"adapterID":"x"}}`)} {
		client, conn := net.Pipe()
		served := make(chan error, 1)
		go func() { served <- server.ServeConn(context.Background(), conn) }()
		go func() { _, _ = io.WriteString(client, text) }()
		go func() { _, _ = io.Copy(io.Discard, client) }()
		select {
		case <-served:
		case <-time.After(time.Minute):
			t.Errorf("after %q the connection is still there", text)
		}
		client.Close()
	}
}

func framed(body string) string { return fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body) }

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
