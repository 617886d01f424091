package library

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/kernel"
)

// uncalled are the functions of the kernel's globals that calls.lua does not reach:
// what they need is tested in TestReplays, or they raise an error where nothing is
// allowed.
var uncalled = []string{"Config.addAllowedPath", "Config.setProvider", "Config.getDefaultEngine", "Hook.enable_builtin", "JSON.parse", "Replay.run", "Session.replay", "Streaming.yield"}

// results are classes of what functions of the script return, which CHECK sees, and of
// what TestReplays gives.
var results = []string{"llmspell.HookAnswer", "llmspell.ReplayOptions", "llmspell.ReplayScheduled", "llmspell.StateListEntries"}

// TestCalls runs calls.lua and compares every call with its declaration.
func TestCalls(t *testing.T) {
	s := readSpec(t)
	code, err := os.ReadFile(filepath.Join("testdata", "calls.lua"))
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	k := contract(t, s, &out)
	if _, err := k.RunString(t.Context(), string(code), "=calls", nil); err != nil {
		t.Fatal(err)
	}
	faults, called := report(t, k)
	if faults != "" {
		t.Error(faults)
	}
	kernelFiles := map[string]bool{}
	for _, global := range strings.Fields("Tool State Memory Session Artifact Replay Event Hook Config JSON Debug Logger Streaming Utils") {
		kernelFiles[global] = true
	}
	for name := range s.functions {
		global, _, _ := strings.Cut(strings.TrimPrefix(name, "llmspell."), ".")
		if (kernelFiles[global] || strings.HasPrefix(name, "llmspell.")) && !slices.Contains(called, name) && !slices.Contains(uncalled, name) {
			t.Errorf("%s was not called", name)
		}
	}
	for name, c := range s.classes {
		for _, f := range c.fields {
			if field := name + " " + f.Name.Text; c.tag.Exact && f.Name.Text != "" && !slices.Contains(called, field) && !slices.Contains(results, name) {
				t.Errorf("the option %s was not given", field)
			}
		}
	}
}

// TestReplays records an execution and replays it.
func TestReplays(t *testing.T) {
	s := readSpec(t)
	services := services(t)
	k := contractIn(t, s, sessionOf(t, services, nil, nil))
	r, err := k.RunString(t.Context(), `RECORD = Session.create("recorded") return RECORD`, "=create", nil)
	if err != nil {
		t.Fatal(err)
	}
	record := r.Values[0].String()
	recorded, err := kernel.NewSession(kernel.Config{Dir: t.TempDir(), Services: services, SessionID: record})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := recorded.RunString(t.Context(), `x = (x or 0) + 1 print(x) Tool.execute("calculator", {input = "1"}) return x`, "=recorded", nil); err != nil {
		t.Fatal(err)
	}
	recorded.Close()
	if _, err := k.RunString(t.Context(), `
assert(Session.can_replay(RECORD))
Session.get_replay_metadata(RECORD) assert(#Session.list_replayable(5) == 1) assert(#Session.executions(RECORD) == 1)
local r = Session.replay(RECORD, {mode = "simulate", compare_results = true, metadata = {a = 1}})
assert(r.identical, r.status)
Session.replay(RECORD, {mode = "exact", from_step = 1, to_step = 1, timeout_seconds = 60, stop_on_error = true})
Session.replay(RECORD, {mode = "modified", modifications = {Replay.create_modification("variables.x", 5)}})
local rs = Replay.run(RECORD, {schedule = Replay.schedules.once(0)})
assert(#rs == 1)
Session.set_current(RECORD)
Config.getDefaultEngine() JSON.parse("{}")`, "=replay", nil); err != nil {
		t.Fatal(err)
	}
	if faults, called := report(t, k); faults != "" || !slices.Contains(called, "Replay.run") {
		t.Error(faults, called)
	}
}

// TestContract proves that the comparison finds what is wrong.
func TestContract(t *testing.T) {
	for _, c := range []struct{ name, from, to, call, want string }{
		{"result", "---@return string uuid", "---@return number uuid", `Utils.uuid()`, "is no number"},
		{"missing field", "---@field used_bytes integer", "---@field used integer", `Debug.memoryStats()`, "used is missing"},
		{"unknown field", "---@field objects integer\n", "", `Debug.memoryStats()`, "objects is not declared"},
		{"parameter", "---@param value? any\n---@param label? string", "---@param value? string\n---@param label? string", `Debug.dump({})`, "argument 1, value"},
		{"too many", "---@param label? string\n---@return llmspell.MemorySnapshot", "---@return llmspell.MemorySnapshot", `Debug.memorySnapshot("x")`, "arguments are too many"},
		{"option", "---@field max_depth? integer (50)\n", "", `Debug.stackTrace({max_depth = 2})`, "max_depth is not declared"},
		{"too many results", "---@return { id: integer, event_type: llmspell.EventName, error: string }[] failures\n", "", `Event.dispatch()`, "results are too many"},
		{"method", "function Timer:lap(", "function Timer:lapse(", `Debug.timer("x")`, "lap is not declared"},
	} {
		t.Run(c.name, func(t *testing.T) {
			changed := false
			wrong := newSpec()
			for _, name := range Names() {
				text := Files()[name]
				if strings.Contains(text, c.from) {
					text, changed = strings.Replace(text, c.from, c.to, 1), true
				}
				wrong.file(t.Logf, name, text)
			}
			if !changed {
				t.Fatalf("no stub has %q", c.from)
			}
			k := contract(t, wrong, nil)
			if _, err := k.RunString(t.Context(), c.call, "=call", nil); err != nil {
				t.Fatal(err)
			}
			if faults, _ := report(t, k); !strings.Contains(faults, c.want) {
				t.Errorf("found %q, not %q", faults, c.want)
			}
		})
	}
}
