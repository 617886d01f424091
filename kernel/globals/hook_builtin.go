package globals

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/tools/schema"
)

// builtinHooks are the hooks that come with the kernel, by the names that scripts have
// for them, and the keys of [hooks.builtin] in the configuration that switch them on.
// Without a key there is none: the text says what does it instead.
func builtinHooks() map[string][2]string {
	return map[string][2]string{
		"security": {"deny_tools"}, "rate_limit": {"tools_per_minute"}, "rate_limiter": {"tools_per_minute"}, "retry": {"retry_attempts"},
		"metrics": {"metrics"}, "logging": {"logging"},
		"caching":       {"", "tools have a cache of their own"},
		"cache":         {"", "tools have a cache of their own"},
		"debugging":     {"", "a debugger does what it did: llmspell debug, or an editor"},
		"debug":         {"", "a debugger does what it did: llmspell debug, or an editor"},
		"cost_tracking": {"", "Hook.register can count calls"},
	}
}

// enableBuiltin is Hook.enable_builtin(name), which the original has: here these hooks
// are the kernel's, and a script cannot switch them. It always raises an error, which says
// what does.
func (g *hookGlobal) enableBuiltin(L *lua.LState) int {
	fail := func(format string, args ...any) int {
		return g.env.raise(L, fmt.Errorf("Hook.enable_builtin: "+format, args...))
	}
	text, ok := L.Get(1).(lua.LString)
	if !ok {
		return fail("a script cannot switch on hooks of the kernel: [hooks.builtin] in the configuration does")
	}
	known := builtinHooks()
	name := strings.ReplaceAll(strings.ToLower(string(text)), "-", "_")
	b, ok := known[name]
	switch {
	case !ok:
		near := ""
		if n := schema.Nearest(name, slices.Sorted(maps.Keys(known))); n != "" {
			near = fmt.Sprintf("; did you mean %q?", n)
		}
		return fail("there is no built-in hook %.60q%s; those of the kernel are switched on by [hooks.builtin] in the configuration", string(text), near)
	case b[0] == "":
		return fail("there is no such hook here: %s", b[1])
	}
	return fail("a script cannot switch on hooks of the kernel: set hooks.builtin.%s in the configuration, or with --set", b[0])
}
