package protocol

import (
	"encoding/json"
	"reflect"
	"runtime"
	"strings"
	"testing"
)

func TestURI(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the paths are those of Unix")
	}
	for uri, want := range map[URI][2]string{
		"file:///a/b.lua":            {"/a/b.lua", "file:///a/b.lua"},
		"file:///a%20b/%C3%A9.lua":   {"/a b/é.lua", "file:///a%20b/%C3%A9.lua"},
		"file:///a b/é.lua":          {"/a b/é.lua", "file:///a%20b/%C3%A9.lua"},
		"FILE:///a/../b//c.lua":      {"/a/../b//c.lua", "file:///b/c.lua"},
		"file://localhost/x.lua":     {"/x.lua", "file:///x.lua"},
		"file:/x.lua":                {"/x.lua", "file:///x.lua"},
		"file:///x%2.lua":            {"/x%2.lua", "file:///x%252.lua"},
		"file:///x%2B+.lua?q#f":      {"/x++.lua", "file:///x++.lua"},
		"file://":                    {"", "file://"},
		"untitled:Untitled-1":        {"", "untitled:Untitled-1"},
		"llmspell-library:/tool.lua": {"", "llmspell-library:/tool.lua"},
		"":                           {"", ""},
		"no scheme":                  {"", "no scheme"},
	} {
		if path, canonical := uri.Path(), uri.Canonical(); path != want[0] || string(canonical) != want[1] {
			t.Errorf("%q: %q, %q", uri, path, canonical)
		}
		if again := uri.Canonical().Canonical(); again != uri.Canonical() {
			t.Errorf("%q: %q is not canonical", uri, uri.Canonical())
		}
	}
}

func FuzzURI(f *testing.F) {
	f.Add("file:///a%20b")
	f.Add("file://h/x")
	f.Add("file:.#0000")
	f.Fuzz(func(t *testing.T, s string) {
		c := URI(s).Canonical()
		if c.Canonical() != c {
			t.Fatalf("%q: %q, then %q", s, c, c.Canonical())
		}
		_ = URI(s).Scheme()
	})
}

func TestClient(t *testing.T) {
	var c Client
	err := json.Unmarshal([]byte(`{"a":{"b":true,"c":{},"list":["x",1,"y"],"set":[1,2],"n":5,"f":false}}`), &c)
	if err != nil {
		t.Fatal(err)
	}
	if !c.Can("a.b") || c.Can("a.c") || c.Can("a.f") || c.Can("a.b.c") || c.Can("") || c.Can("x.y") {
		t.Error("Can")
	}
	if !c.Has("a.c") || !c.Has("a.f") || c.Has("a.x") {
		t.Error("Has")
	}
	if got := c.Strings("a.list"); len(got) != 2 || got[1] != "y" || !c.Lists("a.list", "x") || c.Lists("a.list", "z") {
		t.Error("Strings, Lists", got)
	}
	if !c.Holds("a.set", 2) || c.Holds("a.set", 3) || c.Number("a.n") != 5 || c.Number("a.b") != 0 {
		t.Error("Holds, Number")
	}
	for _, text := range []string{`null`, `5`, `[]`} {
		var c Client
		if err := json.Unmarshal([]byte(text), &c); err != nil || c.Can("a") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// Diagnostics come back as they were, whoever has made them.
func TestContextDiagnostic(t *testing.T) {
	for _, text := range []string{
		`{"range":{"start":{"line":1,"character":2},"end":{"line":1,"character":3}},"code":5,"message":"m","other":[1]}`,
		`{"range":{"start":{"line":1,"character":2},"end":{"line":1,"character":3}},"code":"c","message":{"kind":"markdown","value":"m"},"data":{"x":1}}`,
	} {
		var d ContextDiagnostic
		if err := json.Unmarshal([]byte(text), &d); err != nil || d.Message != "m" || d.Range.Start.Line != 1 {
			t.Fatalf("%v %+v", err, d)
		}
		if out, err := json.Marshal(d); err != nil || string(out) != text {
			t.Errorf("%s, %v", out, err)
		}
	}
}

// Tags are numbers on the wire: a slice of bytes would be written as base64.
func TestDiagnosticTags(t *testing.T) {
	want := []DiagnosticTag{TagUnnecessary, TagDeprecated}
	data, err := json.Marshal(Diagnostic{Message: "m", Tags: want})
	if err != nil {
		t.Fatal(err)
	}
	var generic struct{ Tags []any }
	if err := json.Unmarshal(data, &generic); err != nil || !reflect.DeepEqual(generic.Tags, []any{1.0, 2.0}) {
		t.Errorf("%s: %v, %v", data, generic.Tags, err)
	}
	var back Diagnostic
	if err := json.Unmarshal(data, &back); err != nil || !reflect.DeepEqual(back.Tags, want) {
		t.Errorf("%s: %v, %v", data, back.Tags, err)
	}
	if data, err := json.Marshal(Diagnostic{}); err != nil || strings.Contains(string(data), "tags") {
		t.Errorf("%s, %v", data, err)
	}
}
