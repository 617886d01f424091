package config

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// FuzzLoad reads files of strangers, as a named file and as one that was found.
func FuzzLoad(f *testing.F) {
	for _, seed := range []string{
		secrets, "[kernel]\nmax_clients = 3\nidle_timeout = '1h'\n", "[permissions]\nallow_read = ['~', '${HOME}']\nprofile = 'trusted'\n",
		"[[kernel]]\n[[kernel]]\nmax_clients=1", "a.b.c = {d = [1, {e = 2}]}", "[log.components]\n\"a.b\\\"c\" = 'off'\n", "\ufeff[mcp.servers.\"\"]\n",
		"[runtime.memory]\nx = {y = 1979-05-27T07:32:00Z}\n", "engines.lua.timeout_ms = 0x10\n[engines.lua]\n", "[kernel]\nmax_clients = 1\n[kernel.max_clients]\nx=1",
		"= 1", "[a", "x = '''", "k = 1e400", "k = 0b102", "[providers]\nx = 1\n[providers.y]\nz = nan",
	} {
		f.Add([]byte(seed))
	}
	dir := f.TempDir()
	for _, name := range []string{"XDG_CONFIG_HOME", "XDG_CONFIG_DIRS", "HOME", "USERPROFILE"} {
		f.Setenv(name, filepath.Join(dir, "home"))
	}
	file := filepath.Join(dir, "llmspell.toml")
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
		l, err := Load(Options{Dir: dir, File: file, Environ: []string{}})
		if err != nil {
			if !strings.HasPrefix(err.Error(), "the configuration is not valid") {
				t.Errorf("%v", err)
			}
			return
		}
		var text strings.Builder
		if err := l.WriteTOML(&text, "", true); err != nil {
			t.Fatal(err)
		}
		if _, err := JSON(l.Tree(""), false); err != nil {
			t.Errorf("as JSON: %v", err)
		}
		if _, err := tree([]byte(text.String())); err != nil {
			t.Errorf("what is shown cannot be read: %v\n%s", err, text.String())
		}
		for _, v := range l.Values("") {
			if parts := splitKey(v.Key); len(parts) == 0 || strings.Join(quoteAll(parts), ".") != v.Key {
				t.Errorf("the key %q becomes %q", v.Key, parts)
			}
		}
		found, err := Load(Options{Dir: dir, Environ: []string{}})
		if err != nil {
			return // what the file could not set is missing elsewhere
		}
		c, d := found.Config, Default()
		for _, p := range c.Permitted() {
			if len(p.Allow) > 0 {
				t.Errorf("a file that was found allows %s: %v", p.Kind, p.Allow)
			}
		}
		if c.SandboxProfile() == "trusted" || len(c.MCP.Servers) > 0 || c.MCP.Config != "" || c.Log.File != "" || !reflect.DeepEqual(c.Storage.BaseDir, d.Storage.BaseDir) ||
			c.ScriptHeap() > d.ScriptHeap() || c.ScriptHeap() == 0 || c.Trace.Enabled || c.Kernel.Port != d.Kernel.Port {
			t.Errorf("a file that was found has widened something:\n%s", data)
		}
	})
}

// FuzzSetting sets keys from texts, as --set and variables do.
func FuzzSetting(f *testing.F) {
	for _, seed := range [][2]string{{"kernel.max_clients", "3"}, {"log.components.\"a.b\"", "off"}, {"permissions.allow_read", "a,,b,c"}, {"mcp.servers.x.command", "y"},
		{"providers.a.options.b.c", "1"}, {"a..b", ""}, {`"`, `"`}, {"kernel.idle_timeout", "1e300"}, {"log.rotate_size", "1e18GB"}} {
		f.Add(seed[0], seed[1])
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, key, value string) {
		l, err := Load(Options{Dir: dir, File: os.DevNull, Environ: []string{}, Settings: []Setting{{key, value, "--set"}}})
		if err != nil {
			return
		}
		set := 0
		for _, v := range l.Values("") {
			if v.Origin.Layer == LayerFlag {
				set++
			}
		}
		if set > 1 {
			t.Errorf("--set %s=%s has set %d keys", key, value, set)
		}
	})
}

func BenchmarkLoadNothing(b *testing.B) {
	b.ReportAllocs()
	dir := b.TempDir()
	b.Setenv("XDG_CONFIG_HOME", dir)
	for b.Loop() {
		if _, err := Load(Options{Dir: dir}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkLoadFile reads a file in which every key is set.
func BenchmarkLoadFile(b *testing.B) {
	b.ReportAllocs()
	dir := b.TempDir()
	var text strings.Builder
	if err := (&Loaded{Config: Default()}).WriteTOML(&text, "", false); err != nil {
		b.Fatal(err)
	}
	file := filepath.Join(dir, "x.toml")
	if err := os.WriteFile(file, []byte(text.String()), 0o600); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := Load(Options{Dir: dir, File: file}); err != nil {
			b.Fatal(err)
		}
	}
}
