package globals

import (
	"fmt"
	"path"
	"regexp"
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/runtime/lualib"
)

// Bounds of what Debug keeps.
const (
	maxDebugEntries = 1000
	maxDebugFilters = 1000
	maxDebugMessage = 64 << 10
)

// debugEntry is a message that was captured.
type debugEntry struct {
	at              time.Time
	level           DebugLevel
	message, module string
	data            lua.LValue // nil: none
}

// debugRing keeps the latest messages.
type debugRing struct {
	list  []debugEntry
	first int // of list, once that is full
	lost  int // messages that newer ones replaced
}

func (r *debugRing) add(e debugEntry) {
	if len(r.list) < maxDebugEntries {
		r.list = append(r.list, e)
		return
	}
	r.list[r.first] = e
	r.first = (r.first + 1) % len(r.list)
	r.lost++
}

// latest returns the last n entries, the oldest of them first.
func (r *debugRing) latest(n int) []debugEntry {
	n = min(n, len(r.list))
	out := make([]debugEntry, 0, n)
	for i := len(r.list) - n; i < len(r.list); i++ {
		out = append(out, r.list[(r.first+i)%len(r.list)])
	}
	return out
}

func (g *debugGlobal) log(L *lua.LState) int {
	return g.message(L, "Debug.log", g.levelArg(L, "Debug.log"), 2, nil)
}

func (g *debugGlobal) logWithData(L *lua.LState) int {
	const function = "Debug.logWithData"
	level := g.levelArg(L, function)
	data := L.Get(3)
	L.Remove(3)
	return g.message(L, function, level, 2, data)
}

func (g *debugGlobal) levelArg(L *lua.LState, function string) DebugLevel {
	text := g.text(L, function, 1, "a level: trace, debug, info, warn or error")
	if err := CheckLevel(text); err != nil {
		g.raise(L, function, "%w", err)
	}
	level, _ := parseDebugLevel(text)
	return level
}

// message captures and shows a message, the i-th argument, of the module that
// the next one names.
func (g *debugGlobal) message(L *lua.LState, function string, level DebugLevel, i int, data lua.LValue) int {
	if L.GetTop() < i {
		return g.raise(L, function, "expected a message")
	}
	module := ""
	if v := L.Get(i + 1); v != lua.LNil {
		module = g.text(L, function, i+1, "the name of a module")
	}
	if !g.enabled || level < g.level || level == debugOff || !g.admits(module) {
		return 0
	}
	message := lualib.ToString(L, L.Get(i))
	if len(message) > maxDebugMessage {
		message = message[:maxDebugMessage] + "…"
	}
	e := debugEntry{at: time.Now(), level: level, message: message, module: module, data: data}
	g.entries.add(e)
	if shown := g.env.Shown; shown == nil && level >= DebugWarn || shown != nil && shown(level) {
		g.show(e)
	}
	return 0
}

// show writes a message to stderr, on one line.
func (g *debugGlobal) show(e debugEntry) {
	var b strings.Builder
	b.WriteString(strings.ToUpper(e.level.String()))
	if e.module != "" {
		fmt.Fprintf(&b, " [%s]", e.module)
	}
	b.WriteString(" " + strings.ReplaceAll(e.message, "\n", "\n    "))
	if e.data != nil && e.data != lua.LNil {
		d := dumper{options: dumpOptions{depth: 4, text: 200, elements: 20, pairs: 20, compact: true}}
		d.value(e.data, 0)
		b.WriteString(" " + d.out.String())
	}
	b.WriteByte('\n')
	_, _ = g.host.Stderr.Write([]byte(b.String())) // a script goes on when nobody reads its messages
}

func (g *debugGlobal) setLevel(L *lua.LState) int {
	text := g.text(L, "Debug.setLevel", 1, "a level: trace, debug, info, warn, error or off")
	if err := CheckLeastLevel(text); err != nil {
		return g.raise(L, "Debug.setLevel", "%w", err)
	}
	g.level, _ = parseDebugLevel(text)
	return 0
}

func (g *debugGlobal) getLevel(L *lua.LState) int { L.Push(lua.LString(g.level.String())); return 1 }

func (g *debugGlobal) setEnabled(L *lua.LState) int {
	g.enabled = g.flag(L, "Debug.setEnabled", 1)
	return 0
}

func (g *debugGlobal) isEnabled(L *lua.LState) int { L.Push(lua.LBool(g.enabled)); return 1 }

func (g *debugGlobal) getCapturedEntries(L *lua.LState) int {
	t := L.NewTable()
	for _, e := range g.entries.latest(g.count(L, "Debug.getCapturedEntries", 1, 0, maxDebugEntries)) {
		row := L.NewTable()
		row.RawSetString("timestamp", lua.LString(e.at.UTC().Format(time.RFC3339Nano)))
		row.RawSetString("level", lua.LString(e.level.String()))
		row.RawSetString("message", lua.LString(e.message))
		if e.module != "" {
			row.RawSetString("module", lua.LString(e.module))
		}
		if e.data != nil {
			row.RawSetString("data", e.data)
		}
		t.Append(row)
	}
	L.Push(t)
	return 1
}

func (g *debugGlobal) clearCaptured(*lua.LState) int { g.entries = debugRing{}; return 0 }

// debugFilter lets the messages of some modules pass, or not.
type debugFilter struct {
	pattern, kind string
	enabled       bool
	matches       func(module string) bool
}

// admits tells whether messages of a module pass: the filter that was added last
// of those that match decides.
func (g *debugGlobal) admits(module string) bool {
	for i := len(g.filters) - 1; i >= 0; i-- {
		if f := g.filters[i]; f.matches(module) {
			return f.enabled
		}
	}
	return g.passes
}

func (g *debugGlobal) addModuleFilter(L *lua.LState) int {
	const function = "Debug.addModuleFilter"
	pattern := g.text(L, function, 1, "a pattern of modules, such as net.*")
	return g.addFilter(L, function, pattern, "wildcard", g.flag(L, function, 2))
}

func (g *debugGlobal) addAdvancedFilter(L *lua.LState) int {
	const function = "Debug.addAdvancedFilter"
	pattern := g.text(L, function, 1, "a pattern of modules")
	kind := g.text(L, function, 2, "a kind of pattern: exact, wildcard, hierarchical or regex")
	return g.addFilter(L, function, pattern, strings.ToLower(kind), g.flag(L, function, 3))
}

func (g *debugGlobal) addFilter(L *lua.LState, function, pattern, kind string, enabled bool) int {
	f := debugFilter{pattern: pattern, kind: kind, enabled: enabled}
	switch kind {
	case "exact":
		f.matches = func(module string) bool { return module == pattern }
	case "hierarchical":
		f.matches = func(module string) bool {
			rest, ok := strings.CutPrefix(module, pattern)
			return ok && (rest == "" || rest[0] == '.' || strings.HasPrefix(rest, "::"))
		}
	case "wildcard":
		if _, err := path.Match(pattern, ""); err != nil {
			return g.raise(L, function, "the pattern %q: %w", clipped(pattern), err)
		}
		f.matches = func(module string) bool {
			ok, _ := path.Match(strings.ReplaceAll(pattern, "/", "\x00"), strings.ReplaceAll(module, "/", "\x00"))
			return ok
		}
	case "regex":
		re, err := regexp.Compile(pattern)
		if err != nil {
			return g.raise(L, function, "the pattern: %w", err)
		}
		f.matches = re.MatchString
	default:
		return g.raise(L, function, "%w", CheckFilterKind(kind))
	}
	if len(g.filters) == maxDebugFilters {
		return g.raise(L, function, "there are %d filters, and no more are allowed: remove some", maxDebugFilters)
	}
	g.filters = append(g.filters, f)
	return 0
}

func (g *debugGlobal) removeModuleFilter(L *lua.LState) int {
	pattern := g.text(L, "Debug.removeModuleFilter", 1, "a pattern that was added")
	kept := g.filters[:0]
	for _, f := range g.filters {
		if f.pattern != pattern {
			kept = append(kept, f)
		}
	}
	L.Push(lua.LBool(len(kept) < len(g.filters)))
	g.filters = kept
	return 1
}

func (g *debugGlobal) clearModuleFilters(*lua.LState) int { g.filters = nil; return 0 }

func (g *debugGlobal) setDefaultFilterEnabled(L *lua.LState) int {
	g.passes = g.flag(L, "Debug.setDefaultFilterEnabled", 1)
	return 0
}

func (g *debugGlobal) getFilterSummary(L *lua.LState) int {
	rules := make([]any, len(g.filters))
	for i, f := range g.filters {
		rules[i] = map[string]any{"pattern": f.pattern, "type": f.kind, "enabled": f.enabled}
	}
	return g.push(L, "Debug.getFilterSummary", map[string]any{
		"default_enabled": g.passes, "total_rules": len(rules), "rules": rules, "level": g.level.String(), "enabled": g.enabled,
	})
}

// push pushes a Go value.
func (g *debugGlobal) push(L *lua.LState, function string, v any) int {
	lv, err := runtime.FromGo(L, v, runtime.ConvertLimits{})
	if err != nil {
		return g.raise(L, function, "%w", err)
	}
	L.Push(lv)
	return 1
}
