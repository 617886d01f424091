//go:build unix

package filesystem

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/tools/internal/tooltest"
	"github.com/llmspell/llmspell/tools/tool"
)

// put writes files below the runner's folder.
func put(t testing.TB, r *tooltest.Runner, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(r.Dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// paths returns the path of each match, with its line if it has one.
func paths(r *tool.Result) string {
	var out []string
	for _, m := range r.Value.(map[string]any)["matches"].([]any) {
		m := m.(map[string]any)
		text := m["path"].(string)
		if line, ok := m["line"]; ok {
			text += fmt.Sprintf(":%v:%v", line, m["column"])
		}
		out = append(out, text)
	}
	return strings.Join(out, " ")
}

func TestSearch(t *testing.T) {
	r := runner(t)
	put(t, r, map[string]string{
		"s/one.lua": "first\nAlpha beta\r\nthird alpha\nlast", "s/two.txt": "ünï alpha\n", "s/bin.dat": "alpha\x00alpha", "s/big.txt": strings.Repeat("alpha\n", 300),
		"s/in/deep.lua": "alpha alpha\n", "s/in/more/x.lua": "ALPHA\n", "s/node_modules/dep.lua": "alpha\n", "s/.gitignore": "*.txt\n!two.txt\n/in/more/\n", "s/K.md": "\u212A alpha",
	})
	for params, want := range map[string]string{
		`{"pattern":"alpha","path":"s","max_file_size":1000}`:                                                             "K.md:1:3 one.lua:3:7 two.txt:1:5",
		`{"pattern":"alpha","path":"s","case_sensitive":false,"include_extensions":["lua"]}`:                              "one.lua:2:1 one.lua:3:7",
		`{"pattern":"alpha","path":"s","recursive":true,"include_extensions":".lua","exclude_dirs":["node_modules"]}`:     "in/deep.lua:1:1 one.lua:3:7",
		`{"pattern":"ALPHA","path":"s","recursive":true,"max_depth":2}`:                                                   "",
		`{"pattern":"ALPHA","path":"s","recursive":true,"max_depth":3}`:                                                   "in/more/x.lua:1:1",
		`{"pattern":"^al.*a$","path":"s","use_regex":true,"case_sensitive":false,"exclude_extensions":["txt"]}`:           "one.lua:2:1",
		`{"pattern":"[a-z]+ alpha","path":"s","use_regex":true,"glob":"*.lua"}`:                                           "one.lua:3:1",
		`{"pattern":"ÜNÏ","path":"s","case_sensitive":false}`:                                                             "two.txt:1:1",
		`{"pattern":"k","path":"s/K.md","case_sensitive":false,"use_regex":true}`:                                         "K.md:1:1",
		`{"pattern":"alpha","path":"s","recursive":true,"respect_gitignore":true,"glob":["*.txt","in/**"]}`:               "in/deep.lua:1:1 two.txt:1:5",
		`{"pattern":"alpha","path":"s/big.txt","max_matches_per_file":2}`:                                                 "big.txt:1:1 big.txt:2:1",
		`{"pattern":"alpha","path":"s","max_results":1}`:                                                                  "K.md:1:3",
		`{"operation":"name","pattern":"*.lua","path":"s"}`:                                                               "one.lua",
		`{"operation":"name","pattern":"*.LUA","path":"s","recursive":true,"case_sensitive":false,"exclude_dirs":["i*"]}`: "node_modules/dep.lua one.lua",
		`{"operation":"find","pattern":"in/**/*.lua","path":"s","recursive":true}`:                                        "in/deep.lua in/more/x.lua",
		`{"operation":"name","pattern":"^in/[a-z]+$","path":"s","recursive":true,"use_regex":true}`:                       "in/more",
		`{"operation":"name","pattern":"*","path":"s","recursive":true,"respect_gitignore":true}`:                         ".gitignore K.md bin.dat in in/deep.lua node_modules node_modules/dep.lua one.lua two.txt",
		`{"operation":"name","pattern":"*","path":".","max_results":2}`:                                                   "a.txt d",
		`{"pattern":"secret","path":".","recursive":true}`:                                                                "", // links are not followed
	} {
		res, err := r.Call(t, context.Background(), "file-search", params)
		if err != nil {
			t.Errorf("%s: %v", params, err)
		} else if got := paths(res); got != want {
			t.Errorf("%s: got %q; want %q", params, got, want)
		}
	}
	r.Table(t, "file-search", []tooltest.Want{
		{Params: `{"pattern":"third","path":"s/one.lua","context_lines":1}`, Field: "matches",
			Value: `[{"after":["last"],"before":["Alpha beta"],"column":1,"line":3,"match":"third","path":"one.lua","text":"third alpha"}]`},
		{Params: `{"pattern":"alpha","path":"s","max_file_size":1000}`, Field: "skipped", Value: `{"binary":1,"too_large":1}`},
		{Params: `{"pattern":"alpha","path":"s","max_results":1}`, Field: "truncated", Value: `true`},
		{Params: `{"pattern":"alpha","path":"s/two.txt","max_results":1}`, Field: "truncated", Value: `false`},
	})
}

func TestSearchRefusals(t *testing.T) {
	r := runner(t)
	r.Table(t, "file-search", []tooltest.Want{
		{Params: `{}`, Err: `"pattern" is missing`, Code: tool.InvalidParameters},
		{Params: `{"pattern":""}`, Err: `"pattern"`},
		{Params: `{"pattern":"a\nb"}`, Err: `the end of a line`, Code: tool.InvalidParameters},
		{Params: `{"pattern":"a(","use_regex":true}`, Err: "not a regular expression", Code: tool.InvalidParameters},
		{Params: `{"pattern":"a(","use_regex":true,"operation":"name"}`, Err: "not a regular expression"},
		{Params: `{"pattern":"a[","operation":"name"}`, Err: "not closed"},
		{Params: `{"pattern":"x","glob":"a["}`, Err: `"glob" is not a pattern`},
		{Params: `{"pattern":"x","glob":"{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}"}`, Err: "256 combinations"},
		{Params: `{"pattern":"x","exclude_dirs":["{"]}`, Err: `"exclude_dirs"`},
		{Params: `{"pattern":"x","include_extensions":5}`, Err: `"include_extensions" is wrong`},
		{Params: `{"pattern":"x","exclude_extensions":5}`, Err: `"exclude_extensions" is wrong`},
		{Params: `{"pattern":"x","recursive":5}`, Err: `"recursive" is wrong`},
		{Params: `{"pattern":"x","case_sensitive":5}`, Err: `"case_sensitive" is wrong`},
		{Params: `{"pattern":"x","use_regex":5}`, Err: `"use_regex" is wrong`},
		{Params: `{"pattern":"x","respect_gitignore":5}`, Err: `"respect_gitignore" is wrong`},
		{Params: `{"pattern":"x","context_lines":51}`, Err: `"context_lines" is wrong`},
		{Params: `{"pattern":"x","max_depth":0}`, Err: `"max_depth" is wrong`},
		{Params: `{"pattern":"x","max_file_size":0}`, Err: `"max_file_size" is wrong`},
		{Params: `{"pattern":"x","max_matches_per_file":-1}`, Err: `"max_matches_per_file" is wrong`},
		{Params: `{"pattern":"x","max_results":0}`, Err: `"max_results" is wrong`},
		{Params: `{"pattern":"x","operation":"dig"}`, Err: `"operation" is wrong`},
		{Params: `{"pattern":"x","path":5}`, Err: `"path" is wrong`},
		{Params: `{"pattern":"x","path":"none"}`, Err: "no such file", Code: tool.ResourceNotFound},
		{Params: `{"pattern":"x","path":"/etc"}`, Err: "outside the allowed", Code: tool.PermissionDenied},
		{Params: `{"pattern":"x","path":"out"}`, Err: "through a link", Code: tool.PermissionDenied},
		{Params: `{"pattern":"x","path":"secret"}`, Err: "through a link", Code: tool.PermissionDenied},
		{Params: `{"pattern":"x","path":"../x"}`, Err: "outside the allowed", Code: tool.PermissionDenied},
	})
}

// A regular expression with many states on one long line ends all the same,
// and says that it has not seen everything.
func TestSearchLongLine(t *testing.T) {
	r := runner(t)
	put(t, r, map[string]string{"long/l.txt": strings.Repeat("ab", 4<<20)})
	start := time.Now()
	res, err := r.Call(t, context.Background(), "file-search", `{"pattern":"(x*(a|b)?){400}(y|z){500}[c-d]","use_regex":true,"path":"long","max_file_size":10000000}`)
	if err != nil {
		t.Fatal(err)
	}
	if n := res.Value.(map[string]any)["skipped"].(map[string]any)["long_lines"]; n != 1 {
		t.Errorf("long_lines = %v; want 1 (after %v)", n, time.Since(start))
	}
}

func TestSearchCancelled(t *testing.T) {
	r := runner(t)
	files := map[string]string{}
	for i := range 200 {
		files[fmt.Sprintf("many/%03d.txt", i)] = strings.Repeat("some words on a line\n", 5000)
	}
	put(t, r, files)
	// Names are walked on the call's own goroutine.
	for _, looks := range []int{0, 1} {
		_, err := r.Call(t, newCountdown(looks), "file-search", `{"operation":"name","pattern":"*","path":".","recursive":true}`)
		if err == nil || !errors.Is(err, context.Canceled) {
			t.Errorf("after %d looks: %v; want cancelled", looks, err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(5*time.Millisecond, cancel)
	start := time.Now()
	_, err := r.Call(t, ctx, "file-search", `{"pattern":"(a|b|c)+[d-e]","use_regex":true,"path":"many"}`)
	if err == nil || !errors.Is(err, context.Canceled) {
		t.Errorf("%v; want cancelled", err)
	}
	if d := time.Since(start); d > time.Minute {
		t.Errorf("it took %v to stop", d)
	}
}

func TestMatcherAgainstRegexp(t *testing.T) {
	text := "one two\nTWO one\r\n\nthree one two\nlast"
	for _, pattern := range []string{"one", "o.e t", "^TWO", "t$", "", "(one|two) ?$", "thr(ee)+ one", "x?"} {
		m, err := newMatcher(pattern, true, true)
		if err != nil {
			t.Fatal(err)
		}
		found, _, _ := m.find(context.Background(), []byte(text), 100)
		var got, want []string
		for _, f := range found {
			got = append(got, text[f.start:f.end])
		}
		for line := range strings.SplitSeq(text, "\n") {
			if loc := m.re.FindStringIndex(strings.TrimSuffix(line, "\r")); loc != nil {
				want = append(want, line[loc[0]:loc[1]])
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%q: got %q; want %q", pattern, got, want)
		}
	}
}

func TestIgnore(t *testing.T) {
	rules := parseIgnore("", "# comment\n*.log\n!keep.log\n/top\nbuild/\ndoc/*.txt\na/**/z\n{x}\ntrail\\ \n\n[\n")
	rules = append(rules, parseIgnore("sub", "*.go\n/here\n!*.log")...)
	for path, want := range map[string]bool{
		"x.log": true, "d/x.log": true, "keep.log": false, "top": true, "d/top": false, "build/": true, "build": false, "d/build/": true,
		"doc/a.txt": true, "doc/s/a.txt": false, "a/z": true, "a/b/c/z": true, "{x}": true, "x": false, "trail ": true, ".git/": true,
		"m.go": false, "sub/m.go": true, "sub/d/m.go": true, "sub/here": true, "sub/d/here": false, "sub/x.log": false, "subx/m.go": false,
	} {
		if got := rules.match(strings.TrimSuffix(path, "/"), strings.HasSuffix(path, "/")); got != want {
			t.Errorf("%q: ignored = %v; want %v", path, got, want)
		}
	}
}

func FuzzIgnore(f *testing.F) {
	f.Add("*.log\n!a\n/b/**/c\n{,}[", "a/b.log")
	f.Fuzz(func(t *testing.T, text, path string) {
		if len(text)+len(path) < 4096 {
			parseIgnore("", text).match(path, false)
		}
	})
}

func FuzzMatcher(f *testing.F) {
	f.Add("b", "ab\ncb", true, false)
	f.Add("(?i)x|y", "aXb\r\nc", false, true)
	f.Fuzz(func(t *testing.T, pattern, text string, sensitive, isRegexp bool) {
		if pattern == "" || len(pattern) > 100 || len(text) > 4096 || strings.ContainsAny(pattern, "\r\n") {
			return
		}
		m, err := newMatcher(pattern, isRegexp, sensitive)
		if err != nil {
			return
		}
		found, _, err := m.find(context.Background(), []byte(text), 1000)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range found {
			if s.start > s.end || s.start < s.lineStart || s.end > s.lineEnd {
				t.Fatalf("%q in %q: %+v", pattern, text, s)
			}
		}
		if sensitive && !isRegexp && len(found) == 0 && strings.Contains(text, pattern) {
			t.Fatalf("%q was not found in %q", pattern, text)
		}
	})
}

// BenchmarkSearch compares with grep over 10,000 files of 4 KB, when there is one.
func BenchmarkSearch(b *testing.B) {
	r := tooltest.New(b, Definitions())
	rnd := rand.New(rand.NewPCG(1, 2))
	words := strings.Fields("local function return end if then else for while do table string number value name print needle hay stack")
	for i := range 10_000 {
		var text strings.Builder
		for text.Len() < 4096 {
			text.WriteString(words[rnd.IntN(len(words))])
			text.WriteByte(" \n"[rnd.IntN(8)/7])
		}
		if i%100 == 0 {
			text.WriteString("find_me_here = 1\n")
		}
		path := filepath.Join(r.Dir, fmt.Sprintf("d%02d/e%d/f%d.lua", i%50, i%7, i))
		os.MkdirAll(filepath.Dir(path), 0o755)
		if err := os.WriteFile(path, []byte(text.String()), 0o644); err != nil {
			b.Fatal(err)
		}
	}
	for name, params := range map[string]string{
		"literal": `{"pattern":"find_me_here","path":".","recursive":true}`,
		"folded":  `{"pattern":"FIND_me_here","path":".","recursive":true,"case_sensitive":false}`,
		"regexp":  `{"pattern":"find_[a-z]+_here","path":".","recursive":true,"use_regex":true}`,
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if res, err := r.Call(b, context.Background(), "file-search", params); err != nil || res.Value.(map[string]any)["total_matches"] != 100 {
					b.Fatal(res, err)
				}
			}
		})
	}
	grep, err := exec.LookPath("grep")
	if err != nil {
		return
	}
	b.Run("grep", func(b *testing.B) {
		for b.Loop() {
			if out, err := exec.Command(grep, "-rn", "-C2", "find_me_here", r.Dir).Output(); err != nil || strings.Count(string(out), "find_me") != 100 {
				b.Fatal(err)
			}
		}
	})
}

// newCountdown makes a context that is cancelled after it was looked at n
// times, so that a test cancels in the middle of work without waiting.
func newCountdown(n int) context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	c := &countdown{Context: ctx, cancel: cancel}
	c.left.Store(int64(n))
	return c
}

// Text with a byte order mark is text, and the mark no part of it.
func TestSearchMarked(t *testing.T) {
	r := tooltest.New(t, Definitions())
	for _, name := range []string{"utf-16", "utf-32", "utf-8-bom"} {
		data, _, err := encodeText(context.Background(), []byte("naïve\nline two\n"), name, true)
		if err != nil {
			t.Fatal(err)
		}
		put(t, r, map[string]string{"m/" + name: string(data)})
	}
	put(t, r, map[string]string{"m/be": "\xfe\xff\x00n\x00a\x00\xef\x00v\x00e", "m/odd": "\xff\xfen", "m/zeros": "\xff\xfe\x00\x00\x00\x00"})
	res, terr := r.Call(t, context.Background(), "file-search", `{"pattern":"^naïve$","use_regex":true,"path":"m"}`)
	if terr != nil {
		t.Fatal(terr)
	}
	if got := paths(res); got != "be:1:1 utf-16:1:1 utf-32:1:1 utf-8-bom:1:1" {
		t.Errorf("got %q", got)
	}
}
