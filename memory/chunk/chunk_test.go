package chunk

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

func split(tb testing.TB, document string, o Options) []Chunk {
	tb.Helper()
	chunks, err := Split(document, o)
	if err != nil {
		tb.Fatal(err)
	}
	checkChunks(tb, document, o, chunks)
	return chunks
}

// checkChunks holds what the package promises of any document.
func checkChunks(tb testing.TB, document string, o Options, chunks []Chunk) {
	tb.Helper()
	covered, last := 0, -1
	for i, c := range chunks {
		if c.Start <= last || c.End <= c.Start || c.End > len(document) || i > 0 && c.End <= chunks[i-1].End {
			tb.Fatalf("chunk %d is [%d:%d] after one from %d", i, c.Start, c.End, last)
		}
		if gap := document[covered:max(covered, c.Start)]; o.Strategy != HTML && strings.TrimSpace(gap) != "" {
			tb.Fatalf("%q is in no chunk", gap)
		}
		if o.Strategy != HTML && c.Text != document[c.Start:c.End] {
			tb.Fatalf("chunk %d says %q, at its offsets stands %q", i, c.Text, document[c.Start:c.End])
		}
		if n := utf8.RuneCountInString(document[c.Start:c.End]); n > o.Size && o.Size > 0 {
			tb.Fatalf("chunk %d has %d characters, the limit is %d", i, n, o.Size)
		}
		if i > 0 && c.Start < covered {
			if n := utf8.RuneCountInString(document[c.Start:covered]); n > o.Overlap {
				tb.Fatalf("chunk %d shares %d characters with the one before, the limit is %d", i, n, o.Overlap)
			}
		}
		if utf8.ValidString(document) && !utf8.ValidString(c.Text) {
			tb.Fatalf("chunk %d cuts a character: %q", i, c.Text)
		}
		covered, last = c.End, c.Start
	}
	if o.Strategy != HTML && strings.TrimSpace(document[covered:]) != "" {
		tb.Fatalf("%q at the end is in no chunk", document[covered:])
	}
}

func texts(chunks []Chunk) []string {
	out := []string{}
	for _, c := range chunks {
		out = append(out, strings.TrimSpace(c.Text))
	}
	return out
}

func TestSplits(t *testing.T) {
	for _, tt := range []struct {
		name, document string
		o              Options
		want           []string
	}{
		{"fixed", "abcdefghijklmnopqrstuvwxyz", Options{Strategy: Fixed, Size: 16, Overlap: 6}, []string{"abcdefghijklmnop", "klmnopqrstuvwxyz"}},
		{"sentences", "One is here. Two is here. Three is there.", Options{Size: 26}, []string{"One is here. Two is here.", "Three is there."}},
		{"overlap", "One is here. Two is here. Three is there.", Options{Size: 30, Overlap: 15}, []string{"One is here. Two is here.", "Two is here. Three is there."}},
		{"paragraphs", "One.\n\nTwo two two.\nStill two.", Options{Size: 24}, []string{"One.", "Two two two.\nStill two."}},
		{"a long word", strings.Repeat("x", 20), Options{Size: 16}, []string{strings.Repeat("x", 16), "xxxx"}},
		{"nothing", " \n ", Options{}, []string{}},
		{"code", "package a\n\n// F is one.\nfunc F() {\n\tx()\n}\n\nfunc G() {\n}\n", Options{Strategy: Code, Size: 40},
			[]string{"package a", "// F is one.\nfunc F() {\n\tx()\n}", "func G() {\n}"}},
		{"lua", "local a = 1\nlocal function f()\n  return a\nend\nlocal function g()\n  return 2\nend\n", Options{Strategy: Code, Size: 60},
			[]string{"local a = 1\nlocal function f()\n  return a\nend", "local function g()\n  return 2\nend"}},
	} {
		if got := texts(split(t, tt.document, tt.o)); !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

func headings(chunks []Chunk) []string {
	out := []string{}
	for _, c := range chunks {
		out = append(out, strings.Join(c.Headings, " > ")+": "+strings.Join(strings.Fields(c.Text), " "))
	}
	return out
}

func TestHeadings(t *testing.T) {
	markdown := "Intro.\n\n# Boats\n\n## Sails\nWhite.\n```\n# not a heading\n```\n## Oars ##\nTwo.\n\nTrains\n======\nFast.\n"
	want := []string{": Intro.", "Boats > Sails: # Boats ## Sails White. ``` # not a heading ```", "Boats > Oars: ## Oars ## Two.", "Trains: Trains ====== Fast."}
	if got := headings(split(t, markdown, Options{Strategy: Markdown})); !reflect.DeepEqual(got, want) {
		t.Errorf("Markdown: got %q, want %q", got, want)
	}
	page := `<html><head><title>T</title><style>b{}</style></head><body><p>In<b>tro</b> &amp; more.</p><h1>Boats</h1><script>var x = "<h1>no</h1>"</script>` +
		`<p>Wood.</p><h2 class=a>Sails</h2><ul><li>White</li><li>Red</li></ul></body></html>`
	want = []string{": Intro & more.", "Boats: Boats Wood.", "Boats > Sails: Sails White Red"}
	got := split(t, page, Options{Strategy: HTML})
	if !reflect.DeepEqual(headings(got), want) {
		t.Errorf("HTML: got %q, want %q", headings(got), want)
	}
	if s := page[got[2].Start:got[2].End]; !strings.HasPrefix(s, "<h2 class=a>Sails") || got[2].Text != "Sails\nWhite\nRed" {
		t.Errorf("the last chunk stands at %q and says %q", s, got[2].Text)
	}
}

func TestRefuses(t *testing.T) {
	for _, o := range []Options{{Strategy: "page"}, {Size: 3}, {Size: MaxSize + 1}, {Overlap: -1}, {Size: 100, Overlap: 51}} {
		if _, err := Split("text", o); err == nil {
			t.Errorf("%+v is no error", o)
		}
	}
	if _, err := Split(strings.Repeat(" ", MaxDocument+1), Options{}); err == nil {
		t.Error("a document without end is no error")
	}
}

// TestHTMLLosesNothing looks for each word of a page in its chunks.
func TestHTMLLosesNothing(t *testing.T) {
	var page strings.Builder
	for i := range 300 {
		fmt.Fprintf(&page, "<%s id='a b c'>word%d is <i>number</i> %d. ", []string{"p", "h2", "li", "span", "div"}[i%5], i, i)
	}
	all := strings.Join(texts(split(t, page.String(), Options{Strategy: HTML, Size: 120, Overlap: 20})), " ")
	for i := range 300 {
		if !strings.Contains(all, fmt.Sprintf("word%d is number %d.", i, i)) {
			t.Errorf("word%d is lost", i)
		}
	}
}

func TestAnyDocument(t *testing.T) {
	pieces := []string{"word ", "Sentence one. ", "\n", "\n\n", "# Head\n", "## Sub\n", "===\n", "```\n", "<p>", "</p>", "<h2>H</h2>", "<script>", "日本語。", "é", "\xff", "}\n", "end\n",
		"// c\n", "func f() {\n", "  x\n", "\r\n", "-", "&amp;", "<", strings.Repeat("long", 12)}
	for seed := range uint64(3000) {
		r := rand.New(rand.NewPCG(seed, 5))
		var b strings.Builder
		for range r.IntN(60) {
			b.WriteString(pieces[r.IntN(len(pieces))])
		}
		o := Options{Strategy: Strategies()[r.IntN(len(Strategies()))], Size: MinSize + r.IntN(100)}
		o.Overlap = r.IntN(o.Size/2 + 1)
		split(t, b.String(), o)
	}
}

func FuzzSplit(f *testing.F) {
	f.Add("# A\nb. c\n\n## D\n", 20, 5, uint8(2))
	f.Add("<h1>a</h1><p>b &lt; c<script>x</script>", 16, 8, uint8(3))
	f.Fuzz(func(t *testing.T, document string, size, overlap int, strategy uint8) {
		o := Options{Strategy: Strategies()[int(strategy)%len(Strategies())], Size: size, Overlap: overlap}
		chunks, err := Split(document, o)
		if err != nil {
			return
		}
		checkChunks(t, document, o, chunks)
	})
}

func TestFrontMatter(t *testing.T) {
	for document, want := range map[string][]string{
		"---\ntitle: Boats\n---\n# Sails\nWhite.\n":  {": --- title: Boats ---", "Sails: # Sails White."},
		"+++\ntitle = 'x'\ndate = 1\n+++\n\nText.\n": {": +++ title = 'x' date = 1 +++ Text."},
		"---\n\nNo front matter\n---\nText.\n":       {": ---", "No front matter: No front matter --- Text."},
		"---\nnever: ends\n\n# Head\nText\n":         {": --- never: ends", "Head: # Head Text"},
		"Text\n---\ntitle: no\n---\n":                {"Text: Text ---", "title: no: title: no ---"},
	} {
		if got := headings(split(t, document, Options{Strategy: Markdown})); !reflect.DeepEqual(got, want) {
			t.Errorf("%q: got %q, want %q", document, got, want)
		}
	}
}

func TestFrontTitle(t *testing.T) {
	for document, want := range map[string]string{"---\nauthor:\n  title: Dr\ntitle: \"Boats\"\n---\n": "Boats", "+++\ntitle = 'x = y'\n+++\n": "x = y", "title: no\n": "", "---\na: b\n---\ntitle: no\n": ""} {
		if got := FrontTitle(document); got != want {
			t.Errorf("%q: the title is %q, not %q", document, got, want)
		}
	}
}

// Fenced code stays whole where it fits, and so does a table.
func TestMarkdownBlocks(t *testing.T) {
	filler := strings.Repeat("words and words. ", 8)
	code := "```go\nfunc a() {}\n\nfunc b() {}\n\n# c\n```"
	table := "| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |"
	for _, c := range split(t, filler+"\n\n"+code+"\n\n"+filler+"\n\n"+table+"\n\n"+filler, Options{Strategy: Markdown, Size: 170}) {
		for _, whole := range []string{code, table} {
			if strings.Contains(c.Text, whole[:8]) != strings.Contains(c.Text, whole) {
				t.Errorf("cut apart: %q", c.Text)
			}
		}
	}
}

// A class that is too long is cut between its methods.
func TestCodeWithin(t *testing.T) {
	var python, js strings.Builder
	python.WriteString("class Boat:\n    \"\"\"Floats.\"\"\"\n")
	js.WriteString("class Boat {\n")
	for i := range 12 {
		fmt.Fprintf(&python, "\n    # Number %d.\n    def sail%d(self):\n        if self.wind:\n\n            return %d\n        return None\n", i, i, i)
		fmt.Fprintf(&js, "\n  // Number %d.\n  sail%d() {\n    if (wind) {\n\n      return %d\n    }\n  }\n", i, i, i)
	}
	js.WriteString("}\n")
	for name, source := range map[string]string{"python": python.String(), "js": js.String()} {
		chunks := split(t, source, Options{Strategy: Code, Size: 300})
		if len(chunks) < 3 {
			t.Errorf("%s: %d chunks", name, len(chunks))
		}
		for _, c := range chunks[1:] {
			if first := strings.TrimSpace(c.Text); !strings.HasPrefix(first, "# Number") && !strings.HasPrefix(first, "// Number") {
				t.Errorf("%s: a chunk begins within a method: %q", name, c.Text)
			}
		}
	}
}
