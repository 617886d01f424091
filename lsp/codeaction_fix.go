package lsp

import (
	"fmt"
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/lsp/lint"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// moreFixes are the fixes of a finding that need more than the file: for a global that is
// not defined a require of a module of that name, or a function.
func (r *request) moreFixes(x *lint.Finding) (out []lint.Fix) {
	if x.Code != "undefined-global" {
		return nil
	}
	t := r.file.Tree()
	name := r.file.Text()[x.Start:x.End]
	last := syntax.None
	for arg := range r.snap.Requires(r.file) {
		if stat := t.Parent(t.Parent(t.Parent(t.Parent(arg)))); t.Kind(stat) == syntax.LocalStat && t.Parent(t.Parent(stat)) == t.Root() && t.End(stat) < x.Start {
			last = stat
		}
	}
	first := x.Start // the require must stand before all uses
	for _, use := range r.file.Vars().Globals[name] {
		first = min(first, t.Start(use.Node))
	}
	if last != syntax.None && t.End(last) > first {
		last = syntax.None
	}
	for _, module := range r.snap.ModuleNames(r.file, false) {
		if localName(module) == name && len(out) < maxRequires {
			at, text := requireText(r.file.Text(), t, name, module, last, first)
			out = append(out, lint.Fix{Title: fmt.Sprintf("Require the module %q", module), Edits: []lint.Edit{{Start: at, End: at, Text: text}}})
		}
	}
	if call := t.Parent(t.NodeAt(x.Start)); t.Kind(call) == syntax.Call && t.Start(t.First(call)) == x.Start && first == x.Start && len(t.Errors()) == 0 {
		at, indent := r.aboveTop(call)
		eol := eolOf(r.file.Text())
		text := "local function " + name + "(" + strings.Join(r.parameters(t.Child(call, 1)), ", ") + ")" + eol + eol + "end" + eol + eol + indent
		out = append(out, lint.Fix{Title: "Create the local function " + name, Edits: []lint.Edit{{Start: at, End: at, Text: text}}})
	}
	return out
}

// maxRequires is how many modules of one name are offered.
const maxRequires = 5

func eolOf(text string) string {
	if i := strings.IndexByte(text, '\n'); i > 0 && text[i-1] == '\r' {
		return "\r\n"
	}
	return "\n"
}

// aboveTop is where a function goes that code at n is to call: above the statement of the
// file around it, and its comments.
func (r *request) aboveTop(n syntax.Node) (at int, indent string) {
	t := r.file.Tree()
	for t.Parent(t.Parent(n)) != t.Root() {
		n = t.Parent(n)
	}
	at = t.Start(n)
	if first, end := t.CommentsAbove(n); first < end && int(t.Tokens()[first].Start) < at {
		at = int(t.Tokens()[first].Start)
	}
	text := r.file.Text()
	line := strings.LastIndexByte(text[:at], '\n') + 1
	if strings.Trim(text[line:at], " \t") == "" {
		indent = text[line:at]
	}
	return at, indent
}

// parameters are names for what a call gives: those of the variables, where it gives such.
func (r *request) parameters(args syntax.Node) (names []string) {
	t := r.file.Tree()
	seen := map[string]bool{}
	for arg := range t.Children(args) {
		name := ""
		switch t.Kind(arg) {
		case syntax.Name:
			name = t.Source(arg)
		case syntax.Index:
			name = t.NameOf(t.Child(arg, 1))
		case syntax.Vararg:
			return append(names, "...")
		case syntax.Function:
			name = "callback"
		}
		if !isName(name) || seen[name] {
			name = fmt.Sprintf("arg%d", len(names)+1)
		}
		seen[name] = true
		names = append(names, name)
	}
	return names
}

// missingField offers to define the function that is called of a local table of the file, if
// nothing gives the table such a field.
func (r *request) missingField(start, end int) *lint.Fix {
	t := r.file.Tree()
	name := t.NodeAt(start)
	callee := t.Parent(name)
	call := t.Parent(callee)
	k := t.Kind(callee)
	if k != syntax.Index && k != syntax.Method || t.Child(callee, 1) != name || t.Kind(call) != syntax.Call || t.First(call) != callee ||
		end > t.End(name) || len(t.Errors()) > 0 || !isName(t.Source(name)) {
		return nil
	}
	object := t.First(callee)
	vars := r.file.Vars()
	v := vars.Var(object)
	if t.Kind(object) != syntax.Name || v == scope.NoVar || vars.Vars[v].Kind != scope.Local {
		return nil
	}
	decl := vars.Vars[v].Decl
	stat := t.Parent(t.Parent(decl))
	value := t.First(t.Child(stat, 1))
	of, known := r.snap.TypeOf(r.file, object).(*types.Object)
	if t.Parent(t.Parent(stat)) != t.Root() || t.Kind(value) != syntax.Table || t.Next(decl) != syntax.None || !known || r.snap.Field(of, t.Source(name)) != nil {
		return nil
	}
	for _, use := range vars.Vars[v].Uses {
		if use.Write || t.Kind(t.Parent(use.Node)) == syntax.Args { // setmetatable(M, …): it may have it all the same
			return nil
		}
	}
	// Behind the last function of the table that stands before the code that calls it.
	top := call
	for t.Parent(t.Parent(top)) != t.Root() {
		top = t.Parent(top)
	}
	after := stat
	for s := t.Next(stat); s != syntax.None && s != top; s = t.Next(s) {
		if t.Kind(s) == syntax.FuncStat && vars.Var(t.First(t.First(s))) == v {
			after = s
		}
	}
	sep := "."
	if k == syntax.Method {
		sep = ":"
	}
	eol := eolOf(r.file.Text())
	at := t.End(after)
	if j := t.CommentBehind(after); j >= 0 {
		at = int(t.Tokens()[j].End)
	}
	title := t.Source(object) + sep + t.Source(name)
	text := eol + eol + "function " + title + "(" + strings.Join(r.parameters(t.Child(call, 1)), ", ") + ")" + eol + eol + "end"
	return &lint.Fix{Title: "Create the function " + title, Edits: []lint.Edit{{Start: at, End: at, Text: text}}}
}

// silence are the edits that switch a finding off, in its line and in the file. What is no
// Lua cannot be switched off.
func (r *request) silence(x *lint.Finding) (out []lint.Fix) {
	if x.Code == "syntax" || x.Code == "compile" || x.Code == "" {
		return nil
	}
	text, t := r.file.Text(), r.file.Tree()
	const above = "---@diagnostic disable-next-line: "
	line := strings.LastIndexByte(text[:x.Start], '\n') + 1
	at := line
	for at < x.Start && (text[at] == ' ' || text[at] == '\t') {
		at++
	}
	inToken := false // a line of a string or comment
	if i := t.TokenAt(line); i >= 0 {
		tok := t.Tokens()[i]
		inToken = int(tok.Start) < line && line < int(tok.End)
	}
	if !inToken {
		fix := lint.Fix{Title: "Disable " + x.Code + " for this line"}
		before := strings.TrimRight(text[:line], "\r\n")
		if previous := strings.TrimSpace(before[strings.LastIndexByte(before, '\n')+1:]); line > 0 && len(text[len(before):line]) <= 2 && strings.HasPrefix(previous, above) {
			fix.Edits = []lint.Edit{{Start: len(before), End: len(before), Text: ", " + x.Code}}
		} else {
			fix.Edits = []lint.Edit{{Start: line, End: line, Text: text[line:at] + above + x.Code + eolOf(text)}}
		}
		out = append(out, fix)
	}
	// Behind the first line that is for the system, before all else.
	top := 0
	if strings.HasPrefix(text, "\uFEFF") {
		top = len("\uFEFF")
	}
	if strings.HasPrefix(text[top:], "#") {
		i := strings.IndexByte(text, '\n')
		if i < 0 {
			return out
		}
		top = i + 1
	}
	return append(out, lint.Fix{
		Title: "Disable " + x.Code + " in this file",
		Edits: []lint.Edit{{Start: top, End: top, Text: "---@diagnostic disable: " + x.Code + eolOf(text)}},
	})
}
