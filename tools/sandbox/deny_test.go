//go:build unix

package sandbox

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// world makes a folder from a list of files ("name" or "folder/") and links
// ("name -> target"), and returns it with its links resolved.
func world(t testing.TB, entries ...string) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		name, target, link := strings.Cut(entry, " -> ")
		path := filepath.Join(dir, name)
		err := os.MkdirAll(filepath.Dir(path), 0o755)
		switch {
		case err != nil:
		case link:
			err = os.Symlink(strings.ReplaceAll(target, "$DIR", dir), path)
		case strings.HasSuffix(name, "/"):
			err = os.MkdirAll(path, 0o755)
		default:
			err = os.WriteFile(path, []byte("content of "+filepath.Base(name)), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func box(t testing.TB, dir string, policy Policy) *Sandbox {
	t.Helper()
	s, err := New(dir, policy)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// wantDenied fails unless err is a denial that says what is expected.
func wantDenied(t testing.TB, what string, err error, text string) {
	t.Helper()
	var denied *DeniedError
	if !errors.As(err, &denied) || !strings.Contains(err.Error(), text) {
		t.Errorf("%s = %v; want a *DeniedError with %q", what, err, text)
	}
}

// touch tries every operation on a path that must be denied for both permissions.
func touch(t *testing.T, s *Sandbox, path, text string) {
	t.Helper()
	_, err := s.ReadFile(context.Background(), path)
	wantDenied(t, "ReadFile "+path, err, text)
	_, err = s.Stat(path)
	wantDenied(t, "Stat "+path, err, text)
	wantDenied(t, "WriteFile "+path, s.WriteFile(path, []byte("x")), text)
	for _, flag := range []int{os.O_RDONLY, os.O_WRONLY, os.O_RDWR, os.O_WRONLY | os.O_CREATE | os.O_TRUNC, os.O_WRONLY | os.O_APPEND, os.O_RDWR | os.O_CREATE | os.O_EXCL} {
		if f, err := s.Open(path, flag, 0o600); err == nil {
			f.Close()
			t.Errorf("Open %s with %#x worked", path, flag)
		} else if flag&os.O_EXCL == 0 {
			wantDenied(t, "Open "+path, err, text)
		}
	}
	p, err := s.Place(Write, path)
	if err != nil {
		wantDenied(t, "Place "+path, err, text)
		return
	}
	defer p.Close()
	wantDenied(t, "Append "+path, p.Explain(p.Append([]byte("x"))), text)
	wantDenied(t, "Chmod "+path, p.Root.Chmod(p.Name, 0o777), text)
	if _, err := p.Root.ReadDir(p.Name); err == nil {
		t.Errorf("ReadDir %s worked", path)
	}
}

// A denied folder inside an allowed one cannot be reached by any spelling.
func TestDenyInsideAllow(t *testing.T) {
	dir := world(t, "box/open.txt", "box/secret/key", "box/secret/deep/key", "box/single", "box/sub/",
		"box/link -> secret", "box/sub/up -> ../secret", "box/far -> $DIR/box/secret/deep", "box/file -> secret/key", "box/chain -> sub/up/deep",
		"box/tolink -> file", "box/one -> single")
	if err := os.Link(filepath.Join(dir, "box/single"), filepath.Join(dir, "box/hard")); err != nil {
		t.Fatal(err)
	}
	policy := Folders("box")
	policy.Read.Deny, policy.Write.Deny = []string{"box/secret", "box/single"}, []string{"box/secret", "box/single"}
	s := box(t, dir, policy)
	for _, path := range []string{
		"box/secret/key", "box/secret/deep/key", dir + "/box/secret/key", "box/./secret//key", "box/sub/../secret/key", "box/secret/../secret/key",
		"box/link/key", "box/sub/up/key", "box/far/key", "box/file", "box/chain/key", "box/tolink", "box/single", "box/one", "box/hard",
		"box/secret/new", "box/link/new", "box/secret/none/none",
	} {
		touch(t, s, path, "is forbidden by --deny-")
	}
	for _, path := range []string{"box/secret", "box/link", "box/far", "box/sub/up"} {
		if p, err := s.Place(Read, path); err == nil {
			_, err = p.ReadDir()
			wantDenied(t, "ReadDir "+path, err, "--deny-read=box/secret")
			p.Close()
		} else {
			wantDenied(t, "Place "+path, err, "--deny-read=box/secret")
		}
	}
	for name, err := range map[string]error{
		"remove the folder":    s.Remove("box/secret"),
		"remove the file":      s.Remove("box/single"),
		"remove through":       s.Remove("box/link/key"),
		"rename the folder":    s.Rename("box/secret", "box/other"),
		"rename out of it":     s.Rename("box/secret/key", "box/key"),
		"rename into it":       s.Rename("box/open.txt", "box/secret/open.txt"),
		"rename over the file": s.Rename("box/open.txt", "box/single"),
		"rename the hard link": s.Rename("box/hard", "box/soft"),
	} {
		wantDenied(t, name, err, "forbidden by --deny-")
	}
	if data, err := s.ReadFile(t.Context(), "box/open.txt"); err != nil || string(data) != "content of open.txt" {
		t.Errorf("the file beside: %q, %v", data, err)
	}
	for _, file := range []string{"box/secret/key", "box/secret/deep/key", "box/single"} {
		if data, err := os.ReadFile(filepath.Join(dir, file)); err != nil || string(data) != "content of "+filepath.Base(file) {
			t.Errorf("%s is %q, %v; it must be untouched", file, data, err)
		}
	}
}

// Trees that contain what is denied are neither moved nor removed nor listed
// with it.
func TestDeniedInTree(t *testing.T) {
	dir := world(t, "box/tree/a/secret/key", "box/tree/a/z", "box/tree/b", "box/other/")
	policy := Folders("box")
	policy.Read.Deny, policy.Write.Deny = []string{"box/tree/a/secret"}, []string{"box/tree/a/secret"}
	s := box(t, dir, policy)
	p, err := s.Place(Write, "box")
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	for name, err := range map[string]error{
		"remove a tree":      p.Child("tree").RemoveAll(t.Context()),
		"remove a subtree":   p.Root.RemoveAll("tree/a"),
		"move a tree":        s.Rename("box/tree", "box/other/tree"),
		"move it by a Root":  p.Root.Rename("tree", "other/tree"),
		"check for copying":  p.Root.CheckTree("tree"),
		"remove it all, too": s.Remove("box"),
	} {
		var denied *DeniedError
		if !errors.As(err, &denied) {
			t.Errorf("%s = %v; want it denied", name, err)
		}
	}
	for _, file := range []string{"box/tree/a/secret/key", "box/tree/a/z", "box/tree/b"} {
		if _, err := os.Stat(filepath.Join(dir, file)); err != nil {
			t.Errorf("something was removed: %v", err)
		}
	}
	entries, err := p.Root.ReadDir("tree/a")
	if err != nil || len(entries) != 1 || entries[0].Name() != "z" {
		t.Errorf("the listing is %v, %v; want z alone", entries, err)
	}
	if err := p.Root.RemoveAll("tree/a/z"); err != nil {
		t.Error(err)
	}
	if err := p.Child("other").RemoveAll(t.Context()); err != nil {
		t.Error(err)
	}
}

// What is denied may come to be later, and may be moved by others.
func TestDeniedLater(t *testing.T) {
	dir := world(t, "box/old/key", "box/free/x")
	policy := Folders("box")
	policy.Read.Deny, policy.Write.Deny = []string{"box/new", "box/old"}, []string{"box/new", "box/old"}
	s := box(t, dir, policy)
	p, err := s.Place(Write, "box")
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	wantDenied(t, "Mkdir", p.Root.Mkdir("new", 0o755), "--deny-write=box/new")
	wantDenied(t, "MkdirAll", p.Root.MkdirAll("new/a/b", 0o755), "--deny-write=box/new")
	wantDenied(t, "WriteFile", s.WriteFile("box/new", nil), "--deny-write=box/new")
	wantDenied(t, "Rename", s.Rename("box/free", "box/new"), "--deny-write=box/new")
	for _, step := range []error{
		os.MkdirAll(filepath.Join(dir, "box/new"), 0o755), os.WriteFile(filepath.Join(dir, "box/new/key"), nil, 0o644),
		os.Symlink("new", filepath.Join(dir, "box/alias")), os.Rename(filepath.Join(dir, "box/old"), filepath.Join(dir, "box/moved")),
	} {
		if step != nil {
			t.Fatal(step)
		}
	}
	for _, path := range []string{"box/new/key", "box/alias/key", "box/moved/key"} {
		_, err := s.ReadFile(t.Context(), path)
		wantDenied(t, "ReadFile "+path, err, "is forbidden by --deny-read=box/")
	}
	// An allowed folder inside a denied one stays denied.
	policy = Folders("box/free")
	policy.Read.Deny = []string{"box"}
	_, err = box(t, dir, policy).ReadFile(t.Context(), "box/free/x")
	wantDenied(t, "ReadFile", err, "--deny-read=box")
}

// A denial holds where everything else is allowed.
func TestDenyWithAll(t *testing.T) {
	dir := world(t, "secret/key", "free/x", "free/link -> $DIR/secret")
	policy := Policy{Read: Rule{All: true, Deny: []string{"secret"}}, Write: Rule{All: true, Deny: []string{"secret"}}}
	s := box(t, dir, policy)
	for _, path := range []string{"secret/key", "free/link/key", "/proc/self/root" + dir + "/secret/key", "/proc/self/cwd/../../../../../.." + dir + "/secret/key"} {
		_, err := s.ReadFile(t.Context(), path)
		var denied *DeniedError
		if !errors.As(err, &denied) {
			t.Errorf("ReadFile %s = %v; want it denied", path, err)
		}
	}
	if _, err := s.ReadFile(t.Context(), "free/x"); err != nil {
		t.Error(err)
	}
	if err := s.WriteFile("free/y", nil); err != nil {
		t.Error(err)
	}
	if f, err := s.Open(os.DevNull, os.O_WRONLY, 0); err != nil {
		t.Error(err)
	} else {
		f.Close()
	}
	deny := Policy{Read: Rule{All: true, Deny: []string{"/"}}}
	if _, err := box(t, dir, deny).Stat("free/x"); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("everything is denied, but Stat gives %v", err)
	}
}
