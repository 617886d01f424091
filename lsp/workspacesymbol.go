package lsp

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/protocol"
	"github.com/llmspell/llmspell/lsp/wire"
)

// maxSymbols is how many symbols of the workspace are answered.
const maxSymbols = 256

// symbolPlace is the data of a workspace symbol whose range the client has not got.
type symbolPlace struct {
	URI   string `json:"uri"` // canonical
	Start int    `json:"start"`
	End   int    `json:"end"`
}

// workspaceSymbol answers workspace/symbol from the index, the best first.
func workspaceSymbol() feature {
	return on("workspace/symbol", func(ctx context.Context, r *request, p *protocol.WorkspaceSymbolParams) ([]protocol.WorkspaceSymbol, error) {
		type found struct {
			of    *analysis.Outline
			uri   string
			score int
		}
		var all []found
		for _, e := range r.snap.Files() {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			for i := range e.Symbols {
				o := &e.Symbols[i]
				if score, ok := symbolScore(p.Query, o); ok {
					all = append(all, found{o, e.URI, score})
				}
			}
		}
		slices.SortStableFunc(all, func(a, b found) int {
			return cmp.Or(b.score-a.score, len(a.of.Name)-len(b.of.Name), strings.Compare(a.of.Name, b.of.Name))
		})
		all = all[:min(len(all), maxSymbols)]
		later := r.client.Lists("workspace.symbol.resolveSupport.properties", "location.range")
		out := make([]protocol.WorkspaceSymbol, 0, len(all))
		for _, x := range all {
			s := protocol.WorkspaceSymbol{Name: x.of.Name, Kind: outlineKinds[x.of.Kind], ContainerName: x.of.Container}
			place := symbolPlace{x.uri, x.of.Start, x.of.End}
			if later {
				s.Location = protocol.TextDocumentIdentifier{URI: r.clientURI(x.uri)}
				s.Data, _ = json.Marshal(place) // a string and numbers can be written
			} else if l, ok := r.symbolLocation(place); ok {
				s.Location = l
			} else {
				continue // the file is gone
			}
			out = append(out, s)
		}
		return out, nil
	}, func(_ *session, c *protocol.ServerCapabilities) {
		c.WorkspaceSymbolProvider = &protocol.ResolveOptions{ResolveProvider: true}
	})
}

// workspaceSymbolResolve answers workspaceSymbol/resolve.
func workspaceSymbolResolve() feature {
	return on("workspaceSymbol/resolve", func(_ context.Context, r *request, s *protocol.WorkspaceSymbol) (*protocol.WorkspaceSymbol, error) {
		var place symbolPlace
		if len(s.Data) == 0 {
			return s, nil
		}
		if err := json.Unmarshal(s.Data, &place); err != nil {
			return nil, wire.Errorf(wire.CodeInvalidParams, "the symbol's data is not what the server has sent: %v", err)
		}
		l, ok := r.symbolLocation(place)
		if !ok {
			return nil, refuse("%s cannot be read any more", place.URI)
		}
		s.Location = l
		return s, nil
	}, nil)
}

// symbolLocation is the range of a symbol in the text as it is now.
func (r *request) symbolLocation(p symbolPlace) (l protocol.Location, ok bool) {
	f := r.snap.File(p.URI)
	if f == nil {
		return l, false
	}
	end := min(max(p.End, 0), len(f.Text()))
	return protocol.Location{URI: r.clientURI(p.URI), Range: r.rangeIn(f, min(max(p.Start, 0), end), end)}, true
}

var outlineKinds = [...]protocol.SymbolKind{
	analysis.FunctionOutline: protocol.SymbolFunction,
	analysis.MethodOutline:   protocol.SymbolMethod,
	analysis.VariableOutline: protocol.SymbolVariable,
	analysis.ClassOutline:    protocol.SymbolClass,
	analysis.TableOutline:    protocol.SymbolClass,
}

// symbolScore tells how well a symbol fits a query, which may name its table too, as in
// "account.dep" or "Account:deposit".
func symbolScore(query string, o *analysis.Outline) (score int, ok bool) {
	if i := strings.LastIndexAny(query, ".:"); i >= 0 {
		in, fits := fuzzy(query[:i], o.Container)
		score, ok = fuzzy(query[i+1:], o.Name)
		return score + in, ok && fits
	}
	return fuzzy(query, o.Name)
}

// fuzzy tells how well a name fits a query whose characters it must have in order,
// whatever their case: whole names before beginnings, before what stands at the
// beginning of words, before what stands anywhere.
func fuzzy(query, name string) (score int, ok bool) {
	switch {
	case query == "":
		return 0, true
	case query == name:
		return 1000, true
	case strings.EqualFold(query, name):
		return 900, true
	case strings.HasPrefix(name, query):
		return 800, true
	case len(query) <= len(name) && strings.EqualFold(query, name[:len(query)]):
		return 700, true
	}
	at, run, initials := 0, 0, len(query) > 1
	for i := 0; i < len(query); i++ {
		c := lower(query[i])
		if c == ' ' {
			continue
		}
		start := at
		for at < len(name) && lower(name[at]) != c {
			at++
		}
		if at == len(name) {
			return 0, false
		}
		switch {
		case at == 0 || wordBegins(name, at):
			score += 12
			run = 0
		case at == start && i > 0:
			initials = false
			run++
			score += 4 + min(run, 4)
		default:
			initials = false
			run = 0
			score++
		}
		at++
	}
	if initials {
		score += 200
	}
	if i := strings.Index(strings.ToLower(name), strings.ToLower(query)); i >= 0 && i < len(name) {
		if score += 100; i == 0 || wordBegins(name, i) {
			score += 200
		}
	}
	return min(score, 600), true
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// wordBegins tells whether a word of a name begins at a byte: behind a _ or a dot, or
// with a capital.
func wordBegins(name string, at int) bool {
	before, c := name[at-1], name[at]
	return before == '_' || before == '.' || c >= 'A' && c <= 'Z' && (before < 'A' || before > 'Z')
}
