package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// scratch makes a folder with a file, and goes there.
func scratch(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	return dir
}

// step is one call of the command.
type step struct {
	args         string // separated by spaces
	code         int
	stdout, errs string // parts; "-": nothing
}

func steps(t *testing.T, list []step) {
	t.Helper()
	for _, s := range list {
		code, out, errs := call(t, "", strings.Fields(s.args)...)
		if code != s.code || !shows(out, s.stdout) || !shows(errs, s.errs) {
			t.Errorf("llmspell %s: exit %d, want %d\nstdout %q\nwant   %q\nstderr %q\nwant   %q", s.args, code, s.code, out, s.stdout, errs, s.errs)
		}
	}
}

func shows(text, part string) bool {
	if part == "-" {
		return text == ""
	}
	return strings.Contains(text, part)
}

func TestConfigCommands(t *testing.T) {
	dir := scratch(t, map[string]string{"bad.toml": "[kernel]\nmax_client = 3\n[log]\nlevel = 'wran'\n", "good.toml": "[kernel]\nmax_clients = 3\n[rag]\nenabled = true\n"})
	steps(t, []step{
		{"config validate", 0, "valid: there is no file", "-"},
		{"config init", 0, "wrote llmspell.toml\n", "-"},
		{"config init", 2, "-", "llmspell.toml is there already; --force replaces it"},
		{"config init -f", 0, "wrote llmspell.toml\n", "-"},
		{"config init -o sub/x.toml -p daemon-prod", 0, "wrote sub/x.toml\n", "-"},
		{"config init -o - -p nope", 2, "-", "profile nope: there is no such profile"},
		{"config validate", 0, "valid: " + filepath.Join(dir, "llmspell.toml"), "-"},
		{"config validate sub/x.toml", 0, "valid: " + filepath.Join(dir, "sub", "x.toml"), "-"},
		{"config validate good.toml", 0, "unused: nothing uses rag yet\nvalid: ", "-"},
		{"config validate -f bad.toml", 2, "error: " + filepath.Join(dir, "bad.toml") + ":2:1: kernel.max_client: unknown key; did you mean kernel.max_clients?\nerror: ", "-"},
		{"config validate -f nowhere.toml", 2, "nowhere.toml: cannot be read: no such file", "-"},
		{"-c bad.toml exec 1", 2, "-", "bad.toml:4:9: log.level: \"wran\" is unknown; did you mean \"warn\"?"},
		{"-c bad.toml version", 0, "llmspell ", "-"},
		{"-c bad.toml config list-profiles", 0, "daemon-prod", "-"},
		{"-c bad.toml config show", 2, "-", "bad.toml:2:1"},
		{"-c good.toml config show kernel --origin", 0, "max_clients = 3                              # " + filepath.Join(dir, "good.toml") + ":2\n", "-"},
		{"config show kernel.max_concurrent_clients --set kernel.max_clients=9", 0, "[kernel]\nmax_clients = 9\n", "-"},
		{"config show log --format yaml -p envs/prod", 0, "format: json", "-"},
		{"config show kernal", 2, "-", `has no "kernal"; did you mean "kernel"?`},
		{"config show log.level --format json --origin --trace debug", 0, `"layer": "default"`, "-"},
		{"config list-profiles -d", 0, "presets/memory, envs/dev", "-"},
		{"config list-profiles --format json", 0, `"name": "bases/cli"`, "-"},
		{"config path", 0, "* " + filepath.Join(dir, "llmspell.toml") + "  (project)", "-"},
		{"-c good.toml config path", 0, "* " + filepath.Join(dir, "good.toml") + "  (named)\n", "-"},
		{"--set kernel.max_clients=many exec 1", 2, "-", "--set kernel.max_clients: kernel.max_clients: want a whole number"},
		{"--trace loud exec 1", 2, "-", "want off, error"},
	})
	if info, err := os.Stat("llmspell.toml"); err != nil || info.Mode().Perm() != 0o600 && os.PathSeparator == '/' {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	_, out, _ := call(t, "", "config", "validate", "bad.toml", "--format", "json")
	var v validation
	if err := json.Unmarshal([]byte(out), &v); err != nil || v.Valid || len(v.Problems) != 2 || v.Problems[1].Line != 4 {
		t.Errorf("%v, %+v", err, v)
	}
}

// TestConfigurationIsUsed looks what scripts see of the configuration.
func TestConfigurationIsUsed(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "secret.txt")
	if err := os.WriteFile(outside, []byte("treasure"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", t.TempDir()) // or all of these folders are allowed
	read := "return(assert(io.open([[" + outside + "]])):read())"
	allow := "[permissions]\nallow_read=['" + filepath.ToSlash(filepath.Dir(outside)) + "']\n"
	scratch(t, map[string]string{
		"allow.toml": allow, "deny.toml": "[permissions]\ndeny_read=['" + filepath.ToSlash(outside) + "']\n",
		"time.toml": "[engines.lua]\ntimeout_ms = 50\n", "heap.toml": "[runtime.security]\nmax_memory_bytes='64MiB'\n",
		"tools.toml": "[tools]\nenabled = false\n", "level.toml": "[engines.lua]\nsecurity_level='safe'\n",
		"log.toml": "[log]\nlevel='debug'\nfile='sub/l.log'\n",
	})
	steps(t, []step{
		{"exec " + read, 3, "-", "is outside the allowed folders"},
		{"-c allow.toml exec " + read, 0, "treasure", "-"},
		{"-c allow.toml exec --sandbox restricted " + read, 3, "-", "is outside"},
		{"-c allow.toml exec --allow-read=/nowhere " + read, 3, "-", "is outside"},
		{"-c deny.toml exec -A " + read, 3, "-", "is forbidden"},
		{"--set permissions.profile=trusted exec " + read, 0, "treasure", "-"},
		{"-c level.toml exec return(Config.isFileAccessAllowed())", 0, "false", "-"},
		{"-c time.toml exec while(true)do(end)", 1, "-", "unexpected symbol"},
		{"-c time.toml exec repeat;until(false)", 4, "-", "time limit of 50ms passed"},
		{"-c time.toml exec --timeout 10ms repeat;until(false)", 4, "-", "time limit of 10ms passed"},
		{"-c heap.toml exec return(#string.rep('x',1e9))", 1, "-", "not enough memory"},
		{"-c tools.toml exec return(#Tool.list())", 0, "0\n", "-"},
		{"-c log.toml exec return(1)", 0, "1\n", "-"},
		{"exec return(Config.get('kernel.max_clients')) -p embedded --profile bases/embedded", 2, "-", "profile embedded: there is no such profile; did you mean bases/embedded?"},
		{"exec return(Config.get('kernel.max_clients')) --profile bases/embedded", 0, "4\n", "-"},
		{"run --profile bases/embedded nowhere.lua", 2, "-", "cannot open nowhere.lua"},
	})
	if data, err := os.ReadFile("sub/l.log"); err != nil || !strings.Contains(string(data), "execution ended") {
		t.Errorf("%q, %v", data, err)
	}
	// A file that was only found allows nothing, and denies what it likes.
	if err := os.WriteFile("llmspell.toml", []byte(allow+"[mcp.servers.x]\ncommand='evil'\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	steps(t, []step{
		{"exec " + read, 3, "-", "not taken from it: permissions.allow_read, mcp.servers; if you trust it, name it with --config"},
		{"config validate", 0, "permissions.allow_read: is left as it is", "-"},
	})
	if err := os.WriteFile("llmspell.toml", []byte("[permissions]\nprofile='safe'\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	steps(t, []step{
		{"exec return(io.open('allow.toml'))", 0, "nil", "-"},
		{"exec --sandbox restricted return(io.open('allow.toml')~=nil)", 0, "true", "-"},
	})
}

func TestMCPServersOfTheConfiguration(t *testing.T) {
	scratch(t, map[string]string{
		"c.toml": "[mcp.servers.one]\ncommand='/nowhere/one'\ndisabled=true\n[mcp.servers.two]\nurl='http://127.0.0.1:1/x'\ndisabled=true\n",
		"m.json": `{"mcpServers": {"one": {"command": "/nowhere/other", "disabled": true}, "three": {"command": "x", "disabled": true}}}`,
	})
	for args, want := range map[string][]string{
		"-c c.toml mcp list":                                          {"one", "two", "/nowhere/one"},
		"-c c.toml mcp list --mcp-config m.json":                      {"one", "two", "three", "/nowhere/other"},
		"--set mcp.config=m.json mcp list":                            {"one", "three", "/nowhere/other"},
		"--set mcp.servers.y.command=zz mcp list --mcp-config m.json": {"y", "three"},
	} {
		_, out, errs := call(t, "", strings.Fields(args)...)
		for _, part := range want {
			if !strings.Contains(out, part) {
				t.Errorf("%s: %q lacks %q (%s)", args, out, part, errs)
			}
		}
	}
}

func TestOutputFormats(t *testing.T) {
	path := script(t, "print('x', ...) return {a = {1, 2}}, 'two'")
	failing := script(t, "print('y') error('boo')")
	for _, tt := range []struct {
		args []string
		code int
		want map[string]any
	}{
		{[]string{"--output", "json", "exec", "return 6 * 7"}, 0, map[string]any{"status": "executed", "mode": "embedded", "code_length": 12.0, "result": 42.0, "output": ""}},
		{[]string{"exec", "print(1)", "--output", "pretty"}, 0, map[string]any{"status": "executed", "mode": "embedded", "code_length": 8.0, "result": nil, "output": "1\n"}},
		{[]string{"run", path, "--output", "json", "--", "z"}, 0, map[string]any{"status": "success", "mode": "embedded", "script_length": 42.0, "args_count": 1.0, "streaming": false,
			"result": map[string]any{"a": []any{1.0, 2.0}}, "results": []any{map[string]any{"a": []any{1.0, 2.0}}, "two"}, "output": "x\tz\n"}},
		{[]string{"--output", "json", "exec", "os.exit(3)"}, 3, nil},
		{[]string{"--output", "json", "run", failing}, 1, nil},
		{[]string{"--output", "json", "exec", "--max-instructions", "50000", "while true do end"}, 4, nil},
	} {
		code, out, errs := call(t, "", tt.args...)
		var got map[string]any
		if err := json.Unmarshal([]byte(out), &got); err != nil || code != tt.code || errs != "" {
			t.Errorf("%q: exit %d, %v\n%s\n%s", tt.args, code, err, out, errs)
			continue
		}
		if tt.want == nil {
			e, _ := got["error"].(map[string]any)
			if got["status"] != "error" || e["exit_code"] != float64(tt.code) || e["message"] == "" {
				t.Errorf("%q: %s", tt.args, out)
			}
			continue
		}
		a, _ := json.Marshal(got)
		b, _ := json.Marshal(tt.want)
		if string(a) != string(b) {
			t.Errorf("%q: %s\nwant %s", tt.args, a, b)
		}
	}
	if code, _, errs := call(t, "", "run", path, "--output", "json", "--coverage", "lcov:x"); code != exitUsage || !strings.Contains(errs, "does not go with") {
		t.Errorf("exit %d, %s", code, errs)
	}
}

func TestLogVariables(t *testing.T) {
	scratch(t, nil)
	const debug = "execution ended"
	for _, tt := range []struct {
		env, args, errs string
	}{
		{"", "exec 1", "-"},
		{"RUST_LOG=llmspell_kernel=debug", "exec 1", debug},
		{"RUST_LOG=debug", "--trace off exec 1", debug},
		{"RUST_LOG=hyper{x=1}=debug", "exec 1", "RUST_LOG is ignored"},
		{"", "--trace debug exec 1", debug},
		{"LLMSPELL_LOG=kernel=off", "--trace debug exec 1", "-"},
		{"LLMSPELL_LOG_LEVEL=debug", "exec 1", debug},
		{"LLMSPELL_LOG_LEVEL=debug", "--trace off exec 1", "-"},
		{"LLMSPELL_NOSUCHTHING=1", "exec 1", "LLMSPELL_NOSUCHTHING: no setting has this variable"},
		{"LLMSPELL_TOOLS_WEB_SEARCHER_PROVIDER=brave", "exec 1", "-"},
		{"LLMSPELL_LOG=kernal=debug", "exec 1", `warning: LLMSPELL_LOG: no component is called "kernal"; did you mean "kernel"? (there are config, dap, `},
		{"LLMSPELL_LOG=off,kernel.rcp=debug", "exec 1", `did you mean "kernel.rpc"?`},
		{"LLMSPELL_LOG=kernal=debug,kernel=debug", "exec 1", debug},
		{"LLMSPELL_LOG=llmspell=debug", "exec 1", debug},
		{"LLMSPELL_LOG=dap=debug,script", "exec 1", "-"},
		{"RUST_LOG=hyper=debug", "exec 1", "-"},
		{"", "--set log.components.kernal=debug exec 1", `log.components: no component is called "kernal"; did you mean "kernel"?`},
	} {
		t.Run(tt.env+" "+tt.args, func(t *testing.T) {
			if name, value, ok := strings.Cut(tt.env, "="); ok {
				t.Setenv(name, value)
			}
			steps(t, []step{{tt.args, 0, "1\n", tt.errs}})
		})
	}
	t.Setenv("LLMSPELL_LOG", "kernal")
	steps(t, []step{{"exec 1", exitUsage, "-", `unknown level "kernal"`}})
	t.Setenv("LLMSPELL_LOG", "kernal=info")
	steps(t, []step{{"completion bash", 0, "complete", "-"}})
	t.Setenv("LLMSPELL_LOG", "")
	t.Setenv("LOG_FORMAT", "json")
	steps(t, []step{{"--trace debug exec 1", 0, "1\n", `{"level":"debug"`}})
	t.Setenv("LLMSPELL_LOG_FORMAT", "xml")
	steps(t, []step{{"exec 1", 2, "-", "LLMSPELL_LOG_FORMAT: log.format"}})
}
