package state

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/kernel/db"
)

// sound makes a store with values that are known, and one backup.
func sound(t *testing.T) (path string, data []byte, backup string) {
	t.Helper()
	path = file(t)
	s := openAt(t, path, Options{})
	for i := range 200 {
		set(t, s, fmt.Sprintf("%03d", i), expected(i))
	}
	b, err := s.CreateBackup(t.Context(), "sound")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	data, err = os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return path, data, b.ID
}

func expected(i int) string { return strings.Repeat(fmt.Sprint(i, " "), 1+i*7%300) }

// A file that is no database, or not all of one: it is left as it is, and a backup
// can be put in its place.
func TestDamagedFile(t *testing.T) {
	path, data, backup := sound(t)
	garbage := make([]byte, 50_000)
	for i := range garbage {
		garbage[i] = byte(rand.IntN(256))
	}
	for name, bad := range map[string][]byte{
		"empty": {}, "garbage": garbage, "text": []byte("this is no database\n"), "one byte": {0}, "header only": data[:100],
		"first page gone": append(bytes.Repeat([]byte{0}, 4096), data[4096:]...), "cut in a page": data[:len(data)/2+123], "one page": data[:4096],
	} {
		t.Run(name, func(t *testing.T) {
			write(t, path, bad)
			s, err := Open(t.Context(), path, Options{})
			if err == nil { // SQLite sees some damage only where it reads
				err = errors.Join(s.Check(t.Context()), s.Close())
			}
			is(t, err, db.ErrCorrupt)
			if !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "restore") {
				t.Errorf("the error does not help: %v", err)
			}
			if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, bad) {
				t.Errorf("the file was changed (error %v)", err)
			}
			aside, _, err := RestoreFile(t.Context(), path, Options{}, backup)
			if err != nil {
				t.Fatal(err)
			}
			if kept, err := os.ReadFile(aside); err != nil || !bytes.Equal(kept, bad) {
				t.Errorf("the damaged file was not kept (error %v)", err)
			}
			complete(t, path)
		})
	}
	if left, err := filepath.Glob(path + ".restored*"); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func complete(t *testing.T, path string) {
	t.Helper()
	s := openAt(t, path, Options{})
	for i := range 200 {
		if got := value(t, s, fmt.Sprintf("%03d", i)); got != expected(i) {
			t.Fatalf("%d: %v", i, got)
		}
	}
	if err := s.Check(t.Context()); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// Bits are flipped anywhere: what can be read is right, or is an error. Nothing
// is ever wrong silently, and nothing panics.
func TestFlippedBits(t *testing.T) {
	path, data, _ := sound(t)
	rng := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 2))
	seen := 0
	for range 150 {
		bad := bytes.Clone(data)
		for range 1 + rng.IntN(8) {
			bad[rng.IntN(len(bad))] ^= 1 << rng.IntN(8)
		}
		write(t, path, bad)
		if damage := readAll(t, path); damage {
			seen++
		}
	}
	if seen < 20 {
		t.Errorf("only %d of 150 damaged files were seen to be", seen)
	}
}

// readAll reads all values, and tells whether damage was found.
func readAll(t *testing.T, path string) (damage bool) {
	t.Helper()
	ctx := context.Background()
	s, err := Open(ctx, path, Options{})
	if err != nil {
		if !errors.Is(err, db.ErrCorrupt) && !errors.Is(err, db.ErrForeign) && !errors.Is(err, db.ErrNewer) && !errors.Is(err, db.ErrReadOnly) {
			t.Errorf("open: %v", err)
		}
		return true
	}
	defer s.Close()
	for i := range 200 {
		e, ok, err := s.Get(ctx, global, fmt.Sprintf("%03d", i))
		switch {
		case err != nil:
			damage = true
		case ok && e.Value != expected(i):
			t.Fatalf("%d: got %q", i, e.Value)
		case !ok: // an index that is damaged may hide it: then the check must see that
			damage = true
			if s.Check(ctx) == nil {
				t.Fatalf("%d is gone, and the check finds nothing", i)
			}
		}
	}
	if err := s.Check(ctx); err != nil {
		is(t, err, db.ErrCorrupt)
		damage = true
	}
	return damage
}

// A damaged value does no harm to the others, and can be written anew.
func TestDamagedValue(t *testing.T) {
	path, data, _ := sound(t)
	at := bytes.Index(data, []byte(expected(100)))
	data[at] = '9'
	write(t, path, data)
	s := openAt(t, path, Options{})
	_, _, err := s.Get(t.Context(), global, "100")
	is(t, err, db.ErrCorrupt)
	if !strings.Contains(err.Error(), `"100"`) {
		t.Errorf("the error does not name it: %v", err)
	}
	if value(t, s, "101") != expected(101) {
		t.Error("another is hit")
	}
	if err := s.Check(t.Context()); err == nil || !strings.Contains(err.Error(), "global 100") {
		t.Errorf("check: %v", err)
	}
	set(t, s, "100", "new")
	if err := s.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// A log that was cut loses what was in the part that is gone, but what is left is
// whole: SQLite takes the transactions before the cut.
func TestTruncatedLog(t *testing.T) {
	path := file(t)
	s := openAt(t, path, Options{})
	for i := range 50 {
		if err := s.Transact(t.Context(), 0, func(tx *Txn) error {
			if _, err := tx.Set(global, "a", i, SetOptions{}); err != nil {
				return err
			}
			_, err := tx.Set(global, "b", i, SetOptions{})
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	main, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	log, err := os.ReadFile(path + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{0, 1, 31, 32, 4000, len(log) / 3, len(log) / 2, len(log) - 1, len(log)} {
		copied := filepath.Join(t.TempDir(), "state.db")
		write(t, copied, main)
		write(t, copied+"-wal", log[:n])
		c := openAt(t, copied, Options{})
		a, _, err1 := c.Get(t.Context(), global, "a")
		b, _, err2 := c.Get(t.Context(), global, "b")
		if err1 != nil || err2 != nil || !reflect.DeepEqual(a.Value, b.Value) {
			t.Errorf("%d of %d bytes: a is %v, b %v, errors %v, %v", n, len(log), a.Value, b.Value, err1, err2)
		}
		if n == len(log) && a.Value != int64(49) {
			t.Errorf("the whole log: a is %v", a.Value)
		}
		if err := c.Check(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// The file is gone, its log is not: making a new file would destroy the log.
func TestLogWithoutFile(t *testing.T) {
	path := file(t)
	s := openAt(t, path, Options{})
	set(t, s, "k", 1)
	log, err := os.ReadFile(path + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	lost := file(t)
	write(t, lost+"-wal", log)
	_, err = Open(t.Context(), lost, Options{})
	is(t, err, db.ErrCorrupt)
	if now, err := os.ReadFile(lost + "-wal"); err != nil || !bytes.Equal(now, log) {
		t.Errorf("the log was changed (error %v)", err)
	}
}

func TestRestoreFileNeedsToBeAlone(t *testing.T) {
	path, data, backup := sound(t)
	s := openAt(t, path, Options{})
	copy(data[8192:], bytes.Repeat([]byte{0xff}, len(data))) // damage that opening does not see
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	_, _, err := RestoreFile(t.Context(), path, Options{}, backup)
	is(t, err, db.ErrBusy)
	if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, data) {
		t.Errorf("the file was changed (error %v)", err)
	}
	if err := s.Close(); err != nil {
		t.Logf("close: %v", err)
	}
	if _, _, err := RestoreFile(t.Context(), path, Options{}, backup); err != nil {
		t.Fatal(err)
	}
	complete(t, path)
}
