package lsp_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/lsp"
	"github.com/llmspell/llmspell/lsp/catalog"
	"github.com/llmspell/llmspell/lsp/lsptest"
	"github.com/llmspell/llmspell/lsp/protocol"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// TestSemanticTokensDelta changes a text at random: the tokens that a client has after it
// has applied a delta are those of a full answer.
func TestSemanticTokensDelta(t *testing.T) {
	c := lsptest.Serve(t, lsp.New(lsp.Options{Catalog: catalog.Builtin}).ServeConn)
	c.Initialize(nil)
	text := strings.Repeat("local a = Tool.get(\"calculator\")\n---@param x number ä😀\nlocal function f(x) return x + a end\nf(1)\n", 12)
	c.Open(uri, text)
	doc := protocol.DocumentParams{TextDocument: lsptest.Document(uri)}
	var full protocol.SemanticTokens
	c.Call("textDocument/semanticTokens/full", doc, &full)
	if len(full.Data) == 0 || full.ResultID == "" {
		t.Fatalf("%+v", full)
	}
	have, id := full.Data, full.ResultID
	random := rand.New(rand.NewPCG(1, 2))
	pieces := []string{"", "x", " ", "\n", "local y = 1\n", "😀", "end", "---@class A\n", "Tool.get('uuid')", "\"", "(", "\r\n"}
	deltas := 0
	for i := range 150 {
		lines := strings.Split(text, "\n")
		line := random.IntN(len(lines))
		column := random.IntN(len(lines[line]) + 1)
		for column > 0 && column < len(lines[line]) && lines[line][column]&0xC0 == 0x80 {
			column--
		}
		at := len(strings.Join(lines[:line], "\n")) + column + min(line, 1)
		n := min(random.IntN(4), len(text)-at)
		for at+n < len(text) && text[at+n]&0xC0 == 0x80 {
			n++
		}
		text = text[:at] + pieces[random.IntN(len(pieces))] + text[at+n:]
		c.Change(uri, protocol.ContentChange{Text: text})
		var raw json.RawMessage
		c.Call("textDocument/semanticTokens/full/delta", protocol.SemanticTokensDeltaParams{DocumentParams: doc, PreviousResultID: id}, &raw)
		var delta struct {
			ResultID string                        `json:"resultId"`
			Data     []uint32                      `json:"data"`
			Edits    []protocol.SemanticTokensEdit `json:"edits"`
		}
		if err := json.Unmarshal(raw, &delta); err != nil {
			t.Fatal(err)
		}
		if delta.Edits == nil {
			t.Fatalf("edit %d: no edits: %.200s", i, raw)
		}
		deltas += len(delta.Edits)
		for _, e := range delta.Edits {
			have = slices.Concat(have[:e.Start], e.Data, have[e.Start+e.DeleteCount:])
		}
		id = delta.ResultID
		var all protocol.SemanticTokens
		c.Call("textDocument/semanticTokens/range", protocol.SemanticTokensRangeParams{DocumentParams: doc, Range: protocol.Range{End: protocol.Position{Line: 1 << 20}}}, &all)
		if !slices.Equal(have, all.Data) {
			t.Fatalf("edit %d: the delta does not lead to all tokens", i)
		}
		checkTokens(t, text, have)
	}
	if deltas == 0 {
		t.Error("nothing has changed")
	}
	var unknown protocol.SemanticTokens
	c.Call("textDocument/semanticTokens/full/delta", protocol.SemanticTokensDeltaParams{DocumentParams: doc, PreviousResultID: "nonsense"}, &unknown)
	if !slices.Equal(unknown.Data, have) {
		t.Error("a client with an unknown result does not get all tokens")
	}
}

// checkTokens tests that tokens lie in the text, in order, and none in another.
func checkTokens(t *testing.T, text string, data []uint32) {
	t.Helper()
	lines := syntax.NewLines(text)
	line, column, end := 0, 0, 0
	for i := 0; i+4 < len(data); i += 5 {
		if data[i] > 0 {
			column, end = 0, 0
		}
		line, column = line+int(data[i]), column+int(data[i+1])
		_, last := lines.Position(lines.End(line), syntax.UTF16)
		if data[i+2] == 0 || column < end || column+int(data[i+2]) > last || line >= lines.Count() {
			t.Fatalf("token %d at %d:%d, %d long, is not in the text, or in another", i/5, line, column, data[i+2])
		}
		end = column + int(data[i+2])
		if int(data[i+3]) >= len(lsp.TokenTypes()) || data[i+4] >= 1<<len(lsp.TokenModifiers()) {
			t.Fatalf("token %d is not in the legend", i/5)
		}
	}
}

// TestRangesLieInTheDocument asks everything everywhere of texts that are cut off
// anywhere: each range of an answer lies in its document, and begins before it ends.
func TestRangesLieInTheDocument(t *testing.T) {
	n, uri := navigate(t, navigationFiles(t))
	u := uri("broken.lua")
	random := rand.New(rand.NewPCG(3, 4))
	corpus := []string{
		"local s = [==[ long\n😀 string ]==]\nfor k, v in pairs(t) do if x then return function(...) end end end -- http://x.y/😀.\n",
		"---@class A: B\n---@field x fun(a: A): B[]\nlocal A = {}\r\nA.__index = A\rfunction A:m(a) goto e ::e:: return self.x, a end\n",
	}
	for _, text := range n.texts {
		corpus = append(corpus, text)
	}
	slices.Sort(corpus)
	n.c.Open(u, "")
	asked := 0
	for range 40 {
		text := corpus[random.IntN(len(corpus))]
		text = text[:random.IntN(len(text)+1)]
		if random.IntN(3) == 0 && len(text) > 0 {
			from := random.IntN(len(text))
			text = text[from:]
		}
		text = strings.ToValidUTF8(text, "")
		n.texts[u] = text
		n.c.Change(u, protocol.ContentChange{Text: text})
		doc := protocol.DocumentParams{TextDocument: lsptest.Document(u)}
		whole := protocol.Range{End: protocol.Position{Line: 1 << 30}}
		at := n.at(u, random.IntN(len(text)+1))
		for method, params := range map[string]any{
			"textDocument/definition": at, "textDocument/declaration": at, "textDocument/typeDefinition": at, "textDocument/implementation": at,
			"textDocument/references":        protocol.ReferenceParams{PositionParams: at, Context: protocol.ReferenceContext{IncludeDeclaration: true}},
			"textDocument/documentHighlight": at, "textDocument/linkedEditingRange": at, "textDocument/prepareRename": at,
			"textDocument/rename":         protocol.RenameParams{PositionParams: at, NewName: "zz"},
			"textDocument/documentSymbol": doc, "textDocument/foldingRange": doc, "textDocument/documentLink": doc, "textDocument/codeLens": doc,
			"textDocument/selectionRange":       protocol.SelectionRangeParams{DocumentParams: doc, Positions: []protocol.Position{at.Position, {}}},
			"textDocument/prepareCallHierarchy": at, "textDocument/prepareTypeHierarchy": at,
			"textDocument/inlineValue": protocol.InlineValueParams{DocumentParams: doc, Range: whole, Context: protocol.InlineValueContext{StoppedLocation: protocol.Range{Start: at.Position, End: at.Position}}},
			"workspace/symbol":         protocol.WorkspaceSymbolParams{Query: "a"},
		} {
			var answer any
			if err := n.c.Begin(method, params).Wait(&answer); err != nil {
				if err.Code != -32803 {
					t.Fatalf("%s in %q: %v", method, text, err)
				}
				continue
			}
			asked++
			n.inside(method, u, answer)
			for _, item := range hierarchyItems(method, answer) {
				for _, next := range map[bool][]string{true: {"callHierarchy/incomingCalls", "callHierarchy/outgoingCalls"}, false: {"typeHierarchy/supertypes", "typeHierarchy/subtypes"}}[strings.Contains(method, "Call")] {
					var more any
					n.c.Call(next, map[string]any{"item": item}, &more)
					n.inside(next, u, more)
				}
			}
		}
		var tokens protocol.SemanticTokens
		n.c.Call("textDocument/semanticTokens/full", doc, &tokens)
		checkTokens(t, text, tokens.Data)
	}
	if asked < 200 {
		t.Errorf("only %d answers", asked)
	}
}

func hierarchyItems(method string, answer any) []any {
	list, _ := answer.([]any)
	if !strings.HasSuffix(method, "Hierarchy") {
		return nil
	}
	return list
}

// inside tests that all ranges of an answer lie in the document that they belong to: the
// one whose uri stands beside or above them, else that of the request.
func (n *navigator) inside(method string, of protocol.URI, answer any) {
	switch v := answer.(type) {
	case []any:
		for _, x := range v {
			n.inside(method, of, x)
		}
	case map[string]any:
		if uri, ok := v["uri"].(string); ok {
			of = protocol.URI(uri)
		}
		if doc, ok := v["textDocument"].(map[string]any); ok {
			of = protocol.URI(doc["uri"].(string))
		}
		if start, ok := v["start"].(map[string]any); ok && v["end"] != nil {
			n.positions(method, of, start, v["end"].(map[string]any))
			return
		}
		for key, x := range v {
			in := of
			if key == "fromRanges" {
				if from, ok := v["from"].(map[string]any); ok {
					in = protocol.URI(from["uri"].(string))
				}
			}
			n.inside(method, in, x)
		}
	}
}

func (n *navigator) positions(method string, of protocol.URI, start, end map[string]any) {
	text, ok := n.texts[of]
	if !ok {
		return // a document of the server
	}
	lines := syntax.NewLines(text)
	last := [2]int{-1, -1}
	for _, p := range []map[string]any{start, end} {
		line, column := int(p["line"].(float64)), int(p["character"].(float64))
		offset := lines.Offset(line, column, syntax.UTF16)
		l, c := lines.Position(offset, syntax.UTF16)
		if l != line || c != column {
			n.t.Errorf("%s: %d:%d is not in %s:\n%q", method, line, column, filepath.Base(string(of)), text)
		}
		if line < last[0] || line == last[0] && column < last[1] {
			n.t.Errorf("%s: a range ends before it begins: %v", method, fmt.Sprint(start, end))
		}
		last = [2]int{line, column}
	}
}

// BenchmarkSemanticTokens measures the tokens of a long script after a change.
func BenchmarkSemanticTokens(b *testing.B) {
	c := lsptest.Serve(b, lsp.New(lsp.Options{Catalog: catalog.Builtin}).ServeConn)
	c.Initialize(nil)
	var text strings.Builder
	for i := range 700 {
		fmt.Fprintf(&text, "--- Adds %d.\n---@param a number\nlocal function add%d(a, b)\n  local c = Tool.get(\"calculator\")\n  return c:execute({input = a .. b}).result\nend\nprint(add%d(1, 2), string.format(\"%%d\", %d))\n", i, i, i, i)
	}
	c.Open(uri, text.String())
	for b.Loop() {
		c.Change(uri, lsptest.Replace(1, 0, 1, 0, " "))
		var tokens protocol.SemanticTokens
		c.Call("textDocument/semanticTokens/full", protocol.DocumentParams{TextDocument: lsptest.Document(uri)}, &tokens)
	}
}
