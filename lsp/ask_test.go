package lsp

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/lsp/lsptest"
	"github.com/llmspell/llmspell/lsp/protocol"
)

// inside serves a client, and returns its session too.
func inside(t *testing.T, more map[string]any) (*lsptest.Client, *session) {
	t.Helper()
	server := New(Options{})
	c := lsptest.Serve(t, server.ServeConn)
	c.Initialize(more)
	server.mu.Lock()
	defer server.mu.Unlock()
	return c, slices.Collect(maps.Keys(server.sessions))[0]
}

func TestApplyEdit(t *testing.T) {
	c, s := inside(t, nil)
	for _, tt := range []struct {
		answer any
		err    error
		want   string
	}{
		{protocol.ApplyEditResult{Applied: true}, nil, ""},
		{protocol.ApplyEditResult{FailureReason: "read-only"}, nil, "read-only"},
		{nil, errors.New("busy"), "busy"},
	} {
		c.OnRequest("workspace/applyEdit", func(p json.RawMessage) (any, error) {
			if !strings.Contains(string(p), `"label":"fix"`) {
				t.Errorf("%s", p)
			}
			return tt.answer, tt.err
		})
		err := s.applyEdit(context.Background(), "fix", protocol.WorkspaceEdit{})
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%v, want %q", err, tt.want)
		}
	}
	c.OnRequest("window/showDocument", func(json.RawMessage) (any, error) { return protocol.ShowDocumentResult{Success: true}, nil })
	if !s.showDocument(context.Background(), protocol.ShowDocumentParams{URI: "file:///x"}) {
		t.Error("not shown")
	}
	c.Shutdown()
	if s.showDocument(context.Background(), protocol.ShowDocumentParams{URI: "file:///x"}) {
		t.Error("shown by a client that is gone")
	}

	c, s = inside(t, map[string]any{"capabilities": map[string]any{}})
	if err := s.applyEdit(context.Background(), "fix", protocol.WorkspaceEdit{}); err == nil || s.showDocument(context.Background(), protocol.ShowDocumentParams{}) {
		t.Errorf("%v: the client can do neither", err)
	}
	c.Shutdown()
}

// Positions outside of a text are moved into it, and places of other files are found.
func TestPositions(t *testing.T) {
	c, s := inside(t, nil)
	const uri = protocol.URI("file:///proj/p.lua")
	const spelt = protocol.URI("file:///proj/a%2Bb.lua")
	c.Open(uri, "x = '😀'\r\ny")
	c.Open(spelt, "function f() end")
	c.Call("textDocument/foldingRange", protocol.FoldingRangeParams{DocumentParams: protocol.DocumentParams{TextDocument: lsptest.Document(uri)}}, nil)
	snap := s.snapshot()
	r := &request{session: s, snap: snap, file: snap.File(string(uri))}
	for _, tt := range []struct {
		line, character uint32
		want            int
	}{{0, 0, 0}, {0, 5, 5}, {0, 6, 5}, {0, 7, 9}, {0, 99, 10}, {1, 0, 12}, {1, 9, 13}, {2, 0, 13}, {1 << 31, 1 << 31, 13}} {
		if got := r.offset(protocol.Position{Line: tt.line, Character: tt.character}); got != tt.want {
			t.Errorf("%d:%d is %d, want %d", tt.line, tt.character, got, tt.want)
		}
	}
	if a, b := r.offsets(protocol.Range{Start: protocol.Position{Line: 1}, End: protocol.Position{Character: 2}}); a != 2 || b != 12 {
		t.Error(a, b)
	}
	if got := r.span(9, 12); got.Start != (protocol.Position{Character: 7}) || got.End != (protocol.Position{Line: 1}) {
		t.Error(got)
	}
	other := string(spelt.Canonical())
	got := r.locations([]types.Location{{URI: other, Start: 9, End: 10}, {URI: "file:///nowhere/at/all.lua", Start: 1, End: 2}, {URI: string(uri), End: 1}})
	if len(got) != 2 || got[0].URI != spelt || got[0].Range.Start.Character != 9 || got[1].URI != uri {
		t.Errorf("%+v", got)
	}
	c.Shutdown()
}

// Who waits for a change of a snapshot hears of it, also of one that was before.
func TestChanges(t *testing.T) {
	c, s := inside(t, nil)
	snap := s.snapshot()
	moved := s.changes(snap)
	select {
	case <-moved:
		t.Error("changed already")
	default:
	}
	s.change(func(snap *analysis.Snapshot) *analysis.Snapshot {
		return snap.WithFile(analysis.NewFile("file:///x.lua", "", 1, ""))
	})
	<-moved
	<-s.changes(snap) // an old one has changed already
	c.Shutdown()
}
