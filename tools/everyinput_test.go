package tools_test

import (
	"context"
	"errors"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/tools"
	"github.com/llmspell/llmspell/tools/sandbox"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

// TestEveryToolRefusesBadInput makes wrong values for each parameter from the
// schema: of another type, outside the bounds, not among the choices, missing,
// unknown. The error must name the parameter.
func TestEveryToolRefusesBadInput(t *testing.T) {
	inv := tools.NewInvoker(tools.Builtin(), tools.Options{Sandbox: nowhere(t)})
	everyTool(t, func(t *testing.T, d *tool.Descriptor) {
		base := validParams(d)
		refused := func(what, field string, params map[string]any) {
			t.Helper()
			_, err := inv.Invoke(context.Background(), d.Name, params, tools.CallOptions{})
			var te *tool.Error
			if !errors.As(err, &te) || te.Code != tool.InvalidParameters || te.Details["field"] != field || !strings.Contains(te.Message, field) {
				t.Errorf("%s: %v was answered by %v; want a validation_error about %q", what, params[field], err, field)
			}
		}
		with := func(name string, v any) map[string]any {
			p := maps.Clone(base)
			p[name] = v
			return p
		}
		for _, p := range d.Parameters.Properties {
			for what, v := range wrongValues(p.Schema) {
				refused(p.Name+": "+what, p.Name, with(p.Name, v))
			}
			if p.Required {
				missing := maps.Clone(base)
				delete(missing, p.Name)
				refused(p.Name+": missing", p.Name, missing)
			}
		}
		if !d.Parameters.Closed {
			t.Error("the parameters must be closed: a misspelled one would be ignored")
			return
		}
		refused("unknown", "no_such_parameter", with("no_such_parameter", 1.0))
	})
}

func nowhere(t *testing.T) *sandbox.Sandbox {
	t.Helper()
	box, err := sandbox.New(t.TempDir(), sandbox.Safe())
	if err != nil {
		t.Fatal(err)
	}
	return box
}

// validParams are the parameters of an example, under the names that the schema
// lists.
func validParams(d *tool.Descriptor) map[string]any {
	if len(d.Examples) == 0 {
		return map[string]any{}
	}
	params := maps.Clone(d.Examples[0].Params)
	for _, p := range d.Parameters.Properties {
		for _, alias := range p.Aliases {
			if v, ok := params[alias]; ok {
				delete(params, alias)
				params[p.Name] = v
			}
		}
	}
	return params
}

// wrongValues makes values that a schema does not accept.
func wrongValues(s *schema.Schema) map[string]any {
	out := map[string]any{}
	candidates := map[schema.Type]any{
		schema.Object: map[string]any{"a": 1.0}, schema.Array: []any{1.0}, schema.String: "no such value", schema.Boolean: true, schema.Number: 1.5,
	}
	for kind, v := range candidates {
		if len(s.Types) > 0 && !slices.Contains(s.Types, kind) && !(kind == schema.Number && slices.Contains(s.Types, schema.Integer)) {
			out["a "+string(kind)] = v
		}
	}
	only := func(kinds ...schema.Type) bool { return len(s.Types) == 1 && slices.Contains(kinds, s.Types[0]) }
	if only(schema.Integer) {
		out["a fraction"] = 1.5
	}
	if s.Enum != nil && only(schema.String) {
		out["not a choice"] = "no such choice"
	}
	if s.Minimum != nil && only(schema.Number, schema.Integer) {
		out["below the minimum"] = *s.Minimum - beyond(*s.Minimum)
	}
	if s.Maximum != nil && only(schema.Number, schema.Integer) {
		out["above the maximum"] = *s.Maximum + beyond(*s.Maximum)
	}
	if s.MaxLength != nil && *s.MaxLength < 1<<20 && only(schema.String) {
		out["too long"] = strings.Repeat("x", *s.MaxLength+1)
	}
	if s.MinLength != nil && *s.MinLength > 0 && only(schema.String) {
		out["too short"] = ""
	}
	if s.MaxItems != nil && *s.MaxItems < 1<<16 && only(schema.Array) {
		out["too many"] = make([]any, *s.MaxItems+1)
	}
	return out
}

// beyond is a whole number that makes a difference to a bound: not 1 for 2^53.
func beyond(bound float64) float64 { return max(1, math.Ceil(math.Abs(bound)/1e6)) }

// TestEveryToolSurvivesHostileInput calls each tool with random values that the
// schema accepts, where nothing is allowed: no call may panic or hang.
func TestEveryToolSurvivesHostileInput(t *testing.T) {
	calls := 150
	if testing.Short() {
		calls = 30
	}
	everyTool(t, func(t *testing.T, d *tool.Descriptor) {
		var panicked string
		inv := tools.NewInvoker(tools.Builtin(), tools.Options{Sandbox: nowhere(t), Panicked: func(_ string, v any, stack []byte) {
			panicked = string(stack)
		}})
		random := rand.New(rand.NewPCG(1, 2))
		for range calls {
			params := validParams(d)
			for _, p := range d.Parameters.Properties {
				if p.Name != "operation" && random.IntN(3) == 0 || p.Name == "operation" && random.IntN(2) == 0 {
					params[p.Name] = randomValue(random, p.Schema, 0)
				}
			}
			start := time.Now()
			_, err := inv.Invoke(context.Background(), d.Name, params, tools.CallOptions{Timeout: time.Second})
			if took := time.Since(start); took > time.Minute {
				t.Fatalf("%v took %v, beyond its time limit", params, took)
			}
			var te *tool.Error
			if errors.As(err, &te) && te.Code == tool.Internal {
				t.Fatalf("%v: %v\n%s", params, err, panicked)
			}
		}
	})
}

// nasty are texts that parsers stumble over.
var nasty = []string{
	"", " ", "\x00", "\xff\xfe", "a\r\nb: c", "../../etc/passwd", "/", "-1", "1e999", "NaN", "{", "[[[[[[", "}{", "<a", "<!--", "<![CDATA[", "&#x110000;",
	"%s%n%d", "${x}", "{{", "{% raw", "\u202etxt", strings.Repeat("(", 2000), strings.Repeat("[", 2000), strings.Repeat("a", 20000), "(a+)+$", "(?P<n",
	"0000-00-00", "9999999999999999999", "2024-02-30T25:61:61Z", "* * * * *", "1.2.3-", "https://", "http://[::1", "http://127.0.0.1:1/", "file:///etc/passwd",
	"\"\\", "'; DROP TABLE x; --", "---\n- &a [*a]", "a,b\n\"c", "key = [", "\t\v\f",
}

func randomValue(r *rand.Rand, s *schema.Schema, depth int) any {
	if len(s.Enum) > 0 {
		return s.Enum[r.IntN(len(s.Enum))]
	}
	kinds := s.Types
	if len(kinds) == 0 {
		kinds = []schema.Type{schema.String, schema.Number, schema.Boolean, schema.Object, schema.Array}
	}
	switch kinds[r.IntN(len(kinds))] {
	case schema.String:
		return nasty[r.IntN(len(nasty))]
	case schema.Boolean:
		return r.IntN(2) == 0
	case schema.Number, schema.Integer:
		return randomNumber(r, s)
	case schema.Array:
		list := []any{}
		for range r.IntN(4) {
			if depth < 4 {
				list = append(list, randomValue(r, orAny(s.Items), depth+1))
			}
		}
		return list
	case schema.Object:
		m := map[string]any{}
		for _, p := range s.Properties {
			if p.Required || r.IntN(2) == 0 {
				m[p.Name] = randomValue(r, p.Schema, depth+1)
			}
		}
		if !s.Closed && depth < 4 {
			m[nasty[r.IntN(len(nasty))]] = randomValue(r, orAny(s.Additional), depth+1)
		}
		return m
	}
	return nil
}

func orAny(s *schema.Schema) *schema.Schema {
	if s == nil {
		return &schema.Schema{}
	}
	return s
}

func randomNumber(r *rand.Rand, s *schema.Schema) any {
	numbers := []float64{0, 1, -1, 7, 1 << 31, -(1 << 31), 1 << 53}
	if s.Minimum != nil && s.Maximum != nil {
		// Mostly small: the largest allowed work is for the tool's own tests.
		numbers = []float64{*s.Minimum, min(*s.Maximum, *s.Minimum+3), min(*s.Maximum, max(*s.Minimum, 2))}
	}
	return numbers[r.IntN(len(numbers))]
}
