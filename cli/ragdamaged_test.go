package cli

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"
)

// damageMemory changes memory.db as damage does: past all that memory knows.
func damageMemory(t *testing.T, data string, statements ...string) {
	t.Helper()
	d, err := sql.Open("sqlite3", filepath.Join(data, "memory.db"))
	if err != nil {
		t.Fatal(err)
	}
	for _, statement := range statements {
		if _, err := d.Exec(statement); err != nil {
			t.Error(err)
		}
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
}

// A damaged turn, fact or alias is named with exit code 1, keeps nothing else from being listed and found, and can be forgotten alone.
func TestDamagedTurnAndFact(t *testing.T) {
	data := ownFolders(t)
	memorySteps(t, []memoryStep{
		{"", "memory add s user Herons --id a", 0, "a", ""}, {"", "memory add s user Boats --id b", 0, "b", ""}, {"", "memory add s user Soup --id c", 0, "c", ""},
		{"", "memory fact Ann likes tea", 0, "", ""}, {"", "memory fact Ann likes rye", 0, "", ""},
	})
	damageMemory(t, data, "update episodes set content = 'torn' where id = 'b'", "drop trigger facts_history", "update facts set confidence = 0.25 where value = '\"tea\"'")
	memorySteps(t, []memoryStep{
		{"", "memory list --format text", 1, "Soup", `left out: database`},
		{"", "memory search soup", 1, "Soup", `the checksum of episode "b"`},
		{"", "memory query --name Ann", 0, "rye", ""},
		{"", "memory check", 1, "", "memory forget --fact 1"},
		{"", "memory forget --fact 1", 0, "", "1 forgotten"},
		{"", "memory forget --fact 1", 1, "", "fact 1: there is none"},
		{"", "memory forget b", 0, "", "1 forgotten"},
		{"", "memory check", 0, "=ok\n", ""},
		{"", "memory list --format text", 0, "Soup", ""},
	})
	damageMemory(t, data, "update facts set confidence = 0.25 where value = '\"rye\"'")
	memorySteps(t, []memoryStep{{"", "memory forget --all", 0, "", "3 forgotten"}, {"", "memory check", 0, "=ok\n", ""}})
}

// A damaged document keeps no other from being listed, and can be deleted.
func TestDamagedDocumentInList(t *testing.T) {
	data := ownFolders(t)
	memorySteps(t, []memoryStep{
		{"Herons nest.", "rag ingest - --id a", 0, "1 added", ""},
		{"Boats sail.", "rag ingest - --id b", 0, "1 added", ""},
		{"Soup is hot.", "rag ingest - --id c", 0, "1 added", ""},
	})
	damageMemory(t, data, "update documents set title = 'changed' where id = 'b'")
	code, out, errs := call(t, "", "rag", "list", "--format", "text")
	if code != 0 || !strings.HasPrefix(out, "a\t") || !strings.Contains(out, "\nc\t") || strings.Contains(out, "changed") || !strings.Contains(errs, `warning: left out: `) || !strings.Contains(errs, `document "b"`) {
		t.Errorf("exit code %d\n%s%s", code, out, errs)
	}
	if _, _, errs := call(t, "", "rag", "list", "--id", "a"); errs != "" {
		t.Errorf("what was not asked for is told of: %s", errs)
	}
	memorySteps(t, []memoryStep{
		{"", "rag delete b", 0, "=", "1 deleted"},
		{"", "memory check", 0, "=ok\n", ""},
	})
}
