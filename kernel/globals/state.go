package globals

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/kernel/options"
	store "github.com/llmspell/llmspell/kernel/state"
	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/tools/tool"
)

// InstallState defines the global State in a Lua state:
//
//	State.get(key, options)             the value, or nil, or options.default
//	State.set(key, value, options)      the value's version; nil removes it
//	State.delete(key, options)          whether there was one
//	State.exists(key, options)          a boolean
//	State.info(key, options)            {version, revision, size, created_at, written_at, ttl, expires_at}, or nil
//	State.list(options)                 keys in order; with values=true {key, value, version} each
//	State.history(key, options)         former versions, if any are kept
//	State.increment(key, by, options)   the sum
//	State.compare_and_set(key, expected, value, options)  true, or false and the value that is there
//	State.clear(scope)                  how many values there were
//	State.scopes()                      {{scope, entries, bytes}, …}
//	State.transaction(fn, options)      what fn returns; all its writes, or none
//	State.flush()                       returns when all is safe from a power failure
//
// and with a scope first: save(scope, key, value), load(scope, key),
// delete(scope, key), list_keys(scope). Options are {scope=, ttl=seconds, …}; the
// scope is "global" if none is given. state_scoped.go, state_migrate.go and
// state_backup.go have the rest.
//
// open is called when the first function is; its error is raised by the function.
func InstallState(L *lua.LState, open func() (*store.Store, error), view store.ViewOptions, env Env) {
	view.Await = env.Await
	view.Language = "lua"
	g := &stateGlobal{open: open, opt: view, env: env, table: L.CreateTable(0, 40), current: env.current()}
	g.opt.Scope = g.parseScope
	functions := map[string]func(*lua.LState, *stateCall) int{
		"get": g.get, "set": g.set, "delete": g.delete, "exists": g.exists, "info": g.info, "list": g.list, "history": g.history,
		"increment": g.increment, "compare_and_set": g.compareAndSet, "clear": g.clear, "scopes": g.scopes,
		"transaction": g.transaction, "flush": g.flush,
		"save": g.save, "load": g.load, "list_keys": g.listKeys,
		"workflow_get": g.workflowGet, "workflow_list": g.workflowList,
		"agent_get": g.getOf(store.Agent), "agent_set": g.setOf(store.Agent), "tool_get": g.getOf(store.Tool), "tool_set": g.setOf(store.Tool),
		"migrate": g.migrate, "register_migration": g.registerMigration, "get_migration_status": g.migrationStatus, "get_schema_versions": g.schemaVersions,
		"create_backup": g.createBackup, "list_backups": g.listBackups, "restore_backup": g.restoreBackup, "validate_backup": g.validateBackup,
		"delete_backup": g.deleteBackup, "cleanup_backups": g.cleanupBackups, "get_storage_usage": g.storageUsage,
	}
	for _, name := range slices.Sorted(maps.Keys(functions)) { // pairs shows them in this order
		f := functions[name]
		g.table.RawSetString(name, L.NewFunction(func(L *lua.LState) int {
			if L.Get(1) == g.table { // called with a colon
				L.Remove(1)
			}
			c := &stateCall{g: g, L: L, name: "State." + name}
			if g.migrating != nil && !mayMigrate(name) {
				c.fail("a migration is under way: its transform must not change anything; return the new value")
			}
			return f(L, c)
		}))
	}
	L.SetGlobal("State", g.table)
}

// stateGlobal is the State of one Lua state.
type stateGlobal struct {
	open   func() (*store.Store, error)
	opt    store.ViewOptions
	env    Env
	table  *lua.LTable
	opened *store.View
	within *store.View // of the transaction that is under way
	// migrating is the call of State.migrate that is under way; nil: none.
	migrating *stateCall
	current   *Current
	live      store.Scope // of a session that is not on disk; without an ID: it was not named
}

// stateCall is one call of a function, for its errors.
type stateCall struct {
	g    *stateGlobal
	L    *lua.LState
	name string
}

// view returns what the call works on.
func (c *stateCall) view() *store.View {
	g := c.g
	if g.within != nil {
		return g.within.On(c.L)
	}
	if g.opened == nil {
		s, err := g.open()
		c.must(err)
		g.opened = s.View(g.opt)
	}
	return g.opened.On(c.L)
}

// must raises an error.
func (c *stateCall) must(err error) {
	if err != nil {
		c.g.env.raise(c.L, fmt.Errorf("%s: %w", c.name, err))
	}
}

func (c *stateCall) fail(format string, args ...any) { c.must(fmt.Errorf(format, args...)) }

// text checks an argument that must be a string; a number is taken as one.
func (c *stateCall) text(n int, what string) string {
	switch v := c.L.Get(n).(type) {
	case lua.LString:
		return string(v)
	case lua.LNumber:
		return v.String()
	default:
		c.fail("argument %d: expected %s as a string, got %s", n, what, v.Type())
	}
	return ""
}

func (c *stateCall) scope(n int) store.Scope {
	s, err := c.g.parseScope(c.text(n, `a scope such as "global" or "session:ID"`))
	c.must(err)
	return s
}

// parseScope reads a scope, and finds the one that it stands for.
func (g *stateGlobal) parseScope(text string) (store.Scope, error) {
	scope, err := g.namedScope(text)
	if err == nil && g.env.StateScope != nil {
		scope, err = g.env.StateScope(scope)
	}
	return scope, err
}

// namedScope reads a scope; "session" alone is that of the current session. If that is
// not one on disk it is the one that runs, and what it keeps there ends with it.
func (g *stateGlobal) namedScope(text string) (store.Scope, error) {
	switch {
	case text != string(store.Session):
		return store.ParseScope(text)
	case g.current.ID != "":
		return store.Scope{Kind: store.Session, ID: g.current.ID}, nil
	case g.env.Session == "":
		return store.ParseScope(text) // it says that there is none
	}
	if g.live.ID == "" {
		s, err := g.open()
		if err == nil {
			g.live, err = s.PrivateScope(g.env.Session)
		}
		if err != nil {
			return store.Scope{}, err
		}
		g.env.onClose(g.forget)
	}
	return g.live, nil
}

// forget deletes what is in the scope of a session that is not on disk.
func (g *stateGlobal) forget() {
	if g.opened == nil {
		return // nothing was written
	}
	ctx, cancel := context.WithTimeout(context.Background(), forgetTime)
	defer cancel()
	_, _ = g.opened.Store.Clear(ctx, g.live) // as if the process had been killed
}

// forgetTime is how long the end of a session may wait for other writers.
const forgetTime = time.Second

func (c *stateCall) key(n int) string { return c.text(n, "a key") }

// value converts an argument. Nothing at all is a mistake; nil is a value.
func (c *stateCall) value(n int) any {
	if c.L.GetTop() < n {
		c.fail("argument %d: a value is missing (nil removes what is there)", n)
	}
	v, err := runtime.ToGo(c.L.Get(n), c.g.env.wholeTables(c.L))
	if err != nil {
		c.fail("argument %d: the value cannot be kept: %w", n, err)
	}
	return v
}

// pushValue is push for what may hold values that are kept: null in them is JSON.null,
// so that what was read is written back as it was.
func (c *stateCall) pushValue(v any) int {
	lv, err := runtime.FromGo(c.L, v, withNulls(c.L))
	c.must(err)
	c.L.Push(lv)
	return 1
}

// push converts what tells of values for the script.
func (c *stateCall) push(v any) int {
	lv, err := runtime.FromGo(c.L, v, runtime.ConvertLimits{})
	c.must(err)
	c.L.Push(lv)
	return 1
}

func (c *stateCall) pushKeys(entries []store.Entry) int {
	t := c.L.CreateTable(len(entries), 0)
	for i, e := range entries {
		t.RawSetInt(i+1, lua.LString(e.Key))
	}
	c.L.Push(t)
	return 1
}

// stateOptions are the options of a call, checked.
type stateOptions struct {
	tool.Params
	scope    store.Scope
	function *lua.LFunction // of the options that have one; nil: not given
}

func (c *stateCall) options(n int, allowed options.Name) stateOptions {
	o := stateOptions{scope: store.Scope{Kind: store.Global}}
	v := c.L.Get(n)
	if v == lua.LNil {
		return o
	}
	t, ok := v.(*lua.LTable)
	if !ok {
		c.fail("argument %d: expected a table of options such as {scope = \"session:ID\"}, got %s", n, v.Type())
	}
	p, fn, err := checkedWith(t, allowed)
	c.must(err)
	o.Params, o.function = p, fn
	if p.Has("scope") {
		o.scope, err = c.g.parseScope(p.String("scope"))
		c.must(err)
	}
	return o
}

func (o stateOptions) set() store.SetOptions {
	return store.SetOptions{TTL: store.Seconds(o.Float("ttl"))}
}

func (g *stateGlobal) get(L *lua.LState, c *stateCall) int {
	key := c.key(1)
	o := c.options(2, options.StateGetOptions)
	e, ok, err := c.view().Get(g.env.context(), o.scope, key)
	c.must(err)
	if !ok {
		return c.pushValue(o.Params["default"])
	}
	return c.pushValue(e.Value)
}

func (g *stateGlobal) set(L *lua.LState, c *stateCall) int {
	key, value := c.key(1), c.value(2)
	o := c.options(3, options.StateSetOptions)
	return g.write(L, c, o.scope, key, value, o.set())
}

// write sets a value, or removes it if it is nil, and pushes the version.
func (g *stateGlobal) write(L *lua.LState, c *stateCall, scope store.Scope, key string, value any, opt store.SetOptions) int {
	if value == nil {
		_, err := c.view().Delete(g.env.context(), scope, key)
		c.must(err)
		return 0
	}
	e, err := c.view().Set(g.env.context(), scope, key, value, opt)
	c.must(err)
	if e.Version == 0 {
		return 0
	}
	L.Push(lua.LNumber(e.Version))
	return 1
}

// delete is State.delete(scope, key), and State.delete(key, options).
func (g *stateGlobal) delete(L *lua.LState, c *stateCall) int {
	var scope store.Scope
	var key string
	switch L.Get(2).(type) {
	case lua.LString, lua.LNumber:
		scope, key = c.scope(1), c.key(2)
	default:
		key = c.key(1)
		scope = c.options(2, options.StateOptions).scope
	}
	was, err := c.view().Delete(g.env.context(), scope, key)
	c.must(err)
	L.Push(lua.LBool(was))
	return 1
}

func (g *stateGlobal) exists(L *lua.LState, c *stateCall) int {
	key := c.key(1)
	_, ok, err := c.view().Get(g.env.context(), c.options(2, options.StateOptions).scope, key)
	c.must(err)
	L.Push(lua.LBool(ok))
	return 1
}

func (g *stateGlobal) info(L *lua.LState, c *stateCall) int {
	key := c.key(1)
	e, ok, err := c.view().Get(g.env.context(), c.options(2, options.StateOptions).scope, key)
	c.must(err)
	if !ok {
		L.Push(lua.LNil)
		return 1
	}
	return c.push(describeEntry(e))
}

func describeEntry(e store.Entry) map[string]any {
	m := map[string]any{"scope": e.Scope.String(), "key": e.Key, "version": e.Version, "revision": e.Revision, "size": e.Size}
	if !e.Written.IsZero() {
		m["created_at"], m["written_at"] = e.Created.UTC(), e.Written.UTC()
	}
	if e.TTL > 0 {
		m["ttl"] = e.TTL.Seconds()
		if !e.Written.IsZero() {
			m["expires_at"] = e.Expires().UTC()
		}
	}
	return m
}

func (g *stateGlobal) list(L *lua.LState, c *stateCall) int {
	o := c.options(1, options.StateListOptions)
	opt := store.ListOptions{Prefix: o.String("prefix"), After: o.String("after"), Limit: o.Int("limit"), Values: o.Bool("values"), Damaged: true}
	entries, err := c.view().List(g.env.context(), o.scope, opt)
	c.must(err)
	if !opt.Values {
		return c.pushKeys(entries)
	}
	return c.pushValues(entries)
}

func (c *stateCall) pushValues(entries []store.Entry) int {
	list := make([]any, len(entries))
	for i, e := range entries {
		m := describeEntry(e)
		m["value"] = e.Value
		if e.Damaged != nil {
			delete(m, "value")
			m["damaged"] = e.Damaged.Error()
		}
		list[i] = m
	}
	return c.pushValue(list)
}

func (g *stateGlobal) history(_ *lua.LState, c *stateCall) int {
	key := c.key(1)
	entries, err := c.view().Store.History(g.env.context(), c.options(2, options.StateOptions).scope, key)
	c.must(err)
	return c.pushValues(entries)
}

func (g *stateGlobal) increment(L *lua.LState, c *stateCall) int {
	key, by := c.key(1), 1.0
	switch v := L.Get(2).(type) {
	case *lua.LNilType:
	case lua.LNumber:
		by = float64(v)
	default:
		c.fail("argument 2: expected a number to add, got %s", v.Type())
	}
	o := c.options(3, options.StateSetOptions)
	e, err := c.view().Increment(g.env.context(), o.scope, key, by, o.set())
	c.must(err)
	return c.pushValue(e.Value)
}

// compareAndSet expects the value that is given, or the version of the options.
func (g *stateGlobal) compareAndSet(L *lua.LState, c *stateCall) int {
	key := c.key(1)
	old, err := runtime.ToGo(L.Get(2), g.env.wholeTables(L))
	if err != nil {
		c.fail("argument 2: no value that is kept can equal it: %w", err)
	}
	value := c.value(3)
	o := c.options(4, options.StateCompareOptions)
	expect := store.Equals(old)
	switch {
	case o.Has("revision"):
		expect = store.AtRevision(int64(o.Float("revision")))
	case o.Has("version"):
		expect = store.AtVersion(int64(o.Float("version")))
	case old == nil:
		expect = store.Missing()
	}
	var e store.Entry
	var done bool
	if value == nil {
		e, done, err = c.view().CompareAndDelete(g.env.context(), o.scope, key, expect)
	} else {
		e, done, err = c.view().CompareAndSet(g.env.context(), o.scope, key, expect, value, o.set())
	}
	c.must(err)
	L.Push(lua.LBool(done))
	if done {
		return 1
	}
	return 1 + c.pushValue(e.Value)
}

func (g *stateGlobal) clear(L *lua.LState, c *stateCall) int {
	n, err := c.view().Clear(g.env.context(), c.scope(1))
	c.must(err)
	L.Push(lua.LNumber(n))
	return 1
}

func (g *stateGlobal) scopes(_ *lua.LState, c *stateCall) int {
	found, err := c.view().Store.Scopes(g.env.context())
	c.must(err)
	list := make([]any, len(found))
	for i, s := range found {
		list[i] = map[string]any{"scope": s.Scope.String(), "entries": s.Entries, "bytes": s.Bytes}
	}
	return c.pushValue(list)
}

func (g *stateGlobal) flush(_ *lua.LState, c *stateCall) int {
	v := c.view()
	ctx := g.env.context()
	var err error
	v.Do(ctx, func(s *store.Store) { err = s.Flush(ctx) })
	c.must(err)
	return 0
}

// transaction is State.transaction(fn, {retries=}). fn runs on the script's
// goroutine; the functions of State that it calls are part of the transaction.
func (g *stateGlobal) transaction(L *lua.LState, c *stateCall) int {
	fn, ok := L.Get(1).(*lua.LFunction)
	if !ok {
		c.fail("argument 1: expected a function, got %s", L.Get(1).Type())
	}
	o := c.options(2, options.StateTransactionOptions)
	attempts := 0
	if o.Has("retries") {
		attempts = o.Int("retries") + 1
	}
	top := L.GetTop()
	outer := g.within
	defer func() { g.within = outer }()
	err := c.view().Transact(g.env.context(), attempts, func(tx *store.View) error {
		L.SetTop(top)
		g.within = tx
		// An error that fn raises goes on as it is, past the transaction.
		L.Push(fn)
		L.Push(g.table)
		L.Call(1, lua.MultRet)
		g.within = outer
		return nil
	})
	c.must(err)
	return L.GetTop() - top
}
