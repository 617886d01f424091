package kernel_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/runtime/debug"
	"github.com/llmspell/llmspell/tools"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

// stopsOf hands on the stops of an engine.
type stopsOf struct {
	debug.NopHandler
	stops chan debug.Stop
}

func (h stopsOf) Stopped(s debug.Stop) { h.stops <- s }

// echo is a registry with the tool "echo-text", alias "say".
func echo(t *testing.T) *tools.Registry {
	t.Helper()
	reg := tools.NewRegistry()
	d := &tool.Descriptor{
		Name: "echo-text", Description: "Gives the text back.", Version: "1.0.0", Category: "test", Aliases: []string{"say"},
		Parameters: schema.Map("", schema.Optional("n", schema.Num(""))),
	}
	err := reg.Register(tool.Definition{Descriptor: d, New: func() (tool.Tool, error) {
		return tool.Func(func(context.Context, *tool.Call) (*tool.Result, error) { return &tool.Result{}, nil }), nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	return reg
}

// TestToolBreakpoints: a tool stops by each of its spellings, however it is called.
func TestToolBreakpoints(t *testing.T) {
	const script = `Tool.execute("echo_text", {n = 1})
Tool.get("say"):execute({n = 2})
Tool.echo_text.execute({n = 3})
Tool.say:execute()
local run = Tool["ECHO-TEXT"].execute
run({n = 5})`
	all := []int{1, 2, 3, 4, 6}
	for _, c := range []struct {
		name, condition string
		lines           []int
		message         string
	}{
		{"tool:echo-text", "", all, ""},
		{"tool:echo_text", "", all, ""},
		{"tool:Echo_Text", "", all, ""},
		{"tool:say", "", all, ""},
		{"tool:*", "", all, ""},
		{"tool:echo_*", "", all, ""},
		{"tool:echo-text", "params and params.n and params.n > 1", []int{2, 3, 6}, ""},
		{"tool:say", "select('#', ...) == 2 and type(...) == 'table'", []int{2}, ""},
		{"tool:ehco-text", "", nil, `there is no tool named "ehco-text"; did you mean "echo-text"?`},
		{"tool:x*", "", nil, `no tool's name is like "x*"`},
		{"tool:[", "", nil, "not the name of a function"},
		{"echo-text", "", nil, "no function named echo-text is loaded yet"},
	} {
		t.Run(c.name+c.condition, func(t *testing.T) {
			s, _ := newSession(t, kernel.Config{Tools: echo(t)})
			h := stopsOf{stops: make(chan debug.Stop, 1)}
			e, err := debug.Attach(s.State(), h, debug.Options{})
			if err != nil {
				t.Fatal(err)
			}
			b := e.SetFunctionBreakpoints([]debug.FunctionBreakpointSpec{{Name: c.name, Condition: c.condition}})[0]
			if b.Verified != (c.message == "") || !strings.Contains(b.Message, c.message) {
				t.Errorf("%+v, want the message %q", b, c.message)
			}
			ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
			defer cancel()
			ended := make(chan error, 1)
			go func() {
				_, err := s.RunString(ctx, script, "=test", nil)
				ended <- err
			}()
			var lines []int
			for {
				select {
				case x := <-h.stops:
					if x.Reason != debug.ReasonFunction || !slices.Equal(x.Breakpoints, []int{b.ID}) {
						t.Errorf("stop %+v", x)
					}
					lines = append(lines, x.Line)
					if err := e.Continue(); err != nil {
						t.Fatal(err)
					}
					continue
				case err = <-ended:
				}
				break
			}
			if err != nil {
				t.Error(err)
			}
			if !slices.Equal(lines, c.lines) {
				t.Errorf("stopped at lines %v, want %v", lines, c.lines)
			}
		})
	}
}
