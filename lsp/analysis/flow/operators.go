package flow

import (
	"strings"

	"github.com/llmspell/llmspell/runtime/syntax"
)

// binaryEvents and unaryEvents are the metamethods of operators whose result is no truth
// value.
var (
	binaryEvents = map[syntax.TokenKind]string{
		syntax.Plus: "__add", syntax.Minus: "__sub", syntax.Star: "__mul", syntax.Slash: "__div", syntax.Percent: "__mod",
		syntax.Caret: "__pow", syntax.Concat: "__concat",
	}
	unaryEvents = map[syntax.TokenKind]string{syntax.Minus: "__unm", syntax.Hash: "__len"}
)

// operated is the field that stands for what the operator of a metamethod gives of a table.
func operated(event string) string { return "\x00" + event }

// operatorEvents returns the metamethods of operators that a program may have: those that it
// names, and all if it puts such a name together.
func operatorEvents(p Program) map[string]bool {
	events := map[string]bool{}
	for i := range p.Files {
		text := p.Files[i].Tree.Text()
		if !strings.Contains(text, "__") {
			continue
		}
		computed := strings.Contains(text, `__"`) || strings.Contains(text, "__'") || strings.Contains(text, "__%")
		for _, of := range []map[syntax.TokenKind]string{binaryEvents, unaryEvents} {
			for _, event := range of {
				if computed || strings.Contains(text, event) {
					events[event] = true
				}
			}
		}
	}
	return events
}

// mayCall tells whether an operator may be a function of the program.
func (c *collector) mayCall(n syntax.Node) bool {
	t := c.t
	events := binaryEvents
	if t.Kind(n) == syntax.Unary {
		events = unaryEvents
	}
	return c.events[events[t.TokenKind(t.Token(n))]]
}
