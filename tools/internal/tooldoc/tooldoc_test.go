package tooldoc

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/tools/example"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

func value(t *testing.T, text string) any {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

func TestSettle(t *testing.T) {
	for _, tt := range []struct{ name, recorded, got, want, settled string }{
		{"equal", `{"a":1}`, `{"a":1}`, `{"a":1}`, `{"a":1}`},
		{"wanted members must be what they are", `{"a":1}`, `{"a":2}`, `{"a":2}`, `{"a":2}`},
		{"so must those beside them", `{"a":1,"b":1}`, `{"a":1,"b":2}`, `{"a":1}`, `{"a":1,"b":2}`},
		{"but not what is measured", `{"a":1,"took_ms":5}`, `{"a":1,"took_ms":7}`, `{"a":1}`, `{"a":1,"took_ms":5}`},
		{"unless it is wanted", `{"took_ms":5}`, `{"took_ms":7}`, `{"took_ms":7}`, `{"took_ms":7}`},
		{"nor moments", `{"a":1,"at":"2026-01-02T03:04:05Z"}`, `{"a":1,"at":"2027-01-02T03:04:05Z"}`, `{"a":1}`, `{"a":1,"at":"2026-01-02T03:04:05Z"}`},
		{"another type shows", `{"a":1,"took_ms":5}`, `{"a":1,"took_ms":"7"}`, `{"a":1}`, `{"a":1,"took_ms":"7"}`},
		{"a new member shows", `{"a":1}`, `{"a":1,"b":2}`, `{"a":1}`, `{"a":1,"b":2}`},
		{"a lost one too", `{"a":1,"b":2}`, `{"a":1}`, `null`, `{"a":1}`},
		{"without a Want all may differ", `{"a":1,"l":[1,2]}`, `{"a":2,"l":[3]}`, `null`, `{"a":1,"l":[1,2]}`},
		{"but not the shape", `{"a":1}`, `{"a":"x"}`, `null`, `{"a":"x"}`},
		{"lists of a length", `{"l":[{"x":1,"pid":2}]}`, `{"l":[{"x":1,"pid":3}]}`, `{"l":[{"x":1}]}`, `{"l":[{"x":1,"pid":2}]}`},
		{"and of another", `{"l":[1]}`, `{"l":[1,2]}`, `{"l":[1,2]}`, `{"l":[1,2]}`},
	} {
		if got := Settle(value(t, tt.recorded), value(t, tt.got), value(t, tt.want)); !reflect.DeepEqual(got, value(t, tt.settled)) {
			t.Errorf("%s: %v; want %s", tt.name, got, tt.settled)
		}
	}
}

func TestNeutral(t *testing.T) {
	o := &example.Outcome{Dir: "/tmp/x1", Values: map[string]string{"url": "http://127.0.0.1:4711", "host": "127.0.0.1:4711", "n": "1"}}
	got := Neutral(value(t, `{"a":"/tmp/x1/f","b":["http://127.0.0.1:4711/p"],"c":"at 127.0.0.1:4711","d":"1"}`), o)
	want := value(t, `{"a":"`+Folder+`/f","b":["{url}/p"],"c":"at {host}","d":"1"}`)
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v", got)
	}
}

func TestLayout(t *testing.T) {
	long := strings.Repeat("x", maxText+10)
	for _, tt := range []struct{ text, want string }{
		{`{"b":1,"a":[true,null,"<x>"]}`, `{"a": [true, null, "<x>"], "b": 1}`},
		{`"` + long + `"`, `"` + long[:maxText] + `…"`},
		{`[1,2,3,4,5,6,7,8,9,10,11,12,13]`, `[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, … and 2 more]`},
		{`[1,2,3,4,5,6,7,8,9,10,11,12]`, `[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]`},
		{`{"k":["` + long[:70] + `","` + long[:70] + `"]}`, "{\n  \"k\": [\n    \"" + long[:70] + "\",\n    \"" + long[:70] + "\"\n  ]\n}"},
		{`[]`, `[]`}, {`{}`, `{}`},
	} {
		if got := layout(value(t, tt.text)); got != tt.want {
			t.Errorf("%s:\n%s\nwant\n%s", tt.text, got, tt.want)
		}
	}
}

// TestMarkup checks that texts of tools do not break the document.
func TestMarkup(t *testing.T) {
	d := &tool.Descriptor{
		Name: "x-tool", Category: "data", Description: "Does a*b <c>", Parameters: schema.Map("", schema.Required("a", schema.Choice("one | two\nthree", "p|q", "r"))),
		Examples: []tool.Example{{Description: "Fences", Params: map[string]any{"a": "```"}, Files: map[string]string{"a.md": "```sh\n```\n", "b.bin": "\x00\xff"}}},
	}
	text := Markdown([]*tool.Descriptor{d}, Records{"x-tool": {map[string]any{"out": "ok"}}})
	for _, want := range []string{
		"Does a\\*b &lt;c>.", "| `a` (required) | p\\|q or r |  | one \\| two three |", "````md\n```sh\n```\n````", "(with the file `b.bin`, 2 bytes)",
		"````sh\nllmspell tool invoke x-tool a='```'\n````", `{"out": "ok"}`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
}
