package rescue_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/kernel/db"
	"github.com/llmspell/llmspell/kernel/db/rescue"
)

// made is a database with a table and an index of several levels, overflow pages, and deleted
// rows; with its log, if it is to have one.
func made(t testing.TB, inLog bool) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "a.db")
	ctx := context.Background()
	d, err := db.Open(ctx, path, db.Options{ApplicationID: 7, Migrations: []db.Migration{{SQL: `
		CREATE TABLE t (id INTEGER PRIMARY KEY, text TEXT NOT NULL, number REAL, data BLOB) STRICT;
		CREATE INDEX t_by_text ON t(text);
		CREATE TABLE w (a TEXT NOT NULL, b INTEGER NOT NULL, c TEXT NOT NULL, PRIMARY KEY (b, a)) STRICT, WITHOUT ROWID;`}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Write(ctx, func(tx *db.Tx) error {
		for i := range 400 {
			if _, err := tx.Exec(`INSERT INTO t VALUES (?, ?, ?, ?)`, i*3-500, fmt.Sprintf("text %d %s", i, strings.Repeat("x", i*37%300)), float64(i)/4, make([]byte, i*97%9000)); err != nil {
				return err
			}
			if _, err := tx.Exec(`INSERT INTO w VALUES (?, ?, ?)`, fmt.Sprint("a", i), i<<(i%50), strings.Repeat("c", i%100)); err != nil {
				return err
			}
		}
		_, err := tx.Exec(`DELETE FROM t WHERE id % 5 = 0`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if !inLog {
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		return path
	}
	copied := filepath.Join(t.TempDir(), "a.db")
	for _, ext := range []string{"", "-wal"} {
		data, err := os.ReadFile(path + ext)
		if err == nil {
			err = os.WriteFile(copied+ext, data, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	return copied
}

// rowsOf reads all rows of a table as texts.
func rowsOf(t testing.TB, path, table string) map[string]bool {
	t.Helper()
	r, err := rescue.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	out := map[string]bool{}
	r.Trees(r.Schema(nil)).Rows(table, func(row *rescue.Row) bool {
		v, err := row.Values()
		if err != nil {
			t.Error(err)
		}
		again, err := r.Row(row.At)
		if err != nil || again.ID != row.ID {
			t.Errorf("%v is not found again: %v, %v", row.At, again, err)
		}
		out[fmt.Sprint(row.ID, v)] = true
		return true
	})
	if len(r.Damage()) > 0 {
		t.Errorf("%v", r.Damage())
	}
	return out
}

// What is read of a sound file is what SQLite reads, in the file and in its log.
func TestRowsOfASoundFile(t *testing.T) {
	for _, inLog := range []bool{false, true} {
		path := made(t, inLog)
		found := map[string]map[string]bool{}
		for _, table := range []string{"t", "w", "t_by_text"} {
			found[table] = rowsOf(t, path, table)
		}
		d, err := db.Open(t.Context(), path, db.Options{ApplicationID: 7, Migrations: make([]db.Migration, 1)})
		if err != nil {
			t.Fatal(err)
		}
		for table, query := range map[string]string{"t": `SELECT id, NULL, text, number, data FROM t`, "w": `SELECT 0, b, a, c FROM w`, "t_by_text": `SELECT 0, text, id FROM t`} {
			n := 0
			if err := d.Read(t.Context(), func(tx *db.Tx) error {
				rows, err := tx.Query(query)
				if err != nil {
					return err
				}
				defer rows.Close()
				names, err := rows.Columns()
				if err != nil {
					return err
				}
				for ; rows.Next(); n++ {
					v := make([]any, len(names))
					to := make([]any, len(names))
					for i := range v {
						to[i] = &v[i]
					}
					if err := rows.Scan(to...); err != nil {
						return err
					}
					for i := range v {
						if f, ok := v[i].(float64); ok && f == float64(int64(f)) {
							v[i] = int64(f) // so SQLite keeps them
						}
					}
					if !found[table][fmt.Sprint(v[0], v[1:])] {
						return fmt.Errorf("a row of %s was not found: %.200v", table, v)
					}
				}
				return rows.Err()
			}); err != nil {
				t.Error(err)
			}
			if n == 0 || n != len(found[table]) {
				t.Errorf("%s has %d rows, and %d were found", table, n, len(found[table]))
			}
		}
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}
}

// Whatever is written over a file and its log, reading it ends, without a panic.
func FuzzRescue(f *testing.F) {
	var files [4][]byte // a file alone, a file and its log
	for i, inLog := range []bool{false, true} {
		path := made(f, inLog)
		for j, ext := range []string{"", "-wal"} {
			data, err := os.ReadFile(path + ext)
			if err != nil && (ext == "" || inLog) {
				f.Fatal(err)
			}
			files[2*i+j] = data[:min(len(data), 40*4096)]
		}
	}
	f.Add(false, uint32(0), []byte{}, uint32(4096*3), []byte("\x0d\x00\x00\x00\x05\x0f\xff\x00\x00\x00\x08\x00\x09"))
	f.Add(false, uint32(4096*2), []byte{5, 0, 0, 0, 1}, uint32(4096), []byte{1, 0, 0, 0, 0, 5, 0, 0, 0, 3})
	f.Add(true, uint32(16), []byte{2, 0}, uint32(1<<31|32), []byte{0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, inLog bool, at uint32, bad []byte, at2 uint32, bad2 []byte) {
		pair := files[:2]
		if inLog {
			pair = files[2:]
		}
		data, log := bytes.Clone(pair[0]), bytes.Clone(pair[1])
		for _, patch := range []struct {
			at  uint32
			bad []byte
		}{{at, bad}, {at2, bad2}} {
			to := data
			if patch.at>>31 == 1 {
				to = log
			}
			if at := int(patch.at &^ (1 << 31)); at < len(to) {
				copy(to[at:], patch.bad)
			}
		}
		path := filepath.Join(t.TempDir(), "a.db")
		if err := errors.Join(os.WriteFile(path, data, 0o600), os.WriteFile(path+"-wal", log, 0o600)); err != nil {
			t.Fatal(err)
		}
		r, err := rescue.Open(path)
		if err != nil {
			return
		}
		defer r.Close()
		trees := r.Trees(r.Schema([]rescue.Object{{Type: "table", Name: "t", Root: 3}, {Type: "index", Name: "t_by_text", Root: 4}}))
		for _, name := range []string{"t", "t_by_text", "w"} {
			trees.Rows(name, func(row *rescue.Row) bool {
				if v, err := row.First(2); err == nil && len(v) > 2 {
					t.Errorf("%d columns, not 2", len(v))
				}
				_, _ = row.Values() // what comes of damaged rows is the caller's to judge
				return true
			})
		}
	})
}
