package lsp_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/llmspell/llmspell/lsp/lsptest"
	"github.com/llmspell/llmspell/lsp/markers"
	"github.com/llmspell/llmspell/lsp/protocol"
)

// TestMarkers asks what an editor asks, at the places that the comments of the files of
// testdata/completion name.
func TestMarkers(t *testing.T) {
	root, err := filepath.Abs("testdata/completion")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range markers.Files(t, root) {
		name := filepath.Base(path)
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			c := startTools(t)
			uri := protocol.FileURI(path)
			c.Open(uri, string(text))
			for _, m := range markers.Read(t, name, string(text)) {
				m.Check(t, name, answer(t, c, uri, string(text), m))
			}
		})
	}
}

// positionOf is the position of a byte in ASCII.
func positionOf(text string, offset int) protocol.Position {
	before := text[:offset]
	return protocol.Position{Line: uint32(strings.Count(before, "\n")), Character: uint32(utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:]))}
}

func answer(t *testing.T, c *lsptest.Client, uri protocol.URI, text string, m markers.Marker) string {
	t.Helper()
	at := positionOf(text, m.Offset)
	switch m.Kind {
	case "complete":
		return strings.Join(labels(completeHere(c, uri, at)), " ")
	case "hover":
		var h protocol.Hover
		c.Call("textDocument/hover", protocol.HoverParams{PositionParams: lsptest.At(uri, at.Line, at.Character)}, &h)
		return h.Contents.Value
	case "signature":
		var h protocol.SignatureHelp
		c.Call("textDocument/signatureHelp", protocol.SignatureHelpParams{PositionParams: lsptest.At(uri, at.Line, at.Character)}, &h)
		return signatureText(&h)
	case "hints":
		var list []protocol.InlayHint
		line := protocol.Range{Start: protocol.Position{Line: at.Line}, End: protocol.Position{Line: at.Line + 1}}
		c.Call("textDocument/inlayHint", protocol.InlayHintParams{DocumentParams: protocol.DocumentParams{TextDocument: lsptest.Document(uri)}, Range: line}, &list)
		return hintsText(text, at.Line, list)
	}
	t.Errorf("no such marker: %s", m.Kind)
	return ""
}

// signatureText is the active signature, with the active parameter between stars.
func signatureText(h *protocol.SignatureHelp) string {
	if len(h.Signatures) == 0 {
		return ""
	}
	s := h.Signatures[h.ActiveSignature]
	active := s.ActiveParameter
	if active == nil || int(*active) >= len(s.Parameters) {
		return s.Label
	}
	label, _ := s.Parameters[*active].Label.(string)
	return strings.Replace(s.Label, label, "*"+label+"*", 1)
}

// hintsText is the hints of a line in order: those of types behind their names.
func hintsText(text string, line uint32, list []protocol.InlayHint) string {
	var out []string
	code := strings.Split(text, "\n")[line]
	slices.SortFunc(list, func(a, b protocol.InlayHint) int { return int(a.Position.Character) - int(b.Position.Character) })
	for _, h := range list {
		if h.Position.Line != line {
			continue
		}
		label, _ := h.Label.(string)
		if h.Kind == protocol.HintType {
			before := code[:h.Position.Character]
			label = before[strings.LastIndexAny(before, " ,")+1:] + label
		}
		out = append(out, label)
	}
	return strings.Join(out, " | ")
}
