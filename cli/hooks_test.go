package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Every point that a script alone can reach fires in the command.
func TestHookPointsFire(t *testing.T) {
	dir := t.TempDir()
	script := filepath.Join(dir, "hooks.lua")
	if err := os.WriteFile(script, []byte(`
for _, point in ipairs(Hook.points()) do
	Hook.register(point, function(ctx) print("fired " .. ctx.point) end)
end
Tool.list()
Tool.calculator:execute{input = "1 + 1"}
pcall(Tool.execute, "calculator", {input = "1 +"})
io.open("/etc/passwd")
Event.on("x", function() error("broken") end)
Event.publish("x")
Event.dispatch()
while true do end
`), 0o600); err != nil {
		t.Fatal(err)
	}
	p := start(t, dir, nil, "run", "--timeout", "1s", script)
	if code := p.exit(); code != 4 {
		t.Errorf("exit code %d, stderr %s", code, p.stderr)
	}
	for _, point := range []string{"BeforeToolDiscovery", "AfterToolDiscovery", "ToolValidation", "BeforeToolExecution", "AfterToolExecution", "ToolError",
		"SecurityViolation", "BeforeEventEmit", "AfterEventEmit", "EventHandlerError", "ResourceLimitExceeded"} {
		if !strings.Contains(p.stdout.String(), "fired "+point+"\n") {
			t.Errorf("%s did not fire", point)
		}
	}
	if t.Failed() {
		t.Logf("printed %s", p.stdout)
	}
}
