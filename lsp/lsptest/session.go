package lsptest

import (
	"encoding/json"
	"maps"

	"github.com/llmspell/llmspell/lsp/protocol"
)

// Capabilities of a client that can do all that tests look at: Modern counts in UTF-16
// and is pushed findings. Change a copy.
func Modern() map[string]any {
	return map[string]any{
		"general":   map[string]any{"positionEncodings": []string{protocol.UTF16}},
		"window":    map[string]any{"workDoneProgress": true, "showDocument": map[string]any{"support": true}},
		"workspace": map[string]any{"applyEdit": true, "configuration": false, "workspaceFolders": true, "workspaceEdit": map[string]any{"documentChanges": true}},
		"textDocument": map[string]any{
			"documentSymbol":     map[string]any{"hierarchicalDocumentSymbolSupport": true},
			"publishDiagnostics": map[string]any{"versionSupport": true, "relatedInformation": true},
			"hover":              map[string]any{"contentFormat": []string{protocol.Markdown}},
			"completion": map[string]any{
				"completionItem": map[string]any{"snippetSupport": true, "labelDetailsSupport": true, "documentationFormat": []string{protocol.Markdown}},
				"completionList": map[string]any{"itemDefaults": []string{"commitCharacters", "editRange", "insertTextFormat", "insertTextMode", "data"}},
			},
		},
	}
}

// Initialize begins the session, with Modern capabilities and more parameters, which
// win. It sends initialized too.
func (c *Client) Initialize(more map[string]any) *protocol.InitializeResult {
	c.t.Helper()
	params := map[string]any{"processId": nil, "rootUri": nil, "capabilities": Modern()}
	maps.Copy(params, more)
	var result protocol.InitializeResult
	c.Call("initialize", params, &result)
	c.Notify("initialized", map[string]any{})
	return &result
}

// Open opens a document.
func (c *Client) Open(uri protocol.URI, text string) {
	c.versions[uri] = 1
	c.Notify("textDocument/didOpen", protocol.DidOpenParams{TextDocument: protocol.TextDocumentItem{URI: uri, LanguageID: "lua", Version: 1, Text: text}})
}

// Change changes a document; a change without a range is the whole text.
func (c *Client) Change(uri protocol.URI, changes ...protocol.ContentChange) {
	c.versions[uri]++
	c.Notify("textDocument/didChange", protocol.DidChangeParams{
		TextDocument: protocol.VersionedTextDocumentIdentifier{URI: uri, Version: c.versions[uri]}, ContentChanges: changes,
	})
}

// Replace is the change of a range.
func Replace(line1, char1, line2, char2 uint32, text string) protocol.ContentChange {
	return protocol.ContentChange{Range: &protocol.Range{Start: protocol.Position{Line: line1, Character: char1}, End: protocol.Position{Line: line2, Character: char2}}, Text: text}
}

// Close closes a document.
func (c *Client) Close(uri protocol.URI) {
	c.Notify("textDocument/didClose", map[string]any{"textDocument": Document(uri)})
}

// Document names a document in parameters.
func Document(uri protocol.URI) protocol.TextDocumentIdentifier {
	return protocol.TextDocumentIdentifier{URI: uri}
}

// At are the parameters of a request on a position.
func At(uri protocol.URI, line, character uint32) protocol.PositionParams {
	return protocol.PositionParams{DocumentParams: protocol.DocumentParams{TextDocument: Document(uri)}, Position: protocol.Position{Line: line, Character: character}}
}

// Diagnostics waits for the findings of the newest version of a document.
func (c *Client) Diagnostics(uri protocol.URI) []protocol.Diagnostic {
	c.t.Helper()
	var p protocol.PublishDiagnosticsParams
	c.Await("textDocument/publishDiagnostics", func(params json.RawMessage) bool {
		p = protocol.PublishDiagnosticsParams{}
		return json.Unmarshal(params, &p) == nil && p.URI == uri && (p.Version == nil || *p.Version == c.versions[uri])
	})
	return p.Diagnostics
}
