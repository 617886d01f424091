package globals

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/kernel/options"
	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/tools"
	"github.com/llmspell/llmspell/tools/tool"
)

// list is Tool.list: all tools, or those that a filter selects.
func (g *toolGlobal) list(L *lua.LState) int {
	d, over := g.discovery(L, "list", lua.LNil, L.Get(1))
	if over {
		return 1
	}
	filter, _ := g.filter(L, "Tool.list", d.filter, options.ToolFilter)
	return g.pushSummaries(L, d, g.reg.List(filter))
}

// search is Tool.search: the tools that a query finds, the best first.
func (g *toolGlobal) search(L *lua.LState) int {
	const function = "Tool.search"
	d, over := g.discovery(L, "search", L.Get(1), L.Get(2))
	if over {
		return 1
	}
	words, ok := d.query.(lua.LString)
	if !ok {
		return g.env.raise(L, fmt.Errorf("%s: expected words to search for as a string, got %s", function, d.query.Type()))
	}
	filter, p := g.filter(L, function, d.filter, options.ToolSearchFilter)
	return g.pushHits(L, d, string(words), filter, p.Int("limit"))
}

// discover is Tool.discover. With a query the best match comes first.
func (g *toolGlobal) discover(L *lua.LState) int {
	d, over := g.discovery(L, "discover", lua.LNil, L.Get(1))
	if over {
		return 1
	}
	filter, p := g.filter(L, "Tool.discover", d.filter, options.ToolDiscoverFilter)
	if !p.Has("query") {
		return g.pushSummaries(L, d, g.reg.List(filter))
	}
	return g.pushHits(L, d, p.String("query"), filter, 0)
}

func (g *toolGlobal) pushHits(L *lua.LState, d discovery, query string, filter tools.Filter, limit int) int {
	hits := g.reg.Search(query, filter, limit)
	found := make([]*tool.Descriptor, len(hits))
	for i, hit := range hits {
		found[i] = hit.Descriptor
	}
	return g.pushSummaries(L, d, found)
}

// filter reads the table with which a script selects tools.
func (g *toolGlobal) filter(L *lua.LState, function string, v lua.LValue, name options.Name) (tools.Filter, tool.Params) {
	if v == lua.LNil {
		return tools.Filter{}, nil
	}
	p, err := checked(v, name)
	if err != nil {
		g.env.raise(L, fmt.Errorf("%s: %w", function, err))
	}
	return tools.Filter{Category: p.String("category"), Tag: p.String("tag"), Security: tool.Security(p.String("security")),
		Needs: needList(p["needs"]), Without: needList(p["without"])}, p
}

func needList(v any) []tool.Need {
	var out []tool.Need
	for _, name := range list(v) {
		out = append(out, tool.Need(name))
	}
	return out
}

func (g *toolGlobal) pushSummaries(L *lua.LState, how discovery, list []*tool.Descriptor) int {
	out := L.CreateTable(len(list), 0)
	for _, d := range list {
		t := L.CreateTable(0, 4)
		t.RawSetString("name", lua.LString(d.Name))
		t.RawSetString("description", lua.LString(d.Description))
		t.RawSetString("version", lua.LString(d.Version))
		t.RawSetString("category", lua.LString(d.Category))
		out.Append(t)
	}
	L.Push(g.discovered(L, how, out))
	return 1
}

func (g *toolGlobal) categories(L *lua.LState) int {
	L.Push(g.fromGo(L, "Tool.categories", g.reg.Categories()))
	return 1
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
	if L.Get(2) != rawTextKey {
		return 0
	}
	v, err := runtime.ToGo(L.Get(1), runtime.ConvertLimits{})
	if err != nil {
		return g.env.raise(L, fmt.Errorf("_raw_text: the result cannot be written as JSON: %w", err))
	}
	return g.pushJSON(L, v)
}

const rawTextKey = lua.LString("_raw_text")

func (g *toolGlobal) pushJSON(L *lua.LState, v any) int {
	text, err := json.Marshal(v)
	if err != nil {
		return g.env.raise(L, fmt.Errorf("_raw_text: the result cannot be written as JSON: %w", err))
	}
	L.Push(lua.LString(text))
	return 1
}

// keeping makes the metatable of a result that could not be written from its
// table as it was: see lossy.
func (g *toolGlobal) keeping(L *lua.LState, r *tools.Response) *lua.LTable {
	meta := L.CreateTable(0, 1)
	meta.RawSetString("__index", L.NewFunction(func(L *lua.LState) int {
		if L.Get(2) != rawTextKey {
			return 0
		}
		return g.pushJSON(L, r)
	}))
	return meta
}

// lossy tells whether a response holds what a Lua table cannot: an empty list,
// which is an empty object there too, or null.
func lossy(r *tools.Response) bool {
	if r.Success && r.Result == nil {
		return true
	}
	return lost(r.Result) || len(r.Metadata) > 0 && lost(r.Metadata) || r.Error != nil && lost(r.Error.Details)
}

func lost(v any) bool {
	switch v := v.(type) {
	case []any:
		return len(v) == 0 || slices.ContainsFunc(v, lostMember)
	case map[string]any:
		for _, member := range v {
			if lostMember(member) {
				return true
			}
		}
	case []string:
		return len(v) == 0
	case []map[string]any:
		return len(v) == 0 || slices.ContainsFunc(v, func(m map[string]any) bool { return lost(m) })
	}
	return false
}

func lostMember(v any) bool { return v == nil || lost(v) }
