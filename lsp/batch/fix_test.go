package batch_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/batch"
	"github.com/llmspell/llmspell/lsp/catalog"
	"github.com/llmspell/llmspell/lsp/lint"
	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/runtime/lualib"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// ran returns what a program prints, and how it ends: addresses of tables and functions
// are left out, as they differ each time.
func ran(t *testing.T, text string) string {
	t.Helper()
	var out bytes.Buffer
	host := lualib.NewHost()
	host.Stdout, host.Stderr, host.Stdin = &out, io.Discard, strings.NewReader("1\n2\n")
	st, err := runtime.New(runtime.Options{Host: host, Limits: runtime.Limits{Time: time.Minute}})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	fn, err := st.LoadString(text, "@a.lua", "")
	if err == nil {
		_, err = st.Call(context.Background(), fn)
	}
	return address.ReplaceAllString(fmt.Sprintf("%s%v", out.String(), err), "0x")
}

var address = regexp.MustCompile(`0x[0-9a-f]+`)

// fixed makes all sure changes in a text, and checks what is true of them for every text.
func fixed(t *testing.T, base *analysis.Snapshot, text string) string {
	t.Helper()
	f := analysis.NewFile("file:///proj/a.lua", "", 1, text)
	snap := base.WithFile(f)
	after, made, refused := batch.Fixed(context.Background(), snap, f)
	if (len(made) == 0) != (after == text) {
		t.Errorf("%d changes: %q, %q", len(made), text, after)
	}
	if len(refused) > 0 && len(syntax.Parse(text).Errors()) == 0 {
		t.Errorf("%q: %+v would break it", text, refused)
	}
	if before, now := len(syntax.Parse(text).Errors()), len(syntax.Parse(after).Errors()); now > before {
		t.Errorf("%q has become %q", text, after)
	}
	g := analysis.NewFile("file:///proj/a.lua", "", 1, after)
	again := base.WithFile(g)
	if twice, made, _ := batch.Fixed(context.Background(), again, g); len(made) != 0 {
		t.Errorf("it is not done at once: %q, then %q", after, twice)
	}
	for _, x := range lint.Check(context.Background(), again, g) {
		if len(x.Fixes) > 0 && x.Fixes[0].Sure && len(refused) == 0 {
			t.Errorf("%q is left: %s", after, x.Message)
		}
	}
	return after
}

// TestFixedRuns: programs do the same with and without the changes, which nobody is asked
// about.
func TestFixedRuns(t *testing.T) {
	var files []string
	for _, pattern := range []string{"../lint/testdata/scripts/*.lua", "../../testdata/programs/*.lua"} {
		found, err := filepath.Glob(pattern)
		if err != nil || len(found) == 0 {
			t.Fatalf("%s %v", pattern, err)
		}
		files = append(files, found...)
	}
	base := analysis.NewSnapshot(nil, catalog.Builtin())
	changed := 0
	for _, path := range files {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		text := string(data)
		after := fixed(t, base, text)
		if after == text {
			continue
		}
		changed++
		if before, now := ran(t, text), ran(t, after); before != now {
			t.Errorf("%s does %q, and with the changes %q", path, before, now)
		}
	}
	if changed < 3 {
		t.Errorf("only %d files were changed", changed)
	}
}

// TestFixedRandom puts what can be mended into random programs.
func TestFixedRandom(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	base := analysis.NewSnapshot(nil, catalog.Builtin())
	changed := 0
	for range 60 {
		expr := func() string {
			return pick("a", "b", "1", "2", "'x'", "nil", "true", "a and b", "#'ab'", "f(a)", "not a")
		}
		var text strings.Builder
		text.WriteString("local a, b = 1, 2\nlocal function f(x) return x end\n")
		for range 1 + r.IntN(8) {
			condition := pick("not (%s == %s)", "not (%s ~= %s)", "not(%s==%s)", "not ( %s == (%s) )", "(not (%s == %s)) == true", "not not (%s == %s)", "not (%s == %s) and a", "-- no\nnot (%s --[[why]] == %s)")
			condition = fmt.Sprintf(condition, expr(), expr())
			fmt.Fprintf(&text, pick("print(%s)\n", "if %s then print(1) else print(2) end\n", "a = %s\nprint(a)\n", "print(f(%s), 1)\n", "local c = {%s}\nprint(c[1])\n"), condition)
			if r.IntN(3) == 0 {
				text.WriteString(pick("do ::lonely:: end\n", "do goto on ::on:: end\n", ";\n"))
			}
		}
		program := text.String()
		after := fixed(t, base, program)
		if after != program {
			changed++
		}
		if before, now := ran(t, program), ran(t, after); before != now {
			t.Fatalf("%s\n%q\nand\n%s\n%q", program, before, after, now)
		}
	}
	if changed < 20 {
		t.Errorf("only %d programs were changed", changed)
	}
}

func FuzzFixed(f *testing.F) {
	f.Add("if not (a == b) then ::x:: end Tool.get('calculatr') return {inputt = 1}")
	f.Add("::a:: goto a; not(x==y)")
	base := analysis.NewSnapshot(nil, catalog.Builtin())
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) < 2000 {
			fixed(t, base, text)
		}
	})
}
