package suite

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/latency/bench"
	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/runtime/debug"
)

// engineBenchmarks measure the debugger without any protocol.
func engineBenchmarks() []bench.Benchmark {
	run := func(name, what string, armed bool) bench.Benchmark {
		return bench.Benchmark{Name: name, Group: bench.Debugger, What: what, Reach: bench.Direct, Unit: bench.Nanoseconds, Times: 5,
			Open: func(ctx context.Context, _ *bench.Env) (*bench.Probe, error) { return running(ctx, armed) }}
	}
	return []bench.Benchmark{
		{Name: "engine/next", Group: bench.Debugger, What: "StepOver → Stopped", Reach: bench.Direct, Unit: bench.Nanoseconds, Budget: us(50), Times: 100,
			Open: func(ctx context.Context, _ *bench.Env) (*bench.Probe, error) { return stepping(ctx) }},
		{Name: "codec/frame", Group: bench.Debugger, What: "a message is put behind its header, read and decoded", Reach: bench.Direct, Unit: bench.Nanoseconds, Budget: us(10), Times: 100,
			Open: func(context.Context, *bench.Env) (*bench.Probe, error) { return framing(), nil }},
		run("engine/run", "a script of calls and tables, without a debugger", false),
		run("engine/run-armed", "the same with breakpoints that are not hit", true),
	}
}

// stops are those of an engine.
type stops struct {
	debug.NopHandler
	c chan debug.Stop
}

// Stopped implements debug.Handler.
func (s stops) Stopped(stop debug.Stop) { s.c <- stop }

// stepping steps in a script that another goroutine runs.
func stepping(ctx context.Context) (*bench.Probe, error) {
	text, err := script("steps.lua")
	if err != nil {
		return nil, err
	}
	line, err := lineOf("steps.lua", "body")
	if err != nil {
		return nil, err
	}
	st, err := runtime.New(runtime.Options{})
	if err != nil {
		return nil, err
	}
	h := stops{c: make(chan debug.Stop, 1)}
	e, err := debug.Attach(st, h, debug.Options{})
	if err != nil {
		return nil, err
	}
	path := filepath.Join(string(filepath.Separator)+"bench", "steps.lua") // only a name: the source is given
	fn, err := st.LoadString(text, "@steps.lua", path)
	if err != nil {
		return nil, err
	}
	src := debug.Source{Path: path}
	e.SetBreakpoints(src, []debug.BreakpointSpec{{Line: line}})
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() {
		_, err := st.Call(ctx, fn)
		close(h.c)
		ended <- err
	}()
	stop, ok := <-h.c
	if !ok {
		cancel()
		return nil, fmt.Errorf("the script ended: %w", <-ended)
	}
	e.SetBreakpoints(src, nil)
	const each = 20
	return &bench.Probe{
		Each: each,
		Once: func() error {
			for range each {
				if err := e.StepOver(stop.Thread); err != nil {
					return err
				}
				if _, ok := <-h.c; !ok {
					return errors.New("the script ended")
				}
			}
			return nil
		},
		Close: func() error {
			cancel()
			e.Detach()
			<-ended // it was ended
			st.Close()
			return nil
		},
	}, nil
}

// running runs a script again and again, each time in a state of its own.
func running(ctx context.Context, armed bool) (*bench.Probe, error) {
	text, err := script("calls.lua")
	if err != nil {
		return nil, err
	}
	path := filepath.Join(string(filepath.Separator)+"bench", "calls.lua")
	var breakpoints []debug.BreakpointSpec
	for i, line := range strings.Split(text, "\n") {
		if armed && strings.HasSuffix(line, "-- never") {
			breakpoints = append(breakpoints, debug.BreakpointSpec{Line: i + 1})
		}
	}
	var st *runtime.State
	var fn *lua.LFunction
	var e *debug.Engine
	leave := func() error {
		if e != nil {
			e.Detach()
			e = nil
		}
		if st != nil {
			st.Close()
			st = nil
		}
		return nil
	}
	return &bench.Probe{
		Before: func() (err error) {
			_ = leave()
			if st, err = runtime.New(runtime.Options{}); err != nil {
				return err
			}
			if armed {
				if e, err = debug.Attach(st, debug.NopHandler{}, debug.Options{}); err != nil {
					return err
				}
			}
			if fn, err = st.LoadString(text, "@calls.lua", path); err != nil {
				return err
			}
			if armed {
				for _, b := range e.SetBreakpoints(debug.Source{Path: path}, breakpoints) {
					if !b.Verified {
						return fmt.Errorf("the breakpoint on line %d is not verified: %s", b.Line, b.Message)
					}
				}
			}
			return nil
		},
		Once: func() error {
			values, err := st.Call(ctx, fn)
			if err == nil && len(values) != 1 {
				err = fmt.Errorf("the script returned %d values", len(values))
			}
			return err
		},
		Close: leave,
	}, nil
}
