package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/llmspell/llmspell/internal/doctor"
	"github.com/llmspell/llmspell/kernel/archive"
	"github.com/llmspell/llmspell/kernel/db"
)

// What SQLite takes for sound is looked at too: checksums of values, hashes of artifacts.
func TestDoctorFindsDamage(t *testing.T) {
	data := ownFolders(t)
	for _, args := range [][]string{{"state", "set", "a", "1"}, {"state", "set", "bad", "1"}, {"exec", "--session", "s", "Artifact.store(nil, 'custom', 'a', 'content')"}} {
		if code, _, errs := call(t, "", args...); code != 0 {
			t.Fatal(errs)
		}
	}
	code, _, findings := diagnose(t)
	if code != 0 || !finds(findings, "database", doctor.OK, "state.db is sound") || !finds(findings, "database", doctor.OK, "sessions.db is sound") {
		t.Fatalf("exit %d, %+v", code, findings)
	}
	damageState(t, data, "bad")
	code, _, findings = diagnose(t)
	if code != 1 || !finds(findings, "database", doctor.Broken, "checksums of these values are wrong: global bad") || !finds(findings, "database", doctor.OK, "sessions.db is sound") {
		t.Errorf("exit %d, %+v", code, findings)
	}
	if code, _, errs := call(t, "", "state", "delete", "bad"); code != 0 {
		t.Fatal(errs)
	}
	d, err := db.Open(t.Context(), filepath.Join(data, "sessions.db"), db.Options{ApplicationID: 0x4c4c5341, Migrations: make([]db.Migration, 1)})
	if err != nil {
		t.Fatal(err)
	}
	err = d.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec("update chunks set data = cast('CONTENT' as blob) where data = cast('content' as blob)")
		return err
	})
	if err := d.Close(); err != nil {
		t.Error(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	code, _, findings = diagnose(t)
	if code != 1 || !finds(findings, "database", doctor.Broken, fmt.Sprint(archive.ErrDamaged)) || !finds(findings, "database", doctor.OK, "state.db is sound") {
		t.Errorf("exit %d, %+v", code, findings)
	}
	// A file that is no database at all, of any of the three.
	for _, name := range []string{"sessions.db", "history.db"} {
		if err := os.WriteFile(filepath.Join(data, name), []byte("no database"), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, more := range []string{"-wal", "-shm"} {
			_ = os.Remove(filepath.Join(data, name+more)) // there may be none
		}
		if code, _, findings = diagnose(t); code != 1 || !finds(findings, "database", doctor.Broken, name) {
			t.Errorf("%s: exit %d, %+v", name, code, findings)
		}
	}
}
