package lsp

import (
	"context"
	"slices"
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/lint"
	"github.com/llmspell/llmspell/lsp/protocol"
)

// codeAction answers textDocument/codeAction.
func codeAction() feature {
	return on("textDocument/codeAction", func(ctx context.Context, r *request, p *protocol.CodeActionParams) ([]protocol.CodeAction, error) {
		return r.codeActions(ctx, p), ctx.Err()
	}, func(_ *session, c *protocol.ServerCapabilities) {
		c.CodeActionProvider = &protocol.CodeActionOptions{CodeActionKinds: []string{
			protocol.ActionQuickFix, protocol.ActionRefactorRewrite, protocol.ActionFixAll,
		}}
	})
}

// wantsAction tells whether a client wants actions of a kind.
func wantsAction(only []string, kind string) bool {
	return len(only) == 0 || slices.ContainsFunc(only, func(o string) bool { return kind == o || strings.HasPrefix(kind, o+".") })
}

// codeActions are what can be done in a range: first the fixes of the findings there, as
// the newest text has them. fixAll is only offered to who asks for it.
func (r *request) codeActions(ctx context.Context, p *protocol.CodeActionParams) (out []protocol.CodeAction) {
	out = []protocol.CodeAction{}
	only := p.Context.Only
	fixAll := len(only) > 0 && wantsAction(only, protocol.ActionFixAll)
	start, end := r.offsets(p.Range)
	if r.file.Library() {
		return out
	}
	if wantsAction(only, protocol.ActionRefactorRewrite) {
		defer func() { out = append(out, r.rewrites(start)...) }()
	}
	if !wantsAction(only, protocol.ActionQuickFix) && !fixAll {
		return out
	}
	found := r.lintFindings(ctx, r.snap, r.file)
	if wantsAction(only, protocol.ActionQuickFix) {
		for _, x := range found {
			if x.Start <= end && start <= x.End {
				out = append(out, r.quickFixes(p, &x)...)
			}
		}
	}
	if fixAll {
		if edits := lint.SureEdits(found, nil); len(edits) > 0 {
			out = append(out, r.action("Fix all that is sure", protocol.ActionFixAll, edits))
		}
	}
	return out
}

// quickFixes are the actions that mend a finding.
func (r *request) quickFixes(p *protocol.CodeActionParams, x *lint.Finding) []protocol.CodeAction {
	var about []protocol.ContextDiagnostic
	for _, d := range p.Context.Diagnostics {
		if d.Code == x.Code && d.Range == r.span(x.Start, x.End) {
			about = append(about, d)
		}
	}
	var out []protocol.CodeAction
	for i, fix := range x.Fixes {
		a := r.action(fix.Title, protocol.ActionQuickFix, fix.Edits)
		a.Diagnostics, a.IsPreferred = about, i == 0 && fix.Sure
		out = append(out, a)
	}
	return out
}

// action is an action that edits the request's file.
func (r *request) action(title, kind string, edits []lint.Edit) protocol.CodeAction {
	uri := r.clientURI(r.file.URI)
	a := protocol.CodeAction{Title: title, Kind: kind, Edit: &protocol.WorkspaceEdit{}}
	list := make([]protocol.TextEdit, len(edits))
	for i, e := range edits {
		list[i] = protocol.TextEdit{Range: r.span(e.Start, e.End), NewText: e.Text}
	}
	if !r.client.Can("workspace.workspaceEdit.documentChanges") {
		a.Edit.Changes = map[protocol.URI][]protocol.TextEdit{uri: list}
		return a
	}
	some := make([]any, len(list))
	for i := range list {
		some[i] = list[i]
	}
	a.Edit.DocumentChanges = []any{protocol.TextDocumentEdit{TextDocument: protocol.OptionalVersion{URI: uri, Version: &r.file.Version}, Edits: some}}
	return a
}

// lintFindings are the findings of a file that the settings do not switch off.
func (s *session) lintFindings(ctx context.Context, snap *analysis.Snapshot, f *analysis.File) []lint.Finding {
	set := &s.settings.Load().Diagnostics
	if !set.Enable || f.Library() {
		return nil
	}
	return slices.DeleteFunc(s.server.opts.Check(ctx, snap, f), func(x lint.Finding) bool { return slices.Contains(set.Disable, x.Code) })
}
