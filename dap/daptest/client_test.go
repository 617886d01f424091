package daptest

import (
	"bufio"
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// schemaText is a protocol schema in little.
const schemaText = `{
  "$schema": "http://json-schema.org/draft-04/schema#",
  "definitions": {
    "ProtocolMessage": {"type": "object", "required": ["seq", "type"]},
    "Request": {"type": "object", "required": ["command"]},
    "Response": {"type": "object", "required": ["request_seq", "success", "command"]},
    "Event": {"type": "object", "required": ["event"]},
    "ErrorResponse": {"allOf": [{"$ref": "#/definitions/Response"}, {"required": ["body"]}]},
    "ThreadsResponse": {"allOf": [{"$ref": "#/definitions/Response"},
      {"properties": {"body": {"properties": {"threads": {"type": "array"}}, "required": ["threads"]}}, "required": ["body"]}]}
  }
}`

func loadSmall(t *testing.T) *Schema {
	t.Helper()
	path := filepath.Join(t.TempDir(), "schema.json")
	if err := os.WriteFile(path, []byte(schemaText), 0o644); err != nil {
		t.Fatal(err)
	}
	s, err := LoadSchema(path)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSchema(t *testing.T) {
	s := loadSmall(t)
	tests := []struct{ message, err string }{
		{`{"seq":1,"type":"response","request_seq":1,"success":true,"command":"threads","body":{"threads":[]}}`, ""},
		{`{"seq":1,"type":"response","request_seq":1,"success":true,"command":"threads","body":{"threads":null}}`, "ThreadsResponse"},
		{`{"seq":1,"type":"response","request_seq":1,"success":false,"command":"threads","body":{}}`, ""},
		{`{"seq":1,"type":"response","request_seq":1,"success":false,"command":"threads"}`, "ErrorResponse"},
		{`{"seq":1,"type":"response","success":true,"command":"unknown"}`, "not a valid Response"},
		{`{"seq":1,"type":"event","event":"unknown"}`, ""},
		{`{"seq":1,"type":"request"}`, "not a valid Request"},
		{`{"type":"other"}`, "not a valid ProtocolMessage"},
		{`[]`, "not a JSON object"},
	}
	for _, tt := range tests {
		err := s.Validate([]byte(tt.message))
		if (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
			t.Errorf("%s: %v, want %q", tt.message, err, tt.err)
		}
	}
	if err := (*Schema)(nil).Validate([]byte("anything")); err != nil {
		t.Errorf("no schema: %v", err)
	}
	if _, err := LoadSchema(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("a schema that does not exist was loaded")
	}
}

// The client notices what a server does wrong.
func TestClientComplains(t *testing.T) {
	const ok = `{"seq":1,"type":"response","request_seq":1,"success":true,"command":"threads","body":{"threads":[]}}`
	tests := []struct {
		name     string
		messages []string
		problem  string
	}{
		{"nothing", []string{ok, `{"seq":2,"type":"event","event":"x"}`}, ""},
		{"gap in seq", []string{`{"seq":2,"type":"event","event":"x"}`}, "seq 2, want 1"},
		{"second response", []string{ok, strings.Replace(ok, `"seq":1,"type`, `"seq":2,"type`, 1)}, "second response"},
		{"unasked response", []string{strings.Replace(ok, `"request_seq":1`, `"request_seq":9`, 1)}, "not sent"},
		{"response to another", []string{strings.Replace(ok, "threads", "next", 1)}, `is for "next"`},
		{"not JSON", []string{"x"}, "not JSON"},
		{"no type", []string{`{"seq":1,"type":""}`}, "type"},
		{"null array", []string{strings.Replace(ok, "[]", "null", 1)}, "ThreadsResponse"},
		{"output without a text", []string{`{"seq":1,"type":"event","event":"output","body":5}`}, "output event"},
	}
	for _, tt := range tests {
		c := &Client{schema: loadSmall(t), sent: map[int]string{1: "threads"}, responses: map[int]Message{}, output: map[string]*strings.Builder{}}
		for _, m := range tt.messages {
			c.receive([]byte(m))
		}
		if (c.problem == nil) != (tt.problem == "") || c.problem != nil && !strings.Contains(c.problem.Error(), tt.problem) {
			t.Errorf("%s: problem %v, want %q", tt.name, c.problem, tt.problem)
		}
	}
}

func TestFrame(t *testing.T) {
	br := bufio.NewReader(bytes.NewReader(append(Frame([]byte(`{"a":1}`)), Frame([]byte(`{}`))...)))
	for _, want := range []string{`{"a":1}`, `{}`} {
		if got, err := readBody(br); err != nil || string(got) != want {
			t.Errorf("readBody = %q, %v, want %q", got, err, want)
		}
	}
	if _, err := readBody(bufio.NewReader(strings.NewReader("Content-Length: x\r\n\r\n"))); err == nil {
		t.Error("a length that is no number was taken")
	}
}
