package lsp

import (
	"context"
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/lsp/protocol"
	"github.com/llmspell/llmspell/lsp/wire"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// rename answers textDocument/rename. What would change the meaning of a program is
// refused, with the reason.
func rename() feature {
	return on("textDocument/rename", func(ctx context.Context, r *request, p *protocol.RenameParams) (*protocol.WorkspaceEdit, error) {
		n, err := r.renaming(r.offset(p.Position))
		if err != nil {
			return nil, err
		}
		return n.edit(ctx, p.NewName)
	}, func(s *session, c *protocol.ServerCapabilities) {
		c.RenameProvider = &protocol.RenameOptions{PrepareProvider: true}
	})
}

// prepareRename answers textDocument/prepareRename.
func prepareRename() feature {
	return on("textDocument/prepareRename", func(ctx context.Context, r *request, p *protocol.PrepareRenameParams) (*protocol.PrepareRename, error) {
		n, err := r.renaming(r.offset(p.Position))
		if err != nil {
			return nil, err
		}
		if _, err := n.places(ctx, ""); err != nil {
			return nil, err
		}
		return &protocol.PrepareRename{Range: r.span(n.at.Start, n.at.End), Placeholder: n.sym.Name}, nil
	}, nil)
}

// renaming is a name that can be changed.
type renaming struct {
	r   *request
	sym analysis.Symbol
	at  types.Location
	// confirm is why the changes are to be confirmed, "" if they are not.
	confirm string
}

// refuse is the answer to a renaming that cannot be.
func refuse(format string, args ...any) error {
	return wire.Errorf(wire.CodeRequestFailed, format, args...)
}

// renaming finds what is to be renamed at an offset, or says why it cannot be.
func (r *request) renaming(offset int) (*renaming, error) {
	if r.file.Library() {
		return nil, refuse("%s is part of llmspell, and read-only", r.file.URI)
	}
	sym, at, ok := r.snap.SymbolAt(r.file, offset)
	if !ok {
		if sym, at, ok = r.keyAt(offset); !ok {
			return nil, refuse("there is no name here that can be changed")
		}
	}
	n := &renaming{r: r, sym: sym, at: at}
	if err := n.permitted(); err != nil {
		return nil, err
	}
	return n, nil
}

// permitted tells whether the name is the workspace's own.
func (n *renaming) permitted() error {
	sym, name := n.sym, n.sym.Name
	switch sym.Kind {
	case analysis.LocalSymbol:
		if sym.Decl < 0 {
			return refuse("self is the parameter that a method written with a colon has: it has no other name")
		}
		return n.unseen()
	case analysis.LabelSymbol:
		return nil
	case analysis.ModuleSymbol:
		return refuse("%q names a file: rename the file, and the editor changes the scripts that require it", name)
	case analysis.StringSymbol:
		return n.permittedString()
	case analysis.FieldSymbol:
		if strings.HasPrefix(name, "__") {
			return refuse("%s means something to Lua: it cannot have another name", name)
		}
		if strings.HasPrefix(sym.URI, analysis.SchemaScheme+":") {
			tool := strings.TrimPrefix(sym.URI, analysis.SchemaScheme+":")
			if len(n.r.snap.Registrations(n.r.file, tool)) > 0 {
				return refuse("%s is a parameter of the tool %s, which has it from Tool.register: other programs may give it under this name", name, tool)
			}
			return refuse("%s belongs to the tool %s, whose schema says its name", name, tool)
		}
	case analysis.GlobalSymbol:
		if n.r.snap.SettingsOwn(name) {
			return refuse("the global %s is defined by something else, as the settings say", name)
		}
	}
	for _, d := range n.r.snap.Definition(sym) {
		if f := n.r.snap.File(d.URI); f == nil || f.Library() {
			return refuse("%s is part of llmspell: it cannot have another name", name)
		}
		if !n.r.belongs(d.URI) {
			return refuse("%s is declared in %s, which is not in the workspace", name, d.URI)
		}
	}
	return nil
}

// seers are functions of the library debug that see the names of local variables.
var seers = []string{"debug.getlocal", "debug.setlocal", "debug.getupvalue", "debug.setupvalue"}

// unseen refuses a local variable whose name the file itself may look at.
func (n *renaming) unseen() error {
	f := n.r.file
	if len(f.Vars().Globals["debug"]) == 0 {
		return nil
	}
	for _, call := range n.r.snap.CallsOf(f, seers...) {
		return refuse("the local variable %s cannot be renamed safely: the script looks at the names of variables (%s)", n.sym.Name, n.r.lineOf(f.URI, f.Tree().Start(call)))
	}
	return nil
}

// permittedString tells whether what a string names has its name from scripts.
func (n *renaming) permittedString() error {
	sym := n.sym
	switch {
	case sym.Slot == "hook" && strings.HasPrefix(sym.Name, ownHook):
	case sym.Slot == "tool" && len(n.r.snap.Registrations(n.r.file, sym.Name)) > 0:
		l := n.r.snap.Registrations(n.r.file, sym.Name)[0]
		return refuse("the tool %q is registered in %s: agents, workflows and other programs may use it under this name", sym.Name, n.r.lineOf(l.URI, l.Start))
	case sym.Slot != "event" && sym.Slot != "state":
		return refuse("%q is the name of a %s: scripts do not give it", sym.Name, sym.Slot)
	case sym.Slot == "state" && sym.Arg == "":
		return refuse("it is not known which scope the key %q is in", sym.Name)
	case strings.ContainsAny(sym.Name, "*?") && sym.Slot == "event":
		return refuse("%q is a pattern: rename the names that it stands for", sym.Name)
	}
	if c := n.r.snap.Catalog(); c != nil && sym.Slot == "event" {
		for _, e := range c.Entries("event") {
			if e.Name == sym.Name {
				return refuse("%q is an event of the kernel: it cannot have another name", sym.Name)
			}
		}
	}
	return nil
}

// belongs tells whether a file is open or in the workspace.
func (r *request) belongs(uri string) bool {
	if _, open := r.openURI(uri); open {
		return true
	}
	return r.workspace.holds(protocol.URI(uri).Path())
}

// edit makes the changes that a new name needs.
func (n *renaming) edit(ctx context.Context, to string) (*protocol.WorkspaceEdit, error) {
	if err := n.valid(to); err != nil {
		return nil, err
	}
	edits := &edits{r: n.r}
	if to == n.sym.Name {
		return edits.result(), nil
	}
	if err := n.collides(ctx, to); err != nil {
		return nil, err
	}
	refs, err := n.places(ctx, to)
	if err != nil {
		return nil, err
	}
	for _, ref := range refs {
		f := n.r.snap.File(ref.URI)
		if f == nil {
			return nil, refuse("%s cannot be read", ref.URI)
		}
		t := f.Tree()
		if node := t.NodeAt(ref.Start); t.Kind(node) == syntax.String {
			q, _ := t.Quote(node)
			if text, ok := quoted(q, to); ok {
				edits.add(f, ref.Start, ref.End, text)
				continue
			}
			return nil, refuse("%q cannot be written between %s and %s, as in line %d of %s", to, q.Open, q.Close(), n.r.positionIn(f, ref.Start).Line+1, ref.URI)
		}
		if f.Text()[ref.Start:ref.End] != n.sym.Name {
			return nil, refuse("%s has changed meanwhile: try again", ref.URI)
		}
		edits.add(f, ref.Start, ref.End, to)
	}
	edits.confirm = n.confirm
	if n.sym.Kind != analysis.StringSymbol && n.sym.Kind != analysis.TypeSymbol {
		for _, e := range edits.files {
			if err := n.r.sameBindings(e, to); err != nil {
				return nil, err
			}
		}
	}
	return edits.result(), nil
}

// quoted is a text as it stands in a string; false if it cannot stand there.
func quoted(q syntax.Quote, text string) (string, bool) {
	if q.Long() {
		// A long string begins behind a line end that is not its own, and ends at its bracket.
		ok := !strings.Contains(text, q.Close()) && !strings.HasSuffix(text, "]") && !strings.ContainsAny(text, "\r\n")
		return text, ok
	}
	var b strings.Builder
	for _, c := range []byte(text) {
		switch {
		case c == q.Open[0] || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c == '\n':
			b.WriteString(`\n`)
		case c == '\r':
			b.WriteString(`\r`)
		case c == 0:
			b.WriteString(`\000`)
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), true
}
