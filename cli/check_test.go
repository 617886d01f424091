package cli

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// luaFiles makes a folder with files, of a project of its own.
func luaFiles(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	files[".luarc.json"] = "{}" // it is the root of a project
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestCheck(t *testing.T) {
	dir := luaFiles(t, map[string]string{
		"a.lua": "print(Tool.get(\"calculatr\").name)\n", "sub/b.lua": "return shared\n", "c.lua": "shared = 1\nlocal x = 2\n", "build/w.lua": "print(nope)\n",
		".gitignore": "build/\n", "build/d.lua": "x =", "node_modules/e.lua": "x =", ".hidden/f.lua": "x =", "note.txt": "x =",
	})
	code, out, errs := call(t, "", "check", dir)
	want := dir + "/a.lua:1:17: error: there is no tool named \"calculatr\"; did you mean \"calculator\"? [unknown-tool]\n" +
		dir + "/c.lua:2:7: hint: the variable x is never used [unused-local]\n2 findings in 3 files\n"
	if filepath.Separator == '/' && (code != 1 || out != want || errs != "") {
		t.Errorf("%d %q, wanted %q %s", code, out, want, errs)
	}
	for _, tt := range []struct {
		name  string
		args  []string
		stdin string
		code  int
		part  string
	}{
		{"severity", []string{"--severity", "warning", dir}, "", 1, "1 finding"},
		{"only errors", []string{"--severity", "error", dir + "/build/w.lua"}, "", 0, ""},
		{"warnings too", []string{"--severity", "warning", dir + "/build/w.lua"}, "", 1, "undefined-global"},
		{"no error", []string{"--error-on", "off", dir}, "", 0, "2 findings"},
		{"only hints", []string{dir + "/c.lua"}, "", 0, "hint"},
		{"hints count", []string{"--error-on", "hint", dir + "/c.lua"}, "", 1, "hint"},
		{"stdin", []string{"-"}, "x = = 1", 1, "stdin.lua:1:5: error"},
		{"stdin name", []string{"--stdin-filename", "x/y.lua", "-"}, "x = = 1", 1, "x/y.lua:1:5: error"},
		{"github", []string{"--format", "github", dir}, "", 1, "::error file=" + strings.ReplaceAll(filepath.ToSlash(dir), ":", "%3A") + "/a.lua,line=1,col=17,endLine=1,endColumn=26,title=unknown-tool::there is"},
		{"missing", []string{dir + "/nowhere.lua"}, "", 2, ""},
		{"format", []string{"--format", "xml"}, "", 2, ""},
		{"wrong severity", []string{"--severity", "bad"}, "", 2, ""},
		{"stdin is not fixed", []string{"--fix", "-"}, "", 2, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			code, out, errs := call(t, tt.stdin, append([]string{"check"}, tt.args...)...)
			if code != tt.code || !strings.Contains(out, tt.part) || code == 2 && errs == "" {
				t.Errorf("%d %q %q", code, out, errs)
			}
		})
	}
}

// TestCheckWrongCalls: what cannot be read, and stdin beside other paths, are told and end with 2.
func TestCheckWrongCalls(t *testing.T) {
	dir := luaFiles(t, map[string]string{"a.lua": "print(1)\n"})
	for _, args := range [][]string{{"check", "-", dir}, {"fmt", dir, "-"}} {
		if code, _, errs := call(t, "", args...); code != exitUsage || !strings.Contains(errs, "- is stdin") {
			t.Errorf("%q: %d %q", args, code, errs)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, ".luarc.json"), []byte("{\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, out, errs := call(t, "", "check", dir); code != exitUsage || out != "" || !strings.Contains(errs, ".luarc.json could not be read: line 2: ") || strings.Contains(errs, "--help") {
		t.Errorf("%d %q %q", code, out, errs)
	}
}

func TestCheckFix(t *testing.T) {
	dir := luaFiles(t, map[string]string{"a.lua": "print(Tool.calculator:execute({input = 5}))\n\nif not(X==5)then print(Tool.get('calculatr')) end\n"})
	path := filepath.Join(dir, "a.lua")
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	code, out, errs := call(t, "", "check", "--fix", dir)
	text, err := os.ReadFile(path)
	// The nearest name of a tool is a guess, which is left to the reader.
	want := "print(Tool.calculator:execute({input = \"5\"}))\n\nif X ~= 5 then print(Tool.get('calculatr')) end\n"
	said := path + ":1: fixed: Change to \"5\" [invalid-parameter]\n" + path + ":3: fixed: Write ~= [negated-comparison]\n"
	if err != nil || string(text) != want || code != 1 || filepath.Separator == '/' && !strings.HasPrefix(out, said) || !strings.Contains(out, "2 changes made\n") {
		t.Errorf("%d %q %q %q", code, out, errs, text)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o640 && filepath.Separator == '/' {
		t.Errorf("%v %v", info.Mode(), err)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 2 {
		t.Errorf("%v", left)
	}
}

func TestCheckJSON(t *testing.T) {
	dir := luaFiles(t, map[string]string{"a.lua": "local é = '€' x = Tool.get('calculatr')\n", "b.lua": ""})
	_, out, _ := call(t, "", "check", "--format", "json", dir)
	var report struct {
		Files    int
		Findings []struct {
			Path, Severity, Code, Message, Help string
			Line, Column, End_line, End_column  int
			Fixes                               []string
			Fixable                             bool
		}
	}
	if err := json.Unmarshal([]byte(out), &report); err != nil || report.Files != 2 || len(report.Findings) != 2 {
		t.Fatalf("%v %s", err, out)
	}
	if x := report.Findings[1]; x.Code != "unknown-tool" || x.Column != 29 || x.End_column != 38 || x.Fixable || x.Fixes[0] != `Change to "calculator"` || !strings.HasSuffix(x.Help, "#unknown-tool") {
		t.Errorf("%+v", x)
	}
}

func TestCheckSARIF(t *testing.T) {
	dir := luaFiles(t, map[string]string{"a b.lua": "x = = 1\n"})
	_, out, _ := call(t, "", "check", "--format", "sarif", dir)
	var log struct {
		Schema  string `json:"$schema"`
		Version string
		Runs    []struct {
			Tool struct {
				Driver struct {
					Name  string
					Rules []struct{ ID, HelpURI string }
				}
			}
			Results []struct {
				RuleID, Level string
				RuleIndex     int
				Message       struct{ Text string }
				Locations     []struct {
					PhysicalLocation struct {
						ArtifactLocation struct{ URI string }
						Region           struct{ StartLine, StartColumn, EndLine, EndColumn int }
					}
				}
			}
		}
	}
	if err := json.Unmarshal([]byte(out), &log); err != nil || log.Version != "2.1.0" || len(log.Runs) != 1 {
		t.Fatalf("%v %s", err, out)
	}
	run := log.Runs[0]
	if run.Tool.Driver.Name != "llmspell" || len(run.Results) != 1 {
		t.Fatalf("%+v", run)
	}
	r := run.Results[0]
	if run.Tool.Driver.Rules[r.RuleIndex].ID != r.RuleID || r.RuleID != "syntax" || r.Level != "error" || r.Message.Text == "" {
		t.Errorf("%+v", r)
	}
	at := r.Locations[0].PhysicalLocation
	if !strings.HasPrefix(at.ArtifactLocation.URI, "file:///") || !strings.HasSuffix(at.ArtifactLocation.URI, "/a%20b.lua") || at.Region.StartLine != 1 || at.Region.StartColumn != 5 || at.Region.EndColumn < at.Region.StartColumn {
		t.Errorf("%+v", at)
	}
}

func TestFmt(t *testing.T) {
	const ugly, pretty = "local x=1\nif x then\nprint( x )\nend\n", "local x = 1\nif x then\n  print(x)\nend\n"
	dir := luaFiles(t, map[string]string{"a.lua": ugly, "b.lua": pretty})
	a := filepath.Join(dir, "a.lua")
	if code, out, _ := call(t, "", "fmt", "--check", dir); code != 1 || out != a+"\n" {
		t.Errorf("%d %q", code, out)
	}
	code, out, _ := call(t, "", "fmt", "--diff", dir)
	if want := "--- " + a + "\n+++ " + a + "\n@@ -1,4 +1,4 @@\n-local x=1\n+local x = 1\n if x then\n-print( x )\n+  print(x)\n end\n"; code != 1 || out != want {
		t.Errorf("%d %q", code, out)
	}
	if code, out, _ := call(t, ugly, "fmt", "-"); code != 0 || out != pretty {
		t.Errorf("%d %q", code, out)
	}
	if code, out, _ := call(t, "", "fmt", dir); code != 0 || out != a+"\n" {
		t.Errorf("%d %q", code, out)
	}
	if text, err := os.ReadFile(a); err != nil || string(text) != pretty {
		t.Errorf("%q %v", text, err)
	}
	if code, out, _ := call(t, "", "fmt", "--check", dir); code != 0 || out != "" {
		t.Errorf("%d %q", code, out)
	}
	if code, _, errs := call(t, "x = = 1", "fmt", "-"); code != 2 || !strings.Contains(errs, "stdin.lua: the text has syntax errors") {
		t.Errorf("%d %q", code, errs)
	}
	if code, _, _ := call(t, "", "fmt", filepath.Join(dir, "nowhere")); code != 2 {
		t.Errorf("%d", code)
	}
}

// TestDiffText lets patch make the changes that a diff shows.
func TestDiffText(t *testing.T) {
	if _, err := exec.LookPath("patch"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("patch is missing: scripts/install.sh installs it")
		}
		t.Log("no patch here: the texts are only compared with the script of edits")
	}
	for _, tt := range [][2]string{
		{"", "a\n"}, {"a\n", ""}, {"a", "a\n"}, {"a\n", "b"}, {"1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n", "1\n2\nx\n4\n5\n6\n7\n8\n9\n10\ny\nz\n12\n"},
		{strings.Repeat("a\nb\n", 50), strings.Repeat("a\nc\n", 50)}, {strings.Repeat("a\n", 300), strings.Repeat("b\n", 290) + "a\n"},
	} {
		var old, new strings.Builder
		for _, l := range lineEdits(splitLines(tt[0]), splitLines(tt[1])) {
			if l.kind != '+' {
				old.WriteString(l.text)
			}
			if l.kind != '-' {
				new.WriteString(l.text)
			}
		}
		if old.String() != tt[0] || new.String() != tt[1] {
			t.Errorf("%q: %q %q", tt, old.String(), new.String())
		}
		if (diffText("x", tt[0], tt[1]) == "") != (tt[0] == tt[1]) {
			t.Errorf("%q", tt)
		}
		path := script(t, tt[0])
		cmd := exec.Command("patch", "-s", path)
		cmd.Stdin = strings.NewReader(diffText(path, tt[0], tt[1]))
		if cmd.Err != nil {
			continue
		}
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%q: %v %s", tt, err, out)
			continue
		}
		if text, _ := os.ReadFile(path); string(text) != tt[1] {
			t.Errorf("%q: patch makes %q", tt, text)
		}
	}
}
