package catalog_test

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/lsp/catalog"
	"github.com/llmspell/llmspell/tools"
	"github.com/llmspell/llmspell/tools/sandbox"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

// everyTool runs a test for each tool that is compiled in.
func everyTool(t *testing.T, check func(t *testing.T, c *catalog.Catalog, d *tool.Descriptor)) {
	t.Helper()
	c := catalog.Builtin()
	all := tools.Builtin().Known()
	if len(all) < 50 {
		t.Fatalf("there are only %d tools", len(all))
	}
	for _, d := range all {
		t.Run(d.Name, func(t *testing.T) { check(t, c, d) })
	}
}

// luaText writes a literal as it stands in a script.
func luaText(v any) string {
	switch v := v.(type) {
	case nil:
		return "nil"
	case bool:
		return strconv.FormatBool(v)
	case float64:
		switch {
		case math.IsInf(v, 1):
			return "1/0"
		case math.IsInf(v, -1):
			return "-1/0"
		}
		return strconv.FormatFloat(v, 'g', -1, 64)
	case string:
		var b strings.Builder
		for i := range len(v) {
			fmt.Fprintf(&b, `\%03d`, v[i])
		}
		return `"` + b.String() + `"`
	case catalog.LuaType:
		return map[catalog.LuaType]string{"function": "print", "thread": "coroutine.create(function() end)"}[v]
	case *catalog.LiteralTable:
		parts := make([]string, len(v.Fields))
		for i, f := range v.Fields {
			if f.Key != nil {
				parts[i] = "[" + luaText(f.Key) + "] = "
			}
			parts[i] += luaText(f.Value)
		}
		return "{" + strings.Join(parts, ", ") + "}"
	}
	panic(fmt.Sprintf("a %T is no literal", v))
}

// table makes a literal of JSON-like values.
func table(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := &catalog.LiteralTable{}
		for _, k := range sortedKeys(v) {
			out.Fields = append(out.Fields, catalog.LiteralField{Key: k, Value: table(v[k])})
		}
		return out
	case []any:
		out := &catalog.LiteralTable{}
		for _, item := range v {
			out.Fields = append(out.Fields, catalog.LiteralField{Value: table(item)})
		}
		return out
	case nil, bool, string:
		return v
	}
	if f, ok := schema.ToFloat(v); ok {
		return f
	}
	return "?"
}

func sortedKeys(m map[string]any) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	for i := range keys {
		for j := i + 1; j < len(keys); j++ {
			if keys[j] < keys[i] {
				keys[i], keys[j] = keys[j], keys[i]
			}
		}
	}
	return keys
}

// answers runs calls of tools in a session of a kernel in which no tool works, and
// returns what each says; "" if it would work.
func answers(t *testing.T, calls []string) []string {
	t.Helper()
	var out bytes.Buffer
	s, err := kernel.NewSession(kernel.Config{Stdout: &out, Stderr: &out, Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var code strings.Builder
	code.WriteString(`Hook.register("BeforeToolExecution", function() return "NOT CALLED" end)
local function try(name, ...)
  local ok, err = pcall(Tool.execute, name, ...)
  if ok then err = "IT WAS CALLED" end
  io.write(tostring(err), "\0")
end
`)
	for _, call := range calls {
		code.WriteString("try(" + call + ")\n")
	}
	if _, err := s.RunString(t.Context(), code.String(), "=test", nil); err != nil {
		t.Fatal(err)
	}
	got := strings.Split(strings.TrimSuffix(out.String(), "\x00"), "\x00")
	if len(got) != len(calls) {
		t.Fatalf("%d calls gave %d answers: %.2000s", len(calls), len(got), out.String())
	}
	for i, text := range got {
		_, text, ok := strings.Cut(text, "): ")
		if !ok || text == "IT WAS CALLED" {
			t.Fatalf("%s: %s", calls[i], got[i])
		}
		if strings.Contains(text, "NOT CALLED") {
			text = ""
		}
		got[i] = text
	}
	return got
}

// spoiler makes wrong parameters of right ones.
type spoiler struct{ *rand.Rand }

func pick[T any](s spoiler, list []T) T { return list[s.IntN(len(list))] }

// spoil changes something in a table that a schema describes.
func (s spoiler) spoil(t *catalog.LiteralTable, sc *schema.Schema) {
	field := func(key, value any) { t.Fields = append(t.Fields, catalog.LiteralField{Key: key, Value: value}) }
	i := -1
	if len(t.Fields) > 0 {
		i = s.IntN(len(t.Fields))
	}
	var p *schema.Property
	if len(sc.Properties) > 0 {
		p = &sc.Properties[s.IntN(len(sc.Properties))]
	}
	switch s.IntN(12) {
	case 0: // remove
		if i >= 0 {
			t.Fields = append(t.Fields[:i:i], t.Fields[i+1:]...)
		}
	case 1: // misspell
		if i >= 0 {
			if key, ok := t.Fields[i].Key.(string); ok && len(key) > 1 {
				at := s.IntN(len(key))
				t.Fields[i].Key = pick(s, []string{key[:at] + key[at+1:], key[:at] + "x" + key[at:], strings.ToUpper(key), key + "s"})
			}
		}
	case 2: // an unknown key
		field(pick(s, []any{"nonsense", "Input", "", "a.b", "in", 1.0, 2.5, 100.0}), s.value(nil, 0))
	case 3: // a wrong value
		if i >= 0 {
			t.Fields[i].Value = s.value(nil, 0)
		}
	case 4: // another spelling
		if p != nil && len(p.Aliases) > 0 {
			field(pick(s, p.Aliases), s.value(p.Schema, 0))
		}
	case 5: // without a key
		field(nil, s.value(nil, 0))
	case 6: // what no tool takes
		if s.IntN(4) == 0 {
			field(pick(s, []any{"input", true, 1.0}), catalog.LuaType(pick(s, []string{"function", "thread"})))
		}
	case 7: // twice
		if i >= 0 && t.Fields[i].Key != nil {
			field(t.Fields[i].Key, s.value(nil, 0))
		}
	case 8: // within
		for range t.Fields {
			f := &t.Fields[s.IntN(len(t.Fields))]
			sub, ok := f.Value.(*catalog.LiteralTable)
			if key, isName := f.Key.(string); ok && isName {
				if q := property(sc, key); q != nil {
					switch {
					case q.Items != nil && len(sub.Fields) > 0:
						item := &sub.Fields[s.IntN(len(sub.Fields))]
						if inner, ok := item.Value.(*catalog.LiteralTable); ok && s.IntN(2) == 0 {
							s.spoil(inner, q.Items)
						} else {
							item.Value = s.value(nil, 0)
						}
					default:
						s.spoil(sub, q)
					}
					return
				}
			}
		}
	default: // a parameter, right or nearly
		if p != nil {
			field(p.Name, s.value(p.Schema, 0))
		}
	}
}

func property(s *schema.Schema, key string) *schema.Schema {
	for _, p := range s.Properties {
		if p.Name == key {
			return p.Schema
		}
	}
	return s.Additional
}

// value is any value, of the type that a schema wants if it is not nil, and then at
// its bounds, or beyond.
func (s spoiler) value(sc *schema.Schema, depth int) any {
	if sc == nil {
		return pick(s, []any{nil, true, false, 0.0, -1.0, 1.5, 1e17, math.Inf(1), "", "x", "évaluate", "\xff", strings.Repeat("long ", 30), "12",
			&catalog.LiteralTable{}, table([]any{1, "a"}), table(map[string]any{"a": 1}), table([]any{map[string]any{"a": []any{}}}),
			&catalog.LiteralTable{Fields: []catalog.LiteralField{{Value: 1.0}, {Value: nil}, {Value: 3.0}}},
			&catalog.LiteralTable{Fields: []catalog.LiteralField{{Value: 1.0}, {Key: "a", Value: 2.0}}},
			&catalog.LiteralTable{Fields: []catalog.LiteralField{{Key: 1.0, Value: "one"}, {Key: "1", Value: 2.0}}},
		})
	}
	if len(sc.Enum) > 0 {
		v := table(pick(s, sc.Enum))
		if text, ok := v.(string); ok && s.IntN(2) == 0 {
			return pick(s, []string{text + "x", strings.ToUpper(text), text[:len(text)/2]})
		}
		return v
	}
	kind := schema.String
	if len(sc.Types) > 0 {
		kind = pick(s, sc.Types)
	}
	switch kind {
	case schema.Boolean:
		return s.IntN(2) == 0
	case schema.Number, schema.Integer:
		numbers := []float64{0, 1, -1, 0.5, 3}
		if sc.Minimum != nil {
			numbers = append(numbers, *sc.Minimum, *sc.Minimum-1)
		}
		if sc.Maximum != nil {
			numbers = append(numbers, *sc.Maximum, *sc.Maximum+1)
		}
		return pick(s, numbers)
	case schema.Array:
		out := &catalog.LiteralTable{}
		for range s.IntN(4) {
			out.Fields = append(out.Fields, catalog.LiteralField{Value: s.value(sc.Items, depth+1)})
		}
		return out
	case schema.Object:
		out := &catalog.LiteralTable{}
		for _, p := range sc.Properties {
			if depth < 4 && (p.Required || s.IntN(3) == 0) {
				out.Fields = append(out.Fields, catalog.LiteralField{Key: p.Name, Value: s.value(p.Schema, depth+1)})
			}
		}
		return out
	}
	return pick(s, []string{"", "x", "1", "text"})
}

// script runs Lua in a session and returns what it wrote.
func script(t *testing.T, code string) string {
	t.Helper()
	var out bytes.Buffer
	s, err := kernel.NewSession(kernel.Config{Stdout: &out, Dir: t.TempDir(), Services: kernel.NewServices(kernel.Openers{})})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.RunString(t.Context(), code, "=test", nil); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// Programs that tools run start this binary again as their supervisor.
func TestMain(m *testing.M) {
	sandbox.Main()
	os.Exit(m.Run())
}
