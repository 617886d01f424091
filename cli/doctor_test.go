package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/internal/doctor"
)

func diagnose(t *testing.T, args ...string) (code int, status string, findings []doctor.Finding) {
	t.Helper()
	code, out, errs := call(t, "", append([]string{"doctor", "--format", "json"}, args...)...)
	var report struct {
		Status   string
		Findings []doctor.Finding
	}
	if err := json.Unmarshal([]byte(out), &report); err != nil || errs != "" {
		t.Fatalf("%v\n%s\n%s", err, out, errs)
	}
	return code, report.Status, report.Findings
}

func finds(findings []doctor.Finding, topic string, s doctor.Status, part string) bool {
	for _, f := range findings {
		if f.Topic == topic && f.Status == s && strings.Contains(f.Text, part) && (s != doctor.Broken || f.Advice != "") {
			return true
		}
	}
	return false
}

func TestDoctor(t *testing.T) {
	dir := scratch(t, map[string]string{"bad.toml": "[kernel]\nmax_client=1\n", "file": ""})
	data, state := filepath.Join(dir, "data"), filepath.Join(dir, "state")
	t.Setenv("XDG_DATA_HOME", data)
	t.Setenv("XDG_STATE_HOME", state)
	t.Setenv("XDG_RUNTIME_DIR", dir)
	code, status, findings := diagnose(t)
	if code != 0 || status == "error" || !finds(findings, "version", doctor.OK, "llmspell") || !finds(findings, "data", doctor.OK, "not made yet") || !finds(findings, "kernels", doctor.OK, "none runs") {
		t.Errorf("exit %d, %s, %+v", code, status, findings)
	}
	if _, err := os.Stat(data); err == nil {
		t.Error("it has made a folder")
	}
	// A sound database, then a damaged one.
	if code, _, errs := call(t, "", "state", "set", "a", "1"); code != 0 {
		t.Fatal(errs)
	}
	code, _, findings = diagnose(t)
	if code != 0 || !finds(findings, "database", doctor.OK, "state.db is sound") {
		t.Errorf("exit %d, %+v", code, findings)
	}
	if err := os.WriteFile(filepath.Join(data, "llmspell", "state.db"), []byte(strings.Repeat("no database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, suffix := range []string{"-wal", "-shm"} {
		_ = os.Remove(filepath.Join(data, "llmspell", "state.db"+suffix)) // they may have gone with the last user
	}
	code, status, findings = diagnose(t)
	if code != 1 || status != "error" || !finds(findings, "database", doctor.Broken, "state.db") {
		t.Errorf("exit %d, %+v", code, findings)
	}
	t.Setenv("XDG_DATA_HOME", filepath.Join(dir, "file", "x"))
	if code, _, findings = diagnose(t); code != 1 || !finds(findings, "data", doctor.Broken, "") {
		t.Errorf("exit %d, %+v", code, findings)
	}
	t.Setenv("XDG_DATA_HOME", filepath.Join(dir, "data2"))
	if code, _, findings = diagnose(t, "-c", "bad.toml"); code != 1 || !finds(findings, "configuration", doctor.Broken, "bad.toml:2:1") {
		t.Errorf("exit %d, %+v", code, findings)
	}
	if code, out, _ := call(t, "", "doctor"); code != 0 || !strings.Contains(out, "ok    version        llmspell") {
		t.Errorf("exit %d, %s", code, out)
	}
}

func TestCompletionScripts(t *testing.T) {
	for shell, part := range map[string]string{"bash": "__start_llmspell", "zsh": "#compdef llmspell", "fish": "complete -c llmspell", "powershell": "Register-ArgumentCompleter"} {
		if code, out, errs := call(t, "", "completion", shell); code != 0 || errs != "" || !strings.Contains(out, part) {
			t.Errorf("%s: exit %d, %s", shell, code, errs)
		}
	}
	for args, want := range map[string]string{
		"completion ba":          "bash",
		"-p daemon":              "daemon-prod\t",
		"--set kernel.max_cl":    "kernel.max_clients=\t",
		"config show ker":        "kernel",
		"--trace d":              "debug",
		"tool invoke calcul":     "calculator\t",
		"man tool inv":           "invoke\t",
		"config show --format y": "yaml",
	} {
		if code, out, _ := call(t, "", append([]string{"__complete"}, strings.Fields(args)...)...); code != 0 || !strings.Contains(out, want) {
			t.Errorf("%s: exit %d, %q", args, code, out)
		}
	}
}

func TestManualPages(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "man")
	code, out, errs := call(t, "", "man", "--dir", dir)
	if code != 0 || errs != "" {
		t.Fatalf("exit %d, %s%s", code, out, errs)
	}
	pages, err := filepath.Glob(filepath.Join(dir, "llmspell*.1"))
	if err != nil || len(pages) < 20 {
		t.Fatalf("%d pages, %v", len(pages), err)
	}
	for _, p := range pages {
		text, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range []string{".TH \"LLMSPELL", ".SH \"NAME\"\nllmspell", ".SH \"SYNOPSIS\"", ".SH \"DESCRIPTION\"", ".SH \"EXIT STATUS\"", ".SH \"SEE ALSO\""} {
			if !strings.Contains(string(text), part) {
				t.Errorf("%s lacks %q", p, part)
			}
		}
		for n, line := range strings.Split(string(text), "\n") {
			if strings.HasPrefix(line, "'") || strings.HasPrefix(line, ".") && !strings.HasPrefix(line, ".TH ") && !strings.HasPrefix(line, ".SH ") && line != ".PP" && line != ".TP" && line != ".nf" && line != ".fi" && !strings.HasPrefix(line, ".B ") && !strings.HasPrefix(line, ".BR ") {
				t.Errorf("%s:%d: a line of text is taken for a macro: %s", p, n+1, line)
			}
		}
	}
	steps(t, []step{
		{"man config show", 0, `\fB\-\-origin\fR`, "-"},
		{"man nope", 2, "-", `there is no command "nope"`},
		{"man config --dir x", 2, "-", "name none"},
	})
}
