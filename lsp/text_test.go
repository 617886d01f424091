package lsp

import (
	"slices"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/runtime/syntax"
)

// FuzzQuoted writes a text between quotes: it is the string's value.
func FuzzQuoted(f *testing.F) {
	f.Add("a\"b", true)
	f.Add("'\\\n\r\x001\xff", false)
	f.Fuzz(func(t *testing.T, text string, double bool) {
		q := syntax.Quote{Open: "'", Closed: true}
		if double {
			q.Open = `"`
		}
		written, ok := quoted(q, text)
		if !ok {
			t.Fatalf("%q cannot be quoted", text)
		}
		tree := syntax.Parse("return " + q.Open + written + q.Open)
		value, _ := tree.String(tree.NodeAt(len("return ") + 1))
		if value != text || len(tree.Errors()) > 0 {
			t.Errorf("%q is written %q, which is %q, %v", text, written, value, tree.Errors())
		}
	})
}

// FuzzAddress looks for addresses: each is one, and all lie in the text.
func FuzzAddress(f *testing.F) {
	f.Add("see http://a.b/c, https://d. ftp://e http://")
	f.Add("(https://x.y/(z))://://😀")
	f.Fuzz(func(t *testing.T, text string) {
		for at := 0; ; {
			start, end := address(text[at:])
			if start < 0 {
				break
			}
			if end <= start || at+end > len(text) || !strings.HasPrefix(text[at+start:at+end], "http") {
				t.Fatalf("%d to %d of %q", at+start, at+end, text)
			}
			at += end
		}
	})
}

// FuzzTokenEdits makes one list of tokens of another.
func FuzzTokenEdits(f *testing.F) {
	f.Add([]byte("aabbc"), []byte("aabcc"))
	f.Add([]byte(""), []byte("a"))
	f.Fuzz(func(t *testing.T, a, b []byte) {
		list := func(of []byte) (out []uint32) {
			for _, x := range of {
				out = append(out, uint32(x), 1, 2, 3, 4)
			}
			return out
		}
		before, after := list(a), list(b)
		have := before
		for _, e := range tokenEdits(before, after) {
			have = slices.Concat(have[:e.Start], e.Data, have[e.Start+e.DeleteCount:])
		}
		if !slices.Equal(have, after) {
			t.Errorf("%v to %v leads to %v", before, after, have)
		}
	})
}

// TestFuzzy says which names fit a query better.
func TestFuzzy(t *testing.T) {
	for _, c := range []struct{ query, better, worse string }{
		{"get", "get", "getter"}, {"get", "getter", "Getter"}, {"gn", "get_name", "again"}, {"name", "get_name", "n_a_m_e_s"}, {"un", "UserName", "rerun"},
	} {
		a, ok := fuzzy(c.query, c.better)
		b, also := fuzzy(c.query, c.worse)
		if !ok || !also || a <= b {
			t.Errorf("%s: %s %d, %s %d", c.query, c.better, a, c.worse, b)
		}
	}
	if _, ok := fuzzy("abc", "acb"); ok {
		t.Error("the order counts for nothing")
	}
}
