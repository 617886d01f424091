package catalog_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/lsp/catalog"
	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

// evaluated is the literal that a fix's text is.
func evaluated(t *testing.T, L *lua.LState, text string) any {
	t.Helper()
	if err := L.DoString("return " + text); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	v, err := runtime.ToGo(L.Get(-1), runtime.ConvertLimits{})
	L.Pop(1)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return table(v)
}

// apply does to a table what a fix says.
func apply(t *testing.T, L *lua.LState, root *catalog.LiteralTable, p catalog.Problem, fix catalog.Fix) {
	t.Helper()
	at := root
	for _, i := range p.At[:max(0, len(p.At)-1)] {
		at = at.Fields[i].Value.(*catalog.LiteralTable)
	}
	switch fix.Kind {
	case catalog.ReplaceKey:
		at.Fields[p.At[len(p.At)-1]].Key = fix.Text
	case catalog.RemoveKey:
		i := p.At[len(p.At)-1]
		at.Fields = append(at.Fields[:i:i], at.Fields[i+1:]...)
	case catalog.ReplaceValue:
		at.Fields[p.At[len(p.At)-1]].Value = evaluated(t, L, fix.Text)
	case catalog.InsertKeys:
		if len(p.At) > 0 {
			at = at.Fields[p.At[len(p.At)-1]].Value.(*catalog.LiteralTable)
		}
		at.Fields = append(at.Fields, evaluated(t, L, "{"+fix.Text+"}").(*catalog.LiteralTable).Fields...)
	}
}

// TestFixesMend applies each fix of the first problem of wrong calls: the problem is
// gone.
func TestFixesMend(t *testing.T) {
	L := lua.NewState()
	defer L.Close()
	applied := map[catalog.FixKind]int{}
	everyTool(t, func(t *testing.T, c *catalog.Catalog, d *tool.Descriptor) {
		for i := range uint64(60) {
			for n := 0; ; n++ {
				// The same table for each fix, made anew.
				s := spoiler{rand.New(rand.NewPCG(i, 7))}
				root := s.value(d.Parameters, 0).(*catalog.LiteralTable)
				s.spoil(root, d.Parameters)
				before := catalog.CheckCall(c.Tool(d.Name), root)
				if len(before) == 0 || n >= len(before[0].Fixes) {
					break
				}
				fix := before[0].Fixes[n]
				text := luaText(root)
				apply(t, L, root, before[0], fix)
				applied[fix.Kind]++
				for _, p := range catalog.CheckCall(c.Tool(d.Name), root) {
					if p.Message == before[0].Message && p.Code == before[0].Code {
						t.Errorf("%s\n%s: %q leaves it as it is: %s", text, p.Message, fix.Title, luaText(root))
					}
				}
			}
		}
	})
	for kind := catalog.ReplaceKey; kind <= catalog.InsertKeys; kind++ {
		if applied[kind] < 20 {
			t.Errorf("fixes of kind %d were applied %d times only", kind, applied[kind])
		}
	}
}

// TestWhatIsNotDecided: where the text does not say all, nothing is said.
func TestWhatIsNotDecided(t *testing.T) {
	text := func(s *schema.Schema) *schema.Schema { return s }
	old := schema.Text("An old one")
	old.Deprecated = true
	small := 2
	d := &tool.Descriptor{Name: "odd", Parameters: schema.Map("",
		schema.Optional("old", old), schema.Optional("either", text(&schema.Schema{AnyOf: []*schema.Schema{
			schema.Map("", schema.Required("a", schema.Num(""))), schema.Map("", schema.Required("b", schema.Map("", schema.Required("c", schema.Num(""))))),
		}})),
		schema.Optional("one", &schema.Schema{OneOf: []*schema.Schema{schema.Int("", 0, 5), schema.Int("", 5, 9)}}),
		schema.Optional("two", &schema.Schema{Types: []schema.Type{schema.Array}, MinItems: &small, UniqueItems: true}),
		schema.Optional("no", &schema.Schema{Not: schema.Text("")}),
		schema.Optional("a.b", schema.Num("")), schema.Optional("a", schema.Map("", schema.Optional("b", schema.Flag("")))),
	)}
	odd := catalog.NewTool(d, "")
	open := func(t *catalog.LiteralTable) *catalog.LiteralTable { t.Open = true; return t }
	unknown := schema.Unknown{}
	for _, test := range []struct {
		table *catalog.LiteralTable
		want  string // the messages, in order, their beginnings
	}{
		{fields("old", "x"), `parameter "old" is deprecated`},
		{fields("either", fields()), `parameter "either" is wrong: expected an object`},
		{fields("either", open(fields())), ""},
		{fields("either", open(fields("x", 1.0))), ""},
		{fields("either", fields("b", fields())), `parameter "either" is wrong`},
		{fields("either", fields("b", open(fields()))), ""},
		{fields("either", fields("b", fields("c", unknown))), ""},
		{fields("one", 5.0), `parameter "one" fits 2 of the descriptions`},
		{fields("one", unknown), ""},
		{fields("two", fields(nil, 1.0)), `parameter "two" is wrong: expected an array of at least 2 items, got 1 items`},
		{fields("two", open(fields(nil, 1.0))), ""},
		{fields("two", fields(nil, unknown, nil, unknown)), ""},
		{fields("two", fields(nil, 1.0, nil, 1.0)), `parameter "two" is wrong: expected an array of different items`},
		{fields("no", unknown), ""},
		{fields("no", "x"), `parameter "no" is wrong: expected something other than a string`},
		{fields("a.b", "x", "a", fields("b", true)), `parameter "a.b" is wrong: expected a number`},
		{fields("a.b", 1.0, "a", fields("b", "x")), `parameter "a.b" is wrong: expected a boolean`},
		{&catalog.LiteralTable{Fields: []catalog.LiteralField{{Key: "one", Value: (*catalog.LiteralTable)(nil)}}}, ""},
	} {
		var got []string
		for _, p := range catalog.CheckCall(odd, test.table) {
			got = append(got, p.Message)
			if strings.Contains(p.Message, "a.b") && len(p.Path) != map[bool]int{true: 1, false: 2}[strings.Contains(p.Message, "number")] {
				t.Errorf("%s: is at %v", p.Message, p.Path)
			}
		}
		if all := strings.Join(got, "\n"); !strings.HasPrefix(all, test.want) || test.want == "" && all != "" || len(got) > 1 {
			t.Errorf("%+v\nproblems: %s\nwant:     %s", test.table, all, test.want)
		}
	}
}
