package globals

import (
	"fmt"
	"time"

	"github.com/google/uuid"
	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/kernel/options"
	"github.com/llmspell/llmspell/runtime/lualib"
)

// InstallUtils defines the global Utils in a Lua state:
//
//	Utils.uuid()            a random UUID
//	Utils.now()             the time in seconds since 1970, with a fraction
//	Utils.timestamp()       the time in UTC as RFC 3339
//	Utils.sleep(ms)         waits; the end of the script interrupts it
//	Utils.deepcopy(v)       a copy of a table, with the tables in it
func InstallUtils(L *lua.LState, host *lualib.Host) {
	t := L.CreateTable(0, 12)
	for _, f := range []libraryFunction{
		{"uuid", func(L *lua.LState) int { L.Push(lua.LString(uuid.NewString())); return 1 }},
		{"now", func(L *lua.LState) int {
			L.Push(lua.LNumber(float64(time.Now().UnixMicro()) / 1e6))
			return 1
		}},
		{"timestamp", func(L *lua.LState) int {
			L.Push(lua.LString(time.Now().UTC().Format("2006-01-02T15:04:05.000Z07:00")))
			return 1
		}},
		{"sleep", func(L *lua.LState) int { return sleep(L, host) }},
		{"deepcopy", func(L *lua.LState) int {
			L.Push(deepCopy(L, host, L.Get(1), map[*lua.LTable]*lua.LTable{}))
			return 1
		}},
	} {
		t.RawSetString(f.name, L.NewFunction(f.call))
	}
	asMethods(t, "deepcopy")
	L.SetGlobal("Utils", t)
}

func sleep(L *lua.LState, host *lualib.Host) int {
	ms, ok := L.Get(1).(lua.LNumber)
	if !ok || !(ms >= 0 && float64(ms) <= float64(options.MaxTimeout/time.Millisecond)) {
		host.Raise(L, fmt.Errorf("%s: expected milliseconds between 0 and %d, got %s", "Utils.sleep", options.MaxTimeout/time.Millisecond, shown(L.Get(1))))
	}
	pause(L, host, ofMilliseconds(float64(ms)))
	return 0
}

// pause waits. Meanwhile clients are answered, and a debugger can attach or pause the
// script. It raises an error when the script must end.
func pause(L *lua.LState, host *lualib.Host, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	poll := time.NewTicker(pollEvery)
	defer poll.Stop()
	for {
		select {
		case <-timer.C:
			return
		case <-host.Context().Done():
		case <-host.Wake():
			host.Serve()
		case <-poll.C:
		}
		host.Charge(L, 0) // raises the end of the script
	}
}

// deepCopy copies tables, each once. Metatables are shared.
func deepCopy(L *lua.LState, host *lualib.Host, v lua.LValue, copies map[*lua.LTable]*lua.LTable) lua.LValue {
	t, ok := v.(*lua.LTable)
	if !ok {
		return v
	}
	if c := copies[t]; c != nil {
		return c
	}
	host.Charge(L, 1)
	if len(copies)%1000 == 999 {
		host.Alloc(L, 1000*256)
	}
	c := L.NewTable()
	copies[t], c.Metatable = c, t.Metatable
	for k, v := t.Next(lua.LNil); k != lua.LNil; k, v = t.Next(k) {
		c.RawSet(deepCopy(L, host, k, copies), deepCopy(L, host, v, copies))
	}
	return c
}
