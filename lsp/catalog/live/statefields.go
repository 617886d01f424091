package live

import (
	"context"
	"strings"

	"github.com/llmspell/llmspell/kernel/rpc"
	"github.com/llmspell/llmspell/lsp/catalog"
)

// stateFields are the fields that a path leads to in a value of the state, as the kernel
// says in time, or has said before. Values of more than 16 KB are not looked into.
func (l *Live) stateFields(scope, key string, path []string) (list []catalog.Entry, late bool) {
	a := l.asker.Load()
	if a == nil {
		return nil, false
	}
	id := "\x00" + strings.Join(append([]string{scope, key}, path...), "\x00")
	return a.answer(id, func(ctx context.Context) ([]catalog.Entry, bool) { return a.fetchState(ctx, scope, key, path) })
}

// fetchState asks the kernel. It is not ok if that does not answer.
func (a *asker) fetchState(ctx context.Context, scope, key string, path []string) (list []catalog.Entry, ok bool) {
	found, err := a.client.StateList(ctx, rpc.StateListParams{Scope: scope, Prefix: key, Limit: 1, Damaged: true})
	if err != nil {
		return nil, a.client.Err() == nil && ctx.Err() == nil
	}
	if len(found) == 0 || found[0].Key != key || found[0].Size > maxValueSize {
		return nil, true
	}
	e, there, err := a.client.StateGet(ctx, scope, key)
	if err != nil || !there {
		return nil, a.client.Err() == nil && ctx.Err() == nil
	}
	value := e.Value.V
	for _, name := range path {
		fields, _ := value.(map[string]any)
		value = fields[name]
	}
	fields, _ := value.(map[string]any)
	for _, name := range sortedKeys(fields) {
		if usable(name) && len(list) < maxMembers {
			list = append(list, catalog.Entry{Name: name, Detail: luaType(fields[name]), Value: shown(fields[name]), Source: a.source, Arg: scope})
		}
	}
	return list, true
}

// luaType is what type says of a value in Lua.
func luaType(v any) string {
	switch v.(type) {
	case nil:
		return "nil"
	case bool:
		return "boolean"
	case string:
		return "string"
	case map[string]any, []any:
		return "table"
	}
	return "number"
}
