package bib

import (
	"strings"
	"testing"
)

const sample = `
Comments stand anywhere.
@string{cj = "The Computer Journal"}
@preamble{ "\newcommand{\x}{}" }
@comment{ @article{no, } }
@article{knuth84, author = {Knuth, Donald E.}, title = "Literate {P}rogramming", journal = cj, year = 1984, volume = 27, number = 2,
  pages = {97--111}, doi = {https://doi.org/10.1093/comjnl/27.2.97}, month = feb # "~1", }
@Book(beethoven, author = {Ludwig van Beethoven and {\'E}mile Zola and {World Health Organization}}, title = {On \"Osterreich {\&} {\ss}}, publisher = {Foo}, address = {Bonn}, year = {1801}, edition = 2)
@inproceedings{many, author = "Jean-Paul Sartre and de la Cruz, Jr, Maria and A. One and B. Two and C. Three and D. Four and E. Five", title = {A Paper?},
  booktitle = {Proc. of X}, editor = {Ed Itor}, publisher = {ACM}, year = 2020, pages = 5}
@phdthesis{thesis, author = {Doe, Jane}, title = {My Thesis}, school = {MIT}, year = 2019, url = {http://example.com/a_b}}
@online{web, title = {A Page}, url = {https://example.com}, date = {2021-05-03}}
`

func TestReadBibTeX(t *testing.T) {
	entries, err := ParseBibTeX(sample)
	if err != nil || len(entries) != 5 {
		t.Fatalf("%d entries, %v", len(entries), err)
	}
	k, b, m := entries[0], entries[1], entries[2]
	for _, tc := range []struct{ got, want string }{
		{k.Get("title"), "Literate Programming"}, {k.Get("journal"), "The Computer Journal"}, {k.Get("month"), "February 1"}, {k.Pages(), "97–111"}, {k.DOI(), "10.1093/comjnl/27.2.97"},
		{b.Get("title"), "On Österreich & ß"}, {b.Type, "book"}, {b.Names["author"][1].First, "Émile"}, {b.Names["author"][2].Last, "World Health Organization"},
		{b.Names["author"][0].Von, "van"}, {b.Names["author"][0].Last, "Beethoven"}, {m.Names["author"][1].Von, "de la"}, {m.Names["author"][1].Suffix, "Jr"}, {m.Names["author"][1].First, "Maria"},
		{m.Names["author"][0].First, "Jean-Paul"}, {entries[3].Get("url"), "http://example.com/a_b"}, {entries[4].Year(), "2021"},
	} {
		if tc.got != tc.want {
			t.Errorf("got %q; want %q", tc.got, tc.want)
		}
	}
}

func TestStyles(t *testing.T) {
	entries, err := ParseBibTeX(sample)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]string{
		"apa": {
			"Knuth, D. E. (1984). Literate Programming. The Computer Journal, 27(2), 97–111. https://doi.org/10.1093/comjnl/27.2.97",
			"van Beethoven, L., Zola, É., & World Health Organization. (1801). On Österreich & ß (2nd ed.). Foo.",
			"Sartre, J.-P., de la Cruz, M., Jr, One, A., Two, B., Three, C., Four, D., & Five, E. (2020). A Paper? In E. Itor (Ed.), Proc. of X (p. 5). ACM.",
			"Doe, J. (2019). My Thesis [Doctoral dissertation]. MIT. http://example.com/a_b", "A Page. (2021). https://example.com"},
		"mla": {
			"Knuth, Donald E. “Literate Programming.” The Computer Journal, vol. 27, no. 2, 1984, pp. 97–111, https://doi.org/10.1093/comjnl/27.2.97",
			"van Beethoven, Ludwig, et al. On Österreich & ß. 2nd ed., Foo, 1801.", "Sartre, Jean-Paul, et al. “A Paper?” Proc. of X, edited by Ed Itor, ACM, 2020, p. 5.",
			"Doe, Jane. My Thesis. MIT, 2019. Doctoral dissertation. http://example.com/a_b", "A Page. 2021. https://example.com"},
		"chicago": {
			"Knuth, Donald E. 1984. “Literate Programming.” The Computer Journal 27 (2): 97–111. https://doi.org/10.1093/comjnl/27.2.97",
			"van Beethoven, Ludwig, Émile Zola, and World Health Organization. 1801. On Österreich & ß. 2nd ed. Bonn: Foo.",
			"Sartre, Jean-Paul, Maria de la Cruz Jr, A. One, B. Two, C. Three, D. Four, and E. Five. 2020. “A Paper?” In Proc. of X, edited by Ed Itor, 5. ACM.",
			"Doe, Jane. 2019. “My Thesis.” Doctoral dissertation, MIT. http://example.com/a_b", "A Page. 2021. https://example.com"},
		"harvard": {
			"Knuth, D.E. (1984) ‘Literate Programming’, The Computer Journal, 27(2), pp. 97–111. doi: 10.1093/comjnl/27.2.97.",
			"van Beethoven, L., Zola, É. and World Health Organization (1801) On Österreich & ß. 2nd ed. Bonn: Foo.",
			"Sartre, J.-P., de la Cruz, M., Jr, One, A., Two, B., Three, C., Four, D. and Five, E. (2020) ‘A Paper?’, in Itor, E. (ed.) Proc. of X. ACM, p. 5.",
			"Doe, J. (2019) My Thesis. Doctoral dissertation. MIT. Available at: http://example.com/a_b", "A Page (2021). Available at: https://example.com"},
		"ieee": {
			"[1] D. E. Knuth, “Literate Programming,” The Computer Journal, vol. 27, no. 2, pp. 97–111, Feb. 1984, doi: 10.1093/comjnl/27.2.97.",
			"[2] L. van Beethoven, É. Zola, and World Health Organization, On Österreich & ß, 2nd ed. Bonn: Foo, 1801.",
			"[3] J.-P. Sartre et al., “A Paper?,” in Proc. of X, E. Itor, Ed., ACM, 2020, p. 5.",
			"[4] J. Doe, “My Thesis,” Doctoral dissertation, MIT, 2019. [Online]. Available: http://example.com/a_b", "[5] A Page. 2021. [Online]. Available: https://example.com"},
		"vancouver": {
			"1. Knuth DE. Literate Programming. The Computer Journal. 1984;27(2):97–111. doi:10.1093/comjnl/27.2.97.",
			"2. van Beethoven L, Zola É, World Health Organization. On Österreich & ß. 2nd ed. Bonn: Foo; 1801.",
			"3. Sartre JP, de la Cruz M Jr, One A, Two B, Three C, Four D, et al. A Paper? In: Itor E, editor. Proc. of X. ACM; 2020. p. 5.",
			"4. Doe J. My Thesis [Doctoral dissertation]. MIT; 2019. Available from: http://example.com/a_b", "5. A Page. 2021. Available from: https://example.com"},
	}
	for style, list := range want {
		for i, w := range list {
			if got := Reference(style, entries[i], i+1); got != w {
				t.Errorf("%s\ngot  %s\nwant %s", style, got, w)
			}
		}
	}
	for style, list := range map[string][3]string{"apa": {"(Knuth, 1984)", "(van Beethoven et al., 1801)", "(“A Page”, 2021)"}, "mla": {"(Knuth)", "(van Beethoven et al.)", "(“A Page”)"},
		"chicago": {"(Knuth 1984)", "(van Beethoven, Zola, and World Health Organization 1801)", "(“A Page” 2021)"}, "harvard": {"(Knuth, 1984)", "(van Beethoven, Zola and World Health Organization, 1801)", "(“A Page”, 2021)"},
		"ieee": {"[1]", "[1]", "[1]"}, "vancouver": {"(1)", "(1)", "(1)"}, "bibtex": {`\cite{knuth84}`, `\cite{beethoven}`, `\cite{web}`}} {
		for i, e := range []*Entry{entries[0], entries[1], entries[4]} {
			if got := Citation(style, e, 1); got != list[i] {
				t.Errorf("%s cites %s; want %s", style, got, list[i])
			}
		}
	}
}

func TestBibTeXRoundTrip(t *testing.T) {
	entries, err := ParseBibTeX(sample)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		once := Reference("bibtex", e, 1)
		again, err := ParseBibTeX(once)
		if err != nil || len(again) != 1 {
			t.Fatalf("%s: %v", once, err)
		}
		if twice := Reference("bibtex", again[0], 1); twice != once {
			t.Errorf("got  %s\nwant %s", twice, once)
		}
	}
}

func TestManyAuthors(t *testing.T) {
	e := &Entry{Type: "book", Fields: map[string]string{"title": "T", "year": "2000"}, Names: map[string][]Name{}}
	for range 25 {
		e.Names["author"] = append(e.Names["author"], Name{First: "Ann", Last: "Bee"})
	}
	for style, n := range map[string]int{"apa": 20, "mla": 1, "chicago": 7, "harvard": 25, "ieee": 1, "vancouver": 6} {
		if got := strings.Count(Reference(style, e, 1), "Bee"); got != n {
			t.Errorf("%s names %d of 25 authors; want %d", style, got, n)
		}
	}
	others, _ := ParseBibTeX(`@book{x, author={Ann Bee and others}, title={T}, year=2000, publisher={P}}`)
	if got := Reference("apa", others[0], 1); got != "Bee, A., et al. (2000). T. P." {
		t.Errorf("and others: %s", got)
	}
	many, _ := ParseBibTeX(`@book{x, author={Bee, Ann and Cee, Bob and Dee, Cy and others}, title={T}, year=2000, publisher={P}}`)
	for style, want := range map[string]string{"apa": "Bee, A., Cee, B., Dee, C., et al. (2000).", "mla": "Bee, Ann, et al. T.", "chicago": "Bee, Ann, Bob Cee, Cy Dee, et al. 2000.",
		"harvard": "Bee, A., Cee, B., Dee, C., et al. (2000)", "ieee": "[1] A. Bee, B. Cee, C. Dee, et al., T.", "vancouver": "1. Bee A, Cee B, Dee C, et al. T."} {
		if got := Reference(style, many[0], 1); !strings.HasPrefix(got, want) {
			t.Errorf("and others in %s: %s; want %s", style, got, want)
		}
	}
	if got := Citation("apa", others[0], 1); got != "(Bee et al., 2000)" {
		t.Errorf("and others: %s", got)
	}
}

func TestReadYAML(t *testing.T) {
	entries, err := ParseYAML(`
harry:
    type: Book
    title: Harry Potter
    author: ["Rowling, J. K."]
    date: 1997
    publisher: {name: Bloomsbury, location: London}
art:
    type: article
    title: {value: A Study, short: Study}
    author: [{name: Doe, given-name: Jane, prefix: van}, "Smith, Bob"]
    date: 2015-03-01
    page-range: 10-20
    serial-number: {doi: "10.1000/xyz"}
    parent: {type: periodical, title: Nature, volume: 5, issue: 2}
conf:
    type: article
    title: Talk
    author: Ann Bee
    parent: [{type: proceedings, title: Proc. of Y, editor: "Itor, Ed", date: 2018, publisher: ACM}]
site: {type: web, title: Home, url: {value: "https://example.com", date: 2020-01-01}}
`)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{
		"Rowling, J. K. (1997). Harry Potter. Bloomsbury.", "van Doe, J., & Smith, B. (2015). A Study. Nature, 5(2), 10–20. https://doi.org/10.1000/xyz",
		"Bee, A. (2018). Talk. In E. Itor (Ed.), Proc. of Y. ACM.", "Home. (n.d.). https://example.com"} {
		if got := Reference("apa", entries[i], 1); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	for src, want := range map[string]string{"[1, 2]": "expected entries by key", "a: 5": `the entry "a" is no mapping`, "a: {b: [": "cannot be read"} {
		if _, err := ParseYAML(src); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q", src, err, want)
		}
	}
}

func TestBibTeXErrors(t *testing.T) {
	for src, want := range map[string]string{
		"@article{x, title = {a": "line 1: a { is never closed with }", "@article{x, title = \"a": `a " is never closed`, "@article{x\n title = {a}}": `line 2: expected ",", found 't'`,
		"@article{x, title {a}}": `expected "="`, "@article{x, = {a}}": "expected the name of a field", "@article{x, a = }": "expected a value", "@article{x, a = {" + strings.Repeat("{", 200): "nested more than 100 deep",
		"@article{x, a = {" + strings.Repeat("x", 70_000) + "}}": "longer than 64 KB", strings.Repeat("@misc{x}", MaxEntries+1): "more than 10000 entries",
		"@string{a={" + strings.Repeat("x", 60_000) + "}}@article{x, b = a # a}": "longer than 64 KB",
	} {
		if _, err := ParseBibTeX(src); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60s: %v; want %q", src, err, want)
		}
	}
	for tex, want := range map[string]string{`\`: "", `\'`: "", `\'{`: "", `\"{\i}`: "ï", `\c c`: "ç", `\v{s}`: "š", `\unknown{x}`: "x", `a--b---c`: "a–b—c", "``q''": "“q”", `\L{}\'od\'z`: "Łódź", `$x$`: "x", `\u`: "", `\'}`: ""} {
		if got := PlainTeX(tex); got != want {
			t.Errorf("%s becomes %q; want %q", tex, got, want)
		}
	}
}

func TestCheck(t *testing.T) {
	entries, err := ParseBibTeX(`@article{a, title={T}, year={MMX}, author={A}, journal={J}, doi={x}, url={example.com}} @frob{a, title={T}} @inbook{b, title={T}, editor={E}, pages=1, publisher=x, year=1}`)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range Check(entries) {
		got = append(got, p.Key+" "+p.Severity+" "+p.Field)
	}
	if s, want := strings.Join(got, ", "), "a warning year, a warning doi, a warning url, a error , a warning "; s != want {
		t.Errorf("got %q; want %q", s, want)
	}
}

func FuzzBibliography(f *testing.F) {
	for entry := range strings.SplitSeq(sample, "\n@") { // long seeds keep the fuzzer busy shortening what it finds
		f.Add("@" + strings.TrimPrefix(entry, "@"))
	}
	f.Add("a: {type: article, author: [x, {name: y}], parent: {title: z}}")
	f.Add(`@x{y, author={{\"{a}} and , and, , }, title=\{, a=b#c#"d"}`)
	f.Fuzz(func(t *testing.T, src string) {
		entries, _ := ParseBibTeX(src)
		more, _ := ParseYAML(src)
		entries = append(entries, more...)
		Check(entries)
		Sort(entries)
		for _, e := range entries {
			for _, s := range Styles() {
				Reference(s.ID, e, 1)
				Citation(s.ID, e, 1)
			}
		}
	})
}
