package lsp_test

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/lsp"
	"github.com/llmspell/llmspell/lsp/catalog"
	"github.com/llmspell/llmspell/lsp/library"
	"github.com/llmspell/llmspell/lsp/lsptest"
	"github.com/llmspell/llmspell/lsp/protocol"
)

// marked takes the ‹› around names out of files: the first is what is renamed, and all
// are what is to be changed. places are as of edited.
func marked(files map[string]string) (plain map[string]string, at string, offset int, places []string) {
	plain = map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		text := files[name]
		for {
			i := strings.Index(text, "‹")
			if i < 0 {
				break
			}
			if at == "" || name == "main.lua" && at != "main.lua" {
				at, offset = name, i
			}
			line := strings.Count(text[:i], "\n") + 1
			column := i - strings.LastIndexByte(text[:i], '\n')
			places = append(places, fmt.Sprintf("%s:%d:%d", filepath.Base(name), line, column))
			text = strings.Replace(strings.Replace(text, "‹", "", 1), "›", "", 1)
		}
		plain[name] = text
	}
	slices.Sort(places)
	return plain, at, offset, places
}

// renameMarked renames what is marked; it returns what is changed, or why nothing is.
func renameMarked(t *testing.T, files map[string]string, to string) (got, want []string, refusal string) {
	t.Helper()
	plain, at, offset, want := marked(files)
	n, uri := navigate(t, plain)
	defer n.c.Shutdown()
	var e protocol.WorkspaceEdit
	if err := n.c.Begin("textDocument/rename", protocol.RenameParams{PositionParams: n.at(uri(at), offset), NewName: to}).Wait(&e); err != nil {
		return nil, want, err.Message
	}
	for _, place := range strings.Fields(edited(&e)) {
		place, _, _ = strings.Cut(place, "=")
		got = append(got, place)
	}
	slices.Sort(got)
	return got, want, ""
}

// TestRenameReaches says what changes with a name.
func TestRenameReaches(t *testing.T) {
	for name, files := range map[string]map[string]string{
		"a table that functions get":    {"main.lua": "local function f(p) return p.‹x› end\nprint(f({‹x› = 1}), f({‹x› = 2}))\nlocal other = {x = 3}\nprint(other.x)"},
		"keys in strings":               {"main.lua": "local t = {[\"‹x›\"] = 1}\nprint(t.‹x›, t['‹x›'], t[ [[‹x›]] ])"},
		"a field of a module":           {"main.lua": "local m = require(\"lib.m\")\nprint(m.‹x›(1))", "lib/m.lua": "local M = {}\nfunction M.‹x›(n) return n end\nreturn M", "b.lua": "local m = require 'lib.m'\nm.‹x›(2)\nlocal o = {x = 1}\nprint(o.x)"},
		"a module that nobody requires": {"main.lua": "local M = {}\nfunction M.‹x›() end\nfunction M.y() M.‹x›() end\nreturn M"},
		"a module by a computed name":   {"main.lua": "for _, n in ipairs({\"a\", \"b\"}) do local m = require(\"plugins.\" .. n) m.‹run›() end", "plugins/a.lua": "return {‹run› = function() end}", "plugins/b.lua": "local M = {}\nfunction M.‹run›() end\nreturn M", "other.lua": "return {run = function() end}"},
		"an inherited method":           {"main.lua": "local A = {}\nA.__index = A\nfunction A.new() return setmetatable({}, A) end\nfunction A:‹run›() end\nlocal B = setmetatable({}, {__index = A})\nB.__index = B\nfunction B.new() return setmetatable(A.new(), B) end\nfunction B:‹run›() return A.‹run›(self) end\nB.new():‹run›()"},
		"a global":                      {"main.lua": "require(\"lib\")\n‹total› = 1\nprint(_G.‹total›, _G[\"‹total›\"], rawget(_G, \"‹total›\"), ‹total›)\nlocal t = {total = 2}\nprint(t.total)", "lib.lua": "function add() ‹total› = ‹total› + 1 end", "b.lua": "total = 5\nprint(total)"},
		"a global by another file":      {"main.lua": "require(\"lib\")\nprint(‹total›)", "lib.lua": "_G.‹total› = 1"},
		"a field of unknown type":       {"main.lua": "local t = {}\nlocal function set(k) k.‹x› = 1 end\nset(t)\nprint(t.‹x›)"},
		"a state key":                   {"main.lua": "State.set(\"‹key›\", 1)\nState.set(\"key\", 2, {scope = \"mine\"})\nState.load(\"mine\", \"key\")\nprint(State.get(\"‹key›\"), State.load(\"global\", \"‹key›\"), State.get('‹key›', {scope = \"global\"}))\nState.transaction(function(tx) tx.set(\"‹key›\", tx.get(\"‹key›\") + 1) end)\nprint(\"key\")", "b.lua": "print(State.exists(\"‹key›\"), pcall(State.get, \"‹key›\"))"},
		"a state key in a local":        {"main.lua": "local K, L = \"‹key›\", \"other\"\nlocal function f() return State.get((K)) end\nState.set(K, f() or 1)\nprint(State.exists(\"‹key›\"), State.get(L), pcall(State.get, K))", "b.lua": "local K = \"key\"\nState.set(K, 1, {scope = \"mine\"})\nreturn State.get(\"‹key›\")"},
		"a state key, other texts run":  {"main.lua": "State.set(\"‹key›\", 1)\nlocal code = \"return 1\"\nprint(loadstring(code)(), load(\"return 2\"))"},
		"an event in a local":           {"main.lua": "local NAME = \"‹job.done›\"\nEvent.on(NAME, function(e) print(e.data) end)\nEvent.publish(NAME, 1)"},
		"a key of another scope":        {"main.lua": "State.set(\"‹key›\", 1, {scope = \"mine\"})\nprint(State.load(\"mine\", \"‹key›\"), State.get(\"key\"))"},
		"a key of an agent":             {"main.lua": "State.agent_set(\"bob\", \"‹key›\", 1)\nprint(State.get(\"‹key›\", {scope = \"agent:bob\"}), State.get(\"key\"))"},
		"an event":                      {"main.lua": "Event.on({\"‹job.done›\", \"other\"}, function(e) print(e.data) end)\nEvent.publish(\"‹job.done›\", 1)", "b.lua": "Event.publish('‹job.done›')\nprint('job.done')"},
		"a hook point of one's own":     {"main.lua": "Hook.register(\"‹custom:saved›\", function(ctx) return ctx.data end)\nHook.fire(\"‹custom:saved›\", {})"},
		"a class":                       {"main.lua": "---@class P\n---@field ‹x› number\nlocal P = {}\n\n---@param p P\nlocal function f(p) return p.‹x› end\nf({‹x› = 1})", "b.lua": "---@type P\nlocal p = {‹x› = 2}\nprint(p.‹x›)"},
		"a local, a table has its name": {"main.lua": "local ‹x› = 1\nlocal t = {x = ‹x›}\nprint(t.x, ‹x›)\ndo local x = 2 print(x) end"},
		"a class with an operator":      {"main.lua": "local V = {}\nV.__index = V\nfunction V.new(n) return setmetatable({‹n› = n}, V) end\nV.__add = function(a, b) return V.new(a.‹n› + b.‹n›) end\nlocal function check(v) if not v.‹n› then error(\"no number: \" .. v) end end\ncheck(V.new(1) + V.new(2))\nlocal ok, r = pcall(Tool.execute, \"calculator\", {input = \"1\"})\nprint(ok, r.success)"},
		"a goto":                        {"main.lua": "for i = 1, 2 do\n  goto ‹next›\n  ::‹next››::\nend\nlocal next = 1\nprint(next)"},
	} {
		t.Run(name, func(t *testing.T) {
			for k, v := range files {
				files[k] = strings.ReplaceAll(v, "››", "›")
			}
			to := "renamed"
			if strings.Contains(name, "hook") {
				to = "custom:renamed"
			}
			got, want, refusal := renameMarked(t, files, to)
			if refusal != "" {
				t.Fatal(refusal)
			}
			if !slices.Equal(got, want) {
				t.Errorf("changed %v\nwant    %v", got, want)
			}
		})
	}
}

// TestRenameBesideDeclarations: the declarations that llmspell.exportMeta writes for other
// language servers may lie in the workspace. They run nothing, so they are no reason against a rename.
func TestRenameBesideDeclarations(t *testing.T) {
	for _, code := range []string{
		"function ‹mine›() end\n‹mine›()", "State.set(\"‹key›\", 1)\nprint(State.get(\"‹key›\"))", "Event.publish(\"‹job.done›\", 1)\nEvent.on(\"‹job.done›\", print)",
	} {
		files := map[string]string{"main.lua": code}
		for name, text := range library.Files() {
			files["meta/"+name] = text
		}
		if got, want, refusal := renameMarked(t, files, "renamed"); refusal != "" || !slices.Equal(got, want) {
			t.Errorf("%s\nchanged %v\nwant    %v %s", code, got, want, refusal)
		}
	}
}

// TestRenameRefusesWhatIsNotKnown says where a name may be used in ways that nobody sees.
func TestRenameRefusesWhatIsNotKnown(t *testing.T) {
	for _, c := range []struct{ code, to, why string }{
		{"local p = {‹input› = \"1\"}\nTool.execute(\"calculator\", p)", "x", "tool calculator"},
		{"local p = {‹name› = \"t\", description = \"d\", parameters = {{name = \"left\"}}, execute = function(a) return a.left end}\nTool.register(p)", "x", "part of llmspell"},
		{"Tool.register({name = \"t\", description = \"d\", parameters = {{name = \"left\"}}, execute = function(a) return a.‹left› end})", "x", "is a parameter of the tool t"},
		{"Tool.register({name = \"‹mine›\", description = \"d\", parameters = {}, execute = function() end})\nTool.mine:execute({})", "x", "the tool \"mine\" is registered in line 1 of main.lua"},
		{"Tool.register({name = \"mine\", description = \"d\", parameters = {}, execute = function() end})\nTool.get(\"‹mine›\")", "x", "the tool \"mine\" is registered in line 1 of main.lua"},
		{"Tool.register({name = \"mine\", description = \"d\", parameters = {}, execute = function() end})\nTool.‹mine›:execute({})", "x", "the tool \"mine\" is registered in line 1 of main.lua"},
		{"local t = {‹x› = 1}\nprint(JSON.stringify(t))", "y", "given to JSON.stringify, whose code is not in the workspace (line 2 of main.lua)"},
		{"local r = JSON.parse(\"{}\")\nprint(r.‹x›)", "y", "comes from JSON.parse"},
		{"local t = {‹x› = 1}\nState.set(\"k\", t)", "y", "given to State.set"},
		{"local o = {‹timeout_ms› = 1}\nTool.execute(\"calculator\", {input = \"1\"}, o)", "y", "part of llmspell"},
		{"local t = {‹x› = 1}\nfor k in pairs(t) do print(k) end", "y", "pairs goes over the keys of its table"},
		{"local t = {‹x› = 1}\nprint(t[io.read()])", "y", "io.read(), which is computed"},
		{"local t = {‹x› = 1}\nlocal k = \"x\"\nprint(string.format(\"%s\", k), t[k])", "y", "the key k, which is computed"},
		{"local t = setmetatable({‹x› = 1}, {__index = function(_, k) return k end})\nprint(t.y)", "z", "metatable"},
		{"local t = {‹x› = 1}\nprint(rawget(t, io.read()))", "y", "computed"},
		{"‹g› = 1\nprint(loadstring(\"return g\")())", "h", "loadstring"},
		{"‹g› = 1\nlocal function f() return g end\nsetfenv(f, {g = 2})\nprint(f())", "h", "setfenv"},
		{"‹g› = 1\nfor k in pairs(_G) do print(k) end", "h", "pairs goes over"},
		{"‹g› = 1\nprint(_G[io.read()])", "h", "computed"},
		{"‹g› = 1\nh = 2", "h", "there is a global h"},
		{"‹g› = 1\nprint(_G.h)", "h", "there is a global h"},
		{"local t = {‹x› = 1, [\"y\"] = 2}", "y", "its table has a field y already, in line 1 of main.lua"},
		{"local m = require(\"nowhere\")\nprint(m.‹x›)", "y", "require of nowhere"},
		{"return {‹x› = 1}", "y", "what the script returns to whoever runs it"},
		{"local V = {}\nV.‹__add› = function() end", "add", "means something to Lua"},
		{"local function f(s) return s:‹upper›() end\nprint(f(\"a\"), f({upper = function() end}))", "y", "a text too"},
		{"local t = {‹x› = 1}\nlocal m = {t}\nunknown(m)", "y", "given to unknown, whose code is not"},
		{"State.set(\"‹k›\", 1)\nprint(State.get(io.read()))", "l", "the name io.read(), which is computed"},
		{"State.set(\"‹k›\", 1)\nlocal key = \"k\"\nprint(key, State.get(key))", "l", "given the name in key"},
		{"State.set(\"‹k›\", 1)\nlocal key = \"k\"\nprint(State.get(key))\nkey = \"m\"", "l", "given the name in key"},
		{"State.set(\"‹k›\", 1)\nlocal key = \"k\"\nprint(State.get(key), State.get(key, {scope = \"mine\"}))", "l", "given the name in key"},
		{"State.set(\"‹k›\", 1)\nlocal key = \"k\"\nreturn State.get(key), {key}", "l", "given the name in key"},
		{"State.set(\"‹kk›\", 1)\nloadstring(\"State.set('kk', 2)\")()", "l", "the text that loadstring runs may name it"},
		{"State.set(\"‹kk›\", 1)\nlocal code = \"State.set('kk', 2)\"\nload(code)()", "l", "the text that load runs may name it"},
		{"Event.publish(\"‹kk›\")\nloadstring(io.read())()", "l", "loadstring runs a text that is not known"},
		{"State.set(\"‹k›\", 1)\nprint(State.list())", "l", "State.list uses names as texts"},
		{"local o = {scope = io.read()}\nState.set(\"‹k›\", 1, o)", "l", "not known which scope"},
		{"State.set(\"‹k›\", 1)\nlocal o = {scope = io.read()}\nState.set(\"k\", 1, o)", "l", "scope here is the same"},
		{"State.set(\"‹k›\", 1)\nsomething(State)", "l", "State is used here in a way that is not followed"},
		{"State.set(\"‹k›\", 1)\nprint(State.info(\"k\").key)", "l", "the name itself is read here"},
		{"State.set(\"‹k›\", 1)\nState.get(\"l\")", "l", "the two would be one"},
		{"Event.publish(\"‹user.new›\")\nEvent.on(\"user.*\", function() end)", "x", "stands for it, and not for x"},
		{"Event.publish(\"‹user.new›\")\nEvent.on(\"*\", function(e) print(e.event_type) end)", "x", "the name itself is read"},
		{"Event.publish(\"‹user.new›\")\nEvent.on(\"job.*\", function() end)", "job.x", "would stand for it"},
		{"Event.publish(\"‹a›\" .. 1)", "x", "no name here"},
		{"Hook.register(\"‹BeforeToolExecution›\", function() end)", "x", "scripts do not give it"},
		{"Hook.fire(\"‹custom:a›\", {})", "b", "begin with custom:"},
		{"local ‹x› = 1\nprint(debug.getlocal(1, 1))", "y", "looks at the names of variables"},
		{"local ‹x› = 1\nlocal function f(...) return arg end\nprint(x, f)", "arg", "choose another name"},
		{"local ‹x› = 1\nprint(x, y)", "y", "would be the renamed variable"},
		{"local ‹x› = 1\ndo local y = 2 print(x, y) end", "y", "in line 2 of main.lua, y would be another variable"},
	} {
		files := map[string]string{"main.lua": c.code}
		got, _, refusal := renameMarked(t, files, c.to)
		if !strings.Contains(refusal, c.why) || refusal == "" {
			t.Errorf("%s\n to %s: %q (changed %v), not %q", c.code, c.to, refusal, got, c.why)
		}
	}
}

// TestRenameOutsideOfFolders opens a file that is in no folder: its variables can be
// renamed, and what it gives others cannot.
func TestRenameOutsideOfFolders(t *testing.T) {
	c := lsptest.Serve(t, lsp.New(lsp.Options{Catalog: catalog.Builtin}).ServeConn)
	c.Initialize(nil)
	c.Open(uri, "local M = {}\nfunction M.f(a) local t = {x = a} return t.x end\nreturn M\n")
	for _, p := range []struct {
		line, column uint32
		why          string
	}{{0, 6, ""}, {1, 11, "in no folder that is open"}, {1, 27, ""}} {
		err := c.Begin("textDocument/prepareRename", lsptest.At(uri, p.line, p.column)).Wait(new(protocol.PrepareRename))
		if (err == nil) != (p.why == "") || err != nil && !strings.Contains(err.Message, p.why) {
			t.Errorf("%d:%d: %v", p.line, p.column, err)
		}
	}
}
