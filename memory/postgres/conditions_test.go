package postgres

import (
	"strings"
	"testing"
)

// TestFollowing: what follows all texts with a prefix is behind each of them, and nothing lies between.
func TestFollowing(t *testing.T) {
	for prefix, want := range map[string]string{
		"": "", "a": "b", "s7": "s8", "é": "ê", "az\U0010FFFF": "a{", "\U0010FFFF": "", "\uD7FF": "\uE000", "\x01\x01": "\x01\x02", "\u007f": "\u0080",
	} {
		got := following(prefix)
		if got != want {
			t.Errorf("%q is followed by %q, not %q", prefix, got, want)
		}
		for _, more := range []string{"", "a", "\U0010FFFF\U0010FFFF"} {
			if text := prefix + more; got != "" && text >= got || strings.Compare(text, prefix) < 0 {
				t.Errorf("%q is not before %q", text, got)
			}
		}
	}
}
