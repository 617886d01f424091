package library

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/kernel/archive"
	"github.com/llmspell/llmspell/kernel/events"
	"github.com/llmspell/llmspell/kernel/hooks"
	"github.com/llmspell/llmspell/kernel/replay"
	"github.com/llmspell/llmspell/lsp/analysis/luacats"
	"github.com/llmspell/llmspell/tools/tool"
)

// fields are the names of the fields of a class and of those that it inherits.
func (s *spec) fields(name string) []string {
	var names []string
	c := s.classes[name]
	if c == nil {
		return nil
	}
	for _, f := range c.fields {
		names = append(names, f.Name.Text)
	}
	for _, p := range c.tag.Parents {
		names = append(names, s.fields(p.(*luacats.NameType).Name.Text)...)
	}
	return names
}

// TestOptions gives functions an option that they do not have: the error names those
// that they have, and each must be declared. (That those are taken which are
// declared is for TestCalls.)
func TestOptions(t *testing.T) {
	s := readSpec(t)
	k := session(t, nil)
	known := regexp.MustCompile(`(?:known are|there are) ([\w, ]+)`)
	for call, class := range map[string]string{
		`Tool.execute("calculator", {}, {zz = 1})`: "ToolOptions",
		`Tool.parallel({}, {zz = 1})`:              "ToolParallelOptions",
		`Tool.list({zz = 1})`:                      "ToolFilter",
		`Tool.search("x", {zz = 1})`:               "ToolSearchFilter",
		`Tool.discover({zz = 1})`:                  "ToolDiscoverFilter",
		`Tool.register({name = "x", description = "d", execute = function() end, zz=1})`: "ToolSpec",
		`State.get("k", {zz = 1})`:                                      "StateGetOptions",
		`State.set("k", 1, {zz = 1})`:                                   "StateSetOptions",
		`State.delete("k", {zz = 1})`:                                   "StateOptions",
		`State.exists("k", {zz = 1})`:                                   "StateOptions",
		`State.info("k", {zz = 1})`:                                     "StateOptions",
		`State.history("k", {zz = 1})`:                                  "StateOptions",
		`State.list({zz = 1})`:                                          "StateListOptions",
		`State.increment("k", 1, {zz = 1})`:                             "StateSetOptions",
		`State.compare_and_set("k", 1, 1, {zz = 1})`:                    "StateCompareOptions",
		`State.transaction(function() end, {zz = 1})`:                   "StateTransactionOptions",
		`State.save("global", "k", 1, {zz = 1})`:                        "StateTTLOptions",
		`State.agent_set("a", "k", 1, {zz = 1})`:                        "StateTTLOptions",
		`State.register_migration({version = 2, steps = {}, zz = 1})`:   "StateMigration",
		`State.register_migration({version = 2, steps = {{zz = 1}}})`:   "StateMigrationStep",
		`State.migrate(2, {zz = 1})`:                                    "StateMigrateOptions",
		`State.cleanup_backups({zz = 1})`:                               "StateCleanupOptions",
		`Memory.episodic.list({zz = 1})`:                                "MemoryFilter",
		`Memory.episodic.forget({zz = 1})`:                              "MemoryFilter",
		`Memory.episodic.search("", "x", {zz = 1})`:                     "MemoryQuery",
		`Memory.episodic.add("s", "r", "c", nil, {zz = 1})`:             "MemoryAddOptions",
		`RAG.ingest({{content = "x", zz = 1}})`:                         "RAGDocument",
		`RAG.ingest("x", {zz = 1})`:                                     "RAGIngestOptions",
		`RAG.ingest("x", {chunking = {zz = 1}})`:                        "RAGChunking",
		`RAG.search("x", {zz = 1})`:                                     "RAGSearchOptions",
		`RAG.list({zz = 1})`:                                            "RAGFilter",
		`RAG.set_ttl("x", 1, {zz = 1})`:                                 "RAGScope",
		`RAG.configure_session({zz = 1})`:                               "RAGSession",
		`RAG.configure({zz = 1})`:                                       "RAGConfig",
		`Context.assemble("x", nil, nil, nil, {zz = 1})`:                "ContextOptions",
		`Session.create({zz = 1})`:                                      "SessionSpec",
		`Session.list({zz = 1})`:                                        "SessionFilter",
		`Session.search("x", {zz = 1})`:                                 "SessionFilter",
		`Session.update(Session.create(), {zz = 1})`:                    "SessionChange",
		`Session.delete("none", {zz = 1})`:                              "SessionForce",
		`Session.archive(Session.create(), "done", {zz = 1})`:           "SessionForce",
		`Session.cleanup({zz = 1})`:                                     "SessionCleanupOptions",
		`Session.executions(Session.create(), {zz = 1})`:                "SessionExecutionOptions",
		`Session.import("x", {zz = 1})`:                                 "SessionImportOptions",
		`Session.replay(Session.create(), {zz = 1})`:                    "ReplayOptions",
		`Replay.next_times({type = "once", delay_seconds = 1, zz = 1})`: "ReplaySchedule",
		`Artifact.query({zz = 1})`:                                      "ArtifactQuery",
		`Event.publish("x", 1, {zz = 1})`:                               "EventPublishOptions",
		`Event.subscribe("x", {zz = 1})`:                                "EventSubscribeOptions",
		`Event.on("x", function() end, {zz = 1})`:                       "EventSubscribeOptions",
		`Event.history({zz = 1})`:                                       "EventQuery",
		`Hook.register("ToolError", function() end, {zz = 1})`:          "HookOptions",
		`Hook.list({zz = 1})`:                                           "HookFilter",
		`Debug.dumpWithOptions({}, {zz = 1})`:                           "DumpOptions",
		`Debug.stackTrace({zz = 1})`:                                    "StackOptions",
	} {
		_, err := k.RunString(t.Context(), call, "=call", nil)
		if err == nil {
			t.Errorf("%s is no error", call)
			continue
		}
		m := known.FindStringSubmatch(err.Error())
		if m == nil {
			t.Errorf("%s names no options: %v", call, err)
			continue
		}
		declared := s.fields("llmspell." + class)
		for _, name := range strings.Split(m[1], ", ") {
			if !slices.Contains(declared, name) {
				t.Errorf("llmspell.%s has no %s, which %s knows", class, name, call)
			}
		}
	}
}

// literals are the texts of an alias.
func (s *spec) literals(alias string) []string {
	var list []string
	luacats.Walk(s.aliases[alias], func(t luacats.Type) bool {
		if l, ok := t.(*luacats.LiteralType); ok {
			list = append(list, l.Value.(string))
		}
		return true
	})
	slices.Sort(list)
	return list
}

// TestAliases compares lists of names with those of the kernel.
func TestAliases(t *testing.T) {
	s := readSpec(t)
	var points, modes []string
	for _, p := range hooks.Points() {
		points = append(points, string(p))
	}
	for _, m := range replay.Modes() {
		modes = append(modes, string(m))
	}
	for alias, want := range map[string][]string{
		"llmspell.HookPoint": points, "llmspell.ReplayMode": modes,
		"llmspell.EventName": {events.KernelStarted, events.KernelStopping, events.ConfigReloaded, events.SessionCreated, events.SessionClosed, events.ExecutionStarted,
			events.ExecutionCompleted, events.ExecutionFailed, events.ToolInvoked, events.ToolCompleted, events.ToolFailed, events.StateChanged},
		"llmspell.EventPolicy":   {string(events.DropOldest), string(events.DropNewest), string(events.Block), string(events.Reject)},
		"llmspell.SessionStatus": {string(archive.Active), string(archive.Suspended), string(archive.Completed), string(archive.Failed), string(archive.Archived)},
		"llmspell.ToolNeed":      {string(tool.Files), string(tool.Network), string(tool.Processes), string(tool.Environment)},
	} {
		slices.Sort(want)
		if got := s.literals(alias); !slices.Equal(got, want) {
			t.Errorf("%s is %v\nnot %v", alias, got, want)
		}
	}
}
