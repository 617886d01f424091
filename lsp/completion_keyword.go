package lsp

import (
	"strings"

	"github.com/llmspell/llmspell/lsp/protocol"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// What stands before a name on its line, as far as it says which words can follow.
const (
	anything = iota
	operator // an expression: an operator can follow, or the word that ends a condition
	onlyIn   // the names of a for
)

// before says what stands before the cursor on its line: operator with "then" or "do" if
// that word is still to come.
func (c *completer) before() (what int, word string) {
	at := c.t.TokenAt(c.offset + 1)
	prev := at - 1
	if prev < 0 || !endsExpression(c.t.TokenKind(prev)) {
		return anything, ""
	}
	if _, end := c.t.TokenSpan(prev); strings.ContainsAny(c.f.Text()[min(end, c.offset):c.offset], "\r\n") {
		return anything, ""
	}
	depth := 0
	assigned := false
	for i := prev; i >= 0 && i > prev-maxLookBehind; i-- {
		switch c.t.TokenKind(i) {
		case syntax.RightParen, syntax.RightBrace, syntax.RightBracket:
			depth++
		case syntax.LeftParen, syntax.LeftBrace, syntax.LeftBracket:
			if depth--; depth < 0 {
				return operator, ""
			}
		case syntax.End:
			return operator, "" // of a function in the expression, or a statement before
		case syntax.Assign, syntax.In:
			assigned = true
		case syntax.If, syntax.ElseIf:
			return operator, "then"
		case syntax.While:
			return operator, "do"
		case syntax.For:
			if assigned {
				return operator, "do"
			}
			if prev == i {
				return anything, ""
			}
			return onlyIn, ""
		case syntax.Then, syntax.Do, syntax.Else, syntax.Repeat, syntax.Return, syntax.LocalToken, syntax.FunctionToken, syntax.Until, syntax.Semicolon:
			return operator, ""
		}
	}
	return operator, ""
}

// maxLookBehind is how many tokens before the cursor are looked at.
const maxLookBehind = 200

// endsExpression tells whether a token can be the last of an expression.
func endsExpression(k syntax.TokenKind) bool {
	switch k {
	case syntax.Ident, syntax.NumberToken, syntax.StringToken, syntax.RightParen, syntax.RightBrace, syntax.RightBracket,
		syntax.NilToken, syntax.TrueToken, syntax.FalseToken, syntax.Dots, syntax.End:
		return true
	}
	return false
}

// statement tells whether the cursor is where a statement begins.
func (c *completer) statement() bool { return c.beginsStatement(c.n) }

// beginsStatement tells whether a statement begins with a node.
func (c *completer) beginsStatement(n syntax.Node) bool {
	for {
		parent := c.t.Parent(n)
		switch c.t.Kind(parent) {
		case syntax.Block:
			return true
		case syntax.BadStat, syntax.CallStat, syntax.AssignStat, syntax.ExprList, syntax.Call, syntax.Index, syntax.Method, syntax.IndexKey:
			if c.t.First(parent) != n {
				return false
			}
			n = parent
			if c.t.Kind(parent) == syntax.ExprList && c.t.Kind(c.t.Parent(parent)) != syntax.AssignStat {
				return false
			}
		default:
			return false
		}
	}
}

func (c *completer) keyword(word string) {
	if !c.seen[word] {
		c.seen[word] = true
		c.add(candidate{label: word, kind: protocol.ItemKeyword, group: groupKeyword})
	}
}

// operators collects the words that can follow an expression.
func (c *completer) operators(word string) {
	if word != "" {
		c.add(candidate{label: word, kind: protocol.ItemKeyword, group: groupExpected})
	}
	c.keyword("and")
	c.keyword("or")
	if word == "" {
		c.closing()
	}
}

// expressions collects the keywords that an expression can begin with.
func (c *completer) expressions() {
	for _, word := range []string{"nil", "true", "false", "not", "function"} {
		c.keyword(word)
	}
	if c.snippets {
		c.add(candidate{label: "function() … end", filter: "function", kind: protocol.ItemSnippet, group: groupSnippet, snippet: "function($1)\n\t$0\nend"})
	}
}

// statements collects the keywords and snippets that a statement can begin with.
func (c *completer) statements() {
	for _, word := range []string{"local", "function", "if", "for", "while", "repeat", "return", "do", "goto"} {
		c.keyword(word)
	}
	c.closing()
	if !c.snippets || c.called() {
		return
	}
	for _, s := range statementSnippets() {
		c.add(candidate{
			label: s.label, filter: s.prefix, kind: protocol.ItemSnippet, group: groupSnippet, snippet: s.text,
			doc: func() documentation { return documentation{text: "```lua\n" + s.shown + "\n```"} },
		})
	}
}

// closing collects the words that end the block around the cursor, or go on with it.
func (c *completer) closing() {
	inFunction := false
	for n := c.t.Parent(c.n); n != syntax.None; n = c.t.Parent(n) {
		switch c.t.Kind(n) {
		case syntax.IfClause, syntax.ElseIfClause:
			if !inFunction {
				c.keyword("else")
				c.keyword("elseif")
			}
			c.keyword("end")
			inFunction = true
		case syntax.ElseClause, syntax.DoStat:
			c.keyword("end")
			inFunction = true
		case syntax.WhileStat, syntax.NumericFor, syntax.GenericFor:
			c.keyword("end")
			c.keyword("break")
			return
		case syntax.RepeatStat:
			if !inFunction {
				c.keyword("until")
			}
			c.keyword("break")
			return
		case syntax.FuncBody:
			c.keyword("end")
			return
		}
	}
}

// snippet is a piece of code with tab stops.
type snippet struct{ label, prefix, text, shown string }

// statementSnippets are those that begin a statement.
func statementSnippets() []snippet {
	return []snippet{
		{"if … then", "if", "if ${1:condition} then\n\t$0\nend", "if condition then\n\nend"},
		{"if … else", "ifelse", "if ${1:condition} then\n\t$2\nelse\n\t$0\nend", "if condition then\n\nelse\n\nend"},
		{"for … ipairs", "fori", "for ${1:i}, ${2:v} in ipairs(${3:list}) do\n\t$0\nend", "for i, v in ipairs(list) do\n\nend"},
		{"for … pairs", "forp", "for ${1:k}, ${2:v} in pairs(${3:table}) do\n\t$0\nend", "for k, v in pairs(table) do\n\nend"},
		{"for … = …", "for", "for ${1:i} = ${2:1}, ${3:10} do\n\t$0\nend", "for i = 1, 10 do\n\nend"},
		{"while … do", "while", "while ${1:condition} do\n\t$0\nend", "while condition do\n\nend"},
		{"repeat … until", "repeat", "repeat\n\t$0\nuntil ${1:condition}", "repeat\n\nuntil condition"},
		{"function … end", "function", "function ${1:name}($2)\n\t$0\nend", "function name()\n\nend"},
		{"local function … end", "local function", "local function ${1:name}($2)\n\t$0\nend", "local function name()\n\nend"},
		{"local … = require", "require", "local ${1:name} = require(\"$2\")$0", "local name = require(\"\")"},
		{"local ok, … = pcall", "pcall", "local ok, ${1:result} = pcall(${2:f}$3)\nif not ok then\n\t$0\nend", "local ok, result = pcall(f)\nif not ok then\n\nend"},
	}
}
