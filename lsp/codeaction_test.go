package lsp_test

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/lsp"
	"github.com/llmspell/llmspell/lsp/batch"
	"github.com/llmspell/llmspell/lsp/catalog"
	"github.com/llmspell/llmspell/lsp/lsptest"
	"github.com/llmspell/llmspell/lsp/protocol"
)

// withTools serves a client that knows the tools that are compiled in.
func withTools(t testing.TB) *lsptest.Client {
	t.Helper()
	return lsptest.Serve(t, lsp.New(lsp.Options{Catalog: catalog.Builtin}).ServeConn)
}

// action is a code action as clients read it.
type action struct {
	Title, Kind string
	IsPreferred bool
	Diagnostics []struct{ Code string }
	Edit        struct {
		DocumentChanges []struct {
			TextDocument protocol.OptionalVersion
			Edits        []protocol.TextEdit
		}
	}
}

func actions(c *lsptest.Client, uri protocol.URI, only []string, about []protocol.Diagnostic, at protocol.Range) []action {
	var list []action
	params := map[string]any{"textDocument": lsptest.Document(uri), "range": at, "context": map[string]any{"diagnostics": about, "only": only}}
	c.Call("textDocument/codeAction", params, &list)
	return list
}

func TestQuickFix(t *testing.T) {
	c := withTools(t)
	c.Initialize(nil)
	c.Open(uri, "local e = '😀' return Tool.get('calculatr'), e\n")
	found := c.Diagnostics(uri)
	if len(found) != 1 || found[0].Code != "unknown-tool" || found[0].CodeDescription == nil || found[0].Range.Start.Character != 32 {
		t.Fatalf("%+v", found)
	}
	list := actions(c, uri, nil, found, found[0].Range)
	if len(list) == 0 || list[0].Kind != "quickfix" || !list[0].IsPreferred || len(list[0].Diagnostics) != 1 || list[0].Title != `Change to "calculator"` {
		t.Fatalf("%+v", list)
	}
	change := list[0].Edit.DocumentChanges[0]
	if change.TextDocument.URI != uri || *change.TextDocument.Version != 1 || len(change.Edits) != 1 || change.Edits[0].NewText != "calculator" || change.Edits[0].Range != found[0].Range {
		t.Errorf("%+v", change)
	}
	if list := actions(c, uri, []string{"source.fixAll"}, nil, protocol.Range{}); len(list) != 1 || list[0].Kind != "source.fixAll" {
		t.Errorf("%+v", list)
	}
	if list := actions(c, uri, []string{"refactor.extract"}, found, found[0].Range); len(list) != 0 {
		t.Errorf("%+v", list)
	}
	if list := actions(c, uri, nil, nil, protocol.Range{}); len(list) != 0 {
		t.Errorf("far from the finding: %+v", list)
	}
}

// TestCheckIsTheEditors compares what the server finds in the files of a folder, asked
// and by itself, with what `llmspell check` finds.
func TestCheckIsTheEditors(t *testing.T) {
	dir := folder(t, map[string]string{
		".luarc.json": `{"diagnostics.severity": {"unused-local": "warning"}, "diagnostics.disable": ["empty-block"]}`,
		"a.lua":       "local x = 1\nprint(Tool.get('calculatr'), shared, nope)\nif nope == {} then end\n",
		"b.lua":       "shared = 1\nreturn Tool.calculator:execute({inputt = 1})\n", "lib/c.lua": "x = = 1\n", "vendor/d.lua": "x = = 1\n",
	})
	text := func(line, column int, severity, code, message string) string {
		return strings.Join([]string{string(rune('0' + line)), string(rune('0' + column%64)), severity, code, message}, " ")
	}
	p := &batch.Project{Catalog: catalog.Builtin()}
	report, err := p.Check(context.Background(), []string{dir}, false)
	if err != nil || len(report.Files) != 3 {
		t.Fatalf("%v %v", report.Files, err)
	}
	c := withTools(t)
	c.Initialize(folders(dir))
	until(t, "all files are indexed", func() bool { return status(c).Files == 3 })
	for _, f := range report.Files {
		var want, pulled, pushed []string
		for _, x := range f.Findings {
			line, column := f.File.Lines().Position(x.Start, 0)
			want = append(want, text(line, column, x.Severity.String(), x.Code, x.Message))
		}
		names := []string{"", "error", "warning", "information", "hint"}
		write := func(list []protocol.Diagnostic) (out []string) {
			for _, d := range list {
				out = append(out, text(int(d.Range.Start.Line), int(d.Range.Start.Character), names[d.Severity], d.Code, d.Message))
			}
			return out
		}
		uri := protocol.FileURI(f.Path)
		var pull protocol.DiagnosticReport
		c.Call("textDocument/diagnostic", map[string]any{"textDocument": lsptest.Document(uri)}, &pull)
		pulled = write(pull.Items)
		c.Open(uri, f.File.Text())
		pushed = write(c.Diagnostics(uri))
		if len(want) == 0 || !slices.Equal(want, pulled) || !slices.Equal(want, pushed) {
			t.Errorf("%s:\ncheck  %q\npulled %q\npushed %q", filepath.Base(f.Path), want, pulled, pushed)
		}
	}
}

func TestRewrites(t *testing.T) {
	c := withTools(t)
	c.Initialize(nil)
	for i, tt := range []struct {
		text   string
		column uint32
		title  string
		want   string // "" if it is not offered
	}{
		{`return "it"`, 8, "Use single quotes", `return 'it'`},
		{`return 'a\'b\n'`, 8, "Use double quotes", `return "a\'b\n"`},
		{`return "it's"`, 8, "Use single quotes", ""},
		{`return [[it]]`, 9, "Use single quotes", ""},
		{`return math.pi`, 13, `Write ["pi"]`, `return math["pi"]`},
		{`return {["a"] = 1}`, 10, "Write a", `return {a = 1}`},
		{`return {a = 1}`, 8, `Write ["a"]`, `return {["a"] = 1}`},
		{`return math["pi"]`, 14, "Write .pi", `return math.pi`},
		{`return math["end"]`, 14, "Write .end", ""},
		{`function math.x() end`, 14, `Write ["x"]`, ""},
		{`return math --[[ ? ]] .pi`, 24, `Write ["pi"]`, ""},
	} {
		uri := protocol.URI("file:///proj/" + string(rune('a'+i)) + ".lua")
		c.Open(uri, tt.text)
		at := protocol.Range{Start: protocol.Position{Character: tt.column}, End: protocol.Position{Character: tt.column}}
		got := ""
		for _, a := range actions(c, uri, []string{"refactor"}, nil, at) {
			if e := a.Edit.DocumentChanges[0].Edits[0]; a.Title == tt.title {
				got = tt.text[:e.Range.Start.Character] + e.NewText + tt.text[e.Range.End.Character:]
			}
		}
		if got != tt.want {
			t.Errorf("%s: %q, wanted %q", tt.text, got, tt.want)
		}
	}
}
