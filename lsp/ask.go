package lsp

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.uber.org/zap"

	"github.com/llmspell/llmspell/lsp/protocol"
)

// Time limits of requests to the client. A person may have to answer some.
const (
	askTimeout    = 10 * time.Second
	personTimeout = 2 * time.Minute
)

// ask sends a request to the client and waits for the answer, for a while.
func (s *session) ask(ctx context.Context, method string, params, result any) error {
	limit := askTimeout
	switch method {
	case "workspace/applyEdit", "window/showMessageRequest", "window/showDocument":
		limit = personTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return s.conn.Call(ctx, method, params, result)
}

// tell shows the user a message. It does not wait.
func (s *session) tell(kind protocol.MessageType, text string) {
	if err := s.conn.Notify("window/showMessage", protocol.ShowMessageParams{Type: kind, Message: text}); err != nil {
		s.log.Debug("a message could not be shown", zap.Error(err))
	}
}

// applyEdit has the client apply an edit.
func (s *session) applyEdit(ctx context.Context, label string, edit protocol.WorkspaceEdit) error {
	var result protocol.ApplyEditResult
	switch {
	case !s.client.Can("workspace.applyEdit"):
		return errors.New("the editor does not let the server change files")
	default:
		if err := s.ask(ctx, "workspace/applyEdit", protocol.ApplyEditParams{Label: label, Edit: edit}, &result); err != nil {
			return err
		}
	}
	if !result.Applied {
		return fmt.Errorf("the editor has not applied the change: %s", result.FailureReason)
	}
	return nil
}

// showDocument has the client show a document. It is false if it cannot.
func (s *session) showDocument(ctx context.Context, p protocol.ShowDocumentParams) bool {
	if !s.client.Can("window.showDocument.support") {
		return false
	}
	var result protocol.ShowDocumentResult
	err := s.ask(ctx, "window/showDocument", p, &result)
	return err == nil && result.Success
}

// refresh makes the client ask again for what it shows.
func (s *session) refresh(ctx context.Context) {
	for _, what := range []struct{ capability, method string }{
		{"workspace.semanticTokens.refreshSupport", "workspace/semanticTokens/refresh"},
		{"workspace.inlayHint.refreshSupport", "workspace/inlayHint/refresh"},
		{"workspace.codeLens.refreshSupport", "workspace/codeLens/refresh"},
		{"workspace.inlineValue.refreshSupport", "workspace/inlineValue/refresh"},
		{"workspace.foldingRange.refreshSupport", "workspace/foldingRange/refresh"},
		{"workspace.diagnostics.refreshSupport", "workspace/diagnostic/refresh"},
	} {
		if !s.client.Can(what.capability) {
			continue
		}
		if err := s.ask(ctx, what.method, nil, nil); err != nil {
			s.log.Debug("the client does not refresh", zap.String("method", what.method), zap.Error(err))
		}
	}
}

// register asks the client for what it must be asked for.
func (s *session) register(ctx context.Context) {
	var list []protocol.Registration
	if s.client.Can("workspace.didChangeWatchedFiles.dynamicRegistration") {
		list = append(list, protocol.Registration{
			ID: "files", Method: "workspace/didChangeWatchedFiles",
			RegisterOptions: protocol.WatchRegistration{Watchers: []protocol.FileWatcher{
				{GlobPattern: "**/*.lua"}, {GlobPattern: "**/.luarc.json"}, {GlobPattern: "**/.luarc.jsonc"}, {GlobPattern: "**/.luacheckrc"},
				// A folder that is moved or deleted is one event, which is not about the files in it.
				{GlobPattern: "**/*", Kind: protocol.WatchCreate | protocol.WatchDelete},
			}},
		})
	}
	if s.client.Can("workspace.didChangeConfiguration.dynamicRegistration") {
		list = append(list, protocol.Registration{
			ID: "settings", Method: "workspace/didChangeConfiguration",
			RegisterOptions: protocol.ConfigurationItem{Section: settingsSection},
		})
	}
	if len(list) == 0 {
		return
	}
	if err := s.ask(ctx, "client/registerCapability", protocol.RegistrationParams{Registrations: list}, nil); err != nil {
		s.log.Warn("the client does not tell of changed files and settings", zap.Error(err))
	}
}
