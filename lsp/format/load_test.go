package format_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/lsp/format"
)

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	put := func(name, text string) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	load := func(name string) format.Options {
		t.Helper()
		o, err := format.Load(filepath.Join(dir, name), format.Default())
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	put(".editorconfig", "root = true\n[*]\nindent_style = tab\nindent_size = 8\nmax_line_length = 80\n[*.py]\nindent_size = 3\n")
	put("a/.editorconfig", "[*.{lua,txt}]\nindent_style = space\nindent_size = 4\nend_of_line = crlf\ninsert_final_newline = false\nindent_style = sideways\nquote_type = single\nquote_type = curly\n")
	put("b/.llmspell-fmt.toml", "quotes = \"double\"\nline_width = 100\n")
	put("b/c/.editorconfig", "[*.lua]\ntab_width = 3\nindent_size = tab\nmax_line_length = off\n")
	put("d/.editorconfig", "root = true\n")
	put("e/.llmspell-fmt.toml", "quoets = \"double\"\n")
	put("f/.llmspell-fmt.toml", "quotes = \"french\"\n")
	put("g/.llmspell-fmt.toml", "quotes = 3\n")

	if o := load("x.lua"); o.Indent != "tabs" || o.IndentSize != 8 || o.LineWidth != 80 || !o.FinalNewline {
		t.Errorf("%+v", o)
	}
	if o := load("a/x.lua"); o.Indent != "spaces" || o.IndentSize != 4 || o.LineWidth != 80 || o.EndOfLine != "crlf" || o.FinalNewline || o.Quotes != "single" {
		t.Errorf("%+v", o)
	}
	if o := load("b/y/x.lua"); o.Quotes != "double" || o.LineWidth != 100 || o.Indent != "tabs" {
		t.Errorf("%+v", o)
	}
	if o := load("b/c/x.lua"); o.Quotes != "double" || o.LineWidth != 100 || o.IndentSize != 3 {
		t.Errorf("%+v", o)
	}
	put("h/.editorconfig", "[/one/*.lua]\nindent_size = 5\n[{two,three}/**] \nindent_size = 6\n[h/*.lua]\nindent_size = 7\n")
	for name, want := range map[string]int{"h/x.lua": 8, "h/one/x.lua": 5, "h/one/y/x.lua": 8, "h/two/x.lua": 6, "h/three/y/x.lua": 6} {
		if o := load(name); o.IndentSize != want {
			t.Errorf("%s: %+v", name, o)
		}
	}
	if o := load("d/x.lua"); o != format.Default() {
		t.Errorf("%+v", o)
	}
	for name, want := range map[string]string{"e/x.lua": `there is no option "quoets"`, "f/x.lua": `quotes is "french"`, "g/x.lua": "quotes"} {
		if _, err := format.Load(filepath.Join(dir, name), format.Default()); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), format.ConfigFile) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOptionsCheck(t *testing.T) {
	if err := format.Default().Check(); err != nil {
		t.Fatal(err)
	}
	for _, change := range []func(*format.Options){
		func(o *format.Options) { o.Indent = "" }, func(o *format.Options) { o.IndentSize = 0 }, func(o *format.Options) { o.LineWidth = -1 },
		func(o *format.Options) { o.BlankLines = 11 }, func(o *format.Options) { o.EndOfLine = "cr" }, func(o *format.Options) { o.TrailingCommas = "yes" },
	} {
		o := format.Default()
		if change(&o); o.Check() == nil {
			t.Errorf("%+v is right", o)
		}
	}
}

// FuzzParse: any text is read or refused, and what is read is right.
func FuzzParse(f *testing.F) {
	f.Add("quotes = \"double\"\nline_width = 100\n")
	f.Add("indent_size = 99")
	f.Fuzz(func(t *testing.T, text string) {
		o, err := format.Parse(text, format.Default())
		if err == nil {
			err = o.Check()
		} else if o != format.Default() {
			t.Fatalf("%q changes options although it is refused", text)
		} else {
			err = nil
		}
		if err != nil {
			t.Fatal(err)
		}
	})
}
