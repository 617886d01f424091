package globals_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/config"
	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/tools/sandbox"
)

// configured runs Lua in a session with a configuration and a policy.
func configured(t *testing.T, policy func(dir string) sandbox.Policy, code string) string {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "x.toml")
	text := "[kernel]\nmax_clients = 7\n[providers.openai]\nprovider_type='openai'\napi_key='sk-secret'\n[providers.b]\n[engines.lua]\ntimeout_ms=5000\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	loaded, err := config.Load(config.Options{Dir: dir, File: file, Environ: []string{}})
	if err != nil {
		t.Fatal(err)
	}
	work := filepath.Join(dir, "work")
	if err := os.Mkdir(work, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "outside.txt"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(dir, "outside.txt"), filepath.Join(work, "link")); err != nil {
		t.Fatal(err)
	}
	box, err := sandbox.New(work, policy(work))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	s, err := kernel.NewSession(kernel.Config{Stdout: &out, Dir: work, Configuration: loaded, Sandbox: box})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.RunString(t.Context(), code, "=test", nil); err != nil {
		t.Fatalf("%v\n%s", err, code)
	}
	return strings.TrimSpace(strings.ReplaceAll(out.String(), "test:1: ", ""))
}

func folders(dir string) sandbox.Policy {
	p := sandbox.Folders(dir)
	p.Net.Allow = []string{"example.org:443"}
	return p
}

func TestConfig(t *testing.T) {
	for code, want := range map[string]string{
		`print(Config.get("kernel.max_clients"), Config.get("kernel.max_concurrent_clients"), Config.get("nope"), Config.get("nope", 3))`:                                                                 "7\t7\tnil\t3",
		`print(Config.get().kernel.max_clients, Config.getSection("kernel").max_clients, Config.getSection("nope"), Config.getSection("kernel.max_clients"))`:                                             "7\t7\tnil\tnil",
		`print(Config.getDefaultEngine(), table.concat(Config.listProviders(), ","))`:                                                                                                                     "lua\tb,openai",
		`print(Config.getProvider("openai").api_key, Config.getProvider("openai").provider_type, Config.getProvider("x"))`:                                                                                "***\topenai\tnil",
		`local s = Config.getSecurity() print(s.sandbox, s.allow_file_access, s.allow_network_access, s.allow_process_spawn, s.max_execution_time_ms)`:                                                    "restricted\ttrue\ttrue\tfalse\t5000",
		`print(Config.getTools().cache_size_mb, Config.getPermissions().net.allow[1], Config.getPermissions().net.all)`:                                                                                   "100\texample.org:443\tfalse",
		`print(Config.isFileAccessAllowed("new.txt", "write"), Config.isFileAccessAllowed(), Config.isFileAccessAllowed(nil, "write"))`:                                                                   "true\ttrue\ttrue",
		`print((Config.isFileAccessAllowed("../outside.txt")), (Config.isFileAccessAllowed("/etc/passwd")), (Config.isFileAccessAllowed("link")))`:                                                        "false\tfalse\tfalse",
		`print((Config.isNetworkAccessAllowed("example.org", 443)), (Config.isNetworkAccessAllowed("example.org", "80")), (Config.isNetworkAccessAllowed("other.org")), Config.isNetworkAccessAllowed())`: "true\tfalse\tfalse\ttrue",
		`print(select(2, Config.isNetworkAccessAllowed("other.org", 80)))`:                                                                                                                                `net access to "other.org:80" is denied: it is not an allowed host; allow it with --allow-net=other.org:80`,
		`print(pcall(Config.addAllowedPath, "/etc"))`:                                                                                           `false	Config.addAllowedPath: read access to "/etc" is denied: it cannot be allowed by the script itself; allow it with --allow-read=/etc`,
		`print(pcall(Config.setSecurity, {allow_process_spawn = true}))`:                                                                        `false	Config.setSecurity: run access to "all" is denied: it cannot be allowed by the script itself; allow it with --allow-run`,
		`print(pcall(Config.setSecurity, {max_memory_bytes = 1}))`:                                                                              `false	Config.setSecurity: max_memory_bytes cannot be set by a script; flags and the configuration set it`,
		`print(select(2, pcall(Config.setProvider, "x", {base_url = "http://evil"})))`:                                                          `Config.setProvider: net access to "provider x" is denied: it cannot be allowed by the script itself; allow it with --allow-all`,
		`print(select(2, pcall(Config.isFileAccessAllowed, "x", "rwx")))`:                                                                       `Config.isFileAccessAllowed: expected "read" or "write", got "rwx"`,
		`print(select(2, pcall(Config.get, {})))`:                                                                                               `Config.get: expected a key as argument 1, got table`,
		`print(select(2, pcall(Config.restoreSnapshot, 5)))`:                                                                                    `Config.restoreSnapshot: there is no snapshot 5`,
		`print(JSON.parse(Config.toJson()).kernel.max_clients, Config.toJson(true):find("sk-secret"), #Config.toJson(true) > #Config.toJson())`: "7\tnil\ttrue",
	} {
		if got := configured(t, folders, code); got != want {
			t.Errorf("%s\nprinted %s\nwant    %s", code, got, want)
		}
	}
}

func TestConfigOfTrustedScripts(t *testing.T) {
	got := configured(t, func(string) sandbox.Policy { return sandbox.Trusted() }, `
		local before = Config.snapshot()
		print(Config.addAllowedPath("/etc"), Config.setSecurity{allow_network_access = true}, Config.getSecurity().sandbox)
		print(Config.setProvider("mine", {type = "ollama", api_key = "sk-secret", options = {a = 1}}))
		local p = Config.getProvider("mine")
		print(p.provider_type, p.api_key, p.max_tokens, p.options.a, Config.get("providers.mine.enabled"), #Config.listProviders())
		local after = Config.snapshot()
		print(Config.restoreSnapshot(before), Config.getProvider("mine"), Config.restoreSnapshot(after), Config.getProvider("mine") ~= nil, after > before)
		print(select(2, pcall(Config.setProvider, "x", {temprature = 1})))
		print(select(2, pcall(Config.setSecurity, {allow_file_access = false})))
		for i = 1, 200 do Config.snapshot() end
		print(pcall(Config.restoreSnapshot, before))`)
	want := `true	true	trusted
true
ollama	***	4096	1	true	3
true	nil	true	true	true
Config.setProvider: x.temprature: unknown key; did you mean providers.x.temperature?
Config.setSecurity: allow_file_access: what a script may do cannot change while it runs; start it with --deny-read
false	Config.restoreSnapshot: there is no snapshot `
	if got = strings.ReplaceAll(got, "test:8: ", ""); !strings.HasPrefix(got, want) {
		t.Errorf("printed\n%s\nwant\n%s", got, want)
	}
}

// TestConfigDenialsEndScripts as those of tools do.
func TestConfigDenialsEndScripts(t *testing.T) {
	s, err := kernel.NewSession(kernel.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	_, err = s.RunString(t.Context(), `Config.addAllowedPath("/etc")`, "=test", nil)
	lerr, ok := err.(*runtime.Error)
	if !ok || lerr.ExitCode() != 3 {
		t.Errorf("%v", err)
	}
}
