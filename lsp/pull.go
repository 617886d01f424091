package lsp

import (
	"context"
	"time"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/protocol"
)

// documentDiagnostic answers textDocument/diagnostic.
func documentDiagnostic() feature {
	return onAny("textDocument/diagnostic", func(ctx context.Context, r *request, p *protocol.DiagnosticParams) (*protocol.DiagnosticReport, error) {
		if err := r.whenIndexed(ctx, p.TextDocument.URI); err != nil {
			return nil, err
		}
		if r.file == nil {
			return &protocol.DiagnosticReport{Kind: protocol.ReportFull, Items: []protocol.Diagnostic{}}, nil
		}
		report := r.report(ctx, r.file, p.PreviousResultID)
		return &report, nil
	}, func(_ *session, c *protocol.ServerCapabilities) {
		c.DiagnosticProvider = &protocol.DiagnosticOptions{Identifier: "llmspell", InterFileDependencies: true, WorkspaceDiagnostics: true}
	}).waitIf((*session).awaitsIndex)
}

// indexPatience is how long findings wait for the first look at the workspace.
const indexPatience = 30 * time.Second

// awaitsIndex tells whether findings wait for the first look at the workspace: if the client
// could not be told afterwards to ask again, it would go on showing globals of other files
// as undefined.
func (s *session) awaitsIndex() bool {
	if s.client.Can("workspace.diagnostics.refreshSupport") {
		return false
	}
	return !s.workspace.isIndexed()
}

// whenIndexed waits if findings do, and then looks at the files as they are.
func (r *request) whenIndexed(ctx context.Context, uri protocol.URI) error {
	if !r.awaitsIndex() {
		return nil
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-r.workspace.indexed:
	case <-time.After(indexPatience):
	}
	r.snap = r.snapshot()
	r.file = r.fileOf(uri)
	return nil
}

// report is the report of a file for a client that has the result of an id, or "".
func (r *request) report(ctx context.Context, f *analysis.File, previous string) protocol.DiagnosticReport {
	items := r.findings(ctx, r.snap, f)
	id := resultID(items)
	if id == previous {
		return protocol.DiagnosticReport{Kind: protocol.ReportUnchanged, ResultID: id}
	}
	return protocol.DiagnosticReport{Kind: protocol.ReportFull, ResultID: id, Items: items}
}

// workspaceDelay is how long after a change all files are checked.
const workspaceDelay = time.Second

// reportBatch is how many reports are sent as one part of a result.
const reportBatch = 50

// workspaceDiagnostic answers workspace/diagnostic: in parts, if the client takes them.
// A client that knows all results is answered when something has changed: it asks again
// at once, and would otherwise have all files checked all the time.
func workspaceDiagnostic() feature {
	return onAny("workspace/diagnostic", func(ctx context.Context, r *request, p *protocol.WorkspaceDiagnosticParams) (*protocol.WorkspaceReport, error) {
		previous := make(map[string]string, len(p.PreviousResultIDs))
		for _, x := range p.PreviousResultIDs {
			previous[string(x.URI.Canonical())] = x.Value
		}
		for {
			news, err := r.reports(ctx, p.PartialResultToken, previous)
			if err != nil || news != nil || len(previous) == 0 {
				if news == nil {
					news = &protocol.WorkspaceReport{Items: []protocol.WorkspaceDocumentReport{}}
				}
				return news, err
			}
			moved := r.changes(r.snap)
			r.snap = nil // what was worked out of it is not kept meanwhile
			select {
			case <-ctx.Done():
				return nil, ctx.Err()
			case <-moved:
			}
			select {
			case <-ctx.Done():
				return nil, ctx.Err()
			case <-time.After(workspaceDelay): // more changes may come
				r.snap = r.snapshot()
			}
		}
	}, nil).wait()
}

// reports checks all files. It returns nil if the client knows all results. A result that
// is sent in parts is sent so as a whole: what is returned is empty then, as the protocol
// wants.
func (r *request) reports(ctx context.Context, token protocol.ProgressToken, previous map[string]string) (*protocol.WorkspaceReport, error) {
	rest := &protocol.WorkspaceReport{Items: []protocol.WorkspaceDocumentReport{}}
	news, inParts, seen := false, false, map[string]bool{}
	send := func() error {
		inParts = true
		err := r.part(ctx, token, rest)
		rest = &protocol.WorkspaceReport{Items: []protocol.WorkspaceDocumentReport{}}
		return err
	}
	add := func(key string, version *int32, report protocol.DiagnosticReport) error {
		news = true
		rest.Items = append(rest.Items, protocol.WorkspaceDocumentReport{DiagnosticReport: report, URI: r.clientURI(key), Version: version})
		if token == nil || len(rest.Items) < reportBatch {
			return nil
		}
		return send()
	}
	for _, e := range r.snap.Files() {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		f := r.snap.File(e.URI)
		if f == nil {
			continue
		}
		seen[e.URI] = true
		var version *int32
		if _, open := r.openURI(e.URI); open {
			version = &f.Version
		}
		report := r.report(ctx, f, previous[e.URI])
		if report.Kind == protocol.ReportUnchanged || len(report.Items) == 0 && previous[e.URI] == "" {
			continue // the client knows all that there is
		}
		if err := add(e.URI, version, report); err != nil {
			return nil, err
		}
	}
	for key, id := range previous {
		if !seen[key] && id != resultID(nil) { // the file is gone
			if err := add(key, nil, protocol.DiagnosticReport{Kind: protocol.ReportFull, ResultID: resultID(nil), Items: []protocol.Diagnostic{}}); err != nil {
				return nil, err
			}
		}
	}
	if !news {
		return nil, nil
	}
	if inParts && len(rest.Items) > 0 {
		if err := send(); err != nil {
			return nil, err
		}
	}
	return rest, nil
}
