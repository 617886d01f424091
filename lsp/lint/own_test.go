package lint_test

import (
	"context"
	"io"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/catalog"
	"github.com/llmspell/llmspell/lsp/lint"
)

// forms are ways to register a tool "greet" with the parameters who, which must be given,
// and loud.
var forms = map[string]string{
	"list": `Tool.register({name = "greet", description = "d", parameters = {{name = "who", type = "string", required = true},
		{name = "loud", type = "boolean"}}, execute = function(p) return p.who end})`,
	"by name": `Tool.register{name = "greet", description = "d", parameters = {who = {type = "string", required = true},
		loud = {type = "boolean"}}, execute = function(p) return p.who end}`,
	"schema": `Tool.register{name = "greet", description = "d", parameters = {type = "object", additionalProperties = false,
		properties = {who = {type = "string"}, loud = {type = "boolean"}}, required = {"who"}}, execute = print}`,
	"alias of Tool": `local T = Tool
		T.register({name = "greet", description = "d", parameters = {{name = "who", type = "string", required = true}, {name = "loud", type = "boolean"}}, execute = print})`,
	"alias of register": `local register = Tool.register
		register({name = "greet", description = "d", parameters = {{name = "who", type = "string", required = true}, {name = "loud", type = "boolean"}}, execute = print})`,
	"protected": `pcall(Tool["register"], {name = "greet", description = "d", parameters = {{name = "who", type = "string", required = true},
		{name = "loud", type = "boolean"}}, execute = print})`,
	"through _G": `_G.Tool.register({name = "greet", description = "d", parameters = {{name = "who", type = "string", required = true}, {name = "loud", type = "boolean"}}, execute = print})`,
	"constants": `local NAME, TEXT = "greet", "string"
		local who = {name = "who", type = TEXT, required = true}
		local parameters = {who, {name = "lo" .. "ud", type = "boolean"}}
		Tool.register({name = NAME, description = "d", parameters = parameters, execute = print})`,
	"spec in a variable": `local spec = {name = "greet", description = "d"}
		spec.parameters = {{name = "who", type = "string", required = true}, {name = "loud", type = "boolean"}}
		function spec.execute(p) return p.who end
		Tool.register(spec)`,
	"a loop": `for _, spec in ipairs({{name = "greet", description = "d", parameters = {{name = "who", type = "string", required = true},
		{name = "loud", type = "boolean"}}, execute = print}}) do Tool.register(spec) end`,
	"a wrapper": `local function define(name, parameters) return Tool.register({name = name, description = name, parameters = parameters, execute = print}) end
		define("greet", {{name = "who", type = "string", required = true}, {name = "loud", type = "boolean"}})`,
	"a wrapper of specs": `local function define(spec) Tool.register(spec) end
		define({name = "greet", description = "d", parameters = {{name = "who", type = "string", required = true}, {name = "loud", type = "boolean"}}, execute = print})`,
	"underscores": `Tool.register({name = "GREET", description = "d", aliases = {"hail"}, parameters = {{name = "who", type = "string", required = true},
		{name = "loud", type = "boolean"}}, execute = print})`,
}

// mistakes are calls of that tool, and where something is wrong.
var ownMistakes = []struct{ call, code string }{
	{`Tool.execute("greet", {who = "Ann"})`, ""},
	{`Tool.greet:execute({who = "Ann", loud = true})`, ""},
	{`Tool.execute("gret", {who = "Ann"})`, "unknown-tool"},
	{`Tool.execute("greet", {whom = "Ann", who = "x"})`, "unknown-parameter"},
	{`Tool.execute("greet", {})`, "missing-parameter"},
	{`Tool.execute("greet", {who = 1.5})`, "invalid-parameter"},
	{`Tool.get("greet"):execute({who = "Ann", loud = "yes"})`, "invalid-parameter"},
}

// TestOwnTools runs each call in a kernel too: what is said of it is what the kernel says.
func TestOwnTools(t *testing.T) {
	for form, register := range forms {
		t.Run(form, func(t *testing.T) {
			for _, m := range ownMistakes {
				text := register + "\n" + m.call + "\n"
				var own []lint.Finding
				for _, x := range check(t, text, nil) {
					if x.Start > len(register) {
						own = append(own, x)
					} else if x.Severity <= lint.Warning {
						t.Errorf("%s: the registration: %s", form, x.Message)
					}
				}
				said := raised(t, text)
				switch {
				case m.code == "" && (len(own) > 0 || said != ""):
					t.Errorf("%s: findings %q, the kernel: %q", m.call, lines(text, own), said)
				case m.code == "":
				case len(own) != 1 || own[0].Code != m.code:
					t.Errorf("%s: findings %q, wanted %s", m.call, lines(text, own), m.code)
				case !strings.Contains(said, own[0].Message):
					t.Errorf("%s: the finding is %q, the kernel says %q", m.call, own[0].Message, said)
				}
			}
		})
	}
}

// raised is the error that a script ends with, "" if it works.
func raised(t *testing.T, text string) string {
	t.Helper()
	s, err := kernel.NewSession(kernel.Config{Stdout: io.Discard, Stderr: io.Discard, Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.RunString(t.Context(), text, "=test", nil); err != nil {
		return err.Error()
	}
	return ""
}

// TestMayRegister holds scripts that may register tools which nobody knows: no name is
// called wrong in them.
func TestMayRegister(t *testing.T) {
	for _, text := range []string{
		`Tool.register({name = arg[1], description = "d", execute = print})`,
		`for _, n in ipairs({"a", "b"}) do Tool.register({name = "tool-" .. n, description = "d", execute = print}) end`,
		`for _, spec in ipairs(specs) do Tool.register(spec) end`,
		`Tool.register(load_spec())`,
		`function define(name) Tool.register({name = name, description = "d", execute = print}) end define("x")`,
		`each(specs, Tool.register)`,
		`setup(Tool)`,
		`local M = {} M.register = Tool.register return M`,
		`local api = {tools = Tool} api.tools.register({name = "x"})`,
		`local specs = {{name = "a", description = "d", execute = print}} add(specs) for _, s in ipairs(specs) do Tool.register(s) end`,
		`local spec = {description = "d"} if x then spec.name = "a" else spec.name = "b" end Tool.register(spec)`,
	} {
		text += "\nTool.execute('made-at-run-time', {})"
		for _, x := range check(t, text, nil) {
			if x.Code == "unknown-tool" {
				t.Errorf("%s: %s", text, x.Message)
			}
		}
	}
}

// TestMayDiffer holds scripts whose text does not say all of the parameters of a tool:
// nothing is wrong with them.
func TestMayDiffer(t *testing.T) {
	for _, text := range []string{
		`Tool.register({name = "x", description = "d", parameters = params(), execute = print})`,
		`Tool.register({name = "x", description = "d", parameters = {{name = "a", type = "string"}, more()}, execute = print})`,
		`Tool.register({name = "x", description = "d", parameters = {type = "object", properties = PROPERTIES, additionalProperties = false}, execute = print})`,
		`Tool.register({name = "x", description = "d", parameters = {[key] = {type = "string"}, a = {type = "string"}}, execute = print})`,
		`if a then Tool.register({name = "x", description = "d", parameters = {{name = "a", type = "string"}}, execute = print})
		 else Tool.register({name = "x", description = "d", parameters = {{name = "b", type = "string", required = true}}, execute = print}) end`,
		`local spec = {name = "x", description = "d", parameters = {{name = "a", type = "string"}}, execute = print}
		 extend(spec) Tool.register(spec)`,
		`local ps = {{name = "a", type = "string"}} table.insert(ps, {name = "b"})
		 Tool.register({name = "x", description = "d", parameters = ps, execute = print})`,
		`local spec = {name = "x", description = "d", parameters = {{name = "a", type = "string"}}, execute = print}
		 spec.parameters[2] = {name = "b", type = "string"} Tool.register(spec)`,
		`local spec = {name = "x", description = "d", parameters = {{name = "a", type = "string"}}, execute = print}
		 local other = spec other.parameters = nil Tool.register(spec)`,
	} {
		for _, call := range []string{`Tool.execute("x", {b = 1, c = 2})`, `Tool.execute("x", {})`} {
			for _, x := range check(t, text+"\n"+call, nil) {
				if x.Code == "unknown-parameter" || x.Code == "missing-parameter" || x.Code == "unknown-tool" {
					t.Errorf("%s\n%s: %s", text, call, x.Message)
				}
			}
		}
	}
}

// TestToolsOfOthers checks scripts that use tools of other files of the workspace.
func TestToolsOfOthers(t *testing.T) {
	const spec = `{name = "greet", description = "d", parameters = {{name = "who", type = "string", required = true}}, execute = print}`
	for _, tt := range []struct{ name, other, text, want string }{
		{"required", "Tool.register(" + spec + ")", `require("other") Tool.execute("greet", {})`, "missing-parameter"},
		{"in the workspace", "Tool.register(" + spec + ")", `Tool.execute("greet", {})`, "missing-parameter"},
		{"required, computed", "Tool.register(spec())", `require("other") Tool.execute("gret", {})`, ""},
		{"not required, computed", "Tool.register(spec())", `Tool.execute("calculatr", {})`, "unknown-tool"},
		{"near name", "Tool.register(" + spec + ")", `Tool.execute("gret", {})`, "unknown-tool"},
		{"the own one counts", "Tool.register(" + spec + ")", `Tool.register({name = "greet", description = "d", execute = print}) Tool.execute("greet", {})`, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			other := analysis.NewFile("file:///proj/other.lua", "", 0, tt.other)
			for _, open := range []bool{false, true} {
				f := analysis.NewFile("file:///proj/a.lua", "", 1, tt.text)
				snap := analysis.NewSnapshot(&analysis.Config{Roots: []string{"/proj"}}, catalog.Builtin()).WithFile(f)
				if open {
					snap = snap.WithFile(other)
				} else {
					snap = snap.WithIndexed(other.Entry())
				}
				got := lines(tt.text, lint.Check(context.Background(), snap, f))
				if tt.want == "" && strings.Contains(got, "-tool") || tt.want == "" && strings.Contains(got, "-parameter") || !strings.Contains(got, tt.want) {
					t.Errorf("open %v: %q, wanted %s", open, got, tt.want)
				}
			}
		})
	}
}
