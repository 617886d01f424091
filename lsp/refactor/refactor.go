package refactor

import (
	"context"
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/lsp/lint"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// The kinds of actions; what comes before the first dot is the group.
const (
	ExtractVariable = "extract.variable"
	ExtractFunction = "extract.function"
	InlineVariable  = "inline.variable"
	InlineCall      = "inline.call"
	Rewrite         = "rewrite"
	AddDoc          = "rewrite.addDoc"
	OrganizeImports = "organizeImports"
)

// Action is a change that can be made to a file.
type Action struct {
	Title string
	Kind  string
	// Disabled says why it cannot be made, "" if it can.
	Disabled string
	// Edits make the change, in order and apart. There are none of a disabled action.
	Edits []lint.Edit
}

// Actions returns what can be done with the bytes start to end of a file; where nothing is
// selected they are the same. want chooses kinds, nil all. A text with syntax errors is left
// alone. When ctx is done there are none.
func Actions(ctx context.Context, snap *analysis.Snapshot, f *analysis.File, start, end int, want func(kind string) bool) []Action {
	if ctx.Err() != nil {
		return nil
	}
	t := f.Tree()
	if len(t.Errors()) > 0 || f.Library() || start < 0 || end > len(f.Text()) || start > end {
		return nil
	}
	p := &place{Tree: t, ctx: ctx, snap: snap, file: f, text: f.Text(), vars: f.Vars(), start: start, end: end}
	p.trim()
	for _, group := range []struct {
		add   func(*place)
		kinds []string
	}{
		{(*place).extractVariable, []string{ExtractVariable}},
		{(*place).extractFunction, []string{ExtractFunction}},
		{(*place).inlineVariable, []string{InlineVariable}},
		{(*place).inlineCall, []string{InlineCall}},
		{(*place).rewriteLiterals, []string{Rewrite}},
		{(*place).rewriteStatements, []string{Rewrite}},
		{(*place).rewriteFunctions, []string{Rewrite}},
		{(*place).addDoc, []string{AddDoc}},
		{(*place).organizeImports, []string{OrganizeImports}},
	} {
		if want == nil || want(group.kinds[0]) {
			group.add(p)
		}
		if ctx.Err() != nil { // what loops that it has ended have found is not whole
			return nil
		}
	}
	return p.out
}

// place is what is selected of a file.
type place struct {
	*syntax.Tree
	ctx        context.Context
	snap       *analysis.Snapshot
	file       *analysis.File
	text       string
	vars       *scope.Info
	start, end int // without blanks at both ends
	out        []Action
	known      facts
}

// facts are answers that take a look at all uses of a name: each is worked out once.
type facts struct {
	written           map[scope.Var]bool // variables that are assigned again
	replaced, changed map[string]bool    // globals of the library that the file assigns, or the fields of
}

// known returns what is known of a key, which is worked out first if nothing is.
func known[K comparable](of *map[K]bool, key K, workOut func() bool) bool {
	is, ok := (*of)[key]
	if !ok {
		if *of == nil {
			*of = map[K]bool{}
		}
		is = workOut()
		(*of)[key] = is
	}
	return is
}

// ended tells whether nobody waits for the actions any more. Loops over what is as long as
// the file ask with their number i, of which only some look. What they find then is not used.
func (p *place) ended(i int) bool { return i%lookEvery == 0 && p.ctx.Err() != nil }

// lookEvery is in how many turns a loop looks at the context once.
const lookEvery = 256

// trim takes blanks off both ends of the selection.
func (p *place) trim() {
	for p.start < p.end && isBlank(p.text[p.start]) {
		p.start++
	}
	for p.end > p.start && isBlank(p.text[p.end-1]) {
		p.end--
	}
}

func isBlank(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

// offer adds an action whose change is c, or says why it cannot be had: the new text is
// looked at before anybody is told that there could be one.
func (p *place) offer(kind, title string, c *change) {
	edits, reason := p.checked(c)
	if reason != "" {
		p.refuse(kind, title, reason)
		return
	}
	p.out = append(p.out, Action{Title: title, Kind: kind, Edits: edits})
}

// refuse adds an action that cannot be had.
func (p *place) refuse(kind, title, reason string) {
	p.out = append(p.out, Action{Title: title, Kind: kind, Disabled: reason})
}

// after returns the node that follows the subtree of n.
func (p *place) after(n syntax.Node) syntax.Node {
	for n != syntax.None {
		if next := p.Next(n); next != syntax.None {
			return next
		}
		n = p.Parent(n)
	}
	return syntax.Node(p.Len())
}

// statement returns the statement around a node, or itself.
func (p *place) statement(n syntax.Node) syntax.Node {
	for n != syntax.None && p.Kind(p.Parent(n)) != syntax.Block {
		n = p.Parent(n)
	}
	return n
}

// function returns the FuncBody around a node, or the Chunk.
func (p *place) function(n syntax.Node) syntax.Node {
	for n = p.Parent(n); n != syntax.None && p.Kind(n) != syntax.FuncBody && p.Kind(n) != syntax.Chunk; {
		n = p.Parent(n)
	}
	return n
}

// inside tells whether n is in the subtree of outer.
func (p *place) inside(n, outer syntax.Node) bool { return n >= outer && n < p.after(outer) }

// last returns the last child of n, None if it has none.
func (p *place) last(n syntax.Node) syntax.Node {
	out := syntax.None
	for c := range p.Children(n) {
		out = c
	}
	return out
}

// count returns how many children n has.
func (p *place) count(n syntax.Node) (count int) {
	for range p.Children(n) {
		count++
	}
	return count
}

// comments tells whether a comment stands in the bytes from to to.
func (p *place) comments(from, to int) bool {
	for i := p.firstToken(from); i < len(p.Tokens()) && int(p.Tokens()[i].Start) < to; i++ {
		if p.TokenKind(i) == syntax.Comment {
			return true
		}
	}
	return false
}

// firstToken returns the first token that begins at an offset or behind it.
func (p *place) firstToken(offset int) int {
	low, high := 0, len(p.Tokens())
	for low < high {
		if mid := (low + high) / 2; int(p.Tokens()[mid].Start) < offset {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return low
}

// lineStart returns where the line of an offset begins.
func (p *place) lineStart(offset int) int {
	return strings.LastIndexAny(p.text[:offset], "\r\n") + 1
}

// indentation returns the blanks that the line of an offset begins with.
func (p *place) indentation(offset int) string {
	from := p.lineStart(offset)
	to := from
	for to < len(p.text) && (p.text[to] == ' ' || p.text[to] == '\t') {
		to++
	}
	return p.text[from:to]
}

// beginsLine tells whether only blanks stand before an offset in its line.
func (p *place) beginsLine(offset int) bool {
	return strings.Trim(p.text[p.lineStart(offset):offset], " \t") == ""
}

// unit is one level of indentation as the file has it.
func (p *place) unit() string {
	for line := range strings.Lines(p.text) {
		if line[0] == '\t' {
			return "\t"
		}
		if n := len(line) - len(strings.TrimLeft(line, " ")); n >= 2 && n <= 8 && strings.TrimSpace(line) != "" {
			return line[:n]
		}
	}
	return "  "
}

// eol is the line end that the file has.
func (p *place) eol() string {
	if i := strings.IndexByte(p.text, '\n'); i > 0 && p.text[i-1] == '\r' {
		return "\r\n"
	}
	return "\n"
}

// line is the number of the line of an offset, from 1, for people.
func (p *place) line(offset int) int {
	line, _ := p.file.Lines().Position(offset, syntax.UTF8)
	return line + 1
}
