package memory_test

import (
	"strings"
	"testing"
	"unicode/utf16"
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
