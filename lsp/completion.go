package lsp

import (
	"context"
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/protocol"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// completion answers textDocument/completion. The list has all that can stand at the
// cursor, whatever is typed there already: clients filter.
func completion() feature {
	return on("textDocument/completion", func(ctx context.Context, r *request, p *protocol.CompletionParams) (*protocol.CompletionList, error) {
		c := newCompleter(r, r.offset(p.Position))
		c.ctx = ctx
		if p.Context != nil && p.Context.TriggerKind == protocol.TriggerCharacter {
			c.trigger = p.Context.TriggerCharacter
		}
		c.complete()
		return c.list(), nil
	}, func(_ *session, c *protocol.ServerCapabilities) {
		c.CompletionProvider = &protocol.CompletionOptions{
			TriggerCharacters: []string{".", ":", `"`, "'", "(", "{", ",", "[", "=", "/", "@"},
			ResolveProvider:   true,
			CompletionItem:    &protocol.CompletionItemOptions{LabelDetailsSupport: true},
		}
	})
}

// completer collects what can stand at one place. It works on the file with a marker
// there, so that a name stands at the cursor: keywords, and places where nothing is
// typed yet, are no special cases.
type completer struct {
	r   *request
	ctx context.Context
	f   *analysis.File // with the marker
	t   *syntax.Tree
	n   syntax.Node // that has the marker
	// offset is the cursor, and start to end what an item replaces, as bytes of the
	// request's file.
	offset, start, end int
	trigger            string // the character that was typed, "" if the user has asked
	snippets           bool   // the client takes snippets

	items []candidate
	// incomplete: there is more than was collected.
	incomplete bool
	// seen are the labels that stand for a variable, so that those of the same name
	// farther away are left out.
	seen map[string]bool
}

func newCompleter(r *request, offset int) *completer {
	c := &completer{r: r, offset: offset, snippets: r.client.Can("textDocument.completion.completionItem.snippetSupport"), seen: map[string]bool{}, items: make([]candidate, 0, usualItems)}
	c.f, c.n = r.snap.Marked(r.file, offset)
	c.t = c.f.Tree()
	c.start, c.end = wordAround(r.file.Text(), offset)
	return c
}

// usualItems is how many candidates there are mostly at the place of a name.
const usualItems = 128

// wordAround is the name that an offset lies in or touches.
func wordAround(text string, offset int) (start, end int) {
	for start = offset; start > 0 && isWordByte(text[start-1]); start-- {
	}
	for end = offset; end < len(text) && isWordByte(text[end]); end++ {
	}
	return start, end
}

func isWordByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// original is the byte of the request's file that a byte of the marked one was.
func (c *completer) original(offset int) int {
	if offset <= c.offset {
		return offset
	}
	return max(c.offset, offset-len(syntax.Marker))
}

// typed is what stands before the cursor of the word that is completed.
func (c *completer) typed() string { return c.r.file.Text()[c.start:c.offset] }

// complete finds out what the place is, and collects.
func (c *completer) complete() {
	token := c.t.TokenAt(c.offset + 1) // inside of the marker
	if token < 0 {
		return
	}
	switch c.t.TokenKind(token) {
	case syntax.Comment:
		c.inComment(token)
		return
	case syntax.NumberToken, syntax.Bad:
		return
	}
	switch c.t.Kind(c.n) {
	case syntax.String:
		c.inString()
	case syntax.Name:
		if c.start < c.offset && c.r.file.Text()[c.start] >= '0' && c.r.file.Text()[c.start] <= '9' {
			return // a number, and then the marker
		}
		c.atName()
	}
}

// atName collects where a name stands.
func (c *completer) atName() {
	t := c.t
	parent := t.Parent(c.n)
	switch t.Kind(parent) {
	case syntax.Index, syntax.Method:
		if t.First(parent) != c.n {
			if t.Kind(t.Parent(parent)) == syntax.FuncStat {
				return // a new name
			}
			c.members(parent)
			return
		}
	case syntax.NameField:
		if t.First(parent) == c.n {
			c.keys(t.Parent(parent), parent)
			return
		}
	case syntax.PosField:
		if only := c.keys(t.Parent(parent), parent); only {
			return
		}
	case syntax.NameList, syntax.Params, syntax.LocalFunc, syntax.NumericFor, syntax.LabelStat:
		if t.Kind(parent) != syntax.NumericFor || t.First(parent) == c.n {
			return // a new name
		}
	case syntax.FuncStat:
		return // a new name, or one that a dot will follow
	case syntax.GotoStat:
		c.labels()
		return
	}
	c.values()
	if c.trigger != "" {
		return // a bracket or comma: the names of all that there is would be in the way
	}
	c.names()
}

// labels collects the labels that a goto can lead to: those of the blocks around it, as
// far as its function goes.
func (c *completer) labels() {
	function := c.function()
	for i := range c.f.Vars().Labels {
		l := &c.f.Vars().Labels[i]
		if l.Function == function && !strings.Contains(l.Name, syntax.Marker) && c.inside(c.t.Parent(c.t.Parent(l.Decl))) {
			c.add(candidate{label: l.Name, kind: protocol.ItemReference, detail: "label"})
		}
	}
}

// inside tells whether the cursor lies in a node.
func (c *completer) inside(n syntax.Node) bool {
	for at := c.n; at != syntax.None; at = c.t.Parent(at) {
		if at == n {
			return true
		}
	}
	return false
}

// function is the FuncBody around the cursor, or the Chunk.
func (c *completer) function() syntax.Node {
	n := c.t.Parent(c.n)
	for n != syntax.None && c.t.Kind(n) != syntax.FuncBody && c.t.Kind(n) != syntax.Chunk {
		n = c.t.Parent(n)
	}
	return n
}
