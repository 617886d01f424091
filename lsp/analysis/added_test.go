package analysis_test

import (
	"os"
	"testing"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// TestAdded asks for fields that one file stores in the table of a module, or of a global,
// that another file makes: all of them open, or only indexed.
func TestAdded(t *testing.T) {
	texts := map[string]string{
		"/proj/m.lua":        "local M = {}\nfunction M.own() end\nreturn M",
		"/proj/lib/init.lua": "return {own = 1}",
		"/proj/g.lua":        "Shared = {own = 1}",
		"/proj/add.lua": `local M = require("m")
function M.more(a) return a end
M.count = 5
local lib = require "lib"
lib.added = "text"
Shared.late = true`,
		"/proj/other.lua": `local M = require("other.m") M.wrong = 1 local x = {} x.wrong = 2`,
	}
	const text = `local m, lib = require("m"), require("lib")
print(m.own, m.more, m.count, lib.added, Shared.late, m.wrong)`
	config := &analysis.Config{Roots: []string{"/proj"}, ReadFile: func(path string) ([]byte, error) {
		if text, ok := texts[path]; ok {
			return []byte(text), nil
		}
		return nil, os.ErrNotExist
	}}
	for _, open := range []bool{true, false} {
		s := analysis.NewSnapshot(config, nil)
		for path, text := range texts {
			f := analysis.NewFile(analysis.URIOf(path), path, 1, text)
			if open {
				s = s.WithFile(f)
			} else {
				s = s.WithIndexed(f.Entry())
			}
		}
		f := analysis.NewFile("file:///proj/main.lua", "/proj/main.lua", 1, text)
		s = s.WithFile(f)
		got := ""
		for n := range f.NodesOf(syntax.Index) {
			got += f.Tree().Source(n) + " is "
			field := s.Field(s.TypeOf(f, f.Tree().First(n)), f.Tree().NameOf(f.Tree().Child(n, 1)))
			if field == nil {
				got += "nothing\n"
				continue
			}
			got += field.Type.String() + " of " + field.Source + " " + field.Decl.URI + "\n"
		}
		const want = `m.own is fun() of  file:///proj/m.lua
m.more is fun(a): unknown of add.lua file:///proj/add.lua
m.count is integer of add.lua file:///proj/add.lua
lib.added is "text" of add.lua file:///proj/add.lua
Shared.late is boolean of add.lua file:///proj/add.lua
m.wrong is nothing
`
		if got != want {
			t.Errorf("open %v:\n%s\nwant\n%s", open, got, want)
		}
	}
}
