package globals

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/tools"
	"github.com/llmspell/llmspell/tools/sandbox"
	"github.com/llmspell/llmspell/tools/tool"
)

// state makes a Lua state with Tool, whose files are in a folder of the test.
// box is a sandbox that allows one folder.
func box(tb testing.TB, dir string) *sandbox.Sandbox {
	tb.Helper()
	s, err := sandbox.New(dir, sandbox.Folders(dir))
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func state(t *testing.T) (*lua.LState, string) {
	t.Helper()
	dir := t.TempDir()
	L := lua.NewState()
	t.Cleanup(L.Close)
	reg := tools.Builtin()
	InstallTool(L, reg, tools.NewInvoker(reg, tools.Options{}), Env{Sandbox: box(t, dir)})
	L.SetGlobal("number_of_tools", lua.LNumber(len(reg.List(tools.Filter{}))))
	return L, dir
}

func TestToolInLua(t *testing.T) {
	for name, script := range map[string]string{
		"list": `
			local list = Tool.list()
			assert(#list == number_of_tools and #list >= 8)
			for i, d in ipairs(list) do
				assert(d.name and d.description and d.version and d.category)
				assert(i == 1 or list[i-1].name < d.name)
			end`,
		"get": `
			local c = Tool.get("calculator")
			assert(c.name == "calculator" and c.category == "utility" and c.version == "1.0.0" and #c.description > 0)
			assert(c.schema.name == "calculator" and c.schema.json_schema.type == "object")
			local op = c.schema.parameters[1]
			assert(op.name == "operation" and op.type == "string" and op.required == false and op.default == "evaluate")
			assert(Tool.get("nope") == nil and Tool.nope == nil)
			assert(Tool.get("text-manipulator") == Tool.get("text_manipulator") and Tool.text_manipulator == Tool.get("text-manipulator"))
			assert(c.getSchema() == c.schema and c:getSchema() == c.schema and c:get_schema() == c.schema)`,
		"execute": `
			local c = Tool.calculator
			for _, r in ipairs{c:execute{input = "6*7"}, c.execute{input = "6*7"}, Tool.execute("calculator", {expression = "6*7"}), Tool.invoke("calculator", {input = "6*7"})} do
				assert(r.success == true and r.operation == "evaluate" and r.error == nil)
				assert(r.result.result == 42 and r.result.input == "6*7" and r.result.result_type == "number" and next(r.result.variables) == nil)
				assert(type(r.metadata.duration_ms) == "number" and r.text == nil)
				assert(r._raw_text:find('"result":42', 1, true), r._raw_text)
			end
			assert(Tool.execute("uuid_generator").result.uuid)   -- no parameters at all
			assert(Tool.execute("uuid-generator", {}).result.uuid)`,
		"raw text": `
			local r = Tool.execute("json-processor", {operation = "query", input = '{"none": [], "null": null, "empty": {}}', query = "."})
			assert(r._raw_text:find('"result":{"empty":{},"none":[],"null":null}', 1, true), r._raw_text)
			assert(r.nothing == nil and next(r.result.none) == nil)
			local ok = Tool.data_validator:execute{input = "x", rules = {rules = {{type = "required"}}}}
			assert(ok._raw_text:find('"errors":[]', 1, true), ok._raw_text)
			local n = Tool.execute("json-processor", {operation = "query", input = "null", query = "."})
			assert(n._raw_text:find('"result":null', 1, true), n._raw_text)`,
		"exists":     `assert(Tool.exists("hash_calculator") and not Tool.exists("nope"))`,
		"categories": `local c = " " .. table.concat(Tool.categories(), " ") .. " " assert(c:find(" data ") and c:find(" filesystem .*utility "))`,
		"discover": `
			local d = Tool.discover{category = "data"}
			for _, t in ipairs(d) do assert(t.name and t.category == "data" and t.version) end
			assert(#d > 0 and #Tool.discover() == number_of_tools and #Tool.discover{} == number_of_tools and #Tool.discover{tag = "uuid"} > 0 and #Tool.discover{category = "x"} == 0)
			assert(Tool.discover{query = "hash a file"}[1].name == "hash-calculator")`,
		"info": `
			local i = Tool.info("file_operations")
			assert(i.security_level == "privileged" and i.needs[1] == "files" and #i.examples >= 3 and i.result_schema)
			assert(Tool.get_info("nope") == nil and Tool.schema("nope") == nil)
			assert(Tool.get_schema("calculator").parameters[2].name == "input")`,
		"every tool": `
			assert(Tool.execute("text-manipulator", {operation = "uppercase", input = "x"}).result.result == "X")
			assert(Tool.hash_calculator:execute{operation = "hash", algorithm = "md5", input = "hello"}.result.hash == "5d41402abc4b2a76b9719d911017c592")
			assert(Tool.base64_encoder:execute{operation = "encode", input = "\0\255"}.result.output == "AP8=")
			assert(Tool.base64_encoder:execute{operation = "decode", input = "AP8="}.result.output == "\0\255")
			assert(Tool.datetime_handler:execute{operation = "parse", input = "2024-02-29"}.result.parsed.year == 2024)
			assert(Tool.json_processor:execute{query = ".a[1]", input = {a = {1, 2}}}.result == 2)
			assert(Tool.json_processor:execute{query = ".a", input = '{"a":null}'}.result == nil)
			assert(#Tool.json_processor:execute{operation = "stream", input = "1 2 3"}.result == 3)
			assert(Tool.file_operations:execute{operation = "write", path = "f.txt", input = "hello"}.success)
			local r = Tool.execute("file_operations", {operation = "read", path = "f.txt"})
			assert(r.text == "hello" and r.result.content == "hello")
			assert(Tool.file_operations.execute{operation = "exists", path = "f.txt"}.text == "true")
			local text = Tool.text_manipulator:execute{operation = "split", input = "a,b", options = {delimiter = ","}}
			assert(text.result.result[2] == "b" and text.result.result_length == 2)`,
		"in a coroutine": `
			local co = coroutine.wrap(function() coroutine.yield(Tool.calculator:execute{input = "1+1"}.result.result) end)
			assert(co() == 2)`,
	} {
		t.Run(name, func(t *testing.T) {
			L, _ := state(t)
			if err := L.DoString(script); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestToolErrorsInLua(t *testing.T) {
	L, dir := state(t)
	if err := os.Symlink("/etc", filepath.Join(dir, "out")); err != nil {
		t.Fatal(err)
	}
	for script, want := range map[string]string{
		`Tool.execute("calculater", {})`: `Tool.execute(calculater): there is no tool named "calculater"; did you mean "calculator"?`,
		`Tool.execute()`:                 `Tool.execute: expected the name of a tool as a string, got nil`,
		`Tool.execute(5)`:                `got number`,
		`Tool.get({})`:                   `Tool.get: expected the name of a tool as a string, got table`,
		`Tool.exists()`:                  `Tool.exists: expected the name`,
		`Tool.info()`:                    `Tool.info: expected the name`,
		`Tool.schema(1)`:                 `Tool.schema: expected the name`,
		`Tool.execute("calculator", {input = "1 / 0"})`:                                             `Tool.execute(calculator): column 3: division by zero`,
		`Tool.calculator:execute{input = "1 +"}`:                                                    `Tool.execute(calculator): column 3: the expression ends too early`,
		`Tool.calculator.execute{inptu = "1"}`:                                                      `Tool.execute(calculator): parameter "inptu" is not known; did you mean "input"?`,
		`Tool.calculator:execute("1+1")`:                                                            `Tool.execute(calculator): the parameters are wrong: expected a table with names, such as {input = ...}, got the string "1+1"`,
		`Tool.calculator:execute{"1+1"}`:                                                            `expected a table with names`,
		`Tool.calculator:execute{input = print}`:                                                    `.input: a function cannot be converted`,
		`local t = {}; t.t = t; Tool.calculator:execute{variables=t}`:                               `.variables.t: a table that contains itself`,
		`Tool.file_operations:execute{operation="read", path="/etc/passwd"}`:                        `Tool.execute(file-operations): read access to "/etc/passwd" is denied`,
		`Tool.file_operations:execute{operation="read", path="../../../../../../../../etc/passwd"}`: `is denied`,
		`Tool.file_operations:execute{operation="read", path="out/passwd"}`:                         `leads out of the allowed folders through a link`,
		`Tool.discover{categry = "x"}`:                                                              `Tool.discover: parameter "filter.categry" is not known; did you mean "category"?`,
		`Tool.discover("x")`:                                                                        `Tool.discover: parameter "filter" is wrong: expected an object, got the string "x"`,
	} {
		err := L.DoString(script)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q", script, err, want)
		}
		// A script that catches the error gets a string.
		if err := L.DoString(`local ok, e = pcall(function() ` + script + ` end) assert(not ok and type(e) == "string", type(e))`); err != nil {
			t.Errorf("%s under pcall: %v", script, err)
		}
	}
}

func TestRaiseGetsTheGoCause(t *testing.T) {
	var got error
	L := lua.NewState()
	defer L.Close()
	reg := tools.Builtin()
	InstallTool(L, reg, tools.NewInvoker(reg, tools.Options{}), Env{Sandbox: box(t, t.TempDir()), Raise: func(L *lua.LState, err error) {
		got = err
		L.RaiseError("raised: %s", err.Error())
	}})
	for script, code := range map[string]tool.Code{
		`Tool.execute("nope")`: tool.UnknownTool, `Tool.calculator:execute{input=1}`: tool.InvalidParameters, `Tool.calculator:execute(1)`: tool.InvalidParameters,
		`Tool.file_operations:execute{operation="read",path="/etc/x"}`: tool.PermissionDenied, `Tool.calculator:execute{input="1/0"}`: tool.ExecutionFailed,
	} {
		got = nil
		if err := L.DoString(script); err == nil || !strings.Contains(err.Error(), "raised: Tool.execute(") {
			t.Errorf("%s: %v", script, err)
		}
		if te := (*tool.Error)(nil); !errors.As(got, &te) || te.Code != code {
			t.Errorf("%s: the cause is %v; want a *tool.Error with the code %s", script, got, code)
		}
	}
}

func TestToolCallIsCancelledWithTheScript(t *testing.T) {
	L := lua.NewState()
	defer L.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	reg := tools.Builtin()
	InstallTool(L, reg, tools.NewInvoker(reg, tools.Options{}), Env{Sandbox: box(t, t.TempDir()), Context: func() context.Context { return ctx }})
	start := time.Now()
	err := L.DoString(`Tool.json_processor:execute{input = 1, query = "def f: f; f"}`)
	if err == nil || !strings.Contains(err.Error(), "Tool.execute(json-processor): was stopped because the time of its caller is up") {
		t.Errorf("the call ended with %v", err)
	}
	if d := time.Since(start); d > time.Minute {
		t.Errorf("the call ended after %v", d)
	}
}

// Objects are made once, so that a loop of calls makes no functions.
func TestToolObjectsAreKept(t *testing.T) {
	L, _ := state(t)
	if err := L.DoString(`
		assert(Tool.calculator == Tool.calculator and Tool.get("calculator") == Tool.calculator)
		assert(Tool.calculator.execute == Tool["calculator"].execute)`); err != nil {
		t.Error(err)
	}
}

// The results of two calls share nothing that a script can change.
func TestResultsAreIndependent(t *testing.T) {
	L, _ := state(t)
	if err := L.DoString(`
		local a = Tool.calculator:execute{input = "1"}
		a.result.result, a.metadata.duration_ms, a.extra = "changed", "changed", true
		local b = Tool.calculator:execute{input = "1"}
		assert(b.result.result == 1 and type(b.metadata.duration_ms) == "number" and b.extra == nil)
		local p = {input = "x", variables = {x = 2}}
		assert(Tool.calculator:execute(p).result.result == 2 and p.operation == nil, "the parameters were changed")`); err != nil {
		t.Error(err)
	}
}
