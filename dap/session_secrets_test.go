package dap_test

import (
	"strings"
	"testing"

	"github.com/llmspell/llmspell/dap"
)

// What the configuration names as secret comes out nowhere: not in values, not
// in output, not in errors, in one piece or in several.
func TestSecretsAreMasked(t *testing.T) {
	const secret = "s3cr3t-value"
	for _, noDebug := range []bool{false, true} {
		path := script(t,
			"local key = os.getenv('SERVICE_KEY')",
			"local config = {api_key = 'hidden', user = 'me'}",
			"print('key is ' .. key)",
			"io.write('s3cr') io.write('3t-va') io.write('lue\\n')",
			"io.stderr:write(key, '\\n')",
			"print(config.user)",
			"error('no access with ' .. key)")
		args := program(path)
		args["env"] = map[string]any{"SERVICE_KEY": secret}
		args["secrets"] = []string{"*_key"}
		args["noDebug"] = noDebug
		c := connect(t, dap.Options{})
		c.Initialize()
		launch := c.Launch(args)
		c.SetBreakpoints(path, 6)
		c.ConfigurationDone()
		c.Succeeds(launch, nil)
		if !noDebug {
			c.ExpectStoppedAt("breakpoint", 6)
			frame := c.Top(1).Id
			locals := c.LocalValues(1)
			c.Values(locals["config"].Ref)
			contains(t, locals["key"].Value, "•••")
			for _, expression := range []string{"key", "'x' .. key", "config", "config.api_key", "{key}"} {
				c.Evaluate(frame, expression, "repl")
				c.Evaluate(frame, expression, "clipboard")
			}
			equal(t, "user", c.Evaluate(frame, "config.user", "watch").Result, `"me"`)
			c.Response(c.Send("evaluate", map[string]any{"frameId": frame, "expression": "error(key)", "context": "repl"}))
			c.SetExceptionBreakpoints("uncaught")
			c.Continue(1)
			c.ExpectStopped("exception")
			c.ExceptionInfo(1)
			c.Continue(1)
		}
		c.ExpectTerminated()
		equal(t, "output", c.Output("stdout"), "key is •••\n•••\nme\n")
		contains(t, c.Output("stderr"), "•••\n")
		contains(t, c.Output("stderr"), "no access with •••")
		for _, line := range c.Transcript() {
			if strings.HasPrefix(line, "<-") && (strings.Contains(line, secret) || strings.Contains(line, "hidden")) {
				t.Errorf("a secret was sent: %s", line)
			}
		}
		c.Disconnect()
	}
	c := connect(t, dap.Options{})
	c.Initialize()
	contains(t, c.Fails(c.Launch(with(script(t, "local x"), "secrets", []string{"[z-a]"}))), "pattern")
	c.Disconnect()
}
