package lint

import (
	"fmt"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/catalog"
)

// TestDistance compares names of all lengths.
func TestDistance(t *testing.T) {
	long := strings.Repeat("name_", 20)
	for _, x := range []struct {
		a, b string
		most int
		want int
	}{
		{"", "", 2, 0}, {"a", "", 2, 1}, {"", "ab", 2, 2}, {"abc", "abc", 2, 0},
		{"abc", "abd", 2, 1}, {"abc", "abcd", 2, 1}, {"abcd", "acd", 2, 1}, {"abcd", "bacd", 2, 1}, {"abcd", "badc", 2, 2},
		{"execut", "execute", 2, 1}, {"kitten", "sitting", 5, 3}, {"abc", "abcdef", 2, 3}, {"ca", "abc", 3, 3},
		{long, long, 9, 0}, {long + "ab", long + "ba", 9, 1}, {"x" + long, long, 9, 1}, {long, long[:90], 9, 10},
		{long[:30] + "ab", long[:30] + "ba", 9, 1}, {long[:31], "_" + long[:31], 9, 1}, {long[:32], long[:31], 9, 1},
	} {
		if got := distance(x.a, x.b, x.most); got != x.want {
			t.Errorf("%q and %q: %d, want %d", x.a, x.b, got, x.want)
		}
		if got := distance(x.b, x.a, x.most); got != x.want {
			t.Errorf("%q and %q: %d, want %d", x.b, x.a, got, x.want)
		}
	}
}

// TestNearestOfMany misspells fields of large tables and of a small one by turns: each is
// compared with the fields of its own table. A field of another table of the file may be meant.
func TestNearestOfMany(t *testing.T) {
	const n = 2 * manyMembers
	text := "local left = {" + each(n, "Left@ = @, ") + "}\nlocal right = {" + each(n, "right@ = @, ") + "}\nlocal small = {only = 1}\n"
	var want []string
	for i := range n {
		text += fmt.Sprintf("print(left.lfet%d, left.right%d, right.rihgt%d, small.olny)\n", i, i, i)
		want = append(want, fmt.Sprintf("left has no field lfet%d; did you mean Left%d?", i, i),
			fmt.Sprintf("right has no field rihgt%d; did you mean right%d?", i, i), "small has no field olny; did you mean only?")
	}
	f := analysis.NewFile("file:///a.lua", "", 1, text)
	var got []string
	for _, x := range Check(t.Context(), analysis.NewSnapshot(nil, catalog.Builtin()).WithFile(f), f) {
		got = append(got, x.Message)
	}
	if a, b := strings.Join(got, "\n"), strings.Join(want, "\n"); a != b {
		t.Errorf("%s\n\nwant\n%s", a, b)
	}
}
