package dap_test

import (
	"strings"
	"testing"

	godap "github.com/google/go-dap"

	"github.com/llmspell/llmspell/config"
	"github.com/llmspell/llmspell/dap"
	"github.com/llmspell/llmspell/kernel"
)

// remembersLines make one of each that memory gives to scripts.
var remembersLines = []string{
	`Memory.episodic.add("trip", "user", "We met Bea\nat the ferry to Aran", {}, {id = "t1", time = "2026-11-23T10:02:07Z"})`,
	`Memory.semantic.add("Ada", "works_at", "Acme", {entity = true, from = "2024-03-01T00:00:00Z"})`,
	`RAG.ingest({id = "boats", title = "Of boats", content = "The ferry to Aran sails at noon."})`,
	`for _ = 1, 4 do State.set("light", "on") State.set("light", "off") end`,
	`local turns = Memory.episodic.search("", "ferry")`,
	`local turn = turns[1]`,
	`local fact = Memory.semantic.recall("Ada")[1]`,
	`local ada = Memory.semantic.get("Ada")`,
	`local found = RAG.search("ferry")`,
	`local document = RAG.list()[1]`,
	`local context = Context.assemble("When does the ferry sail?", "hybrid", 500)`,
	`local pattern = Memory.procedural.list({kind = "state", about = "global/light", from = '"on"'})[1]`,
	`local session = Memory.episodic.sessions()[1]`,
	`local own = {role = "user", content = "no turn of memory"}`,
	`print(turn, own)`,
}

// stoppedWithMemory is a client that is stopped at the last of remembersLines.
func stoppedWithMemory(t *testing.T) *client {
	t.Helper()
	settings := config.Default()
	settings.Storage.BaseDir = t.TempDir()
	settings.Runtime.Memory.Procedural.Enabled = true
	services := kernel.NewDefaultServices(settings, nil)
	c := connect(t, dap.Options{NewSession: func(cfg kernel.Config) (*kernel.Session, error) {
		cfg.Services = services
		return kernel.NewSession(cfg)
	}})
	// After connect, whose own cleanup looks for goroutines that are left.
	t.Cleanup(func() {
		if err := services.Close(); err != nil {
			t.Error(err)
		}
	})
	path := script(t, remembersLines...)
	c.Initialize()
	launch := c.Launch(program(path))
	c.SetBreakpoints(path, len(remembersLines))
	c.ConfigurationDone()
	c.Succeeds(launch, nil)
	c.ExpectStoppedAt("breakpoint", len(remembersLines))
	return c
}

// What memory gives to a script is shown by what it is: in the variables, in hovers and in the
// lists that it stands in.
func TestMemoryShapes(t *testing.T) {
	c := stoppedWithMemory(t)
	locals := c.Locals(1)
	for name, want := range map[string]string{
		"turn":     `turn user "We met Bea\nat the ferry to Aran" 2026-11-23 10:02 (score `,
		"fact":     "fact Ada works_at Acme since 2024-03-01 (score ",
		"ada":      "entity Ada ",
		"found":    "results 1",
		"document": "document Of boats in global/default, chunks 1, taken in 20",
		"context":  "context hybrid ",
		"pattern":  `pattern state global/light: "on" → "off" ×4 20`,
		"session":  "session trip turns 1 2026-11-23 10:02 to 2026-11-23 10:02",
		"turns":    `{turn user "We met Bea`,
		"own":      `{content="no turn of memory", role="user"}`,
	} {
		if name == "own" { // in the order of pairs
			if strings.HasPrefix(locals[name], "turn") {
				t.Errorf("own: %s", locals[name])
			}
			continue
		}
		if !strings.HasPrefix(locals[name], want) {
			t.Errorf("%s is shown as %s, not %s…", name, locals[name], want)
		}
	}
	frame := c.Top(1).Id
	for _, how := range []string{"hover", "watch", "repl"} {
		if got := c.Evaluate(frame, "context.chunks[1]", how).Result; !strings.HasPrefix(got, "#1 ") || !strings.Contains(got, "tokens") {
			t.Errorf("%s: %s", how, got)
		}
		if got := c.Evaluate(frame, "found.results[1]", how).Result; !strings.HasPrefix(got, `piece 0 of Of boats "The ferry to Aran`) {
			t.Errorf("%s: %s", how, got)
		}
	}
	c.Continue(1)
	c.ExpectExited(0)
	c.ExpectTerminated()
	c.Disconnect()
}

// The fields stand in an order that helps, in pages too, and can be set.
func TestMemoryShapesFields(t *testing.T) {
	c := stoppedWithMemory(t)
	frame := c.Top(1).Id
	turn := c.Evaluate(frame, "turn", "watch").VariablesReference
	names := func(start, count int) string {
		var names []string
		for _, v := range c.VariablesPage(godap.VariablesArguments{VariablesReference: turn, Start: start, Count: count}) {
			names = append(names, v.Name)
		}
		return strings.Join(names, " ")
	}
	equal(t, "fields", names(0, 0), "role content timestamp session_id id score metadata ingestion_time processed")
	equal(t, "a page", names(1, 3), "content timestamp session_id")
	equal(t, "the last page", names(8, 5), "processed")
	c.SetVariable(turn, "role", `"tool"`)
	if got := c.Evaluate(frame, "turn", "hover").Result; !strings.HasPrefix(got, "turn tool ") {
		t.Error(got)
	}
	c.Evaluate(frame, "turn.metadata = turn", "repl") // a table that contains itself
	c.Evaluate(frame, "context.chunks[1].chunk = context.chunks[1]", "repl")
	if got := c.Evaluate(frame, "context.chunks[1]", "hover").Result; !strings.HasPrefix(got, "#1 ") {
		t.Error(got)
	}
	c.Continue(1)
	c.ExpectExited(0)
	c.ExpectTerminated()
	c.Disconnect()
}
