package luacheck_test

import (
	"strings"
	"testing"

	"github.com/llmspell/llmspell/lsp/analysis/luacheck"
)

// FuzzLuacheckrc: any text is read or is an error, its faults lie in it, and what it says
// can be asked.
func FuzzLuacheckrc(f *testing.F) {
	f.Add("std = 'max' globals = {'x', y = {}, [\"z\"] = 1} return {ignore = {'2'}}", "a.lua", "211/x")
	f.Add("globals, ignore = {a.b, ...}, 'x' files['x'].std = 1", "x/y", "[%a")
	f.Add("local l = {'a'} stds.m = {read_globals = {t = {fields = {'a', b = {other_fields = true}}}}} std = '+m' files['**/*.l?a'] = {only = l}", "x/a.lua", "^.-$")
	f.Fuzz(func(t *testing.T, text, path, pattern string) {
		if len(text) > 5000 || len(path) > 500 {
			return
		}
		s, err := luacheck.Read(text)
		if err != nil {
			return
		}
		for _, x := range s.Faults {
			if x.Start < 0 || x.End < x.Start || x.End > len(text) || x.Message == "" {
				t.Fatalf("%+v", x)
			}
		}
		s.Excluded(path)
		s.Defines("x")
		in := s.Inline(path, []luacheck.Comment{
			{Text: pattern, Line: 1, End: len(pattern)}, {Text: "ignore " + strings.ReplaceAll(pattern, ",", ""), Line: 2}, {Text: "push " + pattern, Line: 2}, {Text: "pop", Line: 4},
		}, []luacheck.Lines{{From: 0, To: 3}, {From: 2, To: 2}})
		for line := range 6 {
			o := in.At(line)
			o.Judge("211", "x", "unused-local")
			o.Judge("", "", "unknown-tool")
			o.Of("x", "y", "")
			o.Flag("self", true)
			o.Globals()
		}
	})
}
