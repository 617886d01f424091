package lsp

import (
	"slices"
	"strings"

	"github.com/llmspell/llmspell/lsp/protocol"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// moduleNames collects the modules that require can load. There may be more as long as the files of
// the workspace are being looked for.
func (c *completer) moduleNames(w stringWriter) {
	if !c.r.workspace.isIndexed() || c.r.snap != c.r.snapshot() {
		c.incomplete = true
	}
	for _, name := range c.r.snap.ModuleNames(c.r.file, true) {
		c.name(candidate{label: name, kind: protocol.ItemModule, doc: func() documentation { return c.moduleDoc(name) }}, w)
	}
}

// moduleDoc says which file a module is, and what it gives.
func (c *completer) moduleDoc(name string) documentation {
	f := c.r.snap.Require(c.r.file, name)
	if f == nil {
		return documentation{}
	}
	t := c.r.snap.Module(f)
	return documentation{name + ": " + t.String(), strings.TrimSpace(typeText(t) + "\n\n" + f.Path)}
}

// maxModules is how many modules are offered for being required.
const maxModules = 200

// modules collects the workspace's modules that are not required yet. Taking one adds
// the require, in the style of the file, behind the others.
func (c *completer) modules() {
	if !c.r.settings.Completion.AutoRequire {
		return
	}
	required := map[string]bool{}
	var last syntax.Node // the last require that is a statement of its own
	t := c.f.Tree()
	for arg := range c.r.snap.Requires(c.f) {
		name, _ := t.String(arg)
		required[name] = true
		if stat := t.Parent(t.Parent(t.Parent(t.Parent(arg)))); t.Kind(stat) == syntax.LocalStat && t.Parent(t.Parent(stat)) == t.Root() && t.End(stat) < c.offset {
			last = stat
		}
	}
	type module struct {
		local, name string
	}
	var list []module
	for _, name := range c.r.snap.ModuleNames(c.r.file, false) {
		local := localName(name)
		if required[name] || c.seen[local] || !isName(local) {
			continue
		}
		list = append(list, module{local, name})
	}
	if len(list) > maxModules {
		typed := strings.ToLower(c.typed())
		list = slices.DeleteFunc(list, func(m module) bool { return !strings.HasPrefix(strings.ToLower(m.local), typed) })
		list, c.incomplete = list[:min(len(list), maxModules)], true
	}
	for _, m := range list {
		c.add(candidate{
			label: m.local, kind: protocol.ItemModule, group: groupModule, source: "require " + m.name, commit: memberCommits(),
			edits: []protocol.TextEdit{c.requireEdit(m.local, m.name, last)},
			doc:   func() documentation { return c.moduleDoc(m.name) },
		})
	}
}

// requireEdit adds a require of a module.
func (c *completer) requireEdit(local, name string, last syntax.Node) protocol.TextEdit {
	at, text := requireText(c.f.Text(), c.t, local, name, last, c.start)
	return protocol.TextEdit{Range: c.r.span(c.original(at), c.original(at)), NewText: text}
}

// localName is the variable that a module is required into, by what stands behind its last dot.
func localName(module string) string {
	local := module[strings.LastIndexByte(module, '.')+1:]
	return strings.NewReplacer("-", "_", " ", "_").Replace(local)
}

// requireText is a require of a module and where it goes: behind the last one, or before the
// byte limit at the top of the file behind the comments that begin it.
func requireText(text string, t *syntax.Tree, local, name string, last syntax.Node, limit int) (at int, insert string) {
	open, shut := `("`, `")`
	newline := eolOf(text)
	if last != syntax.None {
		arg := t.Child(t.First(t.Child(last, 1)), 1) // Args
		source := t.Source(arg)
		if strings.Contains(source, "'") {
			open, shut = `('`, `')`
		}
		if !strings.HasPrefix(source, "(") {
			open, shut = " "+open[1:], shut[:1]
		}
		return t.End(last), newline + "local " + local + " = require" + open + name + shut
	}
	if strings.HasPrefix(text, "\uFEFF") {
		at = len("\uFEFF")
	}
	for i := 0; t.TokenKind(i) == syntax.Comment; i++ {
		start, end := t.TokenSpan(i)
		if end >= limit {
			break
		}
		// A comment directly above code belongs to it.
		rest := text[end:]
		if blank := strings.TrimLeft(rest, " \t\r"); strings.HasPrefix(text[start:], "#!") || strings.HasPrefix(strings.TrimLeft(strings.TrimPrefix(blank, "\n"), " \t\r"), "\n") {
			if i := strings.IndexByte(rest, '\n'); i >= 0 && end+i+1 <= limit {
				at = end + i + 1
			}
		}
	}
	return at, "local " + local + " = require" + open + name + shut + newline
}
