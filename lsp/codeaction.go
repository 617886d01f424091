package lsp

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/llmspell/llmspell/lsp/lint"
	"github.com/llmspell/llmspell/lsp/protocol"
	"github.com/llmspell/llmspell/lsp/refactor"
	"github.com/llmspell/llmspell/lsp/wire"
)

// codeAction answers textDocument/codeAction.
func codeAction() feature {
	return on("textDocument/codeAction", func(ctx context.Context, r *request, p *protocol.CodeActionParams) ([]protocol.CodeAction, error) {
		return r.codeActions(ctx, p), ctx.Err()
	}, func(s *session, c *protocol.ServerCapabilities) {
		c.CodeActionProvider = &protocol.CodeActionOptions{CodeActionKinds: []string{
			protocol.ActionQuickFix, protocol.ActionRefactorExtract, protocol.ActionRefactorInline, protocol.ActionRefactorRewrite,
			protocol.ActionOrganizeImports, protocol.ActionFixAll,
		}, ResolveProvider: s.actionsLater()}
	})
}

// actionsLater tells whether the client asks for the edits of the one action that is taken.
func (s *session) actionsLater() bool {
	return s.client.Can("textDocument.codeAction.dataSupport") && slices.Contains(s.client.Strings("textDocument.codeAction.resolveSupport.properties"), "edit")
}

// wantsAction tells whether a client wants actions of a kind.
func wantsAction(only []string, kind string) bool {
	return len(only) == 0 || slices.ContainsFunc(only, func(o string) bool { return o == "" || kind == o || strings.HasPrefix(kind, o+".") })
}

// automatic is the trigger of a client that looks by itself, whenever the cursor moves.
const automatic = 2

// codeActions are what can be done in a range: first the fixes of the findings there, as
// the newest text has them. Those that change the whole file are only offered to who
// asks for them.
func (r *request) codeActions(ctx context.Context, p *protocol.CodeActionParams) []protocol.CodeAction {
	out := []protocol.CodeAction{}
	only := p.Context.Only
	start, end := r.offsets(p.Range)
	if r.file.Library() {
		return out
	}
	fixAll := len(only) > 0 && wantsAction(only, protocol.ActionFixAll)
	if quick := wantsAction(only, protocol.ActionQuickFix); quick || fixAll {
		found := r.lintFindings(ctx, r.snap, r.file)
		if quick {
			out = append(out, r.quickFixes(ctx, p, found, start, end)...)
		}
		if fixAll {
			if edits := lint.Mend(ctx, r.file.Text(), found).Edits; len(edits) > 0 {
				out = append(out, r.action("Fix all that is sure", protocol.ActionFixAll, edits))
			}
		}
	}
	return append(out, r.refactorings(ctx, p, start, end)...)
}

// actionData is what an action whose edits come later is found again by.
type actionData struct {
	URI     string `json:"uri"` // canonical
	Version int32  `json:"version"`
	Start   int    `json:"from"`
	End     int    `json:"to"`
	Kind    string `json:"kind"`
	Title   string `json:"title"`
}

// actionKind is the protocol's kind of a refactoring.
func actionKind(kind string) string {
	if kind == refactor.OrganizeImports {
		return "source." + kind
	}
	return "refactor." + kind
}

// refactorings are the changes that keep the meaning. Clients that know what that is are told
// why one cannot be made.
func (r *request) refactorings(ctx context.Context, p *protocol.CodeActionParams, start, end int) (out []protocol.CodeAction) {
	only := p.Context.Only
	later := r.actionsLater()
	for _, a := range refactor.Actions(ctx, r.snap, r.file, start, end, func(kind string) bool {
		if kind == refactor.OrganizeImports && len(only) == 0 {
			return false
		}
		return wantsAction(only, actionKind(kind))
	}) {
		x := protocol.CodeAction{Title: a.Title, Kind: actionKind(a.Kind)}
		switch {
		case a.Disabled != "":
			if p.Context.TriggerKind == automatic || !r.client.Can("textDocument.codeAction.disabledSupport") {
				continue
			}
			x.Disabled = &protocol.Disabled{Reason: a.Disabled}
		case later:
			x.Data, _ = json.Marshal(actionData{r.file.URI, r.file.Version, start, end, a.Kind, a.Title})
		default:
			x.Edit = r.fileEdit(a.Edits)
		}
		out = append(out, x)
	}
	return out
}

// codeActionResolve answers codeAction/resolve: it works out the edits of the action that
// the user has taken.
func codeActionResolve() feature {
	return on("codeAction/resolve", func(ctx context.Context, r *request, a *protocol.CodeAction) (*protocol.CodeAction, error) {
		if a.Edit != nil || len(a.Data) == 0 {
			return a, nil
		}
		var data actionData
		if err := json.Unmarshal(a.Data, &data); err != nil {
			return nil, wire.Errorf(wire.CodeInvalidParams, "the action's data is not what the server has sent: %v", err)
		}
		if r.file = r.snap.File(data.URI); r.file == nil || r.file.Version != data.Version {
			return nil, wire.Errorf(wire.CodeContentModified, "%s has changed meanwhile: ask for the actions again", data.URI)
		}
		for _, x := range refactor.Actions(ctx, r.snap, r.file, data.Start, data.End, func(kind string) bool { return kind == data.Kind }) {
			if x.Title != data.Title || x.Disabled != "" {
				continue
			}
			a.Edit = r.fileEdit(x.Edits)
			return a, nil
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		return nil, refuse("%s is not possible any more", data.Title)
	}, nil)
}

// quickFixes are the actions that mend the findings in a range, and those that switch them off.
func (r *request) quickFixes(ctx context.Context, p *protocol.CodeActionParams, found []lint.Finding, start, end int) (out []protocol.CodeAction) {
	var last []protocol.CodeAction
	for i := range found {
		if ctx.Err() != nil {
			return nil
		}
		x := &found[i]
		if x.Start > end || start > x.End {
			continue
		}
		var about []protocol.ContextDiagnostic
		for _, d := range p.Context.Diagnostics {
			if d.Code == x.Code && d.Range == r.span(x.Start, x.End) {
				about = append(about, d)
			}
		}
		for i, fix := range slices.Concat(x.Fixes, r.moreFixes(x)) {
			a := r.action(fix.Title, protocol.ActionQuickFix, fix.Edits)
			a.Diagnostics, a.IsPreferred = about, i == 0 && fix.Sure
			out = append(out, a)
		}
		for _, fix := range r.silence(x) {
			a := r.action(fix.Title, protocol.ActionQuickFix, fix.Edits)
			if a.Diagnostics = about; !slices.ContainsFunc(last, func(o protocol.CodeAction) bool { return o.Title == a.Title }) {
				last = append(last, a)
			}
		}
	}
	if fix := r.missingField(start, end); fix != nil {
		out = append(out, r.action(fix.Title, protocol.ActionQuickFix, fix.Edits))
	}
	return append(out, last...)
}

// action is an action that edits the request's file.
func (r *request) action(title, kind string, edits []lint.Edit) protocol.CodeAction {
	return protocol.CodeAction{Title: title, Kind: kind, Edit: r.fileEdit(edits)}
}

// fileEdit are edits of the request's file as the client takes them: with its version, if
// it knows such.
func (r *request) fileEdit(edits []lint.Edit) *protocol.WorkspaceEdit {
	uri := r.clientURI(r.file.URI)
	out := &protocol.WorkspaceEdit{}
	list := make([]protocol.TextEdit, len(edits))
	for i, e := range edits {
		list[i] = protocol.TextEdit{Range: r.span(e.Start, e.End), NewText: e.Text}
	}
	if !r.client.Can("workspace.workspaceEdit.documentChanges") {
		out.Changes = map[protocol.URI][]protocol.TextEdit{uri: list}
		return out
	}
	some := make([]any, len(list))
	for i := range list {
		some[i] = list[i]
	}
	out.DocumentChanges = []any{protocol.TextDocumentEdit{TextDocument: protocol.OptionalVersion{URI: uri, Version: &r.file.Version}, Edits: some}}
	return out
}
