package memory

import "testing"

// TestPlainString: what is read without the decoder is what the decoder reads.
func TestPlainString(t *testing.T) {
	for text, want := range map[string]any{
		`"Rome"`: "Rome", `""`: "", `"a\"b"`: `a"b`, `"a\\"`: `a\`, `"é\n"`: "é\n", `"É ß 中"`: "É ß 中", `"\u00e9"`: "é", `7`: int64(7), `true`: true, `0.5`: 0.5,
	} {
		got, err := DecodeValue(text)
		if err != nil || got != want {
			t.Errorf("%s: %#v %v", text, got, err)
		}
	}
	for _, text := range []string{`"`, ``, `"a`, `a"`, "\"a\nb\"", `"\"`} {
		if got, err := DecodeValue(text); err == nil {
			t.Errorf("%q is read as %#v", text, got)
		}
	}
}
