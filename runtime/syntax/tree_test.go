package syntax_test

import (
	"strings"
	"testing"

	"github.com/llmspell/llmspell/runtime/syntax"
)

// checkTree fails the test if a tree does not hold together.
func checkTree(t testing.TB, tree *syntax.Tree) {
	t.Helper()
	text := tree.Text()
	// Tokens and gaps are the text.
	at := 0
	for i, tok := range tree.Tokens() {
		gap := text[at:tok.Start]
		if i == 0 {
			gap = strings.TrimPrefix(gap, "\uFEFF")
		}
		if strings.Trim(gap, " \t\r\n\v\f") != "" {
			t.Fatalf("%q is in no token\n%q", gap, short(text))
		}
		if last := i == len(tree.Tokens())-1; (tok.Kind == syntax.EOF) != last || tok.End < tok.Start || !last && tok.End == tok.Start {
			t.Fatalf("token %d is %v\n%q", i, tok, short(text))
		}
		at = int(tok.End)
	}
	if at != len(text) {
		t.Fatalf("the tokens end at %d, the text at %d", at, len(text))
	}
	// Nodes are numbered in the order of the text, and lie in each other.
	seen := 0
	var visit func(n syntax.Node)
	visit = func(n syntax.Node) {
		seen++
		if int(n) != seen {
			t.Fatalf("node %d is visited as number %d\n%q", n, seen, short(text))
		}
		first, end := tree.Range(n)
		if tree.Start(n) > tree.End(n) || first > end || end > len(tree.Tokens()) {
			t.Fatalf("node %d (%s) is %d to %d, tokens %d to %d\n%q", n, kindNames[tree.Kind(n)], tree.Start(n), tree.End(n), first, end, short(text))
		}
		if tok := tree.Token(n); tok < first && tok != -1 || tok >= end || first < end && tok < 0 && tree.Kind(n) != syntax.Missing {
			t.Fatalf("the token of node %d (%s) is %d, not one of %d to %d\n%q", n, kindNames[tree.Kind(n)], tok, first, end, short(text))
		}
		if tree.Kind(n) == syntax.Invalid || tree.Kind(n) == syntax.Missing && first != end {
			t.Fatalf("node %d is of kind %d, tokens %d to %d", n, tree.Kind(n), first, end)
		}
		pos, token := tree.Start(n), first
		for c := range tree.Children(n) {
			cf, ce := tree.Range(c)
			if tree.Parent(c) != n {
				t.Fatalf("the parent of node %d is %d, not %d", c, tree.Parent(c), n)
			}
			if tree.Start(c) < pos || tree.End(c) > tree.End(n) || cf < token || ce > end {
				t.Fatalf("node %d (%s: %d to %d) is not in its place in node %d (%s: %d to %d)\n%q", c, kindNames[tree.Kind(c)], tree.Start(c), tree.End(c),
					n, kindNames[tree.Kind(n)], tree.Start(n), tree.End(n), short(text))
			}
			pos, token = tree.End(c), ce
			visit(c)
		}
		checkChildren(t, tree, n)
	}
	visit(tree.Root())
	if seen != tree.Len()-1 {
		t.Fatalf("%d of %d nodes are in the tree", seen, tree.Len()-1)
	}
	at = 0
	for _, e := range tree.Errors() {
		if e.Start < at || e.End < e.Start || e.End > len(text) || e.Message == "" {
			t.Fatalf("error %+v after %d\n%q", e, at, short(text))
		}
		at = e.Start
	}
}

// shapes are the kinds of children: * is any number, ? one or none, E an expression.
var shapes = map[syntax.Kind]string{
	syntax.Chunk: "Block", syntax.Block: "S*", syntax.LocalStat: "Names Exprs?", syntax.LocalFunc: "Name Body", syntax.FuncStat: "Target Body",
	syntax.AssignStat: "Exprs Exprs", syntax.CallStat: "Call", syntax.DoStat: "Block", syntax.WhileStat: "E Block", syntax.RepeatStat: "Block E",
	syntax.IfStat: "Clause ElseIf* Else?", syntax.IfClause: "E Block", syntax.ElseIfClause: "E Block", syntax.ElseClause: "Block",
	syntax.NumericFor: "Name E E E? Block", syntax.GenericFor: "Names Exprs Block", syntax.ReturnStat: "Exprs?", syntax.BreakStat: "",
	syntax.GotoStat: "Name", syntax.LabelStat: "Name", syntax.BadStat: "E?", syntax.NameList: "Name*", syntax.ExprList: "E*",
	syntax.FuncBody: "Params Block", syntax.Params: "Name* ...?", syntax.Function: "Body", syntax.Index: "E Name", syntax.IndexKey: "E E",
	syntax.Method: "E Name", syntax.Call: "E Args", syntax.Args: "E*", syntax.Table: "Field*", syntax.PosField: "E", syntax.NameField: "Name E",
	syntax.KeyField: "E E", syntax.Binary: "E E", syntax.Unary: "E", syntax.Paren: "E",
}

func fits(tree *syntax.Tree, n syntax.Node, want string) bool {
	k := tree.Kind(n)
	switch want {
	case "E":
		return k == syntax.Method && tree.Kind(tree.Parent(n)) == syntax.Call && tree.First(tree.Parent(n)) == n ||
			k >= syntax.Name && k <= syntax.Index || k == syntax.IndexKey || k == syntax.Call || k == syntax.Table ||
			k == syntax.Binary || k == syntax.Unary || k == syntax.Paren || k == syntax.Missing
	case "S":
		return k >= syntax.LocalStat && k <= syntax.BadStat && k != syntax.IfClause && k != syntax.ElseIfClause && k != syntax.ElseClause
	case "Name":
		return k == syntax.Name || k == syntax.Missing
	case "Args":
		return k == syntax.Args || k == syntax.Missing
	case "Field":
		return k == syntax.PosField || k == syntax.NameField || k == syntax.KeyField
	case "Target":
		return k == syntax.Name || k == syntax.Missing || k == syntax.Index || k == syntax.Method
	}
	return kindNames[k] == want
}

// checkChildren fails the test if the children of n are not those that its kind has.
func checkChildren(t testing.TB, tree *syntax.Tree, n syntax.Node) {
	t.Helper()
	c := tree.First(n)
	for _, want := range strings.Fields(shapes[tree.Kind(n)]) {
		many, optional := strings.HasSuffix(want, "*"), strings.HasSuffix(want, "?")
		want = strings.TrimRight(want, "*?")
		if want == "" {
			want = "..."
		}
		switch {
		case many:
			for c != syntax.None && fits(tree, c, want) {
				c = tree.Next(c)
			}
		case c != syntax.None && fits(tree, c, want):
			c = tree.Next(c)
		case !optional:
			t.Fatalf("no %s in %s\n%q", want, dump(tree, n), short(tree.Text()))
		}
	}
	if c != syntax.None {
		t.Fatalf("%s has no place in %s\n%q", dump(tree, c), dump(tree, n), short(tree.Text()))
	}
}

func TestTreesHoldTogether(t *testing.T) {
	for _, text := range append(append([]string{}, broken...), right...) {
		checkTree(t, syntax.Parse(text))
		for i := range len(text) {
			checkTree(t, syntax.Parse(text[i:]))
		}
	}
	for _, text := range scripts(t) {
		checkTree(t, syntax.Parse(text))
	}
	for seed := range int64(50) {
		checkTree(t, syntax.Parse(generated(seed)))
	}
}

func TestTrees(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", ""},
		{"x = 1", "Assign(Exprs( x), Exprs( 1))"},
		{"a, b.c, d[1] = f()", "Assign(Exprs( a, Index( b,  c), IndexKey( d,  1)), Exprs(Call( f, Args)))"},
		{"a:b(c).d 'e' {}", "CallStat(Call(Call(Index(Call(Method( a,  b), Args( c)),  d), Args( 'e')), Args(Table)))"},
		{"x = 1 + 2 * 3 .. 4 .. -5 ^ 6", "Assign(Exprs( x), Exprs(..(+( 1, *( 2,  3)), ..( 4, unary -(^( 5,  6))))))"},
		{"x = not a == b and c or (d)", "Assign(Exprs( x), Exprs(or(and(==(unary not( a),  b),  c), Paren( d))))"},
		{"local x, y = ...", "Local(Names( x,  y), Exprs(...))"},
		{"local x", "Local(Names( x))"},
		{"local function f(a, ...) return end", "LocalFunc( f, Body(Params( a, ...), Block(Return)))"},
		{"function a.b:c() end", "Func(Method(Index( a,  b),  c), Body(Params, Block))"},
		{"for i = 1, 2 do end for i = 1, 2, 3 do end", "NumericFor( i,  1,  2, Block), NumericFor( i,  1,  2,  3, Block)"},
		{"for k, v in next, t do break end", "GenericFor(Names( k,  v), Exprs( next,  t), Block(Break))"},
		{"if a then elseif b then else x() end", "If(Clause( a, Block), ElseIf( b, Block), Else(Block(CallStat(Call( x, Args)))))"},
		{"repeat local x until x while y do end do end", "Repeat(Block(Local(Names( x))),  x), While( y, Block), Do(Block)"},
		{"x = {1, a = 2; [3] = 4}", "Assign(Exprs( x), Exprs(Table(Pos( 1), Field( a,  2), Key( 3,  4))))"},
		{"goto a ::a::", "Goto( a), Label( a)"},
		{"return function() end, nil, true, false", "Return(Exprs(Function(Body(Params, Block)), nil, true, false))"},
		// What is missing keeps its place.
		{"calc.\nlocal x", "Bad(Index( calc, ?)), Local(Names( x))"},
		{"calc:\nlocal x", "CallStat(Call(Method( calc, ?), ?)), Local(Names( x))"},
		{"calc:\nfoo.bar()", "CallStat(Call(Method( calc, ?), ?)), CallStat(Call(Index( foo,  bar), Args))"},
		{"x = calc:get\nlocal y", "Assign(Exprs( x), Exprs(Call(Method( calc,  get), ?))), Local(Names( y))"},
		{"x =\ny = 1", "Assign(Exprs( x), Exprs(?)), Assign(Exprs( y), Exprs( 1))"},
		{"x =\nfunction f() end", "Assign(Exprs( x), Exprs(?)), Func( f, Body(Params, Block))"},
		{"f(a,\nlocal y", "CallStat(Call( f, Args( a, ?))), Local(Names( y))"},
		{"f(a b)", "CallStat(Call( f, Args( a,  b)))"},
		{"f(a = 1, b)", "CallStat(Call( f, Args( a,  1,  b)))"},
		{"x = {a = 1\n b = 2\n c\n}", "Assign(Exprs( x), Exprs(Table(Field( a,  1), Field( b,  2), Pos( c))))"},
		{"x = {a = 1\nfoo()", "Assign(Exprs( x), Exprs(Table(Field( a,  1)))), CallStat(Call( foo, Args))"},
		{"x = {end = 1, in = 2}", "Assign(Exprs( x), Exprs(Table(Field(?,  1), Field(?,  2))))"},
		{"x = {,1}", "Assign(Exprs( x), Exprs(Table(Pos(?), Pos( 1))))"},
		{"a.end = 1", "Assign(Exprs(Index( a, ?)), Exprs( 1))"},
		{"if x\n y() end", "If(Clause( x, Block(CallStat(Call( y, Args)))))"},
		{"if x = 1 then y() end", "If(Clause( x, Block(CallStat(Call( y, Args)))))"},
		{"if then y() end", "If(Clause(?, Block(CallStat(Call( y, Args)))))"},
		{"x and y then z() end", "If(Clause(and( x,  y), Block(CallStat(Call( z, Args)))))"},
		{"x == ", "Bad(==( x, ?))"},
		{"for k, v pairs(t) do end", "GenericFor(Names( k,  v), Exprs(Call( pairs, Args( t))), Block)"},
		{"for i = 1 do end", "NumericFor( i,  1, ?, Block)"},
		{"for", "GenericFor(Names(?), Exprs(?), Block)"},
		{"local", "Local(Names(?))"},
		{"local x <const> = 1", "Local(Names( x), Exprs( 1))"},
		{"function", "Func(?, Body(Params, Block))"},
		{"function f a, b) end", "Func( f, Body(Params( a,  b), Block))"},
		{"x = 1 + + 2", "Assign(Exprs( x), Exprs(+(+( 1, ?),  2)))"},
		{"foo bar(1)", "Bad( foo), CallStat(Call( bar, Args( 1)))"},
		{"a, = 1", "Assign(Exprs( a, ?), Exprs( 1))"},
		{"a, b", "Assign(Exprs( a,  b), Exprs(?))"},
		{"return return 1", "Return, Return(Exprs( 1))"},
		{"end x()", "Bad, CallStat(Call( x, Args))"},
		{"do until y end x()", "Do(Block(Bad( y))), CallStat(Call( x, Args))"},
		{"x = 'a\ny = 2", "Assign(Exprs( x), Exprs( 'a)), Assign(Exprs( y), Exprs( 2))"},
		{"x = 1 @ y = 2", "Assign(Exprs( x), Exprs( 1)), Assign(Exprs( y), Exprs( 2))"},
		// Where the indentation says more than the keywords.
		{"function f()\n  if x then\nend\nfunction g()\nend\n", "Func( f, Body(Params, Block(If(Clause( x, Block))))), Func( g, Body(Params, Block))"},
		{"function f()\n  x()\n  end\n  y()\nend\nfunction g()\nend\n",
			"Func( f, Body(Params, Block(CallStat(Call( x, Args)), Bad, CallStat(Call( y, Args))))), Func( g, Body(Params, Block))"},
		{"function f()\n  x()\nfunction g()\nend\n", "Func( f, Body(Params, Block(CallStat(Call( x, Args))))), Func( g, Body(Params, Block))"},
	} {
		tree := syntax.Parse(c.text)
		checkTree(t, tree)
		got := dump(tree, tree.Child(tree.Root(), 0))
		if got = strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(got, "Block"), "("), ")"); got != c.want {
			t.Errorf("%q:\n got %s\nwant %s", c.text, got, c.want)
		}
	}
}

func TestOneErrorForEachPlace(t *testing.T) {
	for _, text := range broken {
		tree := syntax.Parse(text)
		at := map[int]string{}
		for _, e := range tree.Errors() {
			if other, ok := at[e.Start]; ok {
				t.Errorf("%q: %q and %q at %d", text, other, e.Message, e.Start)
			}
			at[e.Start] = e.Message
		}
	}
	for _, c := range []struct {
		text string
		n    int
	}{
		{"local t = {\n  a = 1\n  b = 2\n}\n", 1},
		{"foo bar baz qux\n", 1},
		{"x = )\ny = 1\nz = )\n", 2},
		{"f(function()\n  x()\nlocal y\n", 1},
		{"local x = 1 // 2 // 3\n", 2},
		{"print('a\nprint('b\n", 2},
		{"function f()\n  if x then\n    y()\nend\n\nfunction g()\n  z()\nend\n", 1},
	} {
		if e := syntax.Parse(c.text).Errors(); len(e) != c.n {
			t.Errorf("%q: %d errors, not %d: %v", c.text, len(e), c.n, e)
		}
	}
}

// TestMessagesAreThoseOfCompile: the first error has the words of runtime/compile, and
// its line.
func TestMessagesAreThoseOfCompile(t *testing.T) {
	other := map[string]bool{ // sources for which something better can be said
		"while x do\ny()\n": true, "repeat\nx()\n": true, "do\n\nx()\n": true, // by indentation
		"function !0000": true, "function !end": true, "for 1": true, "x =\ny = 2": true, "return\nx = 1 y": true, "break": true, "do break end": true, "x = {\na = 1\nb = 2\n}": true,
		"function f() break end while true do function g() break end end": true, "return return": true, "a:\nb.c()": true, "x = a.\nb = 1": true,
		"x = @": true, "x = $": true, "x = ?": true, "x = `a`": true, "x = !y": true, "x = 3x": true, "\x00": true, "x = \x80": true, "x = \x01": true, "é = 1": true,
	}
	for _, text := range broken {
		err := compiled(t, text)
		if err == nil || strings.Contains(text, "::") || strings.Contains(text, "goto") || other[text] {
			continue
		}
		e := syntax.Parse(text).Errors()[0]
		want := strings.ReplaceAll(err.Message, "'<name>' expected", "<name> expected")
		if got := strings.ReplaceAll(e.Message, "'<name>' expected", "<name> expected"); got != want && !strings.HasPrefix(got, want+" near") {
			t.Errorf("%q:\n got %q\nwant %q", text, got, want)
		}
	}
}

func TestDepth(t *testing.T) {
	deep, long := 20_000, 100_000
	if raceDetector {
		deep, long = 2_000, 10_000
	}
	for _, unit := range [][2]string{
		{"(", ")"}, {"{", "}"}, {"f(", ")"}, {"- ", ""}, {"not ", ""}, {"2^", ""}, {"'a' .. ", ""}, {"function() return ", " end"}, {"a[", "]"}, {"{[1]=", "}"}, {"{x=", "}"},
	} {
		for _, n := range []int{150, 199, 200, 201, 400, deep} {
			text := "x = " + strings.Repeat(unit[0], n) + "1" + strings.Repeat(unit[1], n)
			if n <= 400 {
				sameVerdict(t, text)
			}
			tree := syntax.Parse(text)
			checkTree(t, tree)
			checkTree(t, syntax.Parse("x = "+strings.Repeat(unit[0], n)))
			if n > 400 && (len(tree.Errors()) == 0 || tree.Errors()[0].Message != "chunk has too many syntax levels") {
				t.Errorf("%q × %d: %v", unit[0], n, tree.Errors())
			}
		}
	}
	for _, unit := range []string{"if x then ", "do ", "while x do ", "repeat ", "function f() ", "for i = 1, 2 do ", "local function f(", "x = {f(function() ", "else ", "end ", "until ", "elseif x then "} {
		for _, n := range []int{300, deep / 2} {
			checkTree(t, syntax.Parse(strings.Repeat(unit, n)))
			checkTree(t, syntax.Parse(strings.Repeat(unit+"\n", n)))
		}
	}
	for _, text := range []string{"x = 1" + strings.Repeat(" + 1", long), "a" + strings.Repeat(".b", long) + " = 1", "f" + strings.Repeat("()", long/2)} {
		if e := syntax.Parse(text).Errors(); len(e) > 0 {
			t.Errorf("%.20q…: %v", text, e)
		}
	}
}
