package lsp_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/lsp"
	"github.com/llmspell/llmspell/lsp/catalog"
	"github.com/llmspell/llmspell/lsp/lsptest"
	"github.com/llmspell/llmspell/lsp/markers"
	"github.com/llmspell/llmspell/lsp/protocol"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// navigator asks a server about the files of a folder, all of which are open.
type navigator struct {
	t     testing.TB
	c     *lsptest.Client
	texts map[protocol.URI]string
}

// navigate opens a folder with files, by their names.
func navigate(t testing.TB, files map[string]string) (*navigator, func(name string) protocol.URI) {
	t.Helper()
	return navigateIn(t, files, len(files))
}

// navigateIn is navigate with other files among them; count are those in Lua.
func navigateIn(t testing.TB, files map[string]string, count int) (*navigator, func(name string) protocol.URI) {
	t.Helper()
	dir := folder(t, files)
	n := &navigator{t: t, c: lsptest.Serve(t, lsp.New(lsp.Options{Catalog: catalog.Builtin}).ServeConn), texts: map[protocol.URI]string{}}
	n.c.Initialize(folders(dir))
	uri := func(name string) protocol.URI { return protocol.FileURI(filepath.Join(dir, name)) }
	for name, text := range files {
		if strings.HasSuffix(name, ".lua") {
			n.texts[uri(name)] = text
			n.c.Open(uri(name), text)
		}
	}
	until(t, "the folder is indexed", func() bool { return status(n.c).Files == count })
	return n, uri
}

// at are the parameters of a request on a byte of a file.
func (n *navigator) at(uri protocol.URI, offset int) protocol.PositionParams {
	line, column := syntax.NewLines(n.texts[uri]).Position(offset, syntax.UTF16)
	return lsptest.At(uri, uint32(line), uint32(column))
}

// point is a position as LINE:COLUMN, from 1.
func point(p protocol.Position) string { return fmt.Sprintf("%d:%d", p.Line+1, p.Character+1) }

func places(list []protocol.Location) string {
	var out []string
	for _, l := range list {
		out = append(out, path.Base(string(l.URI))+":"+point(l.Range.Start))
	}
	return strings.Join(out, " ")
}

// documentEdit is a protocol.TextDocumentEdit whose edits are of one type.
type documentEdit struct {
	TextDocument protocol.OptionalVersion
	Edits        []protocol.TextEdit
}

func documentEdits(e *protocol.WorkspaceEdit) []documentEdit {
	data, _ := json.Marshal(e.DocumentChanges) // it has been JSON
	var changes []documentEdit
	_ = json.Unmarshal(data, &changes)
	return changes
}

// editsBefore counts the edits of a file before a position on its line.
func editsBefore(e *protocol.WorkspaceEdit, uri protocol.URI, at protocol.Position) (n int) {
	for _, c := range documentEdits(e) {
		for _, x := range c.Edits {
			if c.TextDocument.URI == uri && x.Range.Start.Line == at.Line && x.Range.Start.Character < at.Character {
				n++
			}
		}
	}
	return n
}

// edited is an edit as "file:line:column=text …", sorted by file.
func edited(e *protocol.WorkspaceEdit) string {
	var out []string
	for _, c := range documentEdits(e) {
		for _, x := range c.Edits {
			out = append(out, fmt.Sprintf("%s:%s=%s", path.Base(string(c.TextDocument.URI)), point(x.Range.Start), x.NewText))
		}
	}
	return strings.Join(out, " ")
}

// answer is what the server says to the question of a marker.
func (n *navigator) answer(uri protocol.URI, m markers.Marker) string {
	at := n.at(uri, m.Offset)
	kind, argument, _ := strings.Cut(m.Kind, " ")
	locations := func(method string) string {
		var list []protocol.Location
		n.c.Call("textDocument/"+method, at, &list)
		return places(list)
	}
	switch kind {
	case "def":
		return locations("definition")
	case "decl":
		return locations("declaration")
	case "typedef":
		return locations("typeDefinition")
	case "impl":
		return locations("implementation")
	case "refs", "uses":
		var list []protocol.Location
		n.c.Call("textDocument/references", protocol.ReferenceParams{PositionParams: at, Context: protocol.ReferenceContext{IncludeDeclaration: kind == "refs"}}, &list)
		return places(list)
	case "highlight":
		var list []protocol.DocumentHighlight
		n.c.Call("textDocument/documentHighlight", at, &list)
		var out []string
		for _, h := range list {
			out = append(out, " trw"[h.Kind:h.Kind+1]+point(h.Range.Start))
		}
		return strings.Join(out, " ")
	case "rename":
		var e protocol.WorkspaceEdit
		if err := n.c.Begin("textDocument/rename", protocol.RenameParams{PositionParams: at, NewName: argument}).Wait(&e); err != nil {
			return err.Message
		}
		return edited(&e)
	case "prepare":
		var p protocol.PrepareRename
		if err := n.c.Begin("textDocument/prepareRename", at).Wait(&p); err != nil {
			return err.Message
		}
		return p.Placeholder + "@" + point(p.Range.Start) + "-" + point(p.Range.End)
	case "linked":
		var l protocol.LinkedEditingRanges
		n.c.Call("textDocument/linkedEditingRange", at, &l)
		var out []string
		for _, r := range l.Ranges {
			out = append(out, point(r.Start))
		}
		return strings.Join(out, " ")
	case "incoming", "outgoing":
		return n.calls(kind, at)
	case "super", "sub":
		return n.types(kind, at)
	case "select":
		return n.selection(uri, at)
	case "tokens":
		return n.tokens(uri, m)
	}
	n.t.Errorf("no such marker: %s", m.Kind)
	return ""
}

func (n *navigator) calls(kind string, at protocol.PositionParams) string {
	var items []protocol.HierarchyItem
	n.c.Call("textDocument/prepareCallHierarchy", at, &items)
	if len(items) == 0 {
		return "nothing"
	}
	var out []string
	add := func(item protocol.HierarchyItem, ranges []protocol.Range) {
		for _, r := range ranges {
			item.Name += "@" + point(r.Start)
		}
		out = append(out, item.Name)
	}
	if kind == "incoming" {
		var list []protocol.IncomingCall
		n.c.Call("callHierarchy/incomingCalls", protocol.HierarchyParams{Item: items[0]}, &list)
		for _, c := range list {
			add(c.From, c.FromRanges)
		}
	} else {
		var list []protocol.OutgoingCall
		n.c.Call("callHierarchy/outgoingCalls", protocol.HierarchyParams{Item: items[0]}, &list)
		for _, c := range list {
			add(c.To, c.FromRanges)
		}
	}
	return strings.Join(out, " ")
}

func (n *navigator) types(kind string, at protocol.PositionParams) string {
	var items, list []protocol.HierarchyItem
	n.c.Call("textDocument/prepareTypeHierarchy", at, &items)
	if len(items) == 0 {
		return "nothing"
	}
	n.c.Call("typeHierarchy/"+kind+"types", protocol.HierarchyParams{Item: items[0]}, &list)
	var out []string
	for _, i := range list {
		out = append(out, i.Name)
	}
	return strings.Join(out, " ")
}

// selection is the chain of selected texts, those over several lines as their lines.
func (n *navigator) selection(uri protocol.URI, at protocol.PositionParams) string {
	var list []*protocol.SelectionRange
	n.c.Call("textDocument/selectionRange", protocol.SelectionRangeParams{DocumentParams: at.DocumentParams, Positions: []protocol.Position{at.Position}}, &list)
	lines := syntax.NewLines(n.texts[uri])
	var out []string
	for s := list[0]; s != nil; s = s.Parent {
		if s.Range.Start.Line != s.Range.End.Line {
			out = append(out, fmt.Sprintf("%d-%d", s.Range.Start.Line+1, s.Range.End.Line+1))
			continue
		}
		start := lines.Offset(int(s.Range.Start.Line), int(s.Range.Start.Character), syntax.UTF16)
		end := lines.Offset(int(s.Range.End.Line), int(s.Range.End.Character), syntax.UTF16)
		out = append(out, n.texts[uri][start:end])
	}
	return strings.Join(out, " | ")
}

// tokens are the semantic tokens of the marker's piece: text:type+modifiers.
func (n *navigator) tokens(uri protocol.URI, m markers.Marker) string {
	var tokens protocol.SemanticTokens
	start, end := n.at(uri, m.Start), n.at(uri, m.End)
	n.c.Call("textDocument/semanticTokens/range", protocol.SemanticTokensRangeParams{DocumentParams: start.DocumentParams, Range: protocol.Range{Start: start.Position, End: end.Position}}, &tokens)
	var out []string
	lines := syntax.NewLines(n.texts[uri])
	line, column := 0, 0
	for i := 0; i+4 < len(tokens.Data); i += 5 {
		if tokens.Data[i] > 0 {
			column = 0
		}
		line, column = line+int(tokens.Data[i]), column+int(tokens.Data[i+1])
		from := lines.Offset(line, column, syntax.UTF16)
		s := n.texts[uri][from:lines.Offset(line, column+int(tokens.Data[i+2]), syntax.UTF16)] + ":" + lsp.TokenTypes()[tokens.Data[i+3]]
		for b, name := range lsp.TokenModifiers() {
			if tokens.Data[i+4]&(1<<b) != 0 {
				s += "+" + name
			}
		}
		out = append(out, s)
	}
	return strings.Join(out, " ")
}

// navigationFiles are the files of lsptest/testdata/navigation.
func navigationFiles(t testing.TB) map[string]string {
	t.Helper()
	dir := filepath.Join("lsptest", "testdata", "navigation")
	files := map[string]string{}
	for _, p := range markers.Files(t, dir) {
		text, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		rel, err := filepath.Rel(dir, p)
		if err != nil {
			t.Fatal(err)
		}
		files[rel] = string(text)
	}
	return files
}

// TestNavigation answers the questions that the files of lsptest/testdata/navigation ask in
// comments.
func TestNavigation(t *testing.T) {
	files := navigationFiles(t)
	n, uri := navigate(t, files)
	for name, text := range files {
		t.Run(filepath.ToSlash(name), func(t *testing.T) {
			list := markers.Read(t, name, text)
			for _, m := range list {
				m.Check(t, name, n.answer(uri(name), m))
			}
		})
	}
}

// TestRenameRefusals says for each name that cannot be changed why not.
func TestRenameRefusals(t *testing.T) {
	text := "local a, b = 1, 2\nlocal function f(x, y) return x + y + a end\nprint(a, b, f)\ng = a\nu = g\nlocal M = {p = 1, q = 2}\nM.p = M.q\ngoto l\n::l::\n" +
		"local c = Tool.get(\"calculator\")\nc:execute({input = 1})\nState.save(\"global\", \"k\", 1)\nState.load(\"global\", \"k2\")\n---@type Foo\nlocal z = x.unknown\nM.__index = M\n"
	n, uri := navigate(t, map[string]string{"a.lua": text, "b.lua": "h = 1\nprint(g)\n"})
	for _, c := range []struct{ piece, to, why string }{
		{"a, b = 1", "end", "keyword"},
		{"a, b = 1", "goto", "keyword"},
		{"a, b = 1", "1x", "no name"},
		{"a, b = 1", "", "no name"},
		{"a, b = 1", "ä", "no name"},
		{"a, b = 1", "b", "would be"},
		{"a, b = 1", "x", "would be"},
		{"a, b = 1", "print", "would be the renamed variable"},
		{"x, y)", "y", "would be"},
		{"x, y)", "a", "would be the renamed variable"},
		{"g = a", "u", "there is a global u"},
		{"g = a", "h", "there is a global h"},
		{"g = a", "a", "would be"},
		{"print(a", "say", "part of llmspell"},
		{"p = 1", "q", "has a field q"},
		{"p = 1", "__gc", "mean something to Lua"},
		{"__index", "x", "means something to Lua"},
		{"execute", "run", "belongs to the tool"},
		{"input", "x", "schema"},
		{"calculator", "x", "scripts do not give it"},
		{"k\"", "k2", "would be one"},
		{"k\"", "*", "must not be empty"},
		{"unknown", "x", "no file of the workspace sets the global x"},
		{"x.unknown", "y", "no file of the workspace sets the global x: "},
		{"= 1, 2", "x", "no name here"},
	} {
		e := n.c.CallError("textDocument/rename", protocol.RenameParams{PositionParams: n.at(uri("a.lua"), strings.Index(text, c.piece)), NewName: c.to})
		if !strings.Contains(e.Message, c.why) {
			t.Errorf("%s to %q: %q, not %q", c.piece, c.to, e.Message, c.why)
		}
	}
}

// apply applies an edit to the texts of open files, and tells the server.
func (n *navigator) apply(e *protocol.WorkspaceEdit) (edits int) {
	for _, c := range documentEdits(e) {
		uri := c.TextDocument.URI
		slices.SortFunc(c.Edits, func(a, b protocol.TextEdit) int {
			if a.Range.Start.Before(b.Range.Start) {
				return 1
			}
			return -1
		})
		lines := syntax.NewLines(n.texts[uri])
		text := n.texts[uri]
		for _, x := range c.Edits {
			start := lines.Offset(int(x.Range.Start.Line), int(x.Range.Start.Character), syntax.UTF16)
			end := lines.Offset(int(x.Range.End.Line), int(x.Range.End.Character), syntax.UTF16)
			text = text[:start] + x.NewText + text[end:]
			edits++
		}
		n.texts[uri] = text
		n.c.Change(uri, protocol.ContentChange{Text: text})
	}
	return edits
}

// TestRenameAndBack renames each name that can be renamed, and back: the bytes are those
// from before, and in between nothing has become another program.
func TestRenameAndBack(t *testing.T) {
	files := navigationFiles(t)
	n, uri := navigate(t, files)
	renamed := 0
	for name := range files {
		u := uri(name)
		tree := syntax.Parse(n.texts[u])
		for node := syntax.Node(1); int(node) < tree.Len(); node++ {
			if k := tree.Kind(node); k != syntax.Name && k != syntax.String {
				continue
			}
			offset := tree.Start(node)
			if tree.Kind(node) == syntax.String {
				offset++
			}
			before := map[protocol.URI]string{}
			for k, v := range n.texts {
				before[k] = v
			}
			at := n.at(u, offset)
			var prepared protocol.PrepareRename
			if n.c.Begin("textDocument/prepareRename", at).Wait(&prepared) != nil {
				continue
			}
			var there, back protocol.WorkspaceEdit
			if err := n.c.Begin("textDocument/rename", protocol.RenameParams{PositionParams: at, NewName: "zzRenamed"}).Wait(&there); err != nil {
				t.Errorf("%s %s: %v", name, tree.Source(node), err)
				continue
			}
			edits := n.apply(&there)
			if edits == 0 {
				t.Errorf("%s %s: nothing is changed", name, tree.Source(node))
			}
			at.Position.Character += uint32(editsBefore(&there, u, at.Position) * (len("zzRenamed") - len(prepared.Placeholder)))
			if err := n.c.Begin("textDocument/rename", protocol.RenameParams{PositionParams: at, NewName: prepared.Placeholder}).Wait(&back); err != nil {
				t.Fatalf("%s %s back: %v", name, tree.Source(node), err)
			}
			n.apply(&back)
			for k, v := range before {
				if n.texts[k] != v {
					t.Fatalf("%s %s: %s is not what it was", name, tree.Source(node), k)
				}
			}
			renamed++
		}
	}
	if renamed < 40 {
		t.Errorf("only %d names could be renamed", renamed)
	}
}
