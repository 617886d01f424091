package db

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestBackground writes from two goroutines, until the log was copied to the file while they go on, though none of their commits
// does it.
func TestBackground(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	d, err := Open(t.Context(), path, Options{ApplicationID: testID, Migrations: testMigrations, Background: true})
	if err != nil {
		t.Fatal(err)
	}
	var auto int
	if err := d.writer.QueryRowContext(t.Context(), "pragma wal_autocheckpoint").Scan(&auto); err != nil || auto != 0 {
		t.Errorf("commits copy the log after %d pages, %v", auto, err)
	}
	var wg sync.WaitGroup
	stop := make(chan struct{})
	for w := range 2 {
		wg.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
					put(t, d, fmt.Sprint(w, i), strings.Repeat("x", 10_000))
				}
			}
		})
	}
	for end := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		if info, err := os.Stat(path); err == nil && info.Size() > 4<<20 {
			break
		}
		if time.Now().After(end) {
			t.Error("the log was not copied")
			break
		}
	}
	close(stop)
	wg.Wait()
	if err := d.Check(t.Context()); err != nil {
		t.Error(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path + "-wal"); err == nil && info.Size() > 0 {
		t.Errorf("a log of %d bytes is left", info.Size())
	}
	d = open(t, path)
	if get(t, d, "1 0") == "" {
		t.Error("a value is lost")
	}
}
