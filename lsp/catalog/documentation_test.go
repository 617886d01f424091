package catalog_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/yuin/gopher-lua/parse"

	"github.com/llmspell/llmspell/kernel/hooks"
	"github.com/llmspell/llmspell/lsp/analysis/luacats"
	"github.com/llmspell/llmspell/lsp/catalog"
	"github.com/llmspell/llmspell/runtime/syntax"
	"github.com/llmspell/llmspell/tools/tool"
)

// TestDocumentation: each tool and parameter has text, snippets are calls whose
// parameters are right, and the schema is JSON.
func TestDocumentation(t *testing.T) {
	everyTool(t, func(t *testing.T, c *catalog.Catalog, d *tool.Descriptor) {
		doc := catalog.ToolDoc(c, d.Name)
		if !strings.Contains(doc, d.Description) || !strings.Contains(doc, "```lua\n") {
			t.Errorf("the documentation lacks something: %s", doc)
		}
		for _, p := range d.Parameters.Properties {
			text := catalog.ParamDoc(c, d.Name, p.Name)
			if !strings.Contains(doc, "`"+p.Name) || !strings.Contains(text, p.Description) || !strings.Contains(text, p.Name+": ") {
				t.Errorf("%s: %s", p.Name, text)
			}
			for _, a := range p.Aliases {
				if catalog.ParamDoc(c, d.Name, a) != text {
					t.Errorf("%s has another documentation than %s", a, p.Name)
				}
			}
		}
		for _, op := range append([]string{""}, c.Tool(d.Name).Operations...) {
			snippet, ok := catalog.Snippet(c, d.Name, op)
			if !ok || !strings.HasPrefix(snippet, "execute({") {
				t.Fatalf("snippet %q", snippet)
			}
			if _, err := parse.Parse(strings.NewReader("x:"+filled(snippet)), ""); err != nil {
				t.Errorf("%s: %v", snippet, err)
			}
		}
		text, ok := catalog.SchemaText(c, d.Name)
		var out map[string]any
		if err := json.Unmarshal([]byte(text), &out); err != nil || !ok || out["name"] != d.Name || !strings.Contains(text, "\n  \"parameters\": {\n") {
			t.Errorf("%v: %s", err, text)
		}
	})
	if _, ok := catalog.Snippet(catalog.Builtin(), "no such tool", ""); ok || catalog.ToolDoc(catalog.Builtin(), "x") != "" || catalog.ToolType(catalog.Builtin(), "x") != nil {
		t.Error("there is something about a tool that is not there")
	}
}

// filled is a snippet as it is when its tab stops are left as they are.
func filled(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\':
			i++
			b.WriteByte(s[i])
		case s[i] == '$' && s[i+1] == '{':
			i += 2
			for s[i] >= '0' && s[i] <= '9' {
				i++
			}
			if s[i] == '|' {
				for i++; s[i] != ',' && s[i] != '|'; i++ {
					b.WriteByte(s[i])
				}
				for s[i] != '}' {
					i++
				}
			} else if s[i] == ':' {
				for i++; s[i] != '}'; i++ {
					if s[i] == '\\' {
						i++
					}
					b.WriteByte(s[i])
				}
			}
		case s[i] == '$':
			i++
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

// TestInsertedParametersAreRight puts in what fixes offer until nothing is missing.
func TestInsertedParametersAreRight(t *testing.T) {
	everyTool(t, func(t *testing.T, c *catalog.Catalog, d *tool.Descriptor) {
		problems := catalog.CheckCall(c.Tool(d.Name), &catalog.LiteralTable{})
		if len(problems) == 0 {
			return
		}
		fix := problems[0].Fixes[0]
		if fix.Kind != catalog.InsertKeys {
			t.Fatalf("%+v", fix)
		}
		call := luaText(d.Name) + ", {" + fix.Text + "}"
		if said := answers(t, []string{call})[0]; strings.Contains(said, "is missing") {
			t.Errorf("%s: %s", call, said)
		}
		if filled(fix.Snippet) != fix.Text {
			t.Errorf("as a snippet it is %s, else %s", filled(fix.Snippet), fix.Text)
		}
	})
}

// TestNames: names of tools, hooks and events are checked in the runtime's words.
func TestNames(t *testing.T) {
	c := catalog.Builtin()
	for name, fix := range map[string]string{"calculatr": "calculator", "Calculator": "", "text_manipulator": "", "zip the files": "", "jsn-processor": "json-processor", "": ""} {
		p := catalog.CheckTool(c, name)
		want := script(t, `local ok, err = pcall(Tool.execute, `+luaText(name)+`, {}) io.write(Tool.exists(`+luaText(name)+`) and "" or err)`)
		got := ""
		if p != nil {
			got = p.Message
			if fix != "" && (len(p.Fixes) == 0 || p.Fixes[0].Text != fix || p.Fixes[0].Sure) {
				t.Errorf("%s is mended by %+v", name, p.Fixes)
			}
		}
		if want == "" != (got == "") || !strings.HasSuffix(want, got) {
			t.Errorf("%q: %s\nruntime: %s", name, got, want)
		}
	}
	for name, fix := range map[string]string{"BeforeToolExecution": "", "before-tool-execution": "", "custom:mine": "", "custom:": "", "BeforToolExecution": "BeforeToolExecution", "x": ""} {
		p := catalog.CheckHook(name)
		want := script(t, `local ok, err = pcall(Hook.register, `+luaText(name)+`, function() end) io.write(ok and "" or err)`)
		got := ""
		if p != nil {
			got = p.Message
			if fix != "" && (len(p.Fixes) == 0 || p.Fixes[0].Text != fix) {
				t.Errorf("%s is mended by %+v", name, p.Fixes)
			}
		}
		if want == "" != (got == "") || !strings.HasSuffix(want, got) {
			t.Errorf("%q: %s\nruntime: %s", name, got, want)
		}
	}
	for _, name := range []string{"user.created", "", "a*", "\x01", "\xff", "ü", strings.Repeat("x", 10_000)} {
		for function, p := range map[string]*catalog.Problem{"publish": catalog.CheckEvent(name), "subscribe": catalog.CheckPattern(name)} {
			want := script(t, `local ok, err = pcall(Event.`+function+`, `+luaText(name)+`, {}) io.write(ok and "" or err)`)
			if (p == nil) != (want == "") || p != nil && !strings.HasSuffix(want, p.Message) {
				t.Errorf("%s %.40q: %+v\nruntime: %.200s", function, name, p, want)
			}
		}
	}
}

// TestEntries: hook points and events are all there, with documentation.
func TestEntries(t *testing.T) {
	c := catalog.Builtin()
	points := c.Entries("hook")
	if len(points) != len(hooks.Points()) {
		t.Errorf("%d hook points, want %d", len(points), len(hooks.Points()))
	}
	for _, slot := range []string{"hook", "event", "tool"} {
		for _, e := range c.Entries(slot) {
			if e.Name == "" || e.Detail == "" || !strings.HasSuffix(e.Doc, ".") && slot != "tool" || e.Source != "" {
				t.Errorf("%s: %+v", slot, e)
			}
		}
	}
	if n := len(c.Entries("event")); n != 12 {
		t.Errorf("%d events", n)
	}
	if c.Entries("state") != nil || c.Entries("nonsense") != nil {
		t.Error("there are entries that nobody knows")
	}
}

// TestStub: the stub is Lua, and has each tool and parameter.
func TestStub(t *testing.T) {
	c := catalog.Builtin()
	text := catalog.Stub(c)
	if _, err := parse.Parse(strings.NewReader(text), ""); err != nil {
		t.Fatal(err)
	}
	for _, e := range luacats.Read(text, syntax.Parse(text).Tokens()).Errors {
		t.Errorf("line %d: %+v", strings.Count(text[:e.Start], "\n")+1, e)
	}
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "--") && line != "\n" && line != "Tool = {}\n" {
			t.Errorf("a line that is no annotation: %s", line)
		}
	}
	for _, name := range c.Tools() {
		class := "llmspell.tool." + strings.ReplaceAll(name, "-", "_")
		for _, want := range []string{"---@class " + class + ": llmspell.Tool\n", "fun(name: \"" + name + "\"): " + class + "\n", "---@class (exact) " + class + ".params\n"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s: there is no %s", name, want)
			}
		}
	}
}
