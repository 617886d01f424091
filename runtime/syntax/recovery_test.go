package syntax_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/runtime/syntax"
)

// declared is a function that is declared at the top level.
type declared struct {
	name       string
	start, end int // of its declaration, up to its parameters
}

// outline returns the functions declared at the top level.
func outline(tree *syntax.Tree) (out []declared) {
	for s := range tree.Children(tree.First(tree.Root())) {
		if k := tree.Kind(s); k == syntax.FuncStat || k == syntax.LocalFunc {
			name, params := tree.First(s), tree.First(tree.Child(s, 1))
			out = append(out, declared{tree.Source(name), tree.Start(s), tree.End(params)})
		}
	}
	return out
}

// kept tells whether all functions of an outline are in that of an edited text, but
// for those whose declarations the edit of from to to touches.
func kept(before []declared, text string, from, to int) bool {
	var names []string
	for _, d := range outline(syntax.Parse(text)) {
		names = append(names, d.name)
	}
	for _, d := range before {
		if (from >= d.end || to <= d.start) && !slices.Contains(names, d.name) {
			return false
		}
	}
	return true
}

func TestOutlineSurvivesEdits(t *testing.T) {
	data, err := os.ReadFile("testdata/outline.lua")
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	tree := syntax.Parse(text)
	before := outline(tree)
	if len(before) != 12 || len(tree.Errors()) > 0 {
		t.Fatalf("%d functions, errors %v", len(before), tree.Errors())
	}
	check := func(what string, least float64, n int, edit func(i int) (edited string, from, to int)) {
		good := 0
		for i := range n {
			edited, from, to := edit(i)
			if kept(before, edited, from, to) {
				good++
			} else if testing.Verbose() {
				t.Logf("%s: lost near %q", what, text[max(0, from-30):min(len(text), to+20)])
			}
		}
		share := float64(good) / float64(n) * 100
		t.Logf("%s: kept in %.1f %% of %d cases", what, share, n)
		if share < least {
			t.Errorf("%s: kept in %.1f %%, wanted %.1f %%", what, share, least)
		}
	}
	tokens := tree.Tokens()
	check("one token deleted", 99.8, len(tokens)-1, func(i int) (string, int, int) {
		from, to := int(tokens[i].Start), int(tokens[i].End)
		return text[:from] + text[to:], from, to
	})
	lines := strings.SplitAfter(text, "\n")
	lines = lines[:len(lines)-1]
	for _, insert := range []struct {
		text  string
		least float64
	}{{"calc:", 100}, {"calc:execute({ in", 100}, {"if x then", 99.5}, {"function M.", 98}, {"local t = {", 98}, {"x = function()", 98}, {"for i = 1, ", 98}} {
		check("inserted "+insert.text, insert.least, len(lines), func(i int) (string, int, int) {
			head := strings.Join(lines[:i+1], "")
			at := len(head) - 1
			return text[:at] + " " + insert.text + text[at:], at, at
		})
		check("a line "+insert.text, insert.least, len(lines), func(i int) (string, int, int) {
			at := len(strings.Join(lines[:i+1], ""))
			indent := lines[i][:len(lines[i])-len(strings.TrimLeft(lines[i], " "))]
			return text[:at] + indent + insert.text + "\n" + text[at:], at, at
		})
	}
	check("a line deleted", 98, len(lines), func(i int) (string, int, int) {
		from := len(strings.Join(lines[:i], ""))
		return text[:from] + text[from+len(lines[i]):], from, from + len(lines[i])
	})
	// Without indentation there are only the keywords to go by.
	var flat strings.Builder
	for _, line := range lines {
		flat.WriteString(strings.TrimLeft(line, " "))
	}
	text = flat.String()
	tree = syntax.Parse(text)
	before, tokens = outline(tree), tree.Tokens()
	check("one token deleted without indentation", 95, len(tokens)-1, func(i int) (string, int, int) {
		from, to := int(tokens[i].Start), int(tokens[i].End)
		return text[:from] + text[to:], from, to
	})
	check("the rest deleted in the middle of a token", 100, len(tokens)-1, func(i int) (string, int, int) {
		from := int(tokens[i].Start+tokens[i].End) / 2
		return text[:from], from, len(text)
	})
}

// TestFewErrors: one edit makes few errors, or their list says nothing.
func TestFewErrors(t *testing.T) {
	data, err := os.ReadFile("testdata/outline.lua")
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	errors, most := 0, 0
	tokens := syntax.Parse(text).Tokens()
	for _, tok := range tokens[:len(tokens)-1] {
		n := len(syntax.Parse(text[:tok.Start] + text[tok.End:]).Errors())
		errors += n
		if most = max(most, n); n > 6 {
			t.Errorf("%d errors without %q at %d: %v", n, text[tok.Start:tok.End], tok.Start, syntax.Parse(text[:tok.Start]+text[tok.End:]).Errors())
		}
	}
	if mean := float64(errors) / float64(len(tokens)); mean > 1.2 {
		t.Errorf("%.2f errors on average, %d at most", mean, most)
	} else {
		t.Logf("%.2f errors on average, %d at most", mean, most)
	}
}
