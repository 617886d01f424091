package dap_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	godap "github.com/google/go-dap"

	"github.com/llmspell/llmspell/dap"
	"github.com/llmspell/llmspell/dap/daptest"
)

type moduleEvent struct {
	Reason string
	Module daptest.Module
}

func TestModules(t *testing.T) {
	dir := t.TempDir()
	scriptIn(t, dir, "lib/a.lua", "return 1")
	b := scriptIn(t, dir, "b.lua", "return 2")
	path := scriptIn(t, dir, "main.lua", "require('lib.a')", "dofile('b.lua')", "print('loaded')", "dofile('b.lua')", "print('again')")
	c := connect(t, dap.Options{})
	args := program(path)
	args["cwd"], args["skipFiles"] = dir, []string{"lib/**"}
	c.Start(args, 3, 5)
	for _, want := range []string{"main.lua main true", "lib.a require false", "b.lua dofile true"} {
		var e moduleEvent
		c.ExpectEvent("module", &e)
		equal(t, "reason", e.Reason, "new")
		equal(t, "module", fmt.Sprint(filepath.Base(e.Module.Name), " ", e.Module.LoadedBy, " ", e.Module.IsUserCode), want)
	}
	c.ExpectStoppedAt("breakpoint", 3)
	modules := c.Modules()
	equal(t, "modules", len(modules), 3)
	equal(t, "path", modules[2].Path, b)
	equal(t, "module of a frame", fmt.Sprint(c.Top(1).ModuleId), modules[0].ID)
	var page struct {
		Modules      []daptest.Module
		TotalModules int
	}
	c.Call("modules", map[string]any{"startModule": 1, "moduleCount": 1}, &page)
	equal(t, "page", fmt.Sprintf("%d %d %s", len(page.Modules), page.TotalModules, page.Modules[0].Name), "1 3 lib.a")
	c.Call("modules", map[string]any{"startModule": 9}, &page)
	equal(t, "beyond", len(page.Modules), 0)

	// The file has changed when it is loaded again.
	if err := os.WriteFile(b, []byte("local changed = true\nreturn 3\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	c.Continue(1)
	var e moduleEvent
	c.ExpectEvent("module", &e)
	equal(t, "changed", e.Reason+" "+e.Module.Path, "changed "+b)
	var loaded godap.LoadedSourceEventBody
	c.ExpectEvent("loadedSource", &loaded)
	equal(t, "changed", loaded.Reason+" "+loaded.Source.Path, "changed "+b)
	c.ExpectStoppedAt("breakpoint", 5)
	contains(t, c.Source(godap.Source{Path: b}), "changed")
	c.Disconnect()
}

// Checksums and texts are those of what was loaded, not of the file as it is now.
func TestChecksums(t *testing.T) {
	c := stoppedAt(t, 1, "local x = 1", "print(x)")
	path := c.Top(1).Source.Path
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("-- something else\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(text)
	want := "SHA256 " + hex.EncodeToString(sum[:])
	for what, src := range map[string]godap.Source{"frame": *c.Top(1).Source, "loaded source": c.LoadedSources()[0]} {
		if len(src.Checksums) != 1 {
			t.Fatalf("%s has checksums %v", what, src.Checksums)
		}
		equal(t, what, string(src.Checksums[0].Algorithm)+" "+src.Checksums[0].Checksum, want)
	}
	equal(t, "source", c.Source(godap.Source{Path: path}), string(text))
	c.Disconnect()
}

// A restart begins with no sources.
func TestSourcesAfterRestart(t *testing.T) {
	c := stoppedAt(t, 1, "local x = 1", "print(x)")
	path := c.Top(1).Source.Path
	c.Restart(nil)
	c.ExpectEvent("continued", nil)
	c.ExpectStoppedAt("breakpoint", 1)
	var reasons []string
	for _, m := range c.Received("loadedSource") {
		contains(t, string(m.Body), path)
		reasons = append(reasons, strings.Split(string(m.Body), `"`)[3])
	}
	equal(t, "reasons", strings.Join(reasons, " "), "new removed new")
	c.Disconnect()
}

// Without an engine most is impossible, and the client is told so.
func TestCapabilitiesOfNoDebug(t *testing.T) {
	path := script(t, "local x = 1", "print(x)")
	c := connect(t, dap.Options{})
	c.Start(with(path, "noDebug", true))
	var e struct{ Capabilities map[string]bool }
	c.ExpectEvent("capabilities", &e)
	for _, flag := range []string{"supportsSetVariable", "supportsDataBreakpoints", "supportsGotoTargetsRequest"} {
		if on, told := e.Capabilities[flag]; on || !told {
			t.Errorf("%s: %v, told %v", flag, on, told)
		}
	}
	if _, told := e.Capabilities["supportsRestartRequest"]; told {
		t.Error("restart works without an engine")
	}
	c.ExpectTerminated()
	c.Restart(program(path))
	c.ExpectEvent("capabilities", &e)
	equal(t, "setVariable", e.Capabilities["supportsSetVariable"], true)
	c.ExpectTerminated()
	equal(t, "events", len(c.Received("capabilities")), 2)
	c.Disconnect()
}

// Escape sequences in output reach the client as they are.
func TestANSIOutput(t *testing.T) {
	c := connect(t, dap.Options{})
	c.Start(program(script(t, `print("\27[31mred\27[0m")`)))
	c.ExpectTerminated()
	equal(t, "output", c.Output("stdout"), "\x1b[31mred\x1b[0m\n")
	c.Disconnect()
}

func TestResumedStack(t *testing.T) {
	c := stoppedAt(t, 2, "local co = coroutine.wrap(function()", "  print('inside')", "end)", "co()")
	var kinds []string
	stop := c.Threads()
	thread := stop[len(stop)-1].Id
	for _, f := range c.StackTrace(thread) {
		kinds = append(kinds, fmt.Sprint(f.Line, f.PresentationHint))
	}
	got := strings.Join(kinds, " ")
	contains(t, got, "0label")
	contains(t, got, "4normal")
	c.Disconnect()
}
