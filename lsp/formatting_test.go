package lsp_test

import (
	"strings"
	"testing"

	"github.com/llmspell/llmspell/lsp/format"
	"github.com/llmspell/llmspell/lsp/lsptest"
	"github.com/llmspell/llmspell/lsp/protocol"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// applied is an ASCII text with a client's edits made, which are in order and apart.
func applied(t *testing.T, text string, edits []protocol.TextEdit) string {
	t.Helper()
	lines := syntax.NewLines(text)
	var made []format.Edit
	for _, e := range edits {
		made = append(made, format.Edit{
			Start: lines.Offset(int(e.Range.Start.Line), int(e.Range.Start.Character), syntax.UTF16),
			End:   lines.Offset(int(e.Range.End.Line), int(e.Range.End.Character), syntax.UTF16),
			Text:  e.NewText,
		})
	}
	for i := 1; i < len(made); i++ {
		if made[i].Start < made[i-1].End {
			t.Fatalf("edits overlap: %+v", edits)
		}
	}
	return format.Apply(text, made)
}

func TestFormatting(t *testing.T) {
	const messy = "if x then\nf( 1,2 )\nend\ng( 3 )\n"
	dir := folder(t, map[string]string{"tabs/.editorconfig": "root = true\n[*.lua]\nindent_style = tab\n", "tabs/a.lua": messy, "b.lua": messy})
	c := start(t)
	c.Initialize(nil)
	doc := func(name string) protocol.DocumentParams {
		uri := protocol.FileURI(dir + "/" + name)
		c.Open(uri, messy)
		return protocol.DocumentParams{TextDocument: lsptest.Document(uri)}
	}
	b, a := doc("b.lua"), doc("tabs/a.lua")
	spaces := protocol.FormattingOptions{TabSize: 3, InsertSpaces: true}
	var edits []protocol.TextEdit
	c.Call("textDocument/formatting", protocol.FormattingParams{DocumentParams: b, Options: spaces}, &edits)
	if got := applied(t, messy, edits); got != "if x then\n   f(1, 2)\nend\ng(3)\n" {
		t.Errorf("%q", got)
	}
	c.Call("textDocument/formatting", protocol.FormattingParams{DocumentParams: a, Options: spaces}, &edits)
	if got := applied(t, messy, edits); got != "if x then\n\tf(1, 2)\nend\ng(3)\n" {
		t.Errorf("the folder's .editorconfig: %q", got)
	}
	first := protocol.Range{End: protocol.Position{Line: 2, Character: 3}}
	c.Call("textDocument/rangeFormatting", protocol.RangeFormattingParams{DocumentParams: b, Options: spaces, Range: first}, &edits)
	if got := applied(t, messy, edits); got != "if x then\n   f(1, 2)\nend\ng( 3 )\n" {
		t.Errorf("a range: %q", got)
	}
	second := protocol.Range{Start: protocol.Position{Line: 3}, End: protocol.Position{Line: 4}}
	c.Call("textDocument/rangesFormatting", protocol.RangesFormattingParams{DocumentParams: b, Options: spaces, Ranges: []protocol.Range{second, first, first}}, &edits)
	if got := applied(t, messy, edits); got != "if x then\n   f(1, 2)\nend\ng(3)\n" {
		t.Errorf("ranges: %q", got)
	}

	// The editor has gone to a new line in a block.
	const typed = "if x then\n\nend\n"
	c.Open(b.TextDocument.URI, typed)
	p := protocol.OnTypeFormattingParams{Ch: "\n", Options: spaces}
	p.TextDocument, p.Position = b.TextDocument, protocol.Position{Line: 1}
	c.Call("textDocument/onTypeFormatting", p, &edits)
	if got := applied(t, typed, edits); got != "if x then\n   \nend\n" {
		t.Errorf("on type: %q", got)
	}

	c.Open(b.TextDocument.URI, "if x then\n")
	if err := c.CallError("textDocument/formatting", protocol.FormattingParams{DocumentParams: b, Options: spaces}); err == nil || !strings.Contains(err.Message, "not formatted") {
		t.Errorf("a broken text: %v", err)
	}
	c.Shutdown()
}

// TestFormattingOneLongLine: a generated table in one line is answered with one edit.
func TestFormattingOneLongLine(t *testing.T) {
	text := "local x = 1\nreturn {" + strings.Repeat("1,", 12_000) + "}\n"
	c := start(t)
	c.Initialize(nil)
	uri := protocol.URI("untitled:long.lua")
	c.Open(uri, text)
	var edits []protocol.TextEdit
	c.Call("textDocument/formatting", protocol.FormattingParams{
		DocumentParams: protocol.DocumentParams{TextDocument: lsptest.Document(uri)}, Options: protocol.FormattingOptions{TabSize: 2, InsertSpaces: true},
	}, &edits)
	if len(edits) != 1 || edits[0].Range.Start.Line != 1 {
		t.Fatalf("%d edits, not one", len(edits))
	}
	tree := syntax.Parse(text)
	opts := format.Default()
	opts.IndentSize = 2
	want, err := format.Format(tree, opts)
	if err != nil {
		t.Fatal(err)
	}
	if got := applied(t, tree.Text(), edits); got != format.Apply(tree.Text(), want) {
		t.Error("the edit makes another text than the edits that it stands for")
	}
}
