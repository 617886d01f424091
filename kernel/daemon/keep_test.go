//go:build unix

package daemon

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// damages are what can happen to a file of a kernel that lives.
var damages = map[string]func(path string) error{
	"removed": os.Remove,
	"emptied": func(path string) error { return os.Truncate(path, 0) },
	"garbage": func(path string) error { return os.WriteFile(path, []byte("\x00{"), 0o600) },
	"replaced": func(path string) error {
		if err := os.Remove(path); err != nil {
			return err
		}
		return os.WriteFile(path, []byte(`{"id":"other","pid":1}`), 0o600)
	},
}

func running(t *testing.T, root Root, id string) *Instance {
	t.Helper()
	in := claimOf(t, root, id)
	if err := os.WriteFile(in.SocketPath(), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := in.WriteToken("secret"); err != nil {
		t.Fatal(err)
	}
	if _, err := in.Publish(Record{Socket: in.SocketPath(), Address: "127.0.0.1:4711"}); err != nil {
		t.Fatal(err)
	}
	return in
}

// A kernel is found, and keeps its id, whatever happens to its files, also before it
// notices; then they are as they were.
func TestDamagedFiles(t *testing.T) {
	for how, damage := range damages {
		for _, names := range [][]string{{recordFile}, {lockFile}, {tokenFile}, {lockFile, recordFile}, {lockFile, tokenFile, recordFile}} {
			t.Run(how+filepath.Join(names...), func(t *testing.T) {
				silent := testRoot(t)
				in := running(t, silent, "k")
				published := in.published
				published.Process = in.self
				asked := 0
				root := silent.Asking(func(_ context.Context, socket string) (Record, error) {
					asked++
					if socket != in.SocketPath() {
						t.Errorf("asked at %s", socket)
					}
					return published, nil
				})
				before := map[string]string{}
				for _, name := range names {
					path := filepath.Join(in.Dir(), name)
					text, err := os.ReadFile(path)
					if err != nil {
						t.Fatal(err)
					}
					before[name] = string(text)
					if err := damage(path); err != nil {
						t.Fatal(err)
					}
				}
				var taken *TakenError
				if _, err := root.Claim(t.Context(), "k", false); !errors.As(err, &taken) || taken.Holder.PID != os.Getpid() {
					t.Errorf("a second kernel: %v", err)
				}
				rec, err := root.Find("k")
				if err != nil || rec.PID != os.Getpid() || rec.Address != published.Address || rec.Folder != in.Dir() {
					t.Errorf("found: %+v %v", rec, err)
				}
				if list, stale, err := root.Survey(); err != nil || len(list) != 1 || len(stale) != 0 {
					t.Errorf("list: %v %v %v", list, stale, err)
				}
				if damaged := slices.Contains(names, recordFile); damaged != (asked > 0) {
					t.Errorf("asked %d times", asked)
				}
				if err := in.Lost(); err != nil {
					t.Error(err)
				}
				restored, err := in.Restore()
				slices.Sort(names)
				slices.Sort(restored)
				if err != nil || !slices.Equal(restored, names) {
					t.Errorf("restored: %v %v", restored, err)
				}
				for name, want := range before {
					path := filepath.Join(in.Dir(), name)
					text, err := os.ReadFile(path)
					if err != nil || string(text) != want {
						t.Errorf("%s: %q %v, want %q", name, text, err, want)
					}
				}
				if again, err := in.Restore(); err != nil || len(again) != 0 {
					t.Errorf("again: %v %v", again, err)
				}
				if rec, err := silent.Find("k"); err != nil || rec.PID != os.Getpid() {
					t.Errorf("afterwards: %+v %v", rec, err)
				}
				if err := os.Remove(in.SocketPath()); err != nil {
					t.Fatal(err)
				}
				in.Release()
				if exists(in.Dir()) {
					t.Error("the folder is left")
				}
			})
		}
	}
}

// One that does not answer is known by its lock.
func TestSurmise(t *testing.T) {
	root := testRoot(t).Asking(func(context.Context, string) (Record, error) { return Record{}, errors.New("it hangs") })
	in := running(t, root, "k")
	if err := os.Remove(filepath.Join(in.Dir(), recordFile)); err != nil {
		t.Fatal(err)
	}
	rec, err := root.Find("k")
	if err != nil || rec.Process != in.self || rec.Socket != in.SocketPath() {
		t.Errorf("%+v %v", rec, err)
	}
}

// What is asked may be something else: it counts for nothing.
func TestAskedStranger(t *testing.T) {
	root := testRoot(t).Asking(func(context.Context, string) (Record, error) { return Record{ID: "other", Process: Self()}, nil })
	in := running(t, root, "k")
	for _, name := range []string{recordFile, lockFile} {
		if err := os.Truncate(filepath.Join(in.Dir(), name), 0); err != nil {
			t.Fatal(err)
		}
	}
	if rec, err := root.Find("k"); !errors.Is(err, ErrNotRunning) {
		t.Errorf("%+v %v", rec, err)
	}
	var taken *TakenError
	if _, err := root.Claim(t.Context(), "k", false); !errors.As(err, &taken) {
		t.Errorf("a second kernel: %v", err)
	}
}

// A folder that was removed is not written to: another kernel may have it.
func TestRestoreNothingOfOthers(t *testing.T) {
	root := testRoot(t)
	in := running(t, root, "k")
	if err := os.RemoveAll(in.Dir()); err != nil {
		t.Fatal(err)
	}
	other := running(t, root, "k")
	if names, err := in.Restore(); err != nil || len(names) != 0 {
		t.Errorf("%v %v", names, err)
	}
	if in.Lost() == nil || other.Lost() != nil {
		t.Errorf("%v, %v", in.Lost(), other.Lost())
	}
}
