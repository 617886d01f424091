package lsp

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/format"
	"github.com/llmspell/llmspell/lsp/protocol"
	"github.com/llmspell/llmspell/lsp/wire"
)

// formatting answers textDocument/formatting with the least edits. A text with syntax
// errors is left as it is, with an error that says where the first is.
func formatting() feature {
	return on("textDocument/formatting", func(_ context.Context, r *request, p *protocol.FormattingParams) ([]protocol.TextEdit, error) {
		opts, err := r.formatOptions(p.Options)
		if err != nil {
			return nil, err
		}
		return r.formatted(format.Format(r.file.Tree(), opts))
	}, func(_ *session, c *protocol.ServerCapabilities) { c.DocumentFormattingProvider = true })
}

// rangeFormatting answers textDocument/rangeFormatting.
func rangeFormatting() feature {
	return on("textDocument/rangeFormatting", func(_ context.Context, r *request, p *protocol.RangeFormattingParams) ([]protocol.TextEdit, error) {
		return r.formatRanges(p.Options, []protocol.Range{p.Range})
	}, func(s *session, c *protocol.ServerCapabilities) {
		c.RangeFormattingProvider = &protocol.RangeFormattingOptions{RangesSupport: s.client.Can("textDocument.rangeFormatting.rangesSupport")}
	})
}

// rangesFormatting answers textDocument/rangesFormatting.
func rangesFormatting() feature {
	return on("textDocument/rangesFormatting", func(_ context.Context, r *request, p *protocol.RangesFormattingParams) ([]protocol.TextEdit, error) {
		return r.formatRanges(p.Options, p.Ranges)
	}, nil)
}

// onTypeFormatting answers textDocument/onTypeFormatting: it indents the line.
func onTypeFormatting() feature {
	return on("textDocument/onTypeFormatting", func(_ context.Context, r *request, p *protocol.OnTypeFormattingParams) ([]protocol.TextEdit, error) {
		opts, err := r.formatOptions(p.Options)
		if err != nil {
			return nil, err
		}
		return r.formatted(format.OnType(r.file.Tree(), opts, r.offset(p.Position)), nil)
	}, func(_ *session, c *protocol.ServerCapabilities) {
		// A line, and the last letters and brackets of what closes a block: end, until, else, elseif.
		c.OnTypeFormattingProvider = &protocol.OnTypeOptions{FirstTriggerCharacter: "\n", MoreTriggerCharacter: []string{"d", "e", "f", "l", "}", ")", "]"}}
	})
}

// formatOptions are those of the request's file: what the editor says of indents, under
// what the file's folders say.
func (r *request) formatOptions(editor protocol.FormattingOptions) (format.Options, error) {
	opts := format.Default()
	if !editor.InsertSpaces {
		opts.Indent = "tabs"
	}
	if n := int(editor.TabSize); n >= 1 && n <= 16 {
		opts.IndentSize = n
	}
	if r.file.Library() {
		return opts, wire.Errorf(wire.CodeRequestFailed, "%s is part of llmspell, and read-only", r.file.URI)
	}
	path := analysis.PathOf(r.file.URI)
	if path == "" {
		return opts, nil
	}
	opts, err := format.Load(path, opts)
	if err != nil {
		return opts, wire.Errorf(wire.CodeRequestFailed, "%v", err)
	}
	return opts, nil
}

// formatRanges formats ranges, which may overlap.
func (r *request) formatRanges(editor protocol.FormattingOptions, ranges []protocol.Range) ([]protocol.TextEdit, error) {
	opts, err := r.formatOptions(editor)
	if err != nil {
		return nil, err
	}
	var all []format.Edit
	for _, x := range ranges {
		start, end := r.offsets(x)
		edits, err := format.Range(r.file.Tree(), opts, start, end)
		if err != nil {
			return r.formatted(nil, err)
		}
		all = append(all, edits...)
	}
	slices.SortFunc(all, func(a, b format.Edit) int { return cmp.Or(a.Start-b.Start, a.End-b.End) })
	return r.formatted(slices.Compact(all), nil)
}

// maxFormatEdits is how many edits a client is sent. Of more it is sent one that replaces all
// from the first to the last: a generated file in one line has as many as it has elements.
const maxFormatEdits = 10_000

// formatted are edits as the client wants them.
func (r *request) formatted(edits []format.Edit, err error) ([]protocol.TextEdit, error) {
	if errors.Is(err, format.ErrSyntax) {
		return nil, wire.Errorf(wire.CodeRequestFailed, "the text is not formatted: %v", err)
	}
	if err != nil {
		return nil, err
	}
	if len(edits) > maxFormatEdits {
		edits = []format.Edit{format.Merge(r.file.Text(), edits)}
	}
	out := make([]protocol.TextEdit, len(edits))
	for i, e := range edits {
		out[i] = protocol.TextEdit{Range: r.span(e.Start, e.End), NewText: e.Text}
	}
	return out, nil
}
