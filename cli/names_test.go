package cli

import (
	"encoding/json"
	"strings"
	"testing"
)

// Names that commands and scripts of users hold work, and wrong calls name the command
// whose help says more.
func TestNames(t *testing.T) {
	scratch(t, map[string]string{"s.lua": "local n = 1\nn = n + 1\nprint(n)\n"})
	steps(t, []step{
		{"--version", 0, "llmspell ", "-"},
		{"-V", 0, "llmspell ", "-"},
		{"version --verbose", 0, "Engine:    Lua 5.1\n", "-"},
		{"version --client", 0, "llmspell ", "-"},
		{"version --short --verbose", 2, "-", "exclude each other"},
		{"run s.lua --engine lua --stream", 0, "2\n", "-"},
		{"exec --engine lua 6*7", 0, "42\n", "-"},
		{"run s.lua --engine python", 2, "-", "want lua\nRun 'llmspell run --help'"},
		{"--output json run s.lua --stream", 0, `"streaming":true`, "-"},
		{"--output json run s.lua", 0, `"streaming":false`, "-"},
		{"kernel status -f json", 0, "[]", "-"},
		{"kernel start --nope", 2, "-", "Run 'llmspell kernel start --help'"},
		{"tool exec calculator input=6*7", 0, `"result":42`, "-"},
		{"state list", 0, "SCOPE", "-"},
		{"config generate -o made.toml", 0, "wrote made.toml", "-"},
		{"debug s.lua --batch --break-at s.lua:2", 0, "Breakpoint at s.lua:2", "-"},
		{"debug s.lua --batch --break s.lua:2 --break-at s.lua:3 --watch n*10 --watch nope.x", 0, "Watches:\n    n*10 = 20\n    nope.x = (attempt to index", "-"},
		{"debug s.lua --step --batch", 0, "Entry at s.lua:1", "-"},
		{"exec --connect example.com:99 1", 5, "-", "refused to connect to example.com:99: who is on the way"},
	})
	code, out, _ := call(t, "", "version", "--format", "json")
	var v versionInfo
	if err := json.Unmarshal([]byte(out), &v); err != nil || code != 0 || v.Version == "" || v.Go == "" || v.Protocol < 1 {
		t.Errorf("exit %d, %v: %s", code, err, out)
	}
	if code, out, _ := call(t, "", "version", "--short"); code != 0 || out != v.Version+"\n" {
		t.Errorf("exit %d, %q", code, out)
	}
}

// What completes a kernel completes paths only where they can be given.
func TestCompleteKernelWords(t *testing.T) {
	scratch(t, nil)
	for args, want := range map[string][2]string{
		"kernel stop":               {"", ":4\n"},
		"kernel status":             {"", ":4\n"},
		"run --connect":             {"auto\t", ":0\n"},
		"kernel connect":            {"auto\t", ":0\n"},
		"exec --sandbox":            {"restricted\n", ":4\n"},
		"exec --engine":             {"lua\n", ":4\n"},
		"version --format":          {"json\n", ":4\n"},
		"kernel start --sandbox":    {"trusted\n", ":4\n"},
		"kernel status --format":    {"yaml\n", ":4\n"},
		"kernel stop one":           {"", ":4\n"},
		"kernel install-service -i": {"", ":"},
	} {
		code, out, _ := call(t, "", append(append([]string{"__complete"}, strings.Fields(args)...), "")...)
		if code != 0 || !strings.Contains(out, want[0]) || !strings.Contains(out, want[1]) || want[0] == "" && strings.Contains(out, "auto") {
			t.Errorf("%s: exit %d, %q", args, code, out)
		}
	}
}
