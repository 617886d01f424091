package dap_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/dap"
	"github.com/llmspell/llmspell/dap/daptest"
	"github.com/llmspell/llmspell/kernel"
)

func TestLaunchOrders(t *testing.T) {
	path := script(t, "local x = 1")
	t.Run("launch first", func(t *testing.T) {
		c := connect(t, dap.Options{})
		c.Initialize()
		launch := c.Launch(program(path))
		contains(t, c.CallError("launch", program(path)), "already launched")
		c.Threads() // answered while launch waits
		c.ConfigurationDone()
		c.Succeeds(launch, nil)
		c.ExpectEvent("process", nil)
		c.ExpectExited(0)
		c.ExpectTerminated()
		contains(t, c.CallError("launch", program(path)), "already launched")
		contains(t, c.CallError("configurationDone", nil), "already sent")
		inOrder(t, c, `"command":"configurationDone"`, `"command":"launch"`, `"event":"process"`, `"event":"exited"`, `"event":"terminated"`)
		c.Disconnect()
	})
	t.Run("configurationDone first", func(t *testing.T) {
		c := connect(t, dap.Options{})
		c.Initialize()
		c.ConfigurationDone()
		c.Succeeds(c.Launch(program(path)), nil)
		c.ExpectExited(0)
		c.ExpectTerminated()
		inOrder(t, c, `"command":"launch"`, `"event":"process"`, `"event":"exited"`)
		c.Disconnect()
	})
	t.Run("everything in one write", func(t *testing.T) {
		c := connect(t, dap.Options{})
		var all []byte
		for i, body := range []string{
			`"command":"initialize","arguments":{"adapterID":"x"}`,
			fmt.Sprintf(`"command":"launch","arguments":{"program":%q}`, path),
			`"command":"configurationDone"`,
		} {
			all = append(all, daptest.Frame([]byte(fmt.Sprintf(`{"seq":%d,"type":"request",%s}`, i+1, body)))...)
		}
		c.SendTogether(all, "initialize", "launch", "configurationDone")
		c.Succeeds(1, nil)
		c.Succeeds(2, nil)
		c.Succeeds(3, nil)
		c.ExpectTerminated()
		c.Disconnect()
	})
}

// inOrder checks that the messages from the server contain texts in this order.
func inOrder(t *testing.T, c *daptest.Client, texts ...string) {
	t.Helper()
	for _, line := range c.Transcript() {
		if len(texts) > 0 && strings.HasPrefix(line, "<-") && strings.Contains(line, texts[0]) && !strings.Contains(line, `"success":false`) {
			texts = texts[1:]
		}
	}
	if len(texts) > 0 {
		t.Errorf("%s is missing, or comes too early:\n%s", texts[0], strings.Join(c.Transcript(), "\n"))
	}
}

// A launch that fails says why and leaves the session open for another.
func TestLaunchErrors(t *testing.T) {
	dir := t.TempDir()
	path := scriptIn(t, dir, "a.lua", "print('ran')")
	tests := []struct {
		args map[string]any
		err  string
	}{
		{map[string]any{}, `needs "program"`},
		{map[string]any{"program": dir + "/none.lua"}, "does not exist"},
		{map[string]any{"program": dir}, "not a file"},
		{map[string]any{"program": path, "cwd": dir + "/none"}, "not a folder"},
		{map[string]any{"program": path, "args": "x"}, "args"},
		{map[string]any{"program": path, "env": map[string]any{"A": 1}}, "env"},
		{map[string]any{"program": path, "stopOnEntry": "yes"}, "stopOnEntry"},
		{map[string]any{"program": path, "pathMappings": []string{"x"}}, "pathMappings"},
	}
	c := connect(t, dap.Options{})
	c.Initialize()
	for _, tt := range tests {
		contains(t, c.Fails(c.Launch(tt.args)), tt.err)
	}
	contains(t, c.CallError("attach", map[string]any{}), "use launch")
	contains(t, c.CallError("restart", map[string]any{}), "no script was started")
	contains(t, c.CallError("stackTrace", map[string]any{"threadId": 1}), "no script was started")
	launch := c.Launch(program(path))
	c.ConfigurationDone()
	c.Succeeds(launch, nil)
	c.ExpectTerminated()
	c.Disconnect()
}

func TestNewSessionFails(t *testing.T) {
	path := script(t, "local x = 1")
	fail := true
	opts := dap.Options{NewSession: func(cfg kernel.Config) (*kernel.Session, error) {
		if fail {
			return nil, errors.New("no more states")
		}
		return kernel.NewSession(cfg)
	}}
	c := connect(t, opts)
	c.Initialize()
	launch := c.Launch(program(path))
	c.ConfigurationDone()
	contains(t, c.Fails(launch), "no more states")
	fail = false
	c.Succeeds(c.Launch(program(path)), nil)
	c.ExpectTerminated()
	c.Disconnect()
}

// A panic ends neither the session nor the request that it happened in without
// an answer, nor another that depends on it.
func TestPanicIsAnswered(t *testing.T) {
	path := script(t, "local x = 1")
	panics := true
	opts := dap.Options{NewSession: func(cfg kernel.Config) (*kernel.Session, error) {
		if panics {
			panic("a bug")
		}
		return kernel.NewSession(cfg)
	}}
	c := connect(t, opts)
	c.Initialize()
	launch := c.Launch(program(path))
	c.ConfigurationDone()
	contains(t, c.Fails(launch), "internal error: a bug")
	contains(t, c.Fails(c.Launch(program(path))), "internal error: a bug")
	panics = false
	c.Succeeds(c.Launch(program(path)), nil)
	c.ExpectTerminated()
	panics = true
	contains(t, c.CallError("restart", map[string]any{}), "internal error: a bug")
	c.ExpectTerminated()
	c.Disconnect()
}

// A launch that waits is answered whatever ends the session.
func TestEndBeforeStart(t *testing.T) {
	path := script(t, "local x = 1")
	t.Run("disconnect", func(t *testing.T) {
		c := connect(t, dap.Options{})
		c.Initialize()
		launch := c.Launch(program(path))
		c.Disconnect()
		contains(t, c.Fails(launch), "ended by disconnect")
	})
	t.Run("terminate", func(t *testing.T) {
		c := connect(t, dap.Options{})
		c.Initialize()
		launch := c.Launch(program(path))
		c.Terminate()
		contains(t, c.Fails(launch), "ended by terminate")
		c.ExpectTerminated()
		c.Disconnect()
	})
}
