package lsp

import (
	"context"
	"path/filepath"
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/protocol"
	"github.com/llmspell/llmspell/lsp/wire"
)

// willRenameFiles answers workspace/willRenameFiles: what scripts require, and the paths
// of Lua files that they name, is changed to what the files will be called.
func willRenameFiles() feature {
	return on("workspace/willRenameFiles", func(ctx context.Context, r *request, p *protocol.RenameFilesParams) (*protocol.WorkspaceEdit, error) {
		m := newMoves(p.Files)
		out := &edits{r: r}
		for _, e := range r.snap.Files() {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			if !e.Mentions("require") && !e.Mentions("dofile") && !e.Mentions("loadfile") {
				continue
			}
			if f := r.snap.File(e.URI); f != nil && f.Path != "" {
				m.file(r, f, out)
			}
		}
		return out.result(), nil
	}, func(_ *session, c *protocol.ServerCapabilities) {
		files := &protocol.FileOperationRegistration{Filters: []protocol.FileOperationFilter{
			{Scheme: "file", Pattern: protocol.FileOperationPattern{Glob: "**/*.lua", Matches: "file"}},
			{Scheme: "file", Pattern: protocol.FileOperationPattern{Glob: "**", Matches: "folder"}},
		}}
		c.Workspace.FileOperations = &protocol.FileOperationOptions{WillRename: files, DidRename: files}
	})
}

// moves are files and folders that get other names.
type moves [][2]string // paths, old and new

func newMoves(files []protocol.FileRename) moves {
	var m moves
	for _, f := range files {
		from, to := f.OldURI.Path(), f.NewURI.Path()
		if from != "" && to != "" {
			m = append(m, [2]string{filepath.Clean(from), filepath.Clean(to)})
		}
	}
	return m
}

// moved is where a file will be.
func (m moves) moved(path string) string {
	for _, x := range m {
		if path == x[0] {
			return x[1]
		}
		if rest, ok := strings.CutPrefix(path, x[0]+string(filepath.Separator)); ok {
			return filepath.Join(x[1], rest)
		}
	}
	return path
}

// file adds the changes of one file.
func (m moves) file(r *request, f *analysis.File, out *edits) {
	for slot := range r.snap.Slots(f) {
		if slot.Kind != "require" && slot.Kind != "file" {
			continue
		}
		sym := r.snap.SymbolOf(f, slot.Node)
		if sym.Kind != analysis.ModuleSymbol {
			continue
		}
		from := analysis.PathOf(sym.URI)
		to, own := m.moved(from), m.moved(f.Path)
		if to == from && own == f.Path {
			continue
		}
		name := r.snap.MovedName(f, slot.Kind, slot.Value, from, own, to)
		if name == "" || name == slot.Value {
			continue
		}
		q, _ := f.Tree().Quote(slot.Node)
		if text, ok := quoted(q, name); ok && q.Closed {
			out.add(f, slot.Start, slot.End, text)
		}
	}
}

// didRenameFiles takes the news that files have other names: the index follows.
func (s *session) didRenameFiles(params []byte) error {
	var p protocol.RenameFilesParams
	if err := wire.Decode(params, &p); err != nil {
		return err
	}
	folders := false
	for _, f := range p.Files {
		for _, uri := range []protocol.URI{f.OldURI, f.NewURI} {
			if isLua(uri.Path()) {
				s.workspace.touch(string(uri.Canonical()))
			} else {
				folders = true
			}
		}
	}
	if folders {
		s.workspace.scan()
	}
	return nil
}
