package luacats

import (
	"sort"
	"strings"
)

// Luacheck is one option of a comment -- luacheck: option names, option names.
type Luacheck struct {
	Span
	Option string // "globals", "read globals", "ignore", "no unused", "push", …
	Names  []Word // names of globals, codes of warnings
	// Behind: the comment stands behind code, and counts for that line only.
	Behind bool
}

// silence is a span of the text in which findings are not reported.
type silence struct {
	Span
	code string // "" for all
	off  bool   // it is the end: findings are reported again
}

// Silenced tells whether findings of a code are not to be reported at a place:
// because of @diagnostic disable, or luacheck: ignore.
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
	for start <= s.End {
		end := s.End
		if comma := strings.IndexByte(n.text[start:s.End], ','); comma >= 0 {
			end = start + comma
		}
		n.luacheckOption(words(n.text, Span{start, end}), behind)
		start = end + 1
	}
	return true
}

func (n *Notes) luacheckOption(ws []Word, behind bool) {
	if len(ws) == 0 {
		return
	}
	o := Luacheck{Span: Span{ws[0].Start, ws[len(ws)-1].End}, Option: ws[0].Text, Behind: behind}
	ws = ws[1:]
	switch o.Option {
	case "read", "new", "not", "no", "allow", "max":
		if len(ws) > 0 {
			o.Option += " " + ws[0].Text
			ws = ws[1:]
		}
	}
	o.Names = ws
	n.Luacheck = append(n.Luacheck, o)
	if o.Option == "ignore" {
		s := silence{Span: Span{o.Start, len(n.text) + 1}}
		if behind {
			s.Span = n.lineOf(o.Start)
		}
		n.silence(s, o.Names)
	}
}

// words are the words of a part of the text.
func words(text string, s Span) []Word {
	var list []Word
	for at := s.Start; at < s.End; {
		if isSpace(text[at]) {
			at++
			continue
		}
		end := at
		for end < s.End && !isSpace(text[end]) {
			end++
		}
		list = append(list, Word{Span{at, end}, text[at:end]})
		at = end
	}
	return list
}
