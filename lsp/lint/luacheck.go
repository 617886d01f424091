package lint

import (
	"slices"
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis/luacats"
	"github.com/llmspell/llmspell/lsp/analysis/luacheck"
	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// luacheckOptions are what luacheck's settings and comments say of the file.
func (p *pass) luacheckOptions() *luacheck.Inline {
	var comments []luacheck.Comment
	var functions []luacheck.Lines
	if len(p.notes.Luacheck) > 0 {
		for _, c := range p.notes.Luacheck {
			comments = append(comments, luacheck.Comment{Start: c.Start, End: c.End, Text: c.Text, Line: p.line(c.Start), Code: c.Behind})
		}
		for n := range p.nodes(syntax.FuncBody) {
			functions = append(functions, luacheck.Lines{From: p.line(p.tree.Start(p.tree.Parent(n))), To: p.line(max(p.tree.End(n)-1, 0))})
		}
	}
	settings, rel := p.snap.Config().LuacheckOf(p.file.Path)
	if p.file.Path == "" && strings.HasSuffix(p.file.URI, "_spec.lua") {
		rel = p.file.URI
	}
	return settings.Inline(rel, comments, functions)
}

func (p *pass) line(at int) int {
	line, _ := p.file.Lines().Position(at, syntax.UTF8)
	return line
}

// options are luacheck's options at a place.
func (p *pass) options(at int) *luacheck.Stack {
	if !p.luacheck.Varies() {
		return p.luacheck.At(0)
	}
	return p.luacheck.At(p.line(at))
}

// numbered says which of luacheck's warnings the next finding is, where the rule has several.
func (p *pass) numbered(number string) *pass {
	p.number = number
	return p
}

// unwanted tells whether luacheck's options do not want a finding: they disable it, or do
// not ask for one of a rule that is off without them.
func (p *pass) unwanted(code string, at int, names []string) bool {
	number := p.number
	p.number = ""
	options := p.options(at)
	if options == nil {
		return p.asked[code]
	}
	numbers := []string{number}
	if number == "" {
		numbers = numbers[:0]
		for _, a := range p.rules[code].Aliases {
			if isNumber(a) {
				numbers = append(numbers, a)
			}
		}
		if len(numbers) == 0 {
			numbers = append(numbers, "")
		}
	}
	if len(names) == 0 {
		names = []string{""}
	}
	enabled := false
	for _, n := range numbers {
		for _, name := range names {
			switch options.Judge(n, name, code) {
			case luacheck.Disabled:
				return true
			case luacheck.Enabled:
				enabled = true
			}
		}
	}
	return p.asked[code] && !enabled
}

func isNumber(s string) bool { return len(s) == 3 && strings.Trim(s, "0123456789") == "" }

// luacheckComments reports comments for luacheck that are not understood, and what is not in
// a .luacheckrc.
func (p *pass) luacheckComments() {
	for _, f := range p.luacheck.Faults {
		start, end := trimmed(p.text, luacats.Span{Start: f.Start, End: f.End})
		p.report("annotation", start, end, "comment for luacheck: "+f.Message)
	}
	for _, f := range p.file.LuacheckFaults() {
		p.report("settings", f.Start, f.End, f.Message)
	}
}

// trimmed is a span without the white space around.
func trimmed(text string, s luacats.Span) (start, end int) {
	part := text[s.Start:s.End]
	start = s.Start + len(part) - len(strings.TrimLeft(part, " \t\r"))
	return start, max(start, s.Start+len(strings.TrimRight(part, " \t\r")))
}

// optionGlobals reports uses of globals that luacheck's options forbid: of those that
// not_globals names, of fields that a global has not, and writing what is only read.
func (p *pass) optionGlobals() {
	if p.notes.Meta || !p.luacheck.HasGlobals() {
		return
	}
	for name, uses := range p.vars.Globals {
		if name == "" {
			continue
		}
		for _, u := range uses {
			p.optionGlobal(name, u)
		}
	}
}

func (p *pass) optionGlobal(name string, u scope.Use) {
	t, n, path := p.tree, u.Node, []string{name}
	nodes := []syntax.Node{n}
	for {
		parent := t.Parent(n)
		if !p.indexes(parent) || t.First(parent) != n {
			break
		}
		path, nodes, n = append(path, p.fieldName(parent)), append(nodes, parent), parent
	}
	written := u.Write
	if len(path) > 1 {
		written = p.written(n)
	}
	use, at := p.options(t.Start(u.Node)).Of(path...)
	whole := strings.Join(path[:at+1], ".")
	switch {
	case use == luacheck.Gone && at == 0:
		number := "113"
		if u.Write {
			number = "111"
		}
		p.numbered(number).at("undefined-global", u.Node, "the global variable "+name+" is not to be used: not_globals in luacheck's settings names it", name)
	case use == luacheck.Gone:
		p.numbered("143").at("undefined-field", nodes[at], whole+" is not to be used: not_globals in luacheck's settings names it", name)
	case use == luacheck.Undefined && p.snap.LibraryGlobal(name) != nil:
		// What settings name of "table" or "math" comes to what these have.
	case use == luacheck.Undefined && !p.tested(nodes[at]):
		number := "143"
		if written {
			number = "142"
		}
		p.numbered(number).at("undefined-field", t.Child(nodes[at], 1), strings.Join(path[:at], ".")+" has no field "+path[at]+", as luacheck's settings say", name)
	case use == luacheck.ReadOnly && written && len(path) == 1:
		p.numbered("121").at("read-only-global", n, "the global variable "+name+" is assigned, which is only read, as luacheck's settings say", name)
	case use == luacheck.ReadOnly && written:
		p.numbered("122").at("read-only-global", n, strings.TrimSuffix(strings.Join(path, "."), ".")+" is assigned, which is only read, as luacheck's settings say", name)
	}
}

// optionsHave tells whether luacheck's options name the field of a global that n reads.
func (p *pass) optionsHave(n syntax.Node) bool {
	t, at := p.tree, n
	var path []string
	for ; p.indexes(n); n = t.First(n) {
		path = append(path, p.fieldName(n))
	}
	if t.Kind(n) != syntax.Name || p.vars.Var(n) != scope.NoVar {
		return false
	}
	path = append(path, t.NameOf(n))
	slices.Reverse(path)
	use, to := p.options(t.Start(at)).Of(path...)
	return (use == luacheck.Known || use == luacheck.ReadOnly) && to == len(path)-1
}

// indexes tells whether a node is a field or method of something.
func (p *pass) indexes(n syntax.Node) bool {
	k := p.tree.Kind(n)
	return k == syntax.Index || k == syntax.IndexKey || k == syntax.Method
}

// fieldName is the name of a field or method, "" if it is computed.
func (p *pass) fieldName(n syntax.Node) string {
	key := p.tree.Child(n, 1)
	if p.tree.Kind(n) == syntax.IndexKey {
		name, _ := p.tree.String(key)
		return name
	}
	return p.tree.NameOf(key)
}

// optionsDefine tells whether luacheck's options at a place say that there is a global.
func (p *pass) optionsDefine(n syntax.Node, name string) bool {
	use, _ := p.options(p.tree.Start(n)).Of(name)
	return use != luacheck.Unsaid
}

// secondary tells whether a variable gets a further result of a call of which another
// variable's result is used.
func (p *pass) secondary(v *scope.Variable) bool {
	t := p.tree
	names := t.Parent(v.Decl)
	stat := t.Parent(names)
	if t.Kind(stat) != syntax.LocalStat {
		return false
	}
	values := slices.Collect(t.Children(t.Child(stat, 1)))
	if len(values) == 0 {
		return false
	}
	if k := t.Kind(values[len(values)-1]); k != syntax.Call && k != syntax.Vararg {
		return false
	}
	of := slices.Collect(t.Children(names))
	from := min(len(values)-1, len(of))
	if !slices.Contains(of[from:], v.Decl) {
		return false
	}
	return slices.ContainsFunc(of[from:], func(n syntax.Node) bool {
		x := p.vars.Var(n)
		return x != scope.NoVar && n != v.Decl && p.read(&p.vars.Vars[x])
	})
}
