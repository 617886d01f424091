package syntax_test

import (
	"testing"

	"github.com/llmspell/llmspell/runtime/syntax"
)

func seeds(f *testing.F, add func(text string)) {
	for _, text := range append(append([]string{}, broken...), right...) {
		add(text)
	}
	for _, text := range scripts(f) {
		add(text)
	}
}

// FuzzParse: any text has a tree that holds together, and compile's verdict.
func FuzzParse(f *testing.F) {
	seeds(f, func(text string) { f.Add(text) })
	f.Fuzz(func(t *testing.T, text string) {
		tree := syntax.Parse(text)
		checkTree(t, tree)
		if len(text) < 20_000 && !hasFileStart(text) {
			sameVerdict(t, text)
		}
	})
}

// hasFileStart tells whether a text begins with what only a file may begin with.
func hasFileStart(text string) bool {
	return len(text) > 0 && (text[0] == '#' || len(text) > 2 && text[:3] == "\uFEFF")
}

// FuzzParseAt: the marker is in the node that is returned, and nodes are found at
// every place.
func FuzzParseAt(f *testing.F) {
	seeds(f, func(text string) { f.Add(text, len(text)/2) })
	f.Fuzz(func(t *testing.T, text string, at int) {
		tree, n := syntax.ParseAt(text, at)
		checkTree(t, tree)
		at = max(min(at, len(text)), 0)
		first, end := tree.Range(n)
		if i := tree.TokenAt(at + 1); n == syntax.None || i < first || i >= end {
			if len(text) > 2 && at < 3 {
				return // in a byte order mark
			}
			t.Fatalf("the marker is in token %d, the node has tokens %d to %d\n%q", i, first, end, short(text))
		}
		m := tree.NodeAt(at)
		tree.CommentsAbove(m)
		tree.CommentBehind(m)
		tree.String(m)
		tree.StringBefore(m, at)
		tree.Number(m)
	})
}
