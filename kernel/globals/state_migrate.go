package globals

import (
	"fmt"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/kernel/options"
	store "github.com/llmspell/llmspell/kernel/state"
	"github.com/llmspell/llmspell/runtime"
)

// migrate is State.migrate(version, {dry_run=}).
func (g *stateGlobal) migrate(L *lua.LState, c *stateCall) int {
	n, ok := L.Get(1).(lua.LNumber)
	if !ok || n != lua.LNumber(int(n)) {
		c.fail("argument 1: expected the version to migrate to as a whole number, got %s", shown(L.Get(1)))
	}
	o := c.options(2, options.StateMigrateOptions)
	view := c.view()
	g.migrating = c
	defer func() { g.migrating = nil }()
	out, err := view.Migrate(g.env.context(), int(n), store.MigrateOptions{DryRun: o.Bool("dry_run")})
	c.must(err)
	return c.push(map[string]any{"success": true, "dry_run": o.Bool("dry_run"), "version": int(n), "from": out.From, "examined": out.Examined, "changed": out.Changed,
		"unchanged": out.Examined - out.Changed, "deleted": out.Deleted, "applied": describeApplied(out.Applied)})
}

func describeApplied(applied []store.Applied) []any {
	list := make([]any, len(applied))
	for i, a := range applied {
		list[i] = map[string]any{"version": a.Version, "description": a.Description, "applied_at": a.At.UTC(), "changed": a.Changed}
	}
	return list
}

// registerMigration is State.register_migration{version=, description=, scope=,
// prefix=, steps={{add=, default=}, {remove=}, {rename=, to=}},
// transform=function(value, entry) return value end}. One with a transform is this
// Lua state's own.
func (g *stateGlobal) registerMigration(L *lua.LState, c *stateCall) int {
	if _, ok := L.Get(1).(*lua.LTable); !ok {
		c.fail("argument 1: expected a table {version = 2, steps = {{add = \"field\", default = 0}, …}, transform = function(value, entry) … end}, got %s", L.Get(1).Type())
	}
	o := c.options(1, options.StateMigration)
	m := store.Migration{Version: o.Int("version"), Description: o.String("description"), Scope: o.String("scope"), Prefix: o.String("prefix")}
	if m.Scope == string(store.Session) {
		scope, err := g.parseScope(m.Scope)
		c.must(err)
		m.Scope = scope.String()
	}
	list, _ := o.Params["steps"].([]any)
	for i, s := range list {
		f, _ := s.(map[string]any) // as the schema has found
		_, adds := f["add"]
		if _, given := f["default"]; given != adds {
			c.fail("migration to version %d, step %d: want one of add (with default, which may be JSON.null), remove, and rename (with to)", m.Version, i+1)
		}
		text := func(name string) string { v, _ := f[name].(string); return v }
		m.Steps = append(m.Steps, store.Transformation{Add: text("add"), Default: f["default"], Remove: text("remove"), Rename: text("rename"), To: text("to")})
	}
	if o.function != nil {
		m.Transform = func(e store.Entry) (any, error) { return g.transform(o.function, e) }
		c.must(c.view().Register(m))
		return 0
	}
	c.must(c.view().Store.Register(m))
	return 0
}

// transform calls a function of the script's for one value: it returns the new one,
// or nil and "delete".
func (g *stateGlobal) transform(fn *lua.LFunction, e store.Entry) (any, error) {
	L := g.migrating.L
	value, err := runtime.FromGo(L, e.Value, withNulls(L))
	if err != nil {
		return nil, err
	}
	entry, err := runtime.FromGo(L, describeEntry(e), runtime.ConvertLimits{})
	if err != nil {
		return nil, err
	}
	out, err := g.env.protected(L, 0, fn, value, entry)
	if err != nil {
		return nil, fmt.Errorf("transform: %w", err)
	}
	gone, err := deletes(out)
	if err != nil {
		return nil, err
	}
	if gone {
		return nil, store.ErrDrop
	}
	if len(out) == 0 || out[0] == lua.LNil || runtime.IsNull(out[0]) {
		return nil, fmt.Errorf("transform has returned nothing: it returns the new value, or the old one, or nil and \"delete\"")
	}
	v, err := runtime.ToGo(out[0], wholeTables())
	if err != nil {
		return nil, fmt.Errorf("what transform has returned cannot be kept: %w", err)
	}
	return v, nil
}

// deletes tells whether the results of a transform ask for the value's end. What is
// behind a value must not be lost silently: it may be a "delete" that was meant.
func deletes(out []lua.LValue) (bool, error) {
	if len(out) < 2 || out[1] == lua.LNil {
		return false, nil
	}
	if out[0] == lua.LNil && out[1] == lua.LString("delete") {
		return true, nil
	}
	if out[0].Type() == lua.LTString && out[1].Type() == lua.LTNumber {
		return false, nil // return value:gsub(…), which counts
	}
	second := out[1].Type().String()
	if s, ok := out[1].(lua.LString); ok {
		second = fmt.Sprintf("%.40q", string(s))
	}
	return false, fmt.Errorf("transform has returned %s as its second result, behind a value that is %s: return the new value alone to keep it, or nil and \"delete\" to delete it", second, out[0].Type())
}

// mayMigrate are the functions that a transform may call: they write nothing.
func mayMigrate(name string) bool {
	switch name {
	case "get", "exists", "info", "list", "history", "scopes", "load", "list_keys", "workflow_get", "workflow_list", "agent_get", "tool_get",
		"get_migration_status", "get_schema_versions", "list_backups", "get_storage_usage":
		return true
	}
	return false
}

func (g *stateGlobal) migrationStatus(_ *lua.LState, c *stateCall) int {
	st, err := c.view().MigrationStatus(g.env.context())
	c.must(err)
	pending := make([]any, len(st.Pending))
	for i, m := range st.Pending {
		pending[i] = map[string]any{"version": m.Version, "description": m.Description}
	}
	return c.push(map[string]any{"current_version": st.Version, "latest_version": st.Latest, "up_to_date": len(pending) == 0,
		"applied": describeApplied(st.Applied), "pending": pending})
}

// schemaVersions lists the versions that are known, each {version, description,
// status} with status "initial", "applied" or "pending".
func (g *stateGlobal) schemaVersions(_ *lua.LState, c *stateCall) int {
	st, err := c.view().MigrationStatus(g.env.context())
	c.must(err)
	list := []any{map[string]any{"version": 1, "description": "", "status": "initial"}}
	for _, a := range st.Applied {
		list = append(list, map[string]any{"version": a.Version, "description": a.Description, "status": "applied", "applied_at": a.At.UTC()})
	}
	for _, m := range st.Pending {
		list = append(list, map[string]any{"version": m.Version, "description": m.Description, "status": "pending"})
	}
	return c.push(list)
}
