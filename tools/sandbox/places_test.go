//go:build unix

package sandbox

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Trusted allows every path, as the system sees it.
func TestWholeDisk(t *testing.T) {
	dir := world(t, "a/x", "link -> $DIR/a", "a/loop -> loop")
	for name, policy := range map[string]Policy{
		"trusted": Trusted(), "all": {Read: Rule{All: true}, Write: Rule{All: true}}, "top": Folders("/"),
	} {
		t.Run(name, func(t *testing.T) {
			s := box(t, dir, policy)
			for _, path := range []string{"a/x", "link/x", dir + "/link/x", "/dev/null", "/etc/../dev/null"} {
				f, err := s.Open(path, os.O_RDWR, 0)
				if err != nil {
					t.Errorf("Open %s: %v", path, err)
					continue
				}
				f.Close()
			}
			for _, step := range []error{s.WriteFile("link/new", []byte("1")), s.Rename("link/new", "a/newer"), s.Remove("link/newer")} {
				if step != nil {
					t.Error(step)
				}
			}
			p, err := s.Place(Write, dir+"/link/deep/er")
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			if err := p.Root.MkdirAll(p.Name, 0o755); err != nil {
				t.Error(err)
			}
			if err := p.Root.RemoveAll(p.Name); err != nil {
				t.Error(err)
			}
			if _, err := s.Open("a/loop", os.O_RDONLY, 0); !errors.Is(err, syscall.ELOOP) && !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("a link to itself: %v", err)
			}
			if _, err := s.Open("a/none/x", os.O_RDONLY, 0); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("a missing folder: %v", err)
			}
		})
	}
}

// Permission for the whole disk does not give away what the permissions for
// variables and processes guard.
func TestProcessesArePrivate(t *testing.T) {
	if _, err := os.Stat("/proc/self/environ"); err != nil {
		t.Log("this system does not show processes as files")
		return
	}
	dir := world(t, "up -> /proc/self", "free/x")
	t.Chdir(dir)
	for name, policy := range map[string]Policy{
		"all": {Read: Rule{All: true}}, "all but a folder": {Read: Rule{All: true, Deny: []string{"free"}}}, "top": Folders("/"),
	} {
		t.Run(name, func(t *testing.T) {
			s := box(t, dir, policy)
			for _, path := range []string{"/proc/self/environ", "/proc/1/environ", "/proc/self/root/proc/1/environ", "/proc/thread-self/environ", "up/environ",
				"/proc/self", "/proc/self/mem", "/proc/self/root/proc/self/maps", "/proc/self/task"} {
				_, err := s.Open(path, os.O_RDONLY, 0)
				wantDenied(t, path, err, "keep to themselves")
			}
			f, err := s.Open("/proc/meminfo", os.O_RDONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			f.Close()
		})
	}
	s := box(t, dir, Policy{Read: Rule{All: true, Allow: []string{"/proc/self/environ"}}})
	if f, err := s.Open("/proc/self/environ", os.O_RDONLY, 0); err != nil {
		t.Errorf("an entry that names it: %v", err)
	} else {
		f.Close()
	}
	restricted := box(t, dir, Restricted(dir))
	for _, path := range []string{"up/environ", "/proc/self/environ", "/proc/self/root/etc/passwd", "/dev/null", "/proc/self/cwd/../../etc/passwd"} {
		_, err := restricted.Open(path, os.O_RDONLY, 0)
		wantDenied(t, path, err, "--allow-read=")
	}
}

// Entries may be single files, and what does not exist yet.
func TestSingleFiles(t *testing.T) {
	dir := world(t, "data.csv", "data.csv2", "other", "real/target", "named -> real/target", "nowhere -> real/made", "folder/")
	policy := Policy{
		Read:  Rule{Allow: []string{"data.csv", "named", "out.txt"}},
		Write: Rule{Allow: []string{"out.txt", "newdir", "nowhere"}},
	}
	s := box(t, dir, policy)
	for _, path := range []string{"data.csv", "named", "./folder/../data.csv"} {
		if _, err := s.ReadFile(t.Context(), path); err != nil {
			t.Errorf("ReadFile %s: %v", path, err)
		}
	}
	for _, path := range []string{"data.csv2", "other", "data.csv/../other", ".", "real/target2", "real"} {
		_, err := s.ReadFile(t.Context(), path)
		wantDenied(t, "ReadFile "+path, err, "outside the allowed folders")
	}
	if err := s.WriteFile("out.txt", []byte("written")); err != nil {
		t.Error(err)
	}
	if data, err := s.ReadFile(t.Context(), "out.txt"); err != nil || string(data) != "written" {
		t.Errorf("out.txt is %q, %v", data, err)
	}
	if err := s.WriteFile("nowhere", []byte("x")); err != nil {
		t.Errorf("through a link to nowhere: %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "real/made")); err != nil {
		t.Error(err)
	}
	p, err := s.Place(Write, "newdir/a/b")
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if err := p.Root.MkdirAll(p.Name, 0o755); err != nil {
		t.Error(err)
	}
	if err := s.WriteFile("newdir/a/b/file", nil); err != nil {
		t.Error(err)
	}
	if err := s.Remove("out.txt"); err != nil {
		t.Error(err)
	}
	wantDenied(t, "WriteFile", s.WriteFile("out.txt2", nil), "--allow-write=out.txt2")
	// A file that is replaced by a link does not allow what the link leads to.
	if err := errors.Join(os.Remove(filepath.Join(dir, "data.csv")), os.Symlink("other", filepath.Join(dir, "data.csv"))); err != nil {
		t.Fatal(err)
	}
	_, err = s.ReadFile(t.Context(), "data.csv")
	wantDenied(t, "ReadFile", err, "through a link")
}

// Links may lead from one allowed folder into another, and nowhere else.
func TestLinksBetweenFolders(t *testing.T) {
	dir := world(t, "one/here", "two/there", "out/secret",
		"one/two -> $DIR/two", "one/rel -> ../two/there", "two/back -> ../one/rel", "one/out -> ../out", "two/out -> $DIR/out/secret", "alias -> two")
	s := box(t, dir, Folders("one", "two"))
	for _, path := range []string{"one/two/there", "one/rel", "two/back", "one/two/back", "alias/there"} {
		if data, err := s.ReadFile(t.Context(), path); err != nil || string(data) != "content of there" {
			t.Errorf("ReadFile %s = %q, %v", path, data, err)
		}
	}
	for _, path := range []string{"one/out/secret", "two/out", "one/two/out"} {
		touch(t, s, path, "leads out of the allowed folders through a link")
	}
	if err := s.WriteFile("one/two/new", []byte("1")); err != nil {
		t.Error(err)
	}
	if err := s.WriteFile("one/rel", []byte("changed")); err != nil {
		t.Error(err)
	}
	if data, err := os.ReadFile(filepath.Join(dir, "two/there")); err != nil || string(data) != "changed" {
		t.Errorf("two/there is %q, %v", data, err)
	}
	if err := s.Rename("one/two/new", "one/moved"); err != nil {
		t.Errorf("rename across folders: %v", err)
	}
	// A folder for reading only is not written through a link.
	mixed := box(t, dir, Policy{Read: Rule{Allow: []string{"one", "two"}}, Write: Rule{Allow: []string{"one"}}})
	wantDenied(t, "WriteFile", mixed.WriteFile("one/two/there", nil), "--allow-write=one/two/there")
	wantDenied(t, "Rename", mixed.Rename("two/there", "one/taken"), "--allow-write=two/there")
}

// A folder that somebody replaces by a link allows nothing behind the link.
func TestReplacedFolder(t *testing.T) {
	dir := world(t, "a/box/x", "outside/box/x")
	s := box(t, dir, Folders("a/box"))
	if _, err := s.ReadFile(t.Context(), "a/box/x"); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Rename(filepath.Join(dir, "a"), filepath.Join(dir, "b")), os.Symlink("outside", filepath.Join(dir, "a"))); err != nil {
		t.Fatal(err)
	}
	_, err := s.ReadFile(t.Context(), "a/box/x")
	wantDenied(t, "ReadFile", err, "replaced by a link")
	// A folder that was made anew is fine.
	if err := errors.Join(os.Remove(filepath.Join(dir, "a")), os.MkdirAll(filepath.Join(dir, "a/box"), 0o755)); err != nil {
		t.Fatal(err)
	}
	if err := s.WriteFile("a/box/y", nil); err != nil {
		t.Error(err)
	}
}

func TestMalformedEntries(t *testing.T) {
	for _, permission := range Permissions() {
		for _, entry := range []string{"", " ", "a\x00b"} {
			var policy Policy
			policy.Rule(permission).Allow = []string{entry}
			if _, err := New("", policy); err == nil || !strings.Contains(err.Error(), "--allow-"+string(permission)) {
				t.Errorf("allow %s %q: %v", permission, entry, err)
			}
			policy.Rule(permission).Allow, policy.Rule(permission).Deny = nil, []string{entry}
			if _, err := New("", policy); err == nil || !strings.Contains(err.Error(), "--deny-"+string(permission)) {
				t.Errorf("deny %s %q: %v", permission, entry, err)
			}
		}
	}
	if _, err := New("", Policy{Env: Rule{Allow: []string{"A=b"}}}); err == nil || !strings.Contains(err.Error(), "contains =") {
		t.Errorf("a variable with its value: %v", err)
	}
}

// Paths that the system itself refuses give its errors.
func TestOddPaths(t *testing.T) {
	dir := world(t, "file", "folder/")
	s := box(t, dir, Folders("."))
	long := strings.Repeat("x", 300)
	deep := strings.Repeat("folder/../", 3000) + "file"
	for path, want := range map[string]error{
		"file/": syscall.ENOTDIR, "file/x": syscall.ENOTDIR, "none/": fs.ErrNotExist, long: syscall.ENAMETOOLONG, strings.Repeat("a/", 5000): fs.ErrNotExist,
	} {
		if _, err := s.Open(path, os.O_RDONLY, 0); !errors.Is(err, want) {
			t.Errorf("Open %.20s…: %v; want %v", path, err, want)
		}
	}
	for _, path := range []string{deep, "folder/", "./file", "folder/../file"} {
		f, err := s.Open(path, os.O_RDONLY, 0)
		if err != nil {
			t.Errorf("Open %.20s…: %v", path, err)
			continue
		}
		f.Close()
	}
	if _, err := s.Open("new/", os.O_RDWR|os.O_CREATE, 0o600); !errors.Is(err, syscall.EISDIR) {
		t.Errorf("making a file with a folder's name: %v", err)
	}
	if err := s.Remove("."); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("removing the allowed folder: %v", err)
	}
	// Names that a tool gives to a Root must not lead out of it.
	p, err := s.Place(Write, "folder")
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	sub := &Root{box: s, access: Write, dir: filepath.Join(dir, "folder")}
	for _, name := range []string{"../file", "/etc/passwd", "..", "a/../../file"} {
		if f, err := sub.OpenFile(name, os.O_RDONLY, 0); err == nil {
			f.Close()
			t.Errorf("OpenFile %s worked", name)
		}
		if err := sub.Remove(name); !errors.Is(err, fs.ErrPermission) {
			t.Errorf("Remove %s: %v", name, err)
		}
	}
}

// What is looked at grows with the length of a path, not with its square.
func TestLongPaths(t *testing.T) {
	dir := t.TempDir()
	if err := os.Symlink("gone/../x", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	s, err := New(dir, Folders("."))
	if err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{
		"deep, inside":       strings.Repeat("a/", 100_000) + "b",
		"deep, outside":      "/nowhere/" + strings.Repeat("a/", 100_000) + "b",
		"deep, behind links": strings.Repeat("link/", 100_000) + "b",
		"one long name":      strings.Repeat("a", 1_000_000),
	} {
		start := time.Now()
		if _, err := s.OpenFile(path); err == nil {
			t.Errorf("%s: opened", name)
		}
		if err := s.WriteFile(path, nil); err == nil {
			t.Errorf("%s: written", name)
		}
		if took := time.Since(start); took > time.Minute {
			t.Errorf("%s: %v", name, took)
		}
	}
}

func TestResolve(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "real", "deep"), 0o755); err != nil {
		t.Fatal(err)
	}
	for link, target := range map[string]string{
		"in": "real/deep", "absolute": filepath.Join(dir, "real"), "gone": "real/missing", "up": "in/../other", "loop": "loop", "twice": "in",
	} {
		if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	for path, want := range map[string]string{
		"real/deep": "real/deep", "in": "real/deep", "in/new": "real/deep/new", "in/new/file": "real/deep/new/file",
		"absolute/x": "real/x", "gone": "real/missing", "gone/x": "real/missing/x",
		"up":        "real/other", // where the system goes: beside what "in" leads to
		"twice/a/b": "real/deep/a/b", "missing/a/b": "missing/a/b", "loop/x": "loop/x",
	} {
		if got := resolve(filepath.Join(dir, path)); got != filepath.Join(dir, want) {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
	if got := resolve("/"); got != "/" {
		t.Errorf("the top: %s", got)
	}
}
