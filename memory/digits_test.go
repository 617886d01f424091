package memory_test

import (
	"strings"
	"testing"

	"github.com/llmspell/llmspell/memory"
)

// The digits of whole numbers are never changed without a word.
func TestDigits(t *testing.T) {
	for text, want := range map[string]any{
		"41": 41.0, "-7": -7.0, "0.1": 0.1, "1e3": 1000.0, "true": true, "tea": "tea", "9007199254740992": 9007199254740992.0, "9007199254740993": "9007199254740993",
		"-4929123456789012347": "-4929123456789012347", "12345678901234567890123": "12345678901234567890123", "1152921504606846976": 1152921504606846976.0,
		"3.14159265358979323846": 3.141592653589793, "1e400": "1e400", "[1]": "[1]", "1 2": "1 2", "null": "null",
	} {
		if got := memory.ParseValue(text); got != want {
			t.Errorf("%s is %v (%T), not %v", text, got, got, want)
		}
	}
	for v, want := range map[any]string{int64(4929123456789012347): `"4929123456789012347"`, int64(7): "7", 9007199254740994.0: "9007199254740994", 1e300: "1e+300"} {
		if got, err := memory.EncodeValue(v); got != want || err != nil {
			t.Errorf("%v is %s, %v", v, got, err)
		}
	}
	m := empty(t)
	lines := `{"session":"s","id":"1","role":"u","content":"x","metadata":{"n":9007199254740993}}
{"fact":{"subject":"Ann","predicate":"account","value":4929123456789012347}}
{"fact":{"subject":"Ann","predicate":"long","value":12345678901234567890123}}`
	if _, err := m.Import(t.Context(), strings.NewReader(lines)); err != nil {
		t.Fatal(err)
	}
	whole := exportOf(t, m, memory.Filter{})
	for _, want := range []string{`{"n":9007199254740993}`, `"value":"4929123456789012347"`, `"value":"12345678901234567890123"`} {
		if !strings.Contains(whole, want) {
			t.Errorf("there is no %s in\n%s", want, whole)
		}
	}
	if _, err := m.Import(t.Context(), strings.NewReader(strings.Replace(lines, "740993", "740992", 1))); err == nil {
		t.Error("metadata with another number are taken for the same")
	}
	if _, err := m.Import(t.Context(), strings.NewReader(`{"session":"s","role":"u","content":"x","metadata":{"a":[{"n":12345678901234567890123}]}}`)); err == nil || !strings.Contains(err.Error(), "cannot all be kept") {
		t.Error(err)
	}
}
