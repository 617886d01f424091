package lsp

import (
	"context"
	"fmt"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/protocol"
	"github.com/llmspell/llmspell/lsp/wire"
)

// features returns all requests that the server answers: the handlers and the
// capabilities that initialize announces are made of this table. A feature adds
// itself with one line.
func features() []feature {
	return []feature{
		completion(),
		completionResolve(),
		signatureHelp(),
		hover(),
		inlayHint(),
		inlayHintResolve(),
		definition(),
		declaration(),
		typeDefinition(),
		implementation(),
		references(),
		documentHighlight(),
		formatting(),
		rangeFormatting(),
		rangesFormatting(),
		onTypeFormatting(),
		rename(),
		prepareRename(),
		semanticTokens(),
		semanticTokensRange(),
		semanticTokensDelta(),
		workspaceSymbol(),
		workspaceSymbolResolve(),
		selectionRange(),
		linkedEditingRange(),
		documentLink(),
		documentLinkResolve(),
		codeLens(),
		codeLensResolve(),
		prepareCallHierarchy(),
		incomingCalls(),
		outgoingCalls(),
		prepareTypeHierarchy(),
		supertypes(),
		subtypes(),
		inlineValue(),
		willRenameFiles(),
		documentSymbol(),
		foldingRange(),
		documentDiagnostic(),
		workspaceDiagnostic(),
		codeAction(),
		codeActionResolve(),
		textDocumentContent(),
		executeCommand(),
	}
}

// request is one request of a client. Everything in it is as it was when the request
// arrived; feature code only reads it.
type request struct {
	*session
	snap *analysis.Snapshot
	// file is the document that the request is about, nil if it is about none.
	file     *analysis.File
	settings *Settings
}

// feature is a method that the server answers.
type feature struct {
	method string
	// prepare decodes parameters, and returns the work, given a request to fill in.
	prepare func(s *session, params []byte) (wire.Work, error)
	// announce adds to the capabilities what the client should know of the feature. It
	// may look at s.client. Nil: nothing.
	announce func(s *session, c *protocol.ServerCapabilities)
	waits    bool
	// waitsNow, if not nil, tells of a request that arrives whether it waits.
	waitsNow func(s *session) bool
}

// wait marks a feature that waits for other things than the processor, such as an
// answer of the client: it takes no worker from others.
func (f feature) wait() feature {
	f.waits = true
	return f
}

// waitIf marks a feature that waits at times.
func (f feature) waitIf(now func(s *session) bool) feature {
	f.waitsNow = now
	return f
}

// on makes a feature of a function. If P has a method Document, as those have that
// embed protocol.DocumentParams, the request's file is that document; if there is no
// such document, the answer is null and handle is not called. ctx is done when the
// client cancels the request. What handle returns is written as JSON; an error that is
// an *wire.Error as it is.
//
// R should be a concrete type: a slice that is nil is written as null.
func on[P, R any](method string, handle func(ctx context.Context, r *request, p *P) (R, error), announce func(*session, *protocol.ServerCapabilities)) feature {
	return make1(method, handle, announce, false)
}

// onAny is on for a feature that also answers for documents that are not there: the
// request's file is then nil.
func onAny[P, R any](method string, handle func(ctx context.Context, r *request, p *P) (R, error), announce func(*session, *protocol.ServerCapabilities)) feature {
	return make1(method, handle, announce, true)
}

func make1[P, R any](method string, handle func(context.Context, *request, *P) (R, error), announce func(*session, *protocol.ServerCapabilities), absent bool) feature {
	return feature{method: method, announce: announce, prepare: func(s *session, params []byte) (wire.Work, error) {
		p := new(P)
		if err := wire.Decode(params, p); err != nil {
			return nil, err
		}
		s.server.idle.used()
		snap, settings := s.snapshot(), s.settings.Load()
		return func(ctx context.Context) (any, error) {
			r := &request{session: s, snap: snap, settings: settings}
			if on, ok := any(p).(interface{ Document() protocol.URI }); ok {
				if r.file = r.fileOf(on.Document()); r.file == nil && !absent {
					return nil, nil
				}
			}
			return handle(ctx, r, p)
		}, nil
	}}
}

// methods are all methods of a session: the features, and the life of the session.
func (s *session) methods() map[string]wire.Method {
	m := s.lifecycle()
	for _, f := range features() {
		if _, twice := m[f.method]; twice {
			panic(fmt.Sprintf("%s is in the table of features twice", f.method))
		}
		how := wire.Method{Request: func(params []byte) (wire.Work, error) { return s.prepared(f, params) }, Waits: f.waits}
		if f.waitsNow != nil {
			how.WaitsNow = func() bool { return f.waitsNow(s) }
		}
		m[f.method] = how
	}
	return m
}

// prepared is the work of a request, which the server does not pause in. What waits for
// something else does no work meanwhile.
func (s *session) prepared(f feature, params []byte) (wire.Work, error) {
	work, err := f.prepare(s, params)
	if err != nil || work == nil || f.waits || f.waitsNow != nil && f.waitsNow(s) {
		return work, err
	}
	return func(ctx context.Context) (any, error) {
		defer s.server.idle.begin()()
		return work(ctx)
	}, nil
}
