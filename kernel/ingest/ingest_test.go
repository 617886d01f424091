package ingest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/memory/rag"
	"github.com/llmspell/llmspell/tools/sandbox"
)

// samplePDF is a file with a page for each text, and a title.
func samplePDF(title string, pages ...string) string {
	objects := []string{"<</Type/Catalog/Pages 2 0 R>>", "", fmt.Sprintf("<</Title(%s)>>", title), "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>"}
	kids := ""
	for _, text := range pages {
		content := fmt.Sprintf("BT /F1 12 Tf 20 50 Td (%s) Tj ET", text)
		n := len(objects) + 1
		kids += fmt.Sprintf("%d 0 R ", n)
		objects = append(objects, fmt.Sprintf("<</Type/Page/Parent 2 0 R/MediaBox[0 0 400 100]/Contents %d 0 R/Resources<</Font<</F1 4 0 R>>>>>>", n+1),
			fmt.Sprintf("<</Length %d>>\nstream\n%s\nendstream", len(content), content))
	}
	objects[1] = fmt.Sprintf("<</Type/Pages/Kids[%s]/Count %d>>", kids, len(pages))
	var b strings.Builder
	b.WriteString("%PDF-1.4\n")
	xref := fmt.Sprintf("xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for i, o := range objects {
		xref += fmt.Sprintf("%010d 00000 n \n", b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	start := b.Len()
	fmt.Fprintf(&b, "%strailer\n<</Size %d/Root 1 0 R/Info 3 0 R>>\nstartxref\n%d\n%%%%EOF\n", xref, len(objects)+1, start)
	return b.String()
}

// tree writes files below a temporary folder.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// reading is what a Reader has told.
type reading struct {
	inputs  map[string]rag.Input
	skipped map[string]string
}

func readAll(t *testing.T, dir string, policy sandbox.Policy, o Options, paths ...string) (reading, error) {
	t.Helper()
	box, err := sandbox.New(dir, policy)
	if err != nil {
		t.Fatal(err)
	}
	got := reading{map[string]rag.Input{}, map[string]string{}}
	name := func(path string) string { rel, _ := filepath.Rel(dir, path); return filepath.ToSlash(rel) }
	r := Reader{Box: box, Options: o, Each: func(in rag.Input) error { got.inputs[name(in.Source)] = in; return nil },
		Skipped: func(path string, why error) { got.skipped[name(path)] = why.Error() }}
	return got, r.Read(t.Context(), paths...)
}

func (r reading) names() []string {
	out := []string{}
	for name := range r.inputs {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

func TestKinds(t *testing.T) {
	utf16 := "\xff\xfeh\x00\xe9\x00!\x00"
	dir := tree(t, map[string]string{
		"a.md": "# Boats\n\nMarigold", "b.HTML": "<html><head><meta charset=iso-8859-2><title> The\n &amp; page</title></head><body><p>\xb1</p></body>",
		"c.pdf": samplePDF("Greeting", "Hello there", "Second page"), "no-ending": samplePDF("", "A hidden PDF"), "d.go": "package d\n", "Makefile": "all:\n", "e.txt": "caf\xe9",
		"f.txt": "\xef\xbb\xbfwith a mark", "g.txt": utf16, "h.bin": "\x00\x01\x02", "i.txt": " \n", "j.pdf": "no PDF", "k.pdf": samplePDF("", "  "), "l.dat": strings.Repeat("\x01\x02ab", 100),
	})
	got, err := readAll(t, dir, sandbox.Restricted(dir), Options{}, ".")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]struct {
		kind        rag.Kind
		title, text string
	}{
		"a.md": {rag.Markdown, "", "# Boats\n\nMarigold"}, "b.HTML": {rag.HTML, "The & page", "ą"}, "c.pdf": {rag.Plain, "Greeting", "Hello there\n\nSecond page"},
		"no-ending": {rag.Plain, "", "A hidden PDF"}, "d.go": {rag.Code, "", "package d\n"}, "Makefile": {rag.Code, "", "all:\n"}, "e.txt": {rag.Plain, "", "café"},
		"f.txt": {rag.Plain, "", "with a mark"}, "g.txt": {rag.Plain, "", "hé!"},
	} {
		in := got.inputs[name]
		if in.Kind != want.kind || in.Title != want.title || !strings.Contains(in.Text, want.text) || want.kind != rag.HTML && strings.TrimSpace(in.Text) != strings.TrimSpace(want.text) {
			t.Errorf("%s is %+v, not %+v", name, in, want)
		}
		if in.ID != filepath.Join(dir, name) || in.Source != in.ID {
			t.Errorf("%s has the id %q", name, in.ID)
		}
	}
	if got.inputs["c.pdf"].Metadata["pages"] != int64(2) {
		t.Errorf("the PDF has %v", got.inputs["c.pdf"].Metadata)
	}
	for name, want := range map[string]string{"h.bin": "no text", "i.txt": "no text in it", "j.pdf": "not a PDF that can be read", "k.pdf": "pages are pictures", "l.dat": "it is no text"} {
		if !strings.Contains(got.skipped[name], want) {
			t.Errorf("%s: %q, not %q", name, got.skipped[name], want)
		}
	}
	if len(got.inputs) != 9 || len(got.skipped) != 5 {
		t.Errorf("read %v, passed by %v", got.names(), got.skipped)
	}
}

func TestFolders(t *testing.T) {
	dir := tree(t, map[string]string{"a.md": "a", "b.txt": "b", "sub/c.md": "c", "sub/deep/d.md": "d", "sub/.hidden.md": "h", ".git/x.md": "g", "node_modules/e.md": "e"})
	for _, c := range []struct {
		o     Options
		paths string
		want  string
	}{
		{Options{}, ".", "a.md b.txt node_modules/e.md sub/c.md sub/deep/d.md"},
		{Options{Globs: []string{"*.md"}}, ".", "a.md node_modules/e.md sub/c.md sub/deep/d.md"},
		{Options{Globs: []string{"sub/*.md", "*.txt"}}, ".", "b.txt sub/c.md"},
		{Options{Exclude: []string{"node_modules", "deep/"}}, ".", "a.md b.txt sub/c.md"},
		{Options{Hidden: true}, "sub", "sub/.hidden.md sub/c.md sub/deep/d.md"},
		{Options{}, "sub/*.md", "sub/c.md"}, {Options{}, "s*/**/*.md", "sub/c.md sub/deep/d.md"}, {Options{}, "a.md sub/c.md", "a.md sub/c.md"},
		{Options{}, "sub/.hidden.md", "sub/.hidden.md"}, {Options{Globs: []string{"*.txt"}}, "a.md", "a.md"},
	} {
		got, err := readAll(t, dir, sandbox.Restricted(dir), c.o, strings.Fields(c.paths)...)
		if names := strings.Join(got.names(), " "); err != nil || names != c.want {
			t.Errorf("%+v of %s: %s, %v; want %s", c.o, c.paths, names, err, c.want)
		}
	}
	for paths, want := range map[string]string{"none.md": "no such file", "*.none": `no file fits "*.none"`, "sub/[": "is not a pattern"} {
		if _, err := readAll(t, dir, sandbox.Restricted(dir), Options{}, paths); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", paths, err)
		}
	}
	if _, err := readAll(t, dir, sandbox.Restricted(dir), Options{Globs: []string{"{"}}, "."); err == nil {
		t.Error("a bad pattern is no error")
	}
}

// What the sandbox forbids is not read, however it is named.
func TestSandbox(t *testing.T) {
	dir := tree(t, map[string]string{"in/a.md": "a", "out/secret.md": "s"})
	if err := os.Symlink(filepath.Join(dir, "out", "secret.md"), filepath.Join(dir, "in", "link.md")); err != nil {
		t.Skip(err)
	}
	inside := sandbox.Folders(filepath.Join(dir, "in"))
	got, err := readAll(t, dir, inside, Options{}, "in")
	if err != nil || strings.Join(got.names(), " ") != "in/a.md" || got.skipped["in/link.md"] == "" {
		t.Errorf("read %v, passed by %v, %v", got.names(), got.skipped, err)
	}
	for _, path := range []string{"out/secret.md", "out", "in/link.md", "in/../out/*.md"} {
		got, err := readAll(t, dir, inside, Options{}, path)
		if err == nil || len(got.inputs) > 0 {
			t.Errorf("%s: read %v, %v", path, got.names(), err)
		}
		if path != "in/link.md" && !errors.As(err, new(*sandbox.DeniedError)) {
			t.Errorf("%s: %v", path, err)
		}
	}
}
