package globals

import (
	"fmt"
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/runtime/lualib"
	"github.com/llmspell/llmspell/runtime/profile"
)

// DebugEnv is what the global Debug needs from the session that owns it.
type DebugEnv struct {
	State *runtime.State
	// Shown tells whether a message of a level goes to the script's stderr. Nil:
	// those of warn and error do.
	Shown func(DebugLevel) bool
}

// DebugLevel is the level of a script's message.
type DebugLevel int

// The levels, the least important first.
const (
	DebugTrace DebugLevel = iota
	DebugDebug
	DebugInfo
	DebugWarn
	DebugError
	debugOff
)

var debugLevels = [...]string{"trace", "debug", "info", "warn", "error", "off"}

func (l DebugLevel) String() string { return debugLevels[l] }

// parseDebugLevel reads the name of a level.
func parseDebugLevel(text string) (DebugLevel, bool) {
	text = strings.ToLower(text)
	if text == "warning" {
		text = "warn"
	}
	for i, name := range debugLevels {
		if name == text {
			return DebugLevel(i), true
		}
	}
	return 0, false
}

// InstallDebug defines the globals Debug and Logger in a Lua state: messages with
// levels and filters, timers, dumps, stack traces, memory and profiles. All names
// are in docs/lua-api.md. The function that it returns frees what is still in
// use; call it before the state is closed.
func InstallDebug(L *lua.LState, env DebugEnv) (closeDebug func()) {
	g := &debugGlobal{
		env: env, host: env.State.Host(), level: DebugInfo, enabled: true, passes: true,
		began: time.Now(), timers: map[int]*debugTimer{},
	}
	if std, ok := L.GetGlobal("debug").(*lua.LTable); ok { // now: scripts may change it
		g.getinfo, g.getlocal, g.getupvalue = std.RawGetString("getinfo"), std.RawGetString("getlocal"), std.RawGetString("getupvalue")
	}
	t, logger := L.CreateTable(0, 32), L.CreateTable(0, 8)
	for _, level := range []DebugLevel{DebugTrace, DebugDebug, DebugInfo, DebugWarn, DebugError} {
		f := L.NewFunction(func(L *lua.LState) int { return g.message(L, "Debug."+level.String(), level, 1, nil) })
		t.RawSetString(level.String(), f)
		logger.RawSetString(level.String(), f)
	}
	for _, f := range g.functions() {
		t.RawSetString(f.name, L.NewFunction(f.call))
	}
	asMethods(t, "show", "dump", "dumpCompact", "dumpVerbose", "dumpWithOptions")
	asMethods(logger)
	L.SetGlobal("Debug", t)
	L.SetGlobal("Logger", logger)
	return g.close
}

// libraryFunction is a function of a global and its name.
type libraryFunction struct {
	name string
	call lua.LGFunction
}

// functions are those of Debug, in the order in which pairs visits them.
func (g *debugGlobal) functions() []libraryFunction {
	return []libraryFunction{
		{"log", g.log}, {"logWithData", g.logWithData},
		{"setLevel", g.setLevel}, {"getLevel", g.getLevel}, {"setEnabled", g.setEnabled}, {"isEnabled", g.isEnabled},
		{"addModuleFilter", g.addModuleFilter}, {"addAdvancedFilter", g.addAdvancedFilter},
		{"removeModuleFilter", g.removeModuleFilter}, {"clearModuleFilters", g.clearModuleFilters},
		{"setDefaultFilterEnabled", g.setDefaultFilterEnabled}, {"getFilterSummary", g.getFilterSummary},
		{"getCapturedEntries", g.getCapturedEntries}, {"clearCaptured", g.clearCaptured},
		{"timer", g.timer}, {"recordEvent", g.recordEvent}, {"performanceReport", g.performanceReport}, {"jsonReport", g.jsonReport},
		{"show", g.showValue}, {"dump", g.dump}, {"dumpCompact", g.dumpCompact}, {"dumpVerbose", g.dumpVerbose}, {"dumpWithOptions", g.dumpWithOptions},
		{"stackTrace", g.stackTrace}, {"stackTraceJson", g.stackTraceJSON},
		{"memoryStats", g.memoryStats}, {"memorySnapshot", g.memorySnapshot},
		{"startProfile", g.startProfile}, {"stopProfile", g.stopProfile}, {"flameGraph", g.flameGraph},
		{"breakpoint", g.breakpoint}, {"isAttached", g.isAttached},
	}
}

// debugGlobal is the Debug of one Lua state.
type debugGlobal struct {
	env     DebugEnv
	host    *lualib.Host
	level   DebugLevel // of messages that are captured and shown
	enabled bool
	passes  bool // messages of modules for which there is no filter
	filters []debugFilter
	entries debugRing
	began   time.Time
	lastID  int
	timers  map[int]*debugTimer
	order   []int // ids of timers, oldest first
	prof    *profile.Profile
	running bool // prof is

	getinfo, getlocal, getupvalue lua.LValue
}

func (g *debugGlobal) close() {
	if g.running {
		g.prof.Stop()
	}
}

func (g *debugGlobal) raise(L *lua.LState, function, format string, args ...any) int {
	g.host.Raise(L, fmt.Errorf("%s: %w", function, fmt.Errorf(format, args...)))
	return 0
}

// text checks an argument that is a text.
func (g *debugGlobal) text(L *lua.LState, function string, i int, what string) string {
	s, ok := L.Get(i).(lua.LString)
	if !ok {
		g.raise(L, function, "argument %d: expected %s, got %s", i, what, L.Get(i).Type())
	}
	return string(s)
}

// count checks an argument that is a whole number from least on; missing: def.
func (g *debugGlobal) count(L *lua.LState, function string, i, least, def int) int {
	switch v := L.Get(i).(type) {
	case *lua.LNilType:
		return def
	case lua.LNumber:
		if n := int(v); lua.LNumber(n) == v && n >= least {
			return n
		}
	}
	g.raise(L, function, "argument %d: expected a whole number, %d at least, got %s", i, least, shown(L.Get(i)))
	return 0
}

func (g *debugGlobal) flag(L *lua.LState, function string, i int) bool {
	b, ok := L.Get(i).(lua.LBool)
	if !ok {
		g.raise(L, function, "argument %d: expected true or false, got %s", i, L.Get(i).Type())
	}
	return bool(b)
}

// breakpoint stops an attached debugger at the statement that comes next.
func (g *debugGlobal) breakpoint(L *lua.LState) int {
	if g.env.State.Hooked() {
		g.env.State.RequestPause()
	}
	return 0
}

func (g *debugGlobal) isAttached(L *lua.LState) int {
	L.Push(lua.LBool(g.env.State.Hooked()))
	return 1
}
