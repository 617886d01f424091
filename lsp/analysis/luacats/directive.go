package luacats

import (
	"sort"
	"strings"
)

// Luacheck is a comment -- luacheck: …; its Span and Text are what stands after the colon.
type Luacheck struct {
	Span
	Text string
	// Behind: the comment stands behind code.
	Behind bool
}

// silence is a span of the text in which findings are not reported.
type silence struct {
	Span
	code string // "" for all
	off  bool   // it is the end: findings are reported again
}

// Silenced tells whether findings of a code are not to be reported at a place:
// because of @diagnostic disable.
func (n *Notes) Silenced(code string, at int) bool {
	result := false
	for _, s := range n.silenced {
		if s.Start > at {
			break
		}
		if at < s.End && (s.code == "" || s.code == code) {
			result = !s.off
		}
	}
	return result
}

func (n *Notes) settle() {
	sort.SliceStable(n.silenced, func(i, j int) bool { return n.silenced[i].Start < n.silenced[j].Start })
}

// diagnostic notes what a @diagnostic tag does.
func (n *Notes) diagnostic(t *DiagnosticTag, r *reader) {
	var s silence
	switch t.Action.Text {
	case "disable":
		s.Span = Span{t.Start, len(n.text) + 1}
	case "enable":
		s = silence{Span: Span{t.Start, len(n.text) + 1}, off: true}
	case "disable-line":
		s.Span = n.lineOf(t.Start)
	case "disable-next-line":
		next := n.lineOf(t.Start).End
		if next > len(n.text) {
			return // the comment is on the last line
		}
		s.Span = n.lineOf(next)
	default:
		if t.Action.Text != "" {
			r.fail(t.Action.Span, "unknown action "+t.Action.Text+": expected disable, enable, disable-line or disable-next-line")
		}
		return
	}
	n.silence(s, t.Codes)
}

func (n *Notes) silence(s silence, codes []Word) {
	if len(codes) == 0 {
		n.silenced = append(n.silenced, s)
	}
	for _, c := range codes {
		s.code = c.Text
		n.silenced = append(n.silenced, s)
	}
}

// lineOf is the line around a place, with its line end.
func (n *Notes) lineOf(at int) Span {
	at = min(at, len(n.text))
	start := strings.LastIndexByte(n.text[:at], '\n') + 1
	end := strings.IndexByte(n.text[at:], '\n')
	if end < 0 {
		return Span{start, len(n.text) + 1}
	}
	return Span{start, at + end + 1}
}

// codes reads a list of codes with commas.
func (r *reader) codes() []Word {
	var list []Word
	for r.peek().kind == kName {
		t := r.next()
		list = append(list, Word{t.Span, t.text})
		if !r.peek().is(',') {
			break
		}
		r.next()
	}
	return list
}

// blackWord takes what stands up to the next white space.
func (r *reader) blackWord() Word {
	r.peekSpace()
	start, limit := r.pos, r.lines[r.line].End
	end := start
	for end < limit && !isSpace(r.text[end]) {
		end++
	}
	r.pos = end
	if end > start {
		r.end = end
	}
	return Word{Span{start, end}, r.text[start:end]}
}

// versionWord takes one version with its sign: >5.1.
func (r *reader) versionWord() Word {
	r.peekSpace()
	start, limit := r.pos, r.lines[r.line].End
	end := start
	for end < limit && (isLetter(r.text[end]) || isDigit(r.text[end]) || strings.IndexByte("<>=.", r.text[end]) >= 0) {
		end++
	}
	r.pos = end
	if end > start {
		r.end = end
	}
	return Word{Span{start, end}, r.text[start:end]}
}

func (r *reader) peekSpace() {
	for r.pos < r.lines[r.line].End && isSpace(r.text[r.pos]) {
		r.pos++
	}
}

// luacheck reads a line of a plain comment if it is one for luacheck, and tells
// whether it was.
func (n *Notes) luacheck(s Span, behind bool) bool {
	text := n.text[s.Start:s.End]
	at := strings.Index(text, "luacheck:")
	if at < 0 || strings.TrimSpace(text[:at]) != "" {
		return false
	}
	start := s.Start + at + len("luacheck:")
	n.Luacheck = append(n.Luacheck, Luacheck{Span: Span{start, s.End}, Text: n.text[start:s.End], Behind: behind})
	return true
}
