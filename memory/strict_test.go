package memory_test

import (
	"strings"
	"testing"

	"github.com/llmspell/llmspell/memory"
)

// A line that says a thing twice, or by a name that is not quite one, is refused: one of both would be lost.
func TestImportStrictMembers(t *testing.T) {
	for line, want := range map[string]string{
		`{"session":"s","role":"u","content":"x","content":"y"}`:                                `"content" is there twice`,
		`{"session":"s","role":"u","content":"x","metadata":{"a":1,"b":[{"c":1,"c":2}]}}`:       `"c" is there twice`,
		`{"Session":"s","role":"u","content":"x"}`:                                              `no member "Session"`,
		`{"\u017fession":"s","role":"u","content":"x"}`:                                         `no member`,
		`{"fact":{"subject":"Ann","predicate":"likes","value":"tea","value":"milk"}}`:           `"value" is there twice`,
		`{"fact":{"Subject":"Ann","predicate":"likes","value":"tea"}}`:                          `no member "Subject"`,
		`{"fact":{"subject":"Ann","predicate":"likes","value":"tea"},"fact":{"subject":"Bob"}}`: `"fact" is there twice`,
		`{"fact":{"subject":"A","predicate":"p","value":1,"source":{"session":"s","ID":"1"}}}`:  `no member "ID"`,
	} {
		m := empty(t)
		if _, err := m.Import(t.Context(), strings.NewReader(line)); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "line 1: ") {
			t.Errorf("%s: %v, want %s", line, err, want)
		}
	}
	m := empty(t)
	good := `{"session":"s","role":"u","content":"x","metadata":{"Name":1,"NAME":{"é":[{"x":1},{"x":[]}]}}}` + "\n" + `{"entity":{"name":"Ann","aliases":[{"name":"Anna"},{"name":"Anni"}]}}`
	if _, err := m.Import(t.Context(), strings.NewReader(good)); err != nil {
		t.Error(err)
	}
}

// Half a character is refused, and not replaced.
func TestCheckEscapes(t *testing.T) {
	for text, ok := range map[string]bool{`"a"`: true, `"\ud83d\ude00"`: true, `"\u00e9"`: true, `"\\ud800"`: true, `"\\\ud800"`: false, `"\ud800"`: false, `"\uD800x"`: false, `"\udc00"`: false,
		`"\ud83d\u0041"`: false, `"\ud83d\ud83d\ude00"`: false, `"\ud8`: true} {
		if err := memory.CheckEscapes([]byte(text)); (err == nil) != ok {
			t.Errorf("%s: %v", text, err)
		}
	}
}
