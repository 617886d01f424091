package trace

import (
	"strings"
	"testing"
	"time"
)

func lookup(pairs ...string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1], true
			}
		}
		return "", false
	}
}

func TestFromEnvironment(t *testing.T) {
	for _, tt := range []struct {
		name, given string
		pairs       []string
		want        string // the endpoint; "": off
	}{
		{"nothing", "", nil, ""},
		{"given", "http://a:4318", nil, "http://a:4318"},
		{"base", "", []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://b:4318"}, "http://b:4318/v1/traces"},
		{"base with a path", "", []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://b/x/"}, "http://b/x/v1/traces"},
		{"whole", "", []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://b", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://c/t"}, "http://c/t"},
		{"given goes before", "http://a", []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://b"}, "http://a"},
		{"empty variable", "", []string{"OTEL_EXPORTER_OTLP_ENDPOINT", ""}, ""},
		{"disabled", "http://a", []string{"OTEL_SDK_DISABLED", "true"}, ""},
		{"not disabled", "http://a", []string{"OTEL_SDK_DISABLED", "perhaps"}, "http://a"},
	} {
		o, on, err := FromEnvironment(tt.given, lookup(tt.pairs...))
		if err != nil || o.Endpoint != tt.want || on != (tt.want != "") {
			t.Errorf("%s: %q, %v, %v, want %q", tt.name, o.Endpoint, on, err, tt.want)
		}
	}
	o, _, err := FromEnvironment("http://a", lookup("OTEL_EXPORTER_OTLP_HEADERS", "a=b, X-Key = c%20d%2C ,", "OTEL_EXPORTER_OTLP_TIMEOUT", "250", "OTEL_SERVICE_NAME", "mine"))
	if err != nil || len(o.Headers) != 2 || o.Headers["a"] != "b" || o.Headers["X-Key"] != "c d," || o.Timeout != 250*time.Millisecond || o.Service != "mine" {
		t.Errorf("the options are %+v, %v", o, err)
	}
}

func TestWrongEnvironment(t *testing.T) {
	for _, tt := range []struct{ name, value, want string }{
		{"OTEL_EXPORTER_OTLP_PROTOCOL", "grpc", "http/json"},
		{"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "grpc", "4318"},
		{"OTEL_EXPORTER_OTLP_HEADERS", "secret", "name=value"},
		{"OTEL_EXPORTER_OTLP_HEADERS", "a=secret%zz", "name=value"},
		{"OTEL_EXPORTER_OTLP_HEADERS", "a=secret%0d%0aX: y", "name=value"},
		{"OTEL_EXPORTER_OTLP_HEADERS", "a b=secret", "name=value"},
		{"OTEL_EXPORTER_OTLP_HEADERS", "=secret", "name=value"},
		{"OTEL_EXPORTER_OTLP_TIMEOUT", "1s", "milliseconds"},
		{"OTEL_EXPORTER_OTLP_TIMEOUT", "-1", "milliseconds"},
	} {
		_, on, err := FromEnvironment("http://a", lookup(tt.name, tt.value))
		if err == nil || on || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "OTEL_EXPORTER_OTLP_") || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s=%s: %v", tt.name, tt.value, err)
		}
	}
	if _, on, err := FromEnvironment("", lookup("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")); on || err != nil {
		t.Errorf("nobody asks for traces: %v, %v", on, err)
	}
}

func TestEndpoint(t *testing.T) {
	for in, want := range map[string]string{
		"http://a:4318": "http://a:4318/v1/traces", "https://a/": "https://a/v1/traces", "http://[::1]:4318/x": "http://[::1]:4318/x",
	} {
		if got, err := endpoint(in); err != nil || got != want {
			t.Errorf("%s becomes %s, %v, want %s", in, got, err, want)
		}
	}
	for _, in := range []string{"", "a:4318", "127.0.0.1:4318", "ftp://a", "http://", "unix:///x", "http://u:secret@ b", ":secret@b"} {
		if got, err := endpoint(in); err == nil || strings.Contains(err.Error(), "secret") || !strings.Contains(err.Error(), "http://127.0.0.1:4318") {
			t.Errorf("%s becomes %s, %v", in, got, err)
		}
	}
	if _, err := New(Options{}); err == nil {
		t.Error("no endpoint is no error")
	}
	if err := (&Options{Endpoint: "x"}).Check(); err == nil {
		t.Error("x is an endpoint")
	}
}

func TestWrongAttributes(t *testing.T) {
	t.Setenv("OTEL_RESOURCE_ATTRIBUTES", "a")
	if _, err := New(Options{Endpoint: "http://a"}); err == nil || !strings.Contains(err.Error(), "OTEL_RESOURCE_ATTRIBUTES") {
		t.Errorf("the error is %v", err)
	}
}

func FuzzAnswer(f *testing.F) {
	f.Add([]byte(`{"partialSuccess":{"rejectedSpans":"5","errorMessage":"x"}}`))
	f.Add([]byte("\x0a\x00"))
	f.Fuzz(func(t *testing.T, answer []byte) {
		if err := rejected(answer); err != nil && len(err.Error()) > 1000+len(answer) {
			t.Errorf("the error has %d bytes", len(err.Error()))
		}
	})
}

func FuzzHeaders(f *testing.F) {
	f.Add("a=b,c=d%20e")
	f.Fuzz(func(t *testing.T, text string) {
		headers, err := parseHeaders(text)
		for name, value := range headers {
			if err != nil || !isToken(name) || strings.ContainsAny(value, "\r\n\x00") {
				t.Errorf("%q gives %q: %q, %v", text, name, value, err)
			}
		}
	})
}
