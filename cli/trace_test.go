package cli

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// sink collects what is sent to a collector, as text.
type sink struct {
	*httptest.Server
	mu   sync.Mutex
	text strings.Builder
	auth string
}

func newSink(t *testing.T) *sink {
	t.Helper()
	s := &sink{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body) // what arrived is what counts
		s.mu.Lock()
		defer s.mu.Unlock()
		s.text.WriteString(r.URL.Path + " " + string(body))
		s.auth = r.Header.Get("Authorization")
	}))
	t.Cleanup(s.Close)
	return s
}

// take returns what has arrived since the last time.
func (s *sink) take() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.text.Reset()
	return s.text.String()
}

func TestTraces(t *testing.T) {
	c := newSink(t)
	const code = `Tool.execute("calculator", {input = "2+2"})`
	spans := []string{"/v1/traces ", `"execute (command line)"`, `"execute_tool calculator"`, `"gen_ai.tool.name"`}
	t.Setenv("TRACE_TOKEN", "Bearer t")
	config := filepath.Join(t.TempDir(), "llmspell.toml")
	text := "[trace]\nenabled = true\nendpoint = '" + c.URL + "'\nservice_name = 'mine'\nheaders = {Authorization = '${TRACE_TOKEN}'}\n"
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, variable string
		args           []string
		want           []string
	}{
		{"off", "", nil, nil},
		{"flag", "", []string{"--otel-endpoint", c.URL}, spans},
		{"variable", c.URL, nil, spans},
		{"configuration", "", []string{"--config", config}, append(spans, `"mine"`)},
		{"no sample", "", []string{"--config", config, "--set", "trace.sample_ratio=0"}, nil},
		{"variable that is wrong", "nowhere", nil, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", tt.variable)
			code, _, stderr := call(t, "", append([]string{"exec", code}, tt.args...)...)
			sent := c.take()
			if code != 0 || (sent == "") != (tt.want == nil) {
				t.Fatalf("exit %d, sent %q, stderr %q", code, sent, stderr)
			}
			for _, w := range tt.want {
				if !strings.Contains(sent, w) {
					t.Errorf("%s is missing in %s", w, sent)
				}
			}
			if strings.Contains(sent, "2+2") {
				t.Errorf("parameters were sent: %s", sent)
			}
			if tt.name == "configuration" && c.auth != "Bearer t" {
				t.Errorf("the collector was shown %q", c.auth)
			}
			if wrong := tt.variable == "nowhere"; wrong != strings.Contains(stderr, "no traces are sent") {
				t.Errorf("stderr is %q", stderr)
			}
		})
	}
}

func TestWrongTraces(t *testing.T) {
	for _, args := range [][]string{{"--otel-endpoint", "nowhere"}, {"--otel-endpoint", "127.0.0.1:4318"}} {
		if code, stdout, stderr := call(t, "", append([]string{"exec", "return 1"}, args...)...); code != exitUsage || stdout != "" || !strings.Contains(stderr, "--otel-endpoint") {
			t.Errorf("%v: exit %d, stdout %q, stderr %q", args, code, stdout, stderr)
		}
	}
}

// TestCollectorIsGone runs a script as ever.
func TestCollectorIsGone(t *testing.T) {
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	code, stdout, stderr := call(t, "", "exec", "return 1", "--otel-endpoint", gone.URL)
	if code != 0 || stdout != "1\n" || !strings.Contains(stderr, "traces are lost") {
		t.Errorf("exit %d, stdout %q, stderr %q", code, stdout, stderr)
	}
}
