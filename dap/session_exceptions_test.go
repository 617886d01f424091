package dap_test

import (
	"fmt"
	"strings"
	"testing"

	godap "github.com/google/go-dap"

	"github.com/llmspell/llmspell/dap"
)

// failing raises one error of each kind, all caught but the last.
var failing = []string{
	"local function try(f, ...) pcall(f, ...) end",
	"try(function() local x = nil; return x.y end)", // 2: runtime
	"try(function() error({code = 5}) end)",         // 3: error
	"try(function() assert(false, 'no') end)",       // 4: assert
	"try(function() return Tool.execute('nothing', {}) end)",
	"try(function() error('six') end)", // 6
	"error('seven')",                   // 7: uncaught
}

// stops runs failing with a configuration and returns the lines of all stops.
func stops(t *testing.T, launch map[string]any, configure func(*client)) string {
	t.Helper()
	c := connect(t, dap.Options{})
	c.Initialize()
	args := program(script(t, failing...))
	for k, v := range launch {
		args[k] = v
	}
	seq := c.Launch(args)
	configure(c)
	c.ConfigurationDone()
	c.Succeeds(seq, nil)
	var lines []string
	for {
		m := c.ExpectEither("stopped", "terminated")
		if m.Event == "terminated" {
			break
		}
		for _, f := range c.StackTrace(1) {
			if f.Line > 0 {
				lines = append(lines, fmt.Sprint(f.Line))
				break
			}
		}
		if info := c.ExceptionInfo(1); info.BreakMode == "" || info.Details == nil || info.Details.StackTrace == "" {
			t.Errorf("exceptionInfo %+v", info)
		}
		c.Continue(1)
	}
	c.Disconnect()
	return strings.Join(lines, " ")
}

func TestExceptionFilters(t *testing.T) {
	for filter, want := range map[string]string{
		"uncaught": "7", "caught": "2 3 4 6", "all": "2 3 4 6 7", "runtime": "2", "error": "3 6 7", "assert": "4", "limit": "",
	} {
		t.Run(filter, func(t *testing.T) {
			got := stops(t, nil, func(c *client) {
				for _, b := range c.SetExceptionBreakpoints(filter) {
					if !b.Verified {
						t.Errorf("not verified: %+v", b)
					}
				}
			})
			equal(t, "stops", strings.ReplaceAll(got, " 5", ""), want)
		})
	}
}

func TestToolErrorFilter(t *testing.T) {
	c := connect(t, dap.Options{})
	c.Initialize()
	launch := c.Launch(program(script(t, "pcall(error, 'x')", "pcall(function()", "  Tool.get('calculator'):execute({})", "end)", "print('end')")))
	c.SetFilters(godap.ExceptionFilterOptions{FilterId: "tool"})
	c.ConfigurationDone()
	c.Succeeds(launch, nil)
	m := c.ExpectEither("stopped", "terminated")
	equal(t, "event", m.Event, "stopped")
	info := c.ExceptionInfo(1)
	if info.Details == nil || len(info.Details.InnerException) == 0 {
		t.Errorf("no cause in %+v", info.Details)
	}
	c.Disconnect()
}

func TestExceptionConditions(t *testing.T) {
	got := stops(t, nil, func(c *client) {
		set := c.SetFilters(
			godap.ExceptionFilterOptions{FilterId: "error", Condition: "type(err) == 'table' and err.code == 5"},
			godap.ExceptionFilterOptions{FilterId: "uncaught", Condition: "tostring(err):find('seven')"},
			godap.ExceptionFilterOptions{FilterId: "odd"})
		equal(t, "verified", fmt.Sprint(set[0].Verified, set[1].Verified, set[2].Verified), "true true false")
		contains(t, set[2].Message, "unknown exception filter odd")
	})
	equal(t, "stops", got, "3 7")
}

// A condition that cannot be compiled is told at once, also before the launch.
// The filter is off, and the others are on.
func TestExceptionConditionWrong(t *testing.T) {
	got := stops(t, nil, func(c *client) {
		set := c.SetFilters(
			godap.ExceptionFilterOptions{FilterId: "all", Condition: "err =="},
			godap.ExceptionFilterOptions{FilterId: "assert"})
		equal(t, "verified", fmt.Sprint(set[0].Verified, set[1].Verified), "false true")
		contains(t, set[0].Message, `condition "err ==": `)
	})
	equal(t, "stops", got, "4")
}

// The launch configuration can choose filters, for clients that cannot.
func TestConfiguredExceptions(t *testing.T) {
	conditional := []any{map[string]any{"filter": "error", "condition": "type(err) == 'table'"}}
	tests := []struct {
		name      string
		launch    map[string]any
		configure func(*client)
		want      string
	}{
		{"a client that sends none", map[string]any{"exceptionBreakpoints": []any{"assert", conditional[0]}}, func(*client) {}, "3 4"},
		{"under the other name", map[string]any{"exceptionFilters": []any{"assert"}}, func(*client) {}, "4"},
		{"a client without options", map[string]any{"exceptionBreakpoints": []any{"assert"}},
			func(c *client) { c.SetExceptionBreakpoints("uncaught") }, "4 7"},
		{"a condition for a filter without one", map[string]any{"exceptionBreakpoints": conditional},
			func(c *client) { c.SetExceptionBreakpoints("error") }, "3"},
		{"a client that sends options without conditions", map[string]any{"exceptionBreakpoints": conditional},
			func(c *client) { c.SetFilters(godap.ExceptionFilterOptions{FilterId: "assert"}) }, "3 4"},
		{"a condition for a filter option without one", map[string]any{"exceptionBreakpoints": conditional},
			func(c *client) { c.SetFilters(godap.ExceptionFilterOptions{FilterId: "error"}) }, "3"},
		{"a condition of the client's wins", map[string]any{"exceptionBreakpoints": conditional},
			func(c *client) {
				c.SetFilters(godap.ExceptionFilterOptions{FilterId: "error", Condition: "type(err) == 'string'"})
			}, "6 7"},
		{"a condition of the client's that is wrong", map[string]any{"exceptionBreakpoints": conditional},
			func(c *client) { c.SetFilters(godap.ExceptionFilterOptions{FilterId: "error", Condition: "=="}) }, "3"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { equal(t, "stops", stops(t, tt.launch, tt.configure), tt.want) })
	}
}

func TestConfiguredExceptionsWrong(t *testing.T) {
	c := connect(t, dap.Options{})
	c.Initialize()
	path := script(t, "local x = 1")
	contains(t, c.Fails(c.Launch(with(path, "exceptionBreakpoints", []any{"odd"}))), "unknown exception filter odd")
	contains(t, c.Fails(c.Launch(with(path, "exceptionBreakpoints", []any{5}))), "exceptionBreakpoints must be")
	wrong := []any{map[string]any{"filter": "all", "condition": "=="}}
	contains(t, c.Fails(c.Launch(with(path, "exceptionBreakpoints", wrong))), `exceptionBreakpoints: condition "==": `)
	contains(t, c.Fails(c.Launch(with(path, "exceptionBreakpoints", "all"))), `argument "exceptionBreakpoints" must not be a JSON string`)
	c.Disconnect()
}

// A limit stops where it is hit; the script ends whatever one does then.
func TestLimitFilter(t *testing.T) {
	for name, limit := range map[string]map[string]any{"timeout": {"timeout": 0.2}, "budget": {"instructionBudget": 100_000}} {
		t.Run(name, func(t *testing.T) {
			args := program(script(t, "local n = 0", "while true do n = n + 1 end"))
			for k, v := range limit {
				args[k] = v
			}
			c := connect(t, dap.Options{})
			c.Initialize()
			launch := c.Launch(args)
			c.SetFilters(godap.ExceptionFilterOptions{FilterId: "limit"})
			c.ConfigurationDone()
			c.Succeeds(launch, nil)
			c.ExpectStoppedAt("exception", 2)
			if c.Locals(1)["n"] == "0" {
				t.Error("the script has not run")
			}
			c.Continue(1)
			var body godap.ExitedEventBody
			c.ExpectEvent("exited", &body)
			if body.ExitCode == 0 {
				t.Error("a script beyond its limit exited with 0")
			}
			c.ExpectTerminated()
			c.Disconnect()
		})
	}
	c := connect(t, dap.Options{})
	c.Initialize()
	contains(t, c.Fails(c.Launch(with(script(t, "local x = 1"), "timeout", -1))), "negative")
	c.Disconnect()
}
