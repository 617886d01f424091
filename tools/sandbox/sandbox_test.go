//go:build unix

package sandbox

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// tree makes two folders side by side, box and boxful, with a secret in the
// second, and a sandbox that allows the first.
func tree(t *testing.T) (*Sandbox, string) {
	t.Helper()
	dir := t.TempDir()
	box, outside := filepath.Join(dir, "box"), filepath.Join(dir, "boxful")
	for _, d := range []string{filepath.Join(box, "sub"), outside} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range []string{filepath.Join(box, "a.txt"), filepath.Join(outside, "secret")} {
		if err := os.WriteFile(f, []byte("content"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, target := range map[string]string{
		"up": "..", "out": "../boxful/secret", "absolute": filepath.Join(outside, "secret"), "folder": outside,
		"inside": "a.txt", "loop": "loop", "dangling": "new.txt", "sub/up": "../../boxful",
	} {
		if err := os.Symlink(target, filepath.Join(box, name)); err != nil {
			t.Fatal(err)
		}
	}
	s, err := New(box, Folders(box))
	if err != nil {
		t.Fatal(err)
	}
	return s, dir
}

func TestEscapes(t *testing.T) {
	s, dir := tree(t)
	for _, path := range []string{
		"../boxful/secret", "sub/../../boxful/secret", filepath.Join(dir, "boxful", "secret"), "/etc/passwd", "..", "/",
		"up/boxful/secret", "out", "absolute", "folder/secret", "sub/up/secret",
		dir + "/box/../boxful/secret", dir + "/boxful", "./././../boxful/secret",
	} {
		var denied *DeniedError
		if _, err := s.ReadFile(context.Background(), path); !errors.As(err, &denied) {
			t.Errorf("ReadFile(%s) = %v; want a *DeniedError", path, err)
		} else if !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), filepath.Join(dir, "box")) {
			t.Errorf("ReadFile(%s): the error %q must be fs.ErrPermission and name the allowed folder", path, err)
		}
		if err := s.WriteFile(path, []byte("x")); !errors.Is(err, fs.ErrPermission) {
			t.Errorf("WriteFile(%s) = %v; want it denied", path, err)
		}
		if p, err := s.Place(Write, path); err == nil {
			if err := p.Append([]byte("x")); !errors.Is(err, fs.ErrPermission) {
				t.Errorf("Append(%s) = %v; want it denied", path, err)
			}
			p.Close()
		}
	}
	if data, err := os.ReadFile(filepath.Join(dir, "boxful", "secret")); err != nil || string(data) != "content" {
		t.Errorf("the secret is %q, %v; it must be untouched", data, err)
	}
}

func TestReadAndWrite(t *testing.T) {
	s, dir := tree(t)
	ctx := context.Background()
	for _, path := range []string{"a.txt", "./a.txt", "sub/../a.txt", "inside", filepath.Join(dir, "box", "a.txt")} {
		if data, err := s.ReadFile(ctx, path); err != nil || string(data) != "content" {
			t.Errorf("ReadFile(%s) = %q, %v", path, data, err)
		}
	}
	if err := os.Chmod(filepath.Join(dir, "box", "a.txt"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := s.WriteFile("inside", []byte("new")); err != nil {
		t.Fatal(err)
	}
	info, err := os.Lstat(filepath.Join(dir, "box", "inside"))
	if err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("writing through a link replaced it: %v, %v", info.Mode(), err)
	}
	info, err = os.Stat(filepath.Join(dir, "box", "a.txt"))
	if err != nil || info.Mode().Perm() != 0o666 || info.Size() != 3 {
		t.Errorf("the file is now %v; want 3 bytes and mode 0666", info)
	}
	if err := s.WriteFile("dangling", []byte("x")); err != nil {
		t.Errorf("writing through a link to a new file: %v", err)
	}
	if _, err := os.Lstat(filepath.Join(dir, "box", "new.txt")); err != nil {
		t.Error(err)
	}
	left, _ := filepath.Glob(filepath.Join(dir, "box", ".llmspell-*"))
	if len(left) > 0 {
		t.Errorf("temporary files are left: %v", left)
	}
}

func TestRefusals(t *testing.T) {
	s, dir := tree(t)
	ctx := context.Background()
	pipe := filepath.Join(dir, "box", "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	huge := filepath.Join(dir, "box", "huge")
	if err := os.WriteFile(huge, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(huge, MaxFile+1); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"": "the path is empty", "a\x00b": "zero byte", "sub": "is a folder", "pipe": "not a regular file",
		"missing": "no such file", "huge": "larger than 100 MB", "loop": "too many",
	} {
		if _, err := s.ReadFile(ctx, path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("ReadFile(%q) = %v; want %q", path, err, want)
		}
	}
	for path, want := range map[string]string{
		"sub": "not a regular file", "pipe": "not a regular file", "no/folder/x": "create it first", "loop": "too many links",
	} {
		if err := s.WriteFile(path, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("WriteFile(%q) = %v; want %q", path, err, want)
		}
	}
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := s.ReadFile(cancelled, "a.txt"); !errors.Is(err, context.Canceled) {
		t.Errorf("ReadFile after cancellation = %v", err)
	}
}

func TestDefaultFolders(t *testing.T) {
	dir := t.TempDir()
	s, err := New(dir, Restricted("."))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"x", filepath.Join(os.TempDir(), "x")} {
		p, err := s.Place(Write, path)
		if err != nil {
			t.Fatalf("Place(%s): %v", path, err)
		}
		p.Close()
	}
	// A name that merely begins like the temp folder is another folder.
	if _, err := s.Place(Write, strings.TrimRight(os.TempDir(), "/")+"foo/x"); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("a folder beside the temp folder: %v; want it denied", err)
	}
	if s.Dir() != dir {
		t.Errorf("Dir() = %s; want %s", s.Dir(), dir)
	}
}

// Both spellings of a folder that is reached through a link work: /tmp is a
// link on macOS.
func TestFolderThroughLink(t *testing.T) {
	dir := t.TempDir()
	resolved, err := filepath.EvalSymlinks(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "real"), 0o755); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink("real", link); err != nil {
		t.Fatal(err)
	}
	s, err := New(link, Folders(link))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.WriteFile(filepath.Join(link, "x"), []byte("1")); err != nil {
		t.Error(err)
	}
	if data, err := s.ReadFile(context.Background(), filepath.Join(resolved, "real", "x")); err != nil || string(data) != "1" {
		t.Errorf("by the real path: %q, %v", data, err)
	}
}
