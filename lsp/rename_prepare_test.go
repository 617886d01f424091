package lsp_test

import (
	"math/rand/v2"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/lsptest"
	"github.com/llmspell/llmspell/lsp/protocol"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// someName returns an offset in a name, a string or a comment, or anywhere.
func someName(r *rand.Rand, f *analysis.File) int {
	tokens := f.Tree().Tokens()
	for range 30 {
		if len(tokens) == 0 {
			break
		}
		t := tokens[r.IntN(len(tokens))]
		if t.Kind == syntax.Ident || t.Kind == syntax.StringToken || t.Kind == syntax.Comment {
			return int(t.Start) + r.IntN(int(t.End-t.Start))
		}
	}
	return r.IntN(len(f.Text()) + 1)
}

// notInNames is what keys and names of types have, and new names may not: "/x", file*, "x y".
var notInNames = regexp.MustCompile(`[/* ]`)

// TestPrepareRenameAgreesWithRename: wherever prepareRename says that there is a name to
// change, rename gives it a new one that nothing else has, and nowhere else.
func TestPrepareRenameAgreesWithRename(t *testing.T) {
	times := 25
	if testing.Short() {
		times = 5
	}
	c := withTools(t)
	dir := t.TempDir()
	c.Initialize(folders(dir))
	uri := protocol.FileURI(filepath.Join(dir, "main.lua"))
	renamed, refused := 0, 0
	for i, s := range scripts(t) {
		r := rand.New(rand.NewPCG(17, uint64(i)))
		c.Open(uri, s.text)
		f := analysis.NewFile(string(uri), "", 1, s.text)
		for range times {
			offset := someName(r, f)
			at := position(f, offset)
			where := lsptest.At(uri, at.Line, at.Character)
			var prepared protocol.PrepareRename
			no := c.Begin("textDocument/prepareRename", where).Wait(&prepared)
			to := "other_name"
			if no == nil {
				to = notInNames.ReplaceAllString(prepared.Placeholder, "_") + "_other"
			}
			var edit protocol.WorkspaceEdit
			refusal := c.Begin("textDocument/rename", protocol.RenameParams{PositionParams: where, NewName: to}).Wait(&edit)
			switch {
			case (no == nil) != (refusal == nil):
				t.Errorf("%s, line %d, column %d: prepareRename: %v, rename to %s: %v", s.path, at.Line+1, at.Character+1, no, to, refusal)
			case no != nil:
				refused++
			default:
				renamed++
				if len(edit.DocumentChanges) == 0 {
					t.Errorf("%s, line %d, column %d: rename to %s changes nothing", s.path, at.Line+1, at.Character+1, to)
				}
			}
		}
		c.Close(uri)
	}
	if t.Logf("%d renamed, %d refused", renamed, refused); renamed < 100 || refused < 100 {
		t.Error("too few of one kind")
	}
}
