package lint

import (
	"slices"
	"sort"
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// advice is what to write where a syntax error comes from the habits of another language, or
// from a slip that beginners make.
type advice struct {
	say  string
	fix  *Fix
	over Span // in which all further errors, and unknown names, come from this one
}

// slip is a syntax error with the tokens around it.
type slip struct {
	*pass
	syntax.Error
	tokens    []syntax.Token
	i         int // the token of the error
	line      int // where its line ends
	following int // behind the first token of the next line
}

// maxAdvised is of how many syntax errors one is advised: in a text that is no Lua it is of no use.
const maxAdvised = 50

// advise returns advice about a syntax error; say is "" if there is none.
func (p *pass) advise(e syntax.Error) advice {
	if len(p.out) >= maxAdvised {
		return advice{}
	}
	s := slip{pass: p, Error: e, tokens: p.tree.Tokens()}
	s.i = sort.Search(len(s.tokens), func(i int) bool { return int(s.tokens[i].End) > e.Start })
	s.i = min(s.i, len(s.tokens)-1)
	s.line = len(p.text)
	if at := strings.IndexByte(p.text[e.Start:], '\n'); at >= 0 {
		s.line = e.Start + at
	}
	s.following = s.line
	for _, tok := range s.tokens[s.i:] {
		if int(tok.Start) >= s.line && tok.Kind != syntax.Comment {
			s.following = max(int(tok.End), int(tok.Start)+1)
			break
		}
	}
	for _, look := range []func(*slip) advice{(*slip).operator, (*slip).comment, (*slip).compound, (*slip).word, (*slip).table, (*slip).block} {
		if a := look(&s); a.say != "" || a.fix != nil {
			return a
		}
	}
	return advice{}
}

// at is the kind of the token i tokens behind the error's, comments counted; EOF beyond the text.
func (s *slip) at(i int) syntax.TokenKind {
	if i += s.i; i < 0 || i >= len(s.tokens) {
		return syntax.EOF
	}
	return s.tokens[i].Kind
}

// touches tells whether a token stands right behind the one before it.
func (s *slip) touches(i int) bool {
	i += s.i
	return i > 0 && i < len(s.tokens) && s.tokens[i-1].End == s.tokens[i].Start
}

// firstOfLine tells whether only white space stands in front of the error in its line.
func (s *slip) firstOfLine() bool {
	before := s.text[:s.Start]
	return strings.TrimSpace(before[strings.LastIndexByte(before, '\n')+1:]) == ""
}

// expected tells whether the error says that a token is expected.
func (s *slip) expected(what string) bool { return strings.HasPrefix(s.Message, "'"+what+"' expected") }

// write is advice with a fix that replaces bytes.
func (s *slip) write(say string, start, end int, text string) advice {
	text = s.apart(start, end, text)
	return advice{say, &Fix{Title: "Write " + strings.TrimSpace(text), Sure: true, Edits: []Edit{{Start: start, End: end, Text: text}}}, Span{start, end}}
}

// operator looks for operators that Lua writes otherwise.
func (s *slip) operator() advice {
	rest := s.text[s.Start:]
	if _, use, ok := strings.Cut(s.Message, " is of other languages: use "); ok {
		own, _, _ := strings.Cut(use, " ")
		if own == "not" && s.at(1) == syntax.Ident {
			own = "not "
		}
		return s.write("", s.Start, s.End, own)
	}
	switch {
	case strings.HasPrefix(rest, "?"):
		return advice{say: "a choice is written x and a or b, or with if", over: Span{s.Start, s.line}}
	case s.at(0) == syntax.Assign && s.at(-1) == syntax.Equal && s.touches(0):
		return s.write("== is enough", s.Start-len("=="), s.End, "==")
	case strings.HasPrefix(rest, "`"):
		return advice{say: `a text stands between two " or ', or in [[…]]`, over: Span{s.Start, s.line}}
	case s.at(0) == syntax.Greater && s.at(-1) == syntax.Minus && s.touches(0):
		edit := Edit{Start: s.Start - len("-"), End: s.End, Text: "."}
		return advice{"a field is taken with a dot", &Fix{Title: "Write a dot", Sure: true, Edits: []Edit{edit}}, Span{s.Start, s.line}}
	case s.at(0) == syntax.Greater && s.at(-1) == syntax.Less && s.touches(0):
		return s.write("~= is what <> is in other languages", s.Start-len("<"), s.End, "~=")
	case s.at(0) == syntax.Assign && (s.expected("then") || s.expected("do")):
		if s.at(1) == syntax.Greater && s.touches(1) {
			return advice{say: "greater or equal is >=", over: Span{s.Start, s.line}}
		}
		return s.write("= assigns: a comparison is written ==", s.Start, s.End, "==")
	}
	return advice{}
}

// comment looks for the beginnings of comments in other languages.
func (s *slip) comment() advice {
	rest := s.text[s.Start:]
	switch {
	case strings.HasPrefix(rest, "/*"), strings.HasPrefix(rest, "/") && s.at(1) == syntax.Star && s.touches(1):
		end := s.following
		if i := strings.Index(rest, "*/"); i >= 0 {
			end = max(end, s.Start+i+len("*/"))
		}
		return advice{say: "a comment is written --[[ … ]]", over: Span{s.Start, end}}
	case strings.HasPrefix(rest, "//") && (s.firstOfLine() || s.saysSomething()):
		a := s.write("a comment begins with --", s.Start, s.Start+len("//"), "--")
		a.over.End = s.following
		return a
	case s.at(0) == syntax.Hash && s.firstOfLine():
		return advice{say: "a comment begins with --", over: Span{s.Start, s.following}}
	}
	return advice{}
}

// saysSomething tells whether what follows // in its line begins with a word that is no variable.
func (s *slip) saysSomething() bool {
	if s.at(1) != syntax.Ident {
		return false
	}
	name := s.tree.TokenText(s.i + 1)
	uses := s.vars.Globals[name]
	return len(uses) > 0 && int(s.tokens[s.i+1].Start) <= s.line && !s.snap.KnownGlobal(s.file, name) &&
		!slices.ContainsFunc(uses, func(u scope.Use) bool { return u.Write })
}

// compound looks for n += 1 and n++.
func (s *slip) compound() advice {
	if !s.expected("=") {
		return advice{}
	}
	if s.at(-1) == syntax.Comment && s.at(-2) == syntax.Ident && s.touches(-1) && strings.TrimRight(s.tree.TokenText(s.i-1), " \t;") == "--" {
		return advice{say: "-- begins a comment: write n = n - 1"}
	}
	op := s.at(0)
	switch op {
	case syntax.Plus, syntax.Minus, syntax.Star, syntax.Slash, syntax.Percent, syntax.Caret, syntax.Concat:
	default:
		return advice{}
	}
	twice := op == s.at(1)
	if !s.touches(1) || !twice && s.at(1) != syntax.Assign {
		return advice{}
	}
	sign := s.text[s.Start:s.End]
	from := s.i // the target is the names with dots in front of it
	for from > 0 && (s.tokens[from-1].Kind == syntax.Ident || s.tokens[from-1].Kind == syntax.Dot) && (from == s.i || s.tokens[from-1].Kind != s.tokens[from].Kind) {
		from--
	}
	target := "n"
	if from < s.i {
		target = s.text[s.tokens[from].Start:s.tokens[s.i-1].End]
	} else if whole := strings.TrimSpace(s.text[strings.LastIndexByte(s.text[:s.Start], '\n')+1 : s.Start]); len(whole) <= maxCompared && !strings.ContainsAny(whole, " \t;") {
		target = whole // t[1]
	}
	second := s.tokens[s.i+1]
	value := strings.TrimSpace(s.text[second.End:s.line])
	if twice {
		value = "1"
	}
	a := advice{over: Span{s.Start, s.line}}
	if twice || simpleValue(value) {
		a.say = "write " + target + " = " + target + " " + sign + " " + value
		if end := s.line; from < s.i && (!twice || strings.TrimSpace(s.text[second.End:s.line]) == "") {
			start := int(s.tokens[from].Start)
			a.fix = &Fix{Title: "Write " + target + " = " + target + " " + sign + " " + value, Sure: true, Edits: []Edit{{Start: start, End: end, Text: target + " = " + target + " " + sign + " " + value}}}
		}
		return a
	}
	a.say = "write " + target + " = " + target + " " + sign + " …"
	return a
}

// simpleValue tells whether a text is a number or a name with fields, so that it can be an operand
// without parentheses.
func simpleValue(text string) bool {
	return text != "" && strings.Trim(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789.") == "" && !strings.Contains(text, "..")
}
