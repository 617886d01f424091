package lsp

import (
	"context"
	"slices"
	"strconv"
	"sync"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/protocol"
)

// Types of semantic tokens: indexes into tokenTypes.
const (
	tokenNamespace = iota
	tokenType
	tokenClass
	tokenParameter
	tokenVariable
	tokenProperty
	tokenFunction
	tokenMethod
	tokenKeyword
	tokenString
	tokenLabel
	tokenEvent
)

// tokenTypes are their names in the protocol. label is of 3.18.
var tokenTypes = [...]string{
	"namespace", "type", "class", "parameter", "variable", "property", "function", "method", "keyword", "string", "label", "event",
}

// Modifiers of semantic tokens: bits whose names are in tokenModifiers.
const (
	tokenDeclaration = 1 << iota
	tokenReadonly
	tokenDeprecated
	tokenModification
	tokenDocumentation
	tokenDefaultLibrary
	tokenGlobal
	tokenUpvalue
)

// global and upvalue are ours: a variable of all scripts, and one of a function around.
var tokenModifiers = [...]string{
	"declaration", "readonly", "deprecated", "modification", "documentation", "defaultLibrary", "global", "upvalue",
}

// semanticTokens answers textDocument/semanticTokens/full. Names, names of tools in
// strings, and annotations have tokens; for all else an editor's grammar does.
func semanticTokens() feature {
	return on("textDocument/semanticTokens/full", func(_ context.Context, r *request, _ *protocol.SemanticTokensParams) (*protocol.SemanticTokens, error) {
		data := r.semantic(0, len(r.file.Text()))
		return &protocol.SemanticTokens{ResultID: r.tokens.keep(r.file.URI, data), Data: data}, nil
	}, func(_ *session, c *protocol.ServerCapabilities) {
		c.SemanticTokensProvider = &protocol.SemanticTokensOptions{
			Legend: protocol.SemanticTokensLegend{TokenTypes: tokenTypes[:], TokenModifiers: tokenModifiers[:]},
			Range:  true, Full: &protocol.SemanticTokensFull{Delta: true},
		}
	})
}

// semanticTokensRange answers textDocument/semanticTokens/range.
func semanticTokensRange() feature {
	return on("textDocument/semanticTokens/range", func(_ context.Context, r *request, p *protocol.SemanticTokensRangeParams) (*protocol.SemanticTokens, error) {
		start, end := r.offsets(p.Range)
		return &protocol.SemanticTokens{Data: r.semantic(start, end)}, nil
	}, nil)
}

// semanticTokensDelta answers textDocument/semanticTokens/full/delta: what has changed
// since the result that the client has, or all tokens if that is not known any more.
func semanticTokensDelta() feature {
	return on("textDocument/semanticTokens/full/delta", func(_ context.Context, r *request, p *protocol.SemanticTokensDeltaParams) (any, error) {
		data := r.semantic(0, len(r.file.Text()))
		before, known := r.tokens.get(r.file.URI, p.PreviousResultID)
		id := r.tokens.keep(r.file.URI, data)
		if !known {
			return &protocol.SemanticTokens{ResultID: id, Data: data}, nil
		}
		return &protocol.SemanticTokensDelta{ResultID: id, Edits: tokenEdits(before, data)}, nil
	}, nil)
}

// tokenEdits is what makes one list of tokens of another: at most one edit, between what
// they have in common at both ends. It begins and ends between two tokens.
func tokenEdits(before, after []uint32) []protocol.SemanticTokensEdit {
	same := func(i, j int) bool { return slices.Equal(before[i:i+5], after[j:j+5]) }
	start := 0
	for start < len(before) && start < len(after) && same(start, start) {
		start += 5
	}
	end := 0
	for end < len(before)-start && end < len(after)-start && same(len(before)-end-5, len(after)-end-5) {
		end += 5
	}
	if start+end == len(before) && len(before) == len(after) {
		return []protocol.SemanticTokensEdit{}
	}
	return []protocol.SemanticTokensEdit{{
		Start: uint32(start), DeleteCount: uint32(len(before) - start - end), Data: after[start : len(after)-end],
	}}
}

// tokenResults are the last tokens of each file that a client has, by canonical URI.
type tokenResults struct {
	mu     sync.Mutex
	number int
	last   map[string]tokenResult
}

type tokenResult struct {
	id   string
	data []uint32
}

// keep remembers the tokens of a file, in place of earlier ones, and names them.
func (t *tokenResults) keep(uri string, data []uint32) (id string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.number++
	id = strconv.Itoa(t.number)
	if t.last == nil {
		t.last = map[string]tokenResult{}
	}
	t.last[uri] = tokenResult{id, data}
	return id
}

// get returns the tokens of a name, if they are those that are remembered.
func (t *tokenResults) get(uri, id string) ([]uint32, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	have, ok := t.last[uri]
	return have.data, ok && have.id == id
}

// forget forgets the tokens of a file that is closed.
func (t *tokenResults) forget(uri string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.last, uri)
}

// token is a semantic token: the bytes start to end.
type token struct {
	start, end int
	kind       uint32
	modifiers  uint32
}

// encode writes tokens as the protocol does: five numbers each, relative to the one
// before. Tokens that overlap one before them, or go over several lines, are left out.
func encode(s *session, f *analysis.File, tokens []token) []uint32 {
	slices.SortStableFunc(tokens, func(a, b token) int { return a.start - b.start })
	data := make([]uint32, 0, 5*len(tokens))
	text := f.Text()
	var line, column uint32
	last := 0
	for _, t := range tokens {
		if t.start < last || t.end <= t.start || t.end > len(text) {
			continue
		}
		at := s.positionIn(f, t.start)
		length := uint32(t.end - t.start)
		for i := t.start; i < t.end; i++ {
			if text[i] >= 0x80 || text[i] == '\n' || text[i] == '\r' {
				end := s.positionIn(f, t.end)
				if length = end.Character - at.Character; end.Line != at.Line {
					length = 0
				}
				break
			}
		}
		if length == 0 {
			continue
		}
		if at.Line != line {
			column = 0
		}
		data = append(data, at.Line-line, at.Character-column, length, t.kind, t.modifiers)
		line, column, last = at.Line, at.Character, t.end
	}
	return data
}
