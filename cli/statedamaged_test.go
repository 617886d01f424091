package cli

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/kernel/db"
)

// damageState changes the bytes of one value behind the store's back.
func damageState(t *testing.T, data, key string) {
	t.Helper()
	d, err := db.Open(t.Context(), filepath.Join(data, "state.db"), db.Options{ApplicationID: 0x6c737374, Migrations: make([]db.Migration, 2)})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec("update entries set value = '\"other\"' where key = ?", key)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
}

// One damaged value does not keep the others from being listed and saved, and is named.
func TestDamagedValue(t *testing.T) {
	data := ownFolders(t)
	for _, key := range []string{"a", "bad", "c"} {
		if code, _, errs := call(t, "", "state", "set", key, "1"); code != 0 {
			t.Fatal(errs)
		}
	}
	damageState(t, data, "bad")
	for _, tt := range []struct {
		args   []string
		code   int
		stdout []string
		stderr string
	}{
		{[]string{"state", "get", "c"}, 0, []string{"1\n"}, ""},
		{[]string{"state", "get", "bad"}, 1, nil, `checksum of "bad"`},
		{[]string{"state", "show", "--format", "text"}, 1, []string{"global\ta\t1\n", "global\tbad\t(damaged)\n", "global\tc\t1\n"}, `checksum of "bad"`},
		{[]string{"state", "show", "--format", "json"}, 1, []string{`"damaged": "`}, `checksum of "bad"`},
		{[]string{"state", "export", "-"}, 1, nil, `checksum of "bad"`},
		{[]string{"state", "export", "-", "--skip-damaged"}, 1, []string{`"key":"a"`, `"key":"c"`}, `left out: `},
		{[]string{"state", "export", "saved.toml", "--skip-damaged"}, 1, nil, "2 exported"},
		{[]string{"exec", `for _, e in ipairs(State.list{values = true}) do print(e.key, e.value, e.damaged ~= nil) end`}, 0, []string{"a\t1\tfalse\nbad\tnil\ttrue\nc\t1\tfalse\n"}, ""},
		{[]string{"state", "import", "saved.toml"}, 0, nil, "2 imported"},
		{[]string{"state", "check"}, 0, []string{"ok\n"}, ""},
	} {
		code, out, errs := call(t, "", tt.args...)
		if code != tt.code || !strings.Contains(errs, tt.stderr) || tt.stderr == "" && errs != "" {
			t.Errorf("%v: exit %d, want %d; stderr %q, want %q", tt.args, code, tt.code, errs, tt.stderr)
		}
		for _, want := range tt.stdout {
			if !strings.Contains(out, want) {
				t.Errorf("%v: %q is not in %q", tt.args, want, out)
			}
		}
	}
}
