package lsp

import (
	"context"

	"github.com/llmspell/llmspell/lsp/protocol"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// selectionRange answers textDocument/selectionRange: from the word at a position out to
// the whole file, one answer for each position.
func selectionRange() feature {
	return on("textDocument/selectionRange", func(_ context.Context, r *request, p *protocol.SelectionRangeParams) ([]*protocol.SelectionRange, error) {
		out := make([]*protocol.SelectionRange, len(p.Positions))
		for i, at := range p.Positions {
			out[i] = r.selection(r.offset(at))
		}
		return out, nil
	}, func(_ *session, c *protocol.ServerCapabilities) { c.SelectionRangeProvider = true })
}

// selection is the chain of ranges around an offset, the smallest first.
func (r *request) selection(offset int) *protocol.SelectionRange {
	t := r.file.Tree()
	var spans [][2]int // the smallest first, each in the next
	add := func(start, end int) {
		if start > offset || end < offset || start == end {
			return
		}
		if n := len(spans); n > 0 {
			last := spans[n-1]
			if last == [2]int{start, end} || last[0] < start || last[1] > end {
				return
			}
		}
		spans = append(spans, [2]int{start, end})
	}
	if i := t.TokenAt(offset); i >= 0 {
		tok := t.Tokens()[i]
		switch tok.Kind {
		case syntax.Comment, syntax.StringToken, syntax.BadString:
			add(wordSpan(t.Text(), offset, int(tok.Start), int(tok.End)))
			if tok.Kind == syntax.Comment {
				line := r.file.Lines()
				l, _ := line.Position(offset, syntax.UTF8)
				add(max(line.Start(l), int(tok.Start)), min(line.End(l), int(tok.End)))
			} else {
				q := t.QuoteOf(i)
				add(q.Start, q.End)
			}
		}
		if tok.Kind != syntax.EOF {
			add(int(tok.Start), int(tok.End))
		}
		if tok.Kind == syntax.Comment {
			first, last := i, i
			for first > 0 && t.TokenKind(first-1) == syntax.Comment {
				first--
			}
			for t.TokenKind(last+1) == syntax.Comment {
				last++
			}
			add(int(t.Tokens()[first].Start), int(t.Tokens()[last].End))
		}
	}
	for n := t.NodeAt(offset); n != syntax.None; n = t.Parent(n) {
		switch t.Kind(n) {
		case syntax.Args, syntax.Params, syntax.Table: // first what is between the brackets
			if first, last := t.First(n), lastChild(t, n); first != syntax.None {
				add(t.Start(first), t.End(last))
			}
		}
		add(t.Start(n), t.End(n))
		if first, end := t.CommentsAbove(n); first < end && t.Kind(n) != syntax.Chunk {
			add(int(t.Tokens()[first].Start), t.End(n))
		}
	}
	if add(0, len(t.Text())); len(spans) == 0 {
		spans = append(spans, [2]int{}) // an empty file
	}
	var chain *protocol.SelectionRange
	for i := len(spans) - 1; i >= 0; i-- {
		chain = &protocol.SelectionRange{Range: r.span(spans[i][0], spans[i][1]), Parent: chain}
	}
	return chain
}

func lastChild(t *syntax.Tree, n syntax.Node) syntax.Node {
	last := syntax.None
	for c := range t.Children(n) {
		last = c
	}
	return last
}

// wordSpan returns the word of a part of the text at an offset.
func wordSpan(text string, offset, from, to int) (start, end int) {
	word := func(c byte) bool {
		return c == '_' || c >= 0x80 || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z'
	}
	start, end = offset, offset
	for start > from && word(text[start-1]) {
		start--
	}
	for end < to && word(text[end]) {
		end++
	}
	return start, end
}
