package config

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestProfiles(t *testing.T) {
	dir := home(t)
	kinds := map[string]int{}
	for _, p := range Profiles() {
		kinds[p.Kind]++
		if len(p.Doc) < 8 || !strings.HasSuffix(p.Doc, ".") {
			t.Errorf("%s: the description is %q", p.Name, p.Doc)
		}
		l := load(t, Options{Dir: dir, Profile: p.Name})
		// A profile says how much; what scripts may touch is for the user to say.
		if l.Config.HasPermissions() || len(l.Config.MCP.Servers) > 0 {
			t.Errorf("%s changes permissions", p.Name)
		}
		if want := []string{p.Name}; l.Profiles[0] != want[0] || len(l.Profiles) != 1 {
			t.Errorf("%s: profiles %v", p.Name, l.Profiles)
		}
		// What is written for it gives the same configuration.
		var text strings.Builder
		if err := Template(&text, p.Name); err != nil {
			t.Fatal(err)
		}
		again := load(t, Options{Dir: dir, File: write(t, filepath.Join(dir, "again.toml"), text.String())})
		if changes := again.Diff(l); len(changes) > 0 {
			t.Errorf("%s: config init gives another configuration: %v", p.Name, changes)
		}
	}
	if kinds["preset"] != 23 || kinds["layer"] != 18 {
		t.Errorf("%v", kinds)
	}
	if l := load(t, Options{Dir: dir, Profile: "presets/daemon-prod, backends/memory"}); l.Config.Runtime.StatePersistence.BackendType != "memory" || l.Config.Log.Level != "info" || l.Config.Log.Format != "json" {
		t.Errorf("%+v", l.Config.Log)
	}
	_, err := Load(Options{Dir: dir, Profile: "daemon-prd", Environ: []string{}})
	if err == nil || !strings.Contains(err.Error(), "did you mean daemon-prod?") {
		t.Error(err)
	}
}

func TestOwnProfiles(t *testing.T) {
	dir := home(t)
	file := write(t, filepath.Join(ConfigDir(), "profiles", "mine.toml"), "# My own.\n# layers: bases/daemon, envs/dev\n[kernel]\nmax_clients = 2\nconnection_file = 'c.json'\n")
	l := load(t, Options{Dir: dir, Profile: "mine"})
	if c := l.Config; c.Kernel.MaxClients != 2 || c.Log.Format != "pretty" || c.Kernel.ConnectionFile != filepath.Join(filepath.Dir(file), "c.json") {
		t.Errorf("%+v", c.Kernel)
	}
	all := Profiles()
	if p := all[len(all)-1]; p.Name != "mine" || p.Kind != "own" || p.Doc != "My own." || len(p.Layers) != 2 || p.File != file {
		t.Errorf("%+v", p)
	}
	write(t, filepath.Join(ConfigDir(), "profiles", "a.toml"), "# layers: b\n")
	write(t, filepath.Join(ConfigDir(), "profiles", "b.toml"), "# layers: a\n")
	if _, err := Load(Options{Dir: dir, Profile: "a", Environ: []string{}}); err == nil || !strings.Contains(err.Error(), "laid on itself") {
		t.Error(err)
	}
}

// TestTemplate takes the marks away from every default, and reads what comes out.
func TestTemplate(t *testing.T) {
	dir := home(t)
	var text strings.Builder
	if err := Template(&text, ""); err != nil {
		t.Fatal(err)
	}
	lines, keys := strings.Split(text.String(), "\n"), 0
	for i, l := range lines {
		if rest, ok := strings.CutPrefix(l, "# "); ok && (strings.Contains(rest, " = ") && !strings.Contains(rest, "; ") || strings.HasPrefix(rest, "[")) {
			lines[i] = rest
			keys++
		}
	}
	l := load(t, Options{Dir: dir, File: write(t, filepath.Join(dir, "x.toml"), strings.Join(lines, "\n"))})
	if changes := l.Diff(&Loaded{Config: Default()}); len(changes) > 0 || keys < 90 {
		t.Errorf("%d keys, changes %v", keys, changes)
	}
}
