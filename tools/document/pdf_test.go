package document

import (
	"bytes"
	"compress/zlib"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/tools/internal/tooltest"
	"github.com/llmspell/llmspell/tools/tool"
)

// pdfOf makes a PDF of objects, the first of which is the catalog.
func pdfOf(trailer string, objects ...string) string {
	var b strings.Builder
	b.WriteString("%PDF-1.4\n")
	var at []int
	for i, o := range objects {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, n := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", n)
	}
	fmt.Fprintf(&b, "trailer\n<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, trailer, start)
	return b.String()
}

func stream(content string) string {
	return fmt.Sprintf("<</Length %d>>\nstream\n%s\nendstream", len(content), content)
}

func deflated(content, more string) string {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	w.Write([]byte(content))
	w.Close()
	return fmt.Sprintf("<</Length %d/Filter/FlateDecode%s>>\nstream\n%s\nendstream", b.Len(), more, b.String())
}

// manyFonts is a PDF of three pages: with fonts of several kinds and encodings,
// compressed streams and a form.
func manyFonts() string {
	cmap := "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def 1 begincodespacerange <0000> <FFFF> endcodespacerange\n" +
		"2 beginbfchar <0001> <65E5> <0002> <672C> endbfchar 2 beginbfrange <0010> <0012> <0061> <0020> <0021> [<00660069> <D835DC00>] endbfrange endcmap end end"
	return pdfOf("/Info 4 0 R",
		"<</Type/Catalog/Pages 2 0 R>>",
		"<</Type/Pages/Kids[3 0 R 5 0 R 6 0 R]/Count 3/MediaBox[0 0 595 842]/Resources<</Font<</A 7 0 R/B 8 0 R/C 9 0 R/M 13 0 R/S 16 0 R>>/XObject<</Form 14 0 R>>>>>>",
		"<</Type/Page/Parent 2 0 R/Contents 15 0 R>>",
		"<</Title<FEFF00DC006E00EF>/Author(Ann \\(A.\\))/CreationDate(D:20260102030405Z)/Keywords(a, b)>>",
		"<</Type/Page/Parent 2 0 R/Contents[10 0 R 11 0 R]>>",
		"<</Type/Page/Parent 2 0 R>>",
		"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
		"<</Type/Font/Subtype/Type1/BaseFont/Times-Roman/Encoding<</Type/Encoding/Differences[1/S/caron 65/eacute/uni20AC/Scaron/fi]>>>>",
		"<</Type/Font/Subtype/Type0/BaseFont/X/Encoding/Identity-H/DescendantFonts[<</Type/Font/Subtype/CIDFontType2/BaseFont/X/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>/FontDescriptor 17 0 R/DW 1000/W[16[500 500 500]]>>]/ToUnicode 12 0 R>>",
		deflated("BT /A 12 Tf 50 700 Td (Second page, caf\\351 \\200) Tj ET", ""),
		deflated("BT /B 12 Tf 50 680 Td (ABCD) Tj ET BT /C 12 Tf 50 660 Td <00010002> Tj 0 -20 Td <001000110012> Tj 0 -20 Td <00200021> Tj ET", ""),
		deflated(cmap, ""),
		"<</Type/Font/Subtype/Type1/BaseFont/Courier/Encoding/MacRomanEncoding>>",
		deflated("BT /M 10 Tf 0 0 Td (In a form: \\216) Tj ET", "/Type/XObject/Subtype/Form/BBox[0 0 200 200]/Matrix[1 0 0 1 50 500]"),
		stream("q BT /A 14 Tf 1 0 0 1 50 800 Tm (Title) Tj /A 10 Tf 0 -30 Td [(Spa)20(ced)-300(words)] TJ 12 TL T* (next) Tj ( line) ' ET Q\n"+
			"BI /W 1 /H 1 /BPC 8 /CS /G ID \x00(Tj EI\n/Form Do BT /S 10 Tf 50 300 Td (Standard \\256 `quoted') Tj 90 0 Td (column) Tj ET % comment (not shown) Tj"),
		"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
		"<</Type/FontDescriptor/FontName/X/Flags 4/FontBBox[0 0 1000 1000]/ItalicAngle 0/Ascent 800/Descent -200/CapHeight 700/StemV 80>>",
	)
}

func TestPDF(t *testing.T) {
	r := runner(t, map[string]string{"many.pdf": manyFonts(), "hello.pdf": samplePDF})
	first := "Title\nSpaced words\nnext\nline\n\nIn a form: é\n\nStandard fi ‘quoted’ column"
	second := "Second page, café €\né€Šfi\n日本\nabc\nfi𝐀"
	r.Table(t, "pdf-processor", []tooltest.Want{
		{Params: `{"operation":"extract_text","input":"hello.pdf"}`, Field: "text", Value: `"Hello, PDF!"`},
		{Params: `{"operation":"extract_text","path":"many.pdf"}`, Field: "text", Value: quote(first + "\f" + second + "\f")},
		{Params: `{"operation":"extract_text","input":"many.pdf","start_page":2,"end_page":2}`, Field: "text", Value: quote(second)},
		{Params: `{"operation":"extract_pages","input":"many.pdf","start_page":2}`, Field: "pages", Value: `[{"page":2,"text":` + quote(second) + `},{"page":3,"text":""}]`},
		{Params: `{"operation":"extract_text","input":"many.pdf"}`, Field: "failed_pages", Value: `[]`},
		{Params: `{"operation":"info","input":"many.pdf"}`, Field: "page_count", Value: `3`},
		{Params: `{"operation":"extract_pages","input":"many.pdf","start_page":2,"end_page":2,"target_path":"two.pdf"}`, Field: "written_pages", Value: `1`},
		{Params: `{"operation":"extract_text","input":"two.pdf"}`, Field: "text", Value: quote(second)},
		{Params: `{"operation":"extract_metadata","input":"two.pdf"}`, Field: "page_count", Value: `1`},
	})
	res, err := r.Call(t, context.Background(), "pdf-processor", `{"operation":"extract_metadata","input":"many.pdf"}`)
	if err != nil {
		t.Fatal(err)
	}
	m := res.Value.(map[string]any)["metadata"].(map[string]any)
	for key, want := range map[string]any{"title": "Ünï", "author": "Ann (A.)", "created": "2026-01-02T03:04:05Z", "keywords": "a, b", "version": "1.4", "encrypted": false} {
		if m[key] != want {
			t.Errorf("%s = %v; want %v", key, m[key], want)
		}
	}
	if sizes := m["page_sizes"].([]any); len(sizes) != 3 || sizes[0].(map[string]any)["height"] != 842.0 {
		t.Errorf("sizes %v", sizes)
	}
}

func quote(s string) string {
	return strings.TrimSuffix(strings.TrimPrefix(params("s", s), `{"s":`), "}")
}

// The example's file is what it would be if it were made by pdfOf.
func TestSamplePDF(t *testing.T) {
	want := pdfOf("/Info 6 0 R", "<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>",
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>", stream("BT /F1 12 Tf 20 50 Td (Hello, PDF!) Tj ET"),
		"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>", "<</Title(Greeting)/Producer(by hand)>>")
	if samplePDF != want {
		t.Errorf("it should be %q", want)
	}
}

// poppler, where there is one, reads the same words.
func TestPDFAgainstPoppler(t *testing.T) {
	pdftotext, err := exec.LookPath("pdftotext")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("pdftotext is missing: run scripts/install.sh")
		}
		t.Skip("pdftotext is not installed")
	}
	r := runner(t, map[string]string{"many.pdf": manyFonts()})
	out, err := exec.Command(pdftotext, "-raw", "-enc", "UTF-8", filepath.Join(r.Dir, "many.pdf"), "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	res, terr := r.Call(t, context.Background(), "pdf-processor", `{"operation":"extract_text","input":"many.pdf"}`)
	if terr != nil {
		t.Fatal(terr)
	}
	theirs := strings.NewReplacer("\ufb01", "fi").Replace(string(out))
	if got, want := strings.Join(strings.Fields(*res.Text), " "), strings.Join(strings.Fields(theirs), " "); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestPDFRefusals(t *testing.T) {
	page := func(content string) string {
		return pdfOf("", "<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>", "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R/Resources<</XObject<</F 5 0 R>>>>>>", content,
			"<</Type/XObject/Subtype/Form/BBox[0 0 1 1]/Length 5>>\nstream\n/F Do\nendstream")
	}
	files := map[string]string{
		"ok.pdf": samplePDF, "text.pdf": "just text", "empty.pdf": "", "cut.pdf": samplePDF[:40],
		"deep.pdf": page(stream(strings.Repeat("[", 1_000_000))),
		"bomb.pdf": page(deflated(strings.Repeat(" ", 100<<20), "")),
		"loop.pdf": page(stream("/F Do /F Do")),
		"encrypt.pdf": pdfOf("/Encrypt 3 0 R/ID[<41><42>]", "<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[]/Count 0>>",
			"<</Filter/Standard/V 1/R 2/P -4/O<"+strings.Repeat("41", 32)+">/U<"+strings.Repeat("42", 32)+">>>"),
		"self.pdf":  strings.Replace(samplePDF, "/Root 1 0 R", "/Prev 430/Root 1 0 R", 1),
		"cycle.pdf": pdfOf("", "<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[2 0 R]/Count 1>>"),
		"huge.pdf":  strings.Repeat("x", maxPDF+1),
	}
	r := runner(t, files)
	start := time.Now()
	r.Table(t, "pdf-processor", []tooltest.Want{
		{Params: `{"input":"ok.pdf"}`, Err: `"operation" is missing`, Code: tool.InvalidParameters},
		{Params: `{"operation":"print","input":"ok.pdf"}`, Err: `"operation" is wrong`},
		{Params: `{"operation":"extract_text"}`, Err: `"input" is missing`},
		{Params: `{"operation":"extract_text","input":5}`, Err: `"input" is wrong`},
		{Params: `{"operation":"extract_text","input":"ok.pdf","start_page":0}`, Err: `"start_page" is wrong`},
		{Params: `{"operation":"extract_text","input":"ok.pdf","end_page":0}`, Err: `"end_page" is wrong`},
		{Params: `{"operation":"extract_text","input":"ok.pdf","start_page":2}`, Err: `"start_page" is 2, but the file has 1 pages`, Code: tool.InvalidParameters},
		{Params: `{"operation":"extract_text","input":"ok.pdf","end_page":2}`, Err: `"end_page" is 2, but`},
		{Params: `{"operation":"extract_text","input":"ok.pdf","password":5}`, Err: `"password" is wrong`},
		{Params: `{"operation":"extract_text","input":"text.pdf"}`, Err: "not a PDF"},
		{Params: `{"operation":"extract_text","input":"empty.pdf"}`, Err: "not a PDF"},
		{Params: `{"operation":"extract_text","input":"cut.pdf"}`, Err: "not a PDF"},
		{Params: `{"operation":"extract_text","input":"huge.pdf"}`, Err: "larger than 50 MB", Code: tool.LimitExceeded},
		{Params: `{"operation":"extract_text","input":"encrypt.pdf"}`, Err: `"password" is missing: the file is encrypted`, Code: tool.InvalidParameters},
		{Params: `{"operation":"extract_text","input":"encrypt.pdf","password":"hunter2"}`, Err: `"password" is not the file's`, Code: tool.InvalidParameters},
		{Params: `{"operation":"extract_text","input":"deep.pdf"}`, Field: "text", Value: `""`},
		{Params: `{"operation":"extract_text","input":"loop.pdf"}`, Field: "text", Value: `""`},
		{Params: `{"operation":"extract_text","input":"bomb.pdf"}`, Err: "page 1"},
		{Params: `{"operation":"extract_text","input":"none.pdf"}`, Err: "no such file", Code: tool.ResourceNotFound},
		{Params: `{"operation":"extract_text","input":"secret"}`, Err: "through a link", Code: tool.PermissionDenied},
		{Params: `{"operation":"extract_text","input":"/etc/passwd"}`, Err: "outside the allowed", Code: tool.PermissionDenied},
		{Params: `{"operation":"extract_pages","input":"ok.pdf","target_path":"/etc/x.pdf"}`, Err: "outside the allowed", Code: tool.PermissionDenied},
		{Params: `{"operation":"extract_pages","input":"ok.pdf","target_path":"secret"}`, Err: "through a link", Code: tool.PermissionDenied},
		{Params: `{"operation":"extract_pages","input":"ok.pdf","target_path":5}`, Err: `"target_path" is wrong`},
	})
	// What these give is not laid down; they must end, in an error or not.
	for _, name := range []string{"self.pdf", "cycle.pdf"} {
		r.Call(t, context.Background(), "pdf-processor", params("operation", "extract_text", "input", name))
	}
	if d := time.Since(start); d > 2*time.Minute {
		t.Errorf("it took %v", d)
	}
}

func TestPDFCancelled(t *testing.T) {
	r := runner(t, map[string]string{"long.pdf": pdfOf("", "<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>",
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R/Resources<</Font<</A 5 0 R>>>>>>", deflated("BT /A 9 Tf "+strings.Repeat("(x) Tj ", 1_000_000), ""), "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>")})
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(50*time.Millisecond, cancel)
	if _, err := r.Call(t, ctx, "pdf-processor", `{"operation":"extract_text","input":"long.pdf"}`); err == nil || !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	for _, looks := range []int64{0, 2, 10} {
		if _, err := r.Call(t, newCountdown(looks), "pdf-processor", `{"operation":"extract_pages","input":"long.pdf","target_path":"x.pdf"}`); err == nil || !errors.Is(err, context.Canceled) {
			t.Errorf("after %d looks: %v", looks, err)
		}
	}
}

func FuzzPDF(f *testing.F) {
	f.Add([]byte(samplePDF))
	f.Add([]byte(manyFonts()))
	r := runner(f, nil)
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(filepath.Join(r.Dir, "x.pdf"), data, 0o600); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		r.Call(t, ctx, "pdf-processor", `{"operation":"extract_text","input":"x.pdf"}`)
		if ctx.Err() != nil {
			t.Fatal("it takes too long")
		}
	})
}

// Where the glyphs stand says what is a word, not whether there is a space
// among them: programs write a space as the distance of two letters, and
// spaces that take no room.
func TestPDFWords(t *testing.T) {
	for content, want := range map[string]string{
		"3 Tc (tt) Tj 0 Tc 8.56 0 Td (ell) Tj":                 "t tell",
		"3 Tc (WIDE) Tj":                                       "WIDE",
		"-2.6 Tw (el lo) Tj":                                   "ello",
		"(el lo) Tj":                                           "el lo",
		"(T) Tj [( )278(he)] TJ":                               "The",
		"(one ) Tj 60 0 Td ( two) Tj":                          "one two",
		"(one) Tj 0 -12 Td (   two) Tj":                        "one\ntwo",
		"[(ker)20(ned)-20( )-20(words)-200(here)] TJ":          "kerned words here",
		"-0.3 Tc (tight words) Tj":                             "tight words",
		"1 0 0 1 50 700 Tm (a) Tj 0 1 -1 0 80 100 Tm ( up) Tj": "a\n\nup",
	} {
		file := pdfOf("", "<</Type/Catalog/Pages 2 0 R>>",
			"<</Type/Pages/Kids[3 0 R]/Count 1/MediaBox[0 0 595 842]/Resources<</Font<</A 5 0 R>>>>>>", "<</Type/Page/Parent 2 0 R/Contents 4 0 R>>",
			stream("BT /A 10 Tf "+content+" ET"), "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>")
		r := runner(t, map[string]string{"words.pdf": file})
		r.Table(t, "pdf-processor", []tooltest.Want{{Params: `{"operation":"extract_text","input":"words.pdf"}`, Field: "text", Value: quote(want)}})
	}
}
