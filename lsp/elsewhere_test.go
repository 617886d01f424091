package lsp_test

import (
	"strings"
	"testing"

	"github.com/llmspell/llmspell/lsp/protocol"
)

// TestModulesElsewhere asks for modules that lie below folders which are no roots: the only one
// that fits, the nearest of several, or nothing, and never another use of the name.
func TestModulesElsewhere(t *testing.T) {
	for name, c := range map[string]struct {
		from, module string
		files        []string
		want         string // a file that definition, link and hover lead to
	}{
		"the only one":           {"main.lua", "util", []string{"app/util.lua"}, "app/util.lua"},
		"a path":                 {"spec/main.lua", "ui.geometry", []string{"frontend/ui/geometry.lua", "geometry.lua"}, "frontend/ui/geometry.lua"},
		"a folder":               {"main.lua", "ui", []string{"frontend/ui/init.lua"}, "frontend/ui/init.lua"},
		"the nearest":            {"b/spec/main.lua", "util", []string{"a/lib/util.lua", "b/lib/util.lua"}, "b/lib/util.lua"},
		"two that are as near":   {"main.lua", "util", []string{"a/util.lua", "b/util.lua"}, ""},
		"one is where it is due": {"main.lua", "util", []string{"util.lua", "a/util.lua"}, "util.lua"},
		"part of a name":         {"main.lua", "util", []string{"a/myutil.lua"}, ""},
		"itself":                 {"a/x/util.lua", "x.util", nil, ""},
		"of Lua":                 {"main.lua", "table", []string{"a/table.lua"}, ""},
		"none":                   {"main.lua", "util", nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			text := "local m = require(\"" + c.module + "\")\nprint(m)\n"
			files := map[string]string{c.from: text, "zz/other.lua": text}
			for _, f := range c.files {
				files[f] = "return {}\n"
			}
			n, uri := navigate(t, files)
			var want protocol.URI
			if c.want != "" {
				want = uri(c.want)
			}
			at := n.at(uri(c.from), strings.Index(text, `"`+c.module)+1)
			var to []protocol.Location
			n.c.Call("textDocument/definition", at, &to)
			if want == "" && len(to) > 0 || want != "" && (len(to) != 1 || to[0].URI != want) {
				t.Errorf("definition leads to %v, not to %q", to, want)
			}
			var links []protocol.DocumentLink
			n.c.Call("textDocument/documentLink", at, &links)
			if want == "" && len(links) > 0 || want != "" && (len(links) != 1 || links[0].Target != want) {
				t.Errorf("links are %v, not %q", links, want)
			}
			var hover *protocol.Hover
			n.c.Call("textDocument/hover", at, &hover)
			if has := hover != nil && want != "" && strings.Contains(hover.Contents.Value, want.Path()); has != (want != "") {
				t.Errorf("hover is %v, not of %q", hover, want)
			}
		})
	}
}

// TestReferencesOfOptions asks for a key that a function of another file reads: references are the
// places that a renaming changes.
func TestReferencesOfOptions(t *testing.T) {
	files := map[string]string{
		"r1.lua": "local M = {}\nfunction M.run(args)\n  args = args or {}\n  local t = args.textbox\n  print(t)\nend\nreturn M\n",
		"r2.lua": "local a = require(\"r1\")\na.run{textbox = 1}\nlocal other = {textbox = 2}\nprint(other.textbox)\n",
	}
	n, uri := navigate(t, files)
	for _, c := range []struct {
		file, piece, want string
	}{
		{"r1.lua", "textbox", "r1.lua:4:18 r2.lua:2:7"},
		{"r2.lua", "textbox = 1", "r1.lua:4:18 r2.lua:2:7"},
		{"r2.lua", "textbox = 2", "r2.lua:3:16 r2.lua:4:13"},
	} {
		at := n.at(uri(c.file), strings.Index(files[c.file], c.piece))
		var list []protocol.Location
		n.c.Call("textDocument/references", protocol.ReferenceParams{PositionParams: at, Context: protocol.ReferenceContext{IncludeDeclaration: true}}, &list)
		if got := places(list); got != c.want {
			t.Errorf("%s in %s: %q, not %q", c.piece, c.file, got, c.want)
		}
	}
}
