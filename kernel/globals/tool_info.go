package globals

import (
	"encoding/json"
	"fmt"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/tools"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

// list is Tool.list.
func (g *toolGlobal) list(L *lua.LState) int { return g.pushSummaries(L, g.reg.List(tools.Filter{})) }

func (g *toolGlobal) pushSummaries(L *lua.LState, list []*tool.Descriptor) int {
	out := L.CreateTable(len(list), 0)
	for _, d := range list {
		t := L.CreateTable(0, 4)
		t.RawSetString("name", lua.LString(d.Name))
		t.RawSetString("description", lua.LString(d.Description))
		t.RawSetString("version", lua.LString(d.Version))
		t.RawSetString("category", lua.LString(d.Category))
		out.Append(t)
	}
	L.Push(out)
	return 1
}

func (g *toolGlobal) categories(L *lua.LState) int {
	L.Push(g.fromGo(L, "Tool.categories", g.reg.Categories()))
	return 1
}

// discover is Tool.discover. With a query the best match comes first.
func (g *toolGlobal) discover(L *lua.LState) int {
	const function = "Tool.discover"
	want := schema.Compile(schema.Map("",
		schema.Optional("category", schema.Text("")), schema.Optional("tag", schema.Text("")), schema.Optional("query", schema.Text(""))))
	params, err := toParams(L.Get(1))
	if err == nil {
		params, err = want.CheckObject(params)
	}
	if err != nil {
		return g.env.raise(L, fmt.Errorf("%s: %w", function, err))
	}
	p := tool.Params(params)
	filter := tools.Filter{Category: p.String("category"), Tag: p.String("tag")}
	if !p.Has("query") {
		return g.pushSummaries(L, g.reg.List(filter))
	}
	var found []*tool.Descriptor
	for _, hit := range g.reg.Search(p.String("query"), filter, 0) {
		found = append(found, hit.Descriptor)
	}
	return g.pushSummaries(L, found)
}

func (g *toolGlobal) info(L *lua.LState) int {
	d, ok := g.reg.Get(g.name(L, "Tool.info"))
	if !ok {
		L.Push(lua.LNil)
		return 1
	}
	var examples []any
	for _, e := range d.Examples {
		examples = append(examples, map[string]any{"description": e.Description, "params": e.Params})
	}
	info := map[string]any{
		"name": d.Name, "description": d.Description, "version": d.Version, "category": d.Category, "tags": d.Tags, "aliases": d.Aliases,
		"security_level": string(d.Security), "needs": d.Needs, "examples": examples, "schema": describeParameters(d),
	}
	if d.Result != nil {
		info["result_schema"] = d.Result.JSON()
	}
	L.Push(g.fromGo(L, "Tool.info", info))
	return 1
}

func (g *toolGlobal) schema(L *lua.LState) int {
	d, ok := g.reg.Get(g.name(L, "Tool.schema"))
	if !ok {
		L.Push(lua.LNil)
		return 1
	}
	L.Push(g.fromGo(L, "Tool.schema", describeParameters(d)))
	return 1
}

// describeParameters gives the original's shape, a list of parameters, and the
// JSON Schema, which says more.
func describeParameters(d *tool.Descriptor) map[string]any {
	list := make([]any, len(d.Parameters.Properties))
	for i, p := range d.Parameters.Properties {
		types := make([]string, len(p.Types))
		for j, t := range p.Types {
			types[j] = string(t)
		}
		item := map[string]any{
			"name": p.Name, "type": strings.Join(types, "|"), "description": p.Description, "required": p.Required,
		}
		if len(types) == 0 {
			item["type"] = "any"
		}
		if p.Default != nil {
			item["default"] = p.Default
		}
		if p.Enum != nil {
			item["enum"] = p.Enum
		}
		list[i] = item
	}
	return map[string]any{"name": d.Name, "description": d.Description, "parameters": list, "json_schema": d.Parameters.JSON()}
}

// rawText computes _raw_text when it is asked for: few scripts read it, and
// writing the JSON would cost more than most calls.
func (g *toolGlobal) rawText(L *lua.LState) int {
	if L.Get(2) != lua.LString("_raw_text") {
		return 0
	}
	v, err := runtime.ToGo(L.Get(1), runtime.ConvertLimits{})
	if err != nil {
		return g.env.raise(L, fmt.Errorf("_raw_text: the result cannot be written as JSON: %w", err))
	}
	text, err := json.Marshal(v)
	if err != nil {
		return g.env.raise(L, fmt.Errorf("_raw_text: the result cannot be written as JSON: %w", err))
	}
	L.Push(lua.LString(text))
	return 1
}
