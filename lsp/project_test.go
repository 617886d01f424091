package lsp_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/lsp/protocol"
)

// TestOwnProject asks for what a person looks for in a project with classes that no
// annotation names, and with luacheck's settings.
func TestOwnProject(t *testing.T) {
	files := map[string]string{
		".luacheckrc": "globals = {'App'}\nread_globals = {'vim'}\n",
		"shapes.lua": `local Circle = {}
Circle.__index = Circle
function Circle.new(r) return setmetatable({r = r}, Circle) end
function Circle:area() return self.r end
local Square = {}
Square.__index = Square
function Square.new(a) return setmetatable({a = a}, Square) end
function Square:area() return self.a end
return {Circle = Circle, Square = Square}
`,
		"main.lua": `local shapes = require("shapes")
local list = {shapes.Circle.new(1), shapes.Square.new(2)}
table.sort(list, function(a, b) return a:area() < b:area() end)

---@class Job
---@field id integer

function Add(job) return job.id end
App = {list = list}
function App.run(x) return x end
print(App.run(1), vim)
`,
	}
	n, uri := navigateIn(t, files, 2)
	defer n.c.Shutdown()
	offset := func(file, text string) int { return strings.Index(files[file], text) }
	var found []protocol.Location
	n.c.Call("textDocument/definition", n.at(uri("main.lua"), offset("main.lua", "area()")), &found)
	if got := places(found); got != "shapes.lua:4:17 shapes.lua:8:17" {
		t.Errorf("the method of one of two classes is at %s", got)
	}
	var symbols []protocol.WorkspaceSymbol
	n.c.Call("workspace/symbol", protocol.WorkspaceSymbolParams{Query: "Square"}, &symbols)
	if !slices.ContainsFunc(symbols, func(s protocol.WorkspaceSymbol) bool {
		return s.Name == "Square" && s.Kind == protocol.SymbolClass
	}) {
		t.Errorf("the class is not among %+v", symbols)
	}
	var outline []protocol.DocumentSymbol
	n.c.Call("textDocument/documentSymbol", protocol.DocumentSymbolParams{DocumentParams: n.at(uri("main.lua"), 0).DocumentParams}, &outline)
	if i := slices.IndexFunc(outline, func(s protocol.DocumentSymbol) bool { return s.Name == "Add" }); i < 0 || outline[i].Kind != protocol.SymbolFunction {
		t.Errorf("a function below the annotations of a class: %+v", outline)
	}
	var edit protocol.WorkspaceEdit
	n.c.Call("textDocument/rename", protocol.RenameParams{PositionParams: n.at(uri("main.lua"), offset("main.lua", "run(x)")), NewName: "start"}, &edit)
	if got := edited(&edit); strings.Count(got, "=start") != 2 {
		t.Errorf("the field of the project's own global: %s", got)
	}
	if err := n.c.Begin("textDocument/rename", protocol.RenameParams{PositionParams: n.at(uri("main.lua"), offset("main.lua", "vim")), NewName: "editor"}).Wait(nil); err == nil || !strings.Contains(err.Message, "as the settings say") {
		t.Errorf("a global of another program: %v", err)
	}
}
