package syntax_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime/compile"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// cursor takes the | out of a text and returns where it stood.
func cursor(t testing.TB, text string) (string, int) {
	t.Helper()
	at := strings.IndexByte(text, '|')
	if at < 0 {
		t.Fatalf("no cursor in %q", text)
	}
	return text[:at] + text[at+1:], at
}

func TestNodeAt(t *testing.T) {
	for _, c := range []struct{ text, kind, source string }{
		{"fo|o(bar)", "", "foo"}, {"foo|(bar)", "", "foo"}, {"|foo(bar)", "", "foo"}, {"foo(|bar)", "", "bar"}, {"foo(bar|)", "", "bar"},
		{"foo(|)", "Args", "()"}, {"x = |1", "", "1"}, {"x |= 1", "Assign", "x = 1"}, {"x = 'a|b'", "", "'ab'"}, {"f('a'|)", "", "'a'"}, {"f(|'a')", "", "'a'"},
		{"a.|", "?", ""}, {"a.|b", "", "b"}, {"a.b|.c = 1", "", "b"}, {"a:|", "?", ""}, {"f(1,|)", "?", ""}, {"x = |", "Chunk", "x = "}, {"x =|", "?", ""},
		{"a|, b = 1", "", "a"}, {"a+|b()", "", "b"}, {"x = a|+b", "", "a"}, {"local function f()\n|\nend", "Body", "()\n\nend"},
		{"if x then -- here |\nend", "Block", "-- here "}, {"|", "Chunk", ""}, {"  |  ", "Chunk", ""}, {"x = {| }", "Table", "{ }"}, {"x = { a = 1, | }", "Table", "{ a = 1,  }"},
		{"return not |x", "", "x"}, {"x = not| y", "unary ", "not y"}, {"do x() |end", "Do", "do x() end"}, {"goto a|", "", "a"}, {"::a|::", "", "a"}, {"x = 1 |@ y = 2", "Block", "x = 1 @ y = 2"},
	} {
		text, at := cursor(t, c.text)
		tree := syntax.Parse(text)
		n := tree.NodeAt(at)
		if got := kindNames[tree.Kind(n)]; got != c.kind || tree.Source(n) != c.source {
			t.Errorf("%q: %s %q, not %s %q", c.text, got, tree.Source(n), c.kind, c.source)
		}
	}
}

func TestTokenAt(t *testing.T) {
	for text, want := range map[string]string{
		"fo|o(bar)": "foo", "foo|(bar)": "foo", "foo(|bar)": "bar", "foo(|)": "(", "x |= 1": "=", "x  |  = 1": "", "|": "", "x = 1| ": "1", "x = 'a'|)": "'a'",
		"-- a| b": "-- a b", "-- a b|\nx()": "-- a b", "x()|": ")", "a|.b": "a", "a.|b": "b", "x =| ": "=", "not|(x)": "not", "y = #|x": "x",
	} {
		text, at := cursor(t, text)
		tree := syntax.Parse(text)
		got := ""
		if i := tree.TokenAt(at); i >= 0 {
			got = tree.TokenText(i)
		}
		if got != want {
			t.Errorf("%q at %d: %q, not %q", text, at, got, want)
		}
	}
}

// TestNodeAtIsTheDeepest compares NodeAt with a look at all nodes.
func TestNodeAtIsTheDeepest(t *testing.T) {
	texts := append(append([]string{}, broken...), right...)
	texts = append(texts, generated(1))
	for _, text := range texts {
		tree := syntax.Parse(text)
		for at := 0; at <= len(text); at++ {
			n := tree.NodeAt(at)
			if n != tree.Root() && (tree.Start(n) > at || tree.End(n) < at) {
				t.Fatalf("%q at %d: node %d to %d", text, at, tree.Start(n), tree.End(n))
			}
			for c := range tree.Children(n) {
				if k := tree.Kind(c); tree.Start(c) < at && at < tree.End(c) {
					t.Fatalf("%q at %d: %s is deeper", text, at, kindNames[k])
				}
			}
			for m := syntax.Node(1); int(m) < tree.Len(); m++ {
				if tree.Kind(m) == syntax.Name && tree.End(m) == at && tree.Kind(n) != syntax.Missing && n != m {
					t.Fatalf("%q at %d: %s %q, but %q ends there", text, at, kindNames[tree.Kind(n)], tree.Source(n), tree.Source(m))
				}
			}
		}
	}
}

func TestParseAt(t *testing.T) {
	for _, c := range []struct{ text, kind, parent, value string }{
		{"calc:execute({in|", "", "Pos", "in*"},
		{"calc:execute({end|})", "", "Pos", "end*"},
		{"calc:execute({in|put = 1})", "", "Field", "in*put"},
		{"calc:execute({ operation = 'x', | })", "", "Pos", "*"},
		{"calc:|", "", "Method", "*"},
		{"calc.|\nfoo()", "", "Index", "*"},
		{"x = |", "", "Exprs", "*"},
		{"|", "", "Bad", "*"},
		{"local |", "", "Names", "*"},
		{"Tool.get(\"calc|\")", "String", "Args", "\"calc*\""},
		{"Tool.get(\"calc|", "String", "Args", "\"calc*"},
		{"Tool.get('|)", "String", "Args", "'*)"},
		{"Tool.get[[|]]", "String", "Args", "[[*]]"},
		{"f(a, |)", "", "Args", "*"},
		{"goto |", "", "Goto", "*"},
		{"x = 12|", "Number", "Exprs", "12*"},
		{"-- a |b\nx()", "Block", "Chunk", "-- a *b\nx()"},
		{"function M.|\nlocal x", "", "Index", "*"},
		{"for |", "", "Names", "*"},
		{"if x then |", "", "Bad", "*"},
		{"x = a and |", "", "and", "*"},
	} {
		text, at := cursor(t, c.text)
		tree, n := syntax.ParseAt(text, at)
		checkTree(t, tree)
		kind, parent := kindNames[tree.Kind(n)], kindNames[tree.Kind(tree.Parent(n))]
		if tree.Kind(n) == syntax.String {
			kind = "String"
		} else if tree.Kind(n) == syntax.Number {
			kind = "Number"
		}
		if tree.Kind(tree.Parent(n)) == syntax.Binary {
			parent = tree.TokenText(tree.Token(tree.Parent(n)))
		}
		if got := strings.Replace(tree.Source(n), syntax.Marker, "*", 1); kind != c.kind || parent != c.parent || got != c.value {
			t.Errorf("%q: %s %q in %s, not %s %q in %s", c.text, kind, got, parent, c.kind, c.value, c.parent)
		}
	}
	if tree, n := syntax.ParseAt("x = 1", 99); tree.Source(n) != "1"+syntax.Marker {
		t.Errorf("behind the end: %q", tree.Source(n))
	}
}

// TestMarkerAfterKeywords: a keyword that is being typed is a name, wherever a name can be.
func TestMarkerAfterKeywords(t *testing.T) {
	for word := syntax.And; word <= syntax.While; word++ {
		for i := range len(word.String()) + 1 {
			part := word.String()[:i]
			for _, text := range []string{"calc:execute({%s|", "calc:execute({ %s| })", "x = t.%s|\ny = 1", "f(%s|)", "local a = %s|\nlocal b"} {
				text, at := cursor(t, fmt.Sprintf(text, part))
				tree, n := syntax.ParseAt(text, at)
				if tree.Kind(n) != syntax.Name || tree.NameOf(n) != part+syntax.Marker {
					t.Errorf("%q: %s", text, dump(tree, tree.Root()))
				}
			}
		}
	}
}

func TestStrings(t *testing.T) {
	for _, source := range []string{
		`'a'`, `"a'b"`, `'\n\t\\\''`, `'\65\066\0'`, `'\x41\xg'`, `'\z   b'`, "'a\\\nb'", "'a\\\r\nb'", `'\u{48}\u{1F600}\u{}\u{zz}\u{FFFFFFFFFF}'`, "[[a]]", "[==[\na]]\r\nb\rc\n\rd]==]", "[[\r\n\r\n]]", "[[]]", "''", `'\é'`, `'é'`, "'\xff'", `'\9a'`,
	} {
		tree := syntax.Parse("x = " + source)
		n := tree.First(tree.Child(tree.Child(tree.First(tree.Root()), 0), 1))
		got, ok := tree.String(n)
		c, err := compile.Compile("return "+source, "=src", env)
		if err != nil || !ok {
			t.Fatalf("%q: %v", source, err)
		}
		want := ""
		for _, k := range c.Main().Proto.Constants {
			if s, ok := k.(lua.LString); ok {
				want = string(s)
			}
		}
		if got != want {
			t.Errorf("%q is %q, not %q", source, got, want)
		}
		q, _ := tree.Quote(n)
		if !q.Closed || q.Open+tree.Text()[q.Start:q.End]+q.Close() != source || q.Long() != (source[0] == '[') {
			t.Errorf("%q: %+v", source, q)
		}
		if tree.StringBefore(n, q.End) != want || tree.StringBefore(n, 0) != "" {
			t.Errorf("%q: its parts are %q and %q", source, tree.StringBefore(n, q.End), tree.StringBefore(n, 0))
		}
	}
	for source, want := range map[string]string{`'ab`: "ab", `"`: "", `[[ab`: "ab", "[==[\na": "a", `'a\`: "a", "'a\ny": "a", `'\6`: "\x06"} {
		tree := syntax.Parse("x = " + source)
		n := tree.NodeAt(4)
		got, ok := tree.String(n)
		if q, _ := tree.Quote(n); got != want || !ok || q.Closed {
			t.Errorf("%q: %q, %v, %+v", source, got, ok, q)
		}
	}
	tree := syntax.Parse(`x = "a\65b"`)
	n := tree.NodeAt(5)
	for at, want := range map[int]string{5: "", 6: "a", 9: "aA", 10: "aAb", 99: "aAb"} {
		if got := tree.StringBefore(n, at); got != want {
			t.Errorf("before %d: %q, not %q", at, got, want)
		}
	}
	if _, ok := tree.String(tree.Root()); ok {
		t.Error("a Chunk is a string")
	}
}

func TestNumbers(t *testing.T) {
	for source, want := range map[string]float64{"1": 1, "1.5": 1.5, ".5": .5, "5.": 5, "1e3": 1000, "1E-2": .01, "0xff": 255, "0x1p4": 16, "1e999": math.Inf(1), "0x10000000000000000": 1 << 64} {
		tree := syntax.Parse("return " + source)
		n := tree.NodeAt(7)
		if got, ok := tree.Number(n); !ok || got != want || len(tree.Errors()) > 0 {
			t.Errorf("%q: %v, %v, %v", source, got, ok, tree.Errors())
		}
	}
	for _, source := range []string{"1e", "0x", "3x", "1..2", "0x_1", "1_000"} {
		tree := syntax.Parse("return " + source)
		if _, ok := tree.Number(tree.NodeAt(7)); ok || len(tree.Errors()) == 0 {
			t.Errorf("%q is a number", source)
		}
	}
}

func TestComments(t *testing.T) {
	const text = `-- head

--- doc of f
-- second
local function f() -- behind f's head
  -- in f
  local x = 1 --[[ behind x ]]
  -- above y

  local y = 2; -- behind y
  return { a = 1, -- behind a
    b = 2 } -- last
end -- behind f
x() -- behind x()
y()
`
	tree := syntax.Parse(text)
	body := tree.First(tree.Root())
	f := tree.Child(body, 0)
	inner := tree.Child(tree.Child(f, 1), 1)
	table := tree.First(tree.First(tree.Child(inner, 2)))
	for _, c := range []struct {
		n             syntax.Node
		above, behind string
	}{
		{f, "--- doc of f -- second", "-- behind f"},
		{tree.Child(inner, 0), "-- in f", "--[[ behind x ]]"},
		{tree.Child(inner, 1), "", "-- behind y"},
		{tree.Child(inner, 2), "", "-- last"},
		{tree.Child(table, 0), "", "-- behind a"},
		{tree.Child(table, 1), "", ""},
		{tree.Child(body, 1), "", "-- behind x()"},
		{tree.Child(body, 2), "", ""},
		{tree.Root(), "", ""},
		{syntax.None, "", ""},
	} {
		first, end := tree.CommentsAbove(c.n)
		var above []string
		for i := first; i < end; i++ {
			above = append(above, tree.TokenText(i))
		}
		behind := ""
		if i := tree.CommentBehind(c.n); i >= 0 {
			behind = tree.TokenText(i)
		}
		if strings.Join(above, " ") != c.above || behind != c.behind {
			t.Errorf("%s: above %q, behind %q", tree.Source(c.n), above, behind)
		}
	}
}

func TestClosed(t *testing.T) {
	for text, want := range map[string]bool{
		"-- a": false, "--[[ a ]]": true, "--[==[ a ]]": false, "--[==[ a ]==]": true, "--[= a": false, "--[": false, "--": false, "#!x": false,
		"x = 'a'": true, "x = 'a": false, "x = [[a": false, "x = [[a]]": true, "x": false,
	} {
		tree := syntax.Parse(text)
		if i := len(tree.Tokens()) - 2; tree.Closed(i) != want {
			t.Errorf("%q: %v", text, !want)
		}
	}
	tree := syntax.Parse("f 'a\\65' x")
	if tree.TokenString(1) != "aA" || tree.TokenString(2) != "" {
		t.Errorf("%q, %q", tree.TokenString(1), tree.TokenString(2))
	}
}

// TestNoneIsHarmless: all methods take None.
func TestNoneIsHarmless(t *testing.T) {
	tree := syntax.Parse("x = 'a' -- b")
	n := syntax.None
	_, str := tree.String(n)
	_, num := tree.Number(n)
	if tree.Source(n) != "" || tree.NameOf(n) != "" || str || num || tree.StringBefore(n, 3) != "" || tree.First(n) != n || tree.Next(n) != n || tree.Child(n, 2) != n {
		t.Error("None has something")
	}
}
