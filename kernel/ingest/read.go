package ingest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"github.com/llmspell/llmspell/memory"
	"github.com/llmspell/llmspell/memory/chunk"
	"github.com/llmspell/llmspell/memory/rag"
	"github.com/llmspell/llmspell/tools/document"
	"github.com/llmspell/llmspell/tools/tool"
)

// Why a file is passed by, besides what is wrong with a PDF.
var (
	errBinary = errors.New("it is no text")
	errEmpty  = errors.New("there is no text in it")
	errScan   = errors.New("there is no text in it: its pages are pictures")
	errHuge   = fmt.Errorf("it is larger than %d MB", chunk.MaxDocument>>20)
)

// read reads a file that is open. kind is what the caller says that it is; "": its name says it.
func read(ctx context.Context, f *os.File, path string, kind rag.Kind) (rag.Input, error) {
	in := rag.Input{ID: path, Source: path, Kind: kind}
	if in.Kind == "" {
		in.Kind = KindOf(path)
	}
	head := make([]byte, 5)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return in, err
	}
	if in.Kind == pdf || kind == "" && string(head[:n]) == "%PDF-" {
		return readPDF(ctx, f, in)
	}
	data, err := io.ReadAll(tool.Reader(ctx, io.LimitReader(io.MultiReader(bytes.NewReader(head[:n]), f), chunk.MaxDocument+1)))
	switch {
	case err != nil:
		return in, err
	case len(data) > chunk.MaxDocument:
		return in, errHuge
	}
	if in.Text, err = decode(data, in.Kind); err != nil {
		return in, err
	}
	if strings.TrimSpace(in.Text) == "" {
		return in, errEmpty
	}
	if in.Kind == rag.HTML {
		in.Title = htmlTitle(in.Text)
	}
	return in, nil
}

func readPDF(ctx context.Context, f *os.File, in rag.Input) (rag.Input, error) {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return in, err
	}
	doc, err := document.ReadPDF(ctx, f, in.Source)
	if err != nil {
		return in, err
	}
	in.Kind, in.Title = rag.Plain, fitTitle(doc.Title)
	in.Text = strings.ToValidUTF8(strings.Join(doc.Pages, "\n\n"), "\uFFFD") // pages end as paragraphs do
	in.Metadata = map[string]any{"pages": int64(len(doc.Pages) + doc.Failed)}
	if doc.Failed > 0 {
		in.Metadata["damaged_pages"] = int64(doc.Failed)
	}
	if strings.TrimSpace(in.Text) == "" {
		return in, errScan
	}
	return in, nil
}

// decode makes a file's bytes a text: by its byte order mark, as UTF-8, or as what HTML says; else as
// Windows-1252, if it looks like a text at all.
func decode(data []byte, kind rag.Kind) (string, error) {
	if bytes.HasPrefix(data, []byte{0xff, 0xfe}) || bytes.HasPrefix(data, []byte{0xfe, 0xff}) {
		text, err := unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder().Bytes(data)
		if err != nil || !looksLikeText(text) {
			return "", errBinary
		}
		return string(text), nil
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if !looksLikeText(data) {
		return "", errBinary
	}
	if utf8.Valid(data) {
		return string(data), nil
	}
	decoder := charmap.Windows1252.NewDecoder()
	if kind == rag.HTML {
		if e, name, _ := charset.DetermineEncoding(data, ""); name != "utf-8" {
			decoder = e.NewDecoder()
		}
	}
	text, err := decoder.Bytes(data)
	if err != nil {
		return "", errBinary
	}
	return string(text), nil
}

// looksLikeText tells whether few bytes are such as no text has.
func looksLikeText(data []byte) bool {
	head := data[:min(len(data), 64<<10)]
	odd := 0
	for _, c := range head {
		if c == 0 {
			return false
		}
		if c < ' ' && c != '\n' && c != '\r' && c != '\t' && c != '\f' && c != '\v' && c != '\b' && c != 0x1b {
			odd++
		}
	}
	return odd*50 <= len(head)
}

// htmlTitle is the title of a page, "" if it has none.
func htmlTitle(page string) string {
	z := html.NewTokenizer(strings.NewReader(page))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return ""
		case html.StartTagToken:
			name, _ := z.TagName()
			switch atom.Lookup(name) {
			case atom.Title:
				if z.Next() != html.TextToken {
					return ""
				}
				return fitTitle(string(z.Text()))
			case atom.Body:
				return ""
			}
		}
	}
}

// fitTitle makes a text fit for a title: one line, and not too long.
func fitTitle(text string) string {
	text = strings.Join(strings.Fields(strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", ""), "")), " ")
	if len(text) > memory.MaxName {
		text = strings.ToValidUTF8(text[:memory.MaxName], "")
	}
	return text
}
