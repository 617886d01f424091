package format

import (
	"strings"

	"github.com/llmspell/llmspell/runtime/syntax"
)

// tighten marks where tokens of a line stand together without a space.
func (l *layout) tighten() {
	for i, tok := range l.tokens {
		x := &l.items[i]
		switch tok.Kind {
		case syntax.Comma, syntax.Semicolon, syntax.RightParen, syntax.RightBracket:
			x.tight = true
		case syntax.LeftParen:
			x.hug = true
			k := l.Kind(x.owner)
			x.tight = k == syntax.Args || k == syntax.Params
		case syntax.LeftBracket:
			x.hug = true
			x.tight = l.Kind(x.owner) == syntax.IndexKey
		case syntax.Dot, syntax.Colon:
			x.hug, x.tight = true, true
		case syntax.LeftBrace:
			x.hug = !l.opts.SpaceInBraces
		case syntax.RightBrace:
			x.tight = !l.opts.SpaceInBraces || i > 0 && l.tokens[i-1].Kind == syntax.LeftBrace
		case syntax.DoubleColon:
			first, _ := l.Range(x.owner)
			x.hug, x.tight = i == first, i != first
		case syntax.Minus, syntax.Hash:
			x.hug = l.Kind(x.owner) == syntax.Unary
		}
	}
}

// spacesBefore returns how many spaces stand before a token that begins no line.
func (l *layout) spacesBefore(i int) int {
	if i == 0 || l.tokens[i].Kind == syntax.EOF {
		return 0
	}
	before, x := l.previous(i), &l.items[i]
	if before < 0 {
		return 0
	}
	kind, last := l.tokens[i].Kind, l.tokens[before].Kind
	switch {
	case kind == syntax.Comment:
		n := len(l.gap(i))
		if inline := l.tokens[i+1].Kind != syntax.EOF && l.items[i+1].ends == 0; inline || x.near || strings.Contains(l.gap(i), "\t") {
			n = min(n, 1) // others may be aligned with each other
		}
		if l.items[before].hug && last != syntax.Minus && last != syntax.Hash && last != syntax.DoubleColon {
			return n
		}
		return max(n, 1)
	case x.tight && last != syntax.Comment:
		// ]] ] is easier to read than ]]].
		if kind == syntax.RightBracket && l.endsWith(before, ']') && last == syntax.StringToken {
			return 1
		}
		return 0
	case x.tight:
		return 0
	case l.items[before].hug:
		switch {
		case last == syntax.Minus && kind == syntax.Minus: // -- is a comment
			return 1
		case last == syntax.LeftBracket && l.TokenText(i)[0] == '[': // [[ is a string
			return 1
		}
		return 0
	}
	return 1
}

func (l *layout) endsWith(token int, c byte) bool {
	s := l.TokenText(token)
	return s[len(s)-1] == c
}

// previous returns the token before a token, without those that are left out.
func (l *layout) previous(i int) int {
	for i--; i >= 0 && l.items[i].gone; i-- {
	}
	return i
}

// commas decides on the commas behind the last fields of tables.
func (l *layout) commas() {
	if l.opts.TrailingCommas == "keep" {
		return
	}
	for n := l.Root(); int(n) < l.Len(); n++ {
		if l.Kind(n) != syntax.Table || l.First(n) == syntax.None {
			continue
		}
		last := l.First(n)
		for next := l.Next(last); next != syntax.None; next = l.Next(next) {
			last = next
		}
		_, end := l.Range(n)
		_, fieldEnd := l.Range(last)
		comma := -1
		for i := fieldEnd; i < end-1; i++ {
			if k := l.tokens[i].Kind; k == syntax.Comma || k == syntax.Semicolon {
				comma = i
			}
		}
		if comma > fieldEnd { // a comment stands before it
			continue
		}
		wanted := l.opts.TrailingCommas == "multiline" && l.items[end-1].lines > 0
		switch {
		case wanted && comma < 0 && !l.items[fieldEnd-1].keep && !l.items[fieldEnd].off:
			l.items[fieldEnd-1].comma = true
		case !wanted && comma >= 0 && !l.items[comma].keep && !l.items[comma+1].off:
			l.items[comma].gone = true
		}
	}
}
