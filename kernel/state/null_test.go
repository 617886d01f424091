package state

import (
	"strings"
	"testing"

	"github.com/llmspell/llmspell/kernel/db"
)

// null is no value, wherever it comes from: what is there goes.
func TestNullIsNoValue(t *testing.T) {
	path := file(t)
	s := openAt(t, path, Options{})
	gone := func(how string) {
		t.Helper()
		if e, ok, err := s.Get(t.Context(), global, "k"); ok || err != nil || e.Version != 0 || len(keys(t, s, global, ListOptions{})) != 0 {
			t.Errorf("%s: %+v, %v, %v, %v", how, e, ok, err, keys(t, s, global, ListOptions{}))
		}
		set(t, s, "k", 1)
	}
	gone("nothing")
	if e, err := s.Set(t.Context(), global, "k", nil, SetOptions{}); err != nil || e.Version != 0 || e.Key != "k" {
		t.Errorf("%+v, %v", e, err)
	}
	gone("set")
	if _, done, err := s.CompareAndSet(t.Context(), global, "k", AtVersion(1), nil, SetOptions{}); !done || err != nil {
		t.Error(done, err)
	}
	gone("compare and set")
	if err := s.Transact(t.Context(), 0, func(tx *Txn) error {
		if _, err := tx.Set(global, "k", nil, SetOptions{}); err != nil {
			return err
		}
		if _, ok, err := tx.Get(global, "k"); ok || err != nil {
			t.Errorf("in the transaction: %v, %v", ok, err)
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
	gone("transaction")
	for name, text := range map[string]string{
		"json": `{"llmspell_state": 1, "entries": [{"scope": "global", "key": "k", "value": null}, {"scope": "session:1", "key": "n", "value": [null]}]}`,
		"toml": "llmspell_state = 1\n[[entries]]\nscope = \"global\"\nkey = \"k\"\nvalue_json = \"null\"\n[[entries]]\nscope = \"session:1\"\nkey = \"n\"\nvalue = 1\n",
	} {
		for _, merge := range []bool{true, false} {
			if done, err := s.Import(t.Context(), strings.NewReader(text), ImportOptions{Merge: merge}); err != nil || done.Values != 1 {
				t.Errorf("%s: %+v, %v", name, done, err)
			}
			gone("import of " + name)
		}
	}
	// One that an earlier version has kept goes when the store is opened.
	if err := s.db.Write(t.Context(), func(tx *db.Tx) error {
		r := row{scope: "global", key: "old", value: []byte("null"), version: 1, revision: 1}
		r.sum = r.checksum()
		if _, err := tx.Exec("pragma user_version = 1"); err != nil {
			return err
		}
		_, err := tx.Exec(putStatement(1), r.args()...)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openAt(t, path, Options{})
	missing(t, s, "old")
	if value(t, s, "k") != int64(1) {
		t.Error("another value is gone")
	}
}
