package lsp

import (
	"context"
	"errors"
	"slices"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/lsp/protocol"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// unsure is why a name cannot be changed safely: other places may mean the same.
type unsure struct{ error }

func (e unsure) Unwrap() error { return e.error }

// likelyPlaces are the references of a field, where it is not sure that they are all places of it
// and the client shows each change to be confirmed. Else the error is err.
func (n *renaming) likelyPlaces(ctx context.Context, err error, to string) ([]types.Location, error) {
	var why unsure
	if !errors.As(err, &why) {
		return nil, err
	}
	if n.sym.Kind != analysis.FieldSymbol || n.sym.URI == "" || !n.r.confirms() {
		return nil, why.error
	}
	var list []types.Location
	for _, ref := range n.r.snap.References(ctx, n.sym) {
		if f := n.r.snap.File(ref.URI); f == nil || f.Library() || !n.r.belongs(ref.URI) {
			return nil, why.error
		}
		list = append(list, ref.Location)
	}
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case !slices.Contains(list, n.at):
		return nil, why.error
	case to != "" && to != n.sym.Name && n.r.hasField(n.at.Start, to):
		return nil, refuse("its table has a field %s already: the two would be one", to)
	}
	n.confirm = why.Error()
	return list, nil
}

// confirms tells whether the client shows the changes that say so before it makes them.
func (r *request) confirms() bool {
	return r.client.Can("workspace.workspaceEdit.documentChanges") && r.client.Has("workspace.workspaceEdit.changeAnnotationSupport")
}

// hasField tells whether the table whose field is named at an offset has another one.
func (r *request) hasField(offset int, name string) bool {
	t := r.file.Tree()
	parent := t.Parent(t.NodeAt(offset))
	table := t.First(parent)
	if k := t.Kind(parent); k == syntax.NameField || k == syntax.KeyField {
		table = t.Parent(parent)
	}
	return r.snap.Field(r.snap.TypeOf(r.file, table), name) != nil
}

// unconfirmed names the annotation of changes that are to be confirmed.
const unconfirmed = "unsure"

// annotated are edits that are to be confirmed, for the reason that their annotation has.
func annotated(list []protocol.TextEdit) []any {
	var out []any
	for _, x := range list {
		out = append(out, protocol.AnnotatedTextEdit{TextEdit: x, AnnotationID: unconfirmed})
	}
	return out
}
