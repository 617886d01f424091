//go:build unix

package daemon

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestCheckID(t *testing.T) {
	for _, id := range []string{"a", "dev", "A-b_c.9", strings.Repeat("x", 128)} {
		if err := CheckID(id); err != nil {
			t.Errorf("%q: %v", id, err)
		}
	}
	for _, id := range []string{"", ".", "..", "-a", "a/b", "127.0.0.1:80", "a b", "é", "auto", "h-x", strings.Repeat("x", 129), "a\x00"} {
		if err := CheckID(id); err == nil {
			t.Errorf("%q is accepted", id)
		}
	}
}

// A long id has a folder whose socket has a path that the system takes, and never
// that of another id.
func TestFolderOfLongID(t *testing.T) {
	root := RootAt("/run/user/1000/llmspell")
	seen := map[string]bool{}
	for _, id := range []string{"a", strings.Repeat("x", 128), strings.Repeat("x", 127) + "y"} {
		dir, err := root.folder(id)
		if err != nil {
			t.Fatal(err)
		}
		if n := len(dir + "/kernel.sock"); n > 103 && n > maxSocketPath() {
			t.Errorf("%q: %d bytes", id, n)
		}
		if seen[dir] {
			t.Errorf("%q has the folder of another", id)
		}
		seen[dir] = true
	}
	deep := RootAt("/" + strings.Repeat("d", 100))
	if _, err := deep.folder("a"); err == nil || !strings.Contains(err.Error(), "XDG_RUNTIME_DIR") {
		t.Errorf("too deep: %v", err)
	}
}

func TestDefaultRoot(t *testing.T) {
	mine := t.TempDir()
	t.Setenv("XDG_RUNTIME_DIR", mine)
	if got := DefaultRoot().Path(); got != filepath.Join(mine, "llmspell") {
		t.Errorf("root %s", got)
	}
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	if runtime.GOOS == "windows" {
		t.Setenv("TMP", tmp)
	}
	for _, bad := range []string{"", "relative", filepath.Join(mine, "missing")} {
		t.Setenv("XDG_RUNTIME_DIR", bad)
		if got := DefaultRoot().Path(); filepath.Dir(got) != tmp {
			t.Errorf("XDG_RUNTIME_DIR=%q: root %s", bad, got)
		}
	}
}

// A folder that somebody else may have prepared is not used.
func TestUnsafeRoot(t *testing.T) {
	dir := shortDir(t)
	link, open, file := filepath.Join(dir, "link"), filepath.Join(dir, "open"), filepath.Join(dir, "file")
	for _, err := range []error{
		os.Symlink(t.TempDir(), link), os.Mkdir(open, 0o700), os.Chmod(open, 0o770), os.WriteFile(file, nil, 0o600),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	tests := map[string]string{link: "symbolic link", file: "is a file", filepath.Join(dir, "no", "such"): "XDG_RUNTIME_DIR"}
	if runtime.GOOS != "windows" {
		tests[open] = "chmod 700"
	}
	if os.Geteuid() != 0 && runtime.GOOS == "linux" {
		tests["/proc"] = "belongs to another user"
	}
	for path, want := range tests {
		in, err := RootAt(path).Claim(t.Context(), "k", false)
		if err == nil {
			in.Release()
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", path, err, want)
		}
	}
	if _, err := RootAt(link).List(); err != nil {
		// An empty folder behind a link: refused too.
		if !strings.Contains(err.Error(), "symbolic link") {
			t.Error(err)
		}
	} else {
		t.Error("a root that is a link is listed")
	}
}
