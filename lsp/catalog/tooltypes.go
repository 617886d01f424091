package catalog

import (
	"cmp"
	"sync"

	"github.com/llmspell/llmspell/kernel/options"
	"github.com/llmspell/llmspell/lsp/analysis/types"
)

// toolTypes are the types that belong to a tool. They are made once.
type toolTypes struct {
	tool, params func() *types.Object
	given        func() *types.Object
	results      sync.Map // operation to *types.Object
}

func (y *toolTypes) init(t *Tool) {
	y.params = sync.OnceValue(func() *types.Object {
		o := lazyObject("tool "+t.Name+" parameters", t.Params, t.Source)
		o.Tool, o.Role = t.Name, types.ToolParams
		o.Doc = cmp.Or(o.Doc, t.Description)
		return o
	})
	y.given = sync.OnceValue(func() *types.Object {
		params := y.params()
		o := types.NewLazy(params.Name, func(o *types.Object) {
			for _, f := range params.Fields() {
				filled := *f
				filled.Optional = f.Optional && f.Default == nil
				o.Add(&filled)
			}
			o.Elem, o.Key, o.Value = params.Entries()
			o.Closed = params.Closed
		})
		o.Tool, o.Role, o.Doc = params.Tool, params.Role, params.Doc
		return o
	})
	y.tool = sync.OnceValue(func() *types.Object { return objectOf(t) })
}

// ToolType returns what Tool.get(name) gives, or nil if there is no such tool. Its
// Role is types.ToolItself. Its function execute, whose Special is "tool.execute",
// takes the parameters and options with a colon and, without the tool in front,
// with a dot.
func ToolType(c *Catalog, name string) *types.Object {
	if t := c.Tool(name); t != nil {
		return t.types.tool()
	}
	return nil
}

// ParamsType returns the table that a tool's execute takes, or nil if there is no
// such tool. Its Role is types.ToolParams. Fields lists the names that the tool
// itself uses; Field also finds them under their other spellings.
func ParamsType(c *Catalog, name string) *types.Object {
	if t := c.Tool(name); t != nil {
		return t.types.params()
	}
	return nil
}

// ResultType returns the envelope that a call of a tool gives, or nil if there is no
// such tool. Its Role is types.ToolResult. operation is what the parameters say, ""
// if that is not known: where the schema says which parts belong to which
// operation, the others are left out.
func ResultType(c *Catalog, name, operation string) *types.Object {
	t := c.Tool(name)
	if t == nil {
		return nil
	}
	return t.resultType(operation)
}

func (t *Tool) resultType(operation string) *types.Object {
	if !t.hasOperation(operation) {
		operation = ""
	}
	if o, ok := t.types.results.Load(operation); ok {
		return o.(*types.Object)
	}
	o, _ := t.types.results.LoadOrStore(operation, envelope(t, operation))
	return o.(*types.Object)
}

func (t *Tool) hasOperation(name string) bool {
	for _, op := range t.Operations {
		if op == name {
			return true
		}
	}
	return false
}

// OptionsType returns the table of options of a call.
func OptionsType() *types.Object { return callOptions() }

var callOptions = sync.OnceValue(func() *types.Object {
	return lazyObject("llmspell.ToolOptions", options.Of(options.ToolOptions).Schema, "")
})

// objectOf is the table that kernel/globals makes for a tool.
func objectOf(t *Tool) *types.Object {
	o := types.NewLazy("tool "+t.Name, func(o *types.Object) { fillTool(t, o) })
	o.Doc, o.Tool, o.Role = t.Description, t.Name, types.ToolItself
	return o
}

func fillTool(t *Tool, o *types.Object) {
	field := func(name string, typ types.Type, doc string) {
		o.Add(&types.Field{Name: name, Type: typ, Doc: doc, Source: t.Source})
	}
	params := t.types.params()
	optional := true
	for _, f := range params.Fields() {
		optional = optional && f.Optional
	}
	field("execute", &types.Func{
		Name: "execute", Doc: t.Description, Self: true, Special: "tool.execute",
		Params: []types.Parameter{
			{Name: "params", Type: params, Doc: "What the tool is given.", Optional: optional},
			{Name: "options", Type: OptionsType(), Doc: "How long the call may take, and whether it may be answered from the cache or tried again.", Optional: true},
		},
		Results: []types.Result{{Name: "result", Type: t.resultType(""), Doc: "The result. A call that fails is an error."}},
	}, "Calls the tool.")
	field("name", &types.Literal{Value: t.Name}, "The name of the tool.")
	field("description", types.String, "What the tool does.")
	field("version", types.String, "The version of the tool.")
	field("category", &types.Literal{Value: t.Category}, "The category of the tool.")
	described := schemaTable()
	field("schema", described, "The parameters: a list, and as JSON Schema.")
	getSchema := &types.Func{Name: "getSchema", Doc: "Returns the field schema.", Results: []types.Result{{Type: described}}, Self: true}
	field("getSchema", getSchema, getSchema.Doc)
	other := *getSchema
	other.Name = "get_schema"
	field("get_schema", &other, getSchema.Doc)
}

// schemaTable is the type of a tool's field schema.
func schemaTable() *types.Object {
	p := &types.Object{Name: "llmspell.ToolParameter", Closed: true}
	for _, f := range []*types.Field{
		{Name: "name", Type: types.String, Doc: "The name of the parameter."},
		{Name: "type", Type: types.String, Doc: "Its types, with | between them; any."},
		{Name: "description", Type: types.String, Doc: "What it is for."},
		{Name: "required", Type: types.Boolean, Doc: "Whether it must be given."},
		{Name: "default", Type: types.Any, Doc: "What counts if it is absent.", Optional: true},
		{Name: "enum", Type: &types.Array{Elem: types.Any}, Doc: "The values that it can have.", Optional: true},
	} {
		p.Add(f)
	}
	o := &types.Object{Name: "llmspell.ToolSchema", Closed: true}
	o.Add(&types.Field{Name: "name", Type: types.String, Doc: "The name of the tool."})
	o.Add(&types.Field{Name: "description", Type: types.String, Doc: "What the tool does."})
	o.Add(&types.Field{Name: "parameters", Type: &types.Array{Elem: p}, Doc: "The parameters."})
	o.Add(&types.Field{Name: "json_schema", Type: types.TableType, Doc: "The parameters as JSON Schema."})
	return o
}

// envelope is what a call gives to Lua.
func envelope(t *Tool, operation string) *types.Object {
	o := types.NewLazy("tool "+t.Name+" result", func(o *types.Object) { fillEnvelope(t, operation, o) })
	o.Doc, o.Tool, o.Role = "The answer of the tool "+t.Name+".", t.Name, types.ToolResult
	return o
}

func fillEnvelope(t *Tool, operation string, o *types.Object) {
	add := func(name string, typ types.Type, optional bool, doc string) {
		o.Add(&types.Field{Name: name, Type: typ, Doc: doc, Optional: optional, Source: t.Source})
	}
	add("result", resultOf(t, operation), true, resultDoc(t))
	add("success", types.Boolean, false, "Whether the call has worked. Tool.execute raises an error for one that has not; Tool.parallel and handle:result give it.")
	add("operation", operationType(t, operation), false, "What was done: the operation, or the name of a tool that has none.")
	add("message", types.String, true, "One line for people.")
	add("text", types.String, true, "The answer as plain text, of tools whose answer is text.")
	add("error", errorType(), true, "Why the call has failed.")
	meta := &types.Object{Doc: "What is said about the call.", Key: types.String, Value: types.Any}
	meta.Add(&types.Field{Name: "duration_ms", Type: types.Number, Doc: "How long the call took, in milliseconds."})
	meta.Add(&types.Field{Name: "cached", Type: types.Boolean, Optional: true, Doc: "Whether the result was in the cache."})
	meta.Add(&types.Field{Name: "attempts", Type: types.Integer, Optional: true, Doc: "How often the tool was tried, if more than once."})
	add("metadata", meta, false, meta.Doc)
	add("_raw_text", types.String, false, "The whole answer as JSON.")
}

func operationType(t *Tool, operation string) types.Type {
	switch {
	case operation != "":
		return &types.Literal{Value: operation}
	case len(t.Operations) == 0:
		if f := t.types.params().Field("operation"); f != nil {
			return types.String
		}
		return &types.Literal{Value: t.Name}
	}
	all := make([]types.Type, len(t.Operations))
	for i, op := range t.Operations {
		all[i] = &types.Literal{Value: op}
	}
	return types.Join(all...)
}

func errorType() types.Type {
	o := &types.Object{Name: "llmspell.ToolError", Closed: true}
	o.Add(&types.Field{Name: "code", Type: types.String, Doc: "The kind of the failure, stable for programs: validation_error, permission_denied, timeout, …"})
	o.Add(&types.Field{Name: "message", Type: types.String, Doc: "What went wrong, and what to do."})
	o.Add(&types.Field{Name: "details", Type: types.TableType, Optional: true, Doc: "The parts of the message, for programs."})
	return o
}

func resultDoc(t *Tool) string {
	if t.Result == nil {
		return "What the tool gives."
	}
	return cmp.Or(t.Result.Description, "What the tool gives.")
}
