package lsp

import (
	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/lsp/protocol"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// encodingOf is the encoding of a name in the protocol.
func encodingOf(name string) (syntax.Encoding, bool) {
	switch name {
	case protocol.UTF8:
		return syntax.UTF8, true
	case protocol.UTF16:
		return syntax.UTF16, true
	case protocol.UTF32:
		return syntax.UTF32, true
	}
	return 0, false
}

// negotiate chooses the encoding of positions: the first that the client lists and
// the server knows. Clients older than LSP 3.17 may list them as clangd asks for;
// all others count in UTF-16.
func negotiate(c protocol.Client) (name string, extension bool) {
	for _, name := range c.Strings("general.positionEncodings") {
		if _, ok := encodingOf(name); ok {
			return name, false
		}
	}
	for _, name := range c.Strings("offsetEncoding") {
		if _, ok := encodingOf(name); ok {
			return name, true
		}
	}
	return protocol.UTF16, false
}

// positionIn is the position of a byte of a file.
func (s *session) positionIn(f *analysis.File, offset int) protocol.Position {
	line, column := f.Lines().Position(offset, s.encoding)
	return protocol.Position{Line: uint32(line), Character: uint32(column)}
}

// rangeIn is the range of the bytes start to end of a file.
func (s *session) rangeIn(f *analysis.File, start, end int) protocol.Range {
	return protocol.Range{Start: s.positionIn(f, start), End: s.positionIn(f, end)}
}

// offsetIn is the byte at a position of a file. A position that is not in the text is
// moved to the nearest one that is.
func (s *session) offsetIn(f *analysis.File, p protocol.Position) int {
	return f.Lines().Offset(int(p.Line), int(p.Character), s.encoding)
}

// position is the position of a byte of the request's file.
func (r *request) position(offset int) protocol.Position { return r.positionIn(r.file, offset) }

// span is the range of the bytes start to end of the request's file.
func (r *request) span(start, end int) protocol.Range { return r.rangeIn(r.file, start, end) }

// nodeRange is the range of a node of the request's file.
func (r *request) nodeRange(n syntax.Node) protocol.Range {
	t := r.file.Tree()
	return r.span(t.Start(n), t.End(n))
}

// offset is the byte at a position of the request's file.
func (r *request) offset(p protocol.Position) int { return r.offsetIn(r.file, p) }

// offsets are the bytes that a range of the request's file covers, in order.
func (r *request) offsets(x protocol.Range) (start, end int) {
	start, end = r.offset(x.Start), r.offset(x.End)
	return min(start, end), max(start, end)
}

// fileOf is the document of a URI as the client writes it, in the request's snapshot;
// nil if there is none.
func (r *request) fileOf(uri protocol.URI) *analysis.File {
	return r.snap.File(string(uri.Canonical()))
}

// location is a place of the analysis as the client gets it. It is false if the file
// cannot be read.
func (r *request) location(l types.Location) (protocol.Location, bool) {
	f := r.file
	if f == nil || f.URI != l.URI {
		if f = r.snap.File(l.URI); f == nil {
			text, ok := r.made(l.URI)
			if !ok {
				return protocol.Location{}, false
			}
			f = analysis.NewFile(l.URI, "", 0, text)
		}
	}
	return protocol.Location{URI: r.clientURI(l.URI), Range: r.rangeIn(f, l.Start, l.End)}, true
}

// locations are those of the places whose files can be read.
func (r *request) locations(places []types.Location) []protocol.Location {
	out := make([]protocol.Location, 0, len(places))
	for _, l := range places {
		if x, ok := r.location(l); ok {
			out = append(out, x)
		}
	}
	return out
}
