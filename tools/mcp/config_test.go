package mcp

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/tools/schema"
)

func lookupIn(vars map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) { v, ok := vars[name]; return v, ok }
}

func TestParseConfig(t *testing.T) {
	text := `{"other": 1, "mcpServers": {
		"files": {"type": "stdio", "command": "${BIN}/server", "args": ["--root", "${ROOT:-/srv}"], "env": {"KEY": "${KEY}"}, "cwd": "/tmp", "autoApprove": []},
		"web": {"type": "http", "url": "https://example.com/mcp?key=${KEY}", "headers": {"Authorization": "Bearer ${KEY}"}, "timeout": 1500},
		"off": {"command": "x", "disabled": true}}}`
	configs, err := ParseConfig([]byte(text), lookupIn(map[string]string{"BIN": "/opt", "KEY": "sk-123456"}))
	if err != nil || len(configs) != 3 {
		t.Fatal(configs, err)
	}
	files, off, web := configs[0], configs[1], configs[2]
	if files.Err != nil || files.Command != "/opt/server" || files.Args[1] != "/srv" || files.Env["KEY"] != "sk-123456" || files.Dir != "/tmp" {
		t.Errorf("%+v", files)
	}
	if web.Err != nil || web.Headers["Authorization"] != "Bearer sk-123456" || web.Timeout != 1500*time.Millisecond || web.Target() != "https://example.com/mcp" {
		t.Errorf("%+v", web)
	}
	if got := web.redact("Bearer sk-123456 at https://example.com/mcp?key=sk-123456, sk-123456"); strings.Contains(got, "sk-") {
		t.Errorf("redacted: %s", got)
	}
	if !off.Disabled || off.Err != nil {
		t.Errorf("%+v", off)
	}
}

func TestConfigMistakes(t *testing.T) {
	for text, want := range map[string]string{
		`{"a b": {"command": "x"}}`: "its name must consist of",
		`{"a": {}}`:                 `neither "command" nor "url"`,
		`{"a": {"command": "x", "url": "http://x"}}`:         "keep one",
		`{"a": {"command": 1}}`:                              "not as expected",
		`{"a": 1}`:                                           "not as expected",
		`{"a": {"command": "${NO_SUCH}"}}`:                   "variable NO_SUCH is not set",
		`{"a": {"url": "ftp://x"}}`:                          "http or https",
		`{"a": {"url": "://sk-secret"}}`:                     "http or https",
		`{"a": {"type": "sse", "url": "http://x"}}`:          "was replaced by streamable HTTP",
		`{"a": {"command": "x", "timeout": -1}}`:             "between 0 and a day",
		`{"A-b": {"command": "x"}, "a_b": {"command": "x"}}`: "differs from",
	} {
		configs, err := ParseConfig([]byte(`{"mcpServers": `+text+`}`), lookupIn(nil))
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		last := configs[len(configs)-1]
		if last.Err == nil || !strings.Contains(last.Err.Error(), want) || strings.Contains(last.Err.Error(), "sk-") {
			t.Errorf("%s: %v; want %q", text, last.Err, want)
		}
	}
	for _, text := range []string{"", "[]", "{", `{"mcpServers": []}`, strings.Repeat(" ", maxConfig+1)} {
		if _, err := ParseConfig([]byte(text), lookupIn(nil)); err == nil {
			t.Errorf("%.20q was accepted", text)
		}
	}
	if configs, err := ParseConfig([]byte(`{}`), lookupIn(nil)); err != nil || len(configs) != 0 {
		t.Errorf("no servers: %v %v", configs, err)
	}
	if _, err := LoadConfig("nowhere.json", lookupIn(nil)); err == nil {
		t.Error("a missing file was accepted")
	}
}

func FuzzParseConfig(f *testing.F) {
	f.Add(`{"mcpServers": {"a": {"command": "${X:-y}", "args": ["${X}"], "env": {"A": "${"}}}}`)
	f.Add(`{"mcpServers": {"a": {"url": "http://[::1", "headers": null}}}`)
	f.Fuzz(func(t *testing.T, text string) {
		configs, err := ParseConfig([]byte(text), lookupIn(map[string]string{"X": "x"}))
		if err != nil {
			return
		}
		for _, c := range configs {
			if c.Err == nil && (c.Command == "") == (c.URL == "") {
				t.Errorf("%q: %+v", text, c)
			}
			c.redact(c.Target())
		}
	})
}

func TestForeignSchemas(t *testing.T) {
	for _, tt := range []struct{ text, value, err string }{
		{`{"type":"object","properties":{"a":{"type":"integer","exclusiveMinimum":true,"format":"x"}},"required":["a"]}`, `{"a":1}`, ""},
		{`{"type":"object","properties":{"a":{"type":"integer","exclusiveMinimum":3}}}`, `{"a":1}`, `"a" is wrong: expected a number greater than 3`},
		{`{"type":"object","properties":{"a":{"type":"integer"}},"required":["a"]}`, `{}`, `"a" is missing`},
		{`{"type":"object","properties":{"a":{"$ref":"#/$defs/x"}},"$defs":{"x":{"type":"string"}}}`, `{"a":1}`, "expected a string"},
		{`{"type":"object","properties":{"a":{"$ref":"#/$defs/x","description":"d"}},"$defs":{"x":{"type":"string"}}}`, `{"a":"1"}`, ""},
		{`{"type":"object","properties":{"a":{"$ref":"https://example.com/x"}}}`, `{"a":1}`, ""},
		{`{"type":"object","properties":{"a":{"$ref":"#/nowhere/x"},"b":{"$ref":"#anchor"}}}`, `{"a":1,"b":2}`, ""},
		{`{"type":"object","properties":{"child":{"$ref":"#"},"n":{"type":"integer"}}}`, `{"child":{"n":1,"child":{"n":2}}}`, ""},
		{`{"type":"object","properties":{"child":{"$ref":"#"},"n":{"type":"integer"}}}`, `{"child":{"n":"x"}}`, "child.n"},
		{`{"type":"object","properties":{"a":{"anyOf":[{"type":"string"},{"type":"null"}],"default":null}}}`, `{"a":null}`, ""},
		{`{"type":"object","properties":{"a":{"anyOf":[{"type":"string"},{"type":"null"}]}}}`, `{"a":5}`, `"a" is wrong`},
		{`{"type":"object","properties":{"a":{"oneOf":[{"type":"string","pattern":"^x"},{"type":"string","pattern":"^y"}]}}}`, `{"a":"x"}`, ""},
		{`{"oneOf":[{"required":["a"]},{"required":["b"]}]}`, `{"b":1}`, ""},
		{`{"type":"object","allOf":[{"properties":{"a":{"type":"string"}}},{"required":["b"]}]}`, `{"a":"x"}`, `"b" is missing`},
		{`{"type":"object","properties":{"t":{"type":"array","prefixItems":[{"type":"string"}],"items":{"type":"integer"}}}}`, `{"t":["a",1]}`, ""},
		{`{"type":"object","properties":{"a":{"not":{"type":"string","pattern":"^x"}}},"if":{},"then":false}`, `{"a":"y"}`, ""},
		{`{"type":"object","properties":{"a":{"anyOf":[{"type":"string"},{"type":"null"}]}},"additionalProperties":false}`, `{"b":1}`, `"b" is not known`},
		{`{"type":"object","patternProperties":{"^x":{}},"additionalProperties":false}`, `{"xy":1}`, ""},
		{`{"type":"object","properties":{"a":{"type":"string","pattern":"(?=x)"}}}`, `{"a":"y"}`, ""},
		{`{"type":"object","properties":{"a":{"type":["string","null"],"default":null}}}`, `{"a":null}`, ""},
		{`{"type":"object","properties":{"a":{"type":"nonsense","minLength":-1,"enum":3}}}`, `{"a":1}`, ""},
		{`true`, `{"a":1}`, ""},
		{`{"properties":[],"required":"a"}`, `{"a":1}`, ""},
	} {
		s := foreignSchema(rawJSON(tt.text))
		_, err := schema.Compile(s).Check(decoded(t, tt.value))
		if (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
			t.Errorf("%s with %s: %v; want %q", tt.text, tt.value, err, tt.err)
		}
	}
	deep := strings.Repeat(`{"items":`, 500) + `{}` + strings.Repeat("}", 500)
	foreignSchema(rawJSON(deep))
	wide := `{"$defs":{"x0":{"type":"string"}` // each unfolds to twice what the one before does
	for i := 1; i < 40; i++ {
		wide += fmt.Sprintf(`,"x%d":{"properties":{"a":{"$ref":"#/$defs/x%d"},"b":{"$ref":"#/$defs/x%[2]d"}}}`, i, i-1)
	}
	foreignSchema(rawJSON(wide + `},"$ref":"#/$defs/x39"}`))
}

func decoded(t *testing.T, text string) any {
	t.Helper()
	v, err := arguments([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return v
}
