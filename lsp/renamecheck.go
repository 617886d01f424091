package lsp

import (
	"context"
	"slices"
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/lsp/protocol"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// keywords are the words that cannot be names. goto is none to the compiler, but reads
// as one.
const keywords = " and break do else elseif end false for function goto if in local nil not or repeat return then true until while "

// basicTypes are the names of types that are not declared.
const basicTypes = " any boolean false fun function integer lightuserdata never nil number self string table thread true unknown userdata "

// isIdentifier tells whether a text can be a name in Lua.
func isIdentifier(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c != '_' && (c|0x20 < 'a' || c|0x20 > 'z') && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return s != "" && !strings.Contains(keywords, " "+s+" ")
}

// valid tells whether a text can be the name of the symbol.
func (n *renaming) valid(to string) error {
	switch n.sym.Kind {
	case analysis.StringSymbol:
		if strings.TrimSpace(to) == "" || strings.ContainsAny(to, "*?") {
			return refuse("%q is no name for a %s: it must not be empty, nor have a * or ?", to, n.sym.Slot)
		}
		if n.sym.Slot == "hook" && (!strings.HasPrefix(to, ownHook) || to == ownHook) {
			return refuse("%q is no hook point of a script: such names begin with %s", to, ownHook)
		}
		return nil
	case analysis.TypeSymbol:
		for _, part := range strings.Split(to, ".") {
			if !isIdentifier(part) && part != "function" {
				return refuse("%q is no name of a type: write letters, digits and _, with dots between", to)
			}
		}
		if strings.Contains(basicTypes, " "+to+" ") {
			return refuse("%s is a type of Lua: choose another name", to)
		}
		return nil
	}
	switch {
	case strings.Contains(keywords, " "+to+" "):
		return refuse("%q is a keyword of Lua: choose another name", to)
	case !isIdentifier(to):
		return refuse("%q is no name: write letters, digits and _, with no digit first", to)
	case to == "arg":
		return refuse("arg is what scripts, and functions with ..., have their arguments in: choose another name")
	case n.sym.Kind == analysis.FieldSymbol && strings.HasPrefix(to, "__"):
		return refuse("names that begin with __ mean something to Lua: choose another one")
	}
	return nil
}

// collides tells whether something of the workspace has the new name already.
func (n *renaming) collides(ctx context.Context, to string) error {
	snap := n.r.snap
	other := analysis.Symbol{Kind: n.sym.Kind, Name: to, Slot: n.sym.Slot, Arg: n.sym.Arg}
	switch n.sym.Kind {
	case analysis.GlobalSymbol:
		if snap.KnownGlobal(n.r.file, to) {
			return refuse("there is a global %s: the two would be one", to)
		}
	case analysis.TypeSymbol:
		if len(snap.Definition(other)) > 0 {
			return refuse("there is a type %s: the two would be one", to)
		}
		if refs := snap.References(ctx, other); len(refs) > 0 {
			return refuse("the type %s is named in %s: the two would be one", to, n.r.lineOf(refs[0].URI, refs[0].Start))
		}
	case analysis.StringSymbol:
		if refs := snap.References(ctx, other); len(refs) > 0 {
			return refuse("the %s %q is named in %s: the two would be one", n.sym.Slot, to, n.r.lineOf(refs[0].URI, refs[0].Start))
		}
	}
	return nil
}

// sameBindings tells whether all names of a file mean after its edits what they mean
// now. An edit replaces names by names, so the trees are alike node for node.
func (r *request) sameBindings(e *fileEdits, to string) error {
	old := e.file
	changed := analysis.NewFile(old.URI, old.Path, 0, e.apply())
	a, b := old.Tree(), changed.Tree()
	if a.Len() != b.Len() || len(a.Errors()) < len(b.Errors()) {
		return refuse("%s would not be the same program with the name %s", r.nameOf(old), to)
	}
	edited := map[int]bool{}
	for _, x := range e.list {
		edited[x.start] = true
	}
	va, vb := old.Vars(), changed.Vars()
	for n := syntax.Node(1); int(n) < a.Len(); n++ {
		if a.Kind(n) != b.Kind(n) {
			return refuse("%s would not be the same program with the name %s", r.nameOf(old), to)
		}
		if a.Kind(n) != syntax.Name {
			continue
		}
		if va.Var(n) == vb.Var(n) {
			continue
		}
		place := r.lineOf(old.URI, a.Start(n))
		if edited[a.Start(n)] {
			return refuse("in %s, %s would be another variable of that name", place, to)
		}
		return refuse("in %s, %s would be the renamed variable", place, to)
	}
	for i := range va.Vars {
		if va.Vars[i].Kind == scope.Param && vb.Vars[i].Name == to && twins(a, va.Vars[i].Decl, b, to) {
			return refuse("the function in %s would have two parameters %s", r.lineOf(old.URI, a.Start(va.Vars[i].Decl)), to)
		}
	}
	for i := range va.Labels {
		if !slices.Equal(va.Labels[i].Uses, vb.Labels[i].Uses) {
			return refuse("a goto would lead elsewhere: there is a label %s near %s", to, r.lineOf(old.URI, a.Start(va.Labels[i].Decl)))
		}
	}
	return nil
}

// twins tells whether a parameter's list has a name twice which it had not before.
func twins(a *syntax.Tree, param syntax.Node, b *syntax.Tree, name string) bool {
	before, after := 0, 0
	for p := range a.Children(a.Parent(param)) {
		if a.Source(p) == name {
			before++
		}
		if b.Source(p) == name {
			after++
		}
	}
	return after > 1 && after > before
}

// edits are changes of several files.
type edits struct {
	r       *request
	files   []*fileEdits
	confirm string // see renaming
}

// fileEdits are changes of one file, in the order of the text, none touching another.
type fileEdits struct {
	file *analysis.File
	list []fileEdit
}

type fileEdit struct {
	start, end int
	text       string
}

// add replaces the bytes start to end of a file.
func (e *edits) add(f *analysis.File, start, end int, text string) {
	if len(e.files) == 0 || e.files[len(e.files)-1].file.URI != f.URI {
		e.files = append(e.files, &fileEdits{file: f})
	}
	last := e.files[len(e.files)-1]
	last.list = append(last.list, fileEdit{start, end, text})
}

// apply returns the file's text with the edits.
func (e *fileEdits) apply() string {
	var b strings.Builder
	at := 0
	for _, x := range e.list {
		b.WriteString(e.file.Text()[at:x.start])
		b.WriteString(x.text)
		at = x.end
	}
	b.WriteString(e.file.Text()[at:])
	return b.String()
}

// result is the edits as the client takes them: with the versions of open files, if it
// knows such.
func (e *edits) result() *protocol.WorkspaceEdit {
	versions := e.r.client.Can("workspace.workspaceEdit.documentChanges")
	out := &protocol.WorkspaceEdit{}
	if !versions {
		out.Changes = map[protocol.URI][]protocol.TextEdit{}
	}
	for _, f := range e.files {
		uri := e.r.clientURI(f.file.URI)
		var list []protocol.TextEdit
		for _, x := range f.list {
			list = append(list, protocol.TextEdit{Range: e.r.rangeIn(f.file, x.start, x.end), NewText: x.text})
		}
		if !versions {
			out.Changes[uri] = list
			continue
		}
		change := protocol.TextDocumentEdit{TextDocument: protocol.OptionalVersion{URI: uri}}
		if _, open := e.r.openURI(f.file.URI); open {
			change.TextDocument.Version = &f.file.Version
		}
		if e.confirm != "" {
			change.Edits = annotated(list)
		} else {
			for _, x := range list {
				change.Edits = append(change.Edits, x)
			}
		}
		out.DocumentChanges = append(out.DocumentChanges, change)
	}
	if e.confirm != "" {
		out.ChangeAnnotations = map[string]protocol.ChangeAnnotation{
			unconfirmed: {Label: "Uses that are found; there may be others", NeedsConfirmation: true, Description: e.confirm},
		}
	}
	return out
}
