package catalog_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/kernel/options"
	"github.com/llmspell/llmspell/lsp/catalog"
	"github.com/llmspell/llmspell/tools/schema"
)

// takers are calls that take each table of options. None of them changes anything that
// another could see.
var takers = map[options.Name]string{
	options.ToolOptions:             `Tool.execute("calculator", {input = "1"}, %s)`,
	options.ToolParallelOptions:     `Tool.parallel({}, %s)`,
	options.ToolCall:                `Tool.parallel({%s})`,
	options.ToolFilter:              `Tool.list(%s)`,
	options.ToolSearchFilter:        `Tool.search("x", %s)`,
	options.ToolDiscoverFilter:      `Tool.discover(%s)`,
	options.StateOptions:            `State.exists("k", %s)`,
	options.StateGetOptions:         `State.get("k", %s)`,
	options.StateSetOptions:         `State.set("k", 1, %s)`,
	options.StateCompareOptions:     `State.compare_and_set("k", 1, 2, %s)`,
	options.StateListOptions:        `State.list(%s)`,
	options.StateTTLOptions:         `State.save("global", "k", 1, %s)`,
	options.StateTransactionOptions: `State.transaction(function() end, %s)`,
	options.StateMigration:          `State.register_migration(%s)`,
	options.StateMigrateOptions:     `State.migrate(99, %s)`,
	options.StateCleanupOptions:     `State.cleanup_backups(%s)`,
	options.SessionSpec:             `Session.create(%s)`,
	options.SessionChange:           `Session.update(ID, %s)`,
	options.SessionFilter:           `Session.list(%s)`,
	options.SessionForce:            `Session.delete("none", %s)`,
	options.SessionCleanupOptions:   `Session.cleanup(%s)`,
	options.SessionExecutionOptions: `Session.executions(ID, %s)`,
	options.SessionImportOptions:    `Session.import("none", %s)`,
	options.ArtifactQuery:           `Artifact.query(%s)`,
	options.MemoryFilter:            `Memory.episodic.list(%s)`,
	options.MemoryQuery:             `Memory.episodic.search("", "x", %s)`,
	options.MemoryAddOptions:        `Memory.episodic.add("", "r", "c", nil, %s)`,
	options.RAGDocument:             `RAG.ingest({%s})`,
	options.RAGIngestOptions:        `RAG.ingest({}, %s)`,
	options.RAGSearchOptions:        `RAG.search("x", %s)`,
	options.RAGFilter:               `RAG.list(%s)`,
	options.RAGScope:                `RAG.set_ttl("x", 0, %s)`,
	options.RAGSession:              `RAG.configure_session(%s)`,
	options.RAGConfig:               `RAG.configure(%s)`,
	options.ContextOptions:          `Context.test("x", nil, %s)`,
	options.ReplayOptions:           `Session.replay(ID, %s)`,
	options.EventPublishOptions:     `Event.publish("x", 1, %s)`,
	options.EventSubscribeOptions:   `Event.unsubscribe(Event.subscribe("x", %s))`,
	options.EventQuery:              `Event.history(%s)`,
	options.HookOptions:             `Hook.register("ToolError", function() end, %s):unregister()`,
	options.HookFilter:              `Hook.list(%s)`,
	options.DumpOptions:             `Debug.dumpWithOptions({}, %s)`,
	options.StackOptions:            `Debug.stackTrace(%s)`,
	options.JSONReadOptions:         `JSON.parse("1", %s)`,
	options.JSONWriteOptions:        `JSON.stringify({}, %s)`,
}

// TestEveryOptionIsTheRuntimes gives each function that takes options many wrong ones in a real
// session. The first problem is what it answers, and where it refuses none of the options
// there is none.
func TestEveryOptionIsTheRuntimes(t *testing.T) {
	for _, name := range []string{"XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR"} {
		t.Setenv(name, t.TempDir())
	}
	services := kernel.NewDefaultServices(nil, nil)
	t.Cleanup(func() {
		if err := services.Close(); err != nil {
			t.Error(err)
		}
	})
	wrong, right := 0, 0
	for _, name := range options.Names() {
		taker := takers[name]
		if taker == "" {
			t.Errorf("no call takes %s", name)
			continue
		}
		of := options.Of(name)
		s := spoiler{rand.New(rand.NewPCG(5, 6))}
		var tables []*catalog.LiteralTable
		var code strings.Builder
		code.WriteString("local ID = Session.create()\nlocal function try(f) local ok, err = pcall(f) io.write(ok and '' or tostring(err), '\\0') end\n")
		for range 60 {
			table := s.value(of.Schema, 0).(*catalog.LiteralTable)
			if of.Function != "" && s.IntN(2) == 0 {
				table.Fields = append(table.Fields, catalog.LiteralField{
					Key: pick(s, []string{of.Function, of.Function, of.Function[1:]}), Value: pick(s, []any{catalog.LuaType("function"), catalog.LuaType("thread"), "x", 1.0})})
			}
			for range s.IntN(3) {
				s.spoil(table, of.Schema)
			}
			if hasOddKeys(table) { // sessions keep them, tools do not
				continue
			}
			tables = append(tables, table)
			fmt.Fprintf(&code, "try(function() return "+taker+" end)\n", luaText(table))
		}
		var out bytes.Buffer
		k, err := kernel.NewSession(kernel.Config{Stdout: &out, Dir: t.TempDir(), Services: services})
		if err != nil {
			t.Fatal(err)
		}
		_, err = k.RunString(t.Context(), code.String(), "=test", nil)
		k.Close()
		if err != nil {
			t.Fatal(name, err)
		}
		got := strings.Split(strings.TrimSuffix(out.String(), "\x00"), "\x00")
		if len(got) != len(tables) {
			t.Fatalf("%s: %d calls gave %d answers", name, len(tables), len(got))
		}
		for i, answer := range got {
			problems := catalog.CheckOptions(of, tables[i])
			if len(problems) == 0 {
				if right++; strings.Contains(answer, `parameter "`+of.Member) {
					t.Errorf("%s %s: nothing is said, but the runtime says %s", name, luaText(tables[i]), answer)
				}
				continue
			}
			wrong++
			if !strings.Contains(answer, ": "+problems[0].Message) {
				t.Errorf("%s %s\nproblem %s\nruntime %s", name, luaText(tables[i]), problems[0].Message, answer)
			}
			leads(t, tables[i], problems[0])
		}
	}
	t.Logf("%d wrong and %d right tables", wrong, right)
	if wrong < 300 || right < 200 {
		t.Errorf("%d wrong and %d right tables are too few", wrong, right)
	}
}

// hasOddKeys tells whether a table mixes names with other keys somewhere: what that means
// depends on who reads it.
func hasOddKeys(t *catalog.LiteralTable) bool {
	names, others := false, false
	for _, f := range t.Fields {
		if _, ok := f.Key.(string); ok {
			names = true
		} else {
			others = true
		}
		if inner, ok := f.Value.(*catalog.LiteralTable); ok && hasOddKeys(inner) {
			return true
		}
	}
	return names && others
}

// TestListsOfOptions pins what stands for a list, and where the problem then is.
func TestListsOfOptions(t *testing.T) {
	filter := options.Of(options.SessionFilter)
	problems := catalog.CheckOptions(filter, fields("tags", "a", "status", "actve"))
	if len(problems) != 1 || problems[0].At[0] != 1 || problems[0].Fixes[0].Text != `"active"` {
		t.Errorf("one status that is wrong gives %+v", problems)
	}
	if problems := catalog.CheckOptions(filter, fields("tags", schema.Unknown{}, "status", "Active")); problems != nil {
		t.Errorf("right ones give %+v", problems)
	}
}
