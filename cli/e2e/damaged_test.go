//go:build unix

package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/kernel/db"
)

// damage changes the bytes of a value behind the store's back.
func (w *world) damage(key string) {
	w.t.Helper()
	d, err := db.Open(w.t.Context(), w.path("data", "llmspell", "state.db"), db.Options{ApplicationID: 0x6c737374, Migrations: make([]db.Migration, 2)})
	if err != nil {
		w.t.Fatal(err)
	}
	err = d.Write(w.t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec("update entries set value = '\"other\"' where key = ?", key)
		return err
	})
	if err := d.Close(); err != nil {
		w.t.Error(err)
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// What was of a session that was deleted since does not come back with a backup.
func TestRestoredWithoutDeletedSessions(t *testing.T) {
	w := newWorld(t)
	w.daemon("dev")
	const keep = "State.set('k', 1, {scope = 'session'})"
	w.ok("exec", "--session", "gone", keep)
	w.ok("exec", "--session", "stays", keep)
	w.ok("state", "set", "mine", "2", "--scope", "session:of-a-user")
	id := strings.TrimSpace(w.ok("backup", "create"))
	w.ok("session", "delete", "gone")
	w.ok("state", "clear", "--all")
	stays := strings.TrimSpace(w.ok("exec", "return Session.find('stays').id"))

	want := "session:" + stays + "\tk\t1\nsession:of-a-user\tmine\t2\n"
	for _, restore := range [][]string{{"backup", "restore", id}, at("dev", "backup", "restore", id)} {
		r := w.run(restore...)
		if r.code != 0 || strings.Count(r.errout, "left out, as the sessions were deleted since: session:") != 1 {
			t.Error(r)
		}
		if out := w.ok("state", "show", "--format", "text"); out != want {
			t.Errorf("%v:\n%s", restore, out)
		}
		w.ok("state", "clear", "--all")
	}
	if out := w.ok("exec", "local ok, before, left = State.restore_backup('"+id+"') print(ok, #left, left[1]:match('^session:') ~= nil)"); out != "true\t1\ttrue\n" {
		t.Errorf("restore_backup: %q", out)
	}
	// One that replaces a file that cannot be read.
	w.ok("kernel", "stop", "dev")
	path := w.path("data", "llmspell", "state.db")
	for _, more := range []string{"-wal", "-shm"} {
		_ = os.Remove(path + more) // there may be none
	}
	if err := os.WriteFile(path, []byte(strings.Repeat("no database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	r := w.run("backup", "restore", id)
	if r.code != 0 || !strings.Contains(r.errout, "the damaged file is now ") || !strings.Contains(r.errout, "left out, as the sessions were deleted") {
		t.Error(r)
	}
	if out := w.ok("state", "show", "--format", "text"); out != want {
		t.Errorf("after a damaged file:\n%s", out)
	}
	// Without the sessions nobody knows which were deleted: all is there, and it is said.
	if err := os.WriteFile(w.path("data", "llmspell", "sessions.db"), []byte("no database"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, more := range []string{"-wal", "-shm"} {
		_ = os.Remove(w.path("data", "llmspell", "sessions.db"+more))
	}
	r = w.run("backup", "restore", id)
	if r.code != 0 || !strings.Contains(r.errout, "may be there again: ") {
		t.Error(r)
	}
	if out := w.ok("state", "show", "--format", "text"); strings.Count(out, "session:") != 3 {
		t.Errorf("without the sessions:\n%s", out)
	}
}

// A damaged value keeps nobody from saving the others, through a kernel too.
func TestDamagedValueConnected(t *testing.T) {
	w := newWorld(t)
	w.daemon("dev")
	for _, key := range []string{"a", "bad", "c"} {
		w.ok("state", "set", key, "1")
	}
	w.damage("bad")
	const checksum = `checksum of "bad"`
	for _, args := range [][]string{
		{"state", "show"}, {"state", "show", "--format", "text"}, {"state", "show", "--format", "json"}, {"state", "show", "bad"},
		{"state", "export", "-"}, {"state", "check"}, {"state", "get", "bad"},
	} {
		here, there := w.run(args...), w.run(at("dev", args...)...)
		if here.code != 1 || there.code != 1 || here.out != there.out || !strings.Contains(here.errout, `"bad"`) && !strings.Contains(here.errout, "global bad") || here.errout != there.errout {
			t.Errorf("%v\nhere: %v", there, here)
		}
	}
	for _, more := range [][]string{nil, {"--connect", "dev"}} {
		for _, file := range []string{"saved.json", "saved.toml"} {
			w.fails(1, "left out: ", append([]string{"state", "export", file, "--skip-damaged"}, more...)...)
			if text := strings.ReplaceAll(w.read(filepath.Join(w.dir, file)), "'", `"`); !strings.Contains(text, `"a"`) || !strings.Contains(text, `"c"`) || strings.Contains(text, "bad") {
				t.Errorf("%s %v:\n%s", file, more, text)
			}
			if err := os.Remove(filepath.Join(w.dir, file)); err != nil {
				t.Fatal(err)
			}
		}
		// A backup has its bytes as they were, says so, and can be restored.
		r := w.run(append([]string{"backup", "create"}, more...)...)
		id := strings.TrimSpace(r.out)
		if r.code != 1 || id == "" || !strings.Contains(r.errout, "holds damaged values: ") || !strings.Contains(r.errout, "global bad") {
			t.Fatal(r)
		}
		w.fails(1, "global bad", append([]string{"backup", "validate", id}, more...)...)
		if lines := strings.Split(w.ok(append([]string{"backup", "list"}, more...)...), "\n"); !strings.Contains(lines[0], "DAMAGED") || !strings.HasSuffix(strings.TrimSpace(lines[1]), " 1") {
			t.Errorf("list: %q", lines)
		}
		if out := w.ok(append([]string{"backup", "list", "--format", "json"}, more...)...); !strings.Contains(out, `"damaged": 1`) {
			t.Errorf("list: %s", out)
		}
		w.ok("state", "delete", "a")
		w.fails(1, "global bad", append([]string{"backup", "restore", id}, more...)...)
		if out := w.ok("state", "get", "a"); out != "1\n" {
			t.Errorf("after the restore: %q", out)
		}
		w.fails(1, checksum, "state", "get", "bad")
	}
	if out := w.ok("exec", "local id, b = State.create_backup() local ok, text, names = State.validate_backup(id) print(b.damaged, ok, text:match('global bad'), names[1])"); out != "1\ttrue\tglobal bad\tglobal bad\n" {
		t.Errorf("create_backup: %q", out)
	}
	id := strings.TrimSpace(w.run("backup", "create").out)
	if out := w.ok("exec", "local ok, before, left, text = State.restore_backup('"+id+"') print(ok, left, text:match('global bad'))"); out != "true\tnil\tglobal bad\n" {
		t.Errorf("restore_backup: %q", out)
	}
	// One that was changed since is refused.
	id = strings.TrimSpace(w.run("backup", "create").out)
	file := w.path("data", "llmspell", "backups", "state-"+id+".db")
	text := w.read(file)
	if err := os.WriteFile(file, []byte(strings.Replace(text, "other", "owner", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	w.fails(1, "the backup is damaged", "backup", "validate", id)
	w.ok("state", "delete", "bad")
	w.ok("state", "check")
}

// A session is exported also where its State cannot be read: with all else, and a word.
func TestSessionExportWithoutState(t *testing.T) {
	w := newWorld(t)
	w.daemon("dev")
	w.ok("exec", "--session", "s", "x = 5 State.set('k', 1, {scope = 'session'}) State.set('bad', 2, {scope = 'session'})")
	w.damage("bad")
	const read = "return x, State.get('k', {scope = 'session'}), State.get('bad', {scope = 'session'})"
	for name, args := range map[string][]string{"here.zip": {"session", "export", "s", "here.zip"}, "there.zip": at("dev", "session", "export", "s", "there.zip")} {
		w.fails(1, `was exported without a value that it keeps in the State: `, args...)
		copied := strings.TrimSpace(w.ok("session", "import", name, "--new-id", "--name", name))
		if out := w.ok("exec", "--session", copied, read); out != "5\t1\tnil\n" {
			t.Errorf("%s: %q", name, out)
		}
	}
	script := "local ok, missing = Session.export(Session.find('s').id, 'script.zip') print(ok, #missing, missing[1]:match('checksum of \"bad\"'))"
	if out := w.ok("exec", "--allow-write=.", script); out != "true\t1\tchecksum of \"bad\"\n" {
		t.Errorf("Session.export: %q", out)
	}
	w.ok("kernel", "stop", "dev")
	path := w.path("data", "llmspell", "state.db")
	for _, more := range []string{"-wal", "-shm"} {
		_ = os.Remove(path + more) // there may be none
	}
	if err := os.WriteFile(path, []byte(strings.Repeat("no database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	w.fails(1, "was exported without what it keeps in the State: ", "session", "export", "s", "without.zip")
	w.fails(1, "is there already", "session", "export", "s", "without.zip")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	w.ok("session", "delete", "s")
	w.ok("session", "import", "without.zip")
	if out := w.ok("exec", "--session", "s", read); out != "5\tnil\tnil\n" {
		t.Errorf("%q", out)
	}
}
