package document

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/llmspell/llmspell/tools/document/pdftext"
	"github.com/llmspell/llmspell/tools/tool"
)

// PDF is what a PDF file says.
type PDF struct {
	Title  string
	Pages  []string // without those that are damaged
	Failed int      // how many are
}

// ReadPDF reads the text of all pages of a file, which errors call name. Encrypted files that ask for a password are errors.
func ReadPDF(ctx context.Context, f *os.File, name string) (out *PDF, err error) {
	defer guard(fmt.Sprintf("%q", name), &err)
	doc, err := readPDF(ctx, f, name, "")
	if err != nil {
		return nil, err
	}
	if doc.PageCount > maxPDFPages {
		return nil, tool.Errorf(tool.LimitExceeded, "%q has %d pages, more than the %d that are read", name, doc.PageCount, maxPDFPages)
	}
	out = &PDF{}
	out.Title, _ = pdfMetadata(doc)["title"].(string)
	out.Title = strings.TrimSpace(out.Title)
	reader, size := pdftext.New(doc.XRefTable), 0
	for n := 1; n <= doc.PageCount; n++ {
		text, err := reader.Page(ctx, n)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			out.Failed++
			continue
		}
		if size += len(text); size > maxPDFText {
			return nil, tool.Errorf(tool.LimitExceeded, "the text of %q is larger than %d MB", name, maxPDFText>>20)
		}
		out.Pages = append(out.Pages, text)
	}
	return out, nil
}
