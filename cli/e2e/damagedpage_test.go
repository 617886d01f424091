//go:build unix

package e2e

import (
	"os"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/kernel/db/rescue"
)

// losePage writes zeros over the first page of a table or an index of the sessions.
func (w *world) losePage(name string) {
	w.t.Helper()
	path := w.path("data", "llmspell", "sessions.db")
	r, err := rescue.Open(path)
	if err != nil {
		w.t.Fatal(err)
	}
	defer r.Close()
	page := 0
	for _, o := range r.Schema(nil) {
		if o.Name == name {
			page = o.Root
		}
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil || page == 0 {
		w.t.Fatalf("%s: page %d, %v", name, page, err)
	}
	defer f.Close()
	if _, err := f.WriteAt(make([]byte, 4096), int64(page-1)*4096); err != nil {
		w.t.Fatal(err)
	}
}

// Where an index, or a table with nothing of a session, is lost, the session is shown as it
// was, and the damage is named, with a kernel and without one.
func TestSessionsOfADamagedDatabase(t *testing.T) {
	for _, lost := range []string{"sessions_by_updated", "session_tags", "sqlite_autoindex_artifacts_2", "variables", "sqlite_autoindex_entries_1"} {
		t.Run(lost, func(t *testing.T) {
			w := newWorld(t)
			w.ok("exec", "--session", "demo", "Artifact.store(nil, 'custom', 'a', 'content') print('printed')")
			var sound []string
			show := []string{"session", "show", "demo"}
			list := []string{"session", "list", "--format", "text"}
			for _, args := range [][]string{show, list} {
				sound = append(sound, w.ok(args...))
			}
			w.losePage(lost)
			w.daemon("dev")
			for i, args := range [][]string{show, list} {
				here, there := w.run(args...), w.run(at("dev", args...)...)
				if here.out != sound[i] || there.out != sound[i] {
					t.Errorf("%v\nhere: %v\nwas: %s", there, here, sound[i])
				}
				if here.code != there.code || here.errout != there.errout {
					t.Errorf("%v\nhere: %v", there, here)
				}
				if here.code != 0 && (!strings.Contains(here.errout, lost) || !strings.Contains(here.errout, "llmspell doctor")) || strings.Count(here.errout, "is damaged") > 1 {
					t.Error(here)
				}
			}
			if r := w.run("session", "verify"); r.code != 1 || !strings.Contains(r.out, lost) {
				t.Error(r)
			}
			for _, args := range [][]string{{"session", "replay", "demo", "--compare"}, at("dev", "session", "replay", "demo", "--compare")} {
				if r := w.run(args...); !strings.Contains(r.out, "100 % alike") || r.code != 0 && !strings.Contains(r.errout, lost) {
					t.Error(r)
				}
			}
			if r := w.run("session", "artifact", "demo", "a"); r.out != "content" {
				t.Error(r)
			}
			for _, args := range [][]string{{"session", "export", "demo", w.path("here.zip")}, at("dev", "session", "export", "demo", w.path("there.zip"))} {
				if r := w.run(args...); r.code > 1 {
					t.Error(r)
				}
			}
			for _, bundle := range []string{"here.zip", "there.zip"} {
				if info, err := os.Stat(w.path(bundle)); err != nil || info.Size() == 0 {
					t.Errorf("%s: %v", bundle, err)
				}
			}
		})
	}
}

// Where not even the beginning of the database can be read, its sessions are shown, exported
// and replayed all the same, with a kernel and without one, and nothing is written.
func TestSessionsWithoutTheFirstPage(t *testing.T) {
	w := newWorld(t)
	w.ok("exec", "--session", "demo", `n = 7 Artifact.store(nil, 'custom', 'a', 'content') State.set("k", "kept", {scope = "session:" .. Session.get_current().id}) print('printed')`)
	w.ok("exec", "--session", "plain", "n = (n or 0) + 1 print(n)")
	show := []string{"session", "show", "demo"}
	sound := w.ok(show...)
	path := w.path("data", "llmspell", "sessions.db")
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt(make([]byte, 4096), 0); err != nil {
		t.Fatal(err)
	}
	damaged := w.read(path)
	w.daemon("dev")
	bundle := w.path("there.zip")
	for _, args := range [][]string{show, {"session", "list"}, {"session", "verify"}, {"session", "replay", "plain", "--compare"}, {"session", "export", "demo", bundle, "--force"}} {
		here, there := w.run(args...), w.run(at("dev", args...)...)
		if args[1] != "replay" && here.out != there.out || args[1] == "show" && here.out != sound {
			t.Errorf("%v\nhere: %v\nwas: %s", there, here, sound)
		}
		for _, r := range []result{here, there} {
			if r.code != 1 || !strings.Contains(r.errout+r.out, "page 1 ") || args[1] == "replay" && !strings.Contains(r.out, "100 % alike") {
				t.Error(r)
			}
		}
	}
	for _, args := range [][]string{{"exec", "--session", "demo", "n = 8"}, {"session", "complete", "demo"}, {"session", "create", "other"}} {
		for _, r := range []result{w.run(args...), w.run(at("dev", args...)...)} {
			if r.code != 1 || !strings.Contains(r.errout, "is damaged") || !strings.Contains(r.errout, "session export") {
				t.Error(r)
			}
		}
	}
	if w.read(path) != damaged {
		t.Error("the damaged database was changed")
	}
	if err := os.Rename(path, path+".damaged"); err != nil {
		t.Fatal(err)
	}
	id := strings.TrimSpace(w.ok(at("dev", "session", "import", bundle, "--new-id")...))
	if got := w.ok("exec", "--session", id, `print(n, State.get("k", {scope = "session:" .. Session.get_current().id}))`); got != "7\tkept\n" {
		t.Errorf("in the session that was saved: %q", got)
	}
	if got := w.ok("session", "artifact", id, "a"); got != "content" {
		t.Errorf("its artifact: %q", got)
	}
}
