package memory_test

import (
	"io"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/llmspell/llmspell/memory"
)

// A file that is not UTF-8 is refused: encoding/json would replace what it cannot read, and say nothing.
func TestImportNotUTF8(t *testing.T) {
	const good = `{"session":"s","role":"u","content":"héllo"}` + "\n"
	wide := func(little bool, text string) string {
		var b strings.Builder
		for _, u := range utf16.Encode([]rune(text)) {
			if little {
				b.Write([]byte{byte(u), byte(u >> 8)})
			} else {
				b.Write([]byte{byte(u >> 8), byte(u)})
			}
		}
		return b.String()
	}
	for text, want := range map[string]string{
		good + "\n" + `{"session":"s","role":"u","content":"é` + "\xff" + `b"}`:     "line 3: it is not UTF-8 (byte 0xff at column 39)",
		good + `{"fact":{"subject":"Ann` + "\xe9" + `","predicate":"p","value":1}}`: "line 2: it is not UTF-8 (byte 0xe9 at column 24)",
		`{"session":"s","role":"u","content":"` + "\xed\xa0\x80" + `"}`:             "line 1: it is not UTF-8 (byte 0xed at column 38)", // half a character
		good + `{"session":"s","role":"u","content":"` + "\xe2\x82":                 "line 2: it is not UTF-8 (byte 0xe2 at column 38)",
		wide(true, "\ufeff"+good):       "line 1: the file is UTF-16",
		wide(false, "\ufeff"+good):      "line 1: the file is UTF-16",
		wide(true, good):                "line 1: byte 2 is 0, as every second one may be in UTF-16",
		wide(false, good):               "line 1: byte 1 is 0, as every second one may be in UTF-16",
		"\xff\xfe\x00\x00{\x00\x00\x00": "line 1: the file is UTF-32",
	} {
		m := empty(t)
		if _, err := m.Import(t.Context(), strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "iconv") {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
		if n := len(list(t, m)); n != 0 {
			t.Errorf("%q: %d were stored all the same", text, n)
		}
	}
}

// What is asked for in bytes that are not UTF-8 is refused, as what is kept: else nothing would be found, and PostgreSQL would say so in its own words.
func TestTextsNotUTF8(t *testing.T) {
	m, ctx := empty(t), t.Context()
	const bad = "a\xff"
	metadata := map[string]any{"tags": []any{"a", map[string]any{bad: 1}}}
	for name, call := range map[string]func() error{
		"the query": func() error { _, err := m.Find(ctx, memory.Query{Text: bad}); return err },
		"the session": func() error {
			_, err := m.Find(ctx, memory.Query{Text: "a", Filter: memory.Filter{Sessions: []string{"s", bad}}})
			return err
		},
		"the role":           func() error { _, err := m.List(ctx, memory.Filter{Roles: []string{bad}}); return err },
		"the id":             func() error { _, err := m.Get(ctx, "s", bad); return err },
		"a name in metadata": func() error { _, err := m.Forget(ctx, memory.Filter{Metadata: metadata}, false); return err },
		"metadata": func() error {
			_, err := m.Add(ctx, memory.Episode{Session: "s", Role: "u", Metadata: map[string]any{"a": bad}})
			return err
		},
		"it":                 func() error { _, err := memory.ParseMetadata(`{"a":"` + bad + `"}`); return err },
		"the type":           func() error { _, err := m.Query(ctx, memory.KnowledgeQuery{Type: bad}); return err },
		"the query of facts": func() error { _, err := m.Recall(ctx, memory.KnowledgeQuery{Text: bad}); return err },
		"what it is about":   func() error { _, err := m.Patterns(ctx, memory.PatternQuery{About: bad}); return err },
		"from": func() error {
			from := bad
			_, err := m.ForgetPatterns(ctx, memory.PatternQuery{From: &from})
			return err
		},
		"the session that is read": func() error {
			_, err := m.Consolidate(ctx, memory.ConsolidateOptions{Sessions: []string{bad}})
			return err
		},
		"the session of an export": func() error { _, err := m.Export(ctx, io.Discard, memory.Filter{Sessions: []string{bad}}); return err },
	} {
		what, _, _ := strings.Cut(name, " of ")
		what, _, _ = strings.Cut(what, " that ")
		if err := call(); err == nil || !strings.Contains(err.Error(), what+" is not a text in UTF-8 (byte 0xff at column ") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := m.Find(ctx, memory.Query{Text: "\ufffd \ufeff"}); err != nil { // these are characters
		t.Error(err)
	}
}
