package db_test

import (
	"context"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/llmspell/llmspell/kernel/db"
)

// TestShrink gives memory back while the database is read and written, and when it is closed.
func TestShrink(t *testing.T) {
	for _, path := range []string{db.Memory, filepath.Join(t.TempDir(), "x.db")} {
		d, err := db.Open(t.Context(), path, db.Options{ApplicationID: 7, Migrations: []db.Migration{{SQL: `CREATE TABLE x (a TEXT NOT NULL) STRICT`}}})
		if err != nil {
			t.Fatal(err)
		}
		const times = 50
		var all sync.WaitGroup
		all.Go(func() {
			for range times {
				if err := d.Write(t.Context(), func(tx *db.Tx) error {
					_, err := tx.Exec(`INSERT INTO x VALUES (?)`, strings.Repeat("x", 10000))
					return err
				}); err != nil {
					t.Error(err)
				}
			}
		})
		count := func() (n int) {
			if err := d.Read(t.Context(), func(tx *db.Tx) error { return tx.Row(`SELECT count(*) FROM x WHERE length(a) = 10000`).Scan(&n) }); err != nil {
				t.Error(err)
			}
			return n
		}
		for range 6 {
			all.Go(func() {
				for range times {
					count()
				}
			})
		}
		all.Go(func() {
			for range times {
				d.Shrink(t.Context())
			}
		})
		all.Wait()
		if n := count(); n != times {
			t.Errorf("%s: %d rows, want %d", path, n, times)
		}
		if err := d.Close(); err != nil {
			t.Error(err)
		}
		d.Shrink(context.Background())
	}
}
