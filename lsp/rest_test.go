package lsp

import (
	"encoding/json"
	"runtime"
	"strings"
	"testing"
	"time"
	"weak"

	"github.com/llmspell/llmspell/internal/luagen"
	"github.com/llmspell/llmspell/lsp/lsptest"
	"github.com/llmspell/llmspell/lsp/protocol"
)

// freed tells whether what w points to is collected, in the time that anything may take.
func freed[T any](w weak.Pointer[T]) bool {
	for end := time.Now().Add(lsptest.Timeout); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if runtime.GC(); w.Value() == nil {
			return true
		}
	}
	return false
}

// TestPause: a pause after a change forgets what was inferred, and other pauses keep it.
func TestPause(t *testing.T) {
	c, s := inside(t, nil)
	defer s.server.idle.begin()() // the server itself makes no pause meanwhile
	const uri = protocol.URI("file:///proj/a.lua")
	c.Open(uri, "local x = 1\n")
	c.Diagnostics(uri)
	s.pause()
	rested := s.snapshot()
	var hover json.RawMessage
	c.Call("textDocument/hover", lsptest.At(uri, 0, 6), &hover)
	if s.pause(); s.snapshot() != rested {
		t.Error("a pause forgets what was inferred, though nothing has changed")
	}
	c.Change(uri, lsptest.Replace(0, 10, 0, 11, "2"))
	c.Diagnostics(uri)
	changed := s.snapshot()
	if s.pause(); s.snapshot() == changed || !s.snapshot().Same(changed) {
		t.Error("after a change a pause does not rest")
	}
	if s.rest(); s.snapshot() == changed {
		t.Error("a rest keeps what was inferred")
	}
}

// TestRest: who rests keeps nothing of what was inferred, and answers as before.
func TestRest(t *testing.T) {
	c, s := inside(t, nil)
	const uri = protocol.URI("file:///proj/a.lua")
	text := luagen.AnnotatedScript(200) + "last.\n"
	c.Open(uri, text)
	c.Diagnostics(uri)
	at := lsptest.At(uri, uint32(strings.Count(text, "\n")-1), uint32(len("last.")))
	var list struct{ Items []json.RawMessage }
	c.Call("textDocument/completion", at, &list)
	if len(list.Items) == 0 {
		t.Fatal("nothing is offered")
	}
	var before, after json.RawMessage
	c.Call("completionItem/resolve", list.Items[0], &before)
	old := weak.Make(s.snapshot())
	findings, _ := s.checked.get(s.snapshot(), string(uri))
	moved := s.changes(s.snapshot())

	s.rest()
	if !freed(old) {
		t.Error("the snapshot of before is kept")
	}
	select {
	case <-moved:
		t.Error("a snapshot that rests counts as a change")
	default:
	}
	if now, ok := s.checked.get(s.snapshot(), string(uri)); !ok || len(now) != len(findings) {
		t.Errorf("the findings are forgotten: %v, %v", now, ok)
	}
	if c.Call("completionItem/resolve", list.Items[0], &after); string(before) != string(after) || !strings.Contains(string(after), "documentation") && !strings.Contains(string(after), "detail") {
		t.Errorf("the documentation of what is shown was\n%s\nand is\n%s", before, after)
	}

	c.Call("textDocument/completion", at, &list)
	old = weak.Make(s.snapshot())
	c.Close(uri)
	c.Call("completionItem/resolve", list.Items[0], &after)
	if !freed(old) {
		t.Error("the snapshot of a closed file is kept")
	}
}
