package lsp

import (
	"context"
	"slices"

	"github.com/llmspell/llmspell/lsp/protocol"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// documentHighlight answers textDocument/documentHighlight: the places of the document
// that name the same thing; on a keyword, the keywords that belong to it.
func documentHighlight() feature {
	return on("textDocument/documentHighlight", func(_ context.Context, r *request, p *protocol.DocumentHighlightParams) ([]protocol.DocumentHighlight, error) {
		out := []protocol.DocumentHighlight{}
		offset := r.offset(p.Position)
		if sym, _, ok := r.snap.SymbolAt(r.file, offset); ok {
			for _, ref := range r.snap.ReferencesIn(r.file, sym) {
				kind := protocol.HighlightRead
				if ref.Write || ref.Declaration {
					kind = protocol.HighlightWrite
				}
				out = append(out, protocol.DocumentHighlight{Range: r.span(ref.Start, ref.End), Kind: kind})
			}
			return out, nil
		}
		for _, i := range keywordsAt(r.file.Tree(), offset) {
			tok := r.file.Tree().Tokens()[i]
			out = append(out, protocol.DocumentHighlight{Range: r.span(int(tok.Start), int(tok.End)), Kind: protocol.HighlightText})
		}
		return out, nil
	}, func(_ *session, c *protocol.ServerCapabilities) { c.DocumentHighlightProvider = true })
}

// keywordsAt returns the tokens of the keywords that belong to the one at an offset: if,
// then, else and end of one statement; a loop and its breaks; a function and its
// returns.
func keywordsAt(t *syntax.Tree, offset int) []int {
	at := t.TokenAt(offset)
	if at < 0 {
		return nil
	}
	kind := t.TokenKind(at)
	if !structural(kind) {
		return nil
	}
	n := t.NodeAt(offset)
	for ; n != syntax.None; n = t.Parent(n) {
		first, end := t.Range(n)
		if at < first || at >= end {
			continue
		}
		switch k := t.Kind(n); {
		case kind == syntax.Break:
			if isLoop(k) {
				return keywordsOf(t, n)
			}
			if isFunction(k) {
				return nil
			}
		case kind == syntax.Return:
			if isFunction(k) {
				return keywordsOf(t, n)
			}
		case isLoop(k) || isFunction(k) || k == syntax.IfStat || k == syntax.DoStat:
			return keywordsOf(t, n)
		}
	}
	return nil
}

func isLoop(k syntax.Kind) bool {
	return k == syntax.WhileStat || k == syntax.RepeatStat || k == syntax.NumericFor || k == syntax.GenericFor
}

func isFunction(k syntax.Kind) bool {
	return k == syntax.FuncStat || k == syntax.LocalFunc || k == syntax.Function
}

// structural tells whether a token is a keyword that makes a block, or leaves one.
func structural(k syntax.TokenKind) bool {
	switch k {
	case syntax.If, syntax.Then, syntax.ElseIf, syntax.Else, syntax.End, syntax.For, syntax.In, syntax.While, syntax.Do,
		syntax.Repeat, syntax.Until, syntax.FunctionToken, syntax.Return, syntax.Break:
		return true
	}
	return false
}

// keywordsOf returns the tokens of a block's keywords, in order.
func keywordsOf(t *syntax.Tree, n syntax.Node) []int {
	var out []int
	own := func(n syntax.Node, also func(syntax.TokenKind) bool) {
		first, end := t.Range(n)
		inner := t.First(n)
		for i := first; i < end; i++ {
			for inner != syntax.None { // what children have is not the node's own
				if _, e := t.Range(inner); i < e {
					break
				}
				inner = t.Next(inner)
			}
			if inner != syntax.None {
				if s, _ := t.Range(inner); i >= s {
					continue
				}
			}
			if k := t.TokenKind(i); structural(k) && also(k) {
				out = append(out, i)
			}
		}
	}
	all := func(syntax.TokenKind) bool { return true }
	var leave syntax.Kind
	var walk func(n syntax.Node)
	walk = func(n syntax.Node) {
		for c := range t.Children(n) {
			k := t.Kind(c)
			switch {
			case k == leave:
				own(c, all)
			case isFunction(k), leave == syntax.BreakStat && isLoop(k):
				continue
			case k < syntax.NameList: // statements and blocks
				walk(c)
			}
		}
	}
	own(n, all)
	switch k := t.Kind(n); {
	case isLoop(k):
		leave = syntax.BreakStat
		walk(n)
	case isFunction(k):
		body := t.First(n)
		if k != syntax.Function {
			body = t.Next(body)
		}
		own(body, all)
		leave = syntax.ReturnStat
		walk(body)
	case k == syntax.IfStat:
		for c := range t.Children(n) {
			own(c, all)
		}
	}
	slices.Sort(out)
	return out
}
