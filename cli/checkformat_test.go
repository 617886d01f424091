package cli

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestCheckGitHub: what a message or a path has of the characters that the command ends
// with must not end it.
func TestCheckGitHub(t *testing.T) {
	name := "100%, a:b.lua"
	if filepath.Separator != '/' {
		name = "100%, a.lua"
	}
	dir := luaFiles(t, map[string]string{name: "Tool.execute('file-operations', {operation = 'a%b\\nc'})\nprint(('%d %s'):format(1))\n"})
	code, out, errs := call(t, "", "check", "--format", "github", dir)
	if code != 1 || errs != "" {
		t.Fatalf("%d %q", code, errs)
	}
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if len(lines) != 2 {
		t.Fatalf("%q", lines)
	}
	for _, line := range lines {
		head, message, ok := strings.Cut(strings.TrimPrefix(line, "::"), "::")
		kind, properties, ok2 := strings.Cut(head, " ")
		if !ok || !ok2 || kind != "error" && kind != "warning" || message == "" {
			t.Fatalf("%q", line)
		}
		for _, property := range strings.Split(properties, ",") {
			key, value, ok := strings.Cut(property, "=")
			if !ok || strings.ContainsAny(value, ":\r\n") || !slices.Contains([]string{"file", "line", "col", "endLine", "endColumn", "title"}, key) {
				t.Errorf("%q in %q", property, line)
			}
			if key == "file" && !strings.HasSuffix(strings.NewReplacer("%25", "%", "%2C", ",", "%3A", ":").Replace(value), name) {
				t.Errorf("%q", value)
			}
		}
		if rest := strings.NewReplacer("%25", "", "%0A", "", "%0D", "").Replace(message); strings.Contains(rest, "%") {
			t.Errorf("a percent sign is left in %q", message)
		}
	}
}

// sarifLog checks a value against the parts of the SARIF 2.1.0 schema that a log of ours
// has: which properties there may be, of which type, and which must be there.
func sarifLog(v any) []string {
	var faults []string
	fault := func(path, format string, args ...any) {
		faults = append(faults, path+": "+fmt.Sprintf(format, args...))
	}
	object := func(path string, v any, required, optional map[string]func(string, any)) {
		m, ok := v.(map[string]any)
		if !ok {
			fault(path, "is no object")
			return
		}
		for name, check := range required {
			if x, ok := m[name]; ok {
				check(path+"."+name, x)
			} else {
				fault(path, "lacks %s", name)
			}
		}
		for name, x := range m {
			if check, ok := optional[name]; ok {
				check(path+"."+name, x)
			} else if required[name] == nil {
				fault(path, "has %s", name)
			}
		}
	}
	text := func(path string, v any) {
		if s, ok := v.(string); !ok || s == "" {
			fault(path, "is no text: %v", v)
		}
	}
	flag := func(path string, v any) {
		if _, ok := v.(bool); !ok {
			fault(path, "is no boolean")
		}
	}
	number := func(least float64) func(string, any) {
		return func(path string, v any) {
			if n, ok := v.(float64); !ok || n < least || n != float64(int(n)) {
				fault(path, "is no whole number from %v: %v", least, v)
			}
		}
	}
	one := func(list ...string) func(string, any) {
		return func(path string, v any) {
			if s, ok := v.(string); !ok || !slices.Contains(list, s) {
				fault(path, "is none of %q: %v", list, v)
			}
		}
	}
	list := func(check func(string, any)) func(string, any) {
		return func(path string, v any) {
			items, ok := v.([]any)
			if !ok {
				fault(path, "is no array")
			}
			for i, x := range items {
				check(fmt.Sprintf("%s[%d]", path, i), x)
			}
		}
	}
	type props = map[string]func(string, any)
	of := func(required, optional props) func(string, any) {
		return func(path string, v any) { object(path, v, required, optional) }
	}
	level := one("none", "note", "warning", "error")
	message := of(props{"text": text}, nil)
	rule := of(props{"id": text}, props{"helpUri": text, "shortDescription": message, "defaultConfiguration": of(nil, props{"enabled": flag, "level": level})})
	region := of(nil, props{"startLine": number(1), "startColumn": number(1), "endLine": number(1), "endColumn": number(1)})
	location := of(nil, props{"physicalLocation": of(props{"artifactLocation": of(nil, props{"uri": text})}, props{"region": region})})
	result := of(props{"message": message}, props{"ruleId": text, "ruleIndex": number(0), "level": level, "locations": list(location)})
	run := of(props{"tool": of(props{"driver": of(props{"name": text}, props{"version": text, "informationUri": text, "rules": list(rule)})}, nil)},
		props{"columnKind": one("utf16CodeUnits", "unicodeCodePoints"), "results": list(result)})
	of(props{"version": one("2.1.0"), "runs": list(run)}, props{"$schema": text})("log", v)
	return faults
}

// TestCheckSARIFStructure checks the logs of all kinds of findings.
func TestCheckSARIFStructure(t *testing.T) {
	marked, err := filepath.Glob("../lsp/lint/testdata/*.lua")
	if err != nil || len(marked) == 0 {
		t.Fatal(err)
	}
	files := map[string]string{"sub folder/ü #1.lua": "x = = 1\n", "empty.lua": ""}
	for _, path := range marked {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		files[filepath.Base(path)] = string(text)
	}
	dir := luaFiles(t, files)
	for _, args := range [][]string{{dir}, {filepath.Join(dir, "empty.lua")}} {
		_, out, errs := call(t, "", append([]string{"check", "--format", "sarif"}, args...)...)
		var log any
		if err := json.Unmarshal([]byte(out), &log); err != nil || errs != "" {
			t.Fatalf("%v %q", err, errs)
		}
		for _, f := range sarifLog(log) {
			t.Error(f)
		}
	}
	// The check can fail.
	if len(sarifLog(map[string]any{"version": "2.0.0", "runs": []any{map[string]any{"results": []any{map[string]any{"level": "bad"}}}}})) < 4 {
		t.Error("a wrong log passes")
	}
}

// TestCheckExit: the exit code is that of the gravest finding, compared with --error-on.
func TestCheckExit(t *testing.T) {
	for text, worst := range map[string]string{
		"x = = 1\n": "error", "print(nope)\n": "warning", "print(os.getenv('SECRET_OF_MINE'))\n": "information", "local x\n": "hint", "print(1)\n": "",
	} {
		dir := luaFiles(t, map[string]string{"a.lua": text})
		order := []string{"error", "warning", "information", "hint"}
		for i, on := range order {
			want := exitOK
			if at := slices.Index(order, worst); at >= 0 && at <= i {
				want = exitScript
			}
			if code, out, errs := call(t, "", "check", "--error-on", on, dir); code != want || errs != "" {
				t.Errorf("%q with %s: %d, wanted %d: %s%s", text, on, code, want, out, errs)
			}
		}
		if code, _, _ := call(t, "", "check", "--error-on", "off", dir); code != exitOK {
			t.Errorf("%q: %d", text, code)
		}
	}
}

// TestCheckPermissions: what the configuration allows is not reported, what the sandbox
// refuses is in its words.
func TestCheckPermissions(t *testing.T) {
	dir := luaFiles(t, map[string]string{"a.lua": "print(io.open('/etc/hostname'), io.popen('ls'), os.getenv('SECRET_OF_MINE'))\n"})
	config := filepath.Join(dir, "config.toml")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("")
	_, out, errs := call(t, "", "-c", config, "check", dir)
	if filepath.Separator == '/' {
		for _, part := range []string{`read access to "/etc/hostname" is denied: it is outside the allowed folders (`, `; allow it with --allow-read=/etc/hostname [refused-path]`,
			`run access to "sh" is denied: it is not an allowed program; allow it with --allow-run=sh.`, `env access to "SECRET_OF_MINE" is denied`} {
			if !strings.Contains(out, part) {
				t.Errorf("no %q in %q %s", part, out, errs)
			}
		}
	}
	for _, text := range []string{"[permissions]\nprofile = 'trusted'\n", "[permissions]\nallow_read = ['/etc']\nallow_run = ['sh']\nallow_env = ['SECRET_*']\n",
		"[lint.severity]\nrefused-path = 'off'\nrefused-program = 'off'\nrefused-variable = 'off'\n", "[lint]\nexclude = ['a.lua']\n"} {
		write(text)
		if code, out, errs := call(t, "", "-c", config, "check", dir); code != exitOK || out != "" || errs != "" {
			t.Errorf("%s: %d %q %q", text, code, out, errs)
		}
	}
	write("[lint]\nglobals = ['mine']\n[lint.severity]\nundefined-global = 'error'\n")
	if err := os.WriteFile(filepath.Join(dir, "a.lua"), []byte("print(mine, yours)\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, out, _ := call(t, "", "-c", config, "check", dir); !strings.Contains(out, "a.lua:1:13: error: the global variable yours") || strings.Contains(out, "variable mine") {
		t.Errorf("%q", out)
	}
}

// TestCheckSARIFBraces: texts are message strings, in which a brace alone begins a placeholder.
func TestCheckSARIFBraces(t *testing.T) {
	dir := luaFiles(t, map[string]string{"a.lua": "Tool.calculator:execute('{0}')\n"})
	_, out, _ := call(t, "", "check", "--format", "sarif", dir)
	var log struct {
		Runs []struct {
			Results []struct{ Message struct{ Text string } }
		}
	}
	if err := json.Unmarshal([]byte(out), &log); err != nil || len(log.Runs) != 1 || len(log.Runs[0].Results) != 1 {
		t.Fatalf("%v %s", err, out)
	}
	text := log.Runs[0].Results[0].Message.Text
	if rest := strings.NewReplacer("{{", "", "}}", "").Replace(text); !strings.Contains(text, `"{{0}}"`) || strings.ContainsAny(rest, "{}") {
		t.Errorf("%q", text)
	}
	// What a reader shows is what the other formats say.
	_, plain, _ := call(t, "", "check", dir)
	if shown := strings.NewReplacer("{{", "{", "}}", "}").Replace(text); !strings.Contains(plain, shown) {
		t.Errorf("%q is not in %q", shown, plain)
	}
}
