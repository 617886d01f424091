package lsp_test

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/llmspell/llmspell/lsp"
	"github.com/llmspell/llmspell/lsp/lsptest"
	"github.com/llmspell/llmspell/lsp/protocol"
)

// clientPosition counts as a client does, without a line table: line ends are \r\n, \n and \r.
func clientPosition(text string, offset int, encoding string) protocol.Position {
	var p protocol.Position
	for at, r := range text[:offset] {
		switch {
		case r == '\n' || r == '\r' && !strings.HasPrefix(text[at+1:], "\n"):
			p = protocol.Position{Line: p.Line + 1}
		case r == '\r':
		case encoding == protocol.UTF8:
			p.Character += uint32(len(string(r)))
		case encoding == protocol.UTF16:
			p.Character += uint32(len(utf16.Encode([]rune{r})))
		default:
			p.Character++
		}
	}
	return p
}

// TestPositionsOfNames: what is asked and answered about names counts in the client's units, behind
// emoji, combining letters and line ends of all kinds.
func TestPositionsOfNames(t *testing.T) {
	files := map[string]string{
		"a.lua": "-- 🦜é\u0301\r\nlocal m = require(\"b\") --[[ 🦜\r\n🦜 ]] local loc, s = '🦜', \"🦜\" print(s, loc)\r" +
			"local function f(par) --[[🦜]] return par .. \"🦜\" .. loc end\n\r\nprint(\"🦜\", f(m.fld), m[ [[fld]] ], '🦜', m[\"fld\"]) --🦜\r\n" +
			"print('🦜') goto lab print(\"🦜\")\r\n--[==[🦜\r]==] ::lab:: print('é', glob, _G[\"glob\"])\r\n",
		"b.lua": "local M = {['🦜'] = 1, fld = '🦜'} --[[🦜]] glob = M.fld\r\nfunction M.f() return \"🦜\", M.fld end return M",
	}
	names := map[string]int{"loc": 3, "par": 2, "fld": 6, "lab": 2, "glob": 3}
	for _, encoding := range []string{protocol.UTF8, protocol.UTF16, protocol.UTF32} {
		dir := folder(t, files)
		c := lsptest.Serve(t, lsp.New(lsp.Options{}).ServeConn)
		caps := lsptest.Modern()
		caps["general"] = map[string]any{"positionEncodings": []string{encoding}}
		more := folders(dir)
		more["capabilities"] = caps
		c.Initialize(more)
		uri := func(file string) protocol.URI { return protocol.FileURI(filepath.Join(dir, file)) }
		until(t, "the folder is indexed", func() bool { return status(c).Files == len(files) })
		c.Open(uri("a.lua"), files["a.lua"]) // the other one is read from disk
		for name, count := range names {
			var want []string
			var at []protocol.PositionParams
			for _, file := range []string{"a.lua", "b.lua"} {
				for _, m := range regexp.MustCompile(`\b`+name+`\b`).FindAllStringIndex(files[file], -1) {
					p := clientPosition(files[file], m[0], encoding)
					want = append(want, file+":"+point(p))
					at = append(at, lsptest.At(uri(file), p.Line, p.Character))
				}
			}
			if len(want) != count {
				t.Fatalf("%s is named in %v", name, want)
			}
			for _, params := range at {
				var range_ protocol.PrepareRename
				c.Call("textDocument/prepareRename", params, &range_)
				if end := params.Position.Character + uint32(len(name)); range_.Range.Start != params.Position || range_.Range.End.Character != end || range_.Placeholder != name {
					t.Errorf("%s: %s at %s is offered as %+v", encoding, name, point(params.Position), range_)
				}
				var edit protocol.WorkspaceEdit
				c.Call("textDocument/rename", protocol.RenameParams{PositionParams: params, NewName: "new_" + name}, &edit)
				var got []string
				for _, place := range strings.Fields(edited(&edit)) {
					got = append(got, strings.TrimSuffix(place, "=new_"+name))
				}
				slices.Sort(got)
				if slices.Sort(want); !slices.Equal(got, want) {
					t.Errorf("%s: %s is renamed at %v, not %v", encoding, name, got, want)
				}
				var refs []protocol.Location
				c.Call("textDocument/references", protocol.ReferenceParams{PositionParams: params, Context: protocol.ReferenceContext{IncludeDeclaration: true}}, &refs)
				got = nil
				for _, l := range refs {
					got = append(got, filepath.Base(l.URI.Path())+":"+point(l.Range.Start))
				}
				if slices.Sort(got); !slices.Equal(got, want) {
					t.Errorf("%s: the references of %s are %v, not %v", encoding, name, got, want)
				}
			}
		}
	}
}
