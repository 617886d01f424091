package catalog_test

import (
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	kernel "github.com/llmspell/llmspell/kernel/options"
	"github.com/llmspell/llmspell/lsp/catalog"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

// TestMessagesAreTheRuntimes calls each tool with many wrong parameters in a real
// kernel. The first problem is what it answers, and there is none where it answers
// nothing.
func TestMessagesAreTheRuntimes(t *testing.T) {
	wrong, right, seen := 0, 0, map[catalog.Code]int{}
	everyTool(t, func(t *testing.T, c *catalog.Catalog, d *tool.Descriptor) {
		s := spoiler{rand.New(rand.NewPCG(1, 2))}
		const cases = 100
		tables, calls := make([]*catalog.LiteralTable, cases), make([]string, cases)
		for i := range tables {
			params := map[string]any{}
			if len(d.Examples) > 0 && s.IntN(8) > 0 {
				params = pick(s, d.Examples).Params
			}
			tables[i] = table(params).(*catalog.LiteralTable)
			for range s.IntN(4) {
				s.spoil(tables[i], d.Parameters)
			}
			calls[i] = luaText(d.Name) + ", " + luaText(tables[i])
		}
		for i, want := range answers(t, calls) {
			problems := catalog.CheckCall(c.Tool(d.Name), tables[i])
			got := ""
			if len(problems) > 0 && !needed(problems[0].Message) { // TestNeededIsMissing is about those
				got = problems[0].Message
				wrong++
			} else {
				right++
			}
			if got != want {
				t.Errorf("%s\nproblem %s\nruntime %s", calls[i], got, want)
			}
			for _, p := range problems {
				seen[p.Code]++
				leads(t, tables[i], p)
			}
		}
	})
	t.Logf("%d wrong calls, %d right ones, %v", wrong, right, seen)
	if wrong < 2500 || right < 1000 {
		t.Errorf("%d wrong and %d right calls are too few", wrong, right)
	}
}

// leads tests that a problem is about an entry that is there.
func leads(t *testing.T, table *catalog.LiteralTable, p catalog.Problem) {
	t.Helper()
	for i, at := range p.At {
		if table == nil || at >= len(table.Fields) {
			t.Fatalf("%s: %v leads nowhere", p.Message, p.At)
		}
		f := table.Fields[at]
		if i < len(p.Path) {
			if key, ok := f.Key.(string); ok && p.Path[i] != key {
				t.Fatalf("%s: %v is not %v", p.Message, p.Path[i], key)
			}
		}
		if i == len(p.At)-1 && p.On == catalog.OnKey && len(p.Path) == len(p.At) && !strings.Contains(p.Message, "["+luaText(1.0)) {
			if key, ok := f.Key.(string); ok && key != "" && !strings.Contains(p.Message, key) {
				t.Fatalf("%s is about the key %q", p.Message, key)
			}
		}
		table, _ = f.Value.(*catalog.LiteralTable)
	}
}

// TestUnknownValuesFit puts values that are not known in the place of wrong ones:
// nothing is said about them any more.
func TestUnknownValuesFit(t *testing.T) {
	everyTool(t, func(t *testing.T, c *catalog.Catalog, d *tool.Descriptor) {
		s := spoiler{rand.New(rand.NewPCG(3, 4))}
		for range 200 {
			table := s.value(d.Parameters, 0).(*catalog.LiteralTable)
			s.spoil(table, d.Parameters)
			before := catalog.CheckCall(c.Tool(d.Name), table)
			for _, p := range before {
				if len(p.At) == 1 && p.On == catalog.OnValue {
					table.Fields[p.At[0]].Value = schema.Unknown{}
				}
			}
			for _, p := range catalog.CheckCall(c.Tool(d.Name), table) {
				if len(p.At) > 0 && table.Fields[p.At[0]].Value == (any)(schema.Unknown{}) && p.On == catalog.OnValue {
					t.Errorf("%s: said of a value that is not known", p.Message)
				}
			}
			table.Open = true
			for _, p := range catalog.CheckCall(c.Tool(d.Name), table) {
				if p.Code == catalog.MissingKey && len(p.At) == 0 {
					t.Errorf("%s: missing where there may be more", p.Message)
				}
			}
		}
		if problems := catalog.CheckCall(c.Tool(d.Name), &catalog.LiteralTable{Open: true}); problems != nil {
			t.Errorf("of a table of which nothing is known: %v", problems)
		}
	})
}

func fields(pairs ...any) *catalog.LiteralTable {
	out := &catalog.LiteralTable{}
	for i := 0; i < len(pairs); i += 2 {
		out.Fields = append(out.Fields, catalog.LiteralField{Key: pairs[i], Value: pairs[i+1]})
	}
	return out
}

// TestProblemsOfACall pins what is found in some calls, and how it is mended.
func TestProblemsOfACall(t *testing.T) {
	c := catalog.Builtin()
	unknown := schema.Unknown{}
	type found struct {
		on    catalog.Place
		path  []any
		text  string // part of the message
		fixes []string
	}
	for _, test := range []struct {
		name  string
		tool  string
		table *catalog.LiteralTable
		want  []found
	}{
		{"all three at once", "calculator", fields("operation", "nope", "inptu", "1+1"), []found{
			{catalog.OnKey, []any{"inptu"}, `parameter "inptu" is not known; did you mean "input"?`, []string{"input", ""}},
			{catalog.OnValue, []any{"operation"}, `expected one of "evaluate"`, []string{`"evaluate"`, `"validate"`, `"functions"`}},
		}},
		{"right", "calculator", fields("input", "1+1"), nil},
		{"not literal", "calculator", fields("operation", unknown, "input", unknown), nil},
		{"nil is absent", "hash-calculator", fields("operation", "hash", "input", "x", "algorithm", nil), nil},
		{"missing", "http-requester", fields(), []found{{catalog.OnTable, nil, `parameter "input" is missing`, []string{`input = ""`}}}},
		{"a list", "calculator", fields(nil, "1+1"), []found{{catalog.OnTable, nil, "the parameters are wrong: expected a table with names", nil}}},
		{"deeper", "http-requester", fields("url", "http://x", "auth", fields("type", "basic", "usr", "me")), []found{
			{catalog.OnKey, []any{"auth", "usr"}, `parameter "auth.usr" is not known; did you mean "user"?`, []string{"user", ""}}}},
		{"two names", "calculator", fields("input", "1", "expression", "2"), []found{
			{catalog.OnKey, []any{"expression"}, `is another name for "input"`, []string{""}}}},
		{"under another name", "http-requester", fields("url", 5.0), []found{
			{catalog.OnValue, []any{"url"}, `parameter "input" is wrong: expected a string, got the number 5`, []string{`"5"`}}}},
		{"beyond a bound", "http-requester", fields("input", "x", "timeout", 1e9), []found{{catalog.OnValue, []any{"timeout"}, `parameter "timeout" is wrong`, []string{"600", "30"}}}},
		{"a function", "calculator", fields("input", fields("a", catalog.LuaType("function"))), []found{
			{catalog.OnValue, []any{"input", "a"}, "the parameters are wrong: cannot be passed to a tool: .input.a: a function cannot be converted", nil}}},
		{"computed keys", "calculator", &catalog.LiteralTable{Fields: []catalog.LiteralField{{Key: "inptu", Value: "1"}}, Open: true}, []found{
			{catalog.OnKey, []any{"inptu"}, "is not known", []string{"input", ""}}}},
	} {
		got := catalog.CheckCall(c.Tool(test.tool), test.table)
		if len(got) != len(test.want) {
			t.Errorf("%s: %d problems, want %d: %+v", test.name, len(got), len(test.want), got)
			continue
		}
		for i, want := range test.want {
			var fixes []string
			for _, f := range got[i].Fixes {
				fixes = append(fixes, f.Text)
			}
			if got[i].On != want.on || !reflect.DeepEqual(got[i].Path, want.path) || !strings.Contains(got[i].Message, want.text) || !reflect.DeepEqual(fixes, want.fixes) {
				t.Errorf("%s: %+v\nfixes %q\nwant %+v", test.name, got[i], fixes, want)
			}
		}
	}
}

// TestOptionsAreTheRuntimes does for the options of a call what TestMessagesAreTheRuntimes does
// for parameters.
func TestOptionsAreTheRuntimes(t *testing.T) {
	options := []*catalog.LiteralTable{
		fields(), fields("timeout_ms", 5.0), fields("timeout_ms", 0.0), fields("timeout_ms", "soon"), fields("timeout_ms", 1e9), fields("timout_ms", 5.0),
		fields("cache", "no"), fields("cache", false), fields("retries", 101.0), fields("retries", 1.5), fields("x", 1.0), fields(nil, 1.0),
		fields("retries", catalog.LuaType("function")),
	}
	calls := make([]string, len(options))
	for i, o := range options {
		calls[i] = `"calculator", {input = "1"}, ` + luaText(o)
	}
	for i, want := range answers(t, calls) {
		got := ""
		problems := catalog.CheckOptions(kernel.Of(kernel.ToolOptions), options[i])
		if len(problems) > 0 {
			got = problems[0].Message
			leads(t, options[i], problems[0])
		}
		if got != want {
			t.Errorf("%s\nproblem %s\nruntime %s", calls[i], got, want)
		}
	}
}
