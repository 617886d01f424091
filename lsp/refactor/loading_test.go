package refactor_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/lint"
	"github.com/llmspell/llmspell/lsp/refactor"
)

// TestModulesKeepTheirOrder: modules a and b change their order only if neither can tell.
func TestModulesKeepTheirOrder(t *testing.T) {
	const main = "local b = require('b')\nlocal a = require('a')\nprint(a, b)\n"
	const sorted = "local a = require('a')\nlocal b = require('b')\nprint(a, b)\n"
	const quiet = "local M = {n = 1}\nM.x = M.n\nfunction M.f() print(G) end\nfunction M:g() G = 1 end\nreturn M\n"
	for name, tt := range map[string]struct{ a, b, main, want string }{
		"quiet":                  {quiet, quiet, main, sorted},
		"a class":                {"local C = setmetatable({}, {__index = {}})\nC.__index = C\nlocal k = 2 * 3 .. 'x'\nreturn C", quiet, main, sorted},
		"requires a quiet one":   {"local b = require('b')\nreturn {b = b.n}", quiet, main, sorted},
		"each other":             {"local b = require('b')\nreturn {}", "local a = require('a')\nreturn {}", main, sorted},
		"sets a global":          {quiet, "Conf = {level = 3}\nreturn Conf", main, ""},
		"reads a global":         {"local level = Conf.level\nreturn {level}", quiet, main, ""},
		"a global function":      {quiet, "function setup() end\nreturn {}", main, ""},
		"prints":                 {quiet, "print('b')\nreturn {}", main, ""},
		"calls its own":          {quiet, "local function f() G = 1 end\nf()\nreturn {}", main, ""},
		"calls a function":       {quiet, "(function() G = 1 end)()\nreturn {}", main, ""},
		"changes a library":      {quiet, "string.trim = tostring\nreturn {}", main, ""},
		"a library's function":   {quiet, "function string.trim() end\nreturn {}", main, ""},
		"changes another module": {"local b = require('b')\nb.n = 2\nreturn {}", quiet, main, ""},
		"a part of it":           {"local b = require('b')\nlocal t = {b = b}\nt.b.n = 2\nreturn {}", quiet, main, ""},
		"its metatable":          {"local b = require('b')\nsetmetatable(b, {})\nreturn {}", quiet, main, ""},
		"a metatable of _G":      {quiet, "setmetatable(_G, {})\nreturn {}", main, ""},
		"an alias of _G":         {quiet, "local e = _G\ne.x = 1\nreturn {}", main, ""},
		"a metamethod":           {quiet, "local M = setmetatable({}, {__newindex = function() G = 1 end})\nM.x = 1\nreturn M", main, ""},
		"an operator":            {"local b = require('b')\nreturn {b + 1}", quiet, main, ""},
		"requires a loud one":    {"require('c')\nreturn {}", quiet, main, ""},
		"a computed name":        {"require('b' .. '')\nreturn {}", quiet, main, ""},
		"an error":               {quiet, "local x =", main, ""},
		"no file":                {quiet, "", "local z = require('z')\nlocal a = require('a')\nprint(a)\n", ""},
		"groups": {quiet, quiet, "-- head\n\nlocal b = require('b') -- second\nlocal a = require('a')\n\nlocal d = require 'b'\nlocal c = require 'a'\nprint(a)\n",
			"-- head\n\nlocal a = require('a')\nlocal b = require('b') -- second\n\nlocal c = require 'a'\nlocal d = require 'b'\nprint(a)\n"},
		"not past a loud one": {quiet, quiet, "local b = require('b')\nlocal a = require('a')\nlocal c = require('c')\nlocal y = require('b')\nlocal x = require('a')\n",
			"local a = require('a')\nlocal b = require('b')\nlocal c = require('c')\nlocal x = require('a')\nlocal y = require('b')\n"},
		"twice": {quiet, "print(1)\nreturn {}", "local b = require('b')\nlocal a = require('a')\nlocal b = require('b')\nprint(a, b)\n", "local b = require('b')\nlocal a = require('a')\nprint(a, b)\n"},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			snap := analysis.NewSnapshot(&analysis.Config{Roots: []string{root}}, nil)
			add := func(name, text string) *analysis.File {
				f := analysis.NewFile(analysis.URIOf(filepath.Join(root, name)), "", 1, text)
				snap = snap.WithFile(f)
				return f
			}
			add("a.lua", tt.a)
			add("b.lua", tt.b)
			add("c.lua", "G = 1\nreturn {}")
			f := add("main.lua", tt.main)
			got := ""
			for _, a := range refactor.Actions(context.Background(), snap, f, 0, 0, func(kind string) bool { return kind == refactor.OrganizeImports }) {
				got = lint.Apply(tt.main, a.Edits)
			}
			if got != tt.want {
				t.Errorf("got\n%s\nwanted\n%s", got, tt.want)
			}
		})
	}
}
