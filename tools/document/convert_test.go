package document

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"go.yaml.in/yaml/v4"
	"unicode/utf8"

	"github.com/llmspell/llmspell/tools/internal/tooltest"
	"github.com/llmspell/llmspell/tools/tool"
)

// countdown is a context that cancels itself after some looks at it.
type countdown struct {
	context.Context
	cancel context.CancelFunc
	left   atomic.Int64
}

func newCountdown(looks int64) *countdown {
	ctx, cancel := context.WithCancel(context.Background())
	c := &countdown{Context: ctx, cancel: cancel}
	c.left.Store(looks)
	return c
}

func (c *countdown) Err() error {
	if c.left.Add(-1) < 0 {
		c.cancel()
	}
	return c.Context.Err()
}

// runner makes a folder with files, and links that lead out of it.
func runner(t testing.TB, files map[string]string) *tooltest.Runner {
	t.Helper()
	r := tooltest.New(t, Definitions())
	outside := t.TempDir()
	if err := os.WriteFile(filepath.Join(outside, "secret"), []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(outside, "secret"), filepath.Join(r.Dir, "secret")); err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(r.Dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

// params writes parameters as JSON.
func params(pairs ...any) string {
	m := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i].(string)] = pairs[i+1]
	}
	text, err := json.Marshal(m)
	if err != nil {
		panic(err)
	}
	return string(text)
}

func TestDataConverter(t *testing.T) {
	r := runner(t, nil)
	for _, c := range []struct{ from, to, in, want string }{
		{"yaml", "json", "z: 1\na: [x, 'y', ~, true, 1.50, 0x1F, 0o17, 1_000, '007']\n", `{"z":1,"a":["x","y",null,true,1.5,31,15,1000,"007"]}`},
		{"yaml", "json", "big: 123456789012345678901234567890\nd: 2026-01-02\nt: 2026-01-02T03:04:05Z\n", `{"big":123456789012345678901234567890,"d":"2026-01-02","t":"2026-01-02T03:04:05Z"}`},
		{"yaml", "json", "base: &b {x: 1, y: 2}\nmine:\n  <<: *b\n  y: 3\nmore: *b\n", `{"base":{"x":1,"y":2},"mine":{"y":3,"x":1},"more":{"x":1,"y":2}}`},
		{"yaml", "json", "<<: [{a: 1}, {a: 2, b: 3}]\nc: 4", `{"c":4,"a":1,"b":3}`},
		{"yaml", "json", "a: |\n  line\n  two\nb: >-\n  folded\n  text\n", `{"a":"line\ntwo\n","b":"folded text"}`},
		{"yaml", "json", "--- 1\n--- 2\n", `[1,2]`},
		{"yaml", "json", "1: a\ntrue: b\n", `{"1":"a","true":"b"}`},
		{"yaml", "json", "", `null`},
		{"json", "yaml", `{"b":"true","a":"1","n":null,"t":"2026-01-02","list":[{"x":1.0,"e":""}],"big":99999999999999999999,"k: v":"a\nb","o":{}}`,
			"b: \"true\"\na: \"1\"\nn: null\nt: \"2026-01-02\"\nlist:\n  - x: 1.0\n    e: \"\"\nbig: 99999999999999999999\n'k: v': |-\n  a\n  b\no: {}\n"},
		{"json", "json", `{"b":1e400,"a":-0.0,"s":"<é\u2028>"}`, `{"b":1e400,"a":-0.0,"s":"<é\u2028>"}`},
		{"toml", "json", "z = 1\na = 'x'\nd = 1979-05-27\nl = 1979-05-27T07:32:00\nt = 07:32:00\no = 1979-05-27T00:32:00.5-07:00\nf = 3.0\n[tab.sub]\nk = [1, 2]\n[[arr]]\nn = 1\n[[arr]]\nn = {y = 1, x = 2}\n",
			`{"z":1,"a":"x","d":"1979-05-27","l":"1979-05-27T07:32:00","t":"07:32:00","o":"1979-05-27T00:32:00.5-07:00","f":3.0,"tab":{"sub":{"k":[1,2]}},"arr":[{"n":1},{"n":{"y":1,"x":2}}]}`},
		{"json", "toml", `{"t":{"a b":1,"u":{"x":[]}},"s":"q\"\u0001","l":[{"a":1},{"a":[{"b":2}, 3]}],"n":2.5,"m":[[1],["x"]]}`,
			"s = \"q\\\"\\u0001\"\nn = 2.5\nm = [[1], [\"x\"]]\n\n[t]\n\"a b\" = 1\n\n[t.u]\nx = []\n\n[[l]]\na = 1\n\n[[l]]\na = [{b = 2}, 3]\n"},
		{"yaml", "toml", "d: 2026-01-02\nf: .inf\nn: 3.0\n", "d = 2026-01-02\nf = inf\nn = 3.0\n"},
		{"toml", "yaml", "f = nan\ni = -inf\nd = 2026-01-02\n", "f: .nan\ni: -.inf\nd: 2026-01-02\n"},
		{"ini", "json", "; c\ntop=1\n[a]\nx = one two \ny: \"q\\\"\"\n[b]\n[a]\nz='s'\n", `{"top":"1","a":{"x":"one two","y":"q\"","z":"s"},"b":{}}`},
		{"json", "ini", `{"s":{"k":"v","e":""},"top":" x ","n":1}`, "top = \" x \"\nn = 1\n\n[s]\nk = v\ne = \n"},
		{"env", "json", "# c\nA=1\nexport B='x # y'\nC=\"l\\n\\\"$HOME\"\nD=x y # c\nE=\n", `{"A":"1","B":"x # y","C":"l\n\"$HOME","D":"x y","E":""}`},
		{"json", "env", `{"A":"x y","B":"$(rm)","C":1,"D":"it's\n"}`, "A=\"x y\"\nB=\"\\$(rm)\"\nC=1\nD=\"it's\\n\"\n"},
		{"csv", "json", "a,b\n1,\"x,y\"\n2,\n", `[{"a":"1","b":"x,y"},{"a":"2","b":""}]`},
		{"json", "csv", `[{"a":1,"b":"x,y"},{"c":true,"a":null}]`, "a,b,c\n1,\"x,y\",\n,,true\n"},
	} {
		res, err := r.Call(t, context.Background(), "data-converter", params("input", c.in, "from", c.from, "to", c.to, "indent", map[bool]int{true: 0, false: 2}[c.to == "json"]))
		if err != nil {
			t.Errorf("%s to %s: %q: %v", c.from, c.to, c.in, err)
			continue
		}
		if *res.Text != c.want {
			t.Errorf("%s to %s: %q:\n got %s\nwant %s", c.from, c.to, c.in, *res.Text, c.want)
		}
	}
	for in, want := range map[string]string{
		`{"a":1}`: "json", "a: 1\nb: 2\n": "yaml", "- a\n- b\n": "yaml", "a = 1\n[t]\nb = 2\n": "toml", "[s]\nx = unquoted text\n": "ini", "A=1\nB=x\n": "env", "a,b\n1,2\n": "csv",
		"url: http://x/?a=b\nk: v\n": "yaml",
	} {
		res, err := r.Call(t, context.Background(), "data-converter", params("operation", "detect", "input", in))
		if err != nil || res.Value.(map[string]any)["from"] != want {
			t.Errorf("%q is %v (%v); want %s", in, res, err, want)
		}
	}
	r.Table(t, "data-converter", []tooltest.Want{
		{Params: params("operation", "parse", "input", "a: 1\nb: 9007199254740993\nc: 123456789012345678901234567890\nd: 2026-01-02\ne: .nan\n"), Field: "value",
			Value: `{"a":1,"b":9007199254740993,"c":"123456789012345678901234567890","d":"2026-01-02","e":"nan"}`},
		{Params: params("operation", "parse", "input", "# c\na: &x 1\nb: *x\n", "from", "yaml"), Field: "lost", Value: `["anchors and references: what they refer to is repeated","comments"]`},
		{Params: params("input", map[string]any{"b": []any{1, "x", nil, 2.5}}, "to", "json", "indent", 0), Field: "output", Value: `"{\"b\":[1,\"x\",null,2.5]}"`},
		{Params: params("input", `{"a":null,"b":1}`, "to", "toml", "drop_nulls", true), Field: "output", Value: `"b = 1\n"`},
		{Params: params("input", `{"a":1}`, "target_path", "out.yaml"), Field: "to", Value: `"yaml"`},
		{Params: params("operation", "parse", "path", "out.yaml"), Field: "value", Value: `{"a":1}`},
		{Params: params("operation", "detect", "path", "out.yaml"), Field: "from", Value: `"yaml"`},
	})
}

func TestDataConverterRefusals(t *testing.T) {
	r := runner(t, map[string]string{"latin.json": "\"\xe9\"", "big.json": strings.Repeat(" ", maxData+1), "bad.json": "{"})
	laughs := "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
	for c := 'b'; c < 'k'; c++ {
		laughs += fmt.Sprintf("%c: &%c [%s]\n", c, c, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*%c,", c-1), 10), ","))
	}
	r.Table(t, "data-converter", []tooltest.Want{
		{Params: `{}`, Err: `"input" is missing`, Code: tool.InvalidParameters},
		{Params: `{"input":"a","operation":"melt"}`, Err: `"operation" is wrong`},
		{Params: `{"input":"a","from":"xls"}`, Err: `"from" is wrong`},
		{Params: `{"input":"a","to":"xls"}`, Err: `"to" is wrong`},
		{Params: `{"input":"a","indent":9}`, Err: `"indent" is wrong`},
		{Params: `{"input":"a","drop_nulls":9}`, Err: `"drop_nulls" is wrong`},
		{Params: `{"path":9}`, Err: `"path" is wrong`},
		{Params: `{"input":"{}","target_path":9}`, Err: `"target_path" is wrong`},
		{Params: `{"input":"just words"}`, Err: "none of json, yaml", Code: tool.InvalidParameters},
		{Params: params("input", "{\"a\":\n tru}", "from", "json"), Err: "is not JSON: near line 2", Code: tool.InvalidParameters},
		{Params: params("input", "[1] 2", "from", "json"), Err: "there is more after the value"},
		{Params: params("input", "{\"a\":", "from", "json"), Err: "ends too early"},
		{Params: params("input", "a: [1", "from", "yaml"), Err: "is not YAML"},
		{Params: params("input", "a: 1\na: 2", "from", "yaml"), Err: "twice"},
		{Params: params("input", "? [a]\n: 1", "from", "yaml"), Err: "a key is a list"},
		{Params: params("input", "a: &a [*a]", "from", "yaml"), Err: "inside of what it refers to"},
		{Params: params("input", "<<: 1", "from", "yaml"), Err: "no mapping"},
		{Params: params("input", laughs, "from", "yaml"), Err: "more than 1000000 values", Code: tool.LimitExceeded},
		{Params: params("input", "a: 0x"+strings.Repeat("9", maxDigits+1), "from", "yaml", "operation", "parse"), Field: "from", Value: `"yaml"`}, // a text
		{Params: params("input", strings.Repeat("9", maxDigits+1), "from", "json"), Err: "1000 digits", Code: tool.LimitExceeded},
		{Params: params("input", strings.Repeat("[", 300), "from", "json"), Err: "200 deep", Code: tool.LimitExceeded},
		{Params: params("input", strings.Repeat("[", 300), "from", "yaml"), Err: "YAML"},
		{Params: params("input", strings.Repeat("[", 300)+strings.Repeat("]", 300), "from", "yaml"), Err: "200 deep", Code: tool.LimitExceeded},
		{Params: params("input", "a = "+strings.Repeat("[", 1_000_000), "from", "toml"), Err: "200 deep", Code: tool.LimitExceeded},
		{Params: params("input", "a = 1\na = 2", "from", "toml"), Err: "line 2"},
		{Params: params("input", strings.Repeat("#", maxTOML+1), "from", "toml"), Err: "2 MB", Code: tool.LimitExceeded},
		{Params: params("input", "[s\n", "from", "ini"), Err: "closing bracket"},
		{Params: params("input", "words\n", "from", "ini"), Err: "neither a section"},
		{Params: params("input", "a=1\n[a]\n", "from", "ini"), Err: "name of a value already"},
		{Params: params("input", "1A=1\n", "from", "env"), Err: "is not NAME=value"},
		{Params: params("input", "A=\"x\n", "from", "env"), Err: "not closed"},
		{Params: params("input", "a,a\n1,2\n", "from", "csv"), Err: "two columns"},
		{Params: params("input", "a,b\n1\n", "from", "csv"), Err: "wrong number of fields"},
		{Params: params("input", "[1]", "to", "toml"), Err: "a table at the top"},
		{Params: params("input", `{"a":{"b":[null]}}`, "to", "toml"), Err: "a.b.1 is null"},
		{Params: params("input", `{"a":99999999999999999999}`, "to", "toml"), Err: "64 bits"},
		{Params: params("input", "a: .nan", "to", "json"), Err: "JSON has no number nan"},
		{Params: params("input", `{"a":{"b":{}}}`, "to", "ini"), Err: "a.b is nested deeper"},
		{Params: params("input", `{"a=b":1}`, "to", "ini"), Err: "cannot be the name"},
		{Params: params("input", `{"a]":{}}`, "to", "ini"), Err: "name of an INI section"},
		{Params: params("input", `[1]`, "to", "ini"), Err: "named values"},
		{Params: params("input", `{"a":{}}`, "to", "env"), Err: "nested deeper"},
		{Params: params("input", `{"a b":1}`, "to", "env"), Err: "name of a variable"},
		{Params: params("input", `[1]`, "to", "env"), Err: "named values"},
		{Params: params("input", `{"a":1}`, "to", "csv"), Err: "list of records"},
		{Params: params("input", `[1]`, "to", "csv"), Err: "record 1"},
		{Params: params("path", "latin.json"), Err: "not UTF-8"},
		{Params: params("path", "bad.json"), Err: `"path" is not JSON`, Code: tool.InvalidParameters},
		{Params: params("path", "big.json"), Err: "8 MB", Code: tool.LimitExceeded},
		{Params: params("input", strings.Repeat(" ", maxData+1)), Err: "8 MB", Code: tool.LimitExceeded},
		{Params: params("path", "none.json"), Err: "no such file", Code: tool.ResourceNotFound},
		{Params: params("path", "secret"), Err: "through a link", Code: tool.PermissionDenied},
		{Params: params("path", "/etc/passwd"), Err: "outside the allowed", Code: tool.PermissionDenied},
		{Params: params("input", "{}", "target_path", "/etc/x"), Err: "outside the allowed", Code: tool.PermissionDenied},
		{Params: params("input", "{}", "target_path", "secret"), Err: "through a link", Code: tool.PermissionDenied},
	})
}

func TestDataConverterCancelled(t *testing.T) {
	r := runner(t, nil)
	for _, format := range []string{"yaml", "json", "csv", "ini", "env"} {
		text := map[string]string{"yaml": strings.Repeat("- a\n", 100_000), "json": "[1" + strings.Repeat(",1", 100_000) + "]", "csv": strings.Repeat("a,b\n", 50_000),
			"ini": strings.Repeat("a=b\n", 10_000), "env": strings.Repeat("A=b\n", 10_000)}[format]
		if _, err := r.Call(t, newCountdown(2), "data-converter", params("input", text, "from", format)); err == nil || !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", format, err)
		}
	}
}

// FuzzData reads anything as anything; what can be read must come back from
// JSON, YAML and TOML as it was, unless the format cannot hold it.
func FuzzData(f *testing.F) {
	for _, seed := range []string{"a: &x [1, ~]\nb: *x", `{"a":[1.5,"x",null,{}]}`, "[t]\na = 'x'\nb = 1979-05-27", "[s]\na=1", "A=\"x\"", "a,b\n1,2", "a: !!binary aGk=\n? b\n: |\n x\n"} {
		for i := range 6 {
			f.Add(seed, uint8(i))
		}
	}
	call := tool.NewCall(tool.Params{"indent": 2}, nil, nil, nil)
	f.Fuzz(func(t *testing.T, text string, which uint8) {
		if len(text) > 10_000 || !utf8.ValidString(text) {
			return
		}
		format := []string{"json", "yaml", "toml", "ini", "env", "csv"}[int(which)%6]
		b := newBuilder(context.Background())
		tree, err := b.read(format, text)
		if err != nil {
			return
		}
		want, err := b.toJSON(tree, 0)
		if err != nil {
			return // nan
		}
		for _, to := range []string{"json", "yaml"} {
			out, err := b.write(to, tree, call)
			if err != nil {
				continue
			}
			again, err := newBuilder(context.Background()).read(to, out)
			if err != nil {
				t.Fatalf("%s of %s %q cannot be read again: %v\n%s", to, format, text, err, out)
			}
			if got, err := b.toJSON(again, 0); err != nil || got != want {
				t.Fatalf("%s %q by %s became %s; want %s", format, text, to, got, want)
			}
		}
	})
}

// Readers of YAML 1.1 would take these texts for something else if they were
// not quoted.
func TestYAMLForOldReaders(t *testing.T) {
	for _, s := range []string{"no", "Yes", "on", "OFF", "=", "1_000", "12:30", "190:20:30.5", "-1:2", "1__0"} {
		if got := yamlText(s); got.Style != yaml.DoubleQuotedStyle {
			t.Errorf("%q is not quoted", s)
		}
	}
	for _, s := range []string{"nope", "a:b", "1.2.3", "host:80", "_", ":"} {
		if got := yamlText(s); got.Style != 0 {
			t.Errorf("%q is quoted", s)
		}
	}
}
