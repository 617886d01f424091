package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/llmspell/llmspell/dap/daptest"
)

// serveOverStdio starts the command as an MCP server and connects the SDK's client.
func serveOverStdio(t *testing.T, version string, flags ...string) *sdk.ClientSession {
	t.Helper()
	cmd := exec.Command(os.Args[0], append([]string{"mcp", "serve"}, flags...)...)
	cmd.Dir, cmd.Env, cmd.Stderr = t.TempDir(), environment(), os.Stderr
	c, err := sdk.NewClient(&sdk.Implementation{Name: "test"}, nil).Connect(context.Background(), &sdk.CommandTransport{Command: cmd, TerminateDuration: daptest.DefaultTimeout},
		&sdk.ClientSessionOptions{ProtocolVersion: version})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Errorf("the server ended with %v", err)
		}
	})
	return c
}

func toolNames(t *testing.T, c *sdk.ClientSession) []string {
	t.Helper()
	var names []string
	for tool, err := range c.Tools(context.Background(), nil) {
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, tool.Name)
	}
	return names
}

func TestMCPServeStdio(t *testing.T) {
	for _, version := range []string{"", "2025-06-18"} {
		c := serveOverStdio(t, version)
		names := toolNames(t, c)
		if !slices.Contains(names, "calculator") || slices.Contains(names, "web-scraper") {
			t.Errorf("tools %q: want those that the permissions let work", names)
		}
		res, err := c.CallTool(context.Background(), &sdk.CallToolParams{Name: "calculator", Arguments: map[string]any{"input": "6*7"}})
		if err != nil || res.IsError || !strings.Contains(fmt.Sprint(res.StructuredContent), "result:42") {
			t.Errorf("%v %v", res, err)
		}
		res, err = c.CallTool(context.Background(), &sdk.CallToolParams{Name: "file-operations", Arguments: map[string]any{"operation": "read", "path": "/etc/passwd"}})
		if err != nil || !res.IsError || !strings.Contains(res.Content[0].(*sdk.TextContent).Text, "--allow-read=/etc/passwd") {
			t.Errorf("%v %v", res, err)
		}
	}
	if names := toolNames(t, serveOverStdio(t, "", "--tools", "calculator,uuid_generator")); !slices.Equal(names, []string{"calculator", "uuid-generator"}) {
		t.Errorf("--tools: %q", names)
	}
	if names := toolNames(t, serveOverStdio(t, "", "--category", "utility", "--exclude", "calculator")); slices.Contains(names, "calculator") || !slices.Contains(names, "uuid-generator") {
		t.Errorf("--exclude: %q", names)
	}
	if names := toolNames(t, serveOverStdio(t, "", "--all")); !slices.Contains(names, "web-scraper") {
		t.Errorf("--all: %q", names)
	}
	if names := toolNames(t, serveOverStdio(t, "", "--allow-net=example.com")); !slices.Contains(names, "web-scraper") {
		t.Errorf("with the network: %q", names)
	}
	if names := toolNames(t, serveOverStdio(t, "", "--sandbox", "safe")); slices.Contains(names, "file-operations") || !slices.Contains(names, "base64-encoder") {
		t.Errorf("with nothing: %q", names)
	}
}

// TestMCPServeEnds checks that a signal ends it, and that nothing but
// the protocol is on stdout.
func TestMCPServeEnds(t *testing.T) {
	p := start(t, t.TempDir(), nil, "mcp", "serve")
	fmt.Fprintln(p.stdin, `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"x","version":"1"}}}`)
	waitFor(t, func() bool { return strings.HasSuffix(p.stdout.String(), "\n") })
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if code := p.exit(); code != 0 {
		t.Errorf("exit %d: %s", code, p.stderr.String())
	}
	for line := range strings.Lines(p.stdout.String()) {
		if !json.Valid([]byte(line)) {
			t.Errorf("stdout has %q", line)
		}
	}
}

func TestMCPServeHTTP(t *testing.T) {
	p := start(t, t.TempDir(), nil, "mcp", "serve", "--transport", "http", "--addr", "127.0.0.1:0")
	waitFor(t, func() bool {
		return strings.Contains(p.stdout.String(), "/mcp\n") && strings.HasSuffix(p.stderr.String(), "\n")
	})
	url := strings.TrimPrefix(strings.TrimSpace(p.stdout.String()), "MCP server listening at: ")
	token := regexp.MustCompile(`token: (\w+)`).FindStringSubmatch(p.stderr.String())
	if token == nil {
		t.Fatalf("no token in %q", p.stderr.String())
	}
	for _, version := range []string{"", "2025-06-18"} {
		transport := &sdk.StreamableClientTransport{Endpoint: url, HTTPClient: &http.Client{Transport: bearerToken(token[1])}}
		c, err := sdk.NewClient(&sdk.Implementation{Name: "test"}, nil).Connect(context.Background(), transport, &sdk.ClientSessionOptions{ProtocolVersion: version})
		if err != nil {
			t.Fatal(err)
		}
		res, err := c.CallTool(context.Background(), &sdk.CallToolParams{Name: "calculator", Arguments: map[string]any{"input": "6*7"}})
		if err != nil || res.IsError || !strings.Contains(fmt.Sprint(res.StructuredContent), "result:42") {
			t.Errorf("%v %v", res, err)
		}
		if version != "" { // one client stays: the server ends all the same
			c.Close()
		}
	}
	resp, err := http.Post(url, "application/json", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("without a token: %s", resp.Status)
	}
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if code := p.exit(); code != 0 {
		t.Errorf("exit %d: %s", code, p.stderr.String())
	}
}

type bearerToken string

func (b bearerToken) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+string(b))
	return http.DefaultTransport.RoundTrip(r)
}

func TestMCPServeMistakes(t *testing.T) {
	t.Setenv(mcpTokenVariable, "weak")
	for _, tt := range []struct{ args, want string }{
		{"--tools calclator", `did you mean "calculator"`},
		{"--exclude nothing-at-all", "--exclude: there is no tool"},
		{"--category utilty", `did you mean "utility"?`},
		{"--tools calculator --exclude calculator", "no tool is left"},
		{"--transport pigeon", "want stdio, http"},
		{"--token-file x", "need --transport http"},
		{"--transport http --addr 127.0.0.1:0", "the token is too weak"},
		{"--transport http --token-file nowhere", "read the token"},
	} {
		if code, _, errs := call(t, "", append([]string{"mcp", "serve"}, strings.Fields(tt.args)...)...); code != 2 || !strings.Contains(errs, tt.want) {
			t.Errorf("%s: exit %d, %q; want %q", tt.args, code, errs, tt.want)
		}
	}
	t.Setenv(mcpTokenVariable, "")
	for _, tt := range []struct{ args, want string }{
		{"--transport http --allow-remote --addr 0.0.0.0:0", "--allow-remote needs a token"},
		{"--transport http --addr 0.0.0.0:0", "refused to listen on 0.0.0.0:0"},
	} {
		if code, _, errs := call(t, "", append([]string{"mcp", "serve"}, strings.Fields(tt.args)...)...); code != 2 || !strings.Contains(errs, tt.want) {
			t.Errorf("%s: exit %d, %q; want %q", tt.args, code, errs, tt.want)
		}
	}
}

// TestMCPTools uses the command as its own server, from scripts and the tool command.
func TestMCPTools(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	config := map[string]any{"mcpServers": map[string]any{
		"me":  map[string]any{"command": os.Args[0], "args": []string{"mcp", "serve", "--category", "utility"}, "env": map[string]string{asCommand: "1", "GORACE": "atexit_sleep_ms=0"}},
		"bad": map[string]any{"command": "${NO_SUCH_VARIABLE_IS_SET}"},
	}}
	text, err := json.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "servers.json")
	for _, name := range []string{file, mcpProjectFile} {
		if err := os.WriteFile(name, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	run := "--allow-run=" + os.Args[0]
	luaCall := `return Tool.execute("mcp:me/calculator", {input = "6*7"}).result.result`
	for _, tt := range []struct {
		name           string
		args           []string
		code           int
		stdout, stderr string
	}{
		{"list", []string{"mcp", "list", "--mcp-config", file, run}, 0, "mcp:me/calculator", ""},
		{"list JSON", []string{"mcp", "list", "--mcp-config", file, run, "--format", "json"}, 0, `"state": "connected"`, ""},
		{"list without", []string{"mcp", "list"}, 0, "", "no MCP servers are configured"},
		{"denied", []string{"mcp", "list", "--mcp-config", file}, 0, "allow it with " + run, ""},
		{"tools", []string{"tool", "list", "--mcp-config", file, run, "--format", "names"}, 0, "mcp:me/calculator\n", "the environment variable NO_SUCH_VARIABLE_IS_SET is not set"},
		{"category", []string{"tool", "list", "--mcp-project", run, "--category", "mcp", "--format", "names"}, 0, "mcp:me/uuid-generator\n", ""},
		{"invoke", []string{"tool", "invoke", "mcp:me/calculator", "input=6*7", "--mcp-config", file, run}, 0, `"result":42`, ""},
		{"info", []string{"tool", "info", "mcp:me/calculator", "--mcp-config", file, run}, 0, "Needs      processes", ""},
		{"invoke denied", []string{"tool", "invoke", "mcp:me/calculator", "input=6*7", "--mcp-config", file}, 3, `"permission_denied"`, "allow it with " + run},
		{"wrong input", []string{"tool", "invoke", "mcp:me/calculator", "inptu=6*7", "--mcp-config", file, run}, 6, `"suggestion":"input"`, ""},
		{"wrong server", []string{"tool", "invoke", "mcp:you/calculator", "--mcp-config", file, run}, 6, "", `no MCP server "you" in the configuration; there are bad, me`},
		{"exec", []string{"exec", luaCall, "--mcp-config", file, run}, 0, "42\n", ""},
		{"exec denied", []string{"exec", luaCall, "--mcp-config", file}, 3, "", "allow it with " + run},
		{"exec without", []string{"exec", luaCall, run}, 6, "", `there is no tool named "mcp:me/calculator"`},
		{"project is not read by itself", []string{"tool", "invoke", "mcp:me/calculator", "input=1", run}, 6, "", "there is no tool"},
		{"no file", []string{"exec", "1", "--mcp-config", "nowhere"}, 2, "", "read the MCP configuration"},
	} {
		code, out, errs := call(t, "", tt.args...)
		if code != tt.code || !strings.Contains(out, tt.stdout) || !strings.Contains(errs, tt.stderr) {
			t.Errorf("%s: exit %d, want %d\nstdout %q, want %q\nstderr %q, want %q", tt.name, code, tt.code, out, tt.stdout, errs, tt.stderr)
		}
	}
	t.Setenv(mcpConfigVariable, file)
	if code, out, errs := call(t, "", "exec", luaCall, run); code != 0 || out != "42\n" {
		t.Errorf("by the variable: exit %d, %q, %q", code, out, errs)
	}
}
