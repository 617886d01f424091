//go:build unix

package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/dap/daptest"
)

// waitPrinted waits until a process has printed what accepts wants.
func waitPrinted(t *testing.T, p *process, what string, accepts func() bool) {
	t.Helper()
	for end := time.Now().Add(daptest.DefaultTimeout); !accepts(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("no %s; stdout %q, stderr %q", what, p.stdout, p.stderr)
		}
	}
}

// TestCheckWatch edits files while they are watched, as a user does: a mistake, another
// file, the file gone and there again, settings that cannot be read.
func TestCheckWatch(t *testing.T) {
	dir := luaFiles(t, map[string]string{"a.lua": "print(1)\n"})
	path := filepath.Join(dir, "a.lua")
	p := start(t, dir, nil, "check", "--watch", ".")
	checks := func(n int) {
		t.Helper()
		waitPrinted(t, p, "check", func() bool { return strings.Count(p.stderr.String(), "llmspell: checked") >= n })
	}
	elsewhere := t.TempDir()
	write := func(name, text string) { // at once: a check may be looking
		t.Helper()
		if err := os.WriteFile(filepath.Join(elsewhere, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(filepath.Join(elsewhere, name), filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	printed := func(part string) {
		t.Helper()
		waitPrinted(t, p, part, func() bool { return strings.Contains(p.stdout.String(), part) })
	}
	checks(1)
	if got := p.stdout.String(); got != "" {
		t.Errorf("%q", got)
	}
	write("a.lua", "print(nope)\n")
	printed("a.lua:1:7: warning: the global variable nope is defined nowhere [undefined-global]\n1 finding in 1 file\n")
	write("b.lua", "nope = 1\n") // now it is defined
	checks(3)
	if got := strings.Count(p.stdout.String(), "undefined-global"); got != 1 {
		t.Errorf("%q", p.stdout)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	checks(4)
	write(".luarc.json", "{")
	waitPrinted(t, p, "error", func() bool {
		_, after, ok := strings.Cut(p.stderr.String(), ".luarc.json could not be read")
		return ok && strings.HasSuffix(after, "llmspell: checked\n")
	})
	before := strings.Count(p.stderr.String(), "llmspell: checked")
	write(".luarc.json", `{"diagnostics.globals": ["other"]}`)
	checks(before + 1) // with the settings of now
	write("a.lua", "print(other, third)\n")
	printed("a.lua:1:14: warning: the global variable third")
	if strings.Contains(p.stdout.String(), "variable other") {
		t.Errorf("%q", p.stdout)
	}
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if code := p.exit(); code != exitInterrupted {
		t.Errorf("%d %q", code, p.stderr)
	}
}

// TestCheckWatchPath: the one file that is watched may be away for a while; one that was
// never there is a wrong call.
func TestCheckWatchPath(t *testing.T) {
	dir := luaFiles(t, map[string]string{"a.lua": "print(1)\n"})
	path := filepath.Join(dir, "a.lua")
	p := start(t, dir, nil, "check", "--watch", "--fix", "a.lua")
	waitPrinted(t, p, "check", func() bool { return strings.Contains(p.stderr.String(), "waiting") })
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	waitPrinted(t, p, "error", func() bool { return strings.Contains(p.stderr.String(), "a.lua") })
	if err := os.WriteFile(path, []byte("print(not (X == 1))\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	waitPrinted(t, p, "fix", func() bool {
		text, err := os.ReadFile(path)
		return err == nil && string(text) == "print(X ~= 1)\n" && strings.Contains(p.stdout.String(), "1 change made")
	})
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if code := p.exit(); code != exitInterrupted {
		t.Errorf("%d %q", code, p.stderr)
	}
	if code, _, errs := call(t, "", "check", "--watch", filepath.Join(dir, "nowhere.lua")); code != exitUsage || errs == "" {
		t.Errorf("%d %q", code, errs)
	}
}
