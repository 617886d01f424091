//go:build unix

package cli

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/internal/doctor"
	"github.com/llmspell/llmspell/internal/testfs"
)

// diagnoseAsUser is diagnose in a process without root's rights, to which dir belongs.
func diagnoseAsUser(t *testing.T, dir string) (code int, findings []doctor.Finding) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "doctor", "--format", "json")
	cmd.Env = append(os.Environ(), asCommand+"=1")
	testfs.AsNobody(cmd)
	if os.Getuid() == 0 {
		cmd.Dir = dir
	}
	out, err := cmd.Output()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		code = exit.ExitCode()
	} else if err != nil {
		t.Fatal(err)
	}
	var report struct{ Findings []doctor.Finding }
	if err := json.Unmarshal(out, &report); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return code, report.Findings
}

// giveAway makes all below dir nobody's, if this is root, and lets them get there.
func giveAway(t *testing.T, dir string) {
	t.Helper()
	if os.Getuid() != 0 {
		return
	}
	for up := dir; len(up) > len(os.TempDir()); up = filepath.Dir(up) {
		if err := os.Chmod(up, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		return errors.Join(err, os.Lchown(path, 65534, 65534))
	}); err != nil {
		t.Fatal(err)
	}
}

func advice(findings []doctor.Finding, part string) string {
	for _, f := range findings {
		if f.Status != doctor.OK && strings.Contains(f.Text, part) {
			return f.Advice
		}
	}
	return "(no finding)"
}

// Files and folders that cannot be written are found, for whoever asks.
func TestDoctorFindsUnwritable(t *testing.T) {
	data := ownFolders(t)
	root := filepath.Dir(filepath.Dir(data))
	run := filepath.Join(root, "run")
	if err := os.Mkdir(run, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("XDG_RUNTIME_DIR", run)
	t.Setenv("HOME", root)
	t.Setenv("XDG_CONFIG_DIRS", root)
	for _, args := range [][]string{{"state", "set", "a", "1"}, {"exec", "--session", "s", "return 1"}} {
		if code, _, errs := call(t, "", args...); code != 0 {
			t.Fatal(errs)
		}
	}
	giveAway(t, root)
	if code, findings := diagnoseAsUser(t, root); code != 0 {
		t.Fatalf("exit %d, %+v", code, findings)
	}
	for _, name := range []string{"state.db", "sessions.db"} {
		path := filepath.Join(data, name)
		if err := os.Chmod(path, 0o444); err != nil {
			t.Fatal(err)
		}
		code, findings := diagnoseAsUser(t, root)
		if code != 1 || !finds(findings, "database", doctor.Broken, name+" cannot be written (permission denied)") || advice(findings, name+" cannot") != "chmod u+rw "+path {
			t.Errorf("%s: exit %d, %+v", name, code, findings)
		}
		if os.Getuid() == 0 { // who can write it all the same, and is told
			if code, _, findings := diagnose(t); code != 0 || !finds(findings, "database", doctor.Warn, name+" has the mode 0444") {
				t.Errorf("%s as root: exit %d, %+v", name, code, findings)
			}
			if err := os.Lchown(path, 0, 0); err != nil {
				t.Fatal(err)
			}
			if _, findings := diagnoseAsUser(t, root); !strings.Contains(advice(findings, name+" cannot"), "belongs to the user 0 and llmspell runs as 65534") {
				t.Errorf("%s of another user: %+v", name, findings)
			}
			if err := os.Lchown(path, 65534, 65534); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Chmod(path, 0o600); err != nil {
			t.Fatal(err)
		}
		for _, more := range []string{"-wal", "-shm"} { // a read has made them, with the mode of then
			_ = os.Remove(path + more)
		}
	}
	state := filepath.Join(data, "state.db")
	if err := os.Chmod(state, 0); err != nil {
		t.Fatal(err)
	}
	if code, findings := diagnoseAsUser(t, root); code != 1 || advice(findings, "values can be read") != "(no finding)" || !finds(findings, "database", doctor.Broken, "state.db") {
		t.Errorf("a database that cannot be read: exit %d, %+v", code, findings)
	}
	if err := os.Chmod(state, 0o600); err != nil {
		t.Fatal(err)
	}
	backups := filepath.Join(data, "backups")
	if err := errors.Join(os.MkdirAll(backups, 0o700), os.Chmod(backups, 0o555)); err != nil {
		t.Fatal(err)
	}
	if os.Getuid() == 0 {
		if err := os.Lchown(backups, 65534, 65534); err != nil {
			t.Fatal(err)
		}
	}
	if code, findings := diagnoseAsUser(t, root); code != 1 || !finds(findings, "backups", doctor.Broken, "cannot be written (permission denied)") || advice(findings, backups) != "chmod u+rwx "+backups {
		t.Errorf("the folder of backups: exit %d, %+v", code, findings)
	}
	if runtime.GOOS == "linux" {
		code, _, findings := diagnose(t, "--set", "runtime.state_persistence.backup.backup_dir=/proc/nope")
		if code != 1 || !finds(findings, "backups", doctor.Broken, "/proc/nope cannot be made") {
			t.Errorf("a folder that cannot be made: exit %d, %+v", code, findings)
		}
	}
	if err := os.Chmod(backups, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(data, 0o555); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(data, 0o700)
	code, findings := diagnoseAsUser(t, root)
	if code != 1 || !finds(findings, "data", doctor.Broken, "cannot be written (permission denied)") || advice(findings, "cannot be written") != "chmod u+rwx "+data {
		t.Errorf("a folder: exit %d, %+v", code, findings)
	}
}

// A disk that is full, nearly full or read-only is found, with what
// helps there.
func TestDoctorFindsFullDisk(t *testing.T) {
	testfs.Small(t, 4<<20, func(dir string) {
		ownFolders(t)
		t.Setenv("XDG_DATA_HOME", dir)
		if code, _, errs := call(t, "", "state", "set", "a", "1"); code != 0 {
			t.Fatal(errs)
		}
		code, _, findings := diagnose(t)
		if code != 0 || !finds(findings, "disk", doctor.Warn, "little room is left") {
			t.Errorf("nearly full: exit %d, %+v", code, findings)
		}
		fill := filepath.Join(dir, "fill")
		f, err := os.Create(fill)
		if err != nil {
			t.Fatal(err)
		}
		for err == nil {
			_, err = f.Write(make([]byte, 4096))
		}
		_ = f.Close() // it is full
		code, _, findings = diagnose(t)
		if code != 1 || !finds(findings, "disk", doctor.Broken, "no room is left") || !finds(findings, "data", doctor.Broken, "no space left") ||
			!strings.HasPrefix(advice(findings, "cannot be written"), "free some space") {
			t.Errorf("full: exit %d, %+v", code, findings)
		}
		if err := os.Remove(fill); err != nil {
			t.Fatal(err)
		}
		testfs.ReadOnly(t, dir)
		code, _, findings = diagnose(t)
		broken := slices.DeleteFunc(slices.Clone(findings), func(f doctor.Finding) bool { return f.Status != doctor.Broken })
		for _, f := range broken {
			if !strings.Contains(f.Text, "read-only file system") || !strings.HasPrefix(f.Advice, "mount the file system for writing") {
				t.Errorf("read-only: %+v", f)
			}
		}
		if code != 1 || len(broken) != 2 || !finds(findings, "database", doctor.OK, "state.db is sound") {
			t.Errorf("read-only: exit %d, %+v", code, findings)
		}
	})
}
