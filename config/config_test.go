package config

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// home gives the test folders of its own, and a working folder.
func home(t *testing.T) (dir string) {
	t.Helper()
	root := t.TempDir()
	for _, name := range []string{"XDG_CONFIG_HOME", "XDG_CONFIG_DIRS", "XDG_DATA_HOME", "XDG_STATE_HOME", "HOME", "USERPROFILE"} {
		folder := filepath.Join(root, strings.ToLower(name))
		if err := os.MkdirAll(folder, 0o700); err != nil {
			t.Fatal(err)
		}
		t.Setenv(name, folder)
	}
	dir = filepath.Join(root, "work")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

func write(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// load loads with nothing from the process's environment.
func load(t *testing.T, o Options) *Loaded {
	t.Helper()
	if o.Environ == nil {
		o.Environ = []string{}
	}
	l, err := Load(o)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestLayers(t *testing.T) {
	dir := home(t)
	user := write(t, filepath.Join(ConfigDir(), "config.toml"), "[kernel]\nmax_clients = 3\nmax_sessions = 3\nqueue_length = 3\n[log]\nlevel = 'error'\n")
	project := write(t, filepath.Join(dir, "llmspell.toml"), "[log]\nlevel = 'info'\nformat = 'text'\n")
	l := load(t, Options{
		Dir: dir, Profile: "bases/daemon",
		Environ:  []string{"LLMSPELL_KERNEL_MAX_SESSIONS=4", "LLMSPELL_KERNEL_QUEUE_LENGTH=4", "LLMSPELL_KERNEL_MAX_PARALLEL="},
		Settings: []Setting{{"kernel.queue_length", "5", "--set kernel.queue_length"}},
	})
	c := l.Config
	for _, v := range []struct {
		key       string
		got, want any
		origin    string
	}{
		{"kernel.max_message_size_mb", c.Kernel.MaxMessageSizeMB, 16, "default"},
		{"kernel.execution_timeout", c.Kernel.ExecutionTimeout, time.Hour, "profile bases/daemon"},
		{"kernel.max_clients", c.Kernel.MaxClients, 3, user + ":2"},
		{"kernel.max_sessions", c.Kernel.MaxSessions, 4, "LLMSPELL_KERNEL_MAX_SESSIONS"},
		{"kernel.queue_length", c.Kernel.QueueLength, 5, "--set kernel.queue_length"},
		{"kernel.max_parallel", c.Kernel.MaxParallel, 0, "default"},
		{"log.level", c.Log.Level, "info", project + ":2"},
		{"log.rotate_size", c.Log.RotateSize, Size(50 << 20), "profile bases/daemon"},
	} {
		if !reflect.DeepEqual(v.got, v.want) || l.Origin(v.key).String() != v.origin {
			t.Errorf("%s is %v from %v, want %v from %s", v.key, v.got, l.Origin(v.key), v.want, v.origin)
		}
	}
	if want := []File{{user, false}, {project, true}}; !slices.Equal(l.Files, want) {
		t.Errorf("files %v, want %v", l.Files, want)
	}
	// A file that is named is read alone.
	own := write(t, filepath.Join(dir, "own.toml"), "default_engine = 'lua'\n")
	if l := load(t, Options{Dir: dir, File: "own.toml"}); !slices.Equal(l.Files, []File{{own, false}}) || l.Config.Kernel.MaxClients != 100 {
		t.Errorf("files %v", l.Files)
	}
	if l := load(t, Options{Dir: dir, Environ: []string{"LLMSPELL_CONFIG=own.toml", "LLMSPELL_PROFILE=envs/perf"}}); len(l.Files) != 1 || l.Config.Log.Level != "error" {
		t.Errorf("files %v, level %s", l.Files, l.Config.Log.Level)
	}
}

func TestDiscovery(t *testing.T) {
	dir := home(t)
	for _, name := range []string{".config/llmspell.toml", "config/llmspell.toml", ".llmspell.toml", "llmspell.toml"} {
		path := write(t, filepath.Join(dir, filepath.FromSlash(name)), "")
		if l := load(t, Options{Dir: dir}); len(l.Files) != 1 || l.Files[0] != (File{path, true}) {
			t.Errorf("%s: files %v", name, l.Files)
		}
	}
	userHome, err := os.UserHomeDir()
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{filepath.Join(userHome, ".llmspell", "config.toml"), filepath.Join(userHome, ".llmspell.toml"), filepath.Join(ConfigDir(), "config.toml")} {
		write(t, path, "")
		if l := load(t, Options{Dir: dir, IgnoreProject: true}); len(l.Files) != 1 || l.Files[0] != (File{path, false}) {
			t.Errorf("%s: files %v", path, l.Files)
		}
	}
	// In the home folder its own file is the user's, and no project's.
	if l := load(t, Options{Dir: userHome}); len(l.Files) != 1 || l.Files[0].Project {
		t.Errorf("at home: files %v", l.Files)
	}
	found := 0
	places, err := Places(Options{Dir: dir, Environ: []string{}})
	for _, p := range places {
		if p.Found {
			found++
		}
	}
	if err != nil || found != 2 {
		t.Errorf("%d places are found, %v: %v", found, err, places)
	}
}

func TestMistakes(t *testing.T) {
	dir := home(t)
	for text, want := range map[string][]string{
		"[kernel]\nmax_client = 3":                                   {`2:1: kernel.max_client: unknown key; did you mean kernel.max_clients?`},
		"[kernl]":                                                    {`1:2: kernl: unknown table; did you mean kernel?`},
		"[log]\n  max_sessions = 3":                                  {`2:3: log.max_sessions: unknown key; there is kernel.max_sessions`},
		"[metrics]\nqqq = 1":                                         {`2:1: metrics.qqq: unknown key; there are enabled`},
		"kernel.max_clients = 0\nlog.level = 3":                      {"1:22: kernel.max_clients: 0 is out of range: want a whole number from 1 to 10000", "2:13: log.level: want off, error, warn, info, debug or trace, not the number 3"},
		"[kernel]\nmax_clients = 'x'":                                {`2:15: kernel.max_clients: want a whole number from 1 to 10000, not the text "x"`},
		"[kernel]\nmax_clients = 1.5":                                {"want a whole number from 1 to 10000, not the number 1.5"},
		"[kernel]\nidle_timeout = '2y'":                              {`2:16: kernel.idle_timeout: "2y" is no duration such as 30s or 1h30m, and no number of seconds`},
		"[kernel]\nidle_timeout = -1":                                {"kernel.idle_timeout: -1s is out of range: want a duration from 0 to 8760h"},
		"[kernel]\nidle_timeout = true":                              {"want a duration such as \"30s\", or a number of seconds, not true"},
		"[log]\nrotate_size = '5 apples'":                            {`"5 apples" is not a size such as 256MiB`},
		"[log]\nrotate_size = -5":                                    {"-5 is out of range: want a size from 0 to 1TiB"},
		"[log]\nlevel = 'wran'":                                      {`"wran" is unknown; did you mean "warn"?`},
		"[log]\ncomponents = 'dap=debug'":                            {`log.components: want a table, not the text "dap=debug"`},
		"[log.components]\ndap = 'loud'":                             {`2:7: log.components.dap: "loud" is unknown: want off, error, warn, info, debug or trace`},
		"[metrics]\nenabled = 1":                                     {"metrics.enabled: want true or false, not the number 1"},
		"[permissions]\nallow_net = [1]":                             {"permissions.allow_net: want a list of texts; it holds the number 1"},
		"[permissions]\nallow_net = 5":                               {"want a list of texts, not the number 5"},
		"[permissions]\nallow_read = ['${NOT_SET_AT_ALL}/x', 'y']":   {"the environment variable NOT_SET_AT_ALL is not set"},
		"[kernel]\nmax_clients = 1\nmax_concurrent_clients = 2":      {"3:26: kernel.max_clients: is set twice, under two names: already in line 2; keep one"},
		"[kernel]\nmax_clients = 1\nmax_clients = 2":                 {"3:1: ", "max_clients"},
		"[log]\n[kernel]\n[log]":                                     {"3:"},
		"x = [1,":                                                    {"1:", "array"},
		"[mcp.servers.a]\nargs = ['x']":                              {`mcp.servers.a: wants either "command" or "url"; it has neither`},
		"[mcp.servers.a]\ncommand='x'\nurl='http://y'":               {`2:1: mcp.servers.a: wants either "command" or "url"; it has both`},
		"[trace]\nendpoint = 'ftp://x'":                              {"2:1: trace.endpoint: want an http or https address"},
		"[providers]\ndefault_provider = 'x'\n[providers.y]\n":       {`there is no provider "x"; there are y; add a table [providers.x]`},
		"[providers.openai]\ntemprature = 1":                         {"providers.openai.temprature: unknown key; did you mean providers.openai.temperature?"},
		"[providers.openai]\ntemperature = 3.5":                      {"3.5 is out of range: want a number from 0 to 2"},
		"[providers.openai]\ntemperature = nan":                      {"is out of range"},
		"[kernel]\nmax_clients = 1979-05-27":                         {"not a date or time"},
		"a = " + strings.Repeat("[", 40) + strings.Repeat("]", 40):   {"nested more than 32 deep"},
		"[kernel]\nport = 70000\nmetrics_port = -2\n[x]\n[log]\ny=1": {"2:8: kernel.port", "3:16: kernel.metrics_port", "4:2: x", "6:1: log.y"},
	} {
		path := write(t, filepath.Join(dir, "x.toml"), text)
		_, err := Load(Options{Dir: dir, File: path, Environ: []string{}})
		var all *Error
		if !errors.As(err, &all) {
			t.Errorf("%q: %v", text, err)
			continue
		}
		for _, part := range want {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%q:\n%v\nlacks %q", text, err, part)
			}
		}
		if all.ExitCode() != 2 || !strings.Contains(err.Error(), path) {
			t.Errorf("%q: exit %d, %v", text, all.ExitCode(), err)
		}
	}
	for _, o := range []Options{
		{Dir: dir, File: "nowhere.toml"}, {Dir: dir, File: dir}, {Dir: dir, Profile: "nope"}, {Dir: dir, Profile: "../x"},
		{Dir: dir, Environ: []string{"LLMSPELL_KERNEL_MAX_CLIENTS=many"}},
		{Dir: dir, Settings: []Setting{{"kernel", "1", "--set"}}}, {Dir: dir, Settings: []Setting{{"", "1", "--set"}}},
		{Dir: dir, Settings: []Setting{{"kernel.nope", "1", "--set"}}},
	} {
		if o.Environ == nil {
			o.Environ = []string{}
		}
		if l, err := Load(o); err == nil {
			t.Errorf("%+v gives %v", o, l.Files)
		}
	}
	path := write(t, filepath.Join(dir, "large.toml"), "# "+strings.Repeat("x", maxFile))
	if _, err := Load(Options{File: path, Environ: []string{}}); err == nil || !strings.Contains(err.Error(), "larger than 1 MiB") {
		t.Errorf("a large file: %v", err)
	}
}

func TestForms(t *testing.T) {
	dir := home(t)
	path := write(t, filepath.Join(dir, "sub", "x.toml"), "\ufeff"+`
default_engine = "lua"
[kernel]
idle_timeout = "1h30m"
execution_timeout = 1.5
shutdown_timeout = 10
max_clients = 7.0
[log]
rotate_size = "1.5MiB"
components = { dap = "debug", "kernel.rpc" = "off" }
[sandbox]
allow_read = ["data", "~/x", "/abs", "${SUB}/y", "${NOPE:-z}"]
allow_net = true
allow_run = "git"
allow_env = false
[tools.settings.web-searcher]
provider = "brave"
limit = 5
on = true
[providers.mine]
options = { a = [1, 2.5, "x", { b = true }], when = 1979-05-27 }
`)
	l := load(t, Options{Dir: dir, File: path, Environ: []string{"SUB=/sub"}})
	c := l.Config
	userHome, err := os.UserHomeDir()
	if err != nil {
		t.Fatal(err)
	}
	at := filepath.Dir(path)
	for _, v := range []struct{ got, want any }{
		{c.Kernel.IdleTimeout, 90 * time.Minute},
		{c.Kernel.ExecutionTimeout, 1500 * time.Millisecond},
		{c.Kernel.ShutdownTimeout, 10 * time.Second},
		{c.Kernel.MaxClients, 7},
		{c.Log.RotateSize, Size(3 << 19)},
		{c.Log.Components, map[string]string{"dap": "debug", "kernel.rpc": "off"}},
		{c.Permissions.AllowRead, []string{filepath.Join(at, "data"), filepath.Join(userHome, "x"), filepath.Clean("/abs"), filepath.Clean("/sub/y"), filepath.Join(at, "z")}},
		{c.Permissions.AllowNet, []string{"*"}},
		{c.Permissions.AllowRun, []string{"git"}},
		{c.Permissions.AllowEnv, []string(nil)},
		{c.Tools.Settings, map[string]map[string]string{"web-searcher": {"provider": "brave", "limit": "5", "on": "true"}}},
		{c.Providers.Named["mine"].Options["a"], []any{int64(1), 2.5, "x", map[string]any{"b": true}}},
		{c.Providers.Named["mine"].MaxTokens, int64(4096)},
		{l.Origin(`log.components."kernel.rpc"`).Line, 10},
	} {
		if !reflect.DeepEqual(v.got, v.want) {
			t.Errorf("got %#v, want %#v", v.got, v.want)
		}
	}
}

func TestEnvironment(t *testing.T) {
	dir := home(t)
	l := load(t, Options{Dir: dir, Environ: []string{
		"LLMSPELL_LOG_LEVEL=debug", "LLMSPELL_ALLOW_NET=a.org,b.org:443", "LLMSPELL_ALLOW_RUN=true", "LLMSPELL_ALLOW_READ=x,,y",
		"LLMSPELL_ALLOW_FILE_ACCESS=1", "LLMSPELL_KERNEL_MAX_CONCURRENT_CLIENTS=8", "LLMSPELL_STATE_BACKEND=memory",
		"LLMSPELL_SESSIONS_MAX_SESSIONS=9", "LLMSPELL_PROVIDER_OPENAI_API_KEY=sk-1", "LLMSPELL_PROVIDER_MY_OWN_MAX_TOKENS=10",
		"LLMSPELL_ENGINE=lua", "LLMSPELL_KERNEL_IDLE_TIMEOUT=90", "LLMSPELL_HOOKS_ENABLED=off",
		"LLMSPELL_LOG=debug", "LLMSPELL_DAP_TOKEN=t", "LLMSPELL_LSP_TOKEN=t", "LLMSPELL_STATE_LARGE=1", "LLMSPELL_MCP_TOKEN=t", "LLMSPELL_KERNEL_TOKEN=t", "LLMSPELL_TOOLS_X_Y=1", "LLMSPELL_KERNEL_MAX_CLEINTS=3", "LLMSPELL_ZZZ=1", "OTHER=1",
	}, KnownVariable: func(name string) bool { return name == "LLMSPELL_TOOLS_X_Y" }})
	c := l.Config
	for _, v := range []struct{ got, want any }{
		{c.Log.Level, "debug"}, {c.Permissions.AllowNet, []string{"a.org", "b.org:443"}}, {c.Permissions.AllowRun, []string{"*"}},
		{c.Permissions.AllowRead, []string{filepath.Join(dir, "x,y")}}, {c.Runtime.Security.AllowFileAccess, true},
		{c.Kernel.MaxClients, 8}, {c.Runtime.StatePersistence.BackendType, "memory"}, {c.Runtime.Sessions.MaxSessions, 9},
		{c.Providers.Named["openai"].APIKey, "sk-1"}, {c.Providers.Named["my_own"].MaxTokens, int64(10)},
		{c.Kernel.IdleTimeout, 90 * time.Second}, {c.Hooks.Enabled, false},
	} {
		if !reflect.DeepEqual(v.got, v.want) {
			t.Errorf("got %#v, want %#v", v.got, v.want)
		}
	}
	var warned []string
	for _, w := range l.Warnings {
		warned = append(warned, w.Error())
	}
	want := []string{"LLMSPELL_KERNEL_MAX_CLEINTS: no setting has this variable; did you mean LLMSPELL_KERNEL_MAX_CLIENTS?", "LLMSPELL_ZZZ: no setting has this variable"}
	if !slices.Equal(warned, want) {
		t.Errorf("warnings %q, want %q", warned, want)
	}
	_, err := Load(Options{Dir: dir, Environ: []string{"LLMSPELL_KERNEL_PORT=x", "LLMSPELL_LOG_FORMAT=xml"}})
	if err == nil || !strings.Contains(err.Error(), "LLMSPELL_KERNEL_PORT: kernel.port: want a whole number") || !strings.Contains(err.Error(), "LLMSPELL_LOG_FORMAT: log.format: ") {
		t.Error(err)
	}
}

// TestEveryVariable sets each variable and looks that it sets its key.
func TestEveryVariable(t *testing.T) {
	dir := home(t)
	values := map[string]string{"duration": "77s", "size": "4096", "true or false": "true", "whole number": "17", "number": "0.5", "list of texts": "a", "text": "a"}
	set := 0
	for _, k := range Keys() {
		for _, name := range k.Env {
			value := values[k.Type]
			if len(k.Enum) > 0 {
				value = k.Enum[len(k.Enum)-1]
			}
			if k.Path == "trace.endpoint" {
				value = "http://x"
			}
			if k.Path == "providers.default_provider" {
				continue // needs the provider
			}
			l, err := Load(Options{Dir: dir, Environ: []string{name + "=" + value}})
			if err != nil {
				t.Errorf("%s=%s: %v", name, value, err)
				continue
			}
			if o := l.Origin(k.Path); o.Source != name {
				t.Errorf("%s sets not %s", name, k.Path)
			}
			set++
		}
	}
	if set < 150 {
		t.Errorf("only %d variables", set)
	}
}

func TestTagsAreRight(t *testing.T) {
	schema().walk(func(f *field) {
		switch {
		case f.tag.doc == "" && f.name != "*" && !strings.Contains(f.path, "*"):
			t.Errorf("%s has no doc", f.path)
		case f.tag.path && f.typeName() != "text" && f.typeName() != "list of texts":
			t.Errorf("%s is no path", f.path)
		case (f.tag.project == projectLower) && !slices.Contains([]string{"whole number", "size", "duration"}, f.typeName()):
			t.Errorf("%s cannot be lowered", f.path)
		case f.tag.project == projectAdd && f.typeName() != "list of texts":
			t.Errorf("%s cannot be added to", f.path)
		}
		for _, b := range []string{f.tag.min, f.tag.max} {
			if b == "" {
				continue
			}
			var err error
			switch f.typ {
			case typeDuration:
				_, err = ParseDuration(b)
			case typeSize:
				_, err = ParseSize(b)
			default:
				if parseNumber(b) == 0 && b != "0" {
					err = errors.New("no number")
				}
			}
			if err != nil {
				t.Errorf("%s: the bound %s: %v", f.path, b, err)
			}
		}
	})
	// The defaults are within their own bounds: TOML of them can be read.
	var text strings.Builder
	if err := (&Loaded{Config: Default(), origins: map[string]Origin{}}).WriteTOML(&text, "", true); err != nil {
		t.Fatal(err)
	}
	dir := home(t)
	l := load(t, Options{File: write(t, filepath.Join(dir, "d.toml"), text.String())})
	if changes := l.Diff(&Loaded{Config: Default()}); len(changes) > 0 {
		t.Errorf("defaults, written and read, differ: %v", changes)
	}
}
