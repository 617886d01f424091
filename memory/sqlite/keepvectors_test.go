package sqlite

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/memory"
)

// TestKeptVectors has a process load the vectors that another kept, unless they are not those that are stored.
func TestKeptVectors(t *testing.T) {
	path := filepath.Join(t.TempDir(), "memory.db")
	s := open(t, path, Options{})
	file := s.vectorPath(memory.Turns, "")
	m := meaning(t, s, &lengths{})
	const turns = 2400
	list := make([]memory.Episode, turns)
	for i := range list {
		list[i] = memory.Episode{Session: "s", ID: fmt.Sprint(i), Role: "r", Content: strings.Repeat("a", i%31+1)}
	}
	list[0].Content = strings.Repeat("a", 100) // alone of its length
	if _, err := m.AddAll(t.Context(), list); err != nil {
		t.Fatal(err)
	}
	if n, err := m.Meaning().Embed(t.Context(), nil); n != turns || err != nil {
		t.Fatal(n, err)
	}
	query := strings.Repeat("a", 100)
	want, _ := vectorIDs(t, m, query, 5)
	if want[0] != "0" {
		t.Fatalf("%v are nearest", want)
	}
	good, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	exec := func(statement string, args ...any) {
		t.Helper()
		if err := s.Write(t.Context(), "", func(tx memory.Tx) error { _, err := tx.(*writer).tx.Exec(statement, args...); return err }); err != nil {
			t.Fatal(err)
		}
	}
	there := func() bool { _, err := os.Stat(file); return !errors.Is(err, fs.ErrNotExist) }

	// A row is made unreadable: who finds its vector has not read the rows.
	exec("update vectors set numbers = zeroblob(8) where row = 1")
	if got, _ := vectorIDs(t, meaning(t, open(t, path, Options{}), &lengths{}), query, 5); !slices.Equal(got, want) {
		t.Errorf("with what was kept %v are found, not %v", got, want)
	}
	// What is stored after it is found, too, and what was replaced.
	e, err := m.Add(t.Context(), memory.Episode{Session: "s", ID: "new", Role: "r", Content: strings.Repeat("a", 101)})
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := vectorIDs(t, meaning(t, open(t, path, Options{}), &lengths{}), strings.Repeat("a", 101), 1); !slices.Equal(got, []string{"new"}) {
		t.Errorf("of what came later %v is found", got)
	}

	for name, data := range map[string][]byte{
		"cut": good[:len(good)/2], "empty": nil, "damaged": bytes.Replace(good, good[len(good)-40:len(good)-20], make([]byte, 20), 1),
		"of another tenant":      bytes.Replace(good, []byte(`"Tenant":""`), []byte(`"Tenant":"x"`), 1),
		"of another model":       bytes.Replace(good, []byte(`"Model":"lengths"`), []byte(`"Model":"other"`), 1),
		"of other vectors":       bytes.Replace(good, []byte(`"Sum":`), []byte(`"Sum":1`), 1),
		"said to go further":     bytes.Replace(good, []byte(`"UpTo":2400`), []byte(`"UpTo":2401`), 1),
		"without its first line": good[bytes.IndexByte(good, '\n')+1:],
	} {
		if bytes.Equal(data, good) {
			t.Fatalf("%s: nothing was changed", name)
		}
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if index, upTo := s.KeptVectors(t.Context(), memory.Turns, "", "lengths"); index != nil || upTo != 0 || there() {
			t.Errorf("a file that is %s was taken, or is still there", name)
		}
	}

	// What is forgotten is in no file, not even for a moment.
	if err := os.WriteFile(file, good, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Forget(t.Context(), memory.Filter{IDs: []string{"0"}}, false); err != nil || there() {
		t.Errorf("after something was forgotten the file is there: %v, %v", there(), err)
	}
	if err := os.WriteFile(file, good, 0o600); err != nil { // as from a backup
		t.Fatal(err)
	}
	if got, _ := vectorIDs(t, meaning(t, open(t, path, Options{}), &lengths{}), query, 5); slices.Contains(got, "0") {
		t.Errorf("what was forgotten is found: %v", got)
	}
	if err := s.Write(t.Context(), "", func(tx memory.Tx) error { return tx.(memory.VectorTx).DropVectors(memory.Turns, "lengths", e.Row) }); err != nil || there() {
		t.Errorf("after a vector was dropped the file is there: %v, %v", there(), err)
	}
}
