package globals

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/config"
	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/runtime/lualib"
	"github.com/llmspell/llmspell/tools/sandbox"
)

// ConfigEnv is what the global Config needs from its session.
type ConfigEnv struct {
	Host *lualib.Host
	// Loaded is the configuration.
	Loaded *config.Loaded
	// Sandbox says what the script may really touch.
	Sandbox *sandbox.Sandbox
}

// InstallConfig defines the global Config in a Lua state:
//
//	Config.get(key, default)              a value by its dotted key, such as "kernel.max_clients"; without a key all of them
//	Config.getSection(name)               a table of the configuration, nil if there is none
//	Config.getDefaultEngine()             "lua"
//	Config.getProvider(name)              a provider, nil if there is none
//	Config.listProviders()                the names of the providers
//	Config.getSecurity()                  {sandbox, allow_file_access, allow_network_access, allow_process_spawn, max_memory_bytes, max_execution_time_ms}, as it is in force
//	Config.getTools()                     the section tools
//	Config.getPermissions()               {read = {all, allow, deny}, write, net, run, env, db}, as they are in force
//	Config.isFileAccessAllowed(path, how) whether a file may be read, or with "write" written, and why not; without a path: any file
//	Config.isNetworkAccessAllowed(host, port)  whether a host may be reached, and why not; without a host: any host
//	Config.addAllowedPath(path)           an error that says which flag does it: a script cannot widen what it may do
//	Config.setSecurity(table)             likewise
//	Config.setProvider(name, table)       likewise, unless everything is allowed; then for this session
//	Config.snapshot()                     remembers what setProvider has set; gives a number
//	Config.restoreSnapshot(number)        goes back to it
//	Config.toJson(pretty)                 all of it as JSON
//
// Secrets are masked in all of them.
func InstallConfig(L *lua.LState, e ConfigEnv) {
	g := &configGlobal{ConfigEnv: e, providers: map[string]map[string]any{}, snapshots: map[int64]map[string]map[string]any{}}
	t := L.CreateTable(0, 12)
	for _, f := range []libraryFunction{
		{"get", g.get}, {"getSection", g.getSection}, {"getDefaultEngine", g.getDefaultEngine}, {"getProvider", g.getProvider},
		{"listProviders", g.listProviders}, {"getSecurity", g.getSecurity}, {"getTools", g.getTools}, {"getPermissions", g.getPermissions},
		{"isFileAccessAllowed", g.isFileAccessAllowed}, {"isNetworkAccessAllowed", g.isNetworkAccessAllowed},
		{"addAllowedPath", g.addAllowedPath}, {"setSecurity", g.setSecurity}, {"setProvider", g.setProvider},
		{"snapshot", g.snapshot}, {"restoreSnapshot", g.restoreSnapshot}, {"toJson", g.toJSON},
	} {
		t.RawSetString(f.name, L.NewFunction(f.call))
	}
	asMethods(t)
	L.SetGlobal("Config", t)
}

// configGlobal is the Config of one Lua state.
type configGlobal struct {
	ConfigEnv
	providers map[string]map[string]any           // set by the script
	snapshots map[int64]map[string]map[string]any // of providers
	last      int64                               // the latest snapshot
}

// maxSnapshots bounds what a script keeps; the oldest goes.
const maxSnapshots = 100

func (g *configGlobal) raise(L *lua.LState, function string, err error) int {
	g.Host.Raise(L, fmt.Errorf("%s: %w", "Config."+function, err))
	return 0
}

// push gives a Go value to the script.
func (g *configGlobal) push(L *lua.LState, function string, v any) int {
	value, err := runtime.FromGo(L, v, runtime.ConvertLimits{})
	if err != nil {
		return g.raise(L, function, err)
	}
	L.Push(value)
	return 1
}

// text reads an argument that must be a text; "" if it is missing.
func (g *configGlobal) text(L *lua.LState, function string, n int, what string) string {
	switch v := L.Get(n).(type) {
	case lua.LString:
		return string(v)
	case *lua.LNilType:
		return ""
	default:
		return fmt.Sprint(g.raise(L, function, fmt.Errorf("expected %s as argument %d, got %s", what, n, v.Type())))
	}
}

// tree is a section with what the script has set itself.
func (g *configGlobal) tree(section string) any {
	if len(g.providers) == 0 {
		return g.Loaded.Tree(section)
	}
	all, _ := g.Loaded.Tree("").(map[string]any)
	providers, _ := all["providers"].(map[string]any)
	providers = maps.Clone(providers)
	for name, p := range g.providers {
		providers[name] = p
	}
	all["providers"] = providers
	var at any = all
	for _, name := range strings.Split(section, ".") {
		table, ok := at.(map[string]any)
		if !ok {
			return nil
		}
		if section != "" {
			at = table[name]
		}
	}
	return at
}

func (g *configGlobal) get(L *lua.LState) int {
	key := g.text(L, "get", 1, "a key")
	v := g.tree(config.Canonical(key))
	if v == nil && L.GetTop() > 1 {
		L.Push(L.Get(2))
		return 1
	}
	return g.push(L, "get", v)
}

func (g *configGlobal) getSection(L *lua.LState) int {
	v, _ := g.tree(config.Canonical(g.text(L, "getSection", 1, "the name of a section"))).(map[string]any)
	if v == nil {
		L.Push(lua.LNil)
		return 1
	}
	return g.push(L, "getSection", v)
}

func (g *configGlobal) getDefaultEngine(L *lua.LState) int {
	L.Push(lua.LString(g.Loaded.Config.DefaultEngine))
	return 1
}

func (g *configGlobal) namedProviders() map[string]any {
	out := map[string]any{}
	all, _ := g.tree("providers").(map[string]any)
	for name, p := range all {
		if table, ok := p.(map[string]any); ok {
			out[name] = table
		}
	}
	return out
}

func (g *configGlobal) getProvider(L *lua.LState) int {
	return g.push(L, "getProvider", g.namedProviders()[g.text(L, "getProvider", 1, "the name of a provider")])
}

func (g *configGlobal) listProviders(L *lua.LState) int {
	names := L.CreateTable(8, 0)
	for _, name := range slices.Sorted(maps.Keys(g.namedProviders())) {
		names.Append(lua.LString(name))
	}
	L.Push(names)
	return 1
}

func (g *configGlobal) getTools(L *lua.LState) int { return g.push(L, "getTools", g.tree("tools")) }

// getSecurity says what is in force, whatever the configuration alone would say.
func (g *configGlobal) getSecurity(L *lua.LState) int {
	p, c := g.Sandbox.Policy(), g.Loaded.Config
	profile := c.SandboxProfile()
	if p.Read.All && p.Write.All && p.Net.All && p.Run.All && p.Env.All && p.DB.All {
		profile = "trusted"
	} else if profile == "" || profile == "trusted" {
		profile = "restricted"
	}
	return g.push(L, "getSecurity", map[string]any{
		"sandbox":               profile,
		"allow_file_access":     any1(p.Read) || any1(p.Write),
		"allow_network_access":  any1(p.Net),
		"allow_process_spawn":   any1(p.Run),
		"max_memory_bytes":      c.ScriptHeap(),
		"max_execution_time_ms": c.ScriptTime().Milliseconds(),
	})
}

// any1 tells whether a rule allows anything.
func any1(r sandbox.Rule) bool { return r.All || len(r.Allow) > 0 }

func (g *configGlobal) getPermissions(L *lua.LState) int {
	policy := g.Sandbox.Policy()
	out := map[string]any{}
	for _, p := range sandbox.Permissions() {
		r := policy.Rule(p)
		out[string(p)] = map[string]any{"all": r.All, "allow": anys(r.Allow), "deny": anys(r.Deny)}
	}
	return g.push(L, "getPermissions", out)
}

func anys(list []string) []any {
	out := make([]any, len(list))
	for i, s := range list {
		out[i] = s
	}
	return out
}

// answer pushes whether something is allowed, and why not.
func answer(L *lua.LState, err error) int {
	var denied *sandbox.DeniedError
	if errors.As(err, &denied) || errors.Is(err, fs.ErrPermission) {
		L.Push(lua.LFalse)
		L.Push(lua.LString(err.Error()))
		return 2
	}
	L.Push(lua.LTrue) // what is missing, or cannot be reached, is not forbidden
	return 1
}

func (g *configGlobal) isFileAccessAllowed(L *lua.LState) int {
	const name = "isFileAccessAllowed"
	path, how := g.text(L, name, 1, "a path"), g.text(L, name, 2, `"read" or "write"`)
	policy := g.Sandbox.Policy()
	access := sandbox.Read
	switch how {
	case "", "read", "r":
	case "write", "w":
		access = sandbox.Write
	default:
		return g.raise(L, name, fmt.Errorf(`expected "read" or "write", got %q`, clipped(how)))
	}
	if path == "" {
		L.Push(lua.LBool(any1(*policy.Rule(access))))
		return 1
	}
	place, err := g.Sandbox.Place(access, path)
	if err == nil {
		defer place.Close()
		if _, err = place.Stat(); err != nil {
			err = place.Explain(err)
		}
	}
	return answer(L, err)
}

func (g *configGlobal) isNetworkAccessAllowed(L *lua.LState) int {
	const name = "isNetworkAccessAllowed"
	host, port := g.text(L, name, 1, "a host"), ""
	switch v := L.Get(2).(type) {
	case lua.LNumber:
		port = v.String()
	case lua.LString:
		port = string(v)
	}
	if host == "" {
		policy := g.Sandbox.Policy()
		L.Push(lua.LBool(any1(policy.Net)))
		return 1
	}
	err := g.Sandbox.CheckHost(host, port)
	var denied *sandbox.DeniedError
	if err != nil && !errors.As(err, &denied) {
		return g.raise(L, name, err)
	}
	return answer(L, err)
}

// trusted tells whether the script may do everything anyway.
func (g *configGlobal) trusted() bool {
	p := g.Sandbox.Policy()
	for _, permission := range sandbox.Permissions() {
		if r := p.Rule(permission); !r.All || len(r.Deny) > 0 {
			return false
		}
	}
	return true
}

func (g *configGlobal) addAllowedPath(L *lua.LState) int {
	path := g.text(L, "addAllowedPath", 1, "a path")
	if path == "" {
		return g.raise(L, "addAllowedPath", errors.New("expected a path"))
	}
	if g.trusted() { // it is allowed already
		L.Push(lua.LTrue)
		return 1
	}
	return g.raise(L, "addAllowedPath", ownDenial(sandbox.Read, path, sandbox.Argument("allow", sandbox.Read, path)))
}

// ownDenial is the error of a script that wants to widen what it may do.
func ownDenial(p sandbox.Permission, target, flag string) error {
	return &sandbox.DeniedError{Permission: p, Target: target, Reason: "cannot be allowed by the script itself", Flag: flag}
}

func (g *configGlobal) setSecurity(L *lua.LState) int {
	t, ok := L.Get(1).(*lua.LTable)
	if !ok {
		return g.raise(L, "setSecurity", fmt.Errorf("expected a table, got %s", L.Get(1).Type()))
	}
	permissions := map[string]sandbox.Permission{
		"allow_file_access": sandbox.Read, "allow_network_access": sandbox.Net, "allow_process_spawn": sandbox.Run,
	}
	for k, v := t.Next(lua.LNil); k != lua.LNil; k, v = t.Next(k) {
		p, known := permissions[k.String()]
		switch {
		case !known:
			return g.raise(L, "setSecurity", fmt.Errorf("%s cannot be set by a script; flags and the configuration set it", clipped(k.String())))
		case !lua.LVAsBool(v):
			return g.raise(L, "setSecurity", fmt.Errorf("%s: what a script may do cannot change while it runs; start it with %s",
				k.String(), sandbox.Argument("deny", p)))
		case !g.trusted():
			return g.raise(L, "setSecurity", ownDenial(p, "all", sandbox.Argument("allow", p)))
		}
	}
	L.Push(lua.LTrue)
	return 1
}

func (g *configGlobal) setProvider(L *lua.LState) int {
	const function = "setProvider"
	name := g.text(L, function, 1, "the name of a provider")
	t, ok := L.Get(2).(*lua.LTable)
	switch {
	case name == "":
		return g.raise(L, function, errors.New("expected the name of a provider"))
	case !ok:
		return g.raise(L, function, fmt.Errorf("expected a table as argument 2, got %s", L.Get(2).Type()))
	case !g.trusted():
		return g.raise(L, function, ownDenial(sandbox.Net, "provider "+name, "--allow-all"))
	}
	v, err := runtime.ToGo(t, runtime.ConvertLimits{MaxNodes: 1000, MaxBytes: 64 << 10})
	if err != nil {
		return g.raise(L, function, err)
	}
	values, ok := v.(map[string]any)
	if !ok {
		return g.raise(L, function, errors.New("expected a table with names as keys"))
	}
	checked, err := config.CheckProvider(name, values)
	if err != nil {
		return g.raise(L, function, err)
	}
	g.providers = maps.Clone(g.providers)
	g.providers[name] = checked
	L.Push(lua.LTrue)
	return 1
}

func (g *configGlobal) snapshot(L *lua.LState) int {
	g.last = max(g.last+1, time.Now().UnixMilli())
	g.snapshots[g.last] = g.providers // it is replaced, never changed
	if len(g.snapshots) > maxSnapshots {
		delete(g.snapshots, slices.Min(slices.Collect(maps.Keys(g.snapshots))))
	}
	L.Push(lua.LNumber(g.last))
	return 1
}

func (g *configGlobal) restoreSnapshot(L *lua.LState) int {
	n, ok := L.Get(1).(lua.LNumber)
	if !ok {
		return g.raise(L, "restoreSnapshot", fmt.Errorf("expected a number that Config.snapshot gave, got %s", L.Get(1).Type()))
	}
	providers, ok := g.snapshots[int64(n)]
	if !ok {
		return g.raise(L, "restoreSnapshot", fmt.Errorf("there is no snapshot %s", n.String()))
	}
	g.providers = providers
	L.Push(lua.LTrue)
	return 1
}

func (g *configGlobal) toJSON(L *lua.LState) int {
	text, err := config.JSON(g.tree(""), lua.LVAsBool(L.Get(1)))
	if err != nil {
		return g.raise(L, "toJson", err)
	}
	L.Push(lua.LString(text))
	return 1
}
