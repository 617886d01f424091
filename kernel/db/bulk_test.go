package db

import (
	"errors"
	"path/filepath"
	"strconv"
	"testing"
)

// TestLargeTransactionsHaveACache looks at the cache before, in and after transactions of many statements, also undone ones.
func TestLargeTransactionsHaveACache(t *testing.T) {
	d := open(t, filepath.Join(t.TempDir(), "bulk.db"))
	cache := func(tx *Tx) (size int) {
		t.Helper()
		if err := tx.Row("pragma cache_size").Scan(&size); err != nil {
			t.Fatal(err)
		}
		return size
	}
	for _, result := range []error{errors.New("undone"), nil} {
		if err := d.Write(t.Context(), func(tx *Tx) error {
			if got, want := cache(tx), -usualCache; got != want {
				t.Errorf("at the beginning the cache is %d, want %d", got, want)
			}
			for i := range bulkStatements {
				if i == bulkStatements-1 {
					if got, want := cache(tx), -usualCache; got != want {
						t.Errorf("after %d statements the cache is %d, want %d", i, got, want)
					}
				}
				if _, err := tx.With(t.Context()).Exec("insert into t (k, n) values (?, ?)", strconv.Itoa(i), i); err != nil {
					return err
				}
			}
			if got, want := cache(tx), -bulkCache; got != want {
				t.Errorf("after %d statements the cache is %d, want %d", bulkStatements, got, want)
			}
			return result
		}); !errors.Is(err, result) {
			t.Fatal(err)
		}
		if err := d.Write(t.Context(), func(tx *Tx) error {
			if got, want := cache(tx), -usualCache; got != want {
				t.Errorf("after a large transaction (%v) the cache is %d, want %d", result, got, want)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
}
