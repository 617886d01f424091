package example

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/tools"
	"github.com/llmspell/llmspell/tools/sandbox"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

// joiner reads a file and gives its content with a setting and a text.
func joiner(examples ...tool.Example) (*tools.Registry, *tool.Descriptor, error) {
	d := &tool.Descriptor{
		Name: "joiner", Needs: []tool.Need{tool.Files}, Settings: []tool.Setting{{Name: "prefix"}}, Examples: examples,
		Parameters: schema.Map("", schema.Optional("path", schema.Text("A file")), schema.Optional("text", schema.Text("A text")),
			schema.Optional("odd", schema.Flag("Break the promise"))),
		Result: schema.Map("", schema.Required("out", schema.Text("All of it")), schema.Optional("list", schema.List("", nil))),
	}
	reg := tools.NewRegistry()
	return reg, d, reg.Register(tool.Static(d, func(ctx context.Context, call *tool.Call) (*tool.Result, error) {
		if call.Params.Bool("odd") {
			return tool.Value(map[string]any{"out": 1}), nil
		}
		data, err := call.Sandbox.ReadFile(ctx, call.Params.String("path"))
		if err != nil {
			return nil, err
		}
		return tool.Value(map[string]any{"out": call.Setting("prefix") + string(data) + call.Params.String("text"), "list": []any{1, 2}}), nil
	}))
}

func TestRun(t *testing.T) {
	ended := 0
	setup := func(dir string) (map[string]string, func(), error) {
		return map[string]string{"name": "Ada", "dir": dir}, func() { ended++ }, os.WriteFile(filepath.Join(dir, "made"), []byte("made"), 0o600)
	}
	files := map[string]string{"sub/in.txt": "in"}
	for _, tt := range []struct {
		ex   tool.Example
		want string // part of the error; "" for none
	}{
		{tool.Example{Files: files, Params: map[string]any{"path": "sub/in.txt"}, Want: map[string]any{"out": "in", "list": []any{1.0, 2}}}, ""},
		{tool.Example{Setup: setup, Params: map[string]any{"path": "{dir}/made", "text": "{name} {other}"}, Settings: map[string]string{"prefix": "<{name}>"},
			Want: map[string]any{"out": "<Ada>made{name} {other}"}}, ""}, // placeholders are filled everywhere
		{tool.Example{Setup: setup, Params: map[string]any{"path": "{dir}/made"}, Want: map[string]any{"out": "made"}}, ""},
		{tool.Example{Files: files, Params: map[string]any{"path": "sub/in.txt"}, Want: map[string]any{"out": "out"}}, `result.out is "in"; want "out"`},
		{tool.Example{Files: files, Params: map[string]any{"path": "sub/in.txt"}, Want: map[string]any{"none": 1}}, `result.none is missing`},
		{tool.Example{Files: files, Params: map[string]any{"path": "sub/in.txt"}, Want: map[string]any{"list": []any{1}}}, `result.list has 2 items`},
		{tool.Example{Params: map[string]any{"path": "/etc/hostname"}}, "denied"},
		{tool.Example{Params: map[string]any{"odd": true}}, "not what the schema promises"},
		{tool.Example{Params: map[string]any{"nonsense": true}}, "not known"},
		{tool.Example{Setup: func(string) (map[string]string, func(), error) {
			return nil, nil, fmt.Errorf("no ffmpeg: %w", tool.ErrNoExample)
		}}, "no ffmpeg"},
	} {
		reg, d, err := joiner(tt.ex)
		if err != nil {
			t.Fatal(err)
		}
		o := Run(context.Background(), reg, d, &d.Examples[0])
		if (o.Err == nil) != (tt.want == "") || o.Err != nil && !strings.Contains(o.Err.Error(), tt.want) {
			t.Errorf("%v: %v; want %q", tt.ex.Params, o.Err, tt.want)
		}
		if o.Unavailable() != (tt.want == "no ffmpeg") {
			t.Errorf("%v: unavailable %v", tt.ex.Params, o.Unavailable())
		}
		if _, err := os.Stat(o.Dir); o.Dir != "" && !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the folder %s is left", o.Dir)
		}
	}
	if ended != 2 {
		t.Errorf("%d setups ended; want 2", ended)
	}
}

func TestRunUnder(t *testing.T) {
	reg, d, err := joiner(tool.Example{Files: map[string]string{"a": "b"}, Params: map[string]any{"path": "a"}})
	if err != nil {
		t.Fatal(err)
	}
	o := RunUnder(context.Background(), reg, d, &d.Examples[0], func(*tool.Descriptor, string) sandbox.Policy { return sandbox.Safe() })
	var denied *sandbox.DeniedError
	if !errors.As(o.Err, &denied) {
		t.Errorf("got %v; want a denial", o.Err)
	}
}

func TestRender(t *testing.T) {
	d := &tool.Descriptor{Name: "x", Parameters: schema.Map("",
		schema.Required("operation", schema.Choice("", "a", "b")), schema.Optional("text", schema.Text("")), schema.Optional("n", schema.Num("")),
		schema.Optional("flag", schema.Flag("")), schema.Optional("list", schema.List("", schema.Text(""))), schema.Optional("any", &schema.Schema{}))}
	for _, tt := range []struct{ params, command, lua string }{
		{`{}`, `llmspell tool invoke x`, `Tool.execute("x")`},
		{`{"text":"hello","operation":"a"}`, `llmspell tool invoke x operation=a text=hello`, `Tool.execute("x", {operation = "a", text = "hello"})`},
		{`{"text":"it's\n\"x\"\u0001"}`, "llmspell tool invoke x text='it'\\''s\n\"x\"\x01'", `Tool.execute("x", {text = "it's\n\"x\"\001"})`},
		{`{"text":"@file","n":1.5,"flag":true}`, `llmspell tool invoke x text:='"@file"' n=1.5 flag=true`, `Tool.execute("x", {text = "@file", n = 1.5, flag = true})`},
		{`{"list":["a"],"any":"5","zzz":{"end":null,"a b":1}}`, `llmspell tool invoke x list:='["a"]' any:='"5"' zzz:='{"a b":1,"end":null}'`,
			`Tool.execute("x", {list = {"a"}, any = "5", zzz = {["a b"] = 1, ["end"] = nil}})`},
	} {
		var params map[string]any
		if err := json.Unmarshal([]byte(tt.params), &params); err != nil {
			t.Fatal(err)
		}
		if got := CommandLine(d, params); got != tt.command {
			t.Errorf("%s\nwant %s", got, tt.command)
		}
		if got := Lua(d, params); got != tt.lua {
			t.Errorf("%s\nwant %s", got, tt.lua)
		}
	}
}

func TestType(t *testing.T) {
	number := schema.Num("")
	number.Minimum = schema.Ptr(0.5)
	text := schema.Text("")
	text.MinLength, text.MaxLength = schema.Ptr(1), schema.Ptr(9)
	for want, s := range map[string]*schema.Schema{
		"any": {}, "a, b or c": schema.Choice("", "a", "b", "c"), "only": schema.Choice("", "only"), "integer, 1 to 9": schema.Int("", 1, 9),
		"number, from 0.5": number, "string, 1 to 9 characters": text, "array of string": schema.List("", text),
		"string or null": {Types: []schema.Type{schema.String, schema.Null}},
	} {
		if got := Type(s); got != want {
			t.Errorf("%s; want %s", got, want)
		}
	}
	if Type(nil) != "any" {
		t.Error("a missing schema takes anything")
	}
}

func TestTyped(t *testing.T) {
	for _, tt := range []struct {
		needs []tool.Need
		ex    tool.Example
		want  string
	}{
		{nil, tool.Example{Params: map[string]any{"input": "{url}", "executable": "echo"}}, ""},
		{[]tool.Need{tool.Processes}, tool.Example{Params: map[string]any{"executable": "echo"}}, " --allow-run=echo"},
		{[]tool.Need{tool.Processes}, tool.Example{Params: map[string]any{"input": "echo"}}, ""},
		{[]tool.Need{tool.Network}, tool.Example{Params: map[string]any{"input": "{url}/x"}}, " --allow-net"},
		{[]tool.Need{tool.Network}, tool.Example{Params: map[string]any{"input": "lua"}, Settings: map[string]string{"url": "{url}"}}, " --allow-net"},
		{[]tool.Need{tool.Network}, tool.Example{Params: map[string]any{"input": "localhost"}}, " --allow-net=localhost"},
		{[]tool.Need{tool.Network}, tool.Example{Params: map[string]any{"input": "https://example.com"}}, ""}, // taken apart only
	} {
		d := &tool.Descriptor{Name: "x", Parameters: schema.Map(""), Needs: tt.needs}
		if got, want := Typed(d, &tt.ex), CommandLine(d, tt.ex.Params)+tt.want; got != want {
			t.Errorf("%q; want %q", got, want)
		}
	}
}
