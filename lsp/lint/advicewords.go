package lint

import (
	"strings"

	"github.com/llmspell/llmspell/runtime/syntax"
)

// statementWords are words with which statements of other languages begin, and what Lua has instead.
func statementWord(word string) string {
	switch word {
	case "continue":
		return "Lua has no continue: write goto continue, and ::continue:: as the last statement of the loop"
	case "var", "let", "const", "int", "float", "auto", "my":
		return "a variable is declared with local"
	case "def", "func", "fn", "sub":
		return "a function is declared with function"
	case "elif", "elsif", "elseIf", "ElseIf":
		return "write elseif"
	case "import", "include", "using", "from":
		return `a module is loaded with local name = require("name")`
	case "switch", "case", "match":
		return "a choice among values is written with if and elseif"
	case "try", "catch", "except", "finally":
		return "errors are caught with local ok, err = pcall(f, …)"
	case "throw", "raise":
		return "an error is raised with error(message)"
	case "foreach":
		return "a loop through a table is written for key, value in pairs(t) do"
	case "class":
		return "a class is a table: local Name = {}; Name.__index = Name"
	case "unless":
		return "write if not"
	}
	return ""
}

// word looks for statements that begin with a word of another language.
func (s *slip) word() advice {
	if s.at(0) == syntax.Ident && s.text[s.Start:s.End] == "to" && s.expected(",") {
		a := s.write("the bounds of a loop stand with a comma between them: for i = 1, 10 do", s.Start, s.End, ",")
		a.over.End = s.line
		return a
	}
	switch {
	case s.at(-1) == syntax.For && s.at(0) == syntax.LeftParen:
		return advice{say: "a loop over numbers is written for i = 1, 10 do", over: Span{s.Start, s.line}}
	case s.at(-1) == syntax.FunctionToken && s.at(0) == syntax.Ident && s.expected("("):
		return advice{say: "a function that is a value has no name"}
	case s.at(0) == syntax.Equal && s.expected("="):
		a := s.write("== compares: = assigns", s.Start, s.End, "=")
		a.fix.Sure = false // it may be a part of a condition
		return a
	case !s.expected("=") || s.at(-1) != syntax.Ident:
		return advice{}
	}
	before := s.tokens[s.i-1]
	name := s.text[before.Start:before.End]
	if s.at(-2) == syntax.StringToken && s.touches(-1) {
		return advice{say: `the text ends at its second quote: write \" or \' for one in it`, over: Span{int(before.Start), s.line}}
	}
	switch s.at(-2) {
	case syntax.Dot, syntax.Colon, syntax.Comma, syntax.RightBracket:
		return advice{} // a field of something
	}
	say := statementWord(name)
	if k := s.at(0); say == "" && s.snap.KnownGlobal(s.file, name) && (k == syntax.Ident || k == syntax.NumberToken || k == syntax.NilToken || k == syntax.TrueToken || k == syntax.FalseToken) && s.Start < s.line && !strings.Contains(s.text[before.End:s.Start], "\n") {
		return advice{say: "arguments stand in parentheses: " + name + "(" + s.text[s.Start:s.End] + ")"}
	}
	if say == "" {
		return advice{}
	}
	over := Span{int(before.Start), s.line}
	if s.Start > s.line || strings.Contains(s.text[before.End:s.Start], "\n") || name == "continue" {
		over.End = s.End
	}
	return advice{say: say, over: over}
}

// table looks for lists in brackets, fields with a colon, and texts that are indexed.
func (s *slip) table() advice {
	over := Span{s.Start, s.line}
	switch {
	case s.at(0) == syntax.LeftBracket && strings.HasPrefix(s.Message, "unexpected symbol"):
		return advice{say: "a list is written {1, 2, 3}, with braces", over: over}
	case s.at(-1) == syntax.StringToken && (s.at(0) == syntax.LeftBracket || s.at(0) == syntax.Dot || s.at(0) == syntax.Colon && s.opener() != syntax.LeftBrace):
		return advice{say: `a text of which a method is called, or a field taken, stands in parentheses: ("abc"):upper()`, over: over}
	}
	colon := s.i
	switch {
	case s.at(0) == syntax.Colon && s.expected("}"): // {"a": 1}
	case s.at(-1) == syntax.Colon && s.expected("<name>"): // {a: 1}
		colon--
	case s.at(-2) == syntax.Colon && strings.HasPrefix(s.Message, "function arguments expected"): // {a: b}
		colon -= 2
	default:
		return advice{}
	}
	if k := s.at(colon - 2 - s.i); k != syntax.LeftBrace && k != syntax.Comma && k != syntax.Semicolon || s.opener() != syntax.LeftBrace {
		return advice{}
	}
	over.Start = int(s.tokens[colon-1].Start)
	return advice{say: "a field of a table gets its value with =: {name = value}", over: over}
}

// opener is the bracket in which the error stands, EOF if it is in none.
func (s *slip) opener() syntax.TokenKind {
	depth := 0
	for i := s.i - 1; i >= 0; i-- {
		switch k := s.tokens[i].Kind; k {
		case syntax.RightBrace, syntax.RightParen, syntax.RightBracket:
			depth++
		case syntax.LeftBrace, syntax.LeftParen, syntax.LeftBracket:
			if depth--; depth < 0 {
				return k
			}
		}
	}
	return syntax.EOF
}

// block looks for what begins and ends blocks in other languages, and for an end too many or too few.
func (s *slip) block() advice {
	switch {
	case s.at(0) == syntax.LeftBrace && (s.at(-1) == syntax.RightParen || s.at(-1) == syntax.Else || s.at(-1) == syntax.Do) && strings.HasPrefix(s.Message, "unexpected symbol"):
		return advice{say: "a block has no braces: it ends with end", over: Span{s.Start, s.End}}
	case s.at(-1) == syntax.RightBrace && (s.expected("then") || s.expected("do")) && s.braces() >= 0: // if (x) {
		at := s.braces()
		return advice{say: "a block has no braces: it begins with then or do, and ends with end", over: Span{strings.LastIndexByte(s.text[:at], '\n') + 1, s.End}}
	case s.at(0) == syntax.RightBrace && s.expected("end"):
		return advice{say: "a block has no braces: it ends with end", over: Span{s.Start, s.End}}
	case s.at(0) == syntax.While && s.expected("until"):
		return advice{say: "repeat ends with until and a condition: it goes on as long as that is false", over: Span{s.Start, s.following}}
	case s.at(0) == syntax.End && s.expected("<eof>"):
		return advice{say: "this end closes nothing"}
	case (s.expected("end") || s.expected("<eof>")) && s.behindLast():
		return advice{say: "nothing can stand behind return and break in their block: an end is missing in front of this, or this is never reached"}
	case s.expected("end"):
		return s.elseIf()
	case strings.HasPrefix(s.Message, "unfinished string"):
		return advice{say: `a text ends in its line: write \n for the end of a line, or [[…]]`}
	}
	return advice{}
}

// braces is where the braces open that close in front of the error, if a line ends behind that; else -1.
func (s *slip) braces() int {
	depth := 0
	for i := s.i - 1; i >= 0; i-- {
		switch s.tokens[i].Kind {
		case syntax.RightBrace:
			depth++
		case syntax.LeftBrace:
			if depth--; depth == 0 {
				if strings.ContainsRune(s.text[s.tokens[i].End:s.tokens[i+1].Start], '\n') {
					return int(s.tokens[i].Start)
				}
				return -1
			}
		}
	}
	return -1
}

// behindLast tells whether a statement that must be the last one ends in front of the error.
func (s *slip) behindLast() bool {
	for n := range s.nodes(syntax.ReturnStat, syntax.BreakStat) {
		if end := s.tree.End(n); end <= s.Start && strings.Trim(s.text[end:s.Start], " \t\r\n;") == "" {
			return true
		}
	}
	return false
}

// elseIf looks for else if in one line, which needs an end of its own.
func (s *slip) elseIf() advice {
	for i := s.i - 1; i > 0; i-- {
		a, b := s.tokens[i-1], s.tokens[i]
		if a.Kind == syntax.Else && b.Kind == syntax.If && !strings.ContainsAny(s.text[a.End:b.Start], "\r\n") {
			x := s.write("", int(a.Start), int(b.End), "elseif")
			x.fix.Sure = false // the end may be missing elsewhere
			return advice{say: "else if begins an if of its own: write elseif", fix: x.fix}
		}
	}
	return advice{}
}
