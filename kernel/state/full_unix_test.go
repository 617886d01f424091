//go:build unix

package state

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"testing"

	"github.com/llmspell/llmspell/internal/testfs"
	"github.com/llmspell/llmspell/kernel/db"
)

func addJobs(all map[string]func(string, int) error) {
	all["limited"] = limitedJob
	all["look"] = lookJob
}

// limitedJob fills a store until its process may not make files larger, then
// takes the limit away, and writes on.
func limitedJob(path string, limit int) error {
	signal.Ignore(syscall.SIGXFSZ)
	ctx := context.Background()
	s, err := Open(ctx, path, Options{})
	if err != nil {
		return err
	}
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
		return err
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: uint64(limit), Max: before.Max}); err != nil {
		return err
	}
	n, err := fill(ctx, s)
	if err != nil {
		return err
	}
	if err := filled(ctx, s, n); err != nil {
		return err
	}
	if was, err := s.Delete(ctx, global, "000000"); err != nil || !was {
		return fmt.Errorf("delete when full: %v, %w", was, err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
		return err
	}
	if _, err := s.Set(ctx, global, "after", n, SetOptions{}); err != nil {
		return fmt.Errorf("with room again: %w", err)
	}
	fmt.Println(n)
	return s.Close()
}

// fill writes values until there is no room, and returns how many were
// acknowledged.
func fill(ctx context.Context, s *Store) (int, error) {
	for n := range 100_000 {
		_, err := s.Set(ctx, global, fmt.Sprintf("%06d", n), string(make([]byte, 500)), SetOptions{})
		if errors.Is(err, db.ErrFull) {
			return n, nil
		}
		if err != nil {
			return n, fmt.Errorf("write %d: %w; want it to be full", n, err)
		}
	}
	return 0, errors.New("it is never full")
}

// filled checks that all that was acknowledged can be read, and nothing more.
func filled(ctx context.Context, s *Store, n int) error {
	found, err := s.List(ctx, global, ListOptions{Values: true})
	if err != nil {
		return fmt.Errorf("read when full: %w", err)
	}
	if len(found) != n {
		return fmt.Errorf("%d values were acknowledged, %d are there", n, len(found))
	}
	return s.Check(ctx)
}

func TestFullDisk(t *testing.T) {
	t.Run("limit of the process", func(t *testing.T) {
		path := file(t)
		cmd := child(t, "limited", path, 300_000)
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		var n int
		if _, err := fmt.Sscan(string(out), &n); err != nil || n == 0 {
			t.Fatalf("%q: %v", out, err)
		}
		s := openAt(t, path, Options{})
		if got := value(t, s, "after"); got != int64(n) {
			t.Errorf("after: %v, want %d", got, n)
		}
		if len(keys(t, s, global, ListOptions{})) != n { // one less, one more
			t.Errorf("%d keys, want %d", len(keys(t, s, global, ListOptions{})), n)
		}
	})
	t.Run("limit of the store", func(t *testing.T) {
		s := newStore(t, Options{MaxSize: 300_000})
		n, err := fill(t.Context(), s)
		if err == nil {
			err = filled(t.Context(), s, n)
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Delete(t.Context(), global, "000000"); err != nil {
			t.Errorf("delete when full: %v", err)
		}
		_, err = s.Set(t.Context(), global, "big", string(make([]byte, 300_000)), SetOptions{})
		is(t, err, db.ErrFull)
	})
	t.Run("small file system", func(t *testing.T) {
		testfs.Small(t, 1<<20, func(dir string) { smallDisk(t, dir) })
	})
}

func smallDisk(t *testing.T, dir string) {
	s, err := Open(t.Context(), dir+"/state.db", Options{})
	if err != nil {
		t.Fatal(err)
	}
	n, err := fill(t.Context(), s)
	if err == nil {
		err = filled(t.Context(), s, n)
	}
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.CreateBackup(t.Context(), "")
	is(t, err, db.ErrFull)
	if left, _ := os.ReadDir(dir + "/backups"); len(left) != 0 {
		t.Errorf("the backup that failed has left %v", left)
	}
	// What is deleted makes room again, one by one and all at once.
	for i := range 20 {
		if was, err := s.Delete(t.Context(), global, fmt.Sprintf("%06d", i)); err != nil || !was {
			t.Fatalf("delete %d when full: %v, %v", i, was, err)
		}
	}
	for i := range 10 {
		set(t, s, fmt.Sprintf("%06d", i), string(make([]byte, 500)))
	}
	more, err := fill(t.Context(), s) // over those that are there
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d values, %d once some were deleted", n, more)
	if err := s.Close(); err != nil {
		t.Logf("close: %v", err) // the log cannot be moved; it stays
	}
	again, err := Open(t.Context(), dir+"/state.db", Options{})
	if err != nil {
		t.Fatal(err)
	}
	left := len(keys(t, again, global, ListOptions{}))
	if got, err := again.Clear(t.Context(), global); err != nil || got != left {
		t.Errorf("clear when full: %d of %d, %v", got, left, err)
	}
	if err := again.Check(t.Context()); err != nil {
		t.Error(err)
	}
	if n, err := fill(t.Context(), again); err != nil || n < more/2 {
		t.Errorf("%d values found room after all were deleted, %d before: %v", n, more, err)
	}
	_ = again.Close() // as above
}

// However full the disk is, and however long the log that is not copied, values can be
// deleted one after the other until none is left, also when others take all the room that
// this makes, and by a process that has to open the store first.
func TestFullDiskLongLog(t *testing.T) {
	for _, values := range []int{40, 300} { // a log that is not copied; one that was
		t.Run(fmt.Sprint(values), func(t *testing.T) {
			testfs.Small(t, 24<<20, func(dir string) { longLog(t, dir, values) })
		})
	}
}

func longLog(t *testing.T, dir string, values int) {
	s, err := Open(t.Context(), dir+"/state.db", Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }() // the last one; the log may find no room
	for i := range values {
		set(t, s, fmt.Sprint(i), strings.Repeat("x", 20_000))
	}
	others, err := os.Create(dir + "/others")
	if err != nil {
		t.Fatal(err)
	}
	defer others.Close()
	takeAll := func() {
		for err := error(nil); err == nil; {
			_, err = others.Write(make([]byte, 4096))
		}
	}
	takeAll()
	n := values
	for ; ; n++ {
		if _, err := s.Set(t.Context(), global, fmt.Sprint(n), strings.Repeat("x", 20_000), SetOptions{}); errors.Is(err, db.ErrFull) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		takeAll()
	}
	for i := range n - 10 {
		takeAll()
		if i%50 == 20 {
			if err := s.Close(); err != nil {
				t.Logf("close: %v", err) // the log cannot be moved; it stays
			}
			takeAll() // also what the log and its index had
			if s, err = Open(t.Context(), dir+"/state.db", Options{}); err != nil {
				t.Fatal(err)
			}
		}
		if was, err := s.Delete(t.Context(), global, fmt.Sprint(i)); err != nil || !was {
			t.Fatalf("delete %d: %v, %v", i, was, err)
		}
	}
	takeAll()
	if n, err := s.Clear(t.Context(), global); err != nil || n != 10 {
		t.Fatalf("clear: %d, %v", n, err)
	}
	if err := others.Truncate(0); err != nil {
		t.Fatal(err)
	}
	for i := range values {
		set(t, s, fmt.Sprint(i), strings.Repeat("x", 10_000))
	}
	if err := s.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// A log that somebody reads, and that cannot be copied therefore, is covered by a larger
// reserve.
func TestFullDiskWhileRead(t *testing.T) {
	testfs.Small(t, 16<<20, func(dir string) { fullWhileRead(t, dir) })
}

func fullWhileRead(t *testing.T, dir string) {
	s, err := Open(t.Context(), dir+"/state.db", Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }() // as above
	set(t, s, "first", 1)
	reading, read := make(chan struct{}), make(chan error)
	stop := make(chan struct{})
	go func() {
		read <- s.db.Read(t.Context(), func(tx *db.Tx) error {
			var n int
			err := tx.Row("select count(*) from entries").Scan(&n)
			close(reading)
			<-stop
			return err
		})
	}()
	<-reading
	n := 0
	for ; ; n++ {
		if _, err := s.Set(t.Context(), global, fmt.Sprint(n), strings.Repeat("x", 20_000), SetOptions{}); errors.Is(err, db.ErrFull) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	gone := 0
	for ; gone < n; gone++ { // some are noted in the room of the reserve, but not in that of the log
		if _, err := s.Delete(t.Context(), global, fmt.Sprint(gone)); errors.Is(err, db.ErrFull) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d of %d deleted while somebody reads", gone, n)
	if gone == 0 {
		t.Error("none can be deleted while somebody reads")
	}
	close(stop)
	if err := <-read; err != nil {
		t.Fatal(err)
	}
	for i := gone; i < n; i++ {
		if was, err := s.Delete(t.Context(), global, fmt.Sprint(i)); err != nil || !was {
			t.Fatalf("delete %d of %d: %v, %v", i, n, was, err)
		}
	}
	for i := range n / 2 {
		set(t, s, fmt.Sprint(i), strings.Repeat("x", 20_000))
	}
}

// lookJob opens a store that its user may not write.
func lookJob(path string, n int) error {
	ctx := context.Background()
	s, err := Open(ctx, path, Options{})
	if err != nil {
		return err
	}
	defer s.Close()
	e, ok, err := s.Get(ctx, global, "k")
	if err != nil || !ok || e.Value != "kept" {
		return fmt.Errorf("read: %v, %v, %w", e.Value, ok, err)
	}
	if _, err := s.Set(ctx, global, "k", "changed", SetOptions{}); !errors.Is(err, db.ErrReadOnly) {
		return fmt.Errorf("write: %w; want %w", err, db.ErrReadOnly)
	}
	fmt.Println("ok")
	return nil
}

func TestReadOnly(t *testing.T) {
	for _, tt := range []struct {
		name         string
		folder, file os.FileMode
		live         bool // another process has it open
	}{
		{"file", 0o755, 0o444, false}, {"folder", 0o555, 0o644, false}, {"both", 0o555, 0o444, false}, {"both, in use", 0o555, 0o444, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := file(t)
			s := openAt(t, path, Options{})
			set(t, s, "k", "kept")
			if !tt.live {
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
			}
			restrict(t, path, tt.folder, tt.file)
			cmd := child(t, "look", path, 0)
			testfs.AsNobody(cmd)
			if out, err := cmd.Output(); err != nil || string(out) != "ok\n" {
				t.Errorf("%q, %v", out, err)
			}
			s = openAt(t, path, Options{}) // as the owner, or root
			if value(t, s, "k") != "kept" {
				t.Error("it was changed")
			}
		})
	}
}
