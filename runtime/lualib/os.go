package lualib

import (
	"os"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// osLib is the os library of one state.
type osLib struct {
	host *Host
	env  *environment
}

func openOS(L *lua.LState, h *Host) *environment {
	o := &osLib{host: h, env: &environment{host: h}}
	register(L, library(L, lua.OsLibName), []entry{
		{"clock", osClock},
		{"date", osDate},
		{"difftime", osDifftime},
		{"execute", o.execute},
		{"exit", o.exit},
		{"getenv", o.getenv},
		{"remove", o.remove},
		{"rename", o.rename},
		{"setenv", o.setenv},
		{"setlocale", osSetlocale},
		{"time", osTime},
		{"tmpname", o.tmpname},
	})
	return o.env
}

// environment is the environment of one state: the Host's, with what the script
// itself set. The process's own is never changed.
type environment struct {
	host *Host
	set  map[string]string
}

func (e *environment) lookup(name string) (string, bool) {
	if value, ok := e.set[name]; ok {
		return value, true
	}
	return e.host.LookupEnv(name)
}

// mayRead tells whether a variable may be read, and handed on. What the script
// set itself is its own.
func (e *environment) mayRead(name string) error {
	if _, ok := e.set[name]; ok {
		return nil
	}
	return e.host.System.MayReadEnv(name)
}

// list is the environment for a child process. The Host is asked by name: the
// names are those of the process, its own, and those that the script set.
func (e *environment) list() []string {
	var list []string
	seen := map[string]bool{"": true}
	add := func(name string) {
		if seen[name] {
			return
		}
		seen[name] = true
		if value, ok := e.lookup(name); ok && e.mayRead(name) == nil {
			list = append(list, name+"="+value)
		}
	}
	for _, pair := range os.Environ() {
		name, _, _ := strings.Cut(pair, "=")
		add(name)
	}
	if e.host.EnvNames != nil {
		for _, name := range e.host.EnvNames() {
			add(name)
		}
	}
	for name := range e.set {
		add(name)
	}
	return list
}

func (o *osLib) getenv(L *lua.LState) int {
	name := checkString(L, 1)
	if value, ok := o.env.lookup(name); ok {
		raiseDenied(L, o.host, o.env.mayRead(name))
		L.Push(lua.LString(value))
	} else {
		L.Push(lua.LNil)
	}
	return 1
}

// setenv is an addition of gopher-lua's. Here it reaches the script and the child
// processes it starts, not the rest of the process.
func (o *osLib) setenv(L *lua.LState) int {
	name, value := checkString(L, 1), checkString(L, 2)
	if name == "" || strings.ContainsAny(name, "=\x00") || strings.Contains(value, "\x00") {
		L.Push(lua.LNil)
		L.Push(lua.LString(name + ": Invalid argument"))
		return 2
	}
	if o.env.set == nil {
		o.env.set = make(map[string]string)
	}
	o.env.set[name] = value
	L.Push(lua.LTrue)
	return 1
}

// exit takes an exit code or, as in Lua 5.2, a boolean.
func (o *osLib) exit(L *lua.LState) int {
	code := 0
	if success, ok := L.Get(1).(lua.LBool); ok {
		if !success {
			code = 1
		}
	} else {
		code = optInt(L, 1, 0)
	}
	o.host.Exit(L, code)
	return 0
}

func (o *osLib) remove(L *lua.LState) int {
	name := checkString(L, 1)
	return pushNamedResult(L, o.host.System.Remove(resolve(o.host, name)), name)
}

func (o *osLib) rename(L *lua.LState) int {
	from, to := checkString(L, 1), checkString(L, 2)
	return pushNamedResult(L, o.host.System.Rename(resolve(o.host, from), resolve(o.host, to)), from)
}

// tmpname makes the file too, so that no other process takes the name.
func (o *osLib) tmpname(L *lua.LState) int {
	file, err := o.host.System.CreateTemp("lua_")
	raiseDenied(L, o.host, err)
	if err != nil {
		raise(L, "unable to generate a unique filename")
	}
	name := file.Name()
	if err := file.Close(); err != nil {
		raise(L, "unable to generate a unique filename")
	}
	L.Push(lua.LString(name))
	return 1
}

// osSetlocale knows the C locale, in which Go always works.
func osSetlocale(L *lua.LState) int {
	locale := optString(L, 1, "C")
	checkOption(L, 2, "all", "all", "collate", "ctype", "monetary", "numeric", "time")
	switch locale {
	case "", "C", "POSIX":
		L.Push(lua.LString("C"))
	default:
		L.Push(lua.LNil)
	}
	return 1
}

// checkOption is luaL_checkoption: the argument must be one of the names.
func checkOption(L *lua.LState, n int, standard string, names ...string) string {
	var option string
	if standard == "" {
		option = checkString(L, n)
	} else {
		option = optString(L, n, standard)
	}
	for _, name := range names {
		if option == name {
			return option
		}
	}
	argError(L, n, "invalid option '"+option+"'")
	return ""
}
