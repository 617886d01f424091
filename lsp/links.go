package lsp

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/protocol"
	"github.com/llmspell/llmspell/lsp/wire"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// documentLink answers textDocument/documentLink: modules and files that strings name,
// tools, for clients that show documents of the server, and addresses in comments.
func documentLink() feature {
	return on("textDocument/documentLink", func(ctx context.Context, r *request, _ *protocol.DocumentLinkParams) ([]protocol.DocumentLink, error) {
		out := []protocol.DocumentLink{}
		schemas := r.client.Has("workspace.textDocumentContent")
		for slot := range r.snap.Slots(r.file) {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			link := protocol.DocumentLink{Range: r.span(slot.Start, slot.End)}
			switch slot.Kind {
			case "require", "file":
				sym := r.snap.SymbolOf(r.file, slot.Node)
				if sym.Kind != analysis.ModuleSymbol {
					continue
				}
				link.Target = r.clientURI(sym.URI)
			case "tool":
				if target, ok := r.registration(slot.Value); ok {
					link.Target, link.Tooltip = target, "where the tool is registered"
					break
				}
				if c := r.snap.CatalogOf(r.file); !schemas || c == nil || c.Tool(slot.Value) == nil {
					continue
				}
				link.Data, _ = json.Marshal(linkData{Tool: slot.Value}) // a string can be written
			default:
				continue
			}
			out = append(out, link)
		}
		return append(out, r.addresses()...), nil
	}, func(_ *session, c *protocol.ServerCapabilities) {
		c.DocumentLinkProvider = &protocol.ResolveOptions{ResolveProvider: true}
	})
}

// registration is the line in which a script registers a tool, as clients write lines in
// the address of a file.
func (r *request) registration(tool string) (protocol.URI, bool) {
	for _, l := range r.snap.Registrations(r.file, tool) {
		if f := r.snap.File(l.URI); f != nil {
			line, _ := f.Lines().Position(l.Start, syntax.UTF8)
			return protocol.URI(fmt.Sprintf("%s#L%d", r.clientURI(l.URI), line+1)), true
		}
	}
	return "", false
}

// linkData is the data of a link that is resolved.
type linkData struct {
	Tool string `json:"tool"`
}

// documentLinkResolve answers documentLink/resolve, for links of tools.
func documentLinkResolve() feature {
	return on("documentLink/resolve", func(_ context.Context, r *request, link *protocol.DocumentLink) (*protocol.DocumentLink, error) {
		if len(link.Data) == 0 {
			return link, nil
		}
		var data linkData
		if err := json.Unmarshal(link.Data, &data); err != nil {
			return nil, wire.Errorf(wire.CodeInvalidParams, "the link's data is not what the server has sent: %v", err)
		}
		c := r.snap.CatalogOf(r.file)
		if c == nil || c.Tool(data.Tool) == nil {
			return nil, refuse("there is no tool %q any more", data.Tool)
		}
		tool := c.Tool(data.Tool)
		link.Target = protocol.URI(analysis.SchemaScheme + ":" + tool.Name)
		link.Tooltip = tool.Name + ": " + strings.SplitN(tool.Description, "\n", 2)[0]
		return link, nil
	}, nil)
}

// addresses are the addresses of pages in comments.
func (r *request) addresses() []protocol.DocumentLink {
	var out []protocol.DocumentLink
	t := r.file.Tree()
	for i, tok := range t.Tokens() {
		if tok.Kind != syntax.Comment {
			continue
		}
		text := t.TokenText(i)
		for at := 0; ; {
			start, end := address(text[at:])
			if start < 0 {
				break
			}
			start, end = at+start, at+end
			out = append(out, protocol.DocumentLink{Range: r.span(int(tok.Start)+start, int(tok.Start)+end), Target: protocol.URI(text[start:end])})
			at = end
		}
	}
	return out
}

// address finds the first address of a page in a text, start being -1 if there is none.
// What ends a sentence does not belong to it.
func address(text string) (start, end int) {
	for at := 0; ; {
		i := strings.Index(text[at:], "://")
		if i < 0 {
			return -1, 0
		}
		i += at
		at = i + len("://")
		start = -1
		for _, scheme := range [...]string{"https", "http"} {
			if strings.HasSuffix(text[:i], scheme) {
				start = i - len(scheme)
				break
			}
		}
		end = at
		for end < len(text) && text[end] > ' ' && !strings.ContainsRune("<>\"'`\\", rune(text[end])) {
			end++
		}
		end = at + len(strings.TrimRight(text[at:end], ".,;:!?)]}"))
		if start >= 0 && end > at {
			return start, end
		}
	}
}
