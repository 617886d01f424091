package config

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const secrets = `
[providers.a]
api_key = "sk-secret"
base_url = "https://ada:secret@example.org/v1?key=secret"
options = { token = "secret", nested = { password = "secret", list = ["x"] }, region = "eu" }
[providers.b]
api_key = "${B_KEY}"
[mcp.servers.x]
command = "npx"
args = ["--token", "secret"]
env = { TOKEN = "secret", REF = "${TOKEN}" }
headers = { Authorization = "Bearer secret" }
[mcp.servers.y]
url = "https://example.org/secretless?token=secret"
[tools.settings.email-sender]
password = "secret"
host = "mail.example.org"
[trace.headers]
x-key = "secret"
[web]
admin_token = "secret"
`

func TestSecretsAreMasked(t *testing.T) {
	dir := home(t)
	l := load(t, Options{Dir: dir, File: write(t, filepath.Join(dir, "x.toml"), secrets)})
	var text strings.Builder
	if err := l.WriteTOML(&text, "", true); err != nil {
		t.Fatal(err)
	}
	json, err := JSON(l.Tree(""), true)
	if err != nil {
		t.Fatal(err)
	}
	for name, shown := range map[string]string{"TOML": text.String(), "JSON": json} {
		for _, line := range strings.Split(shown, "\n") {
			if strings.Contains(strings.ReplaceAll(line, "secretless", ""), "secret") {
				t.Errorf("%s shows %s", name, line)
			}
		}
		for _, part := range []string{"${B_KEY}", "${TOKEN}", "mail.example.org", "https://ada:***@example.org/v1?***", "eu", "npx"} {
			if !strings.Contains(shown, part) {
				t.Errorf("%s does not show %s", name, part)
			}
		}
	}
	// What is not shown is there.
	if k, err := (&Provider{APIKey: "${B_KEY}"}).Key(func(string) (string, bool) { return "v", true }); k != "v" || err != nil {
		t.Error(k, err)
	}
	none := func(string) (string, bool) { return "", false }
	if _, err := (&Provider{APIKeyEnv: "B_KEY"}).Key(none); err == nil || !strings.Contains(err.Error(), "B_KEY") {
		t.Error(err)
	}
	if k, err := (&Provider{APIKeyEnv: "B_KEY", APIKey: "x"}).Key(none); k != "x" || err != nil {
		t.Error(k, err)
	}
	// An address with a mistake in a message tells no secret either.
	changes := l.Diff(load(t, Options{Dir: dir}))
	for _, c := range changes {
		if s := c.String(); strings.Contains(strings.ReplaceAll(strings.ReplaceAll(s, "secretless", ""), "x.toml", ""), "secret") {
			t.Error(s)
		}
	}
	if len(changes) < 15 {
		t.Errorf("%d changes", len(changes))
	}
}

func TestSections(t *testing.T) {
	dir := home(t)
	l := load(t, Options{Dir: dir, File: write(t, filepath.Join(dir, "x.toml"), "[log.components]\n\"kernel.rpc\" = 'off'\n[runtime.memory.daemon]\nhealth_check_interval_secs = 5\n[providers.p]\nmodel='m'\n[rag]\nenabled=true\n[transport.zeromq]\nlinger=0\n")})
	if v := l.Tree(`log.components."kernel.rpc"`); v != "off" {
		t.Error(v)
	}
	if v := l.Tree(Canonical("logging.level")); v != "warn" {
		t.Error(v)
	}
	if v := l.Tree("mcp.servers"); v == nil {
		t.Error("an empty table is not there")
	}
	if v := l.Tree("nope"); v != nil {
		t.Error(v)
	}
	used := load(t, Options{Dir: dir, File: write(t, filepath.Join(dir, "y.toml"),
		"[storage.sqlite]\nsynchronous = 'FULL'\njournal_mode = 'DELETE'\n[runtime.state_persistence]\nmigration_enabled = false\n")})
	if got := used.Unused(); len(got) != 0 { // all are in force: kernel/stateoptions.go
		t.Errorf("unused %v", got)
	}
	if want := []string{"runtime.memory.daemon.health_check_interval_secs", "providers", "rag", "transport"}; !slices.Equal(l.Unused(), want) {
		t.Errorf("unused %v, want %v", l.Unused(), want)
	}
	if !l.IsSet("rag.enabled") || l.IsSet("rag.multi_tenant") {
		t.Error("IsSet")
	}
	var text strings.Builder
	if err := l.WriteTOML(&text, "", false); err != nil {
		t.Fatal(err)
	}
	again := load(t, Options{Dir: dir, File: write(t, filepath.Join(dir, "y.toml"), text.String())})
	if c := again.Diff(l); len(c) > 0 {
		t.Errorf("what is shown reads as something else: %v", c)
	}
}

func TestReload(t *testing.T) {
	dir := home(t)
	file := write(t, filepath.Join(dir, "x.toml"), "[log]\nlevel='info'\n[kernel]\nmax_sessions=3\nport=0\n[log.components]\ndap='debug'\n")
	old := load(t, Options{Dir: dir, File: file})
	write(t, file, "[log]\nlevel='debug'\n[kernel]\nmax_sessions=4\nport=5\n[hooks]\nenabled=false\n")
	next, err := old.Reload()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]bool{}
	for _, c := range next.Diff(old) {
		got[c.Key] = c.Live
	}
	want := map[string]bool{"log.level": true, "kernel.max_sessions": true, "kernel.port": false, "hooks.enabled": true, "log.components.dap": true}
	if len(got) != len(want) {
		t.Errorf("changes %v, want %v", got, want)
	}
	for k, live := range want {
		if l, ok := got[k]; !ok || l != live {
			t.Errorf("%s: %v, %v", k, l, ok)
		}
	}
	mixed := next.Live(old)
	if c := mixed.Config; c.Log.Level != "debug" || c.Kernel.MaxSessions != 4 || c.Kernel.Port != 0 || c.Hooks.Enabled || len(c.Log.Components) != 0 {
		t.Errorf("%+v %+v", c.Kernel, c.Log)
	}
	if mixed.Origin("kernel.port").Line != 5 || mixed.Origin("log.level").Line != 2 {
		t.Errorf("%v %v", mixed.Origin("kernel.port"), mixed.Origin("log.level"))
	}
	if old.Config.Log.Level != "info" || len(old.Config.Log.Components) != 1 {
		t.Error("the old configuration has changed")
	}
	write(t, file, "[log]\nlevel='debgu'\n")
	if _, err := mixed.Reload(); err == nil || !strings.Contains(err.Error(), `did you mean "debug"?`) {
		t.Error(err)
	}
	write(t, file, "")
	if l, err := mixed.Reload(); err != nil || l.Config.Log.Level != "warn" {
		t.Error(err)
	}
}
