package memory_test

import (
	"strings"
	"testing"

	"github.com/llmspell/llmspell/memory"
)

// Metadata is one object: what stands behind it would be lost.
func TestParseMetadata(t *testing.T) {
	for text, want := range map[string]string{
		`{"a":1}{"b":2}`: "there is more behind the object", `{"a":1} x`: "there is more behind the object", `{"a":1}]`: "there is more behind the object",
		`[1]`: "it must be an object, not a list", `"x"`: "it must be an object, not a text", `5`: "it must be an object, not a number", `{bad`: "not JSON: invalid character 'b'",
	} {
		if _, err := memory.ParseMetadata(text); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "Go ") {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
	if m, err := memory.ParseMetadata(" {\"a\":1}\n "); err != nil || m["a"] != int64(1) {
		t.Error(m, err)
	}
}
