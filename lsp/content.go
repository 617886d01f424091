package lsp

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/llmspell/llmspell/lsp/catalog"
	"github.com/llmspell/llmspell/lsp/protocol"
	"github.com/llmspell/llmspell/lsp/wire"
)

// contents are the schemes of read-only documents that the server makes: a scheme, and
// what returns the text of a document, false if there is none.
func contents() map[string]func(r *request, uri protocol.URI) (string, bool) {
	return map[string]func(*request, protocol.URI) (string, bool){
		"llmspell-library": func(r *request, uri protocol.URI) (string, bool) {
			f := r.fileOf(uri)
			if f == nil {
				return "", false
			}
			return f.Text(), true
		},
		// llmspell-schema:calculator is the JSON Schema of a tool's parameters.
		"llmspell-schema": func(r *request, uri protocol.URI) (string, bool) {
			name := strings.TrimLeft(strings.TrimPrefix(string(uri), "llmspell-schema:"), "/")
			c := r.snap.CatalogOf(nil)
			if c == nil {
				return "", false
			}
			return catalog.SchemaText(c, strings.TrimSuffix(name, ".json"))
		},
	}
}

// readOnly tells whether the server itself makes a document. What a client opens is a copy
// of what is known already, and no script of the workspace: a rename must not find in it
// that load may use any global.
func readOnly(key string) bool {
	_, made := contents()[protocol.URI(key).Scheme()]
	return made
}

// textDocumentContent answers workspace/textDocumentContent (3.18).
func textDocumentContent() feature {
	return onAny("workspace/textDocumentContent", func(_ context.Context, r *request, p *protocol.TextDocumentContentParams) (*protocol.TextDocumentContentResult, error) {
		uri := p.URI
		make, ok := contents()[uri.Scheme()]
		if !ok {
			return nil, wire.Errorf(wire.CodeInvalidParams, "%s: the server makes no documents of this scheme", uri)
		}
		text, ok := make(r, uri)
		if !ok {
			return nil, wire.Errorf(wire.CodeInvalidParams, "%s: there is no such document", uri)
		}
		return &protocol.TextDocumentContentResult{Text: text}, nil
	}, func(_ *session, c *protocol.ServerCapabilities) {
		o := &protocol.TextDocumentContentOptions{}
		o.Schemes = slices.Sorted(maps.Keys(contents()))
		c.Workspace.TextDocumentContent = o
	})
}
