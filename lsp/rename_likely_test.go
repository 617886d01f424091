package lsp_test

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/lsp"
	"github.com/llmspell/llmspell/lsp/lsptest"
	"github.com/llmspell/llmspell/lsp/protocol"
)

// TestRenameToBeConfirmed: a field of which not all places can be known is renamed where it is found, if
// the client shows each change before it is made; the reason comes with the changes. Without such a
// client, and where the new name would be another thing, it is refused.
func TestRenameToBeConfirmed(t *testing.T) {
	text := "local M = {shown = 1, hidden = 2}\nfunction M.f() return M.shown end\nfor k in pairs(M) do print(k) end\nlocal u = {shown = 2}\nprint(u.shown, M.shown)\n" +
		"print(unknown.shown)\nlocal t = {sure = 1}\nprint(t.sure)\nfunction print(...) io.write(...) end\nreturn M\n"
	const reason = "the field shown cannot be renamed safely: pairs goes over the keys of its table (line 3 of a.lua)"
	for _, confirms := range []bool{true, false} {
		dir := folder(t, map[string]string{"a.lua": text, "b.lua": "local m = require('a')\nprint(m.shown, m['shown'])\n"})
		c := lsptest.Serve(t, lsp.New(lsp.Options{}).ServeConn)
		caps := lsptest.Modern()
		if confirms {
			caps["workspace"].(map[string]any)["workspaceEdit"].(map[string]any)["changeAnnotationSupport"] = map[string]any{}
		}
		more := folders(dir)
		more["capabilities"] = caps
		c.Initialize(more)
		until(t, "the folder is indexed", func() bool { return status(c).Files == 2 })
		uri := protocol.FileURI(filepath.Join(dir, "a.lua"))
		c.Open(uri, text)
		ask := func(piece, to string) (edit protocol.WorkspaceEdit, refused string) {
			t.Helper()
			before := text[:strings.Index(text, piece)]
			at := lsptest.At(uri, uint32(strings.Count(before, "\n")), uint32(len(before)-strings.LastIndex(before, "\n")-1))
			prepared := c.Begin("textDocument/prepareRename", at).Wait(nil)
			if err := c.Begin("textDocument/rename", protocol.RenameParams{PositionParams: at, NewName: to}).Wait(&edit); err != nil {
				refused = err.Message
			}
			if prepared != nil && prepared.Message != refused {
				t.Errorf("prepareRename of %s: %v, rename: %s", piece, prepared, refused)
			}
			return edit, refused
		}
		edit, refused := ask("shown = 1", "other")
		if !confirms {
			if refused != reason {
				t.Errorf("refused: %q", refused)
			}
			continue
		}
		if got, want := edited(&edit), "a.lua:1:12=other a.lua:2:25=other a.lua:5:18=other b.lua:2:9=other b.lua:2:19=other"; got != want || refused != "" {
			t.Errorf("to be confirmed: %s, not %s; refused: %q", got, want, refused)
		}
		data, _ := json.Marshal(edit.DocumentChanges)
		if n := strings.Count(string(data), `"annotationId":"unsure"`); n != 5 {
			t.Errorf("%d of 5 edits are to be confirmed: %s", n, data)
		}
		if a := edit.ChangeAnnotations["unsure"]; !a.NeedsConfirmation || a.Description != reason || a.Label == "" || len(edit.ChangeAnnotations) != 1 {
			t.Errorf("annotations: %+v", edit.ChangeAnnotations)
		}
		if edit, refused = ask("sure = 1", "other"); refused != "" || len(edit.ChangeAnnotations) != 0 || strings.Contains(edited(&edit), "shown") {
			t.Errorf("what is sure: %s, %+v, %q", edited(&edit), edit.ChangeAnnotations, refused)
		}
		for piece, want := range map[string]string{"shown = 1": "has a field hidden already", "shown)\nlocal t": "no file of the workspace sets the global unknown"} {
			if _, refused := ask(piece, "hidden"); !strings.Contains(refused, want) {
				t.Errorf("%s to hidden: %q, not %q", piece, refused, want)
			}
		}
	}
}
