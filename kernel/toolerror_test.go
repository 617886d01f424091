package kernel_test

import (
	"context"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/runtime/debug"
)

// inquirer asks about each stop, and continues.
type inquirer struct {
	debug.NopHandler
	stops chan debug.Stop
}

func (i inquirer) Stopped(s debug.Stop) { i.stops <- s }

// TestToolErrorsStop: an error of a tool is one of kind tool, with its causes.
func TestToolErrorsStop(t *testing.T) {
	for name, c := range map[string]struct{ code, cause string }{
		"a failed call":  {`pcall(Tool.execute, "calculator", {operation = "evaluate", input = "1 +"})`, "calculator"},
		"as a method":    {`pcall(function() Tool.calculator:execute({operation = "evaluate", input = "1 +"}) end)`, "calculator"},
		"unknown":        {`pcall(Tool.execute, "calculatr", {})`, "calculatr"},
		"in a coroutine": {`coroutine.resume(coroutine.create(function() Tool.execute("calculator", {input = {}}) end))`, "calculator"},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := newSession(t, kernel.Config{})
			h := inquirer{stops: make(chan debug.Stop, 1)}
			e, err := debug.Attach(s.State(), h, debug.Options{})
			if err != nil {
				t.Fatal(err)
			}
			e.SetExceptionFilters(debug.ExceptionFilter{Kind: debug.ErrorTool, Condition: "string.find(err, 'calculat')"})
			ended := make(chan error, 1)
			go func() {
				_, err := s.RunString(context.Background(), c.code, "=test", nil)
				ended <- err
			}()
			select {
			case stop := <-h.stops:
				x, err := e.ExceptionInfo(stop.Thread)
				if err != nil || x.Kind != debug.ErrorTool || !x.Caught || len(x.Causes) == 0 || !strings.Contains(strings.Join(x.Causes, "\n"), c.cause) {
					t.Errorf("exception %+v, %v", x, err)
				}
				if err := e.Continue(); err != nil {
					t.Error(err)
				}
				if err := <-ended; err != nil {
					t.Error(err)
				}
			case err := <-ended:
				t.Errorf("no stop; the script ended with %v", err)
			}
		})
	}
}
