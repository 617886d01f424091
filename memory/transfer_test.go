package memory_test

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/memory"
	"github.com/llmspell/llmspell/memory/inmem"
)

func empty(t *testing.T) *memory.Memory {
	t.Helper()
	m, err := memory.New(inmem.New(nil), memory.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func list(t *testing.T, m *memory.Memory) []*memory.Episode {
	t.Helper()
	out, err := m.List(t.Context(), memory.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestImportNamesBadLines(t *testing.T) {
	good := `{"session":"s","id":"1","role":"user","content":"x"}`
	for bad, want := range map[string]string{
		`{"session":"s","role":"user"}`:                             "line 2: there is no content",
		`{"session":"s","content":"x"}`:                             "line 2: role is empty",
		`{"role":"user","content":"x"}`:                             "line 2: session is empty",
		`{"session":"s","role":"user","content":"x","author":"me"}`: `line 2: there is no member "author"`,
		`{"session":"s","role":"user","content":5}`:                 `line 2: "content" must be a text, not a number`,
		`[1]`:            "line 2: it must be an object, not a list",
		`{"session":"s"`: "line 2: not JSON",
		good + good:      "line 2: there is more behind the object",
		good:             `line 2: id "1" of session "s" is that of line 1`,
		`{"session":"s","role":"user","content":"x","id":1.5}`:                       "line 2: id is neither",
		`{"session":"s","role":"user","content":"x","id":{"a":1}}`:                   "line 2: id is neither",
		`{"session":"s","role":"user","content":"x","time":"noon"}`:                  `line 2: time: "noon" is no time`,
		`{"session":"s","role":"user","content":"x","time":1714571760000}`:           "line 2: time: 1714571760000 seconds",
		`{"session":"s","role":"user","content":"x","metadata":[1]}`:                 "line 2: metadata is not an object: it must be an object, not a list",
		`{"session":"s","role":"user","content":"x","tenant":"you"}`:                 `line 2: it is for tenant "you"`,
		`{"session":"a*","role":"user","content":"x"}`:                               `line 2: session "a*" ends with *`,
		fmt.Sprintf(`{"session":"%0600d","role":"user","content":"x"}`, 1):           "line 2: session has 600 bytes",
		"{\"session\":\"s\",\"role\":\"user\",\"content\":\"x\"}\n{}\nnull\n" + good: "line 5: id",
	} {
		m := empty(t)
		_, err := m.Import(t.Context(), strings.NewReader(good+"\n"+bad+"\n"))
		var line *memory.LineError
		if err == nil || !strings.Contains(err.Error(), want) || !errors.As(err, &line) {
			t.Errorf("%s: %v, want %q", bad, err, want)
		}
		if n := len(list(t, m)); n != 0 {
			t.Errorf("%s: %d episodes were stored all the same", bad, n)
		}
	}
}

func TestImportManyBadLines(t *testing.T) {
	_, err := empty(t).Import(t.Context(), strings.NewReader(strings.Repeat("x\n", 1000)))
	if err == nil || strings.Count(err.Error(), "line ") != 20 || !strings.Contains(err.Error(), "and more") {
		t.Error(err)
	}
}

func TestImportTimes(t *testing.T) {
	want := time.Date(2024, 5, 1, 13, 56, 0, 0, time.UTC)
	for _, text := range []string{`"2024-05-01T13:56:00Z"`, `"2024-05-01T15:56:00+02:00"`, `"2024-05-01 13:56:00"`, `"2024-05-01T13:56"`, `1714571760`, `1714571760.0`, `"1 May 2024 13:56"`} {
		m := empty(t)
		if _, err := m.Import(t.Context(), strings.NewReader(`{"session":"s","role":"u","content":"","time":`+text+`}`)); err != nil {
			t.Errorf("%s: %v", text, err)
		} else if got := list(t, m)[0].Time; !got.Equal(want) {
			t.Errorf("%s is %v", text, got)
		}
	}
}

func TestImportAgain(t *testing.T) {
	var b strings.Builder
	for i := range 2500 {
		fmt.Fprintf(&b, `{"session":"s%d","role":"user","content":"turn %d","metadata":{"n":%d}}`+"\n", i%7, i/3, i%2)
	}
	twice := b.String() + `{"session":"t","role":"u","content":"the same"}` + "\n\n" + `{"session":"t","role":"u","content":"the same"}` + "\r\n"
	m := empty(t)
	for i, want := range []memory.Imported{{Lines: 2502, Added: 2502}, {Lines: 2502, Present: 2502}} {
		if got, err := m.Import(t.Context(), strings.NewReader("\xef\xbb\xbf"+twice)); err != nil || got != want {
			t.Fatalf("import %d: %+v, %v", i, got, err)
		}
	}
	before := len(list(t, m))
	if got, err := m.Import(t.Context(), strings.NewReader(b.String()+`{"session":"z","id":7,"role":"u","content":"new"}`)); err != nil || got.Added != 1 || got.Present != 2500 {
		t.Errorf("%+v, %v", got, err)
	}
	_, err := m.Import(t.Context(), strings.NewReader(`{"session":"z","id":"8","role":"u","content":"x"}`+"\n"+`{"session":"z","id":"7","role":"u","content":"other"}`))
	if !errors.Is(err, memory.ErrExists) || !strings.Contains(err.Error(), "line 2: episode \"7\"") || len(list(t, m)) != before+1 {
		t.Errorf("%v; there are %d", err, len(list(t, m)))
	}
}

func TestExportIsImport(t *testing.T) {
	m := empty(t)
	for i, content := range []string{"plain", "<b>&amp;</b>", "two\nlines \u2028 \x00 \"quoted\"", strings.Repeat("long ", 1<<16), ""} {
		e := memory.Episode{Session: "s", Role: "Ann", Content: content, Time: time.Date(1900+i, 1, 1, 0, 0, 0, 1000*i, time.UTC),
			Metadata: map[string]any{"big": int64(1)<<60 + 1, "deep": []any{map[string]any{"x": nil}}}}
		if _, err := m.Add(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	var file bytes.Buffer
	if n, err := m.Export(t.Context(), &file, memory.Filter{}); n != (memory.Exported{Episodes: 5}) || err != nil {
		t.Fatal(n, err)
	}
	again := empty(t)
	if _, err := again.Import(t.Context(), &file); err != nil {
		t.Fatal(err)
	}
	if got, want := list(t, again), list(t, m); !reflect.DeepEqual(got, want) {
		t.Errorf("came back as %+v", got)
	}
}

// FuzzImport looks for lines that are imported, and come back otherwise.
func FuzzImport(f *testing.F) {
	f.Add(`{"session":"s","id":"1","role":"user","content":"x","time":"2024-05-01","metadata":{"a":1e400}}`)
	f.Add(`{"session":"s","id":12,"role":"user","content":"x","time":1e10,"metadata":null,"ingested":5}`)
	f.Fuzz(func(t *testing.T, text string) {
		m := empty(t)
		done, err := m.Import(t.Context(), strings.NewReader(text))
		if stored := len(list(t, m)); err != nil && stored != 0 || err == nil && stored != done.Added {
			t.Fatalf("%v, but %d were stored, %+v", err, stored, done)
		}
		if err != nil {
			return
		}
		var out bytes.Buffer
		if _, err := m.Export(t.Context(), &out, memory.Filter{}); err != nil {
			t.Fatal(err)
		}
		again := empty(t)
		if _, err := again.Import(t.Context(), bytes.NewReader(out.Bytes())); err != nil {
			t.Fatalf("%v\n%s", err, out.Bytes())
		}
		if !reflect.DeepEqual(list(t, again), list(t, m)) {
			t.Fatalf("%s", out.Bytes())
		}
	})
}
