package catalog_test

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/lsp/catalog"
	"github.com/llmspell/llmspell/tools"
	"github.com/llmspell/llmspell/tools/sandbox"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

// TestParamsType compares the parameters' type with the schema, for each tool.
func TestParamsType(t *testing.T) {
	everyTool(t, func(t *testing.T, c *catalog.Catalog, d *tool.Descriptor) {
		o := catalog.ParamsType(c, d.Name)
		if o.Role != types.ToolParams || o.Tool != d.Name || o != catalog.ParamsType(c, strings.ReplaceAll(strings.ToUpper(d.Name), "-", "_")) {
			t.Errorf("role %d of %q, or another type for another spelling", o.Role, o.Tool)
		}
		sameFields(t, d.Name, o, d.Parameters)
	})
}

// sameFields tests that an object has the properties of a schema, in their order, and
// finds them by all their names.
func sameFields(t *testing.T, path string, o *types.Object, s *schema.Schema) {
	t.Helper()
	if len(o.Fields()) != len(s.Properties) || o.Closed != s.Closed {
		t.Errorf("%s: %d fields, closed %v; want %d, %v", path, len(o.Fields()), o.Closed, len(s.Properties), s.Closed)
		return
	}
	for i, p := range s.Properties {
		f := o.Fields()[i]
		at := path + "." + p.Name
		if f.Name != p.Name || f.Optional == p.Required || f.Doc != p.Description || p.Default != nil && f.Default == nil {
			t.Errorf("%s: %+v", at, f)
		}
		for _, a := range append([]string{p.Name}, p.Aliases...) {
			if o.Field(a) != f {
				t.Errorf("%s is not found as %q", at, a)
			}
		}
		for _, v := range p.Enum {
			if s, ok := v.(string); ok && !strings.Contains(f.Type.String(), strconv.Quote(s)) {
				t.Errorf("%s: %s lacks %q", at, f.Type, s)
			}
		}
		if (p.Minimum != nil || p.Maximum != nil || p.Pattern != nil || p.MaxItems != nil || p.MaxLength != nil) && f.Detail == "" {
			t.Errorf("%s: nothing is said about its bounds", at)
		}
		ts := []types.Type{f.Type}
		if u, ok := f.Type.(*types.Union); ok {
			ts = u.Of
		}
		for _, of := range ts {
			switch of := of.(type) {
			case *types.Object:
				sameFields(t, at, of, p.Schema)
			case *types.Array:
				if item, ok := of.Elem.(*types.Object); ok {
					sameFields(t, at+"[]", item, p.Items)
				}
			}
		}
		if f.Type == types.Unknown || f.Type == types.Any && len(p.Types) > 0 {
			t.Errorf("%s has the type %s", at, f.Type)
		}
	}
}

// TestToolType compares the type of a tool with the table that a script gets.
func TestToolType(t *testing.T) {
	everyTool(t, func(t *testing.T, c *catalog.Catalog, d *tool.Descriptor) {
		o := catalog.ToolType(c, d.Name)
		var names []string
		for _, f := range o.Fields() {
			names = append(names, f.Name)
		}
		slices.Sort(names)
		got := script(t, `local names = {} for k in pairs(Tool.get("`+d.Name+`")) do names[#names + 1] = k end table.sort(names) io.write(table.concat(names, " "))`)
		if got != strings.Join(names, " ") {
			t.Errorf("the type has %v, a script sees %s", names, got)
		}
		f, ok := o.Field("execute").Type.(*types.Func)
		if !ok || !f.Self || f.Special != "tool.execute" || len(f.Params) != 2 || f.Params[0].Type != types.Type(catalog.ParamsType(c, d.Name)) {
			t.Fatalf("execute: %+v", f)
		}
		required := slices.ContainsFunc(d.Parameters.Properties, func(p schema.Property) bool { return p.Required })
		if f.Params[0].Optional == required || f.Results[0].Type != types.Type(catalog.ResultType(c, d.Name, "")) {
			t.Errorf("execute takes %+v and gives %+v", f.Params[0], f.Results[0])
		}
	})
}

// TestResultTypes runs the examples of all tools: what they answer is in the type of
// the operation's answer.
func TestResultTypes(t *testing.T) {
	checked, told, untold := 0, 0, 0
	everyTool(t, func(t *testing.T, c *catalog.Catalog, d *tool.Descriptor) {
		for _, e := range d.Examples {
			if e.Setup != nil || len(e.Settings) > 0 {
				continue // it needs a server, or a program
			}
			dir := t.TempDir()
			for name, text := range e.Files {
				write(t, dir, name, text)
			}
			box, err := sandbox.New(dir, sandbox.Restricted(dir))
			if err != nil {
				t.Fatal(err)
			}
			r, err := tools.NewInvoker(tools.Builtin(), tools.Options{Sandbox: box}).Invoke(context.Background(), d.Name, e.Params, tools.CallOptions{Timeout: time.Minute})
			if err != nil {
				continue // a program that this machine lacks: the tools' own tests see to it
			}
			text, err := json.Marshal(r)
			if err != nil {
				t.Fatal(err)
			}
			var answer any
			if err := json.Unmarshal(text, &answer); err != nil {
				t.Fatal(err)
			}
			op, _ := e.Params["operation"].(string)
			if p := d.Parameters.Properties; op == "" && len(p) > 0 && p[0].Name == "operation" {
				op, _ = p[0].Default.(string)
			}
			of := catalog.ResultType(c, d.Name, op)
			for _, name := range []string{"success", "operation", "metadata", "result", "_raw_text"} {
				if of.Field(name) == nil {
					t.Fatalf("the answer has no %s", name)
				}
			}
			fits(t, d.Name+" "+op, answer, of)
			if len(d.Result.Properties) == 0 && slices.Equal(d.Result.Types, []schema.Type{schema.Object}) {
				in, out := shapeTells(answer, of)
				told, untold = told+in, untold+out
			} else {
				nothingLost(t, d.Name+" "+op, answer, of, catalog.ResultType(c, d.Name, ""))
			}
			checked++
		}
	})
	if told < 100 || untold > told/2 {
		t.Errorf("descriptions tell of %d members, and not of %d", told, untold)
	}
	if checked < 100 {
		t.Errorf("only %d examples were looked at", checked)
	}
}

// shapeTells counts the members of an answer that the type of a description has, and
// the others: descriptions name what matters.
func shapeTells(answer any, of *types.Object) (in, out int) {
	got, _ := answer.(map[string]any)["result"].(map[string]any)
	result := of.Field("result").Type.(*types.Object)
	for name := range got {
		if result.Field(name) != nil {
			in++
		} else {
			out++
		}
	}
	return in, out
}

// nothingLost tests that what an operation has given is not left out of its type.
func nothingLost(t *testing.T, path string, answer any, of, all *types.Object) {
	t.Helper()
	got, _ := answer.(map[string]any)["result"].(map[string]any)
	own, ok := of.Field("result").Type.(*types.Object)
	every, _ := all.Field("result").Type.(*types.Object)
	for name := range got {
		if ok && every.Field(name) != nil && own.Field(name) == nil {
			t.Errorf("%s gives %s, which its type leaves out", path, name)
		}
	}
}

// fits tests that a value's fields are those of a type, and its values of theirs.
func fits(t *testing.T, path string, v any, of types.Type) {
	t.Helper()
	switch of := of.(type) {
	case *types.Union:
		for _, one := range of.Of {
			if kind(v, one) {
				fits(t, path, v, one)
				return
			}
		}
		t.Errorf("%s: %.80v is not %s", path, v, of)
	case *types.Object:
		m, ok := v.(map[string]any)
		if list, isList := v.([]any); isList && len(list) == 0 {
			return // an empty table
		}
		if !ok {
			t.Errorf("%s: %.80v is no table", path, v)
			return
		}
		for k, member := range m {
			switch f := of.Field(k); {
			case f != nil:
				fits(t, path+"."+k, member, f.Type)
			case of.Value == nil:
				t.Errorf("%s has a field %q, the type has not", path, k)
			default:
				fits(t, path+"."+k, member, of.Value)
			}
		}
	case *types.Array:
		list, ok := v.([]any)
		if m, isMap := v.(map[string]any); isMap && len(m) == 0 || v == nil {
			return
		}
		if !ok {
			t.Errorf("%s: %.80v is no list", path, v)
		}
		for _, item := range list {
			fits(t, path+"[]", item, of.Elem)
		}
	default:
		if v != nil && !kind(v, of) {
			t.Errorf("%s: %.80v is not %s", path, v, of)
		}
	}
}

func kind(v any, of types.Type) bool {
	switch of := of.(type) {
	case *types.Object:
		_, ok := v.(map[string]any)
		return ok
	case *types.Array:
		_, ok := v.([]any)
		return ok
	case *types.Literal:
		return v == of.Value
	}
	switch v := v.(type) {
	case string:
		return of == types.String || of == types.Any
	case bool:
		return of == types.Boolean || of == types.Any
	case float64:
		return of == types.Number || of == types.Integer && v == float64(int64(v)) || of == types.Any
	case nil:
		return of == types.Nil || of == types.Any
	}
	return of == types.Any || of == types.TableType
}

// TestResultOfAnOperation: where descriptions say to which operation a part belongs,
// others are left out.
func TestResultOfAnOperation(t *testing.T) {
	c := catalog.Builtin()
	result := func(op string) *types.Object {
		return catalog.ResultType(c, "calculator", op).Field("result").Type.(*types.Object)
	}
	if all := result(""); all.Field("functions") == nil || all.Field("result_type") == nil || result("nonsense") != all {
		t.Error("without an operation there is not everything")
	}
	if one := result("evaluate"); one.Field("functions") != nil || one.Field("result_type") == nil || one.Field("input") == nil {
		t.Errorf("evaluate: %s", one)
	}
	if s := catalog.ResultType(c, "calculator", "validate").Field("operation").Type.String(); s != `"validate"` {
		t.Errorf("the operation is %s", s)
	}
	alternatives := &schema.Schema{OneOf: []*schema.Schema{
		schema.Map("", schema.Required("operation", schema.Choice("", "a")), schema.Required("x", schema.Num(""))),
		schema.Map("", schema.Required("operation", schema.Choice("", "b")), schema.Required("y", schema.Num(""))),
	}}
	own := catalog.New(catalog.Content{Tools: []*catalog.Tool{catalog.NewTool(&tool.Descriptor{
		Name: "either", Parameters: schema.Map("", schema.Required("operation", schema.Choice("", "a", "b"))), Result: alternatives}, "")}})
	if o := catalog.ResultType(own, "either", "b").Field("result").Type.(*types.Object); o.Field("y") == nil || o.Field("x") != nil {
		t.Errorf("b gives %s", o)
	}
	if u, ok := catalog.ResultType(own, "either", "").Field("result").Type.(*types.Union); !ok || len(u.Of) != 2 {
		t.Errorf("either gives no alternatives")
	}
}

// TestDescribedShapes reads descriptions that say what each operation gives.
func TestDescribedShapes(t *testing.T) {
	c := catalog.Builtin()
	result := func(tool, op string) types.Type { return catalog.ResultType(c, tool, op).Field("result").Type }
	for _, test := range [][3]string{
		{"file-operations", "read", "{ path?: any, content?: any, content_base64?: any, size?: any, … }"},
		{"file-operations", "append", "{ path?: any, bytes_written?: any, size?: any }"},
		{"sqlite-query", "import", "{ table?: any, row_count?: any, columns?: any }"},
		{"json-schema-generator", "", "{ schema?: any, samples?: any }"},
		{"image-processor", "resize", "{ source_path?: any, target_path?: any, format?: any, width?: any, … }"},
		{"csv-analyzer", "convert", "{ format?: any, row_count?: any, output?: any, output_file?: any, … }"},
	} {
		if got := result(test[0], test[1]).String(); got != test[2] {
			t.Errorf("%s %s gives %s, want %s", test[0], test[1], got, test[2])
		}
	}
	columns, ok := result("sqlite-query", "query").(*types.Object).Field("columns").Type.(*types.Array)
	if !ok || columns.Elem.String() != "{ name?: any, type?: any }" {
		t.Errorf("columns are %v", columns)
	}
	for _, doc := range []string{"", "{", "}", "{{{", "x {a", "a, b {c, d}", "op {}", "op {…}", "op {a: [{b: {c", strings.Repeat("{a: ", 5000), strings.Repeat("op {a: [{", 500) + strings.Repeat("}]}", 500)} {
		odd := catalog.NewTool(&tool.Descriptor{Name: "odd", Parameters: schema.Map(""), Result: &schema.Schema{Types: []schema.Type{schema.Object}, Description: doc}}, "")
		own := catalog.New(catalog.Content{Tools: []*catalog.Tool{odd}})
		if catalog.ResultType(own, "odd", "").Field("result").Type == nil {
			t.Errorf("%.40s gives no type", doc)
		}
	}
}

// TestLargeSchemas: a schema of a stranger's may be large.
func TestLargeSchemas(t *testing.T) {
	many := &schema.Schema{}
	for i := range 200_000 {
		many.Enum = append(many.Enum, strconv.Itoa(i), float64(i))
	}
	long := strings.Repeat("{a: [", 1<<20)
	c := catalog.New(catalog.Content{Tools: []*catalog.Tool{catalog.NewTool(&tool.Descriptor{
		Name: "large", Parameters: schema.Map("", schema.Optional("x", many)), Result: &schema.Schema{Types: []schema.Type{schema.Object}, Description: long},
	}, "")}})
	began := time.Now()
	if got := catalog.ParamsType(c, "large").Field("x").Type.String(); got != "string|number" {
		t.Errorf("the type is %.80s", got)
	}
	if _, ok := catalog.ResultType(c, "large", "").Field("result").Type.(*types.Object); !ok {
		t.Error("the result is no table")
	}
	if took := time.Since(began); took > time.Minute {
		t.Errorf("it took %v", took)
	}
}
