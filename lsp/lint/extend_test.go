package lint_test

import (
	"slices"
	"testing"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/lint"
)

// TestExtended finds a method that texts do not have, unless another file gives it to them.
func TestExtended(t *testing.T) {
	for text, want := range map[string]bool{
		`local split = 1 print(split)`:                                                 true,
		`local t = {split = 1} print(t.split, "split")`:                                true,
		`local string = string print(string.rep("a", 2)) return {split = 1}`:           true,
		`local list = {} list[#list + 1] = string return list, "split"`:                true,
		`for k, v in pairs(string) do print(k, v, "split") end`:                        true,
		`function string.split(s) return s end`:                                        false,
		`function string:split() return self end`:                                      false,
		`string.split = print`:                                                         false,
		`string["split"] = print`:                                                      false,
		`rawset(string, "split", print)`:                                               false,
		`local s = string s.split = print`:                                             false,
		`_G.string.split = print`:                                                      false,
		`for k, v in pairs({split = print}) do string[k] = v end`:                      false,
		`local s = string for k, v in pairs({split = print}) do s[k] = v end`:          false,
		`local extend = require("extend") extend(string, {split = print})`:             false,
		`getmetatable("").__index = {split = print}`:                                   false,
		`local m = getmetatable "" m.__index = function(s, k) return "split" end`:      false,
		`local getmetatable = getmetatable getmetatable("").__index = {split = print}`: false,
		`local _, get = 1, getmetatable local g = get g("").__index = {split = print}`: false,
		`for _, k in ipairs({"split"}) do rawset(string, k, print) end`:                false,
	} {
		files := []*analysis.File{
			analysis.NewFile("file:///proj/a.lua", "/proj/a.lua", 1, `print(("a,b"):split(","))`),
			analysis.NewFile("file:///proj/b.lua", "/proj/b.lua", 1, text),
		}
		got := checkFiles(t, files...)
		if found := slices.ContainsFunc(got, func(x lint.Finding) bool { return x.Code == "undefined-field" }); found != want {
			t.Errorf("%s: %v", text, lines(files[0].Text(), got))
		}
	}
}
