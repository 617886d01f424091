//go:build unix

package daemon

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gofrs/flock"
)

func folderOf(t *testing.T, root Root) string {
	t.Helper()
	dir, err := root.folder("k")
	if err == nil {
		err = root.prepare(dir)
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// What is not of the kind that belongs there keeps no kernel from starting, and no command
// from its end; it is said what it was.
func TestOdd(t *testing.T) {
	elsewhere := filepath.Join(t.TempDir(), "elsewhere")
	if err := os.WriteFile(elsewhere, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	link := func(to string) func(string) error { return func(path string) error { return os.Symlink(to, path) } }
	folder := func(path string) error { return os.Mkdir(path, 0o700) }
	file := func(path string) error { return os.WriteFile(path, nil, 0o600) }
	for name, test := range map[string]struct {
		file string
		make func(path string) error
		says string
	}{
		"lock to a file":    {lockFile, link(elsewhere), "lock was a symbolic link"},
		"lock to nothing":   {lockFile, link(elsewhere + "-none"), "lock was a symbolic link"},
		"lock a folder":     {lockFile, folder, "lock was a folder"},
		"socket a folder":   {socketFile, folder, "kernel.sock was a folder"},
		"socket a file":     {socketFile, file, "kernel.sock was a plain file"},
		"socket to nothing": {socketFile, link(elsewhere + "-none"), "kernel.sock was a symbolic link"},
	} {
		t.Run(name, func(t *testing.T) {
			root := testRoot(t)
			dir := folderOf(t, root)
			if err := test.make(filepath.Join(dir, test.file)); err != nil {
				t.Fatal(err)
			}
			in := claimOf(t, root, "k")
			if got := strings.Join(in.Replaced(), ";"); got != test.says {
				t.Errorf("replaced: %q", got)
			}
			if _, err := os.Lstat(in.SocketPath()); err == nil {
				t.Error("the socket's place is taken")
			}
			in.Release()
			if exists(dir) {
				t.Error("the folder is left")
			}
			// A command that looks for it ends.
			dir = folderOf(t, root)
			if err := test.make(filepath.Join(dir, test.file)); err != nil {
				t.Fatal(err)
			}
			if _, err := root.Find("k"); !errors.Is(err, ErrNotRunning) {
				t.Errorf("find: %v", err)
			}
		})
	}
	if text, err := os.ReadFile(elsewhere); err != nil || string(text) != "mine" {
		t.Errorf("what the link led to: %q %v", text, err)
	}
	if exists(elsewhere + "-none") {
		t.Error("a file was made through the link")
	}
}

// A folder with something in it is not removed: the error names it.
func TestOddFolderStays(t *testing.T) {
	for _, name := range []string{lockFile, socketFile, recordFile} {
		root := testRoot(t)
		path := filepath.Join(folderOf(t, root), name)
		if err := os.MkdirAll(filepath.Join(path, "mine"), 0o700); err != nil {
			t.Fatal(err)
		}
		_, err := root.Claim(t.Context(), "k", false)
		if err == nil || !strings.Contains(err.Error(), path+" is a folder") || !strings.Contains(err.Error(), "remove it") {
			t.Errorf("%s: %v", name, err)
		}
		if !exists(filepath.Join(path, "mine")) {
			t.Errorf("%s: it was removed", name)
		}
	}
}

// A lock that a process holds that is no kernel is not to be ended with kernel stop.
func TestLockedByAnother(t *testing.T) {
	root := testRoot(t)
	dir := folderOf(t, root)
	l := flock.New(filepath.Join(dir, lockFile))
	if ok, err := l.TryLock(); !ok || err != nil {
		t.Fatal(ok, err)
	}
	defer l.Close()
	_, err := root.Claim(t.Context(), "k", false)
	var taken *TakenError
	if !errors.As(err, &taken) || !strings.Contains(err.Error(), dir) || !strings.Contains(err.Error(), "end that process") || strings.Contains(err.Error(), "kernel stop") {
		t.Errorf("%v", err)
	}
}
