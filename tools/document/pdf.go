package document

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/pdfcpu/pdfcpu/pkg/api"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"

	"github.com/llmspell/llmspell/tools/document/pdftext"
	"github.com/llmspell/llmspell/tools/sandbox"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

const (
	maxPDF      = 50 << 20 // bytes of a file
	maxPDFPages = 2_000    // read by one call
	maxPDFText  = 32 << 20 // bytes of text in one result
	maxPDFSizes = 100      // pages whose size is given
)

func pdfDefinition() tool.Definition {
	sample := map[string]string{"hello.pdf": samplePDF}
	return tool.Static(&tool.Descriptor{
		Name: "pdf-processor", Aliases: []string{"pdf-reader", "pdf"}, Category: "document", Version: "1.0.0", Security: tool.Privileged, SideEffects: true,
		Tags: []string{"pdf", "text", "extract", "pages", "metadata"}, Needs: []tool.Need{tool.Files}, Timeout: 2 * time.Minute,
		Description: "Extracts text, metadata and pages of PDF files of 50 MB at most. Text is what the pages say in their own order; scanned pages are images and give none (there is no OCR), and tables come as lines",
		Parameters: schema.Map("",
			schema.Required("operation", schema.Choice("extract_text: all as one text; extract_metadata: title, author, pages and the like; extract_pages: the text of each page, or a PDF of these pages when target_path is given",
				"extract_text", "extract_metadata", "extract_pages").WithAliases(map[string]string{"text": "extract_text", "metadata": "extract_metadata", "info": "extract_metadata", "pages": "extract_pages"})),
			schema.Required("input", schema.Text("The path of the PDF file"), "path", "file_path", "input_path", "file"),
			schema.Optional("start_page", schema.Int("The first page, counted from 1", 1, 1e6).WithDefault(1), "from_page"),
			schema.Optional("end_page", schema.Int("The last page; the default is the last of the file", 1, 1e6), "to_page"),
			schema.Optional("password", schema.Text("The password of an encrypted file")),
			schema.Optional("target_path", schema.Text("Where to write the PDF of the pages (extract_pages)"), "output_path")),
		Result: &schema.Schema{Types: []schema.Type{schema.Object}, Properties: []schema.Property{
			schema.Required("page_count", schema.Num("Pages of the file")),
			schema.Optional("text", schema.Text("The text, with a form feed between pages (extract_text); it is the answer's text too")),
			schema.Optional("pages", schema.List("{page, text} of each (extract_pages)", &schema.Schema{})),
			schema.Optional("failed_pages", schema.List("{page, error} of those that are damaged, and give no text", &schema.Schema{})),
			schema.Optional("metadata", schema.Map("{version, encrypted, title?, author?, subject?, keywords?, creator?, producer?, created?, modified?, page_sizes[{page, width, height}] in points, of the first 100} (extract_metadata)")),
			schema.Optional("target_path", schema.Text("The file that was written")),
			schema.Optional("written_pages", schema.Num("How many pages it has")),
			schema.Optional("size", schema.Num("How many bytes it has")),
		}},
		Examples: []tool.Example{
			{Description: "Extract the text", Files: sample, Params: map[string]any{"operation": "extract_text", "input": "hello.pdf"}, Want: map[string]any{"text": "Hello, PDF!", "page_count": 1}},
			{Description: "Extract the metadata", Files: sample, Params: map[string]any{"operation": "extract_metadata", "input": "hello.pdf"},
				Want: map[string]any{"metadata": map[string]any{"title": "Greeting", "version": "1.4"}}},
			{Description: "Copy pages to a new file", Files: sample, Params: map[string]any{"operation": "extract_pages", "input": "hello.pdf", "start_page": 1, "end_page": 1, "target_path": "first.pdf"},
				Want: map[string]any{"written_pages": 1}},
		},
	}, processPDF)
}

// samplePDF is a small file for the examples.
const samplePDF = "%PDF-1.4\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n2 0 obj\n<</Type/Pages/Kids[3 0 R]/Count 1>>\nendobj\n" +
	"3 0 obj\n<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>\nendobj\n" +
	"4 0 obj\n<</Length 41>>\nstream\nBT /F1 12 Tf 20 50 Td (Hello, PDF!) Tj ET\nendstream\nendobj\n" +
	"5 0 obj\n<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>\nendobj\n6 0 obj\n<</Title(Greeting)/Producer(by hand)>>\nendobj\n" +
	"xref\n0 7\n0000000000 65535 f \n0000000009 00000 n \n0000000054 00000 n \n0000000105 00000 n \n0000000217 00000 n \n0000000306 00000 n \n0000000394 00000 n \n" +
	"trailer\n<</Size 7/Root 1 0 R/Info 6 0 R>>\nstartxref\n448\n%%EOF\n"

func processPDF(ctx context.Context, call *tool.Call) (res *tool.Result, err error) {
	path := call.Params.String("input")
	defer guard(fmt.Sprintf("%q", path), &err)
	f, err := call.Sandbox.OpenFile(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	doc, err := readPDF(ctx, f, path, call.Params.String("password"))
	if err != nil {
		return nil, err
	}
	if call.Operation == "extract_metadata" {
		return tool.Value(map[string]any{"page_count": doc.PageCount, "metadata": pdfMetadata(doc)}), nil
	}
	from, to := call.Params.Int("start_page"), doc.PageCount
	if call.Params.Has("end_page") {
		to = call.Params.Int("end_page")
	}
	switch {
	case from > doc.PageCount:
		return nil, &schema.FieldError{Path: "start_page", Problem: fmt.Sprintf("is %d, but the file has %d pages", from, doc.PageCount)}
	case to < from:
		return nil, &schema.FieldError{Path: "end_page", Problem: fmt.Sprintf("is %d, before start_page, which is %d", to, from)}
	case to > doc.PageCount:
		return nil, &schema.FieldError{Path: "end_page", Problem: fmt.Sprintf("is %d, but the file has %d pages", to, doc.PageCount)}
	case to-from >= maxPDFPages:
		return nil, tool.Errorf(tool.LimitExceeded, "%d pages are more than the %d that one call reads; pass start_page and end_page", to-from+1, maxPDFPages)
	}
	if call.Operation == "extract_pages" && call.Params.String("target_path") != "" {
		return writePages(ctx, call, doc, from, to)
	}
	return pdfTexts(ctx, call, doc, from, to)
}

// readPDF reads the structure of a file. Nothing is taken from, or written to,
// a folder of configuration, and nothing is fetched.
func readPDF(ctx context.Context, f *os.File, path, password string) (*model.Context, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() > maxPDF {
		return nil, tool.Errorf(tool.LimitExceeded, "%q is larger than %d MB", path, maxPDF>>20)
	}
	conf := &model.Configuration{
		Reader15: true, ValidationMode: model.ValidationRelaxed, UnsupportedResourcePolicy: model.UnsupportedResourceSkip, Eol: types.EolLF,
		WriteObjectStream: true, WriteXRefStream: true, EncryptUsingAES: true, EncryptKeyLength: 256, Permissions: model.PermissionsAll, Offline: true,
		TimestampFormat: "2006-01-02 15:04", DateFormat: "2006-01-02", CreationDate: time.Now().Format("2006-01-02 15:04"), Version: model.VersionStr,
		UserPW: password, OwnerPW: password, Cmd: model.EXTRACTPAGES,
		Limits: model.ResourceLimits{MaxStreamBytes: maxPDF, MaxDecodeBytes: 64 << 20, MaxImagePixels: 1 << 20, MaxImageBytes: 64 << 20,
			MaxObjectCount: 1_000_000, MaxObjectStreamCount: 100_000, MaxObjectStreamFirst: 4 << 20, MaxXRefEntries: 1_000_000, MaxRecursionDepth: 100},
	}
	doc, err := pdfcpu.ReadWithContext(ctx, &cancelled{ctx: ctx, f: f, left: 64*info.Size() + 64<<20}, conf)
	if err == nil {
		err = doc.EnsurePageCount()
	}
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.Is(err, pdfcpu.ErrWrongPassword):
		if password == "" {
			return nil, &schema.FieldError{Path: "password", Problem: "is missing: the file is encrypted"}
		}
		return nil, &schema.FieldError{Path: "password", Problem: "is not the file's"}
	case err != nil && ours(err):
		return nil, err
	case err != nil:
		return nil, tool.Errorf(tool.ExecutionFailed, "%q is not a PDF that can be read: %w", path, err)
	}
	return doc, nil
}

// cancelled is a file whose reading ends with the context, and after far more
// reads than a sound file takes: tables that refer to each other end so.
type cancelled struct {
	ctx  context.Context
	f    *os.File
	left int64
}

func (c *cancelled) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := c.f.Read(p)
	if c.left -= int64(n); c.left < 0 {
		return 0, tool.Errorf(tool.LimitExceeded, "the PDF refers to itself without end")
	}
	return n, err
}

func (c *cancelled) Seek(offset int64, whence int) (int64, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.f.Seek(offset, whence)
}

func pdfTexts(ctx context.Context, call *tool.Call, doc *model.Context, from, to int) (*tool.Result, error) {
	reader := pdftext.New(doc.XRefTable)
	pages, failed := []any{}, []any{}
	var all strings.Builder
	for n := from; n <= to; n++ {
		text, err := reader.Page(ctx, n)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			failed = append(failed, map[string]any{"page": n, "error": err.Error()})
			if from == to {
				return nil, tool.Errorf(tool.ExecutionFailed, "%w", err)
			}
		}
		if n > from {
			all.WriteByte('\f')
		}
		all.WriteString(text)
		if all.Len() > maxPDFText {
			return nil, tool.Errorf(tool.LimitExceeded, "the text of the pages is larger than %d MB; pass fewer pages", maxPDFText>>20)
		}
		pages = append(pages, map[string]any{"page": n, "text": text})
		if n%50 == 0 {
			call.Report(float64(n-from+1), float64(to-from+1), "reading pages")
		}
	}
	value := map[string]any{"page_count": doc.PageCount, "failed_pages": failed}
	if call.Operation == "extract_pages" {
		value["pages"] = pages
		return tool.Value(value), nil
	}
	text := all.String()
	value["text"] = text
	return &tool.Result{Value: value, Text: &text}, nil
}

// writePages writes a PDF of some of the pages.
func writePages(ctx context.Context, call *tool.Call, doc *model.Context, from, to int) (*tool.Result, error) {
	p, err := call.Sandbox.Place(sandbox.Write, call.Params.String("target_path"))
	if err != nil {
		return nil, err
	}
	defer p.Close()
	step := func(what string, do func() error) {
		if err == nil {
			if err = ctx.Err(); err == nil {
				if err = do(); err != nil && !ours(err) {
					err = tool.Errorf(tool.ExecutionFailed, "the pages cannot be copied, %s failed: %w", what, err)
				}
			}
		}
	}
	step("checking the file", func() error { return api.ValidateContext(doc) })
	step("preparing it", func() error { return api.OptimizeContext(doc) })
	numbers := make([]int, 0, to-from+1)
	for n := from; n <= to; n++ {
		numbers = append(numbers, n)
	}
	var out *model.Context
	step("taking them out", func() (err error) { out, err = pdfcpu.ExtractPages(doc, numbers, false); return err })
	size := int64(0)
	step("writing", func() error {
		return p.Replace(func(w io.Writer) error {
			limited := &limitedWriter{ctx: ctx, w: w}
			err := api.WriteContext(out, limited)
			size = limited.n
			return err
		}, 0o644)
	})
	if err != nil {
		return nil, err
	}
	return &tool.Result{
		Message: fmt.Sprintf("wrote %d pages to %s", len(numbers), p.Path),
		Value:   map[string]any{"page_count": doc.PageCount, "target_path": p.Path, "written_pages": len(numbers), "size": size},
	}, nil
}

// limitedWriter ends with the context.
type limitedWriter struct {
	ctx context.Context
	w   io.Writer
	n   int64
}

func (l *limitedWriter) Write(p []byte) (int, error) {
	if err := l.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := l.w.Write(p)
	l.n += int64(n)
	return n, err
}

func pdfMetadata(doc *model.Context) map[string]any {
	out := map[string]any{"version": doc.VersionString(), "encrypted": doc.E != nil}
	if doc.Info != nil {
		if info, err := doc.DereferenceDict(*doc.Info); err == nil {
			for key, name := range map[string]string{"Title": "title", "Author": "author", "Subject": "subject", "Keywords": "keywords", "Creator": "creator", "Producer": "producer"} {
				if text, err := doc.DereferenceText(info[key]); err == nil && info[key] != nil && text != "" {
					out[name] = text
				}
			}
			for key, name := range map[string]string{"CreationDate": "created", "ModDate": "modified"} {
				if text, err := doc.DereferenceText(info[key]); err == nil && info[key] != nil {
					if t, ok := types.DateTime(text, true); ok {
						text = t.Format(time.RFC3339)
					}
					out[name] = text
				}
			}
		}
	}
	sizes := []any{}
	for n := 1; n <= min(doc.PageCount, maxPDFSizes); n++ {
		_, _, inherited, err := doc.PageDict(n, false)
		if err != nil || inherited == nil || inherited.MediaBox == nil {
			continue
		}
		sizes = append(sizes, map[string]any{"page": n, "width": inherited.MediaBox.Width(), "height": inherited.MediaBox.Height()})
	}
	out["page_sizes"] = sizes
	return out
}
