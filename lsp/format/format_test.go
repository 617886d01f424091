package format_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/lsp/format"
	"github.com/llmspell/llmspell/runtime/syntax"
)

func TestScriptsKeepTheirMeaning(t *testing.T) {
	for name, text := range scripts(t) {
		t.Run(name, func(t *testing.T) {
			for i, opts := range variants() {
				check(t, text, opts)
				check(t, mess(text, uint64(i)), opts)
			}
		})
	}
}

func TestGeneratedProgramsKeepTheirMeaning(t *testing.T) {
	seeds := int64(30)
	if raceDetector {
		seeds = 8
	}
	for seed := range seeds {
		text := generated(seed)
		for i, opts := range variants() {
			check(t, text, opts)
			check(t, mess(text, uint64(seed)*10+uint64(i)), opts)
		}
	}
}

func TestFormat(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"nothing", "", ""},
		{"blank", "  \n\n", ""},
		{"spaces", "local   x=1+2 *3 ..y", "local x = 1 + 2 * 3 .. y\n"},
		{"calls", "f (a ,b) . c : d ( ) ; g 'x' ; h{1}", "f(a, b).c:d(); g 'x'; h { 1 }\n"},
		{"unary", "x = - - a+#  b ..not  c", "x = - -a + #b .. not c\n"},
		{"brackets", "t [ 1 ] = u[ [[x]] ] v[ [=[y]=]].z=(1)", "t[1] = u[ [[x]] ] v[ [=[y]=] ].z = (1)\n"},
		{"tables", "t={a=1,[2]=3;4,{}}", "t = { a = 1, [2] = 3; 4, {} }\n"},
		{"blocks", "if a then\nb()\nelseif c then\nd()\nelse\ne()\nend\nwhile a do\nb()\nend\nrepeat\nx()\nuntil y\nfor i=1,2 do\nf(i)\nend\ndo\ng()\nend",
			"if a then\n  b()\nelseif c then\n  d()\nelse\n  e()\nend\nwhile a do\n  b()\nend\nrepeat\n  x()\nuntil y\nfor i = 1, 2 do\n  f(i)\nend\ndo\n  g()\nend\n"},
		{"functions", "local function f ( a,... )\nreturn function () end\nend\nfunction a.b:c()\nend", "local function f(a, ...)\n  return function() end\nend\nfunction a.b:c()\nend\n"},
		{"callbacks", "f(function()\nx()\nend,{\na=1\n})", "f(function()\n  x()\nend, {\n  a = 1,\n})\n"},
		{"continued", "local x=a\nand b\nor c\nreturn x\n..y", "local x = a\n  and b\n  or c\nreturn x\n  .. y\n"},
		{"chains", "local a=Agent.builder()\n:name('x')\n:tools({\n'y'\n})\n:build()", "local a = Agent.builder()\n  :name('x')\n  :tools({\n    'y',\n  })\n  :build()\n"},
		{"blank lines", "\n\na()\n\n\n\nb()\ndo\n\nc()\n\nend\n\n\n", "a()\n\nb()\ndo\n  c()\nend\n"},
		{"comments", "a() -- one\nb()    -- two\n--three  \nif x then--four\n-- five\nend--[[six]]c()", "a() -- one\nb()    -- two\n--three\nif x then --four\n  -- five\nend --[[six]] c()\n"},
		{"comments inside", "f(--[[a]] x,--[[b]]y)\nx = - --[[c]] 1\nt={--[[d]]}", "f(--[[a]] x, --[[b]] y)\nx = - --[[c]] 1\nt = { --[[d]] }\n"},
		{"comments in tables", "t = {\n-- a\na=1 -- b\n-- c\n}", "t = {\n  -- a\n  a = 1, -- b\n  -- c\n}\n"},
		{"commas", "a = {1,2,}\nb = {\n1,\n2\n}\nc = {\n}\nd = {f(),\n...}", "a = { 1, 2 }\nb = {\n  1,\n  2,\n}\nc = {\n}\nd = { f(),\n  ... }\n"},
		{"closing braces", "a = {\n1 }", "a = {\n  1,\n}\n"},
		{"long strings", "x = [[\n  a\n b]]\ny=1", "x = [[\n  a\n b]]\ny = 1\n"},
		{"labels", "::  a ::\ngoto   a", "::a::\ngoto a\n"},
		{"first line", "#!/usr/bin/env lua  \nx=1", "#!/usr/bin/env lua\nx = 1\n"},
		{"byte order mark", "\uFEFF  x=1", "\uFEFFx = 1\n"},
		{"off", "a  =1\n-- fmt: off\nb  =2\n  c={1,2,}   \n-- fmt: on\nd  =3", "a = 1\n-- fmt: off\nb  =2\n  c={1,2,}   \n-- fmt: on\nd = 3\n"},
		{"off to the end", "a  =1\n-- fmt: off\nb  =2  ", "a = 1\n-- fmt: off\nb  =2  "},
		{"off in a table", "t = {\n-- fmt: off\n1,  0,\n0,  1\n-- fmt: on\n}", "t = {\n  -- fmt: off\n1,  0,\n0,  1\n-- fmt: on\n}\n"},
		{"line ends", "a()\r\n\r\n\r\nb()\r\n", "a()\r\n\r\nb()\r\n"},
		{"one line", "if x then return end for i = 1, 2 do f(i) end", "if x then return end for i = 1, 2 do f(i) end\n"},
		{"long calls", "local result = calculator:execute({ operation = 'evaluate', input = 'one and two and three and four', precision = 10, more = { 1 } })",
			"local result = calculator:execute({\n  operation = 'evaluate',\n  input = 'one and two and three and four',\n  precision = 10,\n  more = { 1 },\n})\n"},
		{"long arguments", "some_function(the_first_argument_of_all, the_second_argument_of_all, the_third_argument_of_all, the_fourth_argument_of_all)",
			"some_function(\n  the_first_argument_of_all,\n  the_second_argument_of_all,\n  the_third_argument_of_all,\n  the_fourth_argument_of_all\n)\n"},
		{"long comments", "f(a, b, { 1, 2 }) -- " + strings.Repeat("x", 100) + "\ng({ 1 }) --[[" + strings.Repeat("x", 100) + "]] --y", "f(a, b, { 1, 2 }) -- " + strings.Repeat("x", 100) + "\ng({ 1 }) --[[" + strings.Repeat("x", 100) + "]] --y\n"},
		{"rows", "t = {\n" + strings.Repeat("{100,200,300,400}, ", 5) + "--  one\n" + strings.Repeat("{100,200,300,400}, ", 5) + "{ 5 },    -- two\n}",
			"t = {\n" + strings.Repeat("  { 100, 200, 300, 400 },\n", 4) + "  { 100, 200, 300, 400 }, --  one\n" + strings.Repeat("  { 100, 200, 300, 400 },\n", 5) + "  { 5 }, -- two\n}\n"},
		{"rows of arguments", "f(1,\n" + strings.Repeat("{100,200,300,400}, ", 5) + "2)", "f(1,\n" + strings.Repeat("  { 100, 200, 300, 400 },\n", 5) + "  2)\n"},
		{"long rows of one", "t = {\n{ '" + strings.Repeat("x", 60) + "', '" + strings.Repeat("y", 60) + "' },    -- two\n}", "t = {\n  {\n    '" + strings.Repeat("x", 60) + "',\n    '" + strings.Repeat("y", 60) + "',\n  }, -- two\n}\n"},
		{"long strings stay", "print('" + strings.Repeat("x", 200) + "')", "print('" + strings.Repeat("x", 200) + "')\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := check(t, c.text, format.Default()); got != c.want {
				t.Errorf("got\n%q\nwant\n%q", got, c.want)
			}
		})
	}
}

func TestQuotes(t *testing.T) {
	const text = `x = 'a' .. "b" .. 'c"d' .. "e'f" .. [[g]] .. 'it\'s' .. "\"h\""`
	for quotes, want := range map[string]string{
		"keep":   text,
		"double": `x = "a" .. "b" .. 'c"d' .. "e'f" .. [[g]] .. "it\'s" .. "\"h\""`,
		"single": `x = 'a' .. 'b' .. 'c"d' .. "e'f" .. [[g]] .. 'it\'s' .. '\"h\"'`,
	} {
		opts := format.Default()
		opts.Quotes = quotes
		if got := check(t, text, opts); got != want+"\n" {
			t.Errorf("%s:\n got %s\nwant %s", quotes, got, want)
		}
	}
}

func TestErrorsAreNotFormatted(t *testing.T) {
	edits, err := format.Format(syntax.Parse("x = 1\ny ="), format.Default())
	if !errors.Is(err, format.ErrSyntax) || len(edits) > 0 || !strings.Contains(err.Error(), "line 2: unexpected symbol near '<eof>'") {
		t.Errorf("%v, %v", edits, err)
	}
	opts := format.Default()
	opts.Quotes = "french"
	if _, err := format.Format(syntax.Parse("x = 1"), opts); err == nil || !strings.Contains(err.Error(), `quotes is "french"`) {
		t.Error(err)
	}
}

// TestBrokenTexts: what is cut off anywhere is laid out without loss, or left alone with an error.
func TestBrokenTexts(t *testing.T) {
	broken := 0
	for name, text := range scripts(t) {
		if raceDetector && len(text)%5 != 0 {
			continue
		}
		for i := range 8 {
			cut := text[:len(text)*i/8]
			if len(syntax.Parse(cut).Errors()) == 0 {
				check(t, cut, format.Default())
				continue
			}
			broken++
			got, err := format.Source(cut, format.Default())
			if got != cut || !errors.Is(err, format.ErrSyntax) || !strings.Contains(err.Error(), "line ") {
				t.Fatalf("%s up to %d: %v", name, len(cut), err)
			}
			if edits, err := format.Range(syntax.Parse(cut), format.Default(), 0, len(cut)); len(edits) > 0 || err == nil {
				t.Fatalf("%s up to %d: a range is formatted", name, len(cut))
			}
		}
	}
	if broken < 20 {
		t.Errorf("only %d texts were broken", broken)
	}
}

// TestEditsAreMinimal: edits are in order and apart, change something at both ends, and there
// are none for what is as it shall be.
func TestEditsAreMinimal(t *testing.T) {
	for name, text := range scripts(t) {
		text = mess(text, 3)
		edits, err := format.Format(syntax.Parse(text), format.Default())
		if err != nil {
			t.Fatal(name, err)
		}
		at := -1
		for _, e := range edits {
			if e.Start <= at || e.End < e.Start || e.Start == e.End && e.Text == "" || text[e.Start:e.End] == e.Text {
				t.Errorf("%s: edit %+v behind %d", name, e, at)
			}
			at = e.End
		}
		good := format.Apply(text, edits)
		if again, _ := format.Format(syntax.Parse(good), format.Default()); len(again) > 0 {
			t.Errorf("%s: %d edits of what is formatted", name, len(again))
		}
	}
	edits, _ := format.Format(syntax.Parse("local x = 1\nlocal y=2\n"), format.Default())
	if len(edits) != 2 || edits[0] != (format.Edit{Start: 19, End: 19, Text: " "}) || edits[1] != (format.Edit{Start: 20, End: 20, Text: " "}) {
		t.Errorf("%+v", edits)
	}
}

// TestLongTexts: what is as deep or as wide as the text is long takes no time beyond its length.
func TestLongTexts(t *testing.T) {
	n := 20_000
	if raceDetector {
		n = 5_000
	}
	for name, text := range map[string]string{
		"operators":     "x = 1" + strings.Repeat("\n+ 1", n),
		"calls":         "x = f" + strings.Repeat("\n:g(1, 2)", n),
		"indexes":       "x = f" + strings.Repeat("\n[1]", n),
		"wide":          "x = 0" + strings.Repeat(" + f(a, b)", n),
		"one line":      strings.Repeat("f(a, { b = 1 }) ", n),
		"nested calls":  "x = " + strings.Repeat("f(a, ", 150) + "1" + strings.Repeat(")", 150),
		"nested tables": "x = " + strings.Repeat("{ a, ", 150) + "1" + strings.Repeat("}", 150),
	} {
		t.Run(name, func(t *testing.T) {
			got, err := format.Source(text, format.Default())
			if err != nil {
				t.Fatal(err)
			}
			if again, err := format.Source(got, format.Default()); err != nil || again != got {
				t.Errorf("formatted again it is another (%v): %s", err, difference(got, again))
			}
		})
	}
}

func TestRange(t *testing.T) {
	const text = "a  = 1\nb  = 2\nc  = 3\n"
	edits, err := format.Range(syntax.Parse(text), format.Default(), 7, 13)
	if got := format.Apply(text, edits); err != nil || got != "a  = 1\nb = 2\nc  = 3\n" {
		t.Errorf("%q, %v", got, err)
	}
	ranges := 20
	if raceDetector {
		ranges = 5
	}
	for name, text := range scripts(t) {
		messy := mess(text, 5)
		tree := syntax.Parse(messy)
		for i := range ranges {
			start := len(messy) * i / ranges
			end := min(len(messy), start+200)
			edits, err := format.Range(tree, format.Default(), start, end)
			if err != nil {
				t.Fatal(name, err)
			}
			got := format.Apply(messy, edits)
			if got[:start] != messy[:start] || !strings.HasSuffix(got, messy[end:]) {
				t.Errorf("%s: a range changes what is outside of it", name)
			}
			if ourCode(t, got) != ourCode(t, messy) {
				t.Errorf("%s: a range changes the meaning", name)
			}
		}
	}
}

func FuzzFormat(f *testing.F) {
	for _, text := range scripts(f) {
		f.Add(text, uint8(0))
	}
	f.Add("x = - - 1 a[ [[k]] ] = 'it\\'s' -- fmt: off\n", uint8(1))
	f.Fuzz(func(t *testing.T, text string, variant uint8) {
		if len(text) > 20_000 || len(syntax.Parse(text).Errors()) > 0 {
			return
		}
		v := variants()
		check(t, text, v[int(variant)%len(v)])
	})
}

// FuzzOnType: typing changes white space of one line, in any text.
func FuzzOnType(f *testing.F) {
	for _, text := range scripts(f) {
		f.Add(text, len(text)/2)
	}
	f.Fuzz(func(t *testing.T, text string, at int) {
		edits := format.OnType(syntax.Parse(text), format.Default(), at)
		if len(edits) > 1 {
			t.Fatalf("%d edits", len(edits))
		}
		for _, e := range edits {
			if strings.Trim(text[e.Start:e.End]+e.Text, " \t") != "" {
				t.Fatalf("%+v in %q", e, text)
			}
		}
	})
}

func BenchmarkFormat(b *testing.B) {
	var all strings.Builder
	for seed := int64(0); strings.Count(all.String(), "\n") < 5000; seed++ {
		all.WriteString("do\n" + generated(seed) + "end\n")
	}
	text, err := format.Source(all.String(), format.Default())
	if err != nil {
		b.Fatal(err)
	}
	for name, text := range map[string]string{
		"5k lines that are right": text, "5k lines of other style": all.String(),
		"60k items in one line":      "x = {" + strings.Repeat("'item', ", 60_000) + "}",
		"60k statements in one line": strings.Repeat("f(a, { b = 1 }) ", 60_000),
	} {
		tree := syntax.Parse(text)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := format.Format(tree, format.Default()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
